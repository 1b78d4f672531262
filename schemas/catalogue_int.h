/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * catalogue_int.h -- the catalogue's insides. Layer 1 (schemas), private.
 */
#ifndef SCHEMAS_CATALOGUE_INT_H
#define SCHEMAS_CATALOGUE_INT_H

#include "poterne/base/limits.h"
#include "poterne/schemas/catalogue.h"

/* A path template cut into segments; the API's name stands before the first one. */
struct pt_route {
    const struct pt_dataset *dataset;
    const pt_slice *segments;
    size_t n;
};

struct pt_catalogue {
    struct pt_arena *arena;
    const struct pt_dataset *datasets[PT_DATASETS_MAX]; /* sorted by id once sealed */
    struct pt_route routes[PT_DATASETS_MAX];            /* sorted by segments once sealed */
    size_t count;
    bool sealed;
};

/** Cut the template of @dataset into @ret, whose segments live in @arena. */
PT_RESULT pt_route_make(struct pt_arena *arena, const struct pt_dataset *dataset,
                        struct pt_route *ret);
/** Order of routes: literals in byte order, then parameters; 0 when both match the same paths. */
int pt_route_compare(const struct pt_route *a, const struct pt_route *b);

#endif /* SCHEMAS_CATALOGUE_INT_H */
