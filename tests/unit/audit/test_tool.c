/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * poterne-audit as a person uses it: on a copy, and through a scribe's socket. Wrong uses first.
 */
#include "poterne/audit/tool.h"

#include "log_files.h"
#include "poterne/audit/service.h"
#include "poterne/base/cli.h"
#include "poterne/base/file.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* --- running the tool
 * ------------------------------------------------------------------------------- */

struct result {
    int code;
    char out[65536];
    char err[8192];
};

static PT_RESULT find_directory(void *ctx, const char *file, struct pt_buf *report,
                                const char **ret_directory)
{
    if (strcmp(file, "bad.yaml") == 0) {
        pt_buf_put_str(report, "bad.yaml:1:1: erreur\n");
        return PT_FAIL(PT_E_SYNTAX);
    }
    *ret_directory = ctx;
    return PT_SUCCESS;
}

static void slurp(const char *path, char *out, size_t size)
{
    FILE *in = fopen(path, "rb");

    cr_assert_not_null(in);
    out[fread(out, 1U, size - 1U, in)] = '\0';
    (void)fclose(in);
}

/* Both streams go to files meanwhile. */
static void run(const struct logkit *kit, struct result *result, char **argv)
{
    const struct pt_audit_env env = {.directory = find_directory, .ctx = (void *)kit->dir};
    const int saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    char paths[2][384];
    int argc = 0;

    while (argv[argc] != NULL) {
        argc++;
    }
    (void)fflush(stdout);
    (void)fflush(stderr);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/stream%d", kit->dir, i);
        FILE *to = fopen(paths[i], "wb");
        cr_assert_not_null(to);
        (void)dup2(fileno(to), i + 1);
        (void)fclose(to);
    }
    result->code = pt_audit_main(argc, argv, &env);
    (void)fflush(stdout);
    (void)fflush(stderr);
    for (int i = 0; i < 2; i++) {
        (void)dup2(saved[i], i + 1);
        (void)close(saved[i]);
    }
    slurp(paths[0], result->out, sizeof result->out);
    slurp(paths[1], result->err, sizeof result->err);
}

#define RUN(kit, result, ...)                                                                      \
    run((kit), (result), (char *[]){(char *)"poterne-audit", __VA_ARGS__, NULL})
#define A(text) ((char *)(text))

/* --- a scribe
 * ------------------------------------------------------------------------------------------ */

struct scribe {
    struct logkit *kit;
    int listener;
    unsigned connections; /* to serve before it ends */
    pthread_t thread;
    int peer;
};

static PT_RESULT append(void *ctx, const struct pt_record *record)
{
    struct scribe *scribe = ctx;
    struct pt_appended told;

    return pt_journal_append(scribe->kit->journal, record, 1U, &told);
}

static PT_RESULT answer(void *ctx, pt_slice frame)
{
    return pt_ipc_send(((struct scribe *)ctx)->peer, frame, NULL, 0U);
}

static void *serve(void *arg)
{
    struct scribe *scribe = arg;
    struct pt_archive *archive = NULL;
    struct pt_buf frame;

    if (!pt_ok(pt_archive_of(scribe->kit->journal, &archive))) {
        abort();
    }
    const struct pt_audit_service service = {
        .archive = archive, .trace = append, .send = answer, .ctx = scribe};
    pt_buf_init(&frame, PT_IPC_FRAME_MAX);
    for (; scribe->connections > 0U; scribe->connections--) {
        scribe->peer = accept4(scribe->listener, NULL, NULL, SOCK_CLOEXEC);
        while (pt_ok(pt_ipc_recv(scribe->peer, &frame, NULL, NULL)) &&
               pt_ok(pt_service_query(&service, pt_buf_slice(&frame), (uint32_t)getuid()))) {
        }
        (void)close(scribe->peer);
    }
    pt_buf_done(&frame);
    archive = pt_archive_close(archive);
    return NULL;
}

