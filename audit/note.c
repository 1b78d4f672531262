/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * note.c -- who signed a checkpoint, and what it says.
 *
 * Law: the text of a note does not exist before a key that was given from outside has verified it
 * (c2sp.org/signed-note); what is ambiguous is refused. Layer 1 (audit), part of the pure proof
 * library; one of the three files of this layer that include OpenSSL.
 */
#include "poterne/audit/note.h"

#include "audit/hash_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/num.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define EM_DASH "\xE2\x80\x94 "

/* --- names and lines ---------------------------------------------------------------------- */

/* Code points of the property White_Space beyond ASCII: three UTF-8 bytes each but two. */
static bool unicode_space(pt_slice s)
{
    static const pt_slice SPACES[] = {PT_SLICE_INIT("\xC2\x85"),     PT_SLICE_INIT("\xC2\xA0"),
                                      PT_SLICE_INIT("\xE1\x9A\x80"), PT_SLICE_INIT("\xE2\x80\xA8"),
                                      PT_SLICE_INIT("\xE2\x80\xA9"), PT_SLICE_INIT("\xE2\x80\xAF"),
                                      PT_SLICE_INIT("\xE2\x81\x9F"), PT_SLICE_INIT("\xE3\x80\x80")};

    for (size_t i = 0; i < PT_COUNT(SPACES); i++) {
        if (pt_slice_starts(s, SPACES[i])) {
            return true;
        }
    }
    return s.len >= 3U && memcmp(s.ptr, "\xE2\x80", 2) == 0 && (uint8_t)s.ptr[2] >= 0x80U &&
           (uint8_t)s.ptr[2] <= 0x8AU;
}

static bool name_valid(pt_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = (uint8_t)name.ptr[i];
        if (c <= 0x20U || c == (uint8_t)'+' || unicode_space(pt_slice_from(name, i))) {
            return false;
        }
    }
    return name.len != 0U;
}

/* Valid UTF-8 without control characters other than the newline. */
static bool text_valid(pt_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.ptr[i] < 0x20U && text.ptr[i] != '\n') {
            return false;
        }
    }
    return pt_utf8_valid(text);
}

/* --- verifier keys ------------------------------------------------------------------------ */

static EVP_PKEY *key_load(const struct pt_vkey *key)
{
    if (key->type == PT_NOTE_ED25519) {
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->key, key->keylen);
    }
    const uint8_t *der = key->key;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &der, (long)key->keylen);
    char group[32] = "";
    if (pkey != NULL && (der != key->key + key->keylen ||
                         EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1 ||
                         !pt_slice_eq(pt_slice_str(group), PT_SLICE("prime256v1")))) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return pkey;
}

PT_RESULT pt_vkey_id(const struct pt_vkey *key, uint8_t ret[static 4])
{
    struct pt_hash digest;
    uint8_t input[PT_VKEY_NAME_MAX + 2U + PT_VKEY_BYTES];
    size_t n = 0;

    PT_ENSURE(key->name.len <= PT_VKEY_NAME_MAX && key->keylen <= PT_VKEY_BYTES, PT_E_LIMIT);
    if (key->type == PT_NOTE_ED25519) {
        memcpy(input, key->name.ptr, key->name.len);
        n = key->name.len;
        input[n++] = (uint8_t)'\n';
        input[n++] = key->type;
    }
    memcpy(&input[n], key->key, key->keylen);
    pt_hash_bytes(pt_slice_of(input, n + key->keylen), &digest);
    memcpy(ret, digest.bytes, 4);
    return PT_SUCCESS;
}

/* The key must load, and its id be the one that the line claims. */
static pt_status vkey_check(const struct pt_vkey *key)
{
    uint8_t id[4];

    PT_TRY(pt_vkey_id(key, id));
    PT_ENSURE(memcmp(id, key->id, sizeof id) == 0, PT_E_SYNTAX);
    EVP_PKEY *pkey = key_load(key);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    PT_ENSURE(pkey != NULL, PT_E_SYNTAX);
    return PT_SUCCESS;
}

