/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * names.c -- no member twice, also where the descriptor knows nothing.
 *
 * Heap sort: in place, no worst case above n log n comparisons, so that 2 MB of hostile names
 * cost tenths of a second at most (tests/unit/schemas/test_walk.c builds such answers).
 * Layer 1 (schemas).
 */
#include "schemas/names_int.h"

#include <stdlib.h>

#include "poterne/base/limits.h"

void pt_names_init(struct pt_names *names)
{
    names->list = names->few;
    names->count = 0U;
    names->cap = PT_NAMES_FEW;
}

void pt_names_done(struct pt_names *names)
{
    if (names->list != names->few) {
        free(names->list);
    }
    pt_names_init(names);
}

static pt_status grow(struct pt_names *names)
{
    PT_ENSURE(names->cap < PT_JSON_NAMES_MAX, PT_E_LIMIT);
    struct pt_text *list = malloc(PT_JSON_NAMES_MAX * sizeof(*list));
    PT_ENSURE(list != NULL, PT_E_NOMEM);
    memcpy(list, names->few, names->count * sizeof(*list));
    names->list = list;
    names->cap = PT_JSON_NAMES_MAX;
    return PT_SUCCESS;
}

PT_RESULT pt_names_push(struct pt_names *names, const struct pt_text *name)
{
    if (names->count == names->cap) {
        PT_TRY(grow(names));
    }
    names->list[names->count++] = *name;
    return PT_SUCCESS;
}

static void swap(struct pt_text *a, struct pt_text *b)
{
    const struct pt_text held = *a;
    *a = *b;
    *b = held;
}

/* Let list[at] sink to its place in the heap of @n. */
static void sift(struct pt_text *list, size_t at, size_t n)
{
    for (size_t child = 2U * at + 1U; child < n; child = 2U * at + 1U) {
        if (child + 1U < n && pt_text_cmp(&list[child], &list[child + 1U]) < 0) {
            child++;
        }
        if (pt_text_cmp(&list[at], &list[child]) >= 0) {
            return;
        }
        swap(&list[at], &list[child]);
        at = child;
    }
}

static void sort(struct pt_text *list, size_t n)
{
    for (size_t i = n / 2U; i > 0U; i--) {
        sift(list, i - 1U, n);
    }
    for (size_t left = n; left > 1U; left--) {
        swap(&list[0], &list[left - 1U]);
        sift(list, 0U, left - 1U);
    }
}

const char *pt_names_close(struct pt_names *names, size_t base)
{
    struct pt_text *list = names->list + base;
    const size_t n = names->count - base;
    names->count = base;
    if (n < 2U) {
        return NULL;
    }
    sort(list, n);
    for (size_t i = 1U; i < n; i++) {
        if (pt_text_cmp(&list[i - 1U], &list[i]) == 0) {
            return list[i].ptr > list[i - 1U].ptr ? list[i].ptr : list[i - 1U].ptr;
        }
    }
    return NULL;
}
