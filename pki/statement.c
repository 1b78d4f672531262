/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * statement.c -- what the holder of a seal key signs (signer.h): each kind is checked and written
 * out here, and nowhere else. Layer 1 (pki).
 */
#include "pki/signer_int.h"

#include "pki/ossl_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/base/limits.h"

#define TEXT_MAX 65536U /* a checkpoint or a descriptor, written out */

/* One line of UTF-8 without a control character. */
static bool line_ok(pt_slice text, size_t max)
{
    if (text.len > max || !pt_utf8_valid(text)) {
        return false;
    }
    for (size_t i = 0U; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20U || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

/* A file name: no folder, nothing that a shell or a screen could read as something else. */
static bool name_ok(pt_slice name)
{
    return line_ok(name, PT_STATEMENT_NAME_MAX) && pt_slice_find(name, '/') == name.len &&
           pt_slice_find(name, '\\') == name.len;
}

/* "type/subtype" of RFC 6838 4.2, without parameters. */
static bool media_type_ok(pt_slice type)
{
    size_t slashes = 0U;
    for (size_t i = 0U; i < type.len; i++) {
        const char c = type.ptr[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        if (!letter && !digit && strchr("!#$&-^_.+/", c) == NULL) {
            return false;
        }
        slashes += c == '/' ? 1U : 0U;
    }
    return type.len == 0U || (type.len <= PT_STATEMENT_NAME_MAX && slashes == 1U &&
                              type.ptr[0] != '/' && type.ptr[type.len - 1U] != '/');
}

/* C2SP signed-note: a name without space or plus. */
static bool origin_ok(pt_slice origin)
{
    return origin.len != 0U && line_ok(origin, PT_VKEY_NAME_MAX) &&
           pt_slice_find(origin, ' ') == origin.len && pt_slice_find(origin, '+') == origin.len;
}

static bool vkey_ok(pt_slice vkey)
{
    return vkey.len != 0U && line_ok(vkey, PT_SIGNATURE_MAX);
}

static pt_status descriptor_check(const struct pt_statement_descriptor *d)
{
    PT_ENSURE(d->vkeys != NULL && d->nvkeys != 0U, PT_E_ARG);
    PT_ENSURE(d->nvkeys <= PT_VKEYS_MAX, PT_E_LIMIT);
    PT_ENSURE(origin_ok(d->origin) && d->siret.len == 14U, PT_E_SYNTAX);
    for (size_t i = 0U; i < d->siret.len; i++) {
        PT_ENSURE(d->siret.ptr[i] >= '0' && d->siret.ptr[i] <= '9', PT_E_SYNTAX);
    }
    for (size_t i = 0U; i < d->nvkeys; i++) {
        PT_ENSURE(vkey_ok(d->vkeys[i]), PT_E_SYNTAX);
    }
    PT_ENSURE(d->not_before >= 0 && d->not_after >= d->not_before, PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status content_check(const struct pt_statement_content *c)
{
    PT_ENSURE(c->bytes.len <= PT_STATEMENT_CONTENT_MAX, PT_E_LIMIT);
    PT_ENSURE(name_ok(c->name) && media_type_ok(c->media_type), PT_E_SYNTAX);
    return PT_SUCCESS;
}

static pt_status document_check(const struct pt_statement_document *d)
{
    PT_ENSURE(d->digest_len == 32U || d->digest_len == PT_DIGEST_MAX, PT_E_ARG);
    PT_ENSURE(name_ok(d->name) && media_type_ok(d->media_type), PT_E_SYNTAX);
    return PT_SUCCESS;
}

PT_RESULT pt_statement_check(const struct pt_statement *statement)
{
    PT_ENSURE(statement != NULL && statement->time >= 0, PT_E_ARG);
    switch (statement->kind) {
    case PT_STATEMENT_CHECKPOINT:
        PT_ENSURE(origin_ok(statement->is.checkpoint.origin), PT_E_SYNTAX);
        return PT_SUCCESS;
    case PT_STATEMENT_DESCRIPTOR:
        return descriptor_check(&statement->is.descriptor);
    case PT_STATEMENT_DOCUMENT:
        return document_check(&statement->is.document);
    case PT_STATEMENT_CONTENT:
        return content_check(&statement->is.content);
    default:
        return PT_FAIL(PT_E_ARG);
    }
}

static void put_checkpoint(const struct pt_statement_checkpoint *c, struct pt_buf *out)
{
    pt_buf_put(out, c->origin);
    pt_buf_put_byte(out, '\n');
    pt_buf_put_u64(out, c->size);
    pt_buf_put_byte(out, '\n');
    pt_b64_encode(out, pt_slice_of(c->root, sizeof(c->root)));
    pt_buf_put_byte(out, '\n');
}

static void put_time(struct pt_buf *out, int64_t seconds)
{
    char text[PT_RFC3339_LEN + 1U];
    pt_time_rfc3339((uint64_t)seconds * 1000U, text);
    pt_buf_put_json(out, pt_slice_str(text));
}

/* JCS: members in the order of their names, no white space, strings minimally escaped. */
static void put_descriptor(const struct pt_statement_descriptor *d, struct pt_buf *out)
{
    pt_buf_put_str(out, "{\"not_after\":");
    put_time(out, d->not_after);
    pt_buf_put_str(out, ",\"not_before\":");
    put_time(out, d->not_before);
    pt_buf_put_str(out, ",\"origin\":");
    pt_buf_put_json(out, d->origin);
    pt_buf_put_str(out, ",\"siret\":");
    pt_buf_put_json(out, d->siret);
    pt_buf_put_str(out, ",\"type\":\"poterne-log\",\"vkeys\":[");
    for (size_t i = 0U; i < d->nvkeys; i++) {
        if (i > 0U) {
            pt_buf_put_byte(out, ',');
        }
        pt_buf_put_json(out, d->vkeys[i]);
    }
    pt_buf_put_str(out, "]}");
}

PT_RESULT pt_statement_bytes(const struct pt_statement *statement, struct pt_buf *out)
{
    PT_TRY(pt_statement_check(statement));
    PT_ENSURE(out != NULL, PT_E_ARG);
    PT_ENSURE(statement->kind != PT_STATEMENT_DOCUMENT, PT_E_ABSENT);
    if (statement->kind == PT_STATEMENT_CHECKPOINT) {
        put_checkpoint(&statement->is.checkpoint, out);
    } else if (statement->kind == PT_STATEMENT_DESCRIPTOR) {
        put_descriptor(&statement->is.descriptor, out);
    } else {
        pt_buf_put(out, statement->is.content.bytes);
    }
    return pt_buf_status(out);
}

static pt_status digest_of(pt_slice bytes, const EVP_MD *md, uint8_t out[static PT_DIGEST_MAX])
{
    unsigned int n = 0U;
    const int ok = EVP_Digest(bytes.len != 0U ? bytes.ptr : "", bytes.len, out, &n, md, NULL);
    return pt_ossl_done(ok == 1 ? PT_SUCCESS : PT_FAIL(PT_E_CRYPTO));
}

PT_RESULT pt_statement_digest(const struct pt_statement *statement, const EVP_MD *md,
                              uint8_t out[static PT_DIGEST_MAX], size_t *ret_len)
{
    PT_TRY(pt_statement_check(statement));
    const size_t len = (size_t)EVP_MD_get_size(md);
    PT_ENSURE(len <= PT_DIGEST_MAX, PT_E_ARG);
    *ret_len = len;
    if (statement->kind == PT_STATEMENT_DOCUMENT) {
        PT_ENSURE(statement->is.document.digest_len == len, PT_E_ARG);
        memcpy(out, statement->is.document.digest, len);
        return PT_SUCCESS;
    }
    if (statement->kind == PT_STATEMENT_CONTENT) {
        return digest_of(statement->is.content.bytes, md, out);
    }
    struct pt_buf text;
    pt_buf_init(&text, TEXT_MAX);
    pt_status st = pt_statement_bytes(statement, &text);
    if (pt_ok(st)) {
        st = digest_of(pt_buf_slice(&text), md, out);
    }
    pt_buf_done(&text);
    return st;
}
