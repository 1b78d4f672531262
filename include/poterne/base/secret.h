/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * secret.h -- keys and tokens: own pages, locked when the system allows, never in a core dump,
 * wiped before release, compared in constant time (CRY-08, CCC-05). Layer 0 (base).
 */
#ifndef POTERNE_BASE_SECRET_H
#define POTERNE_BASE_SECRET_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

struct pt_secret;

PT_RESULT pt_secret_new(size_t len, struct pt_secret **ret_secret);
PT_RESULT pt_secret_from(pt_slice bytes, struct pt_secret **ret_secret);
struct pt_secret *pt_secret_free(struct pt_secret *secret); /* accepts NULL, wipes, returns NULL */
uint8_t *pt_secret_bytes(struct pt_secret *secret);
pt_slice pt_secret_slice(const struct pt_secret *secret);

void pt_wipe(void *ptr, size_t len);
/** Equality whose duration depends on the lengths only. */
bool pt_equal_ct(pt_slice a, pt_slice b);

#endif /* POTERNE_BASE_SECRET_H */
