/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * verdict.h -- what a verification answers: never a bare boolean (SIG-01), always with what is
 * covered (SIG-02), by whom, and when that is proven (SIG-06).
 *
 * The four answers and the indications beside them are those of ETSI EN 319 102-1: VALID is
 * TOTAL-PASSED, INVALID is TOTAL-FAILED. Two words decide between INVALID and INDETERMINATE: what
 * no later fact can mend (a digest that differs, a forbidden algorithm, a malformed signature) is
 * INVALID; what another anchor, a fresher list or an older proof of existence might settle is
 * INDETERMINATE. A zeroed verdict is INDETERMINATE(not-checked): default deny.
 *
 * A consumer may use only what the verdict covers: with PT_COVERS_PARTIAL, the listed parts and
 * nothing else of the document.
 * Layer 1 (pki): no clock, no file. Times are seconds since 1970-01-01.
 */
#ifndef POTERNE_PKI_VERDICT_H
#define POTERNE_PKI_VERDICT_H

#include "poterne/base/buf.h"

#define PT_VERDICT_NAME_MAX  256U   /* one name of a certificate, UTF-8 bytes with its NUL */
#define PT_VERDICT_PARTS_MAX 64U    /* covered parts of one document */
#define PT_VERDICT_PARTS_BUF 16384U /* bytes of all their names */

enum pt_verdict_kind {
    PT_VERDICT_INDETERMINATE = 0, /* not known: treat as a refusal */
    PT_VERDICT_INVALID,
    PT_VERDICT_EXPIRED_NOW, /* valid at the proven signing time; the certificate has expired since
                             */
    PT_VERDICT_VALID,
};

/*
 * X(name, verdict, stable code, ETSI EN 319 102-1 sub-indication, French sentence). The codes are
 * a contract with programs: they never change; new ones may come.
 */
