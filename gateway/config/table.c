/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The one table of the configuration file: parser, errors, suggestions, defaults and
 * docs/configuration.md follow it. A parent stands before its children; "*" is any key of a map.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

const char *const pt_words_mode[] = {"demande", "proactif", NULL};
const char *const pt_words_channel[] = {"en-ligne", "guichet", "telephone", "courrier", NULL};

/* A new family of State APIs is a line in both lists; connectors/ says whether it works. */
const struct pt_upstream_kind pt_upstream_kinds[] = {
    {"api-entreprise", "entreprise"},
    {"api-particulier", "particulier"},
    {NULL, NULL},
};
const char *const pt_words_level[] = {"*", "**", "***", NULL};
const char *const pt_words_kind[] = {"api-entreprise", "api-particulier", NULL};

const char *pt_upstream_api(pt_slice kind)
{
    for (const struct pt_upstream_kind *k = pt_upstream_kinds; k->kind != NULL; k++) {
        if (pt_slice_eq(kind, pt_slice_str(k->kind))) {
            return k->api;
        }
    }
    return NULL;
}

#define SECTION .type = PT_V_SECTION
#define MAP_ID  .type = PT_V_MAP, .of = PT_V_ID
#define MUST    .required = true
#define RELOAD  .reload = true

static const struct pt_row rows[] = {
    {.path = "", SECTION, MUST, .help = "le fichier"},

    {.path = "commune", SECTION, MUST, .help = "qui demande : la commune"},
    {.path = "commune.siret",
     .type = PT_V_SIRET,
     MUST,
     .help = "SIRET de la commune (14 chiffres, clé vérifiée) ; destinataire de tout échange"},
    {.path = "commune.name", .type = PT_V_TEXT, MUST, .help = "nom de la commune"},
    {.path = "commune.dpo",
     .type = PT_V_EMAIL,
     .help = "adresse du délégué à la protection des données (RGPD art. 37)"},

    {.path = "listen",
     SECTION,
     MUST,
     .help = "adresses d'écoute ; une adresse absente est éteinte"},
    {.path = "listen.grc",
     .type = PT_V_LISTEN,
     MUST,
     .help = "pour les logiciels de la commune (certificat client obligatoire)"},
    {.path = "listen.identity",
     .type = PT_V_LISTEN,
     .help = "pour les navigateurs : FranceConnect, ProConnect"},
    {.path = "listen.console", .type = PT_V_LISTEN, .help = "pages du DPO et du RSSI"},
    {.path = "listen.metrics", .type = PT_V_LISTEN, .help = "mesures et état (Prometheus)"},

    {.path = "tls", SECTION, MUST, RELOAD, .help = "certificats de la porte"},
    {.path = "tls.certificate",
     .type = PT_V_PATH,
     MUST,
     RELOAD,
     .help = "certificat du serveur et sa chaîne (PEM)"},
    {.path = "tls.key",
     .type = PT_V_SECRET,
     MUST,
     RELOAD,
     .help = "sa clé privée (PEM, mode 0400)"},
    {.path = "tls.client-ca",
     .type = PT_V_PATH,
     MUST,
     RELOAD,
     .help = "autorité des certificats clients (PEM)"},
    {.path = "tls.client-crl",
     .type = PT_V_PATH,
     MUST,
     RELOAD,
     .help = "liste de révocation de cette autorité (PEM)"},
    {.path = "tls.client-level",
     .type = PT_V_WORD,
     RELOAD,
     .words = pt_words_level,
     .fallback = "*",
     .help = "niveau RGS des clients : durée d'une liste de révocation de 6 jours au plus (\"*\"), "
             "48 heures (\"**\") ou 36 heures (\"***\") ; entre guillemets"},
    {.path = "tls.client-crl-poll",
     .type = PT_V_COUNT,
     RELOAD,
     .fallback = "20",
     .min = 1U,
     .max = 60U,
     .help = "secondes entre deux lectures de la liste de révocation : une révocation prend effet "
             "dans ce délai, sans rechargement"},

    {.path = "log", SECTION, MUST, .help = "le journal des échanges"},
    {.path = "log.directory", .type = PT_V_PATH, MUST, .help = "dossier du journal"},
    {.path = "log.retention-months",
     .type = PT_V_COUNT,
     .fallback = "36",
     .min = 36U,
     .max = 36U,
     .help =
         "durée de conservation des traces : trente-six mois (CRPA R.114-9-7), ni plus ni moins"},
    {.path = "log.origin",
     .type = PT_V_ORIGIN,
     .help = "nom du journal dans ses scellés ; par défaut trace.<siret>/poterne"},
    {.path = "log.gateway",
     .type = PT_V_ID,
     .fallback = "poterne",
     .help = "nom court de cette passerelle dans les traces"},
    {.path = "log.reserve",
     .type = PT_V_COUNT,
     .fallback = "256",
     .min = 16U,
     .max = 1048576U,
     .help = "espace disque gardé libre, en Mio : au-dessous, les échanges s'arrêtent"},

    {.path = "process", SECTION, .help = "les processus"},
    {.path = "process.lanes",
     .type = PT_V_COUNT,
     .fallback = "0",
     .min = 0U,
     .max = PT_LANES_MAX,
     .help = "fils d'exécution de la porte ; 0 : un par cœur"},
    {.path = "process.gate-user",
     .type = PT_V_USER,
     .help = "utilisateur système de la porte (gate)"},
    {.path = "process.scribe-user",
     .type = PT_V_USER,
     .help = "utilisateur système du journal (scribe)"},

    {.path = "upstreams", MAP_ID, RELOAD, .help = "les API de l'État"},
    {.path = "upstreams.*", SECTION, RELOAD, .help = "une API de l'État"},
    {.path = "upstreams.*.kind",
     .type = PT_V_WORD,
     MUST,
     RELOAD,
     .words = pt_words_kind,
     .help = "famille de l'API"},
    {.path = "upstreams.*.url",
     .type = PT_V_URL,
     MUST,
     RELOAD,
     .help = "https://hôte[:port], sans chemin"},
    {.path = "upstreams.*.ca",
     .type = PT_V_PATH,
     RELOAD,
     .help = "autorités admises pour ce serveur (PEM) ; par défaut celles du système"},
    {.path = "upstreams.*.crl",
     .type = PT_V_PATH,
     RELOAD,
     .help =
         "listes de révocation de ces autorités (PEM, une par autorité de la chaîne, 6 jours au "
         "plus) ; absente : la révocation de ce serveur n'est pas vérifiée par liste"},
    {.path = "upstreams.*.ocsp-stapling",
     .type = PT_V_BOOL,
     .fallback = "false",
     RELOAD,
     .help =
         "true : ce serveur doit joindre une réponse OCSP valide (agrafage), sinon il n'est pas "
         "appelé"},

    {.path = "clients", MAP_ID, RELOAD, .help = "les logiciels qui peuvent appeler"},
    {.path = "clients.*", SECTION, RELOAD, .help = "un logiciel, connu par son certificat"},
    {.path = "clients.*.certificate-sha256",
     .type = PT_V_SHA256,
     MUST,
     RELOAD,
     .help = "empreinte SHA-256 de son certificat (64 chiffres hexadécimaux, « : » admis)"},
    {.path = "clients.*.habilitations",
     .type = PT_V_LIST,
     .of = PT_V_ID,
     MUST,
     RELOAD,
     .help = "ce qu'il peut demander"},

    {.path = "agents", MAP_ID, RELOAD, .help = "les agents habilités (CRPA R.114-9-6)"},
    {.path = "agents.*", SECTION, RELOAD, .help = "un agent, par son identifiant interne"},
    {.path = "agents.*.service", .type = PT_V_TEXT, MUST, RELOAD, .help = "son service"},
    {.path = "agents.*.granted-by", .type = PT_V_TEXT, MUST, RELOAD, .help = "qui l'a habilité"},
    {.path = "agents.*.valid-from", .type = PT_V_DATE, RELOAD, .help = "premier jour"},
    {.path = "agents.*.valid-until", .type = PT_V_DATE, RELOAD, .help = "dernier jour compris"},

    {.path = "habilitations",
     MAP_ID,
     RELOAD,
     .help = "ce qui est permis ; tout le reste est refusé"},
    {.path = "habilitations.*", SECTION, RELOAD, .help = "une habilitation"},
    {.path = "habilitations.*.procedure", .type = PT_V_ID, MUST, RELOAD, .help = "la démarche"},
    {.path = "habilitations.*.title",
     .type = PT_V_TEXT,
     MUST,
     RELOAD,
     .help = "son nom, pour les personnes"},
    {.path = "habilitations.*.legal-mode",
     .type = PT_V_WORD,
     MUST,
     RELOAD,
     .words = pt_words_mode,
     .help = "demande (CRPA L.114-8 I) ou proactif (L.114-8 II)"},
    {.path = "habilitations.*.legal-basis",
     .type = PT_V_TEXT,
     MUST,
     RELOAD,
     .help = "le texte qui la fonde"},
    {.path = "habilitations.*.datapass",
     .type = PT_V_TEXT,
     RELOAD,
     .help = "numéro de l'habilitation DataPass"},
    {.path = "habilitations.*.valid-from", .type = PT_V_DATE, MUST, RELOAD, .help = "premier jour"},
    {.path = "habilitations.*.valid-until",
     .type = PT_V_DATE,
     MUST,
     RELOAD,
     .help = "dernier jour compris"},
    {.path = "habilitations.*.agents",
     .type = PT_V_LIST,
     .of = PT_V_AGENT,
     RELOAD,
     .help = "agents qui peuvent agir ; service:<id> est l'agent automatique"},
    {.path = "habilitations.*.channels",
     .type = PT_V_LIST,
     .of = PT_V_WORD,
     RELOAD,
     .words = pt_words_channel,
     .help = "canaux admis ; par défaut tous"},
    {.path = "habilitations.*.case-required",
     .type = PT_V_BOOL,
     .fallback = "false",
     RELOAD,
     .help = "true : chaque appel porte un numéro de dossier"},
    {.path = "habilitations.*.upstream", .type = PT_V_ID, MUST, RELOAD, .help = "l'API appelée"},
    {.path = "habilitations.*.token-file",
     .type = PT_V_SECRET,
     MUST,
     RELOAD,
     .help = "fichier du jeton (mode 0400) ou credential:NOM ; un jeton par démarche"},
    {.path = "habilitations.*.context",
     .type = PT_V_TEXT,
     RELOAD,
     .help = "cadre de la demande, transmis à l'État (API Entreprise : obligatoire)"},
    {.path = "habilitations.*.object",
     .type = PT_V_TEXT,
     RELOAD,
     .help = "motif transmis à l'État (API Entreprise : obligatoire, moins de 50 caractères)"},
    {.path = "habilitations.*.datasets",
     .type = PT_V_MAP,
     .of = PT_V_DATASET,
     MUST,
     RELOAD,
     .help = "jeux de données permis"},
    {.path = "habilitations.*.datasets.*", SECTION, RELOAD, .help = "un jeu de données"},
    {.path = "habilitations.*.datasets.*.fields",
     .type = PT_V_LIST,
     .of = PT_V_POINTER,
     MUST,
     RELOAD,
     .help = "champs transmis (JSON Pointer, « * » : chaque élément d'un tableau)"},
};

