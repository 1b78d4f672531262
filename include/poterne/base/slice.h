/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * slice.h -- a view on bytes somebody else owns. Passed by value, never freed.
 * Layer 0 (base).
 */
#ifndef POTERNE_BASE_SLICE_H
#define POTERNE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct pt_slice {
    const char *ptr; /* may be NULL only when len == 0 */
    size_t len;      /* no terminating NUL is implied */
} pt_slice;

/* For static tables: PT_SLICE_INIT("text"); as a value: PT_SLICE("text"). */
#define PT_SLICE_INIT(literal)                                                                     \
    {                                                                                              \
        .ptr = ("" literal), .len = sizeof(literal) - 1U                                           \
    }
#define PT_SLICE(literal) ((pt_slice)PT_SLICE_INIT(literal))
#define PT_SLICE_EMPTY    ((pt_slice){.ptr = (const char *)0, .len = 0U})

static inline pt_slice pt_slice_of(const void *ptr, size_t len)
{
    return (pt_slice){.ptr = (const char *)ptr, .len = len};
}

/** View of a NUL-terminated string; NULL gives the empty slice. */
static inline pt_slice pt_slice_str(const char *text)
{
    return (pt_slice){.ptr = text, .len = text != NULL ? strlen(text) : 0U};
}

static inline bool pt_slice_eq(pt_slice a, pt_slice b)
{
    return a.len == b.len && (a.len == 0U || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool pt_slice_starts(pt_slice s, pt_slice prefix)
{
    return s.len >= prefix.len && (prefix.len == 0U || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/** The bytes from @at on; empty when @at is past the end. */
static inline pt_slice pt_slice_from(pt_slice s, size_t at)
{
    return at >= s.len ? PT_SLICE_EMPTY : (pt_slice){.ptr = s.ptr + at, .len = s.len - at};
}

/** The first @n bytes, or all of them when there are fewer. */
static inline pt_slice pt_slice_head(pt_slice s, size_t n)
{
    return (pt_slice){.ptr = s.ptr, .len = s.len < n ? s.len : n};
}

/** ASCII case-insensitive equality (HTTP field names and tokens). */
bool pt_slice_eq_nocase(pt_slice a, pt_slice b);
/** Index of the first @byte, or s.len when there is none. */
size_t pt_slice_find(pt_slice s, char byte);
/** Cut @s at the first @byte: what stands before is returned, *@s keeps what follows. */
pt_slice pt_slice_cut(pt_slice *s, char byte);
/** memcmp order, shorter first on a tie. */
int pt_slice_cmp(pt_slice a, pt_slice b);

#endif /* POTERNE_BASE_SLICE_H */
