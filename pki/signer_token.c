/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * signer_token.c -- PKCS#11 by libp11's engine (docs/adr/0026). The only file that uses OpenSSL's
 * engines, which OpenSSL 3 deprecates and Debian 12 has no successor for. The engine is taken from
 * OpenSSL's own folder, never from the environment, and never entered in OpenSSL's list: every
 * signer has its own, so that two tokens may use two modules. Layer 1 (pki).
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "pki/signer_place_int.h"

#include "poterne/base/codec.h"

#include <openssl/crypto.h>
#include <openssl/engine.h>

/* Percent-decoding of RFC 3986 into @out of PT_TOKEN_PART_MAX; never empty, no NUL inside. */
static bool decode(pt_slice text, char out[static PT_TOKEN_PART_MAX])
{
    size_t n = 0U;
    for (size_t i = 0U; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.ptr[i];
        if (byte == '%') {
            if (text.len - i < 3U ||
                !pt_ok(pt_hex_decode(pt_slice_of(text.ptr + i + 1U, 2U), &byte, 1U))) {
                return false;
            }
            i += 2U;
        }
        if (byte == 0U || n + 1U >= PT_TOKEN_PART_MAX) {
            return false;
        }
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    return n != 0U;
}

/* One attribute more of the URI the engine is asked for, as it was written. */
static bool pass_on(struct pt_token_uri *uri, pt_slice name, pt_slice value)
{
    const size_t n = strlen(uri->object);
    if (n + name.len + value.len + 3U > sizeof(uri->object)) {
        return false;
    }
    char *at = uri->object + n;
    *at = n == 0U ? ':' : ';';
    memcpy(at + 1, name.ptr, name.len);
    at[1U + name.len] = '=';
    memcpy(at + 2U + name.len, value.ptr, value.len);
    at[2U + name.len + value.len] = '\0';
    return true;
}

/* module-path and pin-source are ours; each may stand once. @return false: another attribute */
static bool take(struct pt_token_uri *uri, pt_slice name, const char text[static PT_TOKEN_PART_MAX])
{
    char *place = NULL;
    if (pt_slice_eq(name, PT_SLICE("module-path"))) {
        place = uri->module;
    } else if (pt_slice_eq(name, PT_SLICE("pin-source"))) {
        place = uri->pin;
    }
    if (place == NULL || place[0] != '\0') {
        return false;
    }
    memcpy(place, text, PT_TOKEN_PART_MAX);
    return true;
}

static bool engine_knows(pt_slice name)
{
    static const pt_slice names[] = {PT_SLICE_INIT("token"), PT_SLICE_INIT("object"),
                                     PT_SLICE_INIT("id"),    PT_SLICE_INIT("serial"),
                                     PT_SLICE_INIT("model"), PT_SLICE_INIT("manufacturer")};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        if (pt_slice_eq(name, names[i])) {
            return true;
        }
    }
    return false;
}

static pt_status attribute(struct pt_token_uri *uri, pt_slice name, pt_slice value)
{
    char text[PT_TOKEN_PART_MAX];
    if (pt_slice_eq(name, PT_SLICE("pin-value"))) {
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_PIN);
    }
    const bool is_type = pt_slice_eq(name, PT_SLICE("type"));
    if (!decode(value, text) || (is_type && strcmp(text, "private") != 0)) {
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_PLACE);
    }
    if (is_type || take(uri, name, text) || (engine_knows(name) && pass_on(uri, name, value))) {
        return PT_SUCCESS;
    }
    return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_PLACE);
}

PT_RESULT pt_token_parse(const char *uri, struct pt_token_uri *ret)
{
    pt_slice rest = pt_slice_from(pt_slice_str(uri), 7U);
    *ret = (struct pt_token_uri){.module = ""};
    while (rest.len != 0U) {
        /* RFC 7512: the path's attributes are parted by ';', the query's ('?') by '&'. */
        const size_t n = strcspn(rest.ptr, ";?&");
        pt_slice value = pt_slice_head(rest, n);
        const pt_slice name = pt_slice_cut(&value, '=');
        rest = pt_slice_from(rest, n + 1U);
        PT_TRY(attribute(ret, name, value));
    }
    if (ret->module[0] != '/' || ret->object[0] == '\0' ||
        !pass_on(ret, PT_SLICE("type"), PT_SLICE("private"))) {
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_KEY_PLACE);
    }
    return PT_SUCCESS;
}

static ENGINE *engine_new(void)
{
    ENGINE *const engine = ENGINE_by_id("dynamic");
    const char *const folder = OPENSSL_info(OPENSSL_INFO_ENGINES_DIR);
    if (engine == NULL || folder == NULL ||
        ENGINE_ctrl_cmd_string(engine, "ID", "pkcs11", 0) != 1 ||
        ENGINE_ctrl_cmd_string(engine, "DIR_LOAD", "2", 0) != 1 ||
        ENGINE_ctrl_cmd_string(engine, "DIR_ADD", folder, 0) != 1 ||
        ENGINE_ctrl_cmd_string(engine, "LIST_ADD", "0", 0) != 1 ||
        ENGINE_ctrl_cmd_string(engine, "LOAD", NULL, 0) != 1) {
        (void)ENGINE_free(engine);
        return NULL;
    }
    return engine;
}

/* The PIN goes by the control command: a URI would end up in the engine's messages. */
static EVP_PKEY *engine_key(ENGINE *engine, const struct pt_token_uri *uri, const char *pin)
{
    char name[sizeof(uri->object) + 8U] = "pkcs11";
    memcpy(name + 6U, uri->object, strlen(uri->object) + 1U);
    if (pin[0] != '\0' && ENGINE_ctrl_cmd_string(engine, "PIN", pin, 0) != 1) {
        return NULL;
    }
    return ENGINE_load_private_key(engine, name, NULL, NULL);
}

PT_RESULT pt_token_open(const struct pt_token_uri *uri, const char *pin, struct pt_held_key *ret)
{
    ENGINE *const engine = engine_new();
    if (engine == NULL) {
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_TOKEN);
    }
    if (ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", uri->module, 0) != 1 ||
        ENGINE_init(engine) != 1) {
        (void)ENGINE_free(engine);
        return PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_TOKEN);
    }
    ret->engine = engine;
    ret->key = engine_key(engine, uri, pin);
    return ret->key != NULL ? PT_SUCCESS : PT_FAIL_AUX(PT_E_DENIED, PT_SIGNER_TOKEN);
}

void pt_token_close(void *engine)
{
    if (engine != NULL) {
        (void)ENGINE_finish((ENGINE *)engine);
        (void)ENGINE_free((ENGINE *)engine);
    }
}
