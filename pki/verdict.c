/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * verdict.c -- see verdict.h. The table of reasons is the only place that knows which reason is
 * final: nobody who verifies chooses between INVALID and INDETERMINATE by hand. Layer 1 (pki).
 */
#include "poterne/pki/verdict.h"

#include "poterne/base/clock.h"
#include "poterne/base/codec.h"

static const struct {
    enum pt_verdict_kind kind;
    const char *code;
    const char *indication;
    const char *text;
} reasons[PT_REASON_COUNT] = {
#define X(name, verdict, code, indication, text) {PT_VERDICT_##verdict, code, indication, text},
    PT_REASONS(X)
#undef X
};

void pt_verdict_init(struct pt_verdict *verdict, int64_t now)
{
    *verdict = (struct pt_verdict){.kind = PT_VERDICT_INDETERMINATE};
    verdict->signer.algorithm = "";
    verdict->authority.algorithm = "";
    verdict->times.judged = now;
    pt_buf_init(&verdict->parts, PT_VERDICT_PARTS_BUF);
}

void pt_verdict_done(struct pt_verdict *verdict)
{
    pt_buf_done(&verdict->parts);
    *verdict = (struct pt_verdict){.kind = PT_VERDICT_INDETERMINATE};
    verdict->signer.algorithm = "";
    verdict->authority.algorithm = "";
}

static size_t row(enum pt_reason reason)
{
    return (size_t)reason < PT_COUNT(reasons) ? (size_t)reason : (size_t)PT_REASON_FAILED;
}

void pt_verdict_refuse(struct pt_verdict *verdict, enum pt_reason reason)
{
    verdict->kind = reasons[row(reason)].kind;
    verdict->reason = (enum pt_reason)row(reason);
    /* Whatever was covered before the gate that refuses: nothing of it may be used. */
    verdict->coverage = PT_COVERS_NOTHING;
    verdict->nparts = 0U;
    pt_buf_clear(&verdict->parts);
}

void pt_verdict_accept(struct pt_verdict *verdict, bool expired_now)
{
    verdict->kind = expired_now ? PT_VERDICT_EXPIRED_NOW : PT_VERDICT_VALID;
    verdict->reason = PT_REASON_NONE;
}

bool pt_verdict_ok(const struct pt_verdict *verdict)
{
    return verdict->kind == PT_VERDICT_VALID || verdict->kind == PT_VERDICT_EXPIRED_NOW;
}

PT_RESULT pt_verdict_cover(struct pt_verdict *verdict, pt_slice part)
{
    PT_ENSURE(part.len == 0U || memchr(part.ptr, 0, part.len) == NULL, PT_E_ARG);
    PT_ENSURE(verdict->nparts < PT_VERDICT_PARTS_MAX, PT_E_LIMIT);
    pt_buf_put(&verdict->parts, part);
    pt_buf_put_byte(&verdict->parts, '\0');
    PT_TRY(pt_buf_status(&verdict->parts));
    verdict->nparts++;
    return PT_SUCCESS;
}

const char *pt_verdict_name(enum pt_verdict_kind kind)
{
    static const char *const names[] = {"INDETERMINATE", "INVALID",
                                        "VALID_AT_SIGNING_TIME_EXPIRED_NOW", "VALID"};
    return (size_t)kind < PT_COUNT(names) ? names[kind] : names[0];
}

const char *pt_reason_code(enum pt_reason reason)
{
    return reasons[row(reason)].code;
}

const char *pt_reason_indication(enum pt_reason reason)
{
    return reasons[row(reason)].indication;
}

const char *pt_reason_text(enum pt_reason reason)
{
    return reasons[row(reason)].text;
}

const char *pt_coverage_name(enum pt_coverage coverage)
{
    static const char *const names[] = {"nothing", "partial", "parts", "whole"};
    return (size_t)coverage < PT_COUNT(names) ? names[coverage] : names[0];
}

const char *pt_seal_format_name(enum pt_seal_format format)
{
    static const char *const names[] = {"unknown",       "cms-attached", "cms-detached", "tsr",
                                        "xml-enveloped", "xml-detached", "jws",          "asic-e"};
    return (size_t)format < PT_COUNT(names) ? names[format] : names[0];
}

