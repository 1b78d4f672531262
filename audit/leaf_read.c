/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * leaf_read.c -- the strict reader of our leaves.
 *
 * Law: two texts never mean the same entry. The reader walks the one table of members in the order
 * of RFC 8785 and accepts nothing that it would not have written itself, so a duplicate, an unknown
 * member or another spelling cannot exist. Layer 1 (audit), part of the pure proof library.
 */
#include "audit/leaf_read_int.h"

#include "poterne/base/codec.h"
#include "poterne/base/limits.h"
#include "poterne/base/num.h"

#define LEAF_VERSION 1U
#define INTEGER_MAX                                                                                \
    9007199254740991ULL /* 2^53 - 1: exact in every JSON reader (RFC 8785 3.2.2.3) */

enum kind { KIND_SD = 0, KIND_HEX, KIND_TEXT, KIND_NUMBER, KIND_TYPE, KIND_OUTCOME };

/* Which types may, and must, have a member: bits by number of enum pt_entry_type. */
#define BIT(type) (1U << (unsigned)(type))
#define ALL       0xFFFFU
#define EXCHANGES                                                                                  \
    (BIT(PT_ENTRY_ASKED) | BIT(PT_ENTRY_ANSWERED) | BIT(PT_ENTRY_REFUSED) | BIT(PT_ENTRY_FAILED))

struct member {
    pt_slice key; /* as it is written: "seq": */
    enum kind kind;
    unsigned may;
    unsigned must;
};

enum { M_SD = 0, M_CF, M_DS, M_FC, M_GW, M_H, M_MD, M_N, M_PU, M_RC, M_SEQ, M_T, M_V, M_COUNT };

static const struct member MEMBERS[M_COUNT] = {
    [M_SD] = {PT_SLICE_INIT("\"_sd\":"), KIND_SD, ALL, ALL},
    [M_CF] = {PT_SLICE_INIT("\"cf\":"), KIND_HEX, BIT(PT_ENTRY_CONF), BIT(PT_ENTRY_CONF)},
    [M_DS] = {PT_SLICE_INIT("\"ds\":"), KIND_TEXT, EXCHANGES, 0U},
    [M_FC] = {PT_SLICE_INIT("\"fc\":"), KIND_TEXT, BIT(PT_ENTRY_READ), 0U},
    [M_GW] = {PT_SLICE_INIT("\"gw\":"), KIND_TEXT, ALL, ALL},
    [M_H] = {PT_SLICE_INIT("\"h\":"), KIND_NUMBER, ALL, ALL},
    [M_MD] = {PT_SLICE_INIT("\"md\":"), KIND_TEXT, EXCHANGES, 0U},
    [M_N] = {PT_SLICE_INIT("\"n\":"), KIND_NUMBER, ALL, 0U},
    [M_PU] = {PT_SLICE_INIT("\"pu\":"), KIND_TEXT, EXCHANGES, 0U},
    [M_RC] = {PT_SLICE_INIT("\"rc\":"), KIND_OUTCOME, EXCHANGES, EXCHANGES},
    [M_SEQ] = {PT_SLICE_INIT("\"seq\":"), KIND_NUMBER, ALL, ALL},
    [M_T] = {PT_SLICE_INIT("\"t\":"), KIND_TYPE, ALL, ALL},
    [M_V] = {PT_SLICE_INIT("\"v\":"), KIND_NUMBER, ALL, ALL},
};

/* What was found: texts as they stand, numbers, and which members. */
struct found {
    pt_slice text[M_COUNT];
    uint64_t number[M_COUNT];
    unsigned present; /* bits by member */
};

/* --- values -------------------------------------------------------------------------------- */

static bool take(pt_slice *rest, pt_slice token)
{
    if (!pt_slice_starts(*rest, token)) {
        return false;
    }
    *rest = pt_slice_from(*rest, token.len);
    return true;
}

