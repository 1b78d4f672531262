/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * bench_log.c -- what a durable entry costs, beside the least that anybody could pay.
 *
 *     bench_log DIR SECONDS [JSON]
 *
 * Ours: numbering, commitments, two sealed boxes, leaf hash, one durable transaction, tree; with
 * the sealing thread (tiles, index, two signatures) at work every 200 ms as in the product. The
 * baseline: append + fdatasync of the same number of bytes to a plain file of the same folder.
 * Rounds alternate; figures are medians. SECONDS is the length of one slot. "x2" is two threads
 * that append batches of that size: one seals while the other flushes.
 */
#include "logkit.h"

#include "poterne/base/limits.h"
#include "poterne/base/num.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS    11U
#define POOL      4096U
#define TEXTS     6U
#define TEXT_SIZE 48U

static const unsigned BATCHES[] = {1U, 8U, 64U, 512U};

struct pool {
    char texts[POOL][TEXTS][TEXT_SIZE];
    struct pt_record records[POOL];
};

struct bench {
    struct logkit kit;
    struct pool *pool;
    char raw_path[512];
    char *raw_bytes;
    double seconds;
    double value_bytes; /* mean size of one stored value */
    atomic_bool stop;
};

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(pt_status st)
{
    if (!pt_ok(st)) {
        fprintf(stderr, "bench_log: %s at %s aux %u\n", pt_code_name(st.code), st.origin, st.aux);
        exit(1);
    }
}

/* --- records: asked and answered of one exchange follow each other -------------------------- */

static pt_slice text(struct pool *pool, size_t i, size_t t, const char *prefix)
{
    char *const out = pool->texts[i][t];
    return pt_slice_of(out, (size_t)snprintf(out, TEXT_SIZE, "%s%09zu", prefix, i / 2U));
}

static struct pool *make_pool(const struct logkit *kit)
{
    struct pool *const pool = calloc(1, sizeof *pool);

    for (size_t i = 0; pool != NULL && i < POOL; i++) {
        struct pt_record *const record = &pool->records[i];
        *record = logkit_record(kit, i % 2U == 0U ? PT_ENTRY_ASKED : PT_ENTRY_ANSWERED, i / 2U);
        record->client = text(pool, i, 0U, "grc-publik-");
        record->agent = text(pool, i, 1U, "agent-");
        record->subject = text(pool, i, 2U, "siren:");
        record->case_ref = text(pool, i, 3U, "DOSSIER-2026-");
    }
    return pool;
}

/* --- ours ------------------------------------------------------------------------------------ */

struct slot {
    struct bench *bench;
    unsigned batch;
    double until;
    uint64_t records;
};

static void *append_loop(void *arg)
{
    struct slot *const slot = arg;
    struct pt_appended told[PT_BATCH_RECORDS_MAX];
    size_t at = (size_t)slot->batch * 3U % POOL;

    while (now() < slot->until) {
        if (at + slot->batch > POOL) {
            at = 0;
        }
        must(pt_journal_append(slot->bench->kit.journal, &slot->bench->pool->records[at],
                               slot->batch, told));
        at += slot->batch;
        slot->records += slot->batch;
    }
    return NULL;
}

static double ours(struct bench *bench, unsigned batch, unsigned threads)
{
    struct slot slots[2];
    pthread_t ids[2];
    const double begin = now();
    uint64_t records = 0;

    for (unsigned i = 0; i < threads; i++) {
        slots[i] = (struct slot){.bench = bench, .batch = batch, .until = begin + bench->seconds};
        if (pthread_create(&ids[i], NULL, append_loop, &slots[i]) != 0) {
            exit(1);
        }
    }
    for (unsigned i = 0; i < threads; i++) {
        (void)pthread_join(ids[i], NULL);
        records += slots[i].records;
    }
    return (double)records / (now() - begin);
}

