/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tool_int.h -- what the commands of poterne-pki share. A run owns one arena for its paths; a
 * failed step has already told the operator what, where and why when its status comes back.
 * Private to pki/cli/ and its tests.
 */
#ifndef PKI_CLI_TOOL_INT_H
#define PKI_CLI_TOOL_INT_H

#include "poterne/base/arena.h"
#include "poterne/base/cli.h"
#include "poterne/pki/ca.h"
#include "poterne/pki/tool.h"

#include <sys/types.h>

struct tool {
    const struct pt_pki_env *env;
    const struct pt_cli *cli;
    const char *file; /* the configuration, as given; the folder when there is none */
    bool standalone;  /* a folder of keys without a configuration */
    struct pt_pki_site site;
    struct pt_arena *arena;
    int64_t now; /* seconds, read once: everything made in one run has one date */
    int lock;    /* descriptor of the folder that tool_lock() holds; -1: none */
};

struct authority {
    const char *cert_path;
    const char *key_path;
    struct pt_buf pem;
    struct pt_key *key; /* NULL: the certificate is here, its key is kept elsewhere */
};

/* --- run.c: open, close, say ----------------------------------------------------------------- */
PT_RESULT tool_open(struct tool *tool, const struct pt_cli *cli, const struct pt_pki_env *env);
void tool_close(struct tool *tool);
/** Tell the operator about @path in French; hands @st back. */
pt_status tool_fail(const struct tool *tool, const char *path, pt_status st);
/** As above with a sentence of our own. */
pt_status tool_refuse(const struct tool *tool, const char *path, const char *why, pt_status st);
int tool_exit(pt_status st);
/** Open, run @work, close: the body of every command. */
int tool_command(const struct pt_cli *cli, void *ctx, PT_RESULT (*work)(struct tool *tool));
/** A commune and its SIRET are known, for what is about to be signed. @return PT_E_ARG */
PT_RESULT tool_identity(const struct tool *tool);
/**
 * Until the end of the run, no other run changes the keys and lists of this folder: a revocation is
 * read, changed, written, and of two at once one would be lost. Waits. The folder that is not there
 * yet needs no lock.
 */
PT_RESULT tool_lock(struct tool *tool);
static inline int32_t tool_days(const struct tool *tool)
{
    return (int32_t)(tool->now / 86400);
}

/* --- files.c: names and bytes ---------------------------------------------------------------- */
/** Strings in the arena; NULL when it is exhausted. */
const char *tool_join(struct tool *tool, const char *dir, const char *name);
const char *tool_dir(struct tool *tool, const char *path);
const char *tool_beside(struct tool *tool, const char *path, const char *name);
/** "x.pem" -> "x.key"; "x" -> "x.key". */
const char *tool_key_beside(struct tool *tool, const char *cert_path);
bool tool_exists(const char *path);
/** Create, never overwrite; takes the owner of the folder; prints the path. */
PT_RESULT tool_write(struct tool *tool, const char *path, pt_slice bytes, mode_t mode);
/** Replace a public file that is meant to change (a revocation list); prints the path. */
PT_RESULT tool_replace(struct tool *tool, const char *path, pt_slice bytes, mode_t mode);
PT_RESULT tool_mkdirs(struct tool *tool, const char *path, mode_t mode);
/** Rename @from over @to (same folder), durably; prints the path. */
PT_RESULT tool_rename(struct tool *tool, const char *from, const char *to);
/** A second name for @path in @dir (made 0700), so that a rename over @path loses nothing. */
PT_RESULT tool_keep_copy(struct tool *tool, const char *path, const char *copy);
void tool_kept(const struct tool *tool, const char *path);
PT_RESULT tool_read(struct tool *tool, const char *path, struct pt_buf *out);
PT_RESULT tool_key_load(struct tool *tool, const char *path, struct pt_key **ret_key);
/** Load @path, or generate and write it. */
PT_RESULT tool_key_ensure(struct tool *tool, const char *path, enum pt_key_kind kind,
                          struct pt_key **ret_key);