const char *pt_level_name(enum pt_seal_level level)
{
    static const char *const names[] = {"none", "B-B", "B-T"};
    return (size_t)level < PT_COUNT(names) ? names[level] : names[0];
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void put_member(struct pt_buf *out, const char *name, const char *text)
{
    pt_buf_put_byte(out, '"');
    pt_buf_put_str(out, name);
    pt_buf_put_str(out, "\":");
    pt_buf_put_json(out, pt_slice_str(text));
}

/* RFC 3339 of a second; before 1970 or after 9999 there is nothing honest to write. */
static void put_time_text(struct pt_buf *out, int64_t seconds)
{
    char text[PT_RFC3339_LEN + 1U] = "";
    if (seconds >= 0 && seconds <= INT64_C(253402300799)) {
        pt_time_rfc3339((uint64_t)seconds * 1000U, text);
    }
    pt_buf_put_str(out, text);
}

static void put_time(struct pt_buf *out, const char *name, bool known, int64_t seconds)
{
    pt_buf_put_str(out, ",\"");
    pt_buf_put_str(out, name);
    pt_buf_put_str(out, known ? "\":\"" : "\":null");
    if (known) {
        put_time_text(out, seconds);
        pt_buf_put_byte(out, '"');
    }
}

static void put_hex(struct pt_buf *out, const uint8_t bytes[static 32])
{
    char hex[PT_HEX_LEN(32U)];
    pt_hex_encode(pt_slice_of(bytes, 32U), hex);
    pt_buf_put(out, pt_slice_of(hex, sizeof(hex)));
}

static void put_signer(struct pt_buf *out, const char *name, const struct pt_verdict_signer *signer)
{
    pt_buf_put_str(out, ",\"");
    pt_buf_put_str(out, name);
    if (!signer->known) {
        pt_buf_put_str(out, "\":null");
        return;
    }
    pt_buf_put_str(out, "\":{");
    put_member(out, "subject", signer->common_name);
    pt_buf_put_byte(out, ',');
    put_member(out, "organization", signer->organization);
    pt_buf_put_byte(out, ',');
    put_member(out, "issuer", signer->issuer);
    pt_buf_put_byte(out, ',');
    put_member(out, "siren", signer->siren);
    pt_buf_put_str(out, ",\"certificate_sha256\":\"");
    put_hex(out, signer->sha256);
    pt_buf_put_byte(out, '"');
    put_time(out, "not_before", true, signer->not_before);
    put_time(out, "not_after", true, signer->not_after);
    pt_buf_put_byte(out, ',');
    put_member(out, "algorithm", signer->algorithm);
    pt_buf_put_str(out, ",\"bits\":");
    pt_buf_put_u64(out, signer->bits);
    pt_buf_put_byte(out, '}');
}

static void put_parts(const struct pt_verdict *verdict, struct pt_buf *out)
{
    pt_slice rest = pt_buf_slice(&verdict->parts);
    pt_buf_put_str(out, ",\"parts\":[");
    for (uint32_t i = 0U; i < verdict->nparts; i++) {
        if (i > 0U) {
            pt_buf_put_byte(out, ',');
        }
        pt_buf_put_json(out, pt_slice_cut(&rest, '\0'));
    }
    pt_buf_put_byte(out, ']');
}

PT_RESULT pt_verdict_json(const struct pt_verdict *verdict, struct pt_buf *out)
{
    PT_ENSURE(verdict != NULL && out != NULL, PT_E_ARG);
    const bool ok = pt_verdict_ok(verdict);
    pt_buf_put_byte(out, '{');
    put_member(out, "verdict", pt_verdict_name(verdict->kind));
    pt_buf_put_byte(out, ',');
    put_member(out, "reason", ok ? "" : pt_reason_code(verdict->reason));
    pt_buf_put_byte(out, ',');
    put_member(out, "indication", ok ? "" : pt_reason_indication(verdict->reason));
    pt_buf_put_byte(out, ',');
    put_member(out, "text", ok ? "" : pt_reason_text(verdict->reason));
    pt_buf_put_byte(out, ',');
    put_member(out, "format", pt_seal_format_name(verdict->format));
    pt_buf_put_byte(out, ',');
    put_member(out, "level", pt_level_name(verdict->level));
    pt_buf_put_byte(out, ',');
    put_member(out, "coverage", pt_coverage_name(verdict->coverage));
    put_parts(verdict, out);
    pt_buf_put_str(out, ",\"signers\":");
    pt_buf_put_u64(out, verdict->signers);
    put_signer(out, "signer", &verdict->signer);
    put_signer(out, "time_stamp_authority", &verdict->authority);
    put_time(out, "claimed_time", verdict->times.has_claimed, verdict->times.claimed);
    put_time(out, "proven_time", verdict->times.has_proven, verdict->times.proven);
    put_time(out, "judged_at", true, verdict->times.judged);
    pt_buf_put_byte(out, ',');
    put_member(out, "token_reason",
               verdict->token != PT_REASON_NONE ? pt_reason_code(verdict->token) : "");
    pt_buf_put_byte(out, '}');
    return pt_buf_status(out);
}

/* --- for people ------------------------------------------------------------------------------- */

/* A name comes from somebody else's certificate: control characters never reach a terminal. */
static void put_clean(struct pt_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const bool control = (unsigned char)*text < 0x20U || *text == 0x7f;
        pt_buf_put(out, control ? PT_SLICE("?") : pt_slice_of(text, 1U));
    }
}

