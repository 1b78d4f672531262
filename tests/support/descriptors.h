/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * descriptors.h -- small descriptors to break, and the shipped ones.
 */
#ifndef POTERNE_TESTS_DESCRIPTORS_H
#define POTERNE_TESTS_DESCRIPTORS_H

#include "poterne/schemas/catalogue.h"
#include "schemas/cli/cli_int.h"

#include <stdio.h>

/* A whole descriptor around a path, its parameters and the members of data. */
#define DESCRIPTOR(id, path, params, members)                                                      \
    "{\"id\":\"entreprise/v9/essai/" id "\",\"api\":\"entreprise\",\"path\":\"" path               \
    "\",\"title\":\"Essai\",\"provider\":\"essai\",\"params\":[" params                            \
    "],\"scopes\":[],\"response\":{\"type\":\"object\",\"members\":{\"data\":{\"type\":"           \
    "\"object\",\"required\":true,\"members\":{" members                                           \
    "}},\"links\":{\"type\":\"object\",\"members\":{}},\"meta\":{\"type\":\"object\","             \
    "\"members\":{}}}}}"
#define SIREN_PARAM "{\"name\":\"siren\",\"in\":\"path\",\"required\":true,\"format\":\"siren\"}"

/** The catalogue of a folder of descriptors; the test stops when it does not load whole. */
static inline struct pt_catalogue *load_folder(const char *dir)
{
    const struct pt_cli cli = {.out = stdout, .err = stderr};
    struct pt_folder folder = {.errors = 1U};
    const pt_status st = pt_folder_load(&cli, dir, &folder);
    if (!pt_ok(st) || folder.errors > 0U) {
        (void)fprintf(stderr, "%s: %zu errors\n", dir, folder.errors);
        return pt_catalogue_free(folder.catalogue);
    }
    return folder.catalogue;
}

#endif /* POTERNE_TESTS_DESCRIPTORS_H */
