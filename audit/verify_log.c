/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * verify_log.c -- the whole log directory: store against tree, boxes against leaves, index.
 *
 * Law: tlog/ is judged first, by the keys alone; then every stored entry must be the one that the
 * tree holds. LMDB has no checksum on its pages, and a damaged page can take the process that maps
 * it down: all of this happens in a child, whose death is a verdict ("store") and not a crash.
 * Entries behind the checkpoint are counted as unsealed, not as faults: the writer seals several
 * times a second, and after a crash the next start seals them. They are checked in all but the
 * tree. Layer 1 (audit).
 */
#include "audit/archive_int.h"
#include "audit/disclosed_int.h"
#include "audit/verify_int.h"
#include "poterne/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STRIDE      4096U
#define WATCHDOG_S  120U /* a stride takes milliseconds; longer is a loop in a damaged file */
#define MS_PER_HOUR 3600000U

/* What the child tells, in memory that both see. */
struct shared {
    struct pt_verdict verdict;
    pt_status st;
    uint64_t at; /* entry under work; UINT64_MAX: none yet */
    uint64_t done;
    uint64_t total;
    bool ended;
};

/* The child's work. */
struct work {
    const char *dir;
    const struct pt_verify_options *options;
    struct shared *shared;
    struct pt_verdict *verdict;
    int progress; /* one byte a stride */
    struct pt_reading reading;
    uint64_t indexed; /* entries before this one must be in the index */
    struct pt_archive archive;
};

static pt_status fault(struct work *work, enum pt_fault what, uint64_t seq)
{
    char file[PT_VERDICT_FILE];
    char month[PT_MONTH_LEN + 1U] = "";
    uint32_t number = 0;
    const char *const kind = what == PT_FAULT_INDEX ? "idx" : "log";

    if (seq != UINT64_MAX && pt_ok(pt_months_of(work->archive.months, seq, &number))) {
        pt_time_month_text(number, month);
    }
    (void)snprintf(file, sizeof file, month[0] != '\0' ? "%s/%s" : "%s%s", kind, month);
    return pt_verdict_fault(work->verdict, what, seq, file);
}

static void tick(void *ctx, uint64_t done, uint64_t total)
{
    struct work *work = ctx;

    work->shared->done = done;
    work->shared->total = total;
    (void)alarm(WATCHDOG_S);
    (void)!write(work->progress, ".", 1U);
}

/* --- one stored entry ------------------------------------------------------------------------ */

/* The exchange's row spans this entry, and begins or ends with it where it must. */
static pt_status check_index(struct work *work, const struct pt_leaf *leaf,
                             const struct pt_uuid *exchange)
{
    static const struct pt_uuid NONE = {{0}};
    const bool begins = leaf->type == PT_ENTRY_ASKED || leaf->type == PT_ENTRY_REFUSED;
    const bool ends = leaf->type == PT_ENTRY_ANSWERED || leaf->type == PT_ENTRY_FAILED;
    uint64_t first = 0;
    uint64_t last = 0;

    if (leaf->seq >= work->indexed || memcmp(exchange, &NONE, sizeof NONE) == 0 ||
        !(begins || ends)) {
        return PT_SUCCESS;
    }
    const pt_status st =
        pt_idx_find(work->archive.idx, work->archive.keyring, exchange, &first, &last);
    if (!pt_ok(st) || first > leaf->seq || last < leaf->seq || (begins && first != leaf->seq) ||
        (ends && last != leaf->seq)) {
        return fault(work, PT_FAULT_INDEX, leaf->seq);
    }
    return PT_SUCCESS;
}

static bool tag_right(struct work *work, const struct pt_stored *stored, pt_slice subject)
{
    uint8_t tag[PT_TAG_LEN] = {0};

    if (subject.len != 0U) {
        pt_subject_tag(&work->archive.keys, subject, tag);
    }
    return memcmp(tag, stored->tag, sizeof tag) == 0;
}

/* Both boxes open, say what the leaf committed to, and tell the time of its hour. */
static pt_status check_boxes(struct work *work, const struct pt_stored *stored,
                             const struct pt_leaf *leaf)
{
    struct pt_archive *a = &work->archive;
    struct pt_record record = {.type = leaf->type};
    uint64_t time_ms = 0;

    const pt_status st = pt_archive_unseal(a, leaf->seq, stored);
    if (st.code == (uint32_t)PT_E_ABSENT) {
        return PT_SUCCESS; /* no keys, or this month's are gone: the leaf stands alone */
    }
    if (!pt_ok(st) || !pt_ok(pt_disclosed_committed(leaf, pt_buf_slice(&a->plain_s))) ||
        !pt_ok(pt_disclosed_committed(leaf, pt_buf_slice(&a->plain_a))) ||
        !pt_ok(pt_disclosed_read(&a->plain_s, &record, &time_ms)) ||
        !pt_ok(pt_disclosed_read(&a->plain_a, &record, &time_ms)) ||
        time_ms / MS_PER_HOUR != leaf->hour || !tag_right(work, stored, record.subject)) {
        return fault(work, PT_FAULT_BOX, leaf->seq);
    }
    work->verdict->opened++;
    return check_index(work, leaf, &record.exchange);
}