/* --- authority.c ----------------------------------------------------------------------------- */
/** Load or make. @name: common name of a new one. */
PT_RESULT authority_ensure(struct tool *tool, struct authority *a, const char *name);
PT_RESULT authority_load(struct tool *tool, struct authority *a);
void authority_done(struct authority *a);
PT_RESULT authority_issue(struct tool *tool, const struct authority *a,
                          struct pt_ca_request *request, const struct pt_key *key,
                          const char *path);
/**
 * A list over the one at client_crl, with one more certificate. A list that is not there is
 * refused: an empty one in its place would let back in whoever was revoked.
 */
PT_RESULT authority_list(struct tool *tool, const struct authority *a, pt_slice revoke);
/** The first list, empty. */
PT_RESULT authority_first_list(struct tool *tool, const struct authority *a);
/** That of the GRCs. Only init makes it: a folder that was mistyped must not become an authority.
 */
PT_RESULT client_authority(struct tool *tool, struct authority *a);
PT_RESULT client_authority_ensure(struct tool *tool, struct authority *a);

/* --- client.c --------------------------------------------------------------------------------- */
/** Folder of the GRCs' certificates; NULL when the arena is exhausted. */
const char *client_dir(struct tool *tool);
bool client_name_ok(const char *name);
/** As above, with words. @return PT_E_ARG */
PT_RESULT client_name_check(struct tool *tool, const char *name);
/** "NAME@suffix" in that folder. */
const char *client_path(struct tool *tool, const char *name, const char *suffix);
PT_RESULT client_announce(struct tool *tool, const char *name, const char *path, const char *key);

/* --- init.c ----------------------------------------------------------------------------------- */
struct names {
    pt_slice list[PT_SAN_MAX];
    size_t n;
};
void names_add(struct names *names, pt_slice name);
/** Asked for (--name), then those of the listeners; "localhost" when there is none. */
PT_RESULT server_names(struct tool *tool, struct names *names);
/** RGS_A4 v2.3: the common name of a server is one of the DNS names it answers to. */
pt_slice server_common_name(const struct names *names);
struct authority server_authority(struct tool *tool);

/* --- renew.c ---------------------------------------------------------------------------------- */
/* A certificate with its key, the pair that will follow them, and where old ones go. */
struct pair {
    const char *cert, *key;
    const char *next_cert, *next_key;
    const char *archive; /* folder */
    const char *label;   /* "server", "client-NAME": file name in the archive */
};
PT_RESULT pair_of_server(struct tool *tool, struct pair *ret);
/** Both files of the successor are there and belong together. */
bool pair_has_successor(struct tool *tool, const struct pair *pair);
/** The successor takes the place; *ret_old_key names the archived key. */
PT_RESULT pair_switch(struct tool *tool, const struct pair *pair, const char **ret_old_key);

/* --- the commands ---------------------------------------------------------------------------- */
PT_RESULT client_make(struct tool *tool, const struct authority *a, const char *name);
int command_init(const struct pt_cli *cli, void *ctx);
int command_show(const struct pt_cli *cli, void *ctx);
int command_client(const struct pt_cli *cli, void *ctx);
int command_revoke(const struct pt_cli *cli, void *ctx);
int command_renew(const struct pt_cli *cli, void *ctx);
int command_csr(const struct pt_cli *cli, void *ctx);
int command_destroy(const struct pt_cli *cli, void *ctx);
int command_calendar(const struct pt_cli *cli, void *ctx);
int command_policy(const struct pt_cli *cli, void *ctx);
int command_lint(const struct pt_cli *cli, void *ctx);
/** The day of --at (policy.c), @today without it; PT_E_SYNTAX after a message. */
PT_RESULT tool_day(const struct pt_cli *cli, int32_t today, int32_t *ret_day);
int command_verify(const struct pt_cli *cli, void *ctx);
int command_selftest(const struct pt_cli *cli, void *ctx);

#define TOOL_TEXT_MAX  65536U /* a certificate, a list, a report */
#define TOOL_ARENA_MAX 262144U

#endif /* PKI_CLI_TOOL_INT_H */
