/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * signer.h -- the holder of a seal key: the private key, its certificate and chain, wherever the
 * key lives. The key never leaves the struct (a token's never enters it).
 *
 * RGS-15 (RGS B2, RègleVérification): before it is used, a key's authenticity (it is the one of
 * the certificate), integrity (it signs what the certificate verifies) and fitness (life of the
 * certificate, crypto policy on that day, usage) are checked; otherwise nothing is signed and a
 * fault says why. RGS-14: a seal key seals and does nothing else; the caller compares its SPKI
 * with those of the other keys (pt_pki_distinct).
 *
 * The holder signs typed statements only, and rebuilds the bytes itself: nobody hands it
 * to-be-signed bytes, so nobody makes it sign something else under another name.
 * Layer 1 (pki): the time is a parameter; the key file is the only file.
 */
#ifndef POTERNE_PKI_SIGNER_H
#define POTERNE_PKI_SIGNER_H

#include "poterne/base/buf.h"

#define PT_SIGNER_CHAIN_MAX 8U     /* certificates, the signer's own included */
#define PT_SIGNER_KEY_MAX   16384U /* bytes of a PEM private key */
#define PT_SIGNER_PIN_MAX   256U   /* bytes of a token's PIN */

/* X(name, stable code, French sentence that says what to do). */
#define PT_SIGNER_FAULTS(X)                                                                        \
    X(PT_SIGNER_OK, "ok", "la clé de cachet est utilisable")                                       \
    X(PT_SIGNER_KEY_PLACE, "key-place",                                                            \
      "l’emplacement de la clé n’est pas compris : donner un chemin, credential:NOM ou pkcs11:…")  \
    X(PT_SIGNER_KEY_ABSENT, "key-absent", "la clé est introuvable à l’emplacement indiqué")        \
    X(PT_SIGNER_KEY_MODE, "key-mode",                                                              \
      "la clé est lisible par d’autres : chmod 0400 et propriétaire root ou le service")           \
    X(PT_SIGNER_KEY_FORMAT, "key-format",                                                          \
      "la clé n’est pas une clé privée PEM sans phrase de passe")                                  \
    X(PT_SIGNER_KEY_KIND, "key-kind",                                                              \
      "une clé de cachet est RSA d’au moins 3072 bits, P-256 ou P-384")                            \
    X(PT_SIGNER_TOKEN, "token",                                                                    \
      "le module PKCS#11 ne répond pas : vérifier module-path, token, object et pin-source")       \
    X(PT_SIGNER_PIN, "pin", "le code du jeton se donne par pin-source, jamais dans l’URI")         \
    X(PT_SIGNER_CHAIN, "chain",                                                                    \
      "le fichier de certificats ne contient pas le certificat du cachet suivi de sa chaîne")      \
    X(PT_SIGNER_MISMATCH, "mismatch", "la clé n’est pas celle du certificat")                      \
    X(PT_SIGNER_USAGE, "usage",                                                                    \
      "le certificat n’est pas un certificat de cachet (usage digitalSignature, pas d’autorité)")  \
    X(PT_SIGNER_NOT_YET, "not-yet", "le certificat du cachet n’est pas encore valable")            \
    X(PT_SIGNER_EXPIRED, "expired", "le certificat du cachet a expiré : le renouveler")            \
    X(PT_SIGNER_POLICY, "policy",                                                                  \
      "la politique cryptographique refuse cette clé ou ce certificat à cette date")               \
    X(PT_SIGNER_REVOKED, "revoked", "le certificat du cachet est révoqué : le remplacer")          \
    X(PT_SIGNER_BROKEN, "broken", "la clé ne signe pas correctement : la remplacer")

enum pt_signer_fault {
#define X(name, code, text) name,
    PT_SIGNER_FAULTS(X)
#undef X
        PT_SIGNER_FAULT_COUNT
};
const char *pt_signer_fault_code(enum pt_signer_fault fault);
const char *pt_signer_fault_text(enum pt_signer_fault fault);

struct pt_signer;

enum pt_seal_digest { PT_SEAL_DIGEST_DEFAULT = 0, PT_SEAL_SHA256, PT_SEAL_SHA384 };

