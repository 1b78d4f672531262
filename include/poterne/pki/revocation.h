/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * revocation.h -- how fresh evidence of (non-)revocation must be, why it may be refused, and the
 * bounded memory of what was fetched.
 * Layer 1 (pki). Times are seconds since 1970-01-01 and always a parameter.
 */
#ifndef POTERNE_PKI_REVOCATION_H
#define POTERNE_PKI_REVOCATION_H

#include "poterne/base/buf.h"

/* RGS levels, as written in French administrations: one, two or three stars. */
enum pt_rgs_level { PT_RGS_1 = 1, PT_RGS_2, PT_RGS_3 };

/*
 * Why a path is not good: name, stable code (programs, metrics, tests), French sentence.
 * The first block is of the chain, then CRL, then OCSP; a code is never renamed nor reused.
 */
#define PT_PATH_REASONS(X)                                                                         \
    X(PT_PATH_NOT_JUDGED, "not-judged", "la vérification n'a pas pu aboutir")                      \
    X(PT_PATH_OK, "ok", "chaîne valide et non révoquée")                                           \
    X(PT_PATH_UNREADABLE, "certificate-unreadable", "certificat illisible")                        \
    X(PT_PATH_EXTRA_UNREADABLE, "extra-unreadable",                                                \
      "un certificat intermédiaire fourni est illisible")                                          \
    X(PT_PATH_ANCHOR_UNREADABLE, "anchor-unreadable",                                              \
      "une autorité de confiance déclarée est illisible ou n'est pas une autorité")                \
    X(PT_PATH_NOT_FOUND, "no-path", "aucune chaîne ne mène à une autorité de confiance déclarée")  \
    X(PT_PATH_SIGNATURE, "certificate-signature", "la signature d'un certificat est fausse")       \
    X(PT_PATH_NOT_YET_VALID, "not-yet-valid", "certificat pas encore valide à cette date")         \
    X(PT_PATH_EXPIRED, "expired", "certificat expiré à cette date")                                \
    X(PT_PATH_PURPOSE, "purpose", "certificat non prévu pour cet usage")                           \
    X(PT_PATH_NOT_AUTHORITY, "issuer-not-authority",                                               \
      "un émetteur de la chaîne n'est pas une autorité")                                           \
    X(PT_PATH_TOO_LONG, "path-length", "chaîne plus longue que son autorité ne le permet")         \
    X(PT_PATH_TOO_DEEP, "too-deep", "chaîne plus longue que la limite de Poterne")                 \
    X(PT_PATH_NAMES, "name-constraints", "nom hors du périmètre permis par l'autorité")            \
    X(PT_PATH_CRITICAL, "critical-extension", "extension critique inconnue dans un certificat")    \
    X(PT_PATH_POLICY, "policy", "algorithme ou taille de clé refusés par la politique (PG-083)")   \
    X(PT_PATH_POLICY_ENDED, "policy-ended",                                                        \
      "algorithme ou taille de clé que la politique n'accepte plus à cette date (PG-083)")         \
    X(PT_PATH_INVALID, "chain-invalid", "chaîne de certificats non conforme")                      \
    X(PT_PATH_REVOKED_AT, "revoked", "certificat révoqué")                                         \
    X(PT_PATH_NO_EVIDENCE, "no-evidence",                                                          \
      "aucune liste de révocation ni réponse OCSP pour ce certificat")                             \
    X(PT_PATH_UNREACHABLE, "unreachable", "le service de révocation n'a pas répondu")              \
    X(PT_PATH_BEFORE_PROOF, "evidence-before-proof",                                               \
      "preuve de révocation antérieure à la date prouvée : il en faut une plus récente")           \
    X(PT_PATH_AFTER_EXPIRY, "evidence-after-expiry",                                               \
      "certificat expiré avant la preuve de révocation, qui peut ne plus le nommer")               \
    X(PT_CRL_UNREADABLE, "crl-unreadable", "liste de révocation illisible")                        \
    X(PT_CRL_TOO_LARGE, "crl-too-large", "liste de révocation trop volumineuse")                   \
    X(PT_CRL_OTHER_ISSUER, "crl-other-issuer", "liste de révocation d'une autre autorité")         \
    X(PT_CRL_SIGNATURE, "crl-signature", "la signature de la liste de révocation est fausse")      \
    X(PT_CRL_KEY_USAGE, "crl-key-usage",                                                           \
      "l'autorité n'a pas le droit de signer des listes de révocation (cRLSign)")                  \
    X(PT_CRL_POLICY, "crl-policy",                                                                 \
      "algorithme de la liste de révocation refusé par la politique (PG-083)")                     \
    X(PT_CRL_FUTURE, "crl-future", "liste de révocation datée du futur")                           \
    X(PT_CRL_STALE, "crl-stale", "liste de révocation périmée")                                    \
    X(PT_CRL_NO_END, "crl-no-next-update", "liste de révocation sans date de fin (nextUpdate)")    \
    X(PT_CRL_LIFE, "crl-life",                                                                     \
      "durée de la liste de révocation trop longue pour le niveau RGS, ou dates incohérentes")     \
    X(PT_CRL_DELTA, "crl-delta", "liste de révocation partielle (delta)")                          \
    X(PT_CRL_INDIRECT, "crl-indirect", "liste de révocation indirecte")                            \
    X(PT_CRL_SCOPE, "crl-scope", "liste de révocation qui ne couvre pas ce certificat")            \
    X(PT_CRL_CRITICAL, "crl-critical-extension",                                                   \
      "extension critique inconnue dans la liste de révocation")                                   \
    X(PT_CRL_ENTRY, "crl-entry", "entrée non conforme dans la liste de révocation")                \
    X(PT_OCSP_UNREADABLE, "ocsp-unreadable", "réponse OCSP illisible")                             \
    X(PT_OCSP_TOO_LARGE, "ocsp-too-large", "réponse OCSP trop volumineuse")                        \
    X(PT_OCSP_STATUS, "ocsp-status", "le répondeur OCSP refuse ou ne peut pas répondre")           \
    X(PT_OCSP_SIGNATURE, "ocsp-signature", "la signature de la réponse OCSP est fausse")           \
    X(PT_OCSP_RESPONDER, "ocsp-responder",                                                         \
      "répondeur OCSP non mandaté par l'autorité du certificat")                                   \
    X(PT_OCSP_EKU, "ocsp-eku", "le certificat du répondeur n'a pas l'usage OCSPSigning")           \
    X(PT_OCSP_RESPONDER_DATES, "ocsp-responder-dates",                                             \
      "certificat du répondeur OCSP hors de sa période de validité")                               \
    X(PT_OCSP_RESPONDER_REVOCATION, "ocsp-responder-revocation",                                   \
      "révocation du répondeur OCSP non vérifiable (ni ocsp-nocheck, ni liste valide)")            \
    X(PT_OCSP_POLICY, "ocsp-policy",                                                               \
      "algorithme de la réponse OCSP refusé par la politique (PG-083)")                            \
    X(PT_OCSP_NONCE, "ocsp-nonce",                                                                 \
      "la réponse OCSP n'est pas celle de notre demande (nonce absent ou différent)")              \
    X(PT_OCSP_CERT_ID, "ocsp-cert-id", "réponse OCSP d'un autre certificat")                       \
    X(PT_OCSP_MANY, "ocsp-many", "réponse OCSP à plusieurs certificats")                           \
    X(PT_OCSP_FUTURE, "ocsp-future", "réponse OCSP datée du futur")                                \
    X(PT_OCSP_STALE, "ocsp-stale", "réponse OCSP périmée")                                         \
    X(PT_OCSP_LIFE, "ocsp-life",                                                                   \
      "durée de la réponse OCSP trop longue pour le niveau RGS, ou dates incohérentes")            \
    X(PT_OCSP_CRITICAL, "ocsp-critical-extension",                                                 \
      "extension critique inconnue dans la réponse OCSP")                                          \
    X(PT_OCSP_UNKNOWN, "ocsp-unknown", "le répondeur OCSP ne connaît pas ce certificat")

