/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * jcs_number.c -- RFC 8785 3.2.2.3: numbers as ECMAScript writes them.
 *
 * ECMA-262 asks for the fewest digits that read back as the same double, and among those the
 * nearest to it. printf with %.*e gives the nearest text of k digits, so the first k whose text
 * reads back is the one. snprintf and strtod follow the "C" locale's point in our programs,
 * which never call setlocale.
 * Layer 1 (schemas).
 */
#include "schemas/jcs_int.h"

#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX    17   /* of a double, always enough */
#define POINT_MAX     21   /* ECMA-262: from 1e21 on, an exponent is written */
#define POINT_MIN     (-5) /* ... and below 1e-6 */
#define EXPONENT_BASE 10

/* value = 0.d1d2d3... * 10^point */
struct digits {
    char text[DIGITS_MAX];
    int count;
    int point;
};

/* "d.ddde[+-]xx" into digits and exponent. */
static void split(const char *text, struct digits *d)
{
    d->count = 0;
    const char *c = text;
    for (; *c != '\0' && *c != 'e'; c++) {
        if (*c >= '0' && *c <= '9' && d->count < DIGITS_MAX) {
            d->text[d->count++] = *c;
        }
    }
    int exponent = 0;
    const bool negative = *c == 'e' && c[1] == '-';
    for (; *c != '\0'; c++) {
        if (*c >= '0' && *c <= '9') {
            exponent = exponent * EXPONENT_BASE + (*c - '0');
        }
    }
    d->point = (negative ? -exponent : exponent) + 1;
}

static void shortest(double number, struct digits *d)
{
    char text[PT_JCS_NUMBER_MAX];
    for (int precision = 0; precision < DIGITS_MAX; precision++) {
        (void)snprintf(text, sizeof(text), "%.*e", precision, number);
        const double back = strtod(text, NULL);
        if (!(back < number) && !(back > number)) {
            break;
        }
    }
    split(text, d);
}

static void put_zeros(struct pt_buf *out, int n)
{
    for (int i = 0; i < n; i++) {
        pt_buf_put_byte(out, '0');
    }
}

static void put_digits(struct pt_buf *out, const struct digits *d, int from, int to)
{
    pt_buf_put(out, pt_slice_of(d->text + from, (size_t)(to - from)));
}

static void put_exponent(struct pt_buf *out, const struct digits *d)
{
    const int exponent = d->point - 1;
    put_digits(out, d, 0, 1);
    if (d->count > 1) {
        pt_buf_put_byte(out, '.');
        put_digits(out, d, 1, d->count);
    }
    pt_buf_put_str(out, exponent < 0 ? "e-" : "e+");
    pt_buf_put_u64(out, (uint64_t)(exponent < 0 ? -exponent : exponent));
}

void pt_jcs_number(double number, struct pt_buf *out)
{
    /* -0 is written 0, and so compares equal here. */
    if (!(number < 0.0) && !(number > 0.0)) {
        pt_buf_put_byte(out, '0');
        return;
    }
    struct digits d;
    shortest(number < 0.0 ? -number : number, &d);
    if (number < 0.0) {
        pt_buf_put_byte(out, '-');
    }
    if (d.point > POINT_MAX || d.point < POINT_MIN) {
        put_exponent(out, &d);
    } else if (d.point >= d.count) {
        put_digits(out, &d, 0, d.count);
        put_zeros(out, d.point - d.count);
    } else if (d.point > 0) {
        put_digits(out, &d, 0, d.point);
        pt_buf_put_byte(out, '.');
        put_digits(out, &d, d.point, d.count);
    } else {
        pt_buf_put_str(out, "0.");
        put_zeros(out, -d.point);
        put_digits(out, &d, 0, d.count);
    }
}
