/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * fuzz_pem.c -- everything of pki/ that reads a text: keys, certificates, lists, vkeys.
 * Properties: no crash; OpenSSL's error queue is left empty (a stale entry would be taken by the
 * next TLS call of the thread for its own); a key that was accepted comes back from its own PEM
 * as the same key; a certificate that was accepted can be judged.
 */
#include "poterne/base/codec.h"
#include "poterne/pki/ca.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/key.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok || ERR_peek_error() != 0U) {
        abort();
    }
}

static void round_trip(const struct pt_key *key, struct pt_buf *pem)
{
    struct pt_key *again = NULL;
    uint8_t a[32];
    uint8_t b[32];
    must(pt_ok(pt_key_to_pem(key, pem)));
    must(pt_ok(pt_key_from_pem(pt_buf_slice(pem), &again)));
    must(pt_ok(pt_key_spki_sha256(key, a)) && pt_ok(pt_key_spki_sha256(again, b)));
    must(memcmp(a, b, sizeof(a)) == 0);
    (void)pt_key_free(again);
}

static void try_key(pt_slice text)
{
    struct pt_key *key = NULL;
    uint8_t digest[32];
    const pt_status any = pt_pem_key_spki_sha256(text, digest);
    must(true);
    struct pt_key_facts facts;
    if (pt_ok(pt_pem_key_facts(text, &facts))) {
        must(pt_ok(any) && memcmp(digest, facts.spki_sha256, sizeof(digest)) == 0);
    }
    must(true);
    if (pt_ok(pt_key_from_pem(text, &key))) {
        struct pt_buf pem;
        pt_buf_init(&pem, 65536U);
        must(pt_ok(any));
        round_trip(key, &pem);
        pt_buf_done(&pem);
        (void)pt_key_free(key);
    }
    must(true);
}

static void try_cert(pt_slice text)
{
    struct pt_cert_facts facts;
    struct pt_crl_facts list;
    uint8_t digest[32];
    if (pt_ok(pt_cert_facts(text, &facts))) {
        must(pt_ok(pt_cert_sha256(text, digest)));
        must(memcmp(digest, facts.sha256, sizeof(digest)) == 0);
        must(strlen(facts.common_name) < PT_CERT_NAME_MAX);
        (void)pt_cert_policy(&facts, 20000, NULL);
    }
    struct pt_buf names;
    bool listed = false;
    pt_buf_init(&names, 65536U);
    const pt_status named = pt_cert_names(text, &names);
    must(pt_ok(named) || named.code != PT_E_ARG);
    pt_buf_done(&names);
    const pt_status found = pt_crl_lists(text, text, &listed);
    must(pt_ok(found) || !listed);
    const pt_status st = pt_crl_facts(text, &list);
    must(pt_ok(st) || st.code != PT_E_ARG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pt_slice text = pt_slice_of(data, size);
    uint8_t spki[32];
    const pt_status vkey = pt_vkey_spki_sha256(text, spki);
    must(pt_ok(vkey) || vkey.code == PT_E_SYNTAX || vkey.code == PT_E_FORGED ||
         vkey.code == PT_E_LIMIT);
    (void)pt_ca_name_ok(text);
    try_key(text);
    try_cert(text);
    return 0;
}