enum pt_path_reason {
#define X(name, code, text) name,
    PT_PATH_REASONS(X)
#undef X
        PT_PATH_REASON_COUNT
};

/** Stable English code: "crl-stale". */
const char *pt_path_reason_code(enum pt_path_reason reason);
/** French sentence for people, without final stop. */
const char *pt_path_reason_text(enum pt_path_reason reason);

/* --- freshness (RGS-12, RGS-13) ------------------------------------------------------------- */

/** Longest nextUpdate - thisUpdate: 6 days, 48 hours, 36 hours. */
int64_t pt_revocation_life_max_s(enum pt_rgs_level level);
/**
 * Is a complete list with these dates fresh at @now_s?
 * @return PT_PATH_OK, PT_CRL_FUTURE, PT_CRL_NO_END (next 0), PT_CRL_STALE or PT_CRL_LIFE
 */
enum pt_path_reason pt_revocation_fresh(enum pt_rgs_level level, int64_t this_update_s,
                                        int64_t next_update_s, int64_t now_s);
/** The half life: from then on a new list is due, and its absence an alert (RGS-13). */
int64_t pt_revocation_half_life_s(int64_t this_update_s, int64_t next_update_s);
/** Has the half life come at @now_s? */
bool pt_revocation_due(int64_t this_update_s, int64_t next_update_s, int64_t now_s);

/**
 * A file of lists (DER of one, or PEM of one or more) before anybody is judged by it: complete,
 * understood, accepted algorithms, lives that the level allows. PT_CRL_STALE and PT_CRL_FUTURE only
 * when nothing worse is wrong: such a file is well made, but nobody passes by it at @now_s.
 * Whose list it is, and its signature, is judged with each certificate.
 */
enum pt_path_reason pt_crl_check(pt_slice bytes, enum pt_rgs_level level, int64_t now_s);

/* --- what was fetched ------------------------------------------------------------------------- */

#define PT_REVOCATION_CACHE_ENTRIES_MAX 1024U
#define PT_REVOCATION_CACHE_BYTES_MAX   67108864U
#define PT_OCSP_ANSWER_MAX              65536U    /* bytes of one answer */
#define PT_CRL_FETCH_MAX                12582912U /* bytes of one DER list; PT_CRL_MAX of PEM */
#define PT_OCSP_NONCE_LEN               32U       /* RFC 8954: 1 to 32 bytes; at least 128 bits */
#define PT_OCSP_SKEW_S                  300       /* an answer may be dated this far ahead of us */

/*
 * Fetched answers, keyed by SHA-256 of what they are about (issuer and serial for OCSP,
 * distribution point and issuer for CRLs). The bytes are kept, never a verdict: signature and
 * freshness are checked again at every use. The oldest entry leaves when there is no room. Not
 * thread-safe: one owner.
 */
struct pt_revocation_cache;

/** @return PT_E_ARG above the limits or zero, PT_E_NOMEM */
PT_RESULT pt_revocation_cache_new(size_t entries, size_t bytes,
                                  struct pt_revocation_cache **ret_cache);
/** Accepts NULL. Returns NULL. */
struct pt_revocation_cache *pt_revocation_cache_free(struct pt_revocation_cache *cache);
size_t pt_revocation_cache_entries(const struct pt_revocation_cache *cache);

#endif /* POTERNE_PKI_REVOCATION_H */
