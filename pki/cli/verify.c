/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * verify.c -- poterne-pki verify: one file, its verdict, its reason, what it covers. The format is
 * read from the content, never from the name. Needs no configuration; offline. Layer 1 (pki).
 */
#include "pki/cli/tool_int.h"
#include "pki/tsr_int.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/asice.h"
#include "poterne/pki/cms.h"
#include "poterne/pki/jws.h"
#include "poterne/pki/tsp.h"
#include "poterne/pki/xmlsig.h"

#include <errno.h>
#include <string.h>

#define FILE_MAX    PT_CMS_MAX
#define ANCHORS_MAX 1048576U

struct verify {
    const struct pt_cli *cli;
    struct pt_buf file, content, anchors, tsa_anchors, crl;
    pt_slice anchor, tsa_anchor, list; /* views on them */
    bool has_content;
    const char *content_name;
    int64_t now;
    struct pt_trust trust;
};

static void say(const struct verify *v, const char *what, const char *why)
{
    (void)fprintf(v->cli->err, "poterne-pki: %s : %s\n", what, why);
}

/* --- reading --------------------------------------------------------------------------------- */

static pt_status read_file(const struct verify *v, const char *path, struct pt_buf *out)
{
    char text[128];
    const pt_status st = pt_file_read(path, out);
    if (st.code == PT_E_LIMIT) {
        say(v, path, "trop volumineux");
    } else if (st.code == PT_E_ABSENT) {
        say(v, path, "n'existe pas");
    } else if (!pt_ok(st)) {
        say(v, path, strerror_r(st.aux != 0U ? (int)st.aux : EIO, text, sizeof(text)));
    }
    return st;
}

static pt_status read_option(const struct verify *v, const char *name, struct pt_buf *out)
{
    const char *const path = pt_cli_get(v->cli, name);
    return path != NULL ? read_file(v, path, out) : PT_SUCCESS;
}

/* Without this, DER in the place of PEM would only say that no chain was found. */
static pt_status read_pem(const struct verify *v, const char *name, const char *label,
                          struct pt_buf *out)
{
    PT_TRY(read_option(v, name, out));
    if (pt_cli_get(v->cli, name) == NULL ||
        memmem(out->ptr, out->len, label, strlen(label)) != NULL) {
        return PT_SUCCESS;
    }
    say(v, pt_cli_get(v->cli, name),
        "rien de lisible : il faut du PEM (openssl x509 ou crl -inform DER)");
    return PT_FAIL(PT_E_SYNTAX);
}

static pt_status read_level(const struct verify *v, enum pt_rgs_level *ret)
{
    const char *const level = pt_cli_get(v->cli, "level");
    const size_t stars = level != NULL ? strspn(level, "*") : 1U;
    if (stars < 1U || stars > 3U || (level != NULL && level[stars] != '\0')) {
        say(v, "--level", "un niveau RGS : '*', '**' ou '***'");
        return PT_FAIL(PT_E_ARG);
    }
    *ret = (enum pt_rgs_level)stars;
    return PT_SUCCESS;
}

static pt_status read_instant(struct verify *v, const struct pt_pki_env *env)
{
    const char *const at = pt_cli_get(v->cli, "at");
    uint64_t ms = pt_clock_wall_ms(env->clock);
    if (at != NULL && !pt_ok(pt_time_parse(pt_slice_str(at), &ms))) {
        say(v, "--at", "une date AAAA-MM-JJ ou AAAA-MM-JJThh:mm:ss.mmmZ");
        return PT_FAIL(PT_E_ARG);
    }
    v->now = (int64_t)(ms / 1000U);
    return PT_SUCCESS;
}

static void name_content(struct verify *v)
{
    const char *const path = pt_cli_get(v->cli, "content");
    const char *const slash = path != NULL ? strrchr(path, '/') : NULL;
    v->has_content = path != NULL;
    v->content_name = slash != NULL ? slash + 1 : path;
}

/* Who may seal does not by that date: an authority of time-stamps is named as one. */
static void set_trust(struct verify *v)
{
    v->anchor = pt_buf_slice(&v->anchors);
    v->tsa_anchor = pt_buf_slice(&v->tsa_anchors);
    v->list = pt_buf_slice(&v->crl);
    v->trust.anchors = &v->anchor;
    v->trust.nanchors = v->anchor.len > 0U ? 1U : 0U;
    v->trust.tsa_anchors = &v->tsa_anchor;
    v->trust.ntsa_anchors = v->tsa_anchor.len > 0U ? 1U : 0U;
    v->trust.evidence.crls = &v->list;
    v->trust.evidence.ncrls = v->list.len > 0U ? 1U : 0U;
}

