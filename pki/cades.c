/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cades.c -- CAdES B-B from a typed statement (cms.h). The structure is always the same, so that it
 * is written out here (docs/adr/0027), in DER, from the inside to the outside; what never changes
 * for a signer was written when it was opened (signer_der.c). Reading and judging is OpenSSL's.
 * Layer 1 (pki).
 */
#include "poterne/pki/cms.h"

#include "pki/der_int.h"
#include "pki/ossl_int.h"
#include "pki/signer_int.h"
#include "poterne/base/clock.h"

#define ATTRIBUTES_MAX ((size_t)6)
#define ATTRIBUTE_MAX  1024U /* bytes of one; the certificate's reference is the longest */
#define SIGNER_MAX     16384U
#define OVERHEAD_MAX   262144U /* everything but the content: certificates above all */

#define BYTES(literal) PT_SLICE_INIT(literal)

static const pt_slice oid_signed_data = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
static const pt_slice oid_data = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
static const pt_slice oid_content_type = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03");
static const pt_slice oid_message_digest = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04");
static const pt_slice oid_signing_time = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05");
static const pt_slice oid_reference = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f");
static const pt_slice oid_hints = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x04");
static const pt_slice oid_mime_type = BYTES("\x04\x00\x8d\x45\x02\x01");
static const pt_slice version_1 = BYTES("\x02\x01\x01");

/* --- what the statement says -------------------------------------------------------------------
 */

static pt_slice name_of(const struct pt_statement *s)
{
    switch (s->kind) {
    case PT_STATEMENT_CHECKPOINT:
        return PT_SLICE("checkpoint");
    case PT_STATEMENT_DESCRIPTOR:
        return PT_SLICE("log.json");
    case PT_STATEMENT_DOCUMENT:
        return s->is.document.name;
    case PT_STATEMENT_CONTENT:
    default:
        return s->is.content.name;
    }
}

static pt_slice media_type_of(const struct pt_statement *s)
{
    switch (s->kind) {
    case PT_STATEMENT_CHECKPOINT:
        return PT_SLICE("text/plain");
    case PT_STATEMENT_DESCRIPTOR:
        return PT_SLICE("application/json");
    case PT_STATEMENT_DOCUMENT:
        return s->is.document.media_type;
    case PT_STATEMENT_CONTENT:
    default:
        return s->is.content.media_type;
    }
}

/* --- signed attributes -------------------------------------------------------------------------
 */

/* Small enough for the stack's peace: one heap buffer for all of them, their ends noted. */
struct attributes {
    struct pt_buf bytes;
    size_t n;
    size_t end[ATTRIBUTES_MAX];
};

static pt_slice attribute(const struct attributes *a, size_t i)
{
    const size_t from = i == 0U ? 0U : a->end[i - 1U];
    return pt_slice_of(a->bytes.ptr + from, a->end[i] - from);
}

/* Attribute ::= SEQUENCE { type OID, SET { value } } with @value of @tag. */
static void put_attribute(struct attributes *a, pt_slice oid, uint8_t tag, pt_slice value)
{
    struct pt_buf one;
    struct pt_buf set;
    pt_buf_init(&one, ATTRIBUTE_MAX);
    pt_buf_init(&set, ATTRIBUTE_MAX);
    pt_der_put(&set, tag, value);
    pt_der_put(&one, PT_DER_OID, oid);
    pt_der_put(&one, PT_DER_SET, pt_buf_slice(&set));
    pt_der_put(&a->bytes, PT_DER_SEQUENCE, pt_buf_slice(&one));
    const bool whole = pt_ok(pt_buf_status(&one)) && pt_ok(pt_buf_status(&set));
    if (!whole && a->bytes.error == 0U) {
        a->bytes.error = set.error != 0U ? set.error : one.error;
    }
    a->end[a->n++] = a->bytes.len;
    pt_buf_done(&one);
    pt_buf_done(&set);
}

/* RFC 5652 11.3: UTCTime until 2049, GeneralizedTime from 2050 on. */
static void put_time(struct attributes *a, int64_t seconds)
{
    char text[PT_RFC3339_LEN + 1U]; /* 2026-11-24T01:02:03.000Z */
    char digits[15];
    size_t n = 0U;
    pt_time_rfc3339((uint64_t)seconds * 1000U, text);
    for (size_t i = 0U; i < 19U; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            digits[n++] = text[i];
        }
    }
    digits[n++] = 'Z';
    const bool far = memcmp(digits, "2050", 4U) >= 0;
    put_attribute(a, oid_signing_time, far ? PT_DER_GENERALIZED_TIME : PT_DER_UTC_TIME,
                  far ? pt_slice_of(digits, n) : pt_slice_of(digits + 2, n - 2U));
}