/* Base64 may hold a plus: only the first two separate. */
static pt_status vkey_parse(pt_slice line, struct pt_vkey *ret, bool *ret_known)
{
    uint8_t bytes[PT_SIGNATURE_MAX];
    size_t n = 0;
    struct pt_vkey key = {.name = pt_slice_cut(&line, '+')};
    const pt_slice id = pt_slice_cut(&line, '+');

    PT_ENSURE(name_valid(key.name) && key.name.len <= PT_VKEY_NAME_MAX, PT_E_SYNTAX);
    PT_ENSURE(id.len == 8U, PT_E_SYNTAX);
    PT_TRY(pt_hex_decode(id, key.id, sizeof key.id));
    PT_TRY(pt_b64_decode(line, bytes, sizeof bytes, &n));
    PT_ENSURE(n > 1U, PT_E_SYNTAX);
    key.type = bytes[0];
    key.keylen = n - 1U;
    *ret_known = key.type == PT_NOTE_ED25519 || key.type == PT_NOTE_ECDSA;
    if (*ret_known) {
        PT_ENSURE(key.keylen <= PT_VKEY_BYTES, PT_E_SYNTAX);
        memcpy(key.key, &bytes[1], key.keylen);
        PT_TRY(vkey_check(&key));
        *ret = key;
    }
    return PT_SUCCESS;
}

PT_RESULT pt_vkeys_parse(pt_slice text, struct pt_vkeys *ret)
{
    struct pt_vkeys keys = {.n = 0U};

    PT_ENSURE(text.len <= PT_NOTE_MAX && pt_utf8_valid(text), PT_E_SYNTAX);
    while (text.len != 0U) {
        const pt_slice line = pt_slice_cut(&text, '\n');
        bool known = false;
        if (line.len == 0U || line.ptr[0] == '#') {
            continue;
        }
        PT_ENSURE(keys.n < PT_VKEYS_MAX, PT_E_LIMIT);
        PT_TRY(vkey_parse(line, &keys.keys[keys.n], &known));
        keys.n += known ? 1U : 0U;
    }
    PT_ENSURE(keys.n != 0U, PT_E_SYNTAX);
    *ret = keys;
    return PT_SUCCESS;
}

/* --- signatures --------------------------------------------------------------------------- */

static bool signature_verifies(const struct pt_vkey *key, pt_slice sig, pt_slice text)
{
    EVP_PKEY *pkey = key_load(key);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const EVP_MD *md = key->type == PT_NOTE_ECDSA ? EVP_sha256() : NULL;
    const bool ok = pkey != NULL && ctx != NULL &&
                    EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey) == 1 &&
                    EVP_DigestVerify(ctx, (const uint8_t *)sig.ptr, sig.len,
                                     (const uint8_t *)text.ptr, text.len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return ok;
}

/* One line: em dash, space, name, space, base64(key id || signature). */
static pt_status signature_line(pt_slice line, pt_slice text, const struct pt_vkeys *vkeys,
                                uint32_t *verified)
{
    uint8_t sig[PT_SIGNATURE_MAX];
    size_t n = 0;

    PT_ENSURE(pt_slice_starts(line, PT_SLICE(EM_DASH)), PT_E_SYNTAX);
    line = pt_slice_from(line, sizeof EM_DASH - 1U);
    const pt_slice name = pt_slice_cut(&line, ' ');
    PT_ENSURE(name_valid(name), PT_E_SYNTAX);
    PT_ENSURE(pt_ok(pt_b64_decode(line, sig, sizeof sig, &n)) && n > 4U, PT_E_SYNTAX);
    for (size_t i = 0; i < vkeys->n; i++) {
        const struct pt_vkey *key = &vkeys->keys[i];
        if (!pt_slice_eq(key->name, name) || memcmp(key->id, sig, sizeof key->id) != 0) {
            continue;
        }
        PT_ENSURE(signature_verifies(key, pt_slice_of(&sig[4], n - 4U), text), PT_E_FORGED);
        *verified |= 1U << i;
    }
    return PT_SUCCESS;
}

