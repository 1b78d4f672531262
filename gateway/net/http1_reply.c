/* SPDX-License-Identifier: EUPL-1.2 */
/* http1_reply.c -- answers as bytes (contract: poterne/gateway/http1_reply.h). Everything is
 * checked before the first byte is written. Layer: gateway. */
#include "poterne/gateway/http1_reply.h"

#include "gateway/net/http1_int.h"
#include "poterne/base/clock.h"

struct phrase {
    uint16_t status;
    const char *text;
};
static const struct phrase phrases[] = {
    {200U, "OK"},
    {201U, "Created"},
    {202U, "Accepted"},
    {204U, "No Content"},
    {302U, "Found"},
    {303U, "See Other"},
    {304U, "Not Modified"},
    {400U, "Bad Request"},
    {401U, "Unauthorized"},
    {403U, "Forbidden"},
    {404U, "Not Found"},
    {405U, "Method Not Allowed"},
    {408U, "Request Timeout"},
    {409U, "Conflict"},
    {410U, "Gone"},
    {411U, "Length Required"},
    {413U, "Content Too Large"},
    {414U, "URI Too Long"},
    {415U, "Unsupported Media Type"},
    {417U, "Expectation Failed"},
    {421U, "Misdirected Request"},
    {422U, "Unprocessable Content"},
    {429U, "Too Many Requests"},
    {431U, "Request Header Fields Too Large"},
    {451U, "Unavailable For Legal Reasons"},
    {500U, "Internal Server Error"},
    {501U, "Not Implemented"},
    {502U, "Bad Gateway"},
    {503U, "Service Unavailable"},
    {504U, "Gateway Timeout"},
    {505U, "HTTP Version Not Supported"},
};

const char *pt_http1_phrase(uint16_t status)
{
    for (size_t i = 0U; i < PT_COUNT(phrases); i++) {
        if (phrases[i].status == status) {
            return phrases[i].text;
        }
    }
    return "";
}

static bool owned_by_writer(pt_slice name)
{
    static const pt_slice owned[] = {
        PT_SLICE_INIT("content-length"), PT_SLICE_INIT("transfer-encoding"),
        PT_SLICE_INIT("connection"),     PT_SLICE_INIT("date"),
        PT_SLICE_INIT("trailer"),        PT_SLICE_INIT("upgrade"),
    };
    for (size_t i = 0U; i < PT_COUNT(owned); i++) {
        if (pt_slice_eq_nocase(name, owned[i])) {
            return true;
        }
    }
    return false;
}

static bool all_of(pt_slice s, unsigned mask)
{
    for (size_t i = 0U; i < s.len; i++) {
        if (!pt_h1_is(s.ptr[i], mask)) {
            return false;
        }
    }
    return true;
}

static PT_RESULT check(const struct pt_http1_reply *reply)
{
    PT_ENSURE(reply->status >= 200U && reply->status <= 599U, PT_E_ARG);
    PT_ENSURE((reply->status != 204U && reply->status != 304U) || reply->body.len == 0U, PT_E_ARG);
    PT_ENSURE(reply->date.len == 0U || reply->date.len == PT_HTTP_DATE_LEN, PT_E_ARG);
    for (size_t i = 0U; i < reply->header_count; i++) {
        const struct pt_http_header *const h = &reply->headers[i];
        PT_ENSURE(h->name.len != 0U && all_of(h->name, PT_H1_TOKEN), PT_E_ARG);
        PT_ENSURE(!owned_by_writer(h->name) && all_of(h->value, PT_H1_FIELD), PT_E_ARG);
    }
    return PT_SUCCESS;
}

static void put_field(struct pt_buf *out, pt_slice name, pt_slice value)
{
    pt_buf_put(out, name);
    pt_buf_put(out, PT_SLICE(": "));
    pt_buf_put(out, value);
    pt_buf_put(out, PT_SLICE("\r\n"));
}

static void put_head(const struct pt_http1_reply *reply, struct pt_buf *out)
{
    pt_buf_put(out, PT_SLICE("HTTP/1.1 "));
    pt_buf_put_u64(out, reply->status);
    pt_buf_put_byte(out, ' ');
    pt_buf_put_str(out, pt_http1_phrase(reply->status));
    pt_buf_put(out, PT_SLICE("\r\n"));
    if (reply->date.len != 0U) {
        put_field(out, PT_SLICE("Date"), reply->date);
    }
    for (size_t i = 0U; i < reply->header_count; i++) {
        put_field(out, reply->headers[i].name, reply->headers[i].value);
    }
    if (reply->status != 204U && reply->status != 304U) {
        pt_buf_put(out, PT_SLICE("Content-Length: "));
        pt_buf_put_u64(out, reply->body.len);
        pt_buf_put(out, PT_SLICE("\r\n"));
    }
    if (!reply->keep_alive) {
        pt_buf_put(out, PT_SLICE("Connection: close\r\n"));
    }
    pt_buf_put(out, PT_SLICE("\r\n"));
}

PT_RESULT pt_http1_reply_write(const struct pt_http1_reply *reply, struct pt_buf *out)
{
    PT_ENSURE(reply != NULL && out != NULL, PT_E_ARG);
    PT_TRY(check(reply));
    put_head(reply, out);
    if (!reply->head_only) {
        pt_buf_put(out, reply->body);
    }
    return pt_buf_status(out);
}

static void two_digits(uint64_t n, char *out)
{
    out[0] = (char)('0' + (char)(n / 10U % 10U));
    out[1] = (char)('0' + (char)(n % 10U));
}

void pt_http1_date(uint64_t wall_ms, char out[static PT_HTTP_DATE_LEN + 1U])
{
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const uint64_t seconds = wall_ms / 1000U;
    const uint64_t day = seconds / 86400U;
    char date[PT_DATE_LEN + 1U]; /* 1994-11-06 */
    pt_time_date_text((int32_t)day, date);
    const unsigned month = (unsigned)(date[5] - '0') * 10U + (unsigned)(date[6] - '0');

    memcpy(out, "Thu, 01 Jan 1970 00:00:00 GMT", PT_HTTP_DATE_LEN + 1U);
    memcpy(out, days[day % 7U], 3U);
    memcpy(out + 5, date + 8, 2U);
    memcpy(out + 8, months[(month + 11U) % 12U], 3U);
    memcpy(out + 12, date, 4U);
    two_digits(seconds / 3600U % 24U, out + 17);
    two_digits(seconds / 60U % 60U, out + 20);
    two_digits(seconds % 60U, out + 23);
}