static void *seal_loop(void *arg)
{
    struct bench *const bench = arg;
    const struct timespec pause = {.tv_nsec = (long)PT_CHECKPOINT_MS * 1000000L};

    while (!atomic_load(&bench->stop)) {
        uint64_t size = 0;
        must(pt_journal_seal(bench->kit.journal, &size));
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

/* --- the floor -------------------------------------------------------------------------------- */

static double raw(struct bench *bench, unsigned batch)
{
    const size_t n = (size_t)(bench->value_bytes * batch);
    const int fd = open(bench->raw_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    const double begin = now();
    uint64_t records = 0;

    while (now() < begin + bench->seconds) {
        if (write(fd, bench->raw_bytes, n) != (ssize_t)n || fdatasync(fd) != 0) {
            fprintf(stderr, "bench_log: raw write failed\n");
            exit(1);
        }
        records += batch;
    }
    const double rate = (double)records / (now() - begin);
    (void)close(fd);
    (void)unlink(bench->raw_path);
    return rate;
}

/* --- figures ---------------------------------------------------------------------------------- */

/* Bytes that this process has caused to be written to storage (proc(5), /proc/pid/io). */
static uint64_t written(void)
{
    char line[128];
    unsigned long long n = 0;
    FILE *const file = fopen("/proc/self/io", "r");

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const pt_slice all = pt_slice_str(line);
        const pt_slice key = PT_SLICE("write_bytes: ");
        if (pt_slice_starts(all, key)) {
            n = strtoull(all.ptr + key.len, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2U];
}

struct row {
    char name[40];
    const char *unit;
    double ours;
    double baseline;
    const char *baseline_name;
};

static void measure(struct bench *bench, unsigned batch, struct row rows[static 3])
{
    double one[ROUNDS];
    double two[ROUNDS];
    double floor[ROUNDS];
    double bytes[ROUNDS];
    const char *const base = "append+fdatasync of the same bytes";

    for (unsigned r = 0; r < ROUNDS; r++) {
        const uint64_t before = written();
        const uint64_t size = pt_journal_size(bench->kit.journal);
        one[r] = ours(bench, batch, 1U);
        bytes[r] =
            (double)(written() - before) / (double)(pt_journal_size(bench->kit.journal) - size);
        floor[r] = raw(bench, batch);
        two[r] = ours(bench, batch, 2U);
    }
    const double f = median(floor);
    rows[0] = (struct row){
        .unit = "entries/s", .ours = median(one), .baseline = f, .baseline_name = base};
    rows[1] = (struct row){
        .unit = "entries/s", .ours = median(two), .baseline = f, .baseline_name = base};
    rows[2] = (struct row){.unit = "bytes written/entry",
                           .ours = median(bytes),
                           .baseline = bench->value_bytes,
                           .baseline_name = "stored value"};
    (void)snprintf(rows[0].name, sizeof rows[0].name, "append.batch-%u", batch);
    (void)snprintf(rows[1].name, sizeof rows[1].name, "append.batch-%u.x2", batch);
    (void)snprintf(rows[2].name, sizeof rows[2].name, "written.batch-%u", batch);
}

static void print(FILE *out, const struct row *rows, size_t n)
{
    fprintf(out, "%-22s %-20s %12s %12s %7s\n", "name", "unit", "ours", "baseline", "ratio");
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%-22s %-20s %12.0f %12.0f %7.2f\n", rows[i].name, rows[i].unit, rows[i].ours,
                rows[i].baseline, rows[i].ours / rows[i].baseline);
    }
}

static void write_json(const char *path, const struct row *rows, size_t n)
{
    FILE *const out = fopen(path, "w");

    if (out == NULL) {
        perror(path);
        exit(1);
    }
    for (size_t i = 0; i < n; i++) {
        fprintf(out,
                "%s{\"name\":\"%s\",\"unit\":\"%s\",\"ours\":%.1f,\"baseline\":%.1f,"
                "\"baseline_name\":\"%s\",\"ratio\":%.3f,\"runs\":%u}",
                i == 0U ? "[" : ",\n ", rows[i].name, rows[i].unit, rows[i].ours, rows[i].baseline,
                rows[i].baseline_name, rows[i].ours / rows[i].baseline, ROUNDS);
    }
    fprintf(out, "]\n");
    (void)fclose(out);
}

/* The mean stored value: what one transaction of a whole pool adds. */
static double value_bytes(struct bench *bench)
{
    struct pt_appended told[PT_BATCH_RECORDS_MAX];
    uint64_t bytes = 0;

    must(pt_journal_append(bench->kit.journal, bench->pool->records, PT_BATCH_RECORDS_MAX, told));
    bytes = logkit_stored_bytes(&bench->kit, told[0].seq, PT_BATCH_RECORDS_MAX);
    return (double)bytes / PT_BATCH_RECORDS_MAX;
}

static void run(struct bench *bench, const char *json)
{
    struct row rows[3U * PT_COUNT(BATCHES)];
    pthread_t sealer;

    if (pthread_create(&sealer, NULL, seal_loop, bench) != 0) {
        exit(1);
    }
    for (size_t i = 0; i < PT_COUNT(BATCHES); i++) {
        measure(bench, BATCHES[i], &rows[3U * i]);
    }
    atomic_store(&bench->stop, true);
    (void)pthread_join(sealer, NULL);
    printf("stored value: %.0f bytes; entries in the log: %llu\n", bench->value_bytes,
           (unsigned long long)pt_journal_size(bench->kit.journal));
    print(stdout, rows, PT_COUNT(rows));
    if (json != NULL) {
        write_json(json, rows, PT_COUNT(rows));
    }
}

int main(int argc, char **argv)
{
    static struct bench bench;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: bench_log DIR SECONDS [JSON]\n");
        return 2;
    }
    bench.seconds = strtod(argv[2], NULL);
    logkit_init(&bench.kit, argv[1]);
    bench.kit.options.clock = &pt_clock_system;
    bench.kit.options.map_bytes = PT_LOG_MAP_MAX;
    bench.kit.options.reserve_bytes = PT_LOG_RESERVE_BYTES;
    bench.kit.options.ahead_bytes = PT_LOG_AHEAD_BYTES;
    (void)snprintf(bench.raw_path, sizeof bench.raw_path, "%s/raw", bench.kit.dir);
    bench.pool = make_pool(&bench.kit);
    bench.raw_bytes = malloc(PT_LOG_STAGE_MAX);
    if (bench.pool == NULL || bench.raw_bytes == NULL) {
        return 1;
    }
    memset(bench.raw_bytes, 0x5a, PT_LOG_STAGE_MAX);
    logkit_open(&bench.kit);
    bench.value_bytes = value_bytes(&bench);
    run(&bench, argc == 4 ? argv[3] : NULL);
    logkit_done(&bench.kit);
    free(bench.pool);
    free(bench.raw_bytes);
    return 0;
}
