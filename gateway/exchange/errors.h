/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * errors.h -- the one table of what Poterne itself answers when it does not hand on an answer of
 * the State: stable code, HTTP status, outcome, French title, and what the GRC should do next.
 * docs/errors.md is generated from it (`poterned --errors`); a test keeps both equal.
 * The body is the State's own envelope, so that one error handler serves (INTERFACES 3.1).
 */
#ifndef POTERNE_GATEWAY_ERRORS_H
#define POTERNE_GATEWAY_ERRORS_H

#include "poterne/base/buf.h"
#include "poterne/outcome.h"

/*  name, code, HTTP status, outcome, title (French), what to do (French) */
#define PT_ERRORS(X)                                                                                  \
    X(PT_ERR_HTTP, "PT100", 400, PT_OUTCOME_INVALID, "Requête HTTP mal formée",                       \
      "Corriger la requête : elle ne respecte pas HTTP/1.1.")                                         \
    X(PT_ERR_PATH, "PT101", 404, PT_OUTCOME_INVALID, "Chemin inconnu",                                \
      "Vérifier le chemin : c'est celui de l'API de l'État, précédé de /entreprise.")                 \
    X(PT_ERR_METHOD, "PT102", 405, PT_OUTCOME_INVALID, "Méthode non permise", "Utiliser GET.")        \
    X(PT_ERR_TOO_LARGE, "PT103", 431, PT_OUTCOME_INVALID, "Requête trop grande",                      \
      "Réduire la ligne de requête, les en-têtes ou le corps.")                                       \
    X(PT_ERR_SLOW, "PT104", 408, PT_OUTCOME_INVALID, "Requête trop lente",                            \
      "Envoyer la requête entière sans attendre.")                                                    \
    X(PT_ERR_UNSUPPORTED, "PT105", 501, PT_OUTCOME_INVALID, "Fonction HTTP non prise en charge",      \
      "Envoyer une requête HTTP/1.1 simple, avec Content-Length.")                                    \
    X(PT_ERR_PARAM, "PT110", 422, PT_OUTCOME_INVALID, "Paramètre refusé",                             \
      "Corriger le paramètre nommé dans source : absent, répété, inconnu ou mal formé.")              \
    X(PT_ERR_RECIPIENT, "PT111", 422, PT_OUTCOME_INVALID, "Destinataire différent",                   \
      "Omettre recipient ou y mettre le SIRET de la commune.")                                        \
    X(PT_ERR_HEADER, "PT112", 422, PT_OUTCOME_INVALID, "En-tête Poterne refusé",                      \
      "Corriger l'en-tête nommé dans source.")                                                        \
    X(PT_ERR_PROCEDURE_NEEDED, "PT113", 422, PT_OUTCOME_INVALID, "Démarche à préciser",               \
      "Envoyer l'en-tête Poterne-Procedure : ce client a plusieurs démarches.")                       \
    X(PT_ERR_AGENT_NEEDED, "PT114", 422, PT_OUTCOME_INVALID, "Agent à préciser",                      \
      "Envoyer l'en-tête Poterne-Agent : la démarche donne accès à des données personnelles.")        \
    X(PT_ERR_CASE_NEEDED, "PT115", 422, PT_OUTCOME_INVALID, "Dossier à préciser",                     \
      "Envoyer l'en-tête Poterne-Case : l'habilitation exige le numéro de dossier.")                  \
    X(PT_ERR_DENIED, "PT200", 403, PT_OUTCOME_REFUSED, "Échange non habilité",                        \
      "Ne pas réessayer. Faire vérifier l'habilitation par l'administrateur de Poterne.")             \
    X(PT_ERR_LOG, "PT300", 503, PT_OUTCOME_IMPOSSIBLE, "Traçabilité indisponible",                    \
      "Réessayer plus tard ; sinon demander la pièce à l'usager (CRPA L.114-10), sans rejeter sa " \
      "demande.")                                                                                     \
    X(PT_ERR_BUSY, "PT301", 503, PT_OUTCOME_IMPOSSIBLE, "Poterne est saturée",                        \
      "Réessayer dans quelques secondes ; sinon demander la pièce à l'usager (CRPA L.114-10).")       \
    X(PT_ERR_INTERNAL, "PT302", 500, PT_OUTCOME_IMPOSSIBLE, "Erreur interne",                         \
      "Réessayer plus tard ; sinon demander la pièce à l'usager (CRPA L.114-10) et prévenir "     \
      "l'administrateur de Poterne.")                                                                 \
    X(PT_ERR_UNREACHABLE, "PT400", 502, PT_OUTCOME_IMPOSSIBLE, "API de l'État injoignable",           \
      "Réessayer plus tard ; sinon demander la pièce à l'usager (CRPA L.114-10), sans rejeter sa " \
      "demande.")                                                                                     \
    X(PT_ERR_TIMEOUT, "PT401", 504, PT_OUTCOME_IMPOSSIBLE, "API de l'État trop lente",                \
      "Réessayer plus tard ; sinon demander la pièce à l'usager (CRPA L.114-10), sans rejeter sa " \
      "demande.")                                                                                     \
    X(PT_ERR_UNREADABLE, "PT402", 502, PT_OUTCOME_IMPOSSIBLE, "Réponse de l'État illisible",          \
      "Réessayer plus tard ; sinon demander la pièce à l'usager (CRPA L.114-10), sans rejeter sa " \
      "demande.")                                                                                     \
    X(PT_ERR_CONTRACT, "PT403", 502, PT_OUTCOME_IMPOSSIBLE, "Réponse de l'État non conforme",         \
      "Demander la pièce à l'usager (CRPA L.114-10) et prévenir l'administrateur : le "            \
      "descripteur du jeu de données ne correspond plus.")                                            \
    X(PT_ERR_STATE_QUOTA, "PT404", 429, PT_OUTCOME_QUOTA, "Quota de l'État atteint",                  \
      "Attendre le délai indiqué par retry_in, ou réessayer plus tard.")                              \
    X(PT_ERR_STATE_SIZE, "PT405", 502, PT_OUTCOME_IMPOSSIBLE, "Réponse de l'État trop grande",        \
      "Demander la pièce à l'usager (CRPA L.114-10) et prévenir l'administrateur de Poterne.")        \
    X(PT_ERR_EXCHANGE_UNKNOWN, "PT500", 404, PT_OUTCOME_NONE, "Échange inconnu",                      \
      "Vérifier l'identifiant : seuls les échanges de ce client sont visibles.")                      \
    X(PT_ERR_RECEIPT_LATER, "PT501", 503, PT_OUTCOME_NONE, "Preuve pas encore prête",                 \
      "Redemander la preuve : elle attend le prochain scellé.")

enum pt_error {
#define X(name, code, http, outcome, title, advice) name,
    PT_ERRORS(X)
#undef X
        PT_ERROR_COUNT
};

struct pt_error_info {
    const char *code;
    uint16_t http;
    enum pt_outcome outcome;
    const char *title;
    const char *advice;
};
const struct pt_error_info *pt_error_info(enum pt_error error);

/* The optional members of one error. */
struct pt_error_detail {
    enum pt_error error;
    const char *source_kind; /* "parameter" or "header"; NULL: no source */
    pt_slice source;         /* its name, never its value */
    uint32_t retry_in;       /* seconds; 0: not known */
};
/** {"errors":[{code, title, detail, source?, meta:{outcome?, retry_in?}}]} appended to @body. */
void pt_error_body(const struct pt_error_detail *detail, struct pt_buf *body);
/** The whole of docs/errors.md. */
void pt_errors_document(struct pt_buf *out);

#endif /* POTERNE_GATEWAY_ERRORS_H */