/* The last empty line of the note separates the text from its signatures. */
static pt_status note_split(pt_slice note, pt_slice *ret_text, pt_slice *ret_lines)
{
    PT_ENSURE(note.len <= PT_NOTE_MAX && text_valid(note), PT_E_SYNTAX);
    PT_ENSURE(note.len > 2U && note.ptr[note.len - 1U] == '\n', PT_E_SYNTAX);
    size_t at = note.len - 1U;
    while (at > 1U && !(note.ptr[at - 1U] == '\n' && note.ptr[at - 2U] == '\n')) {
        at--;
    }
    PT_ENSURE(at > 1U && at < note.len - 1U, PT_E_SYNTAX);
    *ret_text = pt_slice_head(note, at - 1U);
    *ret_lines = pt_slice_from(note, at);
    return PT_SUCCESS;
}

PT_RESULT pt_note_verify(pt_slice note, const struct pt_vkeys *vkeys, struct pt_note *ret)
{
    struct pt_note result = {.verified = 0U};
    pt_slice lines;
    unsigned count = 0;

    PT_TRY(note_split(note, &result.text, &lines));
    for (; lines.len != 0U; count++) {
        const pt_slice line = pt_slice_cut(&lines, '\n');
        PT_ENSURE(count < PT_NOTE_SIGNATURES_MAX, PT_E_SYNTAX);
        PT_TRY(signature_line(line, result.text, vkeys, &result.verified));
    }
    PT_ENSURE(result.verified != 0U, PT_E_FORGED);
    *ret = result;
    return PT_SUCCESS;
}

/* --- checkpoints -------------------------------------------------------------------------- */

static pt_status decimal(pt_slice text, uint64_t *ret)
{
    PT_ENSURE(text.len == 1U || (text.len > 1U && text.ptr[0] != '0'), PT_E_SYNTAX);
    PT_ENSURE(pt_ok(pt_num_u64(text, 0U, INT64_MAX, ret)), PT_E_SYNTAX);
    return PT_SUCCESS;
}

PT_RESULT pt_checkpoint_parse(pt_slice text, struct pt_checkpoint *ret)
{
    struct pt_checkpoint cp = {.complete = false};
    size_t n = 0;

    PT_ENSURE(text.len != 0U && text.ptr[text.len - 1U] == '\n', PT_E_SYNTAX);
    cp.origin = pt_slice_cut(&text, '\n');
    PT_ENSURE(cp.origin.len != 0U, PT_E_SYNTAX);
    PT_TRY(decimal(pt_slice_cut(&text, '\n'), &cp.head.size));
    PT_ENSURE(
        pt_ok(pt_b64_decode(pt_slice_cut(&text, '\n'), cp.head.root.bytes, PT_HASH_LEN, &n)) &&
            n == PT_HASH_LEN,
        PT_E_SYNTAX);
    while (text.len != 0U) {
        PT_ENSURE(pt_slice_cut(&text, '\n').len != 0U, PT_E_SYNTAX);
    }
    *ret = cp;
    return PT_SUCCESS;
}

PT_RESULT pt_checkpoint_peek(pt_slice note, struct pt_checkpoint *ret)
{
    pt_slice text;
    pt_slice lines;

    PT_TRY(note_split(note, &text, &lines));
    return pt_checkpoint_parse(text, ret);
}

PT_RESULT pt_checkpoint_open(pt_slice note, const struct pt_vkeys *vkeys, struct pt_checkpoint *ret)
{
    struct pt_note opened;
    struct pt_checkpoint cp;
    bool named = false;

    PT_TRY(pt_note_verify(note, vkeys, &opened));
    PT_TRY(pt_checkpoint_parse(opened.text, &cp));
    cp.complete = true;
    for (size_t i = 0; i < vkeys->n; i++) {
        const bool verified = ((opened.verified >> i) & 1U) != 0U;
        if (pt_slice_eq(vkeys->keys[i].name, cp.origin)) {
            named = named || verified;
            cp.complete = cp.complete && verified;
        }
    }
    PT_ENSURE(named, PT_E_FORGED);
    *ret = cp;
    return PT_SUCCESS;
}
