/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the files of gateway/config/ share. Private to them and to their tests.
 *
 * One load goes through: parse (yaml.c) -> unite the files (merge.c) -> type by the table
 * (shape.c, table.c, types.c) -> build the snapshot, resolving references (build.c) -> rules over
 * what was built (check.c) -> bytes of the files it names (files.c). Each stage reports and goes
 * on; a value that was reported is `bad` and no later stage speaks of it again.
 */
#ifndef POTERNE_CONFIG_INT_H
#define POTERNE_CONFIG_INT_H

#include "poterne/base/limits.h"
#include "poterne/gateway/config.h"

/* --- places and diagnoses (diag.c) --------------------------------------------------------------
 */

struct pt_mark {
    uint32_t file;   /* index of the file */
    uint32_t line;   /* from 1; 0: the file as a whole */
    uint32_t column; /* from 1, in characters */
    uint32_t width;  /* characters to underline, at least 1 */
    uint32_t last;   /* last line of the value */
};

struct pt_config_file {
    const char *path;
    struct pt_buf bytes;
};

enum pt_severity { PT_SEVERITY_ERROR = 0, PT_SEVERITY_WARNING };

struct pt_diagnosis {
    enum pt_severity severity;
    struct pt_mark mark;
    pt_slice message;
    pt_slice help; /* empty: none */
};

/* Lines that may hold a secret: never shown. */
struct pt_masked {
    struct pt_masked *next;
    struct pt_mark mark;
};

struct pt_diag {
    struct pt_arena *arena;
    const struct pt_config_file *files;
    struct pt_diagnosis *list; /* PT_CONFIG_ERRORS_MAX */
    size_t n;                  /* kept */
    uint32_t errors, warnings; /* counted */
    struct pt_masked *masked;
    uint32_t failed; /* enum pt_code: memory is out, the report is not complete */
};

PT_RESULT pt_diag_init(struct pt_diag *diag, struct pt_arena *arena);
/**
 * Parts come one after the other; each is cut, cleaned of control characters, and hidden when it
 * looks like a secret. Out of memory is remembered in diag->failed.
 */
struct pt_message {
    const pt_slice *parts;
    size_t n;
    pt_slice help;
};
void pt_diag_add(struct pt_diag *diag, enum pt_severity severity, const struct pt_mark *mark,
                 const struct pt_message *message);
void pt_diag_mask(struct pt_diag *diag, const struct pt_mark *mark);
/** "FILE:LINE:COL" of @mark as a part of a message. */
pt_slice pt_diag_place(struct pt_diag *diag, const struct pt_mark *mark);
/** "vouliez-vous dire « x » ?" or the empty slice. */
pt_slice pt_diag_suggest(struct pt_diag *diag, pt_slice text, const char *const *names, size_t n);
/** Sorted by place, then the count. */
void pt_diag_render(const struct pt_diag *diag, struct pt_buf *report);
/** True for a text that looks like a private key, a JWT, or a long random string. */
bool pt_looks_secret(pt_slice text);

#define PT_MESSAGE(help_, ...)                                                                     \
    (&(const struct pt_message){.parts = (const pt_slice[]){__VA_ARGS__},                          \
                                .n = sizeof((const pt_slice[]){__VA_ARGS__}) / sizeof(pt_slice),   \
                                .help = (help_)})
#define PT_REPORT(diag, mark, ...)                                                                 \
    pt_diag_add((diag), PT_SEVERITY_ERROR, (mark), PT_MESSAGE(PT_SLICE_EMPTY, __VA_ARGS__))
#define PT_REPORT_HELP(diag, mark, help, ...)                                                      \
    pt_diag_add((diag), PT_SEVERITY_ERROR, (mark), PT_MESSAGE((help), __VA_ARGS__))
#define PT_WARNING(diag, mark, ...)                                                                \
    pt_diag_add((diag), PT_SEVERITY_WARNING, (mark), PT_MESSAGE(PT_SLICE_EMPTY, __VA_ARGS__))

/* --- the tree (yaml.c) -------------------------------------------------------------------------
 */

enum pt_yaml_kind { PT_YAML_SCALAR = 0, PT_YAML_LIST, PT_YAML_MAP };

struct pt_row;

struct pt_yaml {
    enum pt_yaml_kind kind;
    bool plain;     /* scalar without quotes */
    bool bad;       /* reported: nobody looks at it, or below it, again */
    bool cut;       /* its file breaks off inside it: its kind proves nothing */
    uint32_t count; /* children */
    struct pt_mark mark;
    struct pt_mark key_mark; /* of its key, when it is the value of one */
    pt_slice key;
    const char *meant; /* unknown key: the one it was probably meant to be; NULL: none */
    pt_slice text;     /* scalar; NUL-terminated */
    struct pt_yaml *parent, *first, *last, *next;
    struct pt_yaml **index; /* children that count, by key (maps, after pt_yaml_index) */
    uint32_t nindex;
    const struct pt_row *row; /* what the table says of it (shape.c) */
    struct pt_yaml *queue;
    int64_t number; /* COUNT, BOOL, DATE, WORD (its position) */
};

