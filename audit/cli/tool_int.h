/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tool_int.h -- what the commands of poterne-audit share. Private to audit/cli/.
 */
#ifndef AUDIT_CLI_TOOL_INT_H
#define AUDIT_CLI_TOOL_INT_H

#include "poterne/audit/service.h"
#include "poterne/audit/tool.h"
#include "poterne/base/cli.h"
#include "poterne/base/file.h"

/* One run: where the log is, and who answers. */
struct tool {
    const struct pt_cli *cli;
    char dir[PT_PATH_MAX];
    bool copy;                  /* --log: alone on the directory */
    struct pt_archive *archive; /* copy: opened when first asked */
    int fd;                     /* else the scribe's socket, -1 until connected */
};

/* What an answer brings. */
struct ask {
    uint8_t op;
    pt_slice text; /* of the question */
    PT_RESULT (*row)(void *ctx, pt_slice json);
    PT_RESULT (*note)(void *ctx, pt_slice text); /* PT_MSG_TEXT */
    void *ctx;
    pt_status end; /* what PT_MSG_END said */
    uint64_t next;
    uint64_t rows;
    bool ended;
};

/* --- ask.c ----------------------------------------------------------------------------------- */
/** The scribe, or the copy, is ready to be asked; else a message and its exit code. */
int tool_ready(struct tool *tool);
/** Ask and hand over what comes; says what went wrong. @return an exit code */
int tool_ask(struct tool *tool, struct ask *ask);
/** Tell the scribe of a reading done on the files; when nobody traces it, say so. */
void tool_note(struct tool *tool, const char *what);
/** 32 bytes of keys/kek when the reader may read them; @kek stays empty otherwise. */
void tool_kek(const struct tool *tool, struct pt_buf *kek);
void tool_close(struct tool *tool);

/* --- say.c: French, on stderr ---------------------------------------------------------------- */
void tool_say(const struct pt_cli *cli, const char *what, const char *about);
int tool_fail(const struct pt_cli *cli, pt_status st);
/** "done/total" as a bar, on a terminal only; @ctx is the tool. */
void tool_progress(void *ctx, uint64_t done, uint64_t total);
void tool_progress_end(const struct pt_cli *cli);

/* --- commands --------------------------------------------------------------------------------- */
int tool_list(struct tool *tool);
int tool_show(struct tool *tool);
int tool_prove(struct tool *tool);
int tool_stats(struct tool *tool);
int tool_verify(struct tool *tool);
int tool_checkpoint(struct tool *tool);
int tool_export(struct tool *tool);

/** "seq=12" or "exchange=…" for the one argument of the command, into @text. @return PT_E_SYNTAX */
PT_RESULT tool_which(const struct pt_cli *cli, struct pt_buf *text);

/* --- member.c: our own flat JSON ---------------------------------------------------------------
 */
/** The raw value of member @key of the object @json; empty when it is not there. */
pt_slice member(pt_slice json, const char *key);
/** A raw value as a person reads it: strings without quotes and escapes, null as nothing, arrays
 *  with spaces between their strings. Appended to @out. */
void member_plain(pt_slice value, struct pt_buf *out);

#endif /* AUDIT_CLI_TOOL_INT_H */