/* ContentHints ::= SEQUENCE { contentDescription UTF8String, contentType id-data } */
static void put_name(struct attributes *a, pt_slice name)
{
    struct pt_buf hints;
    pt_buf_init(&hints, ATTRIBUTE_MAX);
    pt_der_put(&hints, PT_DER_UTF8, name);
    pt_der_put(&hints, PT_DER_OID, oid_data);
    put_attribute(a, oid_hints, PT_DER_SEQUENCE, pt_buf_slice(&hints));
    if (hints.error != 0U) {
        a->bytes.error = hints.error;
    }
    pt_buf_done(&hints);
}

static void put_attributes(struct attributes *a, const struct pt_signer *signer,
                           const struct pt_statement *statement, pt_slice digest)
{
    put_attribute(a, oid_content_type, PT_DER_OID, oid_data);
    put_time(a, statement->time);
    put_attribute(a, oid_message_digest, PT_DER_OCTETS, digest);
    put_attribute(a, oid_reference, PT_DER_SEQUENCE, pt_buf_slice(&pt_signer_der(signer)->ess));
    if (name_of(statement).len != 0U) {
        put_name(a, name_of(statement));
    }
    if (media_type_of(statement).len != 0U) {
        put_attribute(a, oid_mime_type, PT_DER_UTF8, media_type_of(statement));
    }
}

/* X.690 11.6: the members of a SET OF stand in the order of their bytes. */
static void put_sorted(const struct attributes *a, struct pt_buf *out)
{
    size_t order[ATTRIBUTES_MAX];
    for (size_t i = 0U; i < a->n; i++) {
        size_t j = i;
        for (; j > 0U && pt_slice_cmp(attribute(a, order[j - 1U]), attribute(a, i)) > 0; j--) {
            order[j] = order[j - 1U];
        }
        order[j] = i;
    }
    for (size_t i = 0U; i < a->n; i++) {
        pt_buf_put(out, attribute(a, order[i]));
    }
}

static pt_status attributes_of(const struct pt_signer *signer, const struct pt_statement *statement,
                               struct pt_buf *out)
{
    uint8_t digest[PT_DIGEST_MAX];
    size_t len = 0U;
    struct attributes a = {.n = 0U};
    PT_TRY(pt_statement_digest(statement, pt_signer_md(signer), digest, &len));
    pt_buf_init(&a.bytes, ATTRIBUTES_MAX * ATTRIBUTE_MAX);
    put_attributes(&a, signer, statement, pt_slice_of(digest, len));
    const pt_status st = pt_buf_status(&a.bytes);
    if (pt_ok(st)) {
        put_sorted(&a, out);
    }
    pt_buf_done(&a.bytes);
    return pt_ok(st) ? pt_buf_status(out) : st;
}

/* --- signature ---------------------------------------------------------------------------------
 */

/* The attributes are signed as a SET and kept as [0] (RFC 5652 5.4). */
static pt_status sign_attributes(const struct pt_signer *signer, pt_slice attributes,
                                 struct pt_buf *out)
{
    struct pt_buf tbs;
    pt_buf_init(&tbs, SIGNER_MAX);
    pt_der_put(&tbs, PT_DER_SET, attributes);
    pt_status st = pt_buf_status(&tbs);
    if (pt_ok(st)) {
        st = pt_signer_sign(signer, pt_buf_slice(&tbs), out);
    }
    pt_buf_done(&tbs);
    return st;
}

/* The members of the one SignerInfo. */
static pt_status put_signer(const struct pt_signer *signer, pt_slice attributes, pt_slice signature,
                            struct pt_buf *out)
{
    const struct pt_signer_der *const der = pt_signer_der(signer);
    pt_buf_put(out, version_1);
    pt_der_put(out, PT_DER_SEQUENCE, pt_buf_slice(&der->sid));
    pt_buf_put(out, der->digest_algorithm);
    pt_der_put(out, PT_DER_CONSTRUCTED_0, attributes);
    pt_buf_put(out, der->signature_algorithm);
    pt_der_put(out, PT_DER_OCTETS, signature);
    return pt_buf_status(out);
}

