/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * idx_spans_int.h -- the rows of one index transaction, gathered by exchange.
 *
 * Most exchanges begin and end within one transaction: their two rows become one, and what is put
 * in the order of its names touches each page once. Private to audit/.
 */
#ifndef POTERNE_AUDIT_IDX_SPANS_INT_H
#define POTERNE_AUDIT_IDX_SPANS_INT_H

#include "audit/store_idx_int.h"

#define PT_IDX_NAME 16U

/* One exchange among some rows. */
struct pt_idx_span {
    struct pt_uuid exchange;
    uint64_t first;
    uint64_t last;
    bool open;                 /* the last of its rows is `asked` */
    bool ended;                /* one of its rows is an end */
    uint8_t name[PT_IDX_NAME]; /* in the index */
};

/**
 * Gather @n rows, in order and without a boot row, into @spans (room for @n).
 * @return how many; rows that are of no exchange are left out
 */
size_t pt_idx_spans(const struct pt_idx_row *rows, size_t n, struct pt_idx_span *spans);
/**
 * HMAC(pepper, 0x01 || seconds)[0..4) || HMAC(pepper, 0x00 || exchange)[0..12): neighbours in time
 * are neighbours in the index, and nobody reads the time without the pepper.
 */
void pt_idx_name(const struct pt_month_keys *keys, const struct pt_uuid *id,
                 uint8_t ret_name[static PT_IDX_NAME]);
/** Names of all spans, then the spans in their order. */
void pt_idx_spans_name(const struct pt_month_keys *keys, struct pt_idx_span *spans, size_t n);

#endif /* POTERNE_AUDIT_IDX_SPANS_INT_H */
