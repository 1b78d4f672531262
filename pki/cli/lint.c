/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lint.c -- poterne-pki lint: a certificate of ours or of a peer against its profile, one
 * verdict a rule. Needs no configuration; exit 1 when a rule fails. Layer 1 (pki).
 */
#include "poterne/pki/lint.h"
#include "pki/cli/tool_int.h"
#include "poterne/base/file.h"

struct job {
    const struct pt_cli *cli;
    enum pt_format format;
    struct pt_lint_request request;
    struct pt_buf certificate;
    struct pt_buf issuer;
};

static int complain(const struct job *job, const char *what, const char *why)
{
    (void)fprintf(job->cli->err, "poterne-pki: %s : %s\n", what, why);
    return PT_EXIT_USAGE;
}

static int take_options(struct job *job, int64_t now)
{
    const pt_slice profile = pt_slice_str(pt_cli_get(job->cli, "profile"));
    const char *level = pt_cli_get(job->cli, "level");
    int32_t day = 0;
    if (!pt_ok(pt_cli_format(job->cli, &job->format)) ||
        !pt_ok(tool_day(job->cli, (int32_t)(now / 86400), &day))) {
        return PT_EXIT_USAGE;
    }
    job->request.now = pt_cli_get(job->cli, "at") != NULL ? (int64_t)day * 86400 : now;
    if (!pt_ok(pt_lint_profile_parse(profile, &job->request.profile))) {
        return complain(job, "--profile", "cachet, auth-serveur, auth-client, tsu ou ocsp");
    }
    if (level != NULL && !pt_ok(pt_lint_level_parse(pt_slice_str(level), &job->request.level))) {
        return complain(job, "--level", "'*', '**' ou '***', entre apostrophes");
    }
    job->request.siren = pt_slice_str(pt_cli_get(job->cli, "siren"));
    if (pt_cli_get(job->cli, "siren") != NULL && !pt_siren_ok(job->request.siren)) {
        return complain(job, "--siren", "9 chiffres, clé de Luhn juste");
    }
    job->request.policies = pt_slice_str(pt_cli_get(job->cli, "policies"));
    job->request.both_purposes = pt_cli_get(job->cli, "both-purposes") != NULL;
    return PT_EXIT_OK;
}

static void print_report(const struct job *job, const struct pt_lint_report *report)
{
    static const struct pt_column columns[] = {{"rule", "Règle", 30},
                                               {"verdict", "Verdict", 7},
                                               {"text", "Ce qui est demandé", 78},
                                               {"source", "Source", 30}};
    struct pt_table table = {.out = job->cli->out,
                             .format = job->format,
                             .columns = columns,
                             .ncolumns = PT_COUNT(columns)};
    pt_table_begin(&table);
    for (size_t i = 0U; i < report->n; i++) {
        const struct pt_lint_line *line = &report->lines[i];
        const struct pt_cell cells[] = {
            {.text = pt_slice_str(line->rule->id)},
            {.text = pt_slice_str(pt_lint_verdict_text(line->verdict))},
            {.text = pt_slice_str(line->rule->sentence)},
            {.text = pt_slice_str(line->rule->source)},
        };
        pt_table_row(&table, cells);
    }
    pt_table_end(&table);
    (void)fprintf(job->cli->err,
                  "poterne-pki: %zu règles, %zu en échec, %zu en alerte ; SIREN %s\n", report->n,
                  report->failed, report->warned,
                  report->siren[0] != '\0' ? report->siren : "aucun");
}

static pt_status read_file(const struct job *job, const char *path, struct pt_buf *out)
{
    const pt_status st = pt_file_read(path, out);
    if (!pt_ok(st)) {
        (void)complain(job, path, st.code == PT_E_ABSENT ? "n'existe pas" : "lecture impossible");
    }
    return st;
}

static pt_status judge(struct job *job)
{
    const char *issuer = pt_cli_get(job->cli, "issuer");
    struct pt_lint_report report;
    PT_TRY(read_file(job, job->cli->args[0], &job->certificate));
    if (issuer != NULL) {
        PT_TRY(read_file(job, issuer, &job->issuer));
        job->request.issuer = pt_buf_slice(&job->issuer);
    }
    const pt_status st = pt_lint(pt_buf_slice(&job->certificate), &job->request, &report);
    if (!pt_ok(st)) {
        (void)complain(job, job->cli->args[0],
                       st.code == PT_E_NOMEM ? "mémoire insuffisante"
                                             : "aucun certificat lisible (PEM ou DER), "
                                               "ni là ni dans --issuer");
        return st;
    }
    print_report(job, &report);
    return report.failed == 0U ? PT_SUCCESS : PT_FAIL(PT_E_SCHEMA);
}

int command_lint(const struct pt_cli *cli, void *ctx)
{
    const struct pt_pki_env *env = (const struct pt_pki_env *)ctx;
    struct job job = {.cli = cli};
    if (cli->nargs != 1U) {
        return complain(&job, "lint", "un fichier de certificat, un seul");
    }
    const int usage = take_options(&job, (int64_t)(pt_clock_wall_ms(env->clock) / 1000U));
    if (usage != PT_EXIT_OK) {
        return usage;
    }
    pt_buf_init(&job.certificate, TOOL_TEXT_MAX);
    pt_buf_init(&job.issuer, TOOL_TEXT_MAX);
    const pt_status st = judge(&job);
    pt_buf_done(&job.certificate);
    pt_buf_done(&job.issuer);
    /* 1 is "a rule fails", and only that: a file that is not there was not judged. */
    return st.code == PT_E_ABSENT   ? PT_EXIT_USAGE
           : st.code == PT_E_SCHEMA ? PT_EXIT_NO
                                    : tool_exit(st);
}