struct pt_signer_spec {
    /**
     * Where the private key is, NUL-terminated:
     *   a path                 PKCS#8 PEM, mode checked on the open file (SYS-04)
     *   "credential:NAME"      file NAME of @credentials, the folder that systemd guards
     *   "pkcs11:..."           RFC 7512 URI with module-path, token or slot, object or id, and
     *                          pin-source (a path or credential:NAME); pin-value is refused
     */
    const char *key;
    const char *credentials; /* folder of the systemd credentials; NULL: there is none */
    pt_slice chain;          /* PEM: the seal's certificate, then its intermediates */
    /** Default: SHA-384 for RSA and P-384 (CRY-06), SHA-256 for P-256. RSA always with PSS. */
    enum pt_seal_digest digest;
    int64_t now;
};

/**
 * Open and check; signs once to see that key and certificate belong together.
 * @return PT_E_DENIED and the fault, for every fault; PT_E_NOMEM, PT_E_ARG
 */
PT_RESULT pt_signer_open(const struct pt_signer_spec *spec, struct pt_signer **ret_signer,
                         enum pt_signer_fault *ret_fault);
/** Accepts NULL; wipes; returns NULL. */
struct pt_signer *pt_signer_free(struct pt_signer *signer);

/** Fit for use at @now? Every seal asks first. The answer PT_SIGNER_OK is yes. */
enum pt_signer_fault pt_signer_check(const struct pt_signer *signer, int64_t now);
/** The owner has learnt that the certificate is revoked: nothing is sealed any more. */
void pt_signer_revoke(struct pt_signer *signer);

/** Policy name of the key ("rsa", "p-256", "p-384") and its size. */
const char *pt_signer_algorithm(const struct pt_signer *signer, uint32_t *ret_bits);
/** "sha256" or "sha384". */
const char *pt_signer_digest(const struct pt_signer *signer);
int64_t pt_signer_not_after(const struct pt_signer *signer);
PT_RESULT pt_signer_spki_sha256(const struct pt_signer *signer, uint8_t out[static 32]);
PT_RESULT pt_signer_cert_sha256(const struct pt_signer *signer, uint8_t out[static 32]);

/*
 * Statements: everything the holder signs. A new kind of thing to sign is a new member here, with
 * its own checks and its own way to be written out.
 */
#define PT_STATEMENT_NAME_MAX    256U      /* a name or a media type */
#define PT_STATEMENT_CONTENT_MAX 16777216U /* an attached document */
#define PT_DIGEST_MAX            48U       /* SHA-384 */

enum pt_statement_kind {
    PT_STATEMENT_CHECKPOINT = 1, /* of the log: "origin LF size LF base64(root) LF" (C2SP) */
    PT_STATEMENT_DESCRIPTOR,     /* whose log it is and which keys sign it (audit-log 2.6) */
    PT_STATEMENT_DOCUMENT,       /* a document held elsewhere, by its digest */
    PT_STATEMENT_CONTENT,        /* a document in hand */
};

struct pt_statement_checkpoint {
    pt_slice origin; /* one line, printable, no '+' */
    uint64_t size;
    uint8_t root[32];
};

/* Written as one JSON object in JCS form (RFC 8785, SIG-09). */
struct pt_statement_descriptor {
    pt_slice origin;
    pt_slice siret;        /* 14 digits */
    const pt_slice *vkeys; /* C2SP verifier keys of the log, at least one, at most PT_VKEYS_MAX */
    size_t nvkeys;
    int64_t not_before, not_after;
};

struct pt_statement_document {
    pt_slice name;                 /* file name, no path, no control character; may be empty */
    pt_slice media_type;           /* "type/subtype"; may be empty */
    uint8_t digest[PT_DIGEST_MAX]; /* with the signer's digest algorithm */
    size_t digest_len;             /* 32 or 48: must be the signer's */
};

struct pt_statement_content {
    pt_slice name;
    pt_slice media_type;
    pt_slice bytes;
};

struct pt_statement {
    enum pt_statement_kind kind;
    int64_t time; /* claimed signing time; proves nothing (SIG-06) */
    union {
        struct pt_statement_checkpoint checkpoint;
        struct pt_statement_descriptor descriptor;
        struct pt_statement_document document;
        struct pt_statement_content content;
    } is;
};

/** Are its members what their comments say? @return PT_E_SYNTAX, PT_E_LIMIT, PT_E_ARG */
PT_RESULT pt_statement_check(const struct pt_statement *statement);
/**
 * Append the bytes the seal covers. @return PT_E_ABSENT for PT_STATEMENT_DOCUMENT (they are held
 * elsewhere), and the errors of pt_statement_check()
 */
PT_RESULT pt_statement_bytes(const struct pt_statement *statement, struct pt_buf *out);

#endif /* POTERNE_PKI_SIGNER_H */
