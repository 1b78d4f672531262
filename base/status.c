/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The names and texts of the status codes, both from the one table in status.h, and the last
 * words of a process whose invariant broke. Layer 0 (base).
 */
#include "poterne/base/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct code_row {
    uint32_t code;
    const char *name;
    const char *text;
};

static const struct code_row CODES[] = {
#define X(name, value, text) {value, #name, text},
    PT_CODES(X)
#undef X
};

static const struct code_row *find(uint32_t code)
{
    for (size_t i = 0U; i < PT_COUNT(CODES); i++) {
        if (CODES[i].code == code) {
            return &CODES[i];
        }
    }
    return NULL;
}

const char *pt_code_name(uint32_t code)
{
    const struct code_row *row = find(code);
    return row != NULL ? row->name : "PT_E_UNKNOWN";
}

const char *pt_code_text(uint32_t code)
{
    const struct code_row *row = find(code);
    return row != NULL ? row->text : "unknown status code";
}

/* No stdio: its locks and buffers belong to the state that is in doubt. */
static void say(const char *text)
{
    const ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

_Noreturn void pt_bug(const char *where)
{
    say("poterne: broken invariant at ");
    say(where);
    say("\n");
    abort();
}