static pt_status gather(struct verify *v, const struct pt_pki_env *env)
{
    if (v->cli->nargs != 1U) {
        say(v, "verify", "un fichier à vérifier, et un seul");
        return PT_FAIL(PT_E_ARG);
    }
    PT_TRY(read_level(v, &v->trust.level));
    PT_TRY(read_instant(v, env));
    PT_TRY(read_file(v, v->cli->args[0], &v->file));
    PT_TRY(read_option(v, "content", &v->content));
    PT_TRY(read_pem(v, "anchors", "-----BEGIN CERTIFICATE-----", &v->anchors));
    PT_TRY(read_pem(v, "tsa-anchors", "-----BEGIN CERTIFICATE-----", &v->tsa_anchors));
    PT_TRY(read_pem(v, "crl", "-----BEGIN X509 CRL-----", &v->crl));
    name_content(v);
    set_trust(v);
    return PT_SUCCESS;
}

/* --- formats --------------------------------------------------------------------------------- */

static PT_RESULT verify_xml(const struct verify *v, struct pt_verdict *verdict)
{
    const struct pt_xml_content one = {.name = pt_slice_str(v->content_name),
                                       .bytes = pt_buf_slice(&v->content)};
    const struct pt_xml_check check = {.document = pt_buf_slice(&v->file),
                                       .contents = {.list = &one, .n = v->has_content ? 1U : 0U},
                                       .trust = &v->trust,
                                       .now = v->now};
    return pt_xml_verify(&check, verdict);
}

static PT_RESULT verify_asice(const struct verify *v, struct pt_verdict *verdict)
{
    const struct pt_asice_check check = {
        .container = pt_buf_slice(&v->file), .trust = &v->trust, .now = v->now};
    return pt_asice_verify(&check, verdict);
}

/* The one newline that editors put at the end of a file is not part of a JWS. */
static PT_RESULT verify_jws(const struct verify *v, struct pt_verdict *verdict)
{
    pt_slice text = pt_buf_slice(&v->file);
    text.len -= text.len > 0U && text.ptr[text.len - 1U] == '\n' ? 1U : 0U;
    const struct pt_jws_check check = {.jws = text,
                                       .has_content = v->has_content,
                                       .content = pt_buf_slice(&v->content),
                                       .trust = &v->trust,
                                       .now = v->now};
    return pt_jws_verify(&check, verdict);
}

static PT_RESULT verify_cms(const struct verify *v, struct pt_verdict *verdict)
{
    const struct pt_cms_check check = {.cms = pt_buf_slice(&v->file),
                                       .has_content = v->has_content,
                                       .content = pt_buf_slice(&v->content),
                                       .trust = &v->trust,
                                       .now = v->now};
    return pt_cms_verify(&check, verdict);
}

static PT_RESULT verify_tsr(const struct verify *v, struct pt_verdict *verdict)
{
    const struct pt_tsr_check check = {.tsr = pt_buf_slice(&v->file),
                                       .has_content = v->has_content,
                                       .content = pt_buf_slice(&v->content),
                                       .trust = &v->trust,
                                       .now = v->now};
    return pt_tsr_verify(&check, verdict);
}

/* A refusal of an authority is an answer too, without a token; a seal is no token. */
static bool is_tsr(pt_slice bytes)
{
    struct pt_tst tst;
    uint32_t status = 0U;
    pt_slice token = PT_SLICE_EMPTY;
    if (!pt_ok(pt_tsr_split(bytes, &status, &token))) {
        return false;
    }
    if (status != 0U) {
        return true;
    }
    if (!pt_ok(pt_tst_read(token, &tst))) {
        return false;
    }
    pt_tst_done(&tst);
    return true;
}

static pt_status verify_der(const struct verify *v, struct pt_verdict *verdict)
{
    return is_tsr(pt_buf_slice(&v->file)) ? verify_tsr(v, verdict) : verify_cms(v, verdict);
}