const struct pt_row *pt_table(size_t *ret_count)
{
    *ret_count = PT_COUNT(rows);
    return rows;
}

const struct pt_row *pt_table_root(void)
{
    return &rows[0];
}

/* What stands after the path of @parent and its dot, when @row is below it. */
static const char *below(const struct pt_row *row, const struct pt_row *parent)
{
    const size_t n = strlen(parent->path);
    if (n == 0U) {
        return row->path;
    }
    const bool under = strncmp(row->path, parent->path, n) == 0 && row->path[n] == '.';
    return under ? row->path + n + 1U : "";
}

bool pt_table_is_child(const struct pt_row *row, const struct pt_row *parent)
{
    const char *rest = below(row, parent);
    return rest[0] != '\0' && strchr(rest, '.') == NULL;
}

const char *pt_table_name(const struct pt_row *row)
{
    const char *dot = strrchr(row->path, '.');
    return dot != NULL ? dot + 1U : row->path;
}

const struct pt_row *pt_table_child(const struct pt_row *parent, pt_slice key)
{
    for (size_t i = 0U; i < PT_COUNT(rows); i++) {
        if (pt_table_is_child(&rows[i], parent)) {
            const char *name = pt_table_name(&rows[i]);
            if (parent->type == PT_V_MAP || pt_slice_eq(key, pt_slice_str(name))) {
                return &rows[i];
            }
        }
    }
    return NULL;
}

bool pt_row_is_secret(const struct pt_row *row)
{
    return row->type == PT_V_SECRET;
}
