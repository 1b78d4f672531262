/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * proof.c -- the text of a receipt: written once, read strictly.
 *
 * Law: the extra line proves nothing by itself (c2sp.org/tlog-proof); every byte that is taken out
 * of it is hashed against the tree or refused. Layer 1 (audit), part of the pure proof library.
 */
#include "audit/proof_int.h"

#include "audit/hash_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/base/num.h"

static const pt_slice FIRST_LINE = PT_SLICE_INIT("c2sp.org/tlog-proof@v1");
static const pt_slice LEAF_OPEN = PT_SLICE_INIT("{\"leaf\":\"");
static const pt_slice LEAF_CLOSE = PT_SLICE_INIT("\",\"disclosures\":[");
static const pt_slice EXTRA_CLOSE = PT_SLICE_INIT("]}");

static bool take(pt_slice *rest, pt_slice token)
{
    if (!pt_slice_starts(*rest, token)) {
        return false;
    }
    *rest = pt_slice_from(*rest, token.len);
    return true;
}

/* --- reading ------------------------------------------------------------------------------- */

/* A line with its newline: a text that ends without one was cut. */
static pt_status line(pt_slice *rest, pt_slice *ret)
{
    const size_t n = pt_slice_find(*rest, '\n');

    PT_ENSURE(n < rest->len, PT_E_SYNTAX);
    *ret = pt_slice_head(*rest, n);
    *rest = pt_slice_from(*rest, n + 1U);
    return PT_SUCCESS;
}

