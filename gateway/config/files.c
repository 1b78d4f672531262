/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The bytes of the files the configuration names: certificates, keys, tokens. What a file holds is
 * never part of a message.
 * SYS-04 (modes), RGS-14 (one key, one use), LEG-27 (one token, one procedure).
 * Layer 3 (gateway).
 */
#include "gateway/config/files_int.h"

#include "poterne/base/clock.h"

#define OTHERS 077U /* permission bits of anybody but the owner */

static const struct pt_mark *place_of(const struct pt_yaml *node)
{
    return &node->mark;
}

static void report_unreadable(struct pt_load *load, const struct pt_yaml *node, pt_slice path,
                              uint32_t code)
{
    const pt_slice why = code == PT_E_ABSENT  ? PT_SLICE("fichier absent : ")
                         : code == PT_E_LIMIT ? PT_SLICE("fichier trop grand : ")
                                              : PT_SLICE("fichier illisible : ");
    PT_REPORT(&load->diag, place_of(node), why, path);
}

PT_RESULT pt_files_read(struct pt_load *load, const struct pt_yaml *node, pt_slice path,
                        struct pt_buf *bytes)
{
    const struct pt_reader_port *reader = load->source->reader;
    const pt_status st = reader->read(reader->ctx, path.ptr, bytes);
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    if (!pt_ok(st)) {
        report_unreadable(load, node, path, st.code);
        pt_buf_clear(bytes);
        return PT_SUCCESS;
    }
    if (bytes->len == 0U) {
        PT_REPORT(&load->diag, place_of(node), PT_SLICE("fichier vide : "), path);
    }
    return PT_SUCCESS;
}

static void put_octal(char out[static 5], uint32_t mode)
{
    for (size_t i = 0U; i < 4U; i++) {
        out[i] = (char)('0' + ((mode >> (9U - 3U * i)) & 7U));
    }
    out[4] = '\0';
}

/* SYS-04. systemd itself guards its credentials. */
static void check_mode(struct pt_load *load, const struct pt_yaml *node, pt_slice path)
{
    const struct pt_reader_port *reader = load->source->reader;
    uint32_t mode = 0U;
    if (reader->mode == NULL || pt_slice_starts(path, PT_SLICE("credential:")) ||
        !pt_ok(reader->mode(reader->ctx, path.ptr, &mode)) || (mode & OTHERS) == 0U) {
        return;
    }
    char text[5];
    put_octal(text, mode);
    PT_REPORT_HELP(&load->diag, place_of(node), PT_SLICE("chmod 0400 sur ce fichier"),
                   PT_SLICE("secret lisible par d'autres que le service (mode "),
                   pt_slice_str(text), PT_SLICE(") : "), path);
}

PT_RESULT pt_files_read_secret(struct pt_load *load, const struct pt_yaml *node, pt_slice path,
                               struct pt_buf *bytes)
{
    check_mode(load, node, path);
    return pt_files_read(load, node, path, bytes);
}

/* --- text files of certificates
 * ------------------------------------------------------------------- */

static PT_RESULT read_pem(struct pt_load *load, const struct pt_yaml *node, pt_slice path,
                          pt_slice *ret)
{
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_CONFIG_FILE_MAX);
    pt_status st = pt_files_read(load, node, path, &bytes);
    if (pt_ok(st) && bytes.len > 0U) {
        st = pt_load_keep(load, pt_buf_slice(&bytes), ret);
    }
    pt_buf_done(&bytes);
    return st;
}

static PT_RESULT read_tls(struct pt_load *load)
{
    struct pt_config *config = &load->own->config;
    const struct pt_yaml *tls = pt_yaml_get(load->root, "tls");
    const struct {
        const char *key;
        pt_slice path;
        pt_slice *ret;
    } files[] = {{"certificate", config->tls_certificate_path, &config->tls_certificate},
                 {"client-ca", config->tls_client_ca_path, &config->tls_client_ca},
                 {"client-crl", config->tls_client_crl_path, &config->tls_client_crl}};
    for (size_t i = 0U; i < PT_COUNT(files); i++) {
        const struct pt_yaml *node = pt_yaml_get(tls, files[i].key);
        if (node != NULL && files[i].path.len > 0U) {
            PT_TRY(read_pem(load, node, files[i].path, files[i].ret));
        }
    }
    return PT_SUCCESS;
}

static PT_RESULT keep_secret(struct pt_load *load, pt_slice bytes, const struct pt_secret **ret)
{
    struct pt_secret *secret = NULL;
    PT_TRY(pt_secret_from(bytes, &secret));
    PT_TRY(pt_config_own_secret(load->own, secret));
    *ret = secret;
    return PT_SUCCESS;
}

static PT_RESULT read_key(struct pt_load *load)
{
    struct pt_config *config = &load->own->config;
    const struct pt_yaml *node = pt_yaml_get(pt_yaml_get(load->root, "tls"), "key");
    if (node == NULL || config->tls_key_path.len == 0U) {
        return PT_SUCCESS;
    }
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_SECRET_FILE_MAX);
    pt_status st = pt_files_read_secret(load, node, config->tls_key_path, &bytes);
    if (pt_ok(st) && bytes.len > 0U) {
        st = keep_secret(load, pt_buf_slice(&bytes), &config->tls_key);
    }
    pt_buf_done(&bytes);
    return st;
}