static pt_status check_place(struct work *work, uint64_t seq, const struct pt_stored *stored)
{
    uint32_t month = 0;

    if (!pt_leaf_follows(&work->reading, stored->leaf, seq)) {
        return fault(work, work->reading.fault, seq);
    }
    if (!pt_ok(pt_months_of(work->archive.months, seq, &month)) ||
        pt_time_month(work->reading.hour * MS_PER_HOUR) != month) {
        return fault(work, PT_FAULT_ORDER, seq);
    }
    return PT_SUCCESS;
}

/* The tree says which leaf stands at this number. */
static pt_status check_tree(struct work *work, uint64_t seq, pt_slice bytes)
{
    struct pt_hash stored;
    struct pt_hash published;

    if (seq >= work->verdict->size) {
        work->verdict->unsealed++;
        return PT_SUCCESS;
    }
    pt_leaf_hash(bytes, &stored);
    PT_TRY(pt_tile_source_get(&work->archive.tiles, 0U, seq, &published));
    if (memcmp(stored.bytes, published.bytes, PT_HASH_LEN) != 0) {
        return fault(work, PT_FAULT_LEAF, seq);
    }
    return PT_SUCCESS;
}

static pt_status check_entry(struct work *work, uint64_t seq)
{
    struct pt_archive *a = &work->archive;
    struct pt_stored stored;
    pt_slice value;

    pt_status st = pt_view_get(a->view, seq, &value);
    if (st.code == (uint32_t)PT_E_CORRUPT) { /* another number came next: is this one nowhere? */
        pt_view_reset(a->view);
        st = pt_view_get(a->view, seq, &value);
    }
    if (!pt_ok(st)) {
        return fault(work, st.code == (uint32_t)PT_E_ABSENT ? PT_FAULT_MISSING : PT_FAULT_STORE,
                     seq);
    }
    pt_buf_clear(&a->value);
    pt_buf_put(&a->value, value);
    if (!pt_ok(pt_buf_status(&a->value)) ||
        !pt_ok(pt_stored_read(pt_buf_slice(&a->value), &stored))) {
        return fault(work, PT_FAULT_LEAF, seq);
    }
    PT_TRY(check_place(work, seq, &stored));
    PT_TRY(check_tree(work, seq, stored.leaf));
    return check_boxes(work, &stored, &work->reading.leaf);
}

/* --- all of them ------------------------------------------------------------------------------ */

static pt_status check_entries(struct work *work, uint64_t size)
{
    if (pt_months_first(work->archive.months) != 0U) {
        return fault(work, PT_FAULT_MISSING, 0U);
    }
    for (uint64_t seq = 0; seq < size; seq++) {
        work->shared->at = seq;
        if (seq % STRIDE == 0U) {
            pt_view_reset(work->archive.view);
            tick(work, seq, size);
        }
        PT_TRY(check_entry(work, seq));
    }
    if (size < work->verdict->size) {
        return fault(work, PT_FAULT_MISSING, size);
    }
    work->verdict->entries = size;
    return PT_SUCCESS;
}

static pt_status open_keys(struct work *work)
{
    struct pt_archive *a = &work->archive;
    char path[PT_PATH_MAX];

    if (work->options->kek.len == 0U) {
        return PT_SUCCESS;
    }
    PT_TRY(pt_file_join(work->dir, "keys/keyring", path, sizeof path));
    if (!pt_ok(pt_keyring_open(path, work->options->kek, &a->keyring))) {
        return pt_verdict_fault(work->verdict, PT_FAULT_BOX, UINT64_MAX, "keys/keyring");
    }
    if (!pt_ok(pt_idx_open(work->dir, false, &a->idx)) ||
        !pt_ok(pt_idx_watermark(a->idx, &work->indexed))) {
        return pt_verdict_fault(work->verdict, PT_FAULT_INDEX, UINT64_MAX, "idx");
    }
    return PT_SUCCESS;
}

