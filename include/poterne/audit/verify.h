/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * verify.h -- does the log still say what it said? For a receipt, an exported tlog/ folder, or the
 * whole log directory. Trusts nothing but the verifier keys. Layer 1 (audit).
 *
 * A verdict is an answer, not a failure: the functions fail only when they cannot look (memory,
 * rights, keys that are no keys). pt_verify_receipt and pt_verify_tlog belong to the pure proof
 * library; pt_verify_log reads the store.
 */
#ifndef POTERNE_AUDIT_VERIFY_H
#define POTERNE_AUDIT_VERIFY_H

#include "poterne/audit/merkle.h"
#include "poterne/base/buf.h"

/* Stable codes of faults, and what a person is told. */
#define PT_FAULTS(X)                                                                               \
    X(PT_FAULT_NONE, "none", "aucune anomalie")                                                    \
    X(PT_FAULT_SYNTAX, "syntax", "le texte n'est pas un reçu bien formé")                          \
    X(PT_FAULT_CHECKPOINT, "checkpoint", "le scellé est absent, illisible ou mal signé")           \
    X(PT_FAULT_ROOT, "root", "les traces ne redonnent pas la racine signée")                       \
    X(PT_FAULT_PROOF, "proof", "la preuve d'inclusion ne mène pas à la racine signée")             \
    X(PT_FAULT_DISCLOSURE, "disclosure", "un élément révélé n'est pas engagé dans la trace")       \
    X(PT_FAULT_LEAF, "leaf", "une trace a été modifiée")                                           \
    X(PT_FAULT_ORDER, "order", "une trace n'est pas à sa place")                                   \
    X(PT_FAULT_TIME, "time", "une trace est plus ancienne que la précédente")                      \
    X(PT_FAULT_TILE, "tile", "une tuile de l'arbre a été modifiée")                                \
    X(PT_FAULT_MISSING, "missing", "il manque une trace ou un fichier")                            \
    X(PT_FAULT_BOX, "box", "une partie scellée ne correspond pas à sa trace")                      \
    X(PT_FAULT_INDEX, "index", "l'index des échanges est faux ou incomplet")                       \
    X(PT_FAULT_STORE, "store", "le fichier de la base est endommagé")

enum pt_fault {
#define X(name, code, text) name,
    PT_FAULTS(X)
#undef X
};
const char *pt_fault_code(enum pt_fault fault); /* "leaf" */
const char *pt_fault_text(enum pt_fault fault); /* French */

#define PT_VERDICT_FILE 96U

/* Verdict with the place of the first fault. */
struct pt_verdict {
    bool ok;
    enum pt_fault fault;
    uint64_t entries;           /* leaves checked */
    uint64_t size;              /* of the checkpoint */
    uint64_t unsealed;          /* stored after the checkpoint: in order, but not signed yet */
    uint64_t opened;            /* entries whose boxes were opened and compared */
    uint64_t bad_seq;           /* first entry concerned; UINT64_MAX when no entry can be named */
    char file[PT_VERDICT_FILE]; /* below the folder; empty when no file is to blame */
};

struct pt_verify_options {
    pt_slice vkeys; /* text of one or several verifier keys (note.h) */
    bool foreign;   /* another program's log: entries need not be ours, bundles may be missing, one
                       of the keys is enough */
    pt_slice kek;   /* whole log: 32 bytes, or empty when boxes stay closed */
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* may be NULL */
    void *ctx;
};

/**
 * Text of a .tlog-proof receipt; every disclosure in it must be one of the leaf's commitments.
 * @return PT_E_SYNTAX the keys are not keys; PT_E_NOMEM, PT_E_CRYPTO
 */
PT_RESULT pt_verify_receipt(pt_slice receipt, pt_slice vkeys, struct pt_verdict *ret);
/**
 * A C2SP tlog-tiles folder: the checkpoint's signatures, every entry of every bundle, every hash of
 * every full and partial tile, the root. May run beside the writer.
 * @return as above; PT_E_IO
 */
PT_RESULT pt_verify_tlog(const char *dir, const struct pt_verify_options *options,
                         struct pt_verdict *ret);
/**
 * The whole directory: tlog/ as above, then every stored entry against it, numbers without a gap,
 * the month of each, the boxes and the index when the key is there. Runs in a child process, so
 * that a damaged database file is a verdict and not a crash.
 */
PT_RESULT pt_verify_log(const char *dir, const struct pt_verify_options *options,
                        struct pt_verdict *ret);

#endif /* POTERNE_AUDIT_VERIFY_H */