static void scribe_start(struct scribe *scribe, struct logkit *kit, unsigned connections)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    *scribe = (struct scribe){.kit = kit, .connections = connections};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.80s/" PT_AUDIT_SOCKET, kit->dir);
    scribe->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    cr_assert_geq(scribe->listener, 0);
    cr_assert_eq(bind(scribe->listener, (const struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(scribe->listener, 4), 0);
    cr_assert_eq(pthread_create(&scribe->thread, NULL, serve, scribe), 0);
}

static void scribe_stop(struct scribe *scribe)
{
    (void)pthread_join(scribe->thread, NULL);
    (void)close(scribe->listener);
}

static bool has(const char *text, const char *what)
{
    return strstr(text, what) != NULL;
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;

    for (const char *p = strstr(text, what); p != NULL; p = strstr(p + 1, what)) {
        n++;
    }
    return n;
}

/* --- wrong uses
 * ---------------------------------------------------------------------------------------- */

Test(tool, wrong_uses_are_told_apart)
{
    static struct result r;
    struct logkit kit;

    log_make(&kit, 1U, 1U);
    logkit_close(&kit);
    static char *const TABLE[][6] = {
        {A("list")},
        {A("list"), A("-c"), A("x.yaml"), A("--log"), A("/tmp")},
        {A("list"), A("--log"), A("/nonexistent/poterne")},
        {A("show"), A("--log"), NULL},
        {A("lst"), A("--log"), A("/tmp")},
        {A("list"), A("--person"), A("siren=1"), A("--log"), A("/tmp")},
        {A("list"), A("--agnt"), A("x")}};
    for (size_t i = 0; i < PT_COUNT(TABLE); i++) {
        char *argv[8] = {A("poterne-audit")};
        memcpy(&argv[1], TABLE[i], sizeof TABLE[i]);
        run(&kit, &r, argv);
        cr_expect_eq(r.code, PT_EXIT_USAGE, "row %zu: %d %s", i, r.code, r.err);
        cr_expect_str_empty(r.out);
        cr_expect_str_not_empty(r.err);
    }
    RUN(&kit, &r, A("list"), A("-c"), A("bad.yaml"));
    cr_expect_eq(r.code, PT_EXIT_CONFIG);
    cr_expect(has(r.err, "bad.yaml:1:1"));
    RUN(&kit, &r, A("show"), A("abc"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_USAGE);
    RUN(&kit, &r, A("list"), A("--since"), A("hier"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_USAGE);
    RUN(&kit, &r, A("list"), A("--outcome"), A("delivred"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_USAGE);
    cr_expect(has(r.err, "delivered"), "%s", r.err);
    RUN(&kit, &r, A("list"), A("--format"), A("xml"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_USAGE);
    logkit_done(&kit);
}

Test(tool, without_a_daemon_nothing_is_shown_and_the_way_out_is_named)
{
    static struct result r;
    struct logkit kit;
    static char *const COMMANDS[] = {A("list"), A("stats")};

    log_make(&kit, 1U, 1U);
    logkit_close(&kit);
    for (size_t i = 0; i < PT_COUNT(COMMANDS); i++) {
        RUN(&kit, &r, COMMANDS[i], A("-c"), A("poterne.yaml"));
        cr_expect_eq(r.code, PT_EXIT_UNAVAILABLE);
        cr_expect_str_empty(r.out);
        cr_expect(has(r.err, "--log"), "%s", r.err);
    }
    logkit_done(&kit);
}

Test(tool, sealed_filters_need_the_key_and_clear_fields_do_not)
{
    static struct result r;
    struct logkit kit;

    log_make(&kit, 3U, 1U);
    logkit_close(&kit);
    RUN(&kit, &r, A("list"), A("--agent"), A("agent-000000000001"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_PERMISSION);
    RUN(&kit, &r, A("list"), A("--format"), A("json"), A("--outcome"), A("delivered"), A("--log"),
        kit.dir);
    cr_expect_eq(r.code, PT_EXIT_OK);
    cr_expect_eq(count(r.out, "\"seq\":"), 3U);
    cr_expect(has(r.out, "\"agent\":null") && !has(r.out, "agent-0"));
    cr_expect(has(r.err, "pas tracée"));
    logkit_done(&kit);
}

/* --- a copy
 * ---------------------------------------------------------------------------------------------- */

static void give_kek(const struct logkit *kit)
{
    char path[384];

    (void)snprintf(path, sizeof path, "%s/keys/kek", kit->dir);
    log_file_put(path, kit->options.kek.ptr, kit->options.kek.len);
}

Test(tool, a_copy_with_its_key_is_listed_in_three_forms)
{
    static struct result r;
    struct logkit kit;

    log_make(&kit, 3U, 1U);
    logkit_close(&kit);
    give_kek(&kit);
    RUN(&kit, &r, A("list"), A("--log"), kit.dir, A("--format"), A("json"), A("--agent"),
        A("agent-000000000001"));
    cr_expect_eq(r.code, PT_EXIT_OK);
    cr_expect_eq(count(r.out, "\"seq\":"), 2U);
    static const char *const KEYS[] = {"\"seq\":",
                                       "\"type\":\"asked\"",
                                       "\"exchange\":\"01",
                                       "\"time\":\"2026-11-24T00:10",
                                       "\"client\":\"grc-publik-",
                                       "\"procedure\":\"subvention-association\"",
                                       "\"dataset\":\"ent",
                                       "\"agent\":\"agent-000000000001\"",
                                       "\"channel\":\"guichet-canal\"",
                                       "\"case\":\"DOSSIER-",
                                       "\"outcome\":\"delivered\"",
                                       "\"fields\":[\"/data/siren\","};
    for (size_t i = 0; i < PT_COUNT(KEYS); i++) {
        cr_expect(has(r.out, KEYS[i]), "%s", KEYS[i]);
    }
    cr_expect(r.out[0] == '[' && has(r.out, "}\n]\n"), "%s", r.out);
    RUN(&kit, &r, A("list"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_OK);
    cr_expect(has(r.out, "Démarche") && has(r.out, "subvention-association"));
    RUN(&kit, &r, A("list"), A("--log"), kit.dir, A("--format"), A("csv"), A("--limit"), A("1"));
    cr_expect_eq(r.code, PT_EXIT_OK);
    cr_expect_eq(count(r.out, "\r\n"), 2U, "%s", r.out);
    cr_expect(has(r.out, "seq,type,exchange,time"));
    cr_expect(has(r.err, "--cursor 1"), "%s", r.err);
    RUN(&kit, &r, A("list"), A("--log"), kit.dir, A("--format"), A("json"), A("--outcome"),
        A("quota"));
    cr_expect_str_eq(r.out, "[]\n");
    logkit_done(&kit);
}

Test(tool, an_entry_is_shown_proven_counted_and_its_checkpoint_printed)
{
    static struct result r;
    struct logkit kit;
    struct pt_verdict v;

    log_make(&kit, 3U, 1U);
    logkit_close(&kit);
    give_kek(&kit);
    RUN(&kit, &r, A("show"), A("1"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_OK);
    cr_expect(has(r.out, "Dossier") && has(r.out, "DOSSIER-"));
    RUN(&kit, &r, A("show"), A("1"), A("--log"), kit.dir, A("--format"), A("json"));
    cr_expect_eq(count(r.out, "\"seq\":1,"), 1U);
    RUN(&kit, &r, A("show"), A("4000"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_NO);
    RUN(&kit, &r, A("show"), A("019ab000-0000-7000-8000-000000000000"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_NO);
    RUN(&kit, &r, A("prove"), A("2"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_OK);
    cr_assert(pt_ok(pt_verify_receipt(pt_slice_str(r.out), pt_buf_slice(&kit.vkeys), &v)));
    cr_expect(v.ok);
    RUN(&kit, &r, A("stats"), A("--log"), kit.dir, A("--format"), A("json"));
    cr_expect(has(r.out, "\"asked\":3,\"answered\":3"));
    RUN(&kit, &r, A("stats"), A("--log"), kit.dir);
    cr_expect(has(r.out, "Échanges par issue") && has(r.out, "delivered"));
    RUN(&kit, &r, A("checkpoint"), A("--log"), kit.dir);
    cr_expect(r.code == PT_EXIT_OK && strncmp(r.out, LOGKIT_ORIGIN "\n", 10) == 0);
    logkit_done(&kit);
}

Test(tool, verify_says_0_or_4_and_names_the_first_bad_entry)
{
    static struct result r;
    struct logkit kit;
    struct log_files files;

    log_make(&kit, 3U, 3U);
    logkit_close(&kit);
    RUN(&kit, &r, A("verify"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_OK, "%s%s", r.out, r.err);
    cr_expect(has(r.out, "Journal intègre"));
    cr_expect(has(r.err, "--vkey"), "whose keys are they");
    log_files_read(kit.dir, "tlog/tile/entries", &files);
    const struct log_file *file = &files.files[0];
    log_file_poke(file, 40U, (uint8_t)(file->bytes[40] ^ 1U));
    RUN(&kit, &r, A("verify"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_INTEGRITY);
    cr_expect(has(r.out, "première trace en cause : 0"), "%s", r.out);
    RUN(&kit, &r, A("verify"), A("--log"), kit.dir, A("--format"), A("json"));
    cr_expect_eq(r.code, PT_EXIT_INTEGRITY);
    cr_expect(has(r.out, "{\"ok\":false,") && has(r.out, "\"bad_seq\":0") &&
              has(r.out, "\"fault\":\"leaf\""));
    log_files_free(&files);
    RUN(&kit, &r, A("verify"), A("--log"), kit.dir, A("--vkey"), A("/nonexistent"));
    cr_expect_eq(r.code, PT_EXIT_USAGE);
    logkit_done(&kit);
}

static const char *tool_path(void)
{
    return PT_BIN_DIR "/poterne-verify";
}

/* Exit code of a command line, written like snprintf's arguments. */
#define SHELL(...)                                                                                 \
    ((void)snprintf(command, sizeof command, __VA_ARGS__), WEXITSTATUS(system(command)))

Test(tool, an_export_is_whole_never_overwrites_and_verifies_alone)
{
    static struct result r;
    struct logkit kit;
    char to[384];
    char command[2048];

    log_make(&kit, 140U, 33U);
    (void)snprintf(to, sizeof to, "%s/export", kit.dir);
    RUN(&kit, &r, A("export"), A("--log"), kit.dir);
    cr_expect_eq(r.code, PT_EXIT_USAGE);
    RUN(&kit, &r, A("export"), A("--log"), kit.dir, A("--tlog"), to);
    cr_expect_eq(r.code, PT_EXIT_OK, "%s", r.err);
    const struct pt_verify_options options = {.vkeys = pt_buf_slice(&kit.vkeys)};
    struct pt_verdict v;
    cr_assert(pt_ok(pt_verify_tlog(to, &options, &v)));
    cr_expect(v.ok, "%s %s", pt_fault_code(v.fault), v.file);
    RUN(&kit, &r, A("export"), A("--log"), kit.dir, A("--tlog"), to);
    cr_expect_eq(r.code, PT_EXIT_NO, "%s", r.err);
    cr_expect_eq(SHELL("%s %s --vkey %s/keys/log.vkey > /dev/null", tool_path(), to, kit.dir),
                 PT_EXIT_OK, "%s", command);
    cr_expect_eq(SHELL("cd %s && printf x >> export/tile/0/000 && %s export --json --vkey "
                       "keys/log.vkey | grep -q '\"ok\":false.*tile/0/000'",
                       kit.dir, tool_path()),
                 0, "%s", command);
    cr_expect_eq(SHELL("cd %s && %s export --vkey keys/log.vkey > /dev/null", kit.dir, tool_path()),
                 PT_EXIT_INTEGRITY);
    logkit_done(&kit);
}

Test(tool, poterne_verify_judges_a_receipt_alone)
{
    static struct result r;
    struct logkit kit;
    char path[384];
    char command[2048];

    log_make(&kit, 3U, 1U);
    RUN(&kit, &r, A("prove"), A("2"), A("--log"), kit.dir);
    (void)snprintf(path, sizeof path, "%s/a.tlog-proof", kit.dir);
    log_file_put(path, r.out, strlen(r.out));
    cr_expect_eq(SHELL("cd %s && %s a.tlog-proof --vkey keys/log.vkey | grep -q 'Reçu valide'",
                       kit.dir, tool_path()),
                 0, "%s", command);
    r.out[strlen(r.out) / 2U] ^= 1;
    log_file_put(path, r.out, strlen(r.out));
    cr_expect_eq(
        SHELL("cd %s && %s a.tlog-proof --vkey keys/log.vkey > /dev/null", kit.dir, tool_path()),
        PT_EXIT_NO);
    cr_expect_eq(
        SHELL("cd %s && %s a.tlog-proof --vkey a.tlog-proof 2> /dev/null", kit.dir, tool_path()),
        PT_EXIT_USAGE);
    cr_expect_eq(SHELL("cd %s && %s absent.tlog-proof --vkey keys/log.vkey 2> /dev/null", kit.dir,
                       tool_path()),
                 PT_EXIT_USAGE);
    cr_expect_eq(SHELL("%s 2> /dev/null", tool_path()), PT_EXIT_USAGE);
    logkit_done(&kit);
}

/* --- the scribe
 * --------------------------------------------------------------------------------------------- */

Test(tool, the_scribe_answers_and_every_reading_is_in_the_log_LOG_08)
{
    static struct result r;
    struct logkit kit;
    struct scribe scribe;

    log_make(&kit, 3U, 1U);
    scribe_start(&scribe, &kit, 6U);
    RUN(&kit, &r, A("list"), A("-c"), A("poterne.yaml"), A("--format"), A("json"));
    cr_expect_eq(r.code, PT_EXIT_OK, "%s", r.err);
    cr_expect(has(r.out, "\"agent\":\"agent-000000000002\""));
    cr_expect_eq(count(r.out, "\"type\":\"read\""), 0U);
    cr_expect_str_empty(r.err);
    RUN(&kit, &r, A("show"), A("1"), A("-c"), A("poterne.yaml"));
    cr_expect_eq(r.code, PT_EXIT_OK);
    RUN(&kit, &r, A("show"), A("99999"), A("-c"), A("poterne.yaml"));
    cr_expect_eq(r.code, PT_EXIT_NO);
    RUN(&kit, &r, A("prove"), A("1"), A("-c"), A("poterne.yaml"));
    cr_expect_eq(r.code, PT_EXIT_OK);
    RUN(&kit, &r, A("verify"), A("-c"), A("poterne.yaml"));
    cr_expect_eq(r.code, PT_EXIT_OK, "%s%s", r.out, r.err);
    cr_expect(has(r.out, "pas encore scellée"), "%s", r.out);
    RUN(&kit, &r, A("list"), A("-c"), A("poterne.yaml"), A("--format"), A("json"), A("--since"),
        A("2026-11-24"));
    cr_expect_eq(count(r.out, "\"type\":\"read\""), 5U, "%s", r.out);
    cr_expect(has(r.out, "\"filter\":\"verify\"") && has(r.out, "\"client\":\"unix:"));
    scribe_stop(&scribe);
    logkit_done(&kit);
}

/* Root may open anything: the test then looks with the eyes of nobody. */
Test(tool, a_socket_that_is_not_ours_to_use_is_a_matter_of_rights)
{
    static struct result r;
    struct logkit kit;
    struct scribe scribe;
    char path[384];
    const uid_t me = geteuid();

    log_make(&kit, 1U, 1U);
    (void)snprintf(path, sizeof path, "%s/" PT_AUDIT_SOCKET, kit.dir);
    scribe_start(&scribe, &kit, 1U);
    cr_assert_eq(chmod(kit.dir, 0777), 0);
    cr_assert_eq(chmod(path, me == 0 ? 0600 : 0), 0);
    cr_assert_eq(me == 0 ? seteuid(65534) : 0, 0);
    RUN(&kit, &r, A("list"), A("-c"), A("poterne.yaml"));
    cr_assert_eq(seteuid(me), 0);
    cr_expect_eq(r.code, PT_EXIT_PERMISSION, "%d %s", r.code, r.err);
    cr_assert_eq(chmod(path, 0660), 0);
    RUN(&kit, &r, A("list"), A("-c"), A("poterne.yaml"));
    cr_expect_eq(r.code, PT_EXIT_OK);
    scribe_stop(&scribe);
    logkit_done(&kit);
}
