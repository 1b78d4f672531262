/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A record from the wire: whatever pt_record_get accepts can be sealed, gives a leaf that the
 * strict reader accepts, and opens again. One record must never make the commit of others fail.
 */
#include "audit/leaf_int.h"
#include "audit/leaf_read_int.h"
#include "audit/stored_int.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bench {
    struct pt_sealer *sealer;
    struct pt_cipher *cipher;
    struct pt_month_keys keys;
};

static void must(bool good)
{
    if (!good) {
        abort();
    }
}

static void bench_init(struct bench *bench)
{
    static const uint8_t seed[PT_HASH_LEN] = {1};

    must(pt_ok(pt_sealer_new(&bench->sealer)) && pt_ok(pt_cipher_new(&bench->cipher)));
    bench->keys.month = 202611U;
    pt_hmac_init(seed, &bench->keys.agent);
    pt_hmac_init(seed, &bench->keys.pepper);
}

static void seal_and_open(struct bench *bench, const struct pt_record *record)
{
    const struct pt_place place = {
        .seq = 7U, .time_ms = 1795478400123ULL, .gateway = PT_SLICE("gw1")};
    struct pt_buf value;
    struct pt_buf plain[2];
    struct pt_stored stored;
    struct pt_leaf leaf;
    struct pt_hash hash;

    pt_buf_init(&value, PT_LOG_STAGE_MAX);
    pt_buf_init(&plain[0], PT_BOX_MAX);
    pt_buf_init(&plain[1], PT_BOX_MAX);
    must(pt_ok(pt_sealer_seal(bench->sealer, &bench->keys, record, &place, &value, &hash)));
    must(pt_ok(pt_stored_read(pt_buf_slice(&value), &stored)));
    must(pt_ok(pt_leaf_read(stored.leaf, &leaf)) && leaf.seq == place.seq);
    must(pt_ok(
        pt_stored_open(bench->cipher, &bench->keys, place.seq, &stored, &plain[0], &plain[1])));
    pt_buf_done(&value);
    pt_buf_done(&plain[0]);
    pt_buf_done(&plain[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pt_ipc_reader reader = {.rest = pt_slice_of(data, size)};
    struct pt_record record;
    struct pt_stored stored;

    (void)pt_ok(pt_stored_read(pt_slice_of(data, size), &stored));
    if (pt_ok(pt_record_get(&reader, &record)) && pt_ok(pt_ipc_get_end(&reader))) {
        struct bench bench = {0};
        bench_init(&bench);
        seal_and_open(&bench, &record);
        bench.sealer = pt_sealer_free(bench.sealer);
        bench.cipher = pt_cipher_free(bench.cipher);
    }
    return 0;
}
