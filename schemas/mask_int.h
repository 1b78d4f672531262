/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * mask_int.h -- what a mask has decided for each place of its dataset, ready for walk.c.
 *
 * One struct pt_plan a node, at its index. Nothing here changes after pt_mask_new(): several
 * threads may read it.
 * Private to layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_MASK_INT_H
#define POTERNE_SCHEMAS_MASK_INT_H

#include "poterne/schemas/mask.h"
#include "schemas/token_int.h"

/* What a place lets through; 0 is the default: nothing. */
enum {
    PT_OPENS_WHOLE = 1,   /* the value, as far as the descriptor knows it */
    PT_OPENS_MEMBERS = 2, /* an object, for some place under a member */
    PT_OPENS_ITEMS = 4,   /* an array, for some place in its items */
    PT_OPENS_SHELL = 8,   /* data, links, meta: {} or [] even when nothing in it is allowed */
};

#define PT_NO_POINTER  UINT16_MAX
#define PT_SHELL_COUNT 3U

struct pt_plan {
    const struct pt_node *node;
    const struct pt_plan *items; /* NULL when the descriptor knows no item */
    uint32_t slots;              /* where the table of member names begins in pt_mask.slots */
    uint32_t slot_mask;          /* its size less one: a power of two, at least half empty */
    uint16_t rank;               /* position among the members of the parent */
    uint16_t nrequired;
    uint16_t pointer; /* of the mask, when one names this very place */
    uint8_t opens;
};

struct pt_mask {
    const struct pt_dataset *dataset;
    struct pt_plan *plans; /* dataset->nnodes */
    uint32_t *slots;       /* index of a node plus one; 0 is a free slot */
    uint32_t nslots;
    const struct pt_plan *shells[PT_SHELL_COUNT]; /* NULL: not in the descriptor */
    bool envelope;                                /* the root has a member `data` */
    pt_slice *pointers;
    uint16_t *first; /* of each pointer: the first one that names the same place */
    char *text;
    size_t n;
    enum pt_class class_;
};

/* Order of the members of an envelope that the answer does not have. */
extern const pt_slice pt_shell_names[PT_SHELL_COUNT];

/** The plan of the member of @plan's node that @name stands for, NULL when the descriptor knows
 * none. */
const struct pt_plan *pt_mask_member(const struct pt_mask *mask, const struct pt_plan *plan,
                                     const struct pt_text *name);

#endif /* POTERNE_SCHEMAS_MASK_INT_H */
