/* SPDX-License-Identifier: EUPL-1.2 */
/* loop_heap.c -- a pairing heap of timers: insert in constant time, remove in logarithmic time
 * (amortised), no memory of its own. The earliest timer is the root. Layer: gateway. */
#include "gateway/net/loop_int.h"

/* Two roots become one: the later goes in front of the earlier one's children. */
static struct pt_timer *meld(struct pt_timer *a, struct pt_timer *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    if (b->at_us < a->at_us) {
        struct pt_timer *const swap = a;
        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next != NULL) {
        b->next->prev = b;
    }
    a->child = b;
    return a;
}

/* The children of a removed root: melded in pairs from left to right, then from right to left. */
static struct pt_timer *meld_children(struct pt_timer *first)
{
    struct pt_timer *pairs = NULL; /* linked by next, last pair first */
    while (first != NULL) {
        struct pt_timer *const a = first;
        struct pt_timer *const b = a->next;
        first = b != NULL ? b->next : NULL;
        a->next = NULL;
        a->prev = NULL;
        if (b != NULL) {
            b->next = NULL;
            b->prev = NULL;
        }
        struct pt_timer *const pair = meld(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    struct pt_timer *root = NULL;
    while (pairs != NULL) {
        struct pt_timer *const pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        root = meld(root, pair);
    }
    return root;
}

struct pt_timer *pt_heap_insert(struct pt_timer *root, struct pt_timer *timer)
{
    timer->child = NULL;
    timer->next = NULL;
    timer->prev = NULL;
    return meld(root, timer);
}

static void unlink_from_parent(struct pt_timer *timer)
{
    if (timer->prev->child == timer) {
        timer->prev->child = timer->next;
    } else {
        timer->prev->next = timer->next;
    }
    if (timer->next != NULL) {
        timer->next->prev = timer->prev;
    }
}

struct pt_timer *pt_heap_remove(struct pt_timer *root, struct pt_timer *timer)
{
    if (timer != root) {
        unlink_from_parent(timer);
    }
    struct pt_timer *const orphans = meld_children(timer->child);
    timer->child = NULL;
    timer->next = NULL;
    timer->prev = NULL;
    return timer == root ? orphans : meld(root, orphans);
}