#define PT_REASONS(X)                                                                              \
    X(PT_REASON_NONE, INDETERMINATE, "not-checked", "GENERIC", "rien n’a été vérifié")             \
    /* What no later fact can mend. */                                                             \
    X(PT_REASON_FORMAT, INVALID, "format", "FORMAT_FAILURE",                                       \
      "ce n’est pas une signature bien formée du format attendu")                                  \
    X(PT_REASON_TOO_LARGE, INVALID, "too-large", "FORMAT_FAILURE",                                 \
      "une limite est dépassée (taille, nombre de signataires, de certificats ou de références)")  \
    X(PT_REASON_NOT_BASELINE, INVALID, "not-baseline", "FORMAT_FAILURE",                           \
      "un attribut signé obligatoire manque, est répété ou est mal placé")                         \
    X(PT_REASON_CERTIFICATE_REFERENCE, INVALID, "certificate-reference", "FORMAT_FAILURE",         \
      "la référence signée au certificat du signataire manque ou ne correspond pas")               \
    X(PT_REASON_DIGEST, INVALID, "digest", "HASH_FAILURE",                                         \
      "le contenu n’est pas celui qui a été signé (empreinte différente)")                         \
    X(PT_REASON_SIGNATURE, INVALID, "signature", "SIG_CRYPTO_FAILURE",                             \
      "la signature ne correspond pas à la clé du certificat")                                     \
    X(PT_REASON_FORBIDDEN_ALGORITHM, INVALID, "forbidden-algorithm", "CRYPTO_CONSTRAINTS_FAILURE", \
      "un algorithme est interdit (SHA-1, MD5, clé trop courte ou inconnu de la politique)")       \
    X(PT_REASON_DOCTYPE, INVALID, "doctype", "FORMAT_FAILURE",                                     \
      "le document XML contient un DOCTYPE, une entité ou une inclusion")                          \
    X(PT_REASON_TRANSFORM, INVALID, "transform", "FORMAT_FAILURE",                                 \
      "une transformation n’est pas permise")                                                      \
    X(PT_REASON_REMOTE_REFERENCE, INVALID, "remote-reference", "FORMAT_FAILURE",                   \
      "une référence sort du document")                                                            \
    X(PT_REASON_DUPLICATE_ID, INVALID, "duplicate-id", "FORMAT_FAILURE",                           \
      "un identifiant figure deux fois dans le document")                                          \
    X(PT_REASON_WRAPPING, INVALID, "wrapping", "FORMAT_FAILURE",                                   \
      "l’élément signé n’est pas celui que le document présente")                                  \
    X(PT_REASON_HEADER, INVALID, "header", "FORMAT_FAILURE",                                       \
      "un en-tête protégé manque, n’est pas permis ou n’est pas compris")                          \
    X(PT_REASON_SIREN_CONFLICT, INVALID, "siren-conflict", "CHAIN_CONSTRAINTS_FAILURE",            \
      "les numéros SIREN du certificat se contredisent")                                           \
    X(PT_REASON_USAGE, INVALID, "usage", "CHAIN_CONSTRAINTS_FAILURE",                              \
      "le certificat n’est pas fait pour cet usage")                                               \
    X(PT_REASON_REVOKED, INVALID, "revoked", "REVOKED",                                            \
      "le certificat était révoqué au moment de la signature")                                     \
    X(PT_REASON_NOT_YET_VALID, INVALID, "not-yet-valid", "NOT_YET_VALID",                          \
      "la signature est prouvée avant le début de validité du certificat")                         \
    X(PT_REASON_EXPIRED_AT_SIGNING, INVALID, "expired-at-signing", "EXPIRED",                      \
      "le certificat avait déjà expiré à la date prouvée de la signature")                         \
    X(PT_REASON_CONTAINER, INVALID, "container", "FORMAT_FAILURE",                                 \
      "le conteneur est mal formé ou contient un fichier qui n’est pas scellé")                    \
    /* Time-stamps (RFC 3161). */                                                                  \
    X(PT_REASON_TOKEN_STATUS, INVALID, "token-status", "FORMAT_FAILURE",                           \
      "l’autorité d’horodatage n’a pas accordé le jeton")                                          \
    X(PT_REASON_TOKEN_IMPRINT, INVALID, "token-imprint", "HASH_FAILURE",                           \
      "le jeton d’horodatage porte sur autre chose")                                               \
    X(PT_REASON_TOKEN_NONCE, INVALID, "token-nonce", "FORMAT_FAILURE",                             \
      "le jeton d’horodatage répond à une autre demande (nonce)")                                  \
    X(PT_REASON_TOKEN_POLICY, INVALID, "token-policy", "SIG_CONSTRAINTS_FAILURE",                  \
      "le jeton d’horodatage est émis sous une politique qui n’est pas acceptée")                  \
    X(PT_REASON_TOKEN_TIME, INVALID, "token-time", "TIMESTAMP_ORDER_FAILURE",                      \
      "la date du jeton d’horodatage n’est pas plausible ou pas assez précise")                    \
    X(PT_REASON_TOKEN_INVALID, INVALID, "token-invalid", "TIMESTAMP_ORDER_FAILURE",                \
      "le jeton d’horodatage de la signature n’est pas valable")                                   \
    /* What another fact may settle. */                                                            \
    X(PT_REASON_CONTENT_ABSENT, INDETERMINATE, "content-absent", "SIGNED_DATA_NOT_FOUND",          \
      "le contenu signé n’est pas fourni")                                                         \
    X(PT_REASON_NO_CERTIFICATE, INDETERMINATE, "no-certificate", "NO_SIGNING_CERTIFICATE_FOUND",   \
      "le certificat du signataire n’est pas fourni")                                              \
    X(PT_REASON_NO_PATH, INDETERMINATE, "no-path", "NO_CERTIFICATE_CHAIN_FOUND",                   \
      "aucune chaîne ne mène à une autorité de confiance configurée")                              \
    X(PT_REASON_CHAIN, INDETERMINATE, "chain", "CERTIFICATE_CHAIN_GENERAL_FAILURE",                \
      "la chaîne de certification n’est pas valable")                                              \
    X(PT_REASON_REVOCATION_UNKNOWN, INDETERMINATE, "revocation-unknown", "TRY_LATER",              \
      "l’état de révocation est inconnu, périmé ou hors d’atteinte")                               \
    X(PT_REASON_REVOKED_NO_PROOF, INDETERMINATE, "revoked-no-proof", "REVOKED_NO_POE",             \
      "le certificat est révoqué et rien ne prouve que la signature est antérieure")               \
    X(PT_REASON_EXPIRED_NO_PROOF, INDETERMINATE, "expired-no-proof", "OUT_OF_BOUNDS_NO_POE",       \
      "le certificat a expiré et aucun jeton ne prouve que la signature est antérieure")           \
    X(PT_REASON_NOT_YET_NO_PROOF, INDETERMINATE, "not-yet-no-proof", "OUT_OF_BOUNDS_NOT_REVOKED",  \
      "le certificat n’est pas encore valable")                                                    \
    X(PT_REASON_POLICY_ENDED, INDETERMINATE, "policy-ended", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",  \
      "l’algorithme n’est plus accepté et aucun jeton ne prouve une signature antérieure")         \
    X(PT_REASON_TOKEN_UNTRUSTED, INDETERMINATE, "token-untrusted", "NO_POE",                       \
      "le jeton d’horodatage ne mène pas à une autorité d’horodatage de confiance")                \
    X(PT_REASON_FAILED, INDETERMINATE, "failed", "GENERIC",                                        \
      "la vérification elle-même a échoué (mémoire, bibliothèque)")

enum pt_reason {
#define X(name, verdict, code, indication, text) name,
    PT_REASONS(X)
#undef X
        PT_REASON_COUNT
};

enum pt_coverage {
    PT_COVERS_NOTHING = 0,
    PT_COVERS_PARTIAL, /* only the listed parts; the rest of the document is anybody's */
    PT_COVERS_PARTS,   /* a container: the listed parts are all it holds */
    PT_COVERS_WHOLE,   /* every byte; for XML every node but the signature itself */
};

enum pt_seal_format {
    PT_FORMAT_UNKNOWN = 0,
    PT_FORMAT_CMS_ATTACHED,
    PT_FORMAT_CMS_DETACHED,
    PT_FORMAT_TSR, /* RFC 3161 response or bare token */
    PT_FORMAT_XML_ENVELOPED,
    PT_FORMAT_XML_DETACHED,
    PT_FORMAT_JWS,
    PT_FORMAT_ASIC_E,
};

enum pt_seal_level {
    PT_LEVEL_NONE = 0, /* not a baseline signature */
    PT_LEVEL_B_B,      /* signing certificate referenced and signed */
    PT_LEVEL_B_T,      /* ... and a valid time-stamp token over the signature value */
};

/* NUL-terminated UTF-8, empty when the certificate does not say or says too much. */
struct pt_verdict_signer {
    bool known;
    char common_name[PT_VERDICT_NAME_MAX];
    char organization[PT_VERDICT_NAME_MAX];
    char issuer[PT_VERDICT_NAME_MAX]; /* common name of the issuer */
    char siren[10];                   /* 9 digits: OU "0002 ..." or organizationIdentifier NTRFR- */
    uint8_t sha256[32];               /* of the certificate's DER */
    int64_t not_before, not_after;
    const char *algorithm; /* name in the policy table, never NULL after init */
    uint32_t bits;
};

struct pt_verdict_times {
    bool has_claimed, has_proven;
    int64_t claimed; /* the signer's word: shown, never used (SIG-06) */
    int64_t proven;  /* of a valid time-stamp token, its accuracy added: the seal existed then */
    int64_t judged;  /* the "now" of this verification */
};

struct pt_verdict {
    enum pt_verdict_kind kind;
    enum pt_reason reason; /* PT_REASON_NONE with VALID and EXPIRED_NOW */
    enum pt_seal_format format;
    enum pt_seal_level level;
    enum pt_coverage coverage;
    uint32_t nparts;
    struct pt_buf parts; /* names of the covered parts, each followed by a NUL */
    uint32_t signers;    /* signatures found; the facts are those of the worst one */
    struct pt_verdict_signer signer;
    struct pt_verdict_signer authority; /* of the time-stamp, when there is one */
    enum pt_reason token; /* why the time-stamp is not believed; NONE: it is, or there is none */
    struct pt_verdict_times times;
};

/** Ready for one verification at @now. Release with pt_verdict_done(). */
void pt_verdict_init(struct pt_verdict *verdict, int64_t now);
void pt_verdict_done(struct pt_verdict *verdict);

/** Answer with @reason: the table says whether that is INVALID or INDETERMINATE. */
void pt_verdict_refuse(struct pt_verdict *verdict, enum pt_reason reason);
/** Answer VALID or EXPIRED_NOW. */
void pt_verdict_accept(struct pt_verdict *verdict, bool expired_now);
/** One more covered part. @return PT_E_LIMIT, PT_E_NOMEM, PT_E_ARG for a NUL inside */
PT_RESULT pt_verdict_cover(struct pt_verdict *verdict, pt_slice part);
/** VALID, or valid at the proven time: what a consumer may rely on. */
bool pt_verdict_ok(const struct pt_verdict *verdict);

/** "VALID", "VALID_AT_SIGNING_TIME_EXPIRED_NOW", "INDETERMINATE", "INVALID": SIG-01's words. */
const char *pt_verdict_name(enum pt_verdict_kind kind);
const char *pt_reason_code(enum pt_reason reason);
const char *pt_reason_indication(enum pt_reason reason);
const char *pt_reason_text(enum pt_reason reason);
const char *pt_coverage_name(enum pt_coverage coverage);
const char *pt_seal_format_name(enum pt_seal_format format);
const char *pt_level_name(enum pt_seal_level level);

/** One JSON object, members in a fixed order, no newline at the end. */
PT_RESULT pt_verdict_json(const struct pt_verdict *verdict, struct pt_buf *out);
/** The same for people: French lines "mot : valeur". */
PT_RESULT pt_verdict_text(const struct pt_verdict *verdict, struct pt_buf *out);

#endif /* POTERNE_PKI_VERDICT_H */
