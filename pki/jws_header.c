/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * jws_header.c -- see jws_int.h. The header is hostile until read: every member either has a row
 * below, or is one of those that are refused by name, or is unknown and then must not be critical.
 * Layer 1 (pki).
 */
#include "pki/jws_int.h"

#include "pki/xades_int.h"
#include "poterne/base/codec.h"

#include <jansson.h>

#define OBJECT_MAX 512U

static const struct pt_jws_alg algorithms[] = {
    {"ES256", "p-256", "sha256", true},  {"ES384", "p-384", "sha384", true},
    {"ES512", "p-521", "sha512", false}, {"PS256", "rsa", "sha256", true},
    {"PS384", "rsa", "sha384", true},    {"PS512", "rsa", "sha512", false},
};

const struct pt_jws_alg *pt_jws_alg_named(pt_slice name)
{
    for (size_t i = 0U; i < PT_COUNT(algorithms); i++) {
        if (pt_slice_eq(name, pt_slice_str(algorithms[i].name))) {
            return &algorithms[i];
        }
    }
    return NULL;
}

const struct pt_jws_alg *pt_jws_alg_for(const char *key, const char *digest)
{
    for (size_t i = 0U; i < PT_COUNT(algorithms); i++) {
        if (algorithms[i].made && strcmp(algorithms[i].key, key) == 0 &&
            strcmp(algorithms[i].digest, digest) == 0) {
            return &algorithms[i];
        }
    }
    return NULL;
}

static pt_slice text_of(const json_t *value)
{
    return json_is_string(value) ? pt_slice_of(json_string_value(value), json_string_length(value))
                                 : PT_SLICE_EMPTY;
}

/* --- members --------------------------------------------------------------------------------- */

static enum pt_reason read_alg(const json_t *value, struct pt_jws_header *ret)
{
    ret->alg = pt_jws_alg_named(text_of(value));
    return ret->alg != NULL ? PT_REASON_NONE : PT_REASON_FORBIDDEN_ALGORITHM;
}

static pt_status decode_cert(pt_slice text, struct pt_buf *der, struct pt_judge_certs *certs)
{
    size_t n = 0U;
    char *const space = pt_buf_space(der, PT_JUDGE_CERT_BYTES_MAX);
    PT_ENSURE(space != NULL, PT_E_NOMEM);
    PT_TRY(pt_b64_decode(text, (uint8_t *)space, PT_JUDGE_CERT_BYTES_MAX, &n));
    pt_buf_commit(der, n);
    return pt_judge_certs_add(certs, pt_buf_slice(der));
}

static enum pt_reason add_cert(pt_slice text, struct pt_judge_certs *certs)
{
    struct pt_buf der;
    pt_buf_init(&der, PT_JUDGE_CERT_BYTES_MAX);
    const pt_status st = decode_cert(text, &der, certs);
    pt_buf_done(&der);
    return pt_ok(st)               ? PT_REASON_NONE
           : st.code == PT_E_LIMIT ? PT_REASON_TOO_LARGE
           : st.code == PT_E_NOMEM ? PT_REASON_FAILED
                                   : PT_REASON_HEADER;
}

static enum pt_reason read_x5c(const json_t *value, struct pt_jws_header *ret)
{
    enum pt_reason reason = json_array_size(value) > 0U ? PT_REASON_NONE : PT_REASON_HEADER;
    for (size_t i = 0U; reason == PT_REASON_NONE && i < json_array_size(value); i++) {
        reason = add_cert(text_of(json_array_get(value, i)), &ret->certs);
    }
    return reason;
}

static enum pt_reason read_thumbprint(const json_t *value, struct pt_jws_header *ret)
{
    size_t n = 0U;
    ret->has_thumbprint =
        pt_ok(pt_b64url_decode(text_of(value), ret->thumbprint, sizeof(ret->thumbprint), &n)) &&
        n == sizeof(ret->thumbprint);
    return ret->has_thumbprint ? PT_REASON_NONE : PT_REASON_HEADER;
}

static enum pt_reason read_iat(const json_t *value, struct pt_jws_header *ret)
{
    if (!json_is_integer(value) || ret->has_claimed || json_integer_value(value) < 0) {
        return PT_REASON_HEADER;
    }
    ret->has_claimed = true;
    ret->claimed = json_integer_value(value);
    return PT_REASON_NONE;
}

static enum pt_reason read_sigt(const json_t *value, struct pt_jws_header *ret)
{
    if (ret->has_claimed || !pt_xades_time(text_of(value), &ret->claimed)) {
        return PT_REASON_HEADER;
    }
    ret->has_claimed = true;
    return PT_REASON_NONE;
}

static enum pt_reason read_text(const json_t *value, struct pt_jws_header *ret)
{
    (void)ret;
    return json_is_string(value) ? PT_REASON_NONE : PT_REASON_HEADER;
}

