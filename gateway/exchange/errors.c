/* SPDX-License-Identifier: EUPL-1.2 */
/* Poterne's own errors: the table, the envelope, the document. */
#include "gateway/exchange/errors.h"

const struct pt_error_info *pt_error_info(enum pt_error error)
{
    static const struct pt_error_info table[] = {
#define X(name, code, http, outcome, title, advice) {code, http, outcome, title, advice},
        PT_ERRORS(X)
#undef X
    };
    PT_BUG_ON((unsigned)error >= (unsigned)PT_ERROR_COUNT);
    return &table[error];
}

static void put_source(const struct pt_error_detail *detail, struct pt_buf *body)
{
    if (detail->source_kind == NULL) {
        return;
    }
    pt_buf_put_str(body, ",\"source\":{");
    pt_buf_put_json(body, pt_slice_str(detail->source_kind));
    pt_buf_put_byte(body, ':');
    pt_buf_put_json(body, detail->source);
    pt_buf_put_byte(body, '}');
}

static void put_meta(const struct pt_error_info *info, uint32_t retry_in, struct pt_buf *body)
{
    pt_buf_put_str(body, ",\"meta\":{");
    if (info->outcome != PT_OUTCOME_NONE) {
        pt_buf_put_str(body, "\"outcome\":");
        pt_buf_put_json(body, pt_slice_str(pt_outcome_name(info->outcome)));
    }
    if (retry_in != 0U) {
        pt_buf_put_str(body, info->outcome != PT_OUTCOME_NONE ? ",\"retry_in\":" : "\"retry_in\":");
        pt_buf_put_u64(body, retry_in);
    }
    pt_buf_put_byte(body, '}');
}

void pt_error_body(const struct pt_error_detail *detail, struct pt_buf *body)
{
    const struct pt_error_info *info = pt_error_info(detail->error);
    pt_buf_put_str(body, "{\"errors\":[{\"code\":");
    pt_buf_put_json(body, pt_slice_str(info->code));
    pt_buf_put_str(body, ",\"title\":");
    pt_buf_put_json(body, pt_slice_str(info->title));
    pt_buf_put_str(body, ",\"detail\":");
    pt_buf_put_json(body, pt_slice_str(info->advice));
    put_source(detail, body);
    put_meta(info, detail->retry_in, body);
    pt_buf_put_str(body, "}]}");
}

static void put_row(const struct pt_error_info *info, struct pt_buf *out)
{
    pt_buf_put_str(out, "| `");
    pt_buf_put_str(out, info->code);
    pt_buf_put_str(out, "` | ");
    pt_buf_put_u64(out, info->http);
    pt_buf_put_str(out, " | `");
    pt_buf_put_str(out, pt_outcome_name(info->outcome));
    pt_buf_put_str(out, "` | ");
    pt_buf_put_str(out, info->title);
    pt_buf_put_str(out, " | ");
    pt_buf_put_str(out, info->advice);
    pt_buf_put_str(out, " |\n");
}

void pt_errors_document(struct pt_buf *out)
{
    pt_buf_put_str(
        out,
        "# Codes d'erreur de Poterne\n\n"
        "Page produite par `poterned --errors` à partir de la table "
        "`gateway/exchange/errors.h`.\n\n"
        "Une erreur de Poterne a la même enveloppe qu'une erreur de l'État : "
        "`{\"errors\":[{\"code\",\"title\",\"detail\",\"source\"?,\"meta\"}]}`, en "
        "`application/json`. Les erreurs de l'État gardent leur code et leur statut HTTP ; Poterne "
        "y ajoute `meta.outcome`. L'en-tête `Poterne-Outcome` dit l'issue dans tous les cas.\n\n"
        "| issue | sens | ce que fait la GRC |\n|---|---|---|\n"
        "| `delivered` | la donnée habilitée est là | la traiter |\n"
        "| `not-found` | l'administration interrogée ne connaît pas | ne pas en conclure un refus "
        "de "
        "droit ; demander la pièce si besoin |\n"
        "| `refused` | échange non habilité, ou jeton refusé par l'État | ne pas réessayer, "
        "prévenir "
        "l'administrateur |\n"
        "| `invalid` | requête fausse | la corriger |\n"
        "| `impossible` | panne ou impossibilité | demander la pièce à l'usager (CRPA L.114-10), "
        "ne "
        "jamais rejeter sa demande |\n"
        "| `quota` | trop de requêtes | attendre `retry_in` secondes |\n\n"
        "| code | HTTP | issue | titre | que faire |\n|---|---|---|---|---|\n");
    for (unsigned i = 0U; i < (unsigned)PT_ERROR_COUNT; i++) {
        put_row(pt_error_info((enum pt_error)i), out);
    }
}