/* Where Debian keeps the anchors of the whole system. Pinned like any other: read now, once. */
#define SYSTEM_ANCHORS PT_SLICE("/etc/ssl/certs/ca-certificates.crt")

/* An upstream without anchors cannot be reached; that is said, and its exchanges are impossible. */
static PT_RESULT read_system_anchors(struct pt_load *load, const struct pt_yaml *upstream,
                                     pt_slice *ret)
{
    const struct pt_reader_port *reader = load->source->reader;
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_CONFIG_FILE_MAX);
    pt_status st = reader->read(reader->ctx, SYSTEM_ANCHORS.ptr, &bytes);
    if (pt_ok(st)) {
        st = pt_load_keep(load, pt_buf_slice(&bytes), ret);
    } else if (st.code != PT_E_NOMEM) {
        PT_WARNING(&load->diag, place_of(upstream),
                   PT_SLICE("ni « ca » ni autorités du système (paquet ca-certificates) : ce "
                            "serveur ne sera jamais joint"));
        st = PT_SUCCESS;
    }
    pt_buf_done(&bytes);
    return st;
}

static PT_RESULT read_anchors_of(struct pt_load *load, size_t i)
{
    const struct pt_yaml *upstream = load->upstream_nodes[i];
    const struct pt_yaml *node = pt_yaml_get(upstream, "ca");
    if (node == NULL) {
        return read_system_anchors(load, upstream, &load->upstreams[i].ca);
    }
    pt_slice path = PT_SLICE_EMPTY;
    PT_TRY(pt_load_path(load, node, &path));
    if (path.len == 0U) {
        return PT_SUCCESS;
    }
    PT_TRY(read_pem(load, node, path, &load->upstreams[i].ca));
    pt_files_check_anchors(load, node, load->upstreams[i].ca);
    return PT_SUCCESS;
}

static PT_RESULT read_lists_of(struct pt_load *load, size_t i)
{
    const struct pt_yaml *node = pt_yaml_get(load->upstream_nodes[i], "crl");
    pt_slice path = PT_SLICE_EMPTY;
    if (node == NULL) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_load_path(load, node, &path));
    if (path.len > 0U) {
        PT_TRY(read_pem(load, node, path, &load->upstreams[i].crl));
        return pt_files_check_lists(load, node, load->upstreams[i].crl, PT_RGS_1);
    }
    return PT_SUCCESS;
}

static PT_RESULT read_anchors(struct pt_load *load)
{
    for (size_t i = 0U; i < load->own->config.nupstreams; i++) {
        PT_TRY(read_anchors_of(load, i));
        PT_TRY(read_lists_of(load, i));
    }
    return PT_SUCCESS;
}

/* --- tokens
 * ---------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* White space around it goes; what stays is one line of visible ASCII (RFC 6750 2.1). */
static bool trim_token(pt_slice *token)
{
    while (token->len > 0U && is_blank(token->ptr[token->len - 1U])) {
        token->len--;
    }
    while (token->len > 0U && is_blank(token->ptr[0])) {
        *token = pt_slice_from(*token, 1U);
    }
    for (size_t i = 0U; i < token->len; i++) {
        const uint8_t c = (uint8_t)token->ptr[i];
        if (c <= 0x20U || c >= 0x7FU) {
            return false;
        }
    }
    return token->len > 0U;
}

static PT_RESULT take_token(struct pt_load *load, const struct pt_yaml *node,
                            const struct pt_buf *bytes, const struct pt_secret **ret)
{
    pt_slice token = pt_buf_slice(bytes);
    if (token.len == 0U) {
        return PT_SUCCESS;
    }
    if (!trim_token(&token)) {
        PT_REPORT(&load->diag, place_of(node),
                  PT_SLICE("ce fichier ne contient pas un jeton (une ligne de caractères ASCII "
                           "visibles)"));
        return PT_SUCCESS;
    }
    return keep_secret(load, token, ret);
}

static PT_RESULT read_token(struct pt_load *load, const struct pt_yaml *node,
                            const struct pt_secret **ret)
{
    pt_slice path = PT_SLICE_EMPTY;
    PT_TRY(pt_load_path(load, node, &path));
    if (path.len == 0U) {
        return PT_SUCCESS;
    }
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_SECRET_FILE_MAX);
    pt_status st = pt_files_read_secret(load, node, path, &bytes);
    if (pt_ok(st)) {
        st = take_token(load, node, &bytes, ret);
    }
    pt_buf_done(&bytes);
    return st;
}

static PT_RESULT read_tokens(struct pt_load *load)
{
    for (size_t i = 0U; i < load->own->config.nhabilitations; i++) {
        const struct pt_yaml *node = pt_yaml_get(load->habilitation_nodes[i], "token-file");
        if (node != NULL) {
            PT_TRY(read_token(load, node, &load->habilitations[i].token));
        }
    }
    return PT_SUCCESS;
}

PT_RESULT pt_load_files(struct pt_load *load)
{
    PT_TRY(read_tls(load));
    PT_TRY(read_key(load));
    PT_TRY(read_anchors(load));
    PT_TRY(read_tokens(load));
    PT_TRY(pt_files_check_tls(load));
    PT_TRY(pt_files_check_keys(load));
    return pt_files_check_tokens(load);
}
