/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * vkey.c -- C2SP signed-note verifier keys: what is published so that anybody can check the log.
 * Law (signed-note.md): "<name>+<hex key id>+<base64(type || key)>", the name holds neither a
 * Unicode space nor '+'. We refuse more: names are printable ASCII. Layer 1 (pki).
 */
#include "pki/ossl_int.h"
#include "poterne/base/codec.h"
#include "poterne/pki/digest.h"
#include "poterne/pki/key.h"

#define NOTE_NAME_MAX 256U
#define NOTE_KEY_MAX  512U

static bool name_ok(pt_slice name)
{
    for (size_t i = 0U; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~' || name.ptr[i] == '+') {
            return false;
        }
    }
    return name.len > 0U && name.len <= NOTE_NAME_MAX;
}

/* @key is type byte || key. Ed25519 hashes name LF type key; P-256 hashes the SPKI alone. */
static pt_status note_id(pt_slice name, pt_slice key, uint8_t out[static 4])
{
    uint8_t digest[PT_SHA256_LEN];
    if ((uint8_t)key.ptr[0] == PT_NOTE_ED25519) {
        char text[NOTE_NAME_MAX + 1U + NOTE_KEY_MAX];
        memcpy(text, name.ptr, name.len);
        text[name.len] = '\n';
        memcpy(text + name.len + 1U, key.ptr, key.len);
        PT_TRY(pt_sha256(pt_slice_of(text, name.len + 1U + key.len), digest));
    } else {
        PT_TRY(pt_sha256(pt_slice_from(key, 1U), digest));
    }
    memcpy(out, digest, 4U);
    return PT_SUCCESS;
}

/* type byte || public key */
static pt_status typed_key(const struct pt_key *key, struct pt_buf *out)
{
    pt_buf_put_byte(out, (char)(pt_key_kind(key) == PT_KEY_P256 ? PT_NOTE_ECDSA : PT_NOTE_ED25519));
    return pt_key_public(key, out);
}

static pt_status vkey_text(pt_slice name, pt_slice typed, struct pt_buf *out)
{
    uint8_t id[4];
    char hex[PT_HEX_LEN(4U)];
    PT_TRY(note_id(name, typed, id));
    pt_hex_encode(pt_slice_of(id, sizeof(id)), hex);
    pt_buf_put(out, name);
    pt_buf_put_byte(out, '+');
    pt_buf_put(out, pt_slice_of(hex, sizeof(hex)));
    pt_buf_put_byte(out, '+');
    pt_b64_encode(out, typed);
    return pt_buf_status(out);
}

PT_RESULT pt_key_vkey(const struct pt_key *key, pt_slice name, struct pt_buf *out)
{
    PT_ENSURE(key != NULL && out != NULL && name_ok(name), PT_E_ARG);
    struct pt_buf typed;
    pt_buf_init(&typed, NOTE_KEY_MAX);
    pt_status st = typed_key(key, &typed);
    if (pt_ok(st)) {
        st = vkey_text(name, pt_buf_slice(&typed), out);
    }
    pt_buf_done(&typed);
    return st;
}

PT_RESULT pt_key_note_id(const struct pt_key *key, pt_slice name, uint8_t out[static 4])
{
    PT_ENSURE(key != NULL && name_ok(name), PT_E_ARG);
    struct pt_buf typed;
    pt_buf_init(&typed, NOTE_KEY_MAX);
    pt_status st = typed_key(key, &typed);
    if (pt_ok(st)) {
        st = note_id(name, pt_buf_slice(&typed), out);
    }
    pt_buf_done(&typed);
    return st;
}

/* SPKI of a typed key: Ed25519 (RFC 8410) is a fixed prefix and the key, P-256 is the SPKI. */
static pt_status typed_spki(pt_slice typed, uint8_t out[static 32])
{
    static const uint8_t prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                     0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    const pt_slice key = pt_slice_from(typed, 1U);
    if ((uint8_t)typed.ptr[0] == PT_NOTE_ECDSA) {
        return pt_sha256(key, out);
    }
    PT_ENSURE((uint8_t)typed.ptr[0] == PT_NOTE_ED25519 && key.len == 32U, PT_E_SYNTAX);
    uint8_t spki[sizeof(prefix) + 32U];
    memcpy(spki, prefix, sizeof(prefix));
    memcpy(spki + sizeof(prefix), key.ptr, 32U);
    return pt_sha256(pt_slice_of(spki, sizeof(spki)), out);
}

PT_RESULT pt_vkey_spki_sha256(pt_slice vkey, uint8_t out[static 32])
{
    const pt_slice name = pt_slice_cut(&vkey, '+');
    const pt_slice hex = pt_slice_cut(&vkey, '+');
    uint8_t typed[NOTE_KEY_MAX];
    uint8_t told[4];
    uint8_t id[4];
    uint8_t spki[PT_SHA256_LEN];
    size_t n = 0U;
    PT_ENSURE(name_ok(name), PT_E_SYNTAX);
    PT_TRY(pt_hex_decode(hex, told, sizeof(told)));
    PT_TRY(pt_b64_decode(vkey, typed, sizeof(typed), &n));
    PT_ENSURE(n >= 2U, PT_E_SYNTAX);
    PT_TRY(typed_spki(pt_slice_of(typed, n), spki));
    PT_TRY(note_id(name, pt_slice_of(typed, n), id));
    PT_ENSURE(memcmp(id, told, sizeof(id)) == 0, PT_E_FORGED);
    memcpy(out, spki, sizeof(spki));
    return PT_SUCCESS;
}