static enum pt_reason read_crit(const json_t *value, struct pt_jws_header *ret)
{
    (void)ret;
    /* Its content is judged against the whole header, below. RFC 7515 4.1.11: never empty. */
    return json_array_size(value) > 0U ? PT_REASON_NONE : PT_REASON_HEADER;
}

/* One name: ObjectIdByURI over several would be their concatenation, which no name delimits. */
static enum pt_reason read_sigd(const json_t *value, struct pt_jws_header *ret)
{
    const json_t *const pars = json_object_get(value, "pars");
    const json_t *const types = json_object_get(value, "ctys");
    const pt_slice name = text_of(json_array_get(pars, 0U));
    if (!pt_slice_eq(text_of(json_object_get(value, "mId")), PT_SLICE(PT_JWS_SIGD_URI)) ||
        json_array_size(pars) != 1U || name.len == 0U || name.len > OBJECT_MAX) {
        return PT_REASON_HEADER;
    }
    if (json_object_size(value) != (types != NULL ? 3U : 2U)) {
        return PT_REASON_HEADER;
    }
    ret->detached = true;
    pt_buf_put(&ret->object, name);
    return pt_ok(pt_buf_status(&ret->object)) ? PT_REASON_NONE : PT_REASON_FAILED;
}

/* Keys and places of keys that come with the message, and what changes the bytes signed. */
static enum pt_reason refuse(const json_t *value, struct pt_jws_header *ret)
{
    (void)value;
    (void)ret;
    return PT_REASON_HEADER;
}

static const struct member {
    const char *name;
    enum pt_reason (*read)(const json_t *value, struct pt_jws_header *ret);
    bool may_be_critical;
} members[] = {
    {"alg", read_alg, false},   {"x5c", read_x5c, false},  {"x5t#S256", read_thumbprint, false},
    {"iat", read_iat, true},    {"sigT", read_sigt, true}, {"sigD", read_sigd, true},
    {"crit", read_crit, false}, {"cty", read_text, false}, {"typ", read_text, false},
    {"kid", read_text, false},  {"b64", refuse, false},    {"zip", refuse, false},
    {"jwk", refuse, false},     {"jku", refuse, false},    {"x5u", refuse, false},
    {"x5t", refuse, false},     {"enc", refuse, false},    {"etsiU", refuse, false},
};

static const struct member *member_named(const char *name)
{
    for (size_t i = 0U; i < PT_COUNT(members); i++) {
        if (strcmp(members[i].name, name) == 0) {
            return &members[i];
        }
    }
    return NULL;
}

/* RFC 7515 4.1.11: each name is understood, present, and there once. */
static bool critical_ok(const json_t *header)
{
    const json_t *const crit = json_object_get(header, "crit");
    for (size_t i = 0U; i < json_array_size(crit); i++) {
        const char *const name = json_string_value(json_array_get(crit, i));
        const struct member *const known = name != NULL ? member_named(name) : NULL;
        if (known == NULL || !known->may_be_critical || json_object_get(header, name) == NULL) {
            return false;
        }
        for (size_t k = 0U; k < i; k++) {
            if (json_equal(json_array_get(crit, k), json_array_get(crit, i)) == 1) {
                return false;
            }
        }
    }
    return true;
}

/* sigD without crit would be ignored by others, who would then see an empty content (5.2.8). */
static bool sigd_is_critical(const json_t *header)
{
    const json_t *const crit = json_object_get(header, "crit");
    for (size_t i = 0U; i < json_array_size(crit); i++) {
        const char *const name = json_string_value(json_array_get(crit, i));
        if (name != NULL && strcmp(name, "sigD") == 0) {
            return true;
        }
    }
    return false;
}

static enum pt_reason read_members(json_t *header, struct pt_jws_header *ret)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(header, name, value)
    {
        const struct member *const member = member_named(name);
        const enum pt_reason reason = member != NULL ? member->read(value, ret) : PT_REASON_NONE;
        if (reason != PT_REASON_NONE) {
            return reason;
        }
    }
    if (ret->alg == NULL) {
        return PT_REASON_FORBIDDEN_ALGORITHM;
    }
    if (!critical_ok(header) || (ret->detached && !sigd_is_critical(header))) {
        return PT_REASON_HEADER;
    }
    if (ret->certs.n == 0U) {
        return PT_REASON_NO_CERTIFICATE;
    }
    return ret->has_thumbprint ? PT_REASON_NONE : PT_REASON_CERTIFICATE_REFERENCE;
}

enum pt_reason pt_jws_header_read(pt_slice json, struct pt_jws_header *ret)
{
    *ret = (struct pt_jws_header){.alg = NULL};
    pt_buf_init(&ret->object, OBJECT_MAX);
    json_error_t error;
    json_t *const header = json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(header)) {
        json_decref(header);
        return PT_REASON_HEADER;
    }
    const enum pt_reason reason = read_members(header, ret);
    json_decref(header);
    return reason;
}

void pt_jws_header_done(struct pt_jws_header *header)
{
    pt_judge_certs_done(&header->certs);
    pt_buf_done(&header->object);
}
