/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * run.c -- a run of poterne-pki: table of commands, opening, words for what went wrong.
 * Law: a message says what, where, and what to do; it never shows a key. Layer 1 (pki).
 */
#include "pki/cli/tool_int.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIRET_LEN 14U

static const struct pt_cli_command commands[] = {
    {"init", "[NOM...]", "crée les clés et certificats que la configuration nomme et qui manquent",
     command_init},
    {"show", "", "inventaire : usage, algorithme, échéances, empreintes", command_show},
    {"client", "NOM", "crée la clé et le certificat d'une GRC", command_client},
    {"revoke", "NOM|EMPREINTE", "révoque le certificat d'une GRC", command_revoke},
    {"renew", "[crl|server|client NOM]",
     "signe de nouveau la liste (chaque jour), ou prépare la suite d'un certificat", command_renew},
    {"csr", "", "clé et demande de certificat pour un prestataire RGS (PKCS#10)", command_csr},
    {"destroy", "USAGE|FICHIER", "détruit une clé privée et en dresse procès-verbal",
     command_destroy},
    {"calendar", "", "tout ce qui prend fin : certificats, jetons, habilitations, homologation",
     command_calendar},
    {"policy", "", "la politique cryptographique, avec ses dates et ses sources", command_policy},
    {"lint", "FICHIER", "un certificat contre son profil RGS : un verdict par règle", command_lint},
    {"verify", "FICHIER", "un cachet (CMS, XML, JWS, ASiC-E) ou un jeton d'horodatage : le verdict",
     command_verify},
    {"selftest", "", "la bibliothèque cryptographique donne-t-elle les réponses connues ?",
     command_selftest},
};

static const struct pt_cli_option options[] = {
    {"config", 'c', "FICHIER", "configuration de Poterne"},
    {"client", 0, "NOM", "init : crée aussi le certificat de cette GRC (plusieurs : NOM,NOM)"},
    {"name", 0, "HÔTE",
     "init, csr, renew server : nom de plus dans le certificat du serveur (HÔTE,HÔTE)"},
    {"out", 0, "DOSSIER", "où écrire ; sans -c : le dossier de l'IGC de la commune"},
    {"commune", 0, "NOM", "sans -c : nom de la commune (64 caractères au plus)"},
    {"siret", 0, "SIRET", "sans -c : SIRET de la commune"},
    {"profile", 0, "PROFIL", "lint, csr : cachet, auth-serveur, auth-client, tsu ou ocsp"},
    {"algorithm", 0, "ALGO", "csr : p-256 (défaut), p-384 ou rsa-3072"},
    {"cn", 0, "NOM", "csr : nom usuel (CN)"},
    {"switch", 0, NULL, "renew server, renew client : met le nouveau à la place de l'ancien"},
    {"reason", 0, "TEXTE", "destroy : pourquoi ; entre dans le procès-verbal"},
    {"at", 0, "DATE", "policy, lint, verify : le jour du verdict (défaut : maintenant)"},
    {"level", 0, "NIVEAU", "niveau RGS, '*', '**' ou '***' (défaut : lint aucun, verify '*')"},
    {"siren", 0, "SIREN", "lint : celui qu'on attend"},
    {"issuer", 0, "FICHIER", "lint : certificat de l'AC, pour comparer les identifiants de clé"},
    {"policies", 0, "OID,OID", "lint : politiques de certification admises à ce niveau"},
    {"both-purposes", 0, NULL, "lint : tolère serveur et client à la fois (services de l'État)"},
    {"format", 0, "FORMAT",
     "table (défaut), json ou csv (show, calendar, policy, lint) ; calendar : aussi ics"},
    {"content", 0, "FICHIER", "verify : le document que le cachet couvre, s'il est à part"},
    {"anchors", 0, "FICHIER", "verify : autorités de confiance des cachets (PEM)"},
    {"tsa-anchors", 0, "FICHIER",
     "verify : celles de l'horodatage (sans elle, aucun jeton n'est cru)"},
    {"crl", 0, "FICHIER", "verify : listes de révocation (PEM)"},
    {"json", 0, NULL, "verify : le verdict en JSON"},
};

static const struct pt_cli_program program = {
    .name = "poterne-pki",
    .summary = "Clés et certificats de la passerelle Poterne",
    .commands = commands,
    .ncommands = PT_COUNT(commands),
    .options = options,
    .noptions = PT_COUNT(options),
};

#define WORDS_MAX 64

/*
 * "--client A --client B" means both: the shared parser knows one value an option, and init takes
 * further names as arguments, so every --client after the first is dropped and its value stays.
 */