struct pt_yaml_parse {
    struct pt_arena *arena;
    struct pt_diag *diag;
    uint32_t file;
    uint32_t nodes;       /* of all files so far */
    bool broken;          /* the file is not YAML of our profile: the tree stops there */
    struct pt_yaml *root; /* NULL when there is none */
};
/** @text is changed: tabs become spaces once they are reported. @return PT_E_NOMEM */
PT_RESULT pt_yaml_parse(struct pt_yaml_parse *parse, struct pt_buf *text);
struct pt_yaml *pt_yaml_new(struct pt_arena *arena, enum pt_yaml_kind kind,
                            const struct pt_mark *mark);
void pt_yaml_append(struct pt_yaml *parent, struct pt_yaml *child);
/** (Re)build the index of a map; the later one of two equal keys is reported and bad. */
PT_RESULT pt_yaml_index(struct pt_yaml *map, struct pt_arena *arena, struct pt_diag *diag);
/** The value of @key when it is there and not bad; @map may be NULL. */
const struct pt_yaml *pt_yaml_get(const struct pt_yaml *map, const char *key);
/** True when @key was written, be it wrongly spelled or with a wrong value. */
bool pt_yaml_has(const struct pt_yaml *map, const char *key);
/** Position of @key in the index of @map, or nindex. */
uint32_t pt_yaml_find(const struct pt_yaml *map, pt_slice key);
/** An empty plain scalar, `~` or `null`: nothing was written. */
bool pt_yaml_is_null(const struct pt_yaml *node);

/* --- the table (table.c, types.c, shape.c) ------------------------------------------------------
 */

enum pt_value {
    PT_V_SECTION = 0, /* fixed keys */
    PT_V_MAP,         /* free keys of kind `of`; rows of the entries are "path.*" */
    PT_V_LIST,        /* items of kind `of` */
    PT_V_TEXT,
    PT_V_ID,
    PT_V_SIRET,
    PT_V_EMAIL,
    PT_V_LISTEN,
    PT_V_PATH,
    PT_V_SECRET, /* the path of a secret file, or credential:NAME */
    PT_V_DATE,
    PT_V_COUNT,
    PT_V_BOOL,
    PT_V_WORD,
    PT_V_URL,
    PT_V_SHA256,
    PT_V_ORIGIN,
    PT_V_USER,
    PT_V_AGENT,
    PT_V_DATASET,
    PT_V_POINTER,
    PT_V_LAST
};

struct pt_row {
    const char *path; /* "habilitations.*.valid-from" */
    enum pt_value type;
    enum pt_value of; /* MAP: its keys; LIST: its items */
    bool required;
    bool reload;              /* SIGHUP brings a change into force; otherwise a restart */
    const char *fallback;     /* value when the key is absent; NULL: none */
    uint32_t min, max;        /* COUNT */
    const char *const *words; /* WORD, or items that are: ends with NULL */
    const char *help;         /* French, one line */
};

const struct pt_row *pt_table(size_t *ret_count);
const struct pt_row *pt_table_root(void);
/** The row of @key under @parent (or of any key, when @parent is a MAP); NULL when unknown. */
const struct pt_row *pt_table_child(const struct pt_row *parent, pt_slice key);
bool pt_table_is_child(const struct pt_row *row, const struct pt_row *parent);
/** The last segment of the path of a row. */
const char *pt_table_name(const struct pt_row *row);
bool pt_row_is_secret(const struct pt_row *row);

/* Words of the file, in the order of the enumerations they stand for. */
extern const char *const pt_words_mode[];    /* enum pt_legal_mode */
extern const char *const pt_words_channel[]; /* enum pt_channel */
/* Kinds of upstream and the api each serves; connectors/ says which of them work. */
struct pt_upstream_kind {
    const char *kind;
    const char *api;
};
extern const struct pt_upstream_kind pt_upstream_kinds[];
extern const char *const pt_words_level[]; /* enum pt_rgs_level, from its first on */
extern const char *const pt_words_kind[];
const char *pt_upstream_api(pt_slice kind); /* NULL when unknown */

