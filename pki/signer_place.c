/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * signer_place.c -- see signer_place_int.h. A key file passes the gate of SYS-04; a credential lies
 * in a folder that systemd itself guards (its files carry an access list, so that their mode says
 * nothing); a token keeps the key and gets a PIN that never stands in a URI. Layer 1 (pki).
 */
#include "pki/signer_place_int.h"

#include "pki/ossl_int.h"
#include "poterne/base/file.h"
#include "poterne/base/secret.h"
#include "poterne/pki/key.h"

static const pt_slice credential = PT_SLICE_INIT("credential:");
static const pt_slice token = PT_SLICE_INIT("pkcs11:");

/* A name that cannot leave its folder. */
static bool name_ok(pt_slice name)
{
    if (name.len == 0U || name.len > 128U || name.ptr[0] == '.') {
        return false;
    }
    for (size_t i = 0U; i < name.len; i++) {
        const char c = name.ptr[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

/* What went wrong with a file, as a fault; a lack of memory stays one. */
static pt_status read_fault(pt_status st)
{
    switch (st.code) {
    case PT_OK:
    case PT_E_NOMEM:
        return st;
    case PT_E_DENIED:
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_MODE);
    case PT_E_LIMIT:
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_FORMAT);
    default:
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_ABSENT);
    }
}

/* The content of a file or credential: a key or a PIN. */
static pt_status read_secret(const char *place, const char *folder, struct pt_buf *out)
{
    const pt_slice whole = pt_slice_str(place);
    if (!pt_slice_starts(whole, credential)) {
        return whole.len == 0U ? PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_PLACE)
                               : read_fault(pt_key_file_read(place, out));
    }
    char path[PT_PATH_MAX];
    const pt_slice name = pt_slice_from(whole, credential.len);
    if (!name_ok(name)) {
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_PLACE);
    }
    if (folder == NULL || !pt_ok(pt_file_join(folder, name.ptr, path, sizeof(path)))) {
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_ABSENT);
    }
    return read_fault(pt_file_read(path, out));
}

static pt_status open_file(const struct pt_signer_spec *spec, struct pt_held_key *ret)
{
    struct pt_buf pem;
    pt_buf_init(&pem, PT_SIGNER_KEY_MAX);
    pt_status st = read_secret(spec->key, spec->credentials, &pem);
    if (pt_ok(st)) {
        st = pt_ossl_key(pt_buf_slice(&pem), &ret->key);
        st = st.code == (uint32_t)PT_E_SYNTAX ? PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_FORMAT) : st;
    }
    pt_buf_done(&pem);
    return st;
}

/* The first line of the PIN's file, NUL-terminated. */
static pt_status read_pin(const char *source, const char *folder, char pin[static 1])
{
    struct pt_buf text;
    pt_buf_init(&text, PT_SIGNER_PIN_MAX);
    pt_status st = read_secret(source, folder, &text);
    if (pt_ok(st)) {
        pt_slice rest = pt_buf_slice(&text);
        const pt_slice line = pt_slice_cut(&rest, '\n');
        memcpy(pin, line.len != 0U ? line.ptr : "", line.len);
        pin[line.len] = '\0';
    } else if (st.code == (uint32_t)PT_E_DENIED && st.aux != (uint32_t)PT_SIGNER_KEY_MODE) {
        st = PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_PIN);
    }
    pt_buf_done(&text);
    return st;
}

static pt_status open_token(const struct pt_signer_spec *spec, struct pt_held_key *ret)
{
    struct pt_token_uri uri;
    char pin[PT_SIGNER_PIN_MAX + 1U] = "";
    PT_TRY(pt_token_parse(spec->key, &uri));
    pt_status st = PT_SUCCESS;
    if (uri.pin[0] != '\0') {
        st = read_pin(uri.pin, spec->credentials, pin);
    }
    if (pt_ok(st)) {
        st = pt_token_open(&uri, pin, ret);
    }
    pt_wipe(pin, sizeof(pin));
    return st;
}

PT_RESULT pt_held_open(const struct pt_signer_spec *spec, struct pt_held_key *ret)
{
    *ret = (struct pt_held_key){.key = NULL};
    return pt_ossl_done(pt_slice_starts(pt_slice_str(spec->key), token) ? open_token(spec, ret)
                                                                        : open_file(spec, ret));
}

void pt_held_done(struct pt_held_key *held)
{
    EVP_PKEY_free(held->key);
    pt_token_close(held->engine);
    *held = (struct pt_held_key){.key = NULL};
}
