/* SPDX-License-Identifier: EUPL-1.2 */
/* http1_reply.c -- answers as bytes (contract: poterne/gateway/http1_reply.h). Everything is
 * checked before the first byte is written. Layer: gateway. */
#include "poterne/gateway/http1_reply.h"

#include "gateway/net/http1_int.h"
#include "poterne/base/clock.h"
#include "poterne/base/num.h"

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
        if (name.len == owned[i].len && pt_slice_eq_nocase(name, owned[i])) {
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

/* What stands in the head besides the fields of the caller. */
struct head {
    pt_slice phrase;
    bool has_length;
    char status[PT_U64_DIGITS];
    size_t status_len;
    char length[PT_U64_DIGITS];
    size_t length_len;
};

static const pt_slice version = PT_SLICE_INIT("HTTP/1.1 ");
static const pt_slice date_name = PT_SLICE_INIT("Date: ");
static const pt_slice length_name = PT_SLICE_INIT("Content-Length: ");
static const pt_slice closing = PT_SLICE_INIT("Connection: close\r\n");
static const pt_slice crlf = PT_SLICE_INIT("\r\n");
static const pt_slice colon = PT_SLICE_INIT(": ");

static void prepare(const struct pt_http1_reply *reply, struct head *head)
{
    head->phrase = pt_slice_str(pt_http1_phrase(reply->status));
    head->has_length = reply->status != 204U && reply->status != 304U;
    head->status_len = pt_num_format(reply->status, head->status);
    head->length_len = pt_num_format(reply->body.len, head->length);
}

/* Its exact length, so that room is asked for once. */
static size_t head_len(const struct pt_http1_reply *reply, const struct head *head)
{
    size_t n = version.len + head->status_len + 1U + head->phrase.len + crlf.len;
    n += reply->date.len != 0U ? date_name.len + reply->date.len + crlf.len : 0U;
    for (size_t i = 0U; i < reply->header_count; i++) {
        const struct pt_http_header *const h = &reply->headers[i];
        n += h->name.len + colon.len + h->value.len + crlf.len;
    }
    n += head->has_length ? length_name.len + head->length_len + crlf.len : 0U;
    n += reply->keep_alive ? 0U : closing.len;
    return n + crlf.len;
}

static char *copy(char *at, pt_slice bytes)
{
    if (bytes.len != 0U) {
        memcpy(at, bytes.ptr, bytes.len);
    }
    return at + bytes.len;
}

static char *copy_line(char *at, pt_slice name, pt_slice value)
{
    at = copy(at, name);
    at = copy(at, value);
    return copy(at, crlf);
}

static char *copy_head(const struct pt_http1_reply *reply, const struct head *head, char *at)
{
    at = copy(at, version);
    at = copy(at, pt_slice_of(head->status, head->status_len));
    at = copy_line(at, PT_SLICE(" "), head->phrase);
    if (reply->date.len != 0U) {
        at = copy_line(at, date_name, reply->date);
    }
    for (size_t i = 0U; i < reply->header_count; i++) {
        at = copy(at, reply->headers[i].name);
        at = copy_line(at, colon, reply->headers[i].value);
    }
    if (head->has_length) {
        at = copy_line(at, length_name, pt_slice_of(head->length, head->length_len));
    }
    if (!reply->keep_alive) {
        at = copy(at, closing);
    }
    return copy(at, crlf);
}

PT_RESULT pt_http1_reply_write(const struct pt_http1_reply *reply, struct pt_buf *out)
{
    struct head head;
    PT_ENSURE(reply != NULL && out != NULL, PT_E_ARG);
    PT_TRY(check(reply));
    prepare(reply, &head);
    const pt_slice body = reply->head_only ? PT_SLICE_EMPTY : reply->body;
    const size_t n = head_len(reply, &head);
    char *const at = pt_buf_space(out, n + body.len);
    if (at != NULL) {
        const char *const end = copy(copy_head(reply, &head, at), body);
        pt_buf_commit(out, (size_t)(end - at));
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
