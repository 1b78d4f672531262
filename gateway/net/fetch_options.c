/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a request to the State may do: the allow-list of libcurl options, and how bytes come in.
 * Everything libcurl would take from its surroundings (proxy, netrc, cookies, redirects) is off.
 */
#include "gateway/net/fetch_int.h"

/* TLS guide v1.2 (R6-R9): PFS and AEAD only. */
#define SUITES_12                                                                                  \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                   \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                   \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define SUITES_13 "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS    "X25519:P-256:P-384"

static size_t take_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct pt_fetch *fetch = arg;
    (void)size; /* always 1 */
    pt_buf_put(&fetch->body, pt_slice_of(bytes, n));
    if (!pt_ok(pt_buf_status(&fetch->body))) {
        fetch->too_large = fetch->body.error == PT_E_LIMIT;
        return 0U;
    }
    return n;
}

static const char *const names[PT_FETCH_FIELDS] = {
    "content-type",        "retry-after",     "ratelimit-limit",
    "ratelimit-remaining", "ratelimit-reset", "x-request-id",
};

static pt_slice trim(pt_slice text)
{
    while (text.len > 0U && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text = pt_slice_from(text, 1U);
    }
    while (text.len > 0U && (text.ptr[text.len - 1U] == ' ' || text.ptr[text.len - 1U] == '\t' ||
                             text.ptr[text.len - 1U] == '\r' || text.ptr[text.len - 1U] == '\n')) {
        text.len--;
    }
    return text;
}

static void keep(struct pt_fetch *fetch, pt_slice name, pt_slice value)
{
    for (size_t i = 0U; i < PT_FETCH_FIELDS; i++) {
        if (!pt_slice_eq_nocase(name, pt_slice_str(names[i])) || value.len > PT_FETCH_FIELD_MAX) {
            continue;
        }
        if (value.len > 0U) {
            memcpy(fetch->fields[i], value.ptr, value.len);
        }
        fetch->lengths[i] = value.len;
    }
}

static size_t take_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct pt_fetch *fetch = arg;
    (void)size;
    fetch->header_bytes += n;
    if (fetch->header_bytes > PT_FETCH_HEADERS_MAX) {
        fetch->too_large = true;
        return 0U;
    }
    pt_slice rest = pt_slice_of(bytes, n);
    const pt_slice name = pt_slice_cut(&rest, ':');
    if (name.len < n) {
        keep(fetch, name, trim(rest));
    }
    return n;
}

static CURLcode set_transport(CURL *easy)
{
    CURLcode bad = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    bad |= curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)PT_FETCH_CONNECT_MS);
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)PT_FETCH_TOTAL_MS);
    bad |= curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)PT_FETCH_BODY_MAX);
    bad |= curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)PT_FETCH_SEND_BUFFER);
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "Poterne");
    return bad;
}

static CURLcode set_tls(CURL *easy)
{
    CURLcode bad = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, SUITES_12);
    bad |= curl_easy_setopt(easy, CURLOPT_TLS13_CIPHERS, SUITES_13);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_EC_CURVES, GROUPS);
    bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    return bad;
}

static CURLcode set_sockets(CURL *easy, struct pt_fetcher *fetcher)
{
    CURLcode bad = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, pt_fetch_socket_open);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetcher);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, pt_fetch_socket_close);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, fetcher);
    return bad;
}

static CURLcode set_sinks(CURL *easy, struct pt_fetch *fetch)
{
    CURLcode bad = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    return bad;
}

PT_RESULT pt_fetch_options(struct pt_fetch *fetch)
{
    const CURLcode bad = set_transport(fetch->easy) | set_tls(fetch->easy) |
                         set_sockets(fetch->easy, fetch->fetcher) | set_sinks(fetch->easy, fetch);
    return bad == CURLE_OK ? PT_SUCCESS : PT_FAIL_AUX(PT_E_NOMEM, bad);
}