static pt_status dispatch(const struct verify *v, struct pt_verdict *verdict)
{
    static const struct {
        pt_slice begins;
        pt_status (*verify)(const struct verify *v, struct pt_verdict *verdict);
    } formats[] = {
        {PT_SLICE_INIT("PK\003\004"), verify_asice},
        {PT_SLICE_INIT("<"), verify_xml},
        {PT_SLICE_INIT("\xef\xbb\xbf<"), verify_xml},
        {PT_SLICE_INIT("ey"), verify_jws},
        {PT_SLICE_INIT("-----BEGIN CMS"), verify_cms},
        {PT_SLICE_INIT("-----BEGIN PKCS7"), verify_cms},
        {PT_SLICE_INIT("\x30"), verify_der},
    };
    const pt_slice bytes = pt_buf_slice(&v->file);
    for (size_t i = 0U; i < PT_COUNT(formats); i++) {
        if (pt_slice_starts(bytes, formats[i].begins)) {
            return formats[i].verify(v, verdict);
        }
    }
    pt_verdict_init(verdict, v->now);
    pt_verdict_refuse(verdict, PT_REASON_FORMAT);
    return PT_SUCCESS;
}

/* --- the answer ------------------------------------------------------------------------------ */

/* What the operator did not give, and without which nothing can be said. */
static void hint(const struct verify *v)
{
    if (pt_cli_get(v->cli, "anchors") == NULL) {
        say(v, v->cli->args[0], "sans --anchors, aucune autorité n'est de confiance");
    } else if (pt_cli_get(v->cli, "crl") == NULL) {
        say(v, v->cli->args[0], "sans --crl, la révocation reste inconnue");
    }
}

/* The commonest reason why a token is not believed is that nobody was named who may date. */
static void say_token(const struct verify *v, const struct pt_verdict *verdict)
{
    const bool token = verdict->format == PT_FORMAT_TSR && verdict->reason == PT_REASON_NO_PATH;
    if (v->tsa_anchor.len == 0U && (token || verdict->token == PT_REASON_NO_PATH)) {
        say(v, "--tsa-anchors",
            "aucune autorité d'horodatage n'est donnée : aucun jeton ne prouve de date");
    }
}

static pt_status print(const struct verify *v, const struct pt_verdict *verdict)
{
    struct pt_buf text;
    pt_buf_init(&text, TOOL_TEXT_MAX);
    const bool json = pt_cli_get(v->cli, "json") != NULL;
    const pt_status st = json ? pt_verdict_json(verdict, &text) : pt_verdict_text(verdict, &text);
    if (pt_ok(st)) {
        (void)fwrite(text.ptr, 1U, text.len, v->cli->out);
        (void)fputs(json ? "\n" : "", v->cli->out);
    }
    pt_buf_done(&text);
    say_token(v, verdict);
    if (!json && verdict->kind == PT_VERDICT_EXPIRED_NOW) {
        say(v, v->cli->args[0],
            "valable à la date prouvée par l'horodatage ; le certificat ne l'est plus aujourd'hui");
    }
    if (!json && verdict->kind == PT_VERDICT_INDETERMINATE) {
        hint(v);
    }
    return st;
}

static int run(struct verify *v, const struct pt_pki_env *env)
{
    struct pt_verdict verdict;
    const pt_status gathered = gather(v, env);
    if (!pt_ok(gathered)) {
        return PT_EXIT_USAGE;
    }
    const pt_status st = dispatch(v, &verdict);
    const bool yes = pt_ok(st) && pt_verdict_ok(&verdict) && pt_ok(print(v, &verdict));
    if (pt_ok(st) && !pt_verdict_ok(&verdict)) {
        (void)print(v, &verdict);
    }
    pt_verdict_done(&verdict);
    return yes ? PT_EXIT_OK : PT_EXIT_NO;
}

int command_verify(const struct pt_cli *cli, void *ctx)
{
    struct verify v = {.cli = cli};
    pt_buf_init(&v.file, FILE_MAX);
    pt_buf_init(&v.content, PT_STATEMENT_CONTENT_MAX);
    pt_buf_init(&v.anchors, ANCHORS_MAX);
    pt_buf_init(&v.tsa_anchors, ANCHORS_MAX);
    pt_buf_init(&v.crl, PT_CRL_MAX);
    const int exit = run(&v, (const struct pt_pki_env *)ctx);
    pt_buf_done(&v.file);
    pt_buf_done(&v.content);
    pt_buf_done(&v.anchors);
    pt_buf_done(&v.tsa_anchors);
    pt_buf_done(&v.crl);
    return exit;
}
