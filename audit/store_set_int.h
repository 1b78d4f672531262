/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * store_set_int.h -- what store.c and store_view.c share of the set of months.
 *
 * Private to store*.c.
 */
#ifndef POTERNE_AUDIT_STORE_SET_INT_H
#define POTERNE_AUDIT_STORE_SET_INT_H

#include "audit/store_env_int.h"
#include "audit/store_int.h"

#include <pthread.h>

struct pt_month_store {
    uint32_t month;
    bool lenient; /* a gap is found by reading, not by counting */
    MDB_env *env;
    MDB_dbi dbi;
    uint64_t first; /* has a meaning when n is not zero */
    uint64_t n;
};

struct pt_months {
    pthread_mutex_t lock;      /* numbers below */
    pthread_mutex_t file_lock; /* a transaction, or zeroes ahead: never both */
    bool writable;
    bool lenient;
    uint64_t map_bytes;
    uint64_t ahead;
    size_t n;
    uint64_t size;
    uint64_t tended; /* size when zeroes were last thought of */
    struct pt_month_store stores[PT_LOG_MONTHS_MAX];
    char dir[PT_PATH_MAX];
};

/** A copy of the month that holds @seq. @return PT_E_ABSENT */
PT_RESULT pt_months_find(struct pt_months *months, uint64_t seq, struct pt_month_store *ret);

#endif /* POTERNE_AUDIT_STORE_SET_INT_H */
