/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * inventory_int.h -- everything a configuration names that has a key or an end, read once for
 * show and for calendar. Private keys are never read. Private to pki/cli/.
 */
#ifndef PKI_CLI_INVENTORY_INT_H
#define PKI_CLI_INVENTORY_INT_H

#include "pki/cli/tool_int.h"
#include "poterne/pki/deadline.h"

/* In the order of gravity: the worst one stays. */
enum state {
    STATE_OK = 0,
    STATE_ELSEWHERE, /* not held here: nothing to judge */
    STATE_REVOKED,
    STATE_ENDING,
    STATE_REPLACE,
    STATE_EXPIRED, /* from here on something is wrong */
    STATE_REFUSED,
    STATE_OPEN,
    STATE_ABSENT,
    STATE_UNREADABLE,
    STATE_COUNT
};

struct row {
    const char *kind; /* stable word: "certificate", "authority", "crl", "key", "token"... */
    const char *name; /* stable: "server", "clients", an id of the configuration */
    const char *use;  /* French */
    const char *path;
    const char *key_path; /* of the private key; NULL: it has none, or none of ours */
    const char *algorithm;
    const char *reference; /* RGS-05 */
    uint32_t bits;         /* 0: the name says it */
    int64_t not_after;     /* seconds, 0: no end */
    int64_t replace;       /* seconds, 0: unknown */
    enum state state;
    enum pt_deadline deadline;
    bool unused; /* the configuration does not name it: its state condemns nothing */
    bool has_spki, has_sha256;
    uint8_t spki[32];
    uint8_t sha256[32];
};

struct inventory {
    struct row *rows;
    size_t n, max;
};

/** @return PT_E_NOMEM */
PT_RESULT inventory_collect(struct tool *tool, struct inventory *ret);
const char *state_text(enum state state); /* French */
const char *state_code(enum state state);
/** "file", "credential", "pkcs11", "elsewhere"; "" for what has no key. */
const char *row_held(const struct row *row);

/* For inventory_things.c. */
struct row *inventory_add(struct inventory *inv, const char *kind, const char *use,
                          const char *path);
void row_worsen(struct row *row, enum state state);
void row_judge_mode(struct row *row, const char *path);
void row_judge_dates(const struct tool *tool, struct row *row);
/** Certificate at row->path: facts, dates, policy. */
void row_read_certificate(const struct tool *tool, struct row *row);
/** Rows of GRCs, tokens, anchors and products. @return PT_E_NOMEM */
PT_RESULT inventory_things(struct tool *tool, struct inventory *inv);

#define INVENTORY_FIXED       8U   /* server and successor, authorities, list, keys of the log */
#define INVENTORY_CLIENTS_MAX 512U /* certificates in the folder of the GRCs */

#endif /* PKI_CLI_INVENTORY_INT_H */
