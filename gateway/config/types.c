/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The types of values: what is accepted, and what to tell somebody who wrote something else.
 * A text is accepted whole or not at all.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include "poterne/base/clock.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/num.h"
#include "poterne/gateway/reader.h"
#include "poterne/schemas/format.h"

#include <arpa/inet.h>

#define HOST_MAX   253U /* RFC 1035 2.3.4, without the final dot */
#define LABEL_MAX  63U
#define EMAIL_MAX  254U
#define USER_MAX   31U
#define ORIGIN_MAX 128U

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

/* First character a small letter or digit, the others also of @more. */
static bool is_name(pt_slice text, size_t max, const char *more)
{
    if (text.len == 0U || text.len > max || !is_lower_or_digit(text.ptr[0])) {
        return false;
    }
    for (size_t i = 1U; i < text.len; i++) {
        const char c = text.ptr[i];
        if (!is_lower_or_digit(c) && (c == '\0' || strchr(more, c) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_id(pt_slice text)
{
    return is_name(text, PT_ID_MAX, "-");
}

static bool is_agent(pt_slice text)
{
    const pt_slice service = PT_SLICE("service:");
    return is_id(pt_slice_starts(text, service) ? pt_slice_from(text, service.len) : text);
}

/* system names: useradd(8) */
static bool is_user(pt_slice text)
{
    return text.len > 0U && text.len <= USER_MAX && !(text.ptr[0] >= '0' && text.ptr[0] <= '9') &&
           (text.ptr[0] == '_' || is_name(pt_slice_head(text, 1U), 1U, "")) &&
           (text.len == 1U ||
            is_name(text.ptr[0] == '_' ? pt_slice_from(text, 1U) : text, USER_MAX, "_-"));
}

static bool is_text(pt_slice text)
{
    bool blank = true;
    for (size_t i = 0U; i < text.len; i++) {
        const uint8_t c = (uint8_t)text.ptr[i];
        if (c < 0x20U || c == 0x7FU) {
            return false;
        }
        blank = blank && c == ' ';
    }
    return !blank && text.len <= PT_CONFIG_TEXT_MAX && pt_utf8_valid(text);
}

static bool is_path(pt_slice text)
{
    return text.len > 0U && text.len < PT_PATH_MAX && is_text(pt_slice_head(text, 1U)) &&
           pt_slice_find(text, '\0') == text.len && pt_slice_find(text, '\n') == text.len;
}

static bool is_secret_path(pt_slice text)
{
    return pt_slice_starts(text, PT_SLICE("credential:")) ? pt_reader_is_credential(text)
                                                          : is_path(text);
}

/* --- network -----------------------------------------------------------------------------------
 */

static bool is_label(pt_slice label)
{
    if (label.len == 0U || label.len > LABEL_MAX || label.ptr[0] == '-' ||
        label.ptr[label.len - 1U] == '-') {
        return false;
    }
    for (size_t i = 0U; i < label.len; i++) {
        if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-') {
            return false;
        }
    }
    return true;
}

static bool is_host(pt_slice host)
{
    if (host.len == 0U || host.len > HOST_MAX || host.ptr[host.len - 1U] == '.') {
        return false;
    }
    while (host.len > 0U) {
        if (!is_label(pt_slice_cut(&host, '.'))) {
            return false;
        }
    }
    return true;
}

static bool is_ip(int family, pt_slice text)
{
    char ip[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    if (text.ptr == NULL || text.len == 0U || text.len >= sizeof ip ||
        pt_slice_find(text, '\0') < text.len) {
        return false;
    }
    memcpy(ip, text.ptr, text.len);
    ip[text.len] = '\0';
    return inet_pton(family, ip, bytes) == 1;
}

static bool is_port(pt_slice text, uint64_t min)
{
    uint64_t port = 0U;
    return text.len <= 5U && pt_ok(pt_num_u64(text, min, UINT16_MAX, &port));
}

/* "[v6]" or what stands before the last colon; *ret_port: what follows, with its colon. */
static bool split_host(pt_slice text, bool *ret_v6, pt_slice *ret_host, pt_slice *ret_port)
{
    *ret_v6 = text.len > 0U && text.ptr[0] == '[';
    const pt_slice from = *ret_v6 ? pt_slice_from(text, 1U) : text;
    const size_t end = pt_slice_find(from, *ret_v6 ? ']' : ':');
    if (*ret_v6 && end == from.len) {
        return false;
    }
    *ret_host = pt_slice_head(from, end);
    *ret_port = pt_slice_from(from, *ret_v6 ? end + 1U : end);
    return ret_port->len == 0U || ret_port->ptr[0] == ':';
}

static bool is_listen(pt_slice text)
{
    bool v6 = false;
    pt_slice host;
    pt_slice port;
    return split_host(text, &v6, &host, &port) && port.len > 1U &&
           is_ip(v6 ? AF_INET6 : AF_INET, host) && is_port(pt_slice_from(port, 1U), 0U);
}

static bool is_url(pt_slice text)
{
    const pt_slice scheme = PT_SLICE("https://");
    bool v6 = false;
    pt_slice host;
    pt_slice port;
    if (!pt_slice_starts(text, scheme) ||
        !split_host(pt_slice_from(text, scheme.len), &v6, &host, &port)) {
        return false;
    }
    const bool host_ok = v6 ? is_ip(AF_INET6, host) : is_host(host);
    return host_ok && (port.len == 0U || is_port(pt_slice_from(port, 1U), 1U));
}

static bool is_email(pt_slice text)
{
    pt_slice domain = text;
    const pt_slice local = pt_slice_cut(&domain, '@');
    if (text.len > EMAIL_MAX || local.len == 0U || local.len > 64U) {
        return false;
    }
    for (size_t i = 0U; i < local.len; i++) {
        const char c = local.ptr[i];
        if (!is_alnum(c) && (c == '\0' || strchr(".!#$%&'*+/=?^_`{|}~-", c) == NULL)) {
            return false;
        }
    }
    return is_host(domain) && pt_slice_find(domain, '.') < domain.len;
}

/* --- others ------------------------------------------------------------------------------------
 */

bool pt_fingerprint_parse(pt_slice text, uint8_t out[static 32])
{
    char digits[64];
    if (text.len == sizeof digits) {
        return pt_ok(pt_hex_decode(text, out, 32U));
    }
    if (text.len != 95U) {
        return false;
    }
    for (size_t i = 0U; i < 32U; i++) {
        if (i < 31U && text.ptr[i * 3U + 2U] != ':') {
            return false;
        }
        memcpy(digits + i * 2U, text.ptr + i * 3U, 2U);
    }
    return pt_ok(pt_hex_decode(pt_slice_of(digits, sizeof digits), out, 32U));
}

/* The name in signed notes: no white space, no '+' (C2SP signed-note). */
static bool is_origin(pt_slice text)
{
    for (size_t i = 0U; i < text.len; i++) {
        const uint8_t c = (uint8_t)text.ptr[i];
        if (c <= 0x20U || c >= 0x7FU || c == '+') {
            return false;
        }
    }
    return text.len > 0U && text.len <= ORIGIN_MAX;
}

static bool is_pointer(pt_slice text)
{
    return text.len > 1U && text.len <= PT_POINTER_MAX && text.ptr[0] == '/' && is_text(text);
}

static bool check_word(const struct pt_row *row, pt_slice text, int64_t *ret)
{
    for (size_t i = 0U; row->words[i] != NULL; i++) {
        if (pt_slice_eq(text, pt_slice_str(row->words[i]))) {
            *ret = (int64_t)i;
            return true;
        }
    }
    return false;
}

static bool check_bool(pt_slice text, int64_t *ret)
{
    *ret = pt_slice_eq(text, PT_SLICE("true")) ? 1 : 0;
    return *ret == 1 || pt_slice_eq(text, PT_SLICE("false"));
}

static bool check_count(const struct pt_row *row, pt_slice text, int64_t *ret)
{
    uint64_t number = 0U;
    const bool ok = pt_ok(pt_num_u64(text, row->min, row->max, &number));
    *ret = (int64_t)number;
    return ok;
}

static bool check_date(pt_slice text, int64_t *ret)
{
    int32_t days = 0;
    const bool ok = pt_ok(pt_time_date_parse(text, &days));
    *ret = days;
    return ok;
}

bool pt_value_check(enum pt_value type, const struct pt_row *row, pt_slice text, int64_t *ret)
{
    uint8_t fingerprint[32];
    switch (type) {
    case PT_V_TEXT:
        return is_text(text);
    case PT_V_ID:
        return is_id(text);
    case PT_V_SIRET:
        return pt_siret_valid(text);
    case PT_V_EMAIL:
        return is_email(text);
    case PT_V_LISTEN:
        return is_listen(text);
    case PT_V_PATH:
        return is_path(text);
    case PT_V_SECRET:
        return is_secret_path(text);
    case PT_V_DATE:
        return check_date(text, ret);
    case PT_V_COUNT:
        return check_count(row, text, ret);
    case PT_V_BOOL:
        return check_bool(text, ret);
    case PT_V_WORD:
        return check_word(row, text, ret);
    case PT_V_URL:
        return is_url(text);
    case PT_V_SHA256:
        return pt_fingerprint_parse(text, fingerprint);
    case PT_V_ORIGIN:
        return is_origin(text);
    case PT_V_USER:
        return is_user(text);
    case PT_V_AGENT:
        return is_agent(text);
    case PT_V_DATASET:
        return is_name(text, PT_DATASET_ID_MAX, "-_./");
    case PT_V_POINTER:
        return is_pointer(text);
    case PT_V_SECTION:
    case PT_V_MAP:
    case PT_V_LIST:
    case PT_V_LAST:
    default:
        return false;
    }
}

static const char *const expected[PT_V_LAST] = {
    [PT_V_SECTION] = "une table de clés",
    [PT_V_MAP] = "une table",
    [PT_V_LIST] = "une liste",
    [PT_V_TEXT] = "un texte d'une ligne, non vide",
    [PT_V_ID] = "un identifiant (a-z, 0-9, « - », 64 caractères au plus)",
    [PT_V_SIRET] = "un SIRET (14 chiffres, clé de Luhn)",
    [PT_V_EMAIL] = "une adresse électronique",
    [PT_V_LISTEN] = "une adresse IP et un port (0.0.0.0:8443, [::1]:8443)",
    [PT_V_PATH] = "un chemin de fichier",
    [PT_V_SECRET] = "un chemin de fichier ou credential:NOM",
    [PT_V_DATE] = "une date AAAA-MM-JJ",
    [PT_V_BOOL] = "true ou false",
    [PT_V_URL] = "https://hôte[:port], sans chemin ni barre finale",
    [PT_V_SHA256] = "une empreinte SHA-256 (64 chiffres hexadécimaux)",
    [PT_V_ORIGIN] = "un nom sans espace ni « + »",
    [PT_V_USER] = "un utilisateur du système",
    [PT_V_AGENT] = "un identifiant d'agent ou service:<identifiant>",
    [PT_V_DATASET] = "un identifiant de jeu de données (api/version/fournisseur/ressource)",
    [PT_V_POINTER] = "un JSON Pointer (/data/siren)",
};

static void put_range(const struct pt_row *row, struct pt_buf *out)
{
    if (row->min == row->max) {
        pt_buf_put_str(out, "exactement ");
        pt_buf_put_u64(out, row->min);
        return;
    }
    pt_buf_put_str(out, "un nombre entier de ");
    pt_buf_put_u64(out, row->min);
    pt_buf_put_str(out, " à ");
    pt_buf_put_u64(out, row->max);
}

static void put_words(const struct pt_row *row, struct pt_buf *out)
{
    for (size_t i = 0U; row->words[i] != NULL; i++) {
        if (i > 0U) {
            pt_buf_put_str(out, row->words[i + 1U] == NULL ? " ou " : ", ");
        }
        pt_buf_put_str(out, row->words[i]);
    }
}

void pt_value_expected(enum pt_value type, const struct pt_row *row, struct pt_buf *out)
{
    if (type == PT_V_COUNT) {
        put_range(row, out);
    } else if (type == PT_V_WORD) {
        put_words(row, out);
    } else if (expected[type] != NULL) {
        pt_buf_put_str(out, expected[type]);
    }
}