static int spread_clients(int argc, char **argv, char *out[static WORDS_MAX])
{
    int n = 0;
    bool seen = false;
    for (int i = 0; i < argc && n < WORDS_MAX - 1; i++) {
        const bool is_option = strcmp(argv[i], "--client") == 0;
        if (!is_option || !seen) {
            out[n++] = argv[i];
        }
        seen = seen || is_option;
    }
    out[n] = NULL;
    return n;
}

int pt_pki_main(int argc, char **argv, const struct pt_pki_env *env)
{
    char *words[WORDS_MAX];
    struct pt_pki_env copy = *env;
    if (argc >= WORDS_MAX) {
        (void)fputs("poterne-pki: trop d'arguments\n", stderr);
        return PT_EXIT_USAGE;
    }
    const int n = spread_clients(argc, argv, words);
    return pt_cli_main(&program, n, words, &copy);
}

/* --- words ----------------------------------------------------------------------------------- */

static const char *sentence(uint32_t code)
{
    static const struct {
        uint32_t code;
        const char *text;
    } texts[] = {
        {PT_E_EXISTS, "existe déjà et n'est jamais écrasé"},
        {PT_E_ABSENT, "n'existe pas"},
        {PT_E_DENIED, "refusé par la politique cryptographique (poterne-pki policy)"},
        {PT_E_SYNTAX, "contenu illisible ou nom mal formé"},
        {PT_E_FORGED, "clé et certificat ne vont pas ensemble"},
        {PT_E_LIMIT, "trop long"},
        {PT_E_NOMEM, "mémoire insuffisante"},
        {PT_E_CRYPTO, "opération cryptographique impossible"},
        {PT_E_FULL, "disque plein"},
    };
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        if (texts[i].code == code) {
            return texts[i].text;
        }
    }
    return "lecture ou écriture impossible";
}

pt_status tool_refuse(const struct tool *tool, const char *path, const char *why, pt_status st)
{
    (void)fprintf(tool->cli->err, "poterne-pki: %s : %s\n", path, why);
    return st;
}

/* What an operator meets, in his language; the C library's words for the rest. */
static const char *reason(uint32_t error)
{
    static const struct {
        uint32_t error;
        const char *text;
    } texts[] = {
        {EACCES, "accès refusé à cet utilisateur"},
        {EPERM, "opération interdite à cet utilisateur"},
        {EISDIR, "c'est un dossier, il faut un fichier"},
        {ENOTDIR, "un élément du chemin n'est pas un dossier"},
        {EROFS, "système de fichiers en lecture seule"},
    };
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        if (texts[i].error == error) {
            return texts[i].text;
        }
    }
    return NULL;
}

pt_status tool_fail(const struct tool *tool, const char *path, pt_status st)
{
    if (st.code == PT_E_IO && reason(st.aux) != NULL) {
        return tool_refuse(tool, path, reason(st.aux), st);
    }
    if (st.code == PT_E_IO && st.aux != 0U) {
        char text[128];
        return tool_refuse(tool, path, strerror_r((int)st.aux, text, sizeof(text)), st);
    }
    return tool_refuse(tool, path, sentence(st.code), st);
}

int tool_exit(pt_status st)
{
    switch (st.code) {
    case PT_OK:
        return PT_EXIT_OK;
    case PT_E_ARG:
        return PT_EXIT_USAGE;
    case PT_E_SCHEMA:
        return PT_EXIT_CONFIG;
    case PT_E_IO:
    case PT_E_DENIED:
        return PT_EXIT_PERMISSION;
    default:
        return PT_EXIT_NO;
    }
}

/* --- run ------------------------------------------------------------------------------------- */

static pt_status load_site(struct tool *tool)
{
    struct pt_buf report;
    pt_buf_init(&report, TOOL_TEXT_MAX);
    const pt_status st = tool->env->site(tool->env->ctx, tool->file, &report, &tool->site);
    (void)fwrite(report.ptr != NULL ? report.ptr : "", 1U, report.len, tool->cli->err);
    pt_buf_done(&report);
    if (!pt_ok(st)) {
        (void)tool_refuse(tool, tool->file, "configuration illisible ou incorrecte", st);
        return PT_FAIL_AUX(PT_E_SCHEMA, st.aux);
    }
    return PT_SUCCESS;
}

/* La Poste, alone, numbers its establishments so that the plain sum is a multiple of five. */
static bool siret_sum_ok(const char *siret)
{
    unsigned luhn = 0U;
    unsigned plain = 0U;
    for (size_t i = 0U; i < 14U; i++) {
        const unsigned digit = (unsigned)(siret[i] - '0');
        const unsigned twice = digit * 2U;
        plain += digit;
        luhn += i % 2U == 1U ? digit : twice / 10U + twice % 10U;
    }
    return luhn % 10U == 0U || (strncmp(siret, "356000000", 9U) == 0 && plain % 5U == 0U);
}

