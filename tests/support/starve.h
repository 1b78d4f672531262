/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Out of memory inside OpenSSL: its allocator is replaced before main and fails at the n-th call,
 * for every n up to 80 and then in growing steps.
 * What is proved: no crash, a status that is a failure or a right result, an empty error queue
 * afterwards, and nothing of ours kept. Link tests/support/starve.c.
 */
#ifndef POTERNE_TESTS_STARVE_H
#define POTERNE_TESTS_STARVE_H

#include "poterne/base/buf.h"

/* Call @call until it has had all the memory it wants; it must succeed then and the first time. */
void starve(pt_status (*call)(struct pt_buf *out), const char *name);

#endif /* POTERNE_TESTS_STARVE_H */
