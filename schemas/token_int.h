/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * token_int.h -- strict JSON tokens (RFC 8259), one at a time, on borrowed bytes.
 *
 * A scan is a cursor and the first fault met. Every function that can fail returns false after
 * it has noted the fault; the cursor then stands on the byte that is wrong. Nothing is decoded
 * or copied: a token is the bytes between two positions of the cursor.
 * Private to layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_TOKEN_INT_H
#define POTERNE_SCHEMAS_TOKEN_INT_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

struct pt_scan {
    const char *begin;
    const char *at;
    const char *end;
    pt_status status; /* first fault; ok until then */
};

/* The inside of a string token that pt_scan_string() has accepted. */
struct pt_text {
    const char *ptr; /* after the opening quote */
    uint32_t len;    /* bytes as spelled, quotes excluded */
    bool escaped;    /* holds at least one reverse solidus */
};

void pt_scan_init(struct pt_scan *scan, pt_slice json);
/** Notes the fault at @at and returns false, so that a caller writes: return pt_scan_fail(...); */
bool pt_scan_fail(struct pt_scan *scan, pt_status status, const char *at);

/** A string whose opening quote is under the cursor (RFC 8259 7; UTF-8 by RFC 3629 4). */
bool pt_scan_string(struct pt_scan *scan, struct pt_text *ret_text);
/**
 * A number (RFC 8259 6). *ret_integer tells whether its fractional part is zero, whatever its
 * spelling (1.0 and 1e2 are; JSON Schema 2020-12 core 4.2.3).
 */
bool pt_scan_number(struct pt_scan *scan, bool *ret_integer);
/** true, false or null, all letters of @word from the cursor on. */
bool pt_scan_word(struct pt_scan *scan, pt_slice word);

/** Byte order of the names two texts stand for: "\u0061" is "a". */
int pt_text_cmp(const struct pt_text *a, const struct pt_text *b);

static inline void pt_scan_space(struct pt_scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t')) {
        scan->at++;
    }
}

/** Skip white space and look at the next byte without taking it; NUL, which starts no token,
 * at the end. */
static inline char pt_scan_peek(struct pt_scan *scan)
{
    pt_scan_space(scan);
    return scan->at < scan->end ? *scan->at : '\0';
}

/** Skip white space and take @byte when it comes next. */
static inline bool pt_scan_take(struct pt_scan *scan, char byte)
{
    if (pt_scan_peek(scan) != byte) {
        return false;
    }
    scan->at++;
    return true;
}

#endif /* POTERNE_SCHEMAS_TOKEN_INT_H */
