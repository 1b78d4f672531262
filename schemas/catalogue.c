/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * catalogue.c -- all datasets: added one by one at start, sealed, then only read.
 *
 * Everything lives in one arena with a stated bound; after pt_catalogue_seal() nothing changes
 * any more, so that several threads may read. Layer 1 (schemas).
 */
#include "schemas/catalogue_int.h"

#include "schemas/load_int.h"

#include <stdlib.h>

PT_RESULT pt_catalogue_new(struct pt_catalogue **ret_catalogue)
{
    PT_ENSURE(ret_catalogue != NULL, PT_E_ARG);
    struct pt_catalogue *catalogue = calloc(1U, sizeof(*catalogue));
    PT_ENSURE(catalogue != NULL, PT_E_NOMEM);
    const pt_status st = pt_arena_new(PT_CATALOGUE_MAX, &catalogue->arena);
    if (!pt_ok(st)) {
        free(catalogue);
        return st;
    }
    *ret_catalogue = catalogue;
    return PT_SUCCESS;
}

struct pt_catalogue *pt_catalogue_free(struct pt_catalogue *catalogue)
{
    if (catalogue != NULL) {
        catalogue->arena = pt_arena_free(catalogue->arena);
        free(catalogue);
    }
    return NULL;
}

static PT_RESULT check_new(const struct pt_catalogue *catalogue, const struct pt_load *load,
                           const struct pt_route *route)
{
    const struct pt_at root = {NULL, NULL};
    const struct pt_at id = {&root, "id"};
    const struct pt_at path = {&root, "path"};
    for (size_t i = 0U; i < catalogue->count; i++) {
        if (pt_slice_eq(catalogue->datasets[i]->id, route->dataset->id)) {
            return pt_load_refuse(load, &id, PT_FAIL(PT_E_EXISTS), "cet identifiant est déjà pris",
                                  route->dataset->id.ptr);
        }
        if (pt_route_compare(&catalogue->routes[i], route) == 0) {
            return pt_load_refuse(load, &path, PT_FAIL(PT_E_EXISTS),
                                  "ce chemin est déjà celui du jeu de données",
                                  catalogue->datasets[i]->id.ptr);
        }
    }
    return PT_SUCCESS;
}

PT_RESULT pt_catalogue_add(struct pt_catalogue *catalogue, pt_slice name, pt_slice json,
                           struct pt_buf *why)
{
    PT_ENSURE(catalogue != NULL && !catalogue->sealed, PT_E_ARG);
    const struct pt_load load = {.arena = catalogue->arena, .file = name, .why = why};
    if (catalogue->count >= PT_DATASETS_MAX) {
        return pt_load_refuse(&load, NULL, PT_FAIL(PT_E_LIMIT), "trop de jeux de données", NULL);
    }
    const struct pt_dataset *dataset = NULL;
    struct pt_route route = {.n = 0U};
    PT_TRY(pt_load_dataset(&load, json, &dataset));
    PT_TRY(pt_route_make(catalogue->arena, dataset, &route));
    PT_TRY(check_new(catalogue, &load, &route));
    catalogue->datasets[catalogue->count] = dataset;
    catalogue->routes[catalogue->count] = route;
    catalogue->count++;
    return PT_SUCCESS;
}

static int compare_ids(const void *a, const void *b)
{
    const struct pt_dataset *const *x = (const struct pt_dataset *const *)a;
    const struct pt_dataset *const *y = (const struct pt_dataset *const *)b;
    return pt_slice_cmp((*x)->id, (*y)->id);
}

static int compare_routes(const void *a, const void *b)
{
    return pt_route_compare((const struct pt_route *)a, (const struct pt_route *)b);
}

PT_RESULT pt_catalogue_seal(struct pt_catalogue *catalogue)
{
    PT_ENSURE(catalogue != NULL, PT_E_ARG);
    qsort(catalogue->datasets, catalogue->count, sizeof(const struct pt_dataset *), compare_ids);
    qsort(catalogue->routes, catalogue->count, sizeof(catalogue->routes[0]), compare_routes);
    catalogue->sealed = true;
    return PT_SUCCESS;
}

size_t pt_catalogue_count(const struct pt_catalogue *catalogue)
{
    return catalogue != NULL ? catalogue->count : 0U;
}

const struct pt_dataset *pt_catalogue_at(const struct pt_catalogue *catalogue, size_t i)
{
    return catalogue != NULL && i < catalogue->count ? catalogue->datasets[i] : NULL;
}

const struct pt_dataset *pt_catalogue_find(const struct pt_catalogue *catalogue, pt_slice id)
{
    size_t low = 0U;
    size_t high = catalogue != NULL && catalogue->sealed ? catalogue->count : 0U;
    while (low < high) {
        const size_t middle = low + (high - low) / 2U;
        const int order = pt_slice_cmp(id, catalogue->datasets[middle]->id);
        if (order == 0) {
            return catalogue->datasets[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1U;
        }
    }
    return NULL;
}
