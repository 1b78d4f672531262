/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * bench_log.c -- what a durable entry costs, beside the least that anybody could pay.
 *
 *     bench_log DIR SECONDS [JSON]
 *
 * Ours: numbering, commitments, two sealed boxes, leaf hash, one durable transaction, tree; with
 * the sealing thread (tiles, index, two signatures) at work every 200 ms as in the product, on
 * exchanges that are all different. The baseline: append + fdatasync of the same number of bytes to
 * a plain file of the same folder; meanwhile the sealing thread rests, what it still has to do is
 * ours. Rounds alternate; figures are medians. SECONDS is the length of one slot. "x2" is two
 * threads that append batches of that size: one seals while the other flushes. Bytes written are
 * those of the block device (sysfs), of the whole machine: let it do nothing else.
 */
#include "logkit.h"

#include "poterne/base/limits.h"
#include "poterne/base/num.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
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
    double value_bytes;      /* mean size of one stored value */
    char device[64];         /* counters of the block device; empty: there is none */
    pthread_mutex_t sealing; /* the sealing thread works, or the baseline is measured */
    atomic_uint_fast64_t exchanges;
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
    struct pt_record *records; /* this thread's copy of the pool */
    unsigned batch;
    double until;
    uint64_t appended;
};

/* Both records of a pair are of one exchange, of now and never seen before (UUIDv7). */
static void renew(const struct slot *slot, size_t at)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    const uint64_t ms = (uint64_t)t.tv_sec * 1000U + (uint64_t)t.tv_nsec / 1000000U;
    for (size_t i = at; i < at + slot->batch; i++) {
        uint8_t *const id = slot->records[i].exchange.bytes;
        if (i % 2U == 1U) {
            slot->records[i].exchange = slot->records[i - 1U].exchange;
            continue;
        }
        for (unsigned byte = 0; byte < 6U; byte++) {
            id[byte] = (uint8_t)(ms >> (40U - 8U * byte));
        }
        const uint64_t number = atomic_fetch_add(&slot->bench->exchanges, 1U);
        memcpy(id + 9U, &number, 7U);
    }
}

static void *append_loop(void *arg)
{
    struct slot *const slot = arg;
    struct pt_appended told[PT_BATCH_RECORDS_MAX];
    size_t at = (size_t)slot->batch * 3U % POOL;

    while (now() < slot->until) {
        if (at + slot->batch > POOL) {
            at = 0;
        }
        renew(slot, at);
        must(pt_journal_append(slot->bench->kit.journal, &slot->records[at], slot->batch, told));
        at += slot->batch;
        slot->appended += slot->batch;
    }
    return NULL;
}

static struct pt_record *copy_records(const struct pool *pool)
{
    struct pt_record *const copy = malloc(sizeof pool->records);

    if (copy == NULL) {
        exit(1);
    }
    memcpy(copy, pool->records, sizeof pool->records);
    return copy;
}

static double ours(struct bench *bench, unsigned batch, unsigned threads)
{
    struct slot slots[2];
    pthread_t ids[2];
    uint64_t records = 0;

    for (unsigned i = 0; i < threads; i++) {
        slots[i] =
            (struct slot){.bench = bench, .records = copy_records(bench->pool), .batch = batch};
    }
    const double begin = now();
    for (unsigned i = 0; i < threads; i++) {
        slots[i].until = begin + bench->seconds;
        if (pthread_create(&ids[i], NULL, append_loop, &slots[i]) != 0) {
            exit(1);
        }
    }
    for (unsigned i = 0; i < threads; i++) {
        (void)pthread_join(ids[i], NULL);
        records += slots[i].appended;
    }
    const double rate = (double)records / (now() - begin);
    for (unsigned i = 0; i < threads; i++) {
        free(slots[i].records);
    }
    return rate;
}

static void *seal_loop(void *arg)
{
    struct bench *const bench = arg;
    const struct timespec pause = {.tv_nsec = (long)PT_CHECKPOINT_MS * 1000000L};

    while (!atomic_load(&bench->stop)) {
        uint64_t size = 0;
        (void)pthread_mutex_lock(&bench->sealing);
        must(pt_journal_seal(bench->kit.journal, &size));
        (void)pthread_mutex_unlock(&bench->sealing);
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

/* --- the floor -------------------------------------------------------------------------------- */

static double raw(struct bench *bench, unsigned batch)
{
    const size_t n = (size_t)(bench->value_bytes * batch);
    const int fd = open(bench->raw_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    uint64_t records = 0;

    (void)pthread_mutex_lock(&bench->sealing);
    const double begin = now();

    while (now() < begin + bench->seconds) {
        if (write(fd, bench->raw_bytes, n) != (ssize_t)n || fdatasync(fd) != 0) {
            fprintf(stderr, "bench_log: raw write failed\n");
            exit(1);
        }
        records += batch;
    }
    const double rate = (double)records / (now() - begin);
    (void)pthread_mutex_unlock(&bench->sealing);
    (void)close(fd);
    (void)unlink(bench->raw_path);
    return rate;
}

/* --- figures ---------------------------------------------------------------------------------- */

/* Field 7 of /sys/dev/block/MAJOR:MINOR/stat: sectors of 512 bytes written. */
static void find_device(struct bench *bench)
{
    struct stat st;

    if (stat(bench->kit.dir, &st) == 0) {
        (void)snprintf(bench->device, sizeof bench->device, "/sys/dev/block/%u:%u/stat",
                       major(st.st_dev), minor(st.st_dev));
    }
}

static double written(const struct bench *bench)
{
    unsigned long long n = 0;
    FILE *const file = fopen(bench->device, "r");

    if (file == NULL) {
        return 0.0; /* memory, or a file system without a device */
    }
    if (fscanf(file, "%*u %*u %*u %*u %*u %*u %llu", &n) != 1) {
        n = 0;
    }
    (void)fclose(file);
    return (double)n * 512.0;
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
        const double before = written(bench);
        const uint64_t size = pt_journal_size(bench->kit.journal);
        one[r] = ours(bench, batch, 1U);
        bytes[r] = (written(bench) - before) / (double)(pt_journal_size(bench->kit.journal) - size);
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
    (void)pthread_mutex_init(&bench.sealing, NULL);
    logkit_init(&bench.kit, argv[1]);
    find_device(&bench);
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