static pt_status check_store(struct work *work)
{
    struct pt_archive *a = &work->archive;
    const struct pt_months_options options = {.dir = work->dir, .lenient = true};
    char tiles[PT_PATH_MAX];
    uint64_t size = 0;

    /* a damaged header asks for impossible maps: running out of memory here is damage too */
    if (!pt_ok(pt_months_open(&options, &a->months)) || !pt_ok(pt_months_size(a->months, &size))) {
        return pt_verdict_fault(work->verdict, PT_FAULT_STORE, UINT64_MAX, "log");
    }
    PT_TRY(open_keys(work));
    PT_TRY(pt_cipher_new(&a->cipher));
    PT_TRY(pt_view_open(a->months, &a->view));
    PT_TRY(pt_file_join(work->dir, "tlog", tiles, sizeof tiles));
    a->tiles.dir = tiles;
    a->tiles.size = work->verdict->size;
    return check_entries(work, size);
}

static pt_status check_all(struct work *work)
{
    struct pt_verify_options options = *work->options;
    char tlog[PT_PATH_MAX];
    char file[PT_VERDICT_FILE];

    options.progress = tick;
    options.ctx = work;
    PT_TRY(pt_file_join(work->dir, "tlog", tlog, sizeof tlog));
    PT_TRY(pt_verify_tlog(tlog, &options, work->verdict));
    if (!work->verdict->ok) {
        (void)snprintf(file, sizeof file, "tlog/%.80s", work->verdict->file);
        memcpy(work->verdict->file, file, sizeof file);
        return PT_SUCCESS;
    }
    work->verdict->entries = 0;
    return pt_verdict_end(work->verdict, check_store(work));
}

/* --- the child ---------------------------------------------------------------------------------
 */

/* Whoever dies here dies quietly: no handler of the parent's, no core with keys in it. */
static void be_expendable(void)
{
    static const int DEADLY[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM};
    const struct rlimit none = {0, 0};
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    for (size_t i = 0; i < PT_COUNT(DEADLY); i++) {
        (void)signal(DEADLY[i], SIG_DFL);
    }
    (void)setrlimit(RLIMIT_CORE, &none);
    if (null >= 0) {
        (void)dup2(null, STDERR_FILENO);
    }
    (void)alarm(WATCHDOG_S);
}

static _Noreturn void child(struct work *work)
{
    be_expendable();
    pt_buf_init(&work->archive.value, PT_RECORD_MAX + PT_LEAF_MAX);
    pt_buf_init(&work->archive.plain_s, PT_BOX_MAX);
    pt_buf_init(&work->archive.plain_a, PT_BOX_MAX);
    work->shared->st = check_all(work);
    work->shared->ended = true;
    _exit(0); /* memory, maps and keys end with the process */
}

/* Bytes come while the child works; the pipe ends with it. */
static void follow(const struct work *work, int fd)
{
    char bytes[64];
    ssize_t n = 0;

    do {
        n = read(fd, bytes, sizeof bytes);
        if (n > 0 && work->options->progress != NULL) {
            work->options->progress(work->options->ctx, work->shared->done, work->shared->total);
        }
    } while (n > 0 || (n < 0 && errno == EINTR));
}

static pt_status run_child(struct work *work, const int pipe_fds[2])
{
    const pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        (void)close(pipe_fds[0]);
        child(work);
    }
    (void)close(pipe_fds[1]);
    if (pid < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    follow(work, pipe_fds[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!work->shared->ended) {
        (void)pt_verdict_fault(work->verdict, PT_FAULT_STORE, work->shared->at, "log");
        work->verdict->ok = false;
        return PT_SUCCESS;
    }
    return work->shared->st;
}

static pt_status with_pipe(struct work *work)
{
    int fds[2];

    PT_ENSURE(pipe2(fds, O_CLOEXEC) == 0, PT_E_IO);
    work->progress = fds[1];
    const pt_status st = run_child(work, fds);
    (void)close(fds[0]);
    return st;
}

PT_RESULT pt_verify_log(const char *dir, const struct pt_verify_options *options,
                        struct pt_verdict *ret)
{
    struct shared *const shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    PT_ENSURE(shared != MAP_FAILED, PT_E_NOMEM);
    shared->at = UINT64_MAX;
    shared->verdict.bad_seq = UINT64_MAX;
    struct work *work = calloc(1, sizeof *work);
    pt_status st = PT_FAIL(PT_E_NOMEM);
    if (work != NULL) {
        work->dir = dir;
        work->options = options;
        work->shared = shared;
        work->verdict = &shared->verdict;
        st = with_pipe(work);
        free(work);
    }
    if (pt_ok(st)) {
        *ret = shared->verdict;
    }
    (void)munmap(shared, sizeof *shared);
    return st;
}
