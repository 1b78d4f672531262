/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How a connection to the State is made: the allow-list of libcurl options. Everything libcurl
 * would take from its surroundings (proxy, netrc, default anchors) is off.
 */
#include "gateway/net/fetch_int.h"

#include "gateway/net/tls_upstream_int.h"

#include <stdio.h>

/* TLS guide v1.2 (R6-R9): PFS and AEAD only. */
#define SUITES_12                                                                                  \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                   \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                   \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define SUITES_13 "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS    "X25519:P-256:P-384"

/* ALPN says http/1.1; the connection is ours once it stands. */
static CURLcode set_transport(CURL *easy)
{
    CURLcode bad = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    bad |= curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)PT_FETCH_CONNECT_MS);
    return bad;
}

static CURLcode on_context(CURL *easy, void *ssl_ctx, void *arg)
{
    const struct pt_fetch_conn *conn = arg;
    (void)easy;
    pt_tls_upstream_set(ssl_ctx);
    if (conn->fetch == NULL) {
        return CURLE_ABORTED_BY_CALLBACK; /* nobody's lists: nobody is trusted */
    }
    const pt_slice crl = conn->fetch->trust.crl;
    const bool ok = crl.len == 0U || pt_tls_upstream_lists(ssl_ctx, crl);
    return ok ? CURLE_OK : CURLE_SSL_CRL_BADFILE;
}

static CURLcode set_tls(CURL *easy, struct pt_fetch_conn *conn, bool stapling)
{
    CURLcode bad = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, SUITES_12);
    bad |= curl_easy_setopt(easy, CURLOPT_TLS13_CIPHERS, SUITES_13);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_EC_CURVES, GROUPS);
    bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYSTATUS, stapling ? 1L : 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, conn);
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

static CURLcode set_anchors(CURL *easy, pt_slice ca)
{
    struct curl_blob blob = {.len = ca.len, .flags = CURL_BLOB_COPY};
    memcpy(&blob.data, &ca.ptr, sizeof blob.data);
    return curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
}

static CURLcode set_address(CURL *easy, const char *host)
{
    char url[PT_FETCH_HOST_MAX + 16U];
    (void)snprintf(url, sizeof url, "https://%s/", host);
    return curl_easy_setopt(easy, CURLOPT_URL, url);
}

PT_RESULT pt_fetch_options(struct pt_fetch_conn *conn, const struct pt_fetch_trust *trust)
{
    CURL *const easy = conn->easy;
    const CURLcode bad = set_transport(easy) | set_tls(easy, conn, trust->stapling) |
                         set_anchors(easy, trust->ca) | set_sockets(easy, conn->origin->fetcher) |
                         set_address(easy, conn->origin->host) |
                         curl_easy_setopt(easy, CURLOPT_PRIVATE, conn);
    return bad == CURLE_OK ? PT_SUCCESS : PT_FAIL_AUX(PT_E_NOMEM, bad);
}