static bool siret_ok(const char *siret)
{
    return strlen(siret) == 14U && strspn(siret, "0123456789") == 14U && siret_sum_ok(siret);
}

PT_RESULT tool_identity(const struct tool *tool)
{
    if (!tool->standalone) {
        return PT_SUCCESS; /* the configuration was checked */
    }
    if (tool->site.commune[0] == '\0') {
        return tool_refuse(tool, "--commune", "il manque le nom de la commune", PT_FAIL(PT_E_ARG));
    }
    if (!pt_ca_text_ok(pt_slice_str(tool->site.commune))) {
        return tool_refuse(tool, "--commune", "64 caractères au plus, sans caractère de commande",
                           PT_FAIL(PT_E_ARG));
    }
    if (!siret_ok(tool->site.siret)) {
        return tool_refuse(tool, "--siret", "il manque un SIRET : 14 chiffres, clé vérifiée",
                           PT_FAIL(PT_E_ARG));
    }
    return PT_SUCCESS;
}

/* What --commune and --siret do not say, the folder's own authority does. */
static pt_status commune_of(const struct tool *tool, struct pt_pki_site *site)
{
    char siret[SIRET_LEN + 1U];
    struct pt_buf pem;
    struct pt_buf name;
    pt_slice kept[2] = {PT_SLICE_EMPTY, PT_SLICE_EMPTY};
    pt_buf_init(&pem, TOOL_TEXT_MAX);
    pt_buf_init(&name, TOOL_TEXT_MAX);
    pt_status st = pt_file_read(site->client_ca, &pem);
    const bool known =
        pt_ok(st) && pt_ok(pt_ca_commune(pt_buf_slice(&pem), &name, siret)) && name.len > 0U;
    st = known ? pt_arena_dup(tool->arena, pt_buf_slice(&name), &kept[0]) : PT_SUCCESS;
    if (known && pt_ok(st)) {
        st = pt_arena_dup(tool->arena, pt_slice_str(siret), &kept[1]);
    }
    pt_buf_done(&pem);
    pt_buf_done(&name);
    if (known && pt_ok(st)) {
        site->commune = site->commune[0] == '\0' ? kept[0].ptr : site->commune;
        site->siret = site->siret[0] == '\0' ? kept[1].ptr : site->siret;
    }
    return st;
}

/* Without a configuration: one folder, and the commune as the command line tells it. */
static pt_status folder_site(struct tool *tool, const char *out)
{
    const char *commune = pt_cli_get(tool->cli, "commune");
    const char *siret = pt_cli_get(tool->cli, "siret");
    tool->standalone = true;
    tool->file = out;
    tool->site = (struct pt_pki_site){.tls_certificate = tool_join(tool, out, "server.pem"),
                                      .tls_key = tool_join(tool, out, "server.key"),
                                      .client_ca = tool_join(tool, out, "clients-ca.pem"),
                                      .client_crl = tool_join(tool, out, "clients.crl"),
                                      .log_directory = "",
                                      .siret = siret != NULL ? siret : "",
                                      .commune = commune != NULL ? commune : "",
                                      .origin = ""};
    PT_ENSURE(tool->site.tls_certificate != NULL && tool->site.tls_key != NULL, PT_E_NOMEM);
    PT_ENSURE(tool->site.client_ca != NULL && tool->site.client_crl != NULL, PT_E_NOMEM);
    return commune_of(tool, &tool->site);
}

PT_RESULT tool_open(struct tool *tool, const struct pt_cli *cli, const struct pt_pki_env *env)
{
    *tool = (struct tool){.env = env, .cli = cli, .file = pt_cli_get(cli, "config"), .lock = -1};
    tool->now = (int64_t)(pt_clock_wall_ms(env->clock) / 1000U);
    const char *out = pt_cli_get(cli, "out");
    if (tool->file == NULL && (out == NULL || out[0] == '\0')) {
        (void)fprintf(cli->err, "poterne-pki: il manque -c FICHIER (ou --out DOSSIER, pour une IGC "
                                "sans configuration)\n");
        return PT_FAIL(PT_E_ARG);
    }
    PT_TRY(pt_arena_new(TOOL_ARENA_MAX, &tool->arena));
    return tool->file != NULL ? load_site(tool) : folder_site(tool, out);
}

void tool_close(struct tool *tool)
{
    tool->arena = pt_arena_free(tool->arena);
    if (tool->lock >= 0) {
        (void)close(tool->lock); /* and with it the lock */
    }
}

int tool_command(const struct pt_cli *cli, void *ctx, PT_RESULT (*work)(struct tool *tool))
{
    struct tool tool;
    pt_status st = tool_open(&tool, cli, (const struct pt_pki_env *)ctx);
    if (pt_ok(st)) {
        st = work(&tool);
    }
    tool_close(&tool);
    return tool_exit(st);
}
