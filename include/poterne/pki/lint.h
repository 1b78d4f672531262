/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * lint.h -- a certificate against its profile, one verdict a rule (RGS-10, RGS-11, TLS-11).
 *
 * Rules are one table: a stable English id, a French sentence, the source (row of the RGS A4
 * table, RFC clause, R24 to R34 of the ANSSI TLS guide v1.2). What a certificate does not say, or
 * says in a form that cannot be decoded, is a failure of the rule that needs it, never a pass.
 * No chain and no revocation here: a certificate may be perfect on paper and revoked.
 * Layer 1 (pki). The day is a parameter; no clock, no file.
 */
#ifndef POTERNE_PKI_LINT_H
#define POTERNE_PKI_LINT_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#define PT_SIREN_LEN      9U
#define PT_LINT_RULES_MAX 64U

enum pt_lint_profile {
    PT_LINT_CACHET = 0,   /* seal of a service (RGS A1 II.4) */
    PT_LINT_AUTH_SERVEUR, /* TLS server */
    PT_LINT_AUTH_CLIENT,  /* TLS client */
    PT_LINT_TSU,          /* time-stamping unit (RFC 3161) */
    PT_LINT_OCSP,         /* OCSP responder (RFC 6960) */
};
#define PT_LINT_PROFILES 5U

/* NONE: no RGS level is claimed (the commune's own authorities). */
enum pt_lint_level { PT_LINT_LEVEL_NONE = 0, PT_LINT_LEVEL_1, PT_LINT_LEVEL_2, PT_LINT_LEVEL_3 };

enum pt_lint_verdict { PT_LINT_NA = 0, PT_LINT_OK, PT_LINT_WARN, PT_LINT_FAIL };

struct pt_lint_request {
    enum pt_lint_profile profile;
    enum pt_lint_level level;
    int64_t now;        /* seconds since 1970-01-01 */
    pt_slice siren;     /* the one we expect, 9 digits; empty: any */
    pt_slice policies;  /* dotted OIDs accepted for the level, between commas (RGS-04) */
    pt_slice issuer;    /* the authority's certificate, PEM or DER; empty: not compared */
    bool both_purposes; /* TLS-16: State certificates with server and client purposes are a
                           warning, not a failure */
};

struct pt_lint_rule {
    const char *id;       /* "ku.critical" */
    const char *sentence; /* French: what is asked for */
    const char *source;   /* "RGS_A4 v2.3 keyUsage; guide TLS v1.2 R27" */
};

struct pt_lint_line {
    const struct pt_lint_rule *rule;
    enum pt_lint_verdict verdict;
};

struct pt_lint_report {
    struct pt_lint_line lines[PT_LINT_RULES_MAX]; /* every rule, in the order of the table */
    size_t n;
    size_t failed;
    size_t warned;
    char siren[PT_SIREN_LEN + 1U]; /* of the certificate; empty when it names none or two */
};

/**
 * @certificate: PEM (the first one) or DER, nothing behind it.
 * @return PT_E_SYNTAX neither of them · PT_E_ARG a profile or a level that does not exist, an
 *         expected SIREN that is none · PT_E_NOMEM. On success *ret is complete.
 */
PT_RESULT pt_lint(pt_slice certificate, const struct pt_lint_request *request,
                  struct pt_lint_report *ret);
/** Verdict of rule @id; PT_LINT_NA when there is no such rule. */
enum pt_lint_verdict pt_lint_verdict_of(const struct pt_lint_report *report, const char *id);

/** "ok", "fail", "warn", "n/a". */
const char *pt_lint_verdict_text(enum pt_lint_verdict verdict);
/** "cachet", "auth-serveur", "auth-client", "tsu", "ocsp". @return PT_E_SYNTAX */
PT_RESULT pt_lint_profile_parse(pt_slice text, enum pt_lint_profile *ret);
/** "*", "**", "***". @return PT_E_SYNTAX */
PT_RESULT pt_lint_level_parse(pt_slice text, enum pt_lint_level *ret);

/** Nine digits whose Luhn sum is right. */
bool pt_siren_ok(pt_slice text);
/**
 * SIREN of a certificate (PEM or DER), from OU "0002 <SIREN|SIRET>" and from
 * organizationIdentifier "NTRFR-<SIREN>" (RGS-11), NUL-terminated.
 * @return PT_E_ABSENT it names none · PT_E_DENIED it names two, or one that is malformed ·
 *         PT_E_SYNTAX, PT_E_NOMEM
 */
PT_RESULT pt_cert_siren(pt_slice certificate, char out[static PT_SIREN_LEN + 1U]);

#endif /* POTERNE_PKI_LINT_H */