static void put_line(struct pt_buf *out, const char *word, const char *text)
{
    if (text[0] != '\0') {
        pt_buf_put_str(out, word);
        pt_buf_put_str(out, " : ");
        put_clean(out, text);
        pt_buf_put_byte(out, '\n');
    }
}

static void put_time_line(struct pt_buf *out, const char *word, bool known, int64_t seconds)
{
    if (known) {
        pt_buf_put_str(out, word);
        pt_buf_put_str(out, " : ");
        put_time_text(out, seconds);
        pt_buf_put_byte(out, '\n');
    }
}

static void put_people(struct pt_buf *out, const struct pt_verdict *verdict)
{
    const struct pt_verdict_signer *signer = &verdict->signer;
    if (signer->known) {
        put_line(out, "Signataire", signer->common_name);
        put_line(out, "Organisme", signer->organization);
        put_line(out, "SIREN", signer->siren);
        put_line(out, "Émetteur du certificat", signer->issuer);
        pt_buf_put_str(out, "Empreinte du certificat : ");
        put_hex(out, signer->sha256);
        pt_buf_put_byte(out, '\n');
        put_time_line(out, "Certificat valable jusqu’au", true, signer->not_after);
    }
    if (verdict->authority.known) {
        put_line(out, "Autorité d’horodatage", verdict->authority.common_name);
    }
}

PT_RESULT pt_verdict_text(const struct pt_verdict *verdict, struct pt_buf *out)
{
    static const char *const words[] = {
        "indéterminé", "invalide", "valable à la date de la signature, certificat expiré depuis",
        "valable"};
    static const char *const covers[] = {
        "rien", "une partie seulement du document : n’utiliser que les parties nommées",
        "toutes les parties nommées, et il n’y en a pas d’autre", "le document entier"};
    PT_ENSURE(verdict != NULL && out != NULL, PT_E_ARG);
    put_line(out, "Verdict", words[(size_t)verdict->kind < 4U ? verdict->kind : 0]);
    if (!pt_verdict_ok(verdict)) {
        put_line(out, "Motif", pt_reason_text(verdict->reason));
    }
    if (verdict->token != PT_REASON_NONE) {
        put_line(out, "Jeton d’horodatage non cru", pt_reason_text(verdict->token));
    }
    put_time_line(out, "Jugé au", true, verdict->times.judged);
    put_line(out, "Format", pt_seal_format_name(verdict->format));
    put_line(out, "Niveau", pt_level_name(verdict->level));
    put_line(out, "Couvre", covers[(size_t)verdict->coverage < 4U ? verdict->coverage : 0]);
    pt_slice rest = pt_buf_slice(&verdict->parts);
    for (uint32_t i = 0U; i < verdict->nparts; i++) {
        put_line(out, "Partie couverte", rest.ptr);
        (void)pt_slice_cut(&rest, '\0');
    }
    put_people(out, verdict);
    put_time_line(out, "Date prouvée par horodatage", verdict->times.has_proven,
                  verdict->times.proven);
    put_time_line(out, "Date déclarée par le signataire (ne prouve rien)",
                  verdict->times.has_claimed, verdict->times.claimed);
    return pt_buf_status(out);
}