/** @row gives bounds and words. *ret gets the number of COUNT, BOOL, DATE and WORD. */
bool pt_value_check(enum pt_value type, const struct pt_row *row, pt_slice text, int64_t *ret);
/** What is expected, French: "une date AAAA-MM-JJ". */
void pt_value_expected(enum pt_value type, const struct pt_row *row, struct pt_buf *out);
/** 64 hexadecimal digits, or 32 pairs with colons between. */
bool pt_fingerprint_parse(pt_slice text, uint8_t out[static 32]);

/**
 * Type the whole tree: unknown keys, missing keys (not when @partial), wrong values; defaults are
 * added as nodes. @return PT_E_NOMEM
 */
PT_RESULT pt_shape(struct pt_yaml *root, bool partial, struct pt_arena *arena,
                   struct pt_diag *diag);

/* --- one load (load.c, merge.c, build.c, check.c, files.c) --------------------------------------
 */

/* What a snapshot owns outside its arena. */
struct pt_config_own {
    struct pt_config config; /* first: the public pointer is this one */
    struct pt_arena *arena;
    struct pt_catalogue *catalogue;
    struct pt_owned *owned;
};
struct pt_owned {
    struct pt_owned *next;
    struct pt_mask *mask;
    struct pt_secret *secret;
};
PT_RESULT pt_config_own_mask(struct pt_config_own *own, struct pt_mask *mask);
PT_RESULT pt_config_own_secret(struct pt_config_own *own, struct pt_secret *secret);

struct pt_load {
    const struct pt_config_source *source;
    struct pt_arena *arena; /* the tree and the diagnoses: ends with the load */
    struct pt_diag diag;
    struct pt_config_file *files; /* PT_CONFIG_FILES_MAX */
    size_t nfiles;
    const char *folder;   /* of the main file: relative paths start there */
    struct pt_yaml *root; /* all files, united */
    bool partial;         /* a file is broken: absence proves nothing */
    bool no_datasets;     /* references to datasets are not checked */
    struct pt_config_own *own;
    const char **dataset_names; /* for suggestions; ndatasets of them */
    size_t ndatasets;
    /* The entries of the snapshot while they are filled, and their nodes, index by index. */
    struct pt_upstream *upstreams;
    struct pt_agent *agents;
    struct pt_habilitation *habilitations;
    struct pt_client *clients; /* by fingerprint */
    const struct pt_yaml **upstream_nodes;
    const struct pt_yaml **agent_nodes;
    const struct pt_yaml **habilitation_nodes;
    const struct pt_yaml **client_nodes;
};

PT_RESULT pt_load_merge(struct pt_load *load, struct pt_yaml *fragment);
PT_RESULT pt_load_catalogue(struct pt_load *load);
PT_RESULT pt_load_build(struct pt_load *load);
PT_RESULT pt_load_habilitations(struct pt_load *load); /* after upstreams and agents */
PT_RESULT pt_load_clients(struct pt_load *load);       /* after habilitations */
PT_RESULT pt_load_check(struct pt_load *load);
PT_RESULT pt_load_files(struct pt_load *load);

/** A copy of @text in the snapshot. */
PT_RESULT pt_load_keep(struct pt_load *load, pt_slice text, pt_slice *ret);

/* Which key of a section fills which member (a pt_slice) of a struct of the snapshot. */
struct pt_bind {
    const char *key;
    size_t offset;
    bool path; /* resolve with pt_load_path */
};
PT_RESULT pt_load_bind(struct pt_load *load, const struct pt_yaml *section,
                       const struct pt_bind *binds, size_t n, void *target);
/** The number of @key, or @otherwise when it is absent or bad. */
int64_t pt_load_number(const struct pt_yaml *section, const char *key, int64_t otherwise);
/**
 * The entries of section @name that count: their nodes in the order of their ids.
 * Empty (NULL, 0) when there is none.
 */
PT_RESULT pt_load_entries(struct pt_load *load, const char *name, const struct pt_yaml ***ret,
                          size_t *ret_n);
/** Zeroed snapshot memory for @n things of @size bytes. NULL for none at all. */
PT_RESULT pt_load_array(struct pt_load *load, size_t n, size_t size, void **ret);
/** @node names an entry of section @section that does not exist: say so, unless it was reported. */
void pt_load_unresolved(struct pt_load *load, const struct pt_yaml *node, const char *section,
                        const char *what);
/** The entry whose id (first member, a pt_slice) is @id in an array sorted by id, or NULL. */
const void *pt_load_find(const void *array, size_t n, size_t size, pt_slice id);

/** The path a value names: as it is, or below the folder of the main file. In the snapshot. */
PT_RESULT pt_load_path(struct pt_load *load, const struct pt_yaml *node, pt_slice *ret);

#endif /* POTERNE_CONFIG_INT_H */
