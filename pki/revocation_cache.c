/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * revocation_cache.c -- see revocation.h. A small table searched from end to end: a gateway knows
 * tens of authorities, not thousands, and a hit saves a round trip over the network.
 * Layer 1 (pki).
 */
#include "pki/path_int.h"
#include "poterne/pki/digest.h"

#include <stdlib.h>

#define KEY_TEXT_MAX 65536U /* names of an issuer, a serial number, an address */

struct entry {
    uint8_t key[32];
    char *bytes;
    size_t len;
    uint64_t turn; /* of its arrival */
};

struct pt_revocation_cache {
    struct entry *entries;
    size_t nentries, max_entries;
    size_t bytes, max_bytes;
    uint64_t turn;
};

PT_RESULT pt_revocation_cache_new(size_t entries, size_t bytes,
                                  struct pt_revocation_cache **ret_cache)
{
    PT_ENSURE(ret_cache != NULL && entries > 0U && bytes > 0U, PT_E_ARG);
    PT_ENSURE(entries <= PT_REVOCATION_CACHE_ENTRIES_MAX && bytes <= PT_REVOCATION_CACHE_BYTES_MAX,
              PT_E_ARG);
    struct pt_revocation_cache *cache = calloc(1U, sizeof *cache);
    PT_ENSURE(cache != NULL, PT_E_NOMEM);
    cache->entries = calloc(entries, sizeof *cache->entries);
    if (cache->entries == NULL) {
        free(cache);
        return PT_FAIL(PT_E_NOMEM);
    }
    cache->max_entries = entries;
    cache->max_bytes = bytes;
    *ret_cache = cache;
    return PT_SUCCESS;
}

struct pt_revocation_cache *pt_revocation_cache_free(struct pt_revocation_cache *cache)
{
    if (cache != NULL) {
        for (size_t i = 0U; i < cache->nentries; i++) {
            free(cache->entries[i].bytes);
        }
        free(cache->entries);
        free(cache);
    }
    return NULL;
}

size_t pt_revocation_cache_entries(const struct pt_revocation_cache *cache)
{
    return cache->nentries;
}

static struct entry *find(const struct pt_revocation_cache *cache, const uint8_t key[static 32])
{
    for (size_t i = 0U; i < cache->nentries; i++) {
        if (memcmp(cache->entries[i].key, key, 32U) == 0) {
            return &cache->entries[i];
        }
    }
    return NULL;
}

pt_slice pt_revocation_cache_get(const struct pt_revocation_cache *cache,
                                 const uint8_t key[static 32])
{
    const struct entry *entry = find(cache, key);
    return entry != NULL ? pt_slice_of(entry->bytes, entry->len) : PT_SLICE_EMPTY;
}

/* The last entry takes the place of the one that leaves. */
static void drop(struct pt_revocation_cache *cache, struct entry *entry)
{
    cache->bytes -= entry->len;
    free(entry->bytes);
    cache->nentries--;
    *entry = cache->entries[cache->nentries];
    cache->entries[cache->nentries] = (struct entry){.bytes = NULL};
}

static struct entry *oldest(struct pt_revocation_cache *cache)
{
    struct entry *found = &cache->entries[0];
    for (size_t i = 1U; i < cache->nentries; i++) {
        if (cache->entries[i].turn < found->turn) {
            found = &cache->entries[i];
        }
    }
    return found;
}

PT_RESULT pt_revocation_cache_put(struct pt_revocation_cache *cache, const uint8_t key[static 32],
                                  pt_slice bytes)
{
    struct entry *known = find(cache, key);
    if (known != NULL) {
        drop(cache, known);
    }
    if (bytes.len == 0U || bytes.len > cache->max_bytes) {
        return PT_SUCCESS;
    }
    char *copy = malloc(bytes.len);
    PT_ENSURE(copy != NULL, PT_E_NOMEM);
    memcpy(copy, bytes.ptr, bytes.len);
    while (cache->nentries > 0U &&
           (cache->nentries == cache->max_entries || cache->bytes + bytes.len > cache->max_bytes)) {
        drop(cache, oldest(cache));
    }
    struct entry *entry = &cache->entries[cache->nentries++];
    *entry = (struct entry){.bytes = copy, .len = bytes.len, .turn = cache->turn++};
    memcpy(entry->key, key, sizeof entry->key);
    cache->bytes += bytes.len;
    return PT_SUCCESS;
}

/* Issuer's key, subject's serial number, and the kind (with the address, for a list). */
static pt_status key_text(const struct pt_subject *subject, pt_slice kind, struct pt_buf *text)
{
    uint8_t spki[32];
    const ASN1_INTEGER *serial = X509_get0_serialNumber(subject->cert);
    PT_TRY(pt_ossl_spki_sha256(X509_get0_pubkey(subject->issuer), spki));
    pt_buf_put(text, pt_slice_of(spki, sizeof spki));
    pt_buf_put_u64(text, kind.len);
    pt_buf_put_byte(text, ':');
    pt_buf_put(text, kind);
    if (pt_slice_eq(kind, PT_SLICE("ocsp"))) {
        pt_buf_put_byte(text, ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER ? '-' : '+');
        pt_buf_put(text,
                   pt_slice_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)));
    }
    return pt_buf_status(text);
}

PT_RESULT pt_revocation_key(const struct pt_subject *subject, pt_slice kind, uint8_t out[static 32])
{
    struct pt_buf text;
    pt_buf_init(&text, KEY_TEXT_MAX);
    pt_status st = key_text(subject, kind, &text);
    if (pt_ok(st)) {
        st = pt_sha256(pt_buf_slice(&text), out);
    }
    pt_buf_done(&text);
    return st;
}