/* A string that needs no escape: printable ASCII without quotation mark and backslash. */
static pt_status take_text(pt_slice *rest, pt_slice *ret)
{
    size_t n = 0;

    PT_ENSURE(take(rest, PT_SLICE("\"")), PT_E_SYNTAX);
    while (n < rest->len && rest->ptr[n] >= ' ' && rest->ptr[n] <= '~' && rest->ptr[n] != '"' &&
           rest->ptr[n] != '\\') {
        n++;
    }
    *ret = pt_slice_head(*rest, n);
    *rest = pt_slice_from(*rest, n);
    PT_ENSURE(n != 0U && take(rest, PT_SLICE("\"")), PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status take_number(pt_slice *rest, uint64_t *ret)
{
    size_t n = 0;

    while (n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9') {
        n++;
    }
    const pt_slice digits = pt_slice_head(*rest, n);
    PT_ENSURE(n == 1U || (n > 1U && digits.ptr[0] != '0'), PT_E_SYNTAX);
    PT_ENSURE(pt_ok(pt_num_u64(digits, 0U, INTEGER_MAX, ret)), PT_E_SYNTAX);
    *rest = pt_slice_from(*rest, n);
    return PT_SUCCESS;
}

/* Eight commitments, strictly ascending: sorted, and no two alike. */
static pt_status take_commitments(pt_slice *rest, pt_slice *ret)
{
    uint8_t digest[32];
    size_t n = 0;

    for (size_t i = 0; i < PT_LEAF_COMMITMENTS; i++) {
        PT_ENSURE(take(rest, i == 0U ? PT_SLICE("[") : PT_SLICE(",")), PT_E_SYNTAX);
        PT_TRY(take_text(rest, &ret[i]));
        PT_ENSURE(pt_ok(pt_b64url_decode(ret[i], digest, sizeof digest, &n)) && n == sizeof digest,
                  PT_E_SYNTAX);
        PT_ENSURE(i == 0U || pt_slice_cmp(ret[i - 1U], ret[i]) < 0, PT_E_SYNTAX);
    }
    PT_ENSURE(take(rest, PT_SLICE("]")), PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status hex_lower(pt_slice text, uint8_t out[static 32])
{
    char again[64];

    PT_ENSURE(text.len == sizeof again && pt_ok(pt_hex_decode(text, out, 32U)), PT_E_SYNTAX);
    pt_hex_encode(pt_slice_of(out, 32U), again);
    PT_ENSURE(memcmp(again, text.ptr, sizeof again) == 0, PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status type_of(pt_slice text, enum pt_entry_type *ret)
{
    static const struct {
        pt_slice text;
        enum pt_entry_type type;
    } TYPES[] = {
#define X(name, number, text) {PT_SLICE_INIT(text), (name)},
        PT_ENTRIES(X)
#undef X
    };

    for (size_t i = 0; i < PT_COUNT(TYPES); i++) {
        if (pt_slice_eq(TYPES[i].text, text)) {
            *ret = TYPES[i].type;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_SYNTAX);
}

static pt_status outcome_of(pt_slice text, enum pt_outcome *ret)
{
    static const pt_slice OUTCOMES[] = {
#define X(name, text) PT_SLICE_INIT(text),
        PT_OUTCOMES(X)
#undef X
    };

    for (unsigned i = 0; i < PT_COUNT(OUTCOMES); i++) {
        if (pt_slice_eq(OUTCOMES[i], text)) {
            *ret = (enum pt_outcome)i;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_SYNTAX);
}

/* --- the object ---------------------------------------------------------------------------- */

static pt_status take_member(pt_slice *rest, unsigned member, struct pt_leaf *leaf,
                             struct found *found)
{
    switch (MEMBERS[member].kind) {
    case KIND_SD:
        return take_commitments(rest, leaf->commitments);
    case KIND_NUMBER:
        return take_number(rest, &found->number[member]);
    case KIND_HEX:
    case KIND_TEXT:
    case KIND_TYPE:
    case KIND_OUTCOME:
    default:
        return take_text(rest, &found->text[member]);
    }
}

static pt_status take_object(pt_slice rest, struct pt_leaf *leaf, struct found *found)
{
    PT_ENSURE(take(&rest, PT_SLICE("{")), PT_E_SYNTAX);
    for (unsigned i = 0; i < M_COUNT; i++) {
        pt_slice ahead = rest;
        if (found->present != 0U && !take(&ahead, PT_SLICE(","))) {
            break;
        }
        if (take(&ahead, MEMBERS[i].key)) {
            rest = ahead;
            PT_TRY(take_member(&rest, i, leaf, found));
            found->present |= 1U << i;
        }
    }
    PT_ENSURE(pt_slice_eq(rest, PT_SLICE("}")), PT_E_SYNTAX);
    return PT_SUCCESS;
}

/* Members fit the type; a count of zero is not written. */
static pt_status check_members(const struct found *found, enum pt_entry_type type)
{
    for (unsigned i = 0; i < M_COUNT; i++) {
        const bool present = ((found->present >> i) & 1U) != 0U;
        PT_ENSURE(!present || (MEMBERS[i].may & BIT(type)) != 0U, PT_E_SYNTAX);
        PT_ENSURE(present || (MEMBERS[i].must & BIT(type)) == 0U, PT_E_SYNTAX);
    }
    PT_ENSURE(found->number[M_V] == LEAF_VERSION, PT_E_SYNTAX);
    PT_ENSURE(((found->present >> M_N) & 1U) == 0U || found->number[M_N] != 0U, PT_E_SYNTAX);
    return PT_SUCCESS;
}

PT_RESULT pt_leaf_read(pt_slice leaf, struct pt_leaf *ret)
{
    struct pt_leaf read = {.outcome = PT_OUTCOME_NONE};
    struct found found = {.present = 0U};

    PT_ENSURE(leaf.len <= PT_LEAF_MAX, PT_E_LIMIT);
    PT_TRY(take_object(leaf, &read, &found));
    PT_TRY(type_of(found.text[M_T], &read.type));
    PT_TRY(check_members(&found, read.type));
    if (((found.present >> M_RC) & 1U) != 0U) {
        PT_TRY(outcome_of(found.text[M_RC], &read.outcome));
    }
    if (((found.present >> M_CF) & 1U) != 0U) {
        PT_TRY(hex_lower(found.text[M_CF], read.conf));
    }
    read.dataset = found.text[M_DS];
    read.mode = found.text[M_MD];
    read.procedure = found.text[M_PU];
    read.filter = found.text[M_FC];
    read.gateway = found.text[M_GW];
    read.hour = found.number[M_H];
    read.seq = found.number[M_SEQ];
    read.count = found.number[M_N];
    *ret = read;
    return PT_SUCCESS;
}

bool pt_leaf_commits(const struct pt_leaf *leaf, pt_slice commitment)
{
    for (size_t i = 0; i < PT_LEAF_COMMITMENTS; i++) {
        if (pt_slice_eq(leaf->commitments[i], commitment)) {
            return true;
        }
    }
    return false;
}
