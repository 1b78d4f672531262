/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * uuid.h -- exchange identifiers: UUID version 7 (RFC 9562 5.7), lower-case text.
 * Random bits come from the caller (the OpenSSL DRBG, CRY-04). Layer 0 (base).
 */
#ifndef POTERNE_BASE_UUID_H
#define POTERNE_BASE_UUID_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#define PT_UUID_LEN  16U
#define PT_UUID_TEXT 36U

struct pt_uuid {
    uint8_t bytes[PT_UUID_LEN];
};

void pt_uuid7(uint64_t wall_ms, const uint8_t random[static 10], struct pt_uuid *ret);
void pt_uuid_text(const struct pt_uuid *id,
                  char out[static PT_UUID_TEXT + 1U]); /* NUL-terminated */
/** Version 7, variant 10, lower case only. @return PT_E_SYNTAX */
PT_RESULT pt_uuid_parse(pt_slice text, struct pt_uuid *ret);
uint64_t pt_uuid_wall_ms(const struct pt_uuid *id);

#endif /* POTERNE_BASE_UUID_H */
