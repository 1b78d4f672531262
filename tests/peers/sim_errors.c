/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * sim_errors.c -- the State's error envelope, its texts, and the providers' code prefixes.
 */
#include "tests/peers/sim.h"

#include <stdio.h>
#include <string.h>

const char *const sim_json = "application/json; charset=utf-8";
const char *const sim_vnd_json = "application/vnd.api+json";

/* --- errors ---------------------------------------------------------------------------------- */

struct text {
    const char *code; /* whole code, or the three last characters after "XX" */
    const char *title;
    const char *detail;
    const char *parameter;
};

static const struct text texts[] = {
    {"00100", "Privilèges insuffisants",
     "Votre token est valide mais vos privilèges sont insuffisants", "token"},
    {"00101", "Interdit", "Votre token n'est pas valide ou n'est pas renseigné", "token"},
    {"00103", "Interdit", "Votre token est expiré", "token"},
    {"00201", "Entité non traitable", "Le paramètre context est obligatoire", "context"},
    {"00202", "Entité non traitable", "Le paramètre object est obligatoire", "object"},
    {"00203", "Entité non traitable", "Le paramètre recipient est obligatoire", "recipient"},
    {"00210", "Entité non traitable", "Le paramètre recipient n'est pas un siret valide",
     "recipient"},
    {"00015", "Conflit", "Une requête identique est déjà en cours de traitement", NULL},
    {"00402", "Version d'API non prise en charge",
     "La version demandée n'est pas supportée pour cet endpoint", NULL},
    {"00429", "Trop de requêtes", "Vous avez effectué trop de requêtes", NULL},
    {"00500", "Erreur interne", "Une erreur interne est survenue", NULL},
    {"000", "Erreur interne du fournisseur de données",
     "La réponse du fournisseur est une erreur interne", NULL},
    {"001", "Service non disponible",
     "Service du fournisseur de données temporairement indisponible", NULL},
    {"002", "Intermédiaire hors-délai",
     "Temps d'attente d'une réponse du fournisseur de données écoulé", NULL},
    {"003", "Entité non trouvée",
     "Le ou les paramètres d'entrée n'existent pas ou ne sont pas connus", NULL},
    {"005", "Indisponible pour des raisons légales",
     "Cette entité n'est accessible par aucun organisme", NULL},
    {"008", "Trop de requêtes auprès du fournisseur de données", "Réessayez plus tard", NULL},
    {"011", "Erreur temporaire du fournisseur de données",
     "Merci de réessayer dans quelques instants", NULL},
    {"020", "Maintenance du fournisseur de données", "Le fournisseur de données est en maintenance",
     NULL},
};

static const struct text *text_of(const char *code)
{
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        if (strcmp(texts[i].code, code) == 0 ||
            (strlen(code) == 5U && strcmp(texts[i].code, code + 2) == 0)) {
            return &texts[i];
        }
    }
    static const struct text other = {"", "Erreur", "Erreur simulée", NULL};
    return &other;
}

static void put_member(struct pt_buf *out, const char *name, const char *text)
{
    pt_buf_put_json(out, pt_slice_str(name));
    pt_buf_put_byte(out, ':');
    pt_buf_put_json(out, pt_slice_str(text));
}

void sim_errors_put(struct pt_buf *out, const char *code, const char *provider, uint64_t retry_in)
{
    const struct text *text = text_of(code);
    pt_buf_put_byte(out, '{');
    put_member(out, "code", code);
    pt_buf_put_byte(out, ',');
    put_member(out, "title", text->title);
    pt_buf_put_byte(out, ',');
    put_member(out, "detail", text->detail);
    if (text->parameter != NULL) {
        pt_buf_put_str(out, ",\"source\":{");
        put_member(out, "parameter", text->parameter);
        pt_buf_put_byte(out, '}');
    }
    pt_buf_put_str(out, ",\"meta\":{");
    if (provider != NULL) {
        put_member(out, "provider", provider);
    }
    if (retry_in > 0U) {
        pt_buf_put_str(out, provider != NULL ? ",\"retry_in\":" : "\"retry_in\":");
        pt_buf_put_u64(out, retry_in);
    }
    pt_buf_put_str(out, "}}");
}

void sim_errors_begin(struct sim_answer *answer, int status, const char *type)
{
    answer->status = status;
    answer->type = type;
    pt_buf_clear(&answer->own);
    pt_buf_put_str(&answer->own, "{\"errors\":[");
}

void sim_errors_end(struct sim_answer *answer)
{
    pt_buf_put_str(&answer->own, "]}");
    answer->body = pt_buf_slice(&answer->own);
}

void sim_error(struct sim_answer *answer, int status, const char *code, const char *provider,
               uint64_t retry_in)
{
    sim_errors_begin(answer, status, provider != NULL ? sim_vnd_json : sim_json);
    sim_errors_put(&answer->own, code, provider, retry_in);
    sim_errors_end(answer);
}

/* --- providers: the prefix of their codes, by the second segment of the path ----------------- */

struct provider {
    const char *segment;
    const char *prefix;
    const char *name;
};

static const struct provider *provider_of(const struct sim_route *route)
{
    static const struct provider providers[] = {
        {"insee", "01", "INSEE"},
        {"infogreffe", "02", "Infogreffe"},
        {"dgfip", "03", "DGFIP - Adélie"},
        {"urssaf", "04", "ACOSS"},
        {"inpi", "34", "INPI - RNE"},
        {"qualibat", "06", "Qualibat"},
        {"cnetp", "08", "CNETP"},
        {"probtp", "09", "ProBTP"},
        {"msa", "10", "MSA"},
        {"opqibi", "11", "OPQIBI"},
        {"fntp", "12", "FNTP"},
        {"fabrique_numerique_ministeres_sociaux", "14",
         "Fabrique numérique des Ministères Sociaux"},
        {"cma_france", "15", "CMA France"},
        {"douanes", "16", "DGDDI"},
        {"banque_de_france", "17", "Banque de France"},
        {"ademe", "19", "ADEME"},
        {"ministere_interieur", "21", "MI"},
        {"djepva", "29", "DJEPVA"},
        {"european_commission", "28", "Commission Européenne"},
        {"gip_mds", "31", "GIP-MDS"},
        {"qualifelec", "32", "Qualifelec"},
        {"carif_oref", "33", "CARIF-OREF"},
        {"cibtp", "38", "CIBTP"},
        {"data_subvention", "52", "DataSubvention"},
        {"dss", "37", "CNAV"},
        {"cnous", "26", "CNOUS"},
        {"men", "30", "MEN"},
        {"mesri", "25", "MESRI"},
    };
    static const struct provider unknown = {"", "00", "API"};
    for (size_t i = 0U; route != NULL && route->nsegments > 1U && i < PT_COUNT(providers); i++) {
        if (pt_slice_eq(route->segments[1], pt_slice_str(providers[i].segment))) {
            return &providers[i];
        }
    }
    return &unknown;
}

void sim_provider_error(struct sim_answer *answer, const struct sim_route *route, int status,
                        const char *code, uint64_t retry_in)
{
    const struct provider *provider = provider_of(route);
    char full[6];
    (void)snprintf(full, sizeof(full), "%s%s", strlen(code) == 3U ? provider->prefix : "", code);
    sim_error(answer, status, full, provider->name, retry_in);
}