static pt_status index_line(pt_slice text, uint64_t *ret)
{
    PT_ENSURE(take(&text, PT_SLICE("index ")), PT_E_SYNTAX);
    PT_ENSURE(text.len == 1U || (text.len > 1U && text.ptr[0] != '0'), PT_E_SYNTAX);
    PT_ENSURE(pt_ok(pt_num_u64(text, 0U, INT64_MAX, ret)), PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status hash_lines(pt_slice *rest, struct pt_proof *proof)
{
    pt_slice text;
    size_t n = 0;

    for (;;) {
        PT_TRY(line(rest, &text));
        if (text.len == 0U) {
            return PT_SUCCESS;
        }
        PT_ENSURE(proof->n < PT_COUNT(proof->hashes), PT_E_SYNTAX);
        PT_ENSURE(pt_ok(pt_b64_decode(text, proof->hashes[proof->n].bytes, PT_HASH_LEN, &n)) &&
                      n == PT_HASH_LEN,
                  PT_E_SYNTAX);
        proof->n++;
    }
}

PT_RESULT pt_proof_parse(pt_slice text, struct pt_proof *ret)
{
    struct pt_proof proof = {.n = 0U};
    pt_slice first;

    PT_ENSURE(text.len <= PT_RECEIPT_MAX, PT_E_LIMIT);
    PT_TRY(line(&text, &first));
    PT_ENSURE(pt_slice_eq(first, FIRST_LINE), PT_E_SYNTAX);
    PT_TRY(line(&text, &first));
    if (take(&first, PT_SLICE("extra "))) {
        PT_ENSURE(first.len != 0U, PT_E_SYNTAX);
        proof.extra = first;
        PT_TRY(line(&text, &first));
    }
    PT_TRY(index_line(first, &proof.index));
    PT_TRY(hash_lines(&text, &proof));
    proof.checkpoint = text;
    *ret = proof;
    return PT_SUCCESS;
}

static pt_status decode(pt_slice text, bool url, struct pt_buf *out)
{
    const size_t max = text.len / 4U * 3U + 3U;
    size_t n = 0;
    char *space = pt_buf_space(out, max);

    if (space == NULL) {
        return pt_buf_status(out);
    }
    const pt_status st = url ? pt_b64url_decode(text, (uint8_t *)space, max, &n)
                             : pt_b64_decode(text, (uint8_t *)space, max, &n);
    PT_ENSURE(pt_ok(st), PT_E_SYNTAX);
    pt_buf_commit(out, n);
    return PT_SUCCESS;
}

PT_RESULT pt_extra_open(pt_slice extra, struct pt_buf *json, struct pt_buf *leaf,
                        pt_slice *ret_disclosures)
{
    PT_TRY(decode(extra, false, json));
    pt_slice rest = pt_buf_slice(json);

    PT_ENSURE(take(&rest, LEAF_OPEN), PT_E_SYNTAX);
    const pt_slice text = pt_slice_head(rest, pt_slice_find(rest, '"'));
    rest = pt_slice_from(rest, text.len);
    PT_ENSURE(take(&rest, LEAF_CLOSE), PT_E_SYNTAX);
    PT_TRY(decode(text, true, leaf));
    PT_ENSURE(rest.len >= EXTRA_CLOSE.len, PT_E_SYNTAX);
    const size_t inside = rest.len - EXTRA_CLOSE.len;
    PT_ENSURE(pt_slice_eq(pt_slice_from(rest, inside), EXTRA_CLOSE), PT_E_SYNTAX);
    *ret_disclosures = pt_slice_head(rest, inside);
    return PT_SUCCESS;
}

PT_RESULT pt_disclosure_next(pt_slice *rest, pt_slice *ret)
{
    PT_ENSURE(rest->len != 0U, PT_E_ABSENT);
    PT_ENSURE(take(rest, PT_SLICE("\"")), PT_E_SYNTAX);
    const pt_slice text = pt_slice_head(*rest, pt_slice_find(*rest, '"'));
    *rest = pt_slice_from(*rest, text.len);
    PT_ENSURE(text.len != 0U && take(rest, PT_SLICE("\"")), PT_E_SYNTAX);
    PT_ENSURE(rest->len == 0U || (take(rest, PT_SLICE(",")) && rest->len != 0U), PT_E_SYNTAX);
    *ret = text;
    return PT_SUCCESS;
}

void pt_disclosure_commitment(pt_slice disclosure, char out[static 43])
{
    struct pt_hash digest;

    pt_hash_bytes(disclosure, &digest);
    (void)pt_b64url_encode_raw(pt_slice_of(digest.bytes, PT_HASH_LEN), out);
}

/* --- writing ------------------------------------------------------------------------------- */

static void put_box(struct pt_buf *json, pt_slice box, bool *first)
{
    while (box.len != 0U) {
        pt_buf_put_str(json, *first ? "\"" : ",\"");
        pt_b64url_encode(json, pt_slice_cut(&box, '\n'));
        pt_buf_put_byte(json, '"');
        *first = false;
    }
}

static pt_status put_extra(const struct pt_proof_parts *parts, struct pt_buf *json,
                           struct pt_buf *out)
{
    bool first = true;

    pt_buf_put(json, LEAF_OPEN);
    pt_b64url_encode(json, parts->leaf);
    pt_buf_put(json, LEAF_CLOSE);
    for (size_t i = 0; i < PT_COUNT(parts->boxes); i++) {
        put_box(json, parts->boxes[i], &first);
    }
    pt_buf_put(json, EXTRA_CLOSE);
    PT_TRY(pt_buf_status(json));
    pt_buf_put_str(out, "extra ");
    pt_b64_encode(out, pt_buf_slice(json));
    return pt_buf_status(out);
}

PT_RESULT pt_proof_write(const struct pt_proof_parts *parts, struct pt_buf *out)
{
    struct pt_buf json;

    pt_buf_put(out, FIRST_LINE);
    pt_buf_put_byte(out, '\n');
    pt_buf_init(&json, PT_RECEIPT_MAX);
    const pt_status st = put_extra(parts, &json, out);
    pt_buf_done(&json);
    PT_TRY(st);
    pt_buf_put_str(out, "\nindex ");
    pt_buf_put_u64(out, parts->index);
    pt_buf_put_byte(out, '\n');
    for (size_t i = 0; i < parts->n; i++) {
        pt_b64_encode(out, pt_slice_of(parts->hashes[i].bytes, PT_HASH_LEN));
        pt_buf_put_byte(out, '\n');
    }
    pt_buf_put_byte(out, '\n');
    pt_buf_put(out, parts->checkpoint);
    return pt_buf_status(out);
}