static pt_status signer_info(const struct pt_signer *signer, const struct pt_statement *statement,
                             struct pt_buf *out)
{
    struct pt_buf attributes;
    struct pt_buf signature;
    pt_buf_init(&attributes, ATTRIBUTES_MAX * ATTRIBUTE_MAX);
    pt_buf_init(&signature, SIGNER_MAX);
    pt_status st = attributes_of(signer, statement, &attributes);
    if (pt_ok(st)) {
        st = sign_attributes(signer, pt_buf_slice(&attributes), &signature);
    }
    if (pt_ok(st)) {
        st = put_signer(signer, pt_buf_slice(&attributes), pt_buf_slice(&signature), out);
    }
    pt_buf_done(&attributes);
    pt_buf_done(&signature);
    return st;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* encapContentInfo: id-data, with the content in [0] when it is attached. */
static void put_content(struct pt_buf *out, bool attached, const struct pt_buf *content)
{
    struct pt_buf head; /* of the OCTET STRING: its length is part of the [0] around it */
    struct pt_buf info;
    pt_buf_init(&head, 16U);
    pt_buf_init(&info, 64U);
    pt_der_put(&info, PT_DER_OID, oid_data);
    if (attached) {
        pt_der_head(&head, PT_DER_OCTETS, content->len);
        pt_der_head(&info, PT_DER_CONSTRUCTED_0, head.len + content->len);
        pt_buf_put(&info, pt_buf_slice(&head));
    }
    pt_der_head(out, PT_DER_SEQUENCE, info.len + (attached ? content->len : 0U));
    pt_buf_put(out, pt_buf_slice(&info));
    if (attached) {
        pt_buf_put(out, pt_buf_slice(content));
    }
    if (info.error != 0U || head.error != 0U) {
        out->error = info.error != 0U ? info.error : head.error;
    }
    pt_buf_done(&head);
    pt_buf_done(&info);
}

/* SignedData around @signer_members, ContentInfo around that. */
static pt_status put_cms(const struct pt_signer *signer, pt_slice signer_members, bool attached,
                         const struct pt_buf *content, struct pt_buf *out)
{
    const struct pt_signer_der *const der = pt_signer_der(signer);
    struct pt_buf data;
    struct pt_buf info;
    pt_buf_init(&data, OVERHEAD_MAX + PT_STATEMENT_CONTENT_MAX);
    pt_buf_init(&info, SIGNER_MAX + 16U);
    pt_der_put(&info, PT_DER_SEQUENCE, signer_members);
    pt_buf_put(&data, version_1);
    pt_der_put(&data, PT_DER_SET, der->digest_algorithm);
    put_content(&data, attached, content);
    pt_der_put(&data, PT_DER_CONSTRUCTED_0, pt_buf_slice(&der->certs));
    pt_der_put(&data, PT_DER_SET, pt_buf_slice(&info));
    pt_status st = pt_buf_status(&info);
    st = pt_ok(st) ? pt_buf_status(&data) : st;
    if (pt_ok(st)) {
        struct pt_buf head; /* SEQUENCE of SignedData, inside [0] */
        pt_buf_init(&head, 16U);
        pt_der_head(&head, PT_DER_SEQUENCE, data.len);
        const size_t inner = head.len + data.len;
        struct pt_buf outer;
        pt_buf_init(&outer, 64U);
        pt_der_put(&outer, PT_DER_OID, oid_signed_data);
        pt_der_head(&outer, PT_DER_CONSTRUCTED_0, inner);
        pt_der_head(out, PT_DER_SEQUENCE, outer.len + inner);
        pt_buf_put(out, pt_buf_slice(&outer));
        pt_buf_put(out, pt_buf_slice(&head));
        pt_buf_put(out, pt_buf_slice(&data));
        st = outer.error != 0U || head.error != 0U ? PT_FAIL(PT_E_NOMEM) : pt_buf_status(out);
        pt_buf_done(&outer);
        pt_buf_done(&head);
    }
    pt_buf_done(&data);
    pt_buf_done(&info);
    return st;
}

static pt_status seal(const struct pt_signer *signer, const struct pt_statement *statement,
                      bool attached, struct pt_buf *out)
{
    struct pt_buf members;
    struct pt_buf content;
    pt_buf_init(&members, SIGNER_MAX);
    pt_buf_init(&content, PT_STATEMENT_CONTENT_MAX);
    pt_status st = signer_info(signer, statement, &members);
    if (pt_ok(st) && attached) {
        st = pt_statement_bytes(statement, &content);
    }
    if (pt_ok(st)) {
        st = put_cms(signer, pt_buf_slice(&members), attached, &content, out);
    }
    pt_buf_done(&members);
    pt_buf_done(&content);
    return st;
}

PT_RESULT pt_cades_seal(const struct pt_signer *signer, const struct pt_statement *statement,
                        bool attached, struct pt_buf *out)
{
    PT_ENSURE(signer != NULL && out != NULL, PT_E_ARG);
    PT_TRY(pt_statement_check(statement));
    PT_ENSURE(!attached || statement->kind != PT_STATEMENT_DOCUMENT, PT_E_ABSENT);
    PT_TRY(pt_signer_ready(signer, statement->time));
    return pt_ossl_done(seal(signer, statement, attached, out));
}
