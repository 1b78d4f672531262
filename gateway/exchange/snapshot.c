/* SPDX-License-Identifier: EUPL-1.2 */
/* A configuration in force: immutable, shared, freed (and wiped) by its last owner. */
#include "poterne/gateway/lane.h"

#include <stdatomic.h>
#include <stdlib.h>

struct pt_snapshot {
    atomic_uint owners;
    struct pt_config *config;
};

PT_RESULT pt_snapshot_new(struct pt_config *config, struct pt_snapshot **ret_snapshot)
{
    struct pt_snapshot *snapshot = calloc(1U, sizeof *snapshot);
    PT_ENSURE(snapshot != NULL, PT_E_NOMEM);
    atomic_init(&snapshot->owners, 1U);
    snapshot->config = config;
    *ret_snapshot = snapshot;
    return PT_SUCCESS;
}

struct pt_snapshot *pt_snapshot_hold(struct pt_snapshot *snapshot)
{
    (void)atomic_fetch_add_explicit(&snapshot->owners, 1U, memory_order_relaxed);
    return snapshot;
}

struct pt_snapshot *pt_snapshot_release(struct pt_snapshot *snapshot)
{
    if (snapshot != NULL &&
        atomic_fetch_sub_explicit(&snapshot->owners, 1U, memory_order_acq_rel) == 1U) {
        (void)pt_config_free(snapshot->config);
        free(snapshot);
    }
    return NULL;
}

const struct pt_config *pt_snapshot_config(const struct pt_snapshot *snapshot)
{
    return snapshot->config;
}
