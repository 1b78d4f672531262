/* SPDX-License-Identifier: EUPL-1.2 */
/* Who keeps OpenSSL's buffers and for how long, and records that come in pieces: what stands in the
 * read-ahead of OpenSSL is neither lost nor waited for in circles. */
#include "tls_fixture.h"

#include "gateway/net/door_int.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET(path)    "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define BIG          16384U /* no block of OpenSSL is as long but the buffers of a connection */
#define RECORD_MAX   4096U
#define HEADER_BYTES 5U /* of a TLS record */

static struct fixture f;
static struct tls_fixture t;
static struct peer p;
static SSL_CTX *ctx;

/* --- OpenSSL's memory: live blocks of BIG bytes and more, and those ever taken ---------------- */

static size_t big_live;
static size_t big_taken;

struct block {
    size_t size;
    size_t pad; /* what follows stays aligned */
};

static void *block_new(size_t size, const char *file, int line)
{
    struct block *const block = malloc(sizeof *block + size);
    (void)file;
    (void)line;
    if (block == NULL) {
        return NULL;
    }
    block->size = size;
    big_live += size >= BIG ? 1U : 0U;
    big_taken += size >= BIG ? 1U : 0U;
    return block + 1;
}

static void block_free(void *ptr, const char *file, int line)
{
    (void)file;
    (void)line;
    if (ptr != NULL) {
        struct block *const block = (struct block *)ptr - 1;
        big_live -= block->size >= BIG ? 1U : 0U;
        free(block);
    }
}

static void *block_resize(void *ptr, size_t size, const char *file, int line)
{
    void *const fresh = block_new(size, file, line);
    if (fresh != NULL && ptr != NULL) {
        const size_t old = ((struct block *)ptr - 1)->size;
        memcpy(fresh, ptr, old < size ? old : size);
        block_free(ptr, file, line);
    }
    return fresh;
}

/* Before anything of OpenSSL was allocated, which is before main: Criterion's libraries use it. */
static bool counting;

__attribute__((constructor)) static void count_blocks(void)
{
    counting = CRYPTO_set_mem_functions(block_new, block_resize, block_free) == 1;
}

static void set_up(void)
{
    const struct pt_door_config config = {.limits = {.connections = 1000U, .per_client = 1000U}};
    cr_assert(counting);
    tls_fixture_open(&t);
    fixture_open(&f, &config);
    struct pt_tls_context *const context = tls_context(&f, &t.material);
    pt_door_set_tls(f.door, context);
    (void)pt_tls_context_free(context);
    ctx = tls_client(&t, &t.grc);
    peer_open(&f, &p);
    cr_assert(peer_handshake(&f, &p, ctx));
}

static void tear_down(void)
{
    peer_close(&p);
    SSL_CTX_free(ctx);
    fixture_close(&f);
    tls_fixture_close(&t);
}

TestSuite(door_warm, .init = set_up, .fini = tear_down, .timeout = 60.0);

/* --- buffers --------------------------------------------------------------------------------- */

Test(door_warm, a_connection_that_speaks_takes_its_buffers_once)
{
    SEND(&f, &p, GET("/first"));
    cr_assert(peer_expect(&f, &p, "/first", 1U));
    const size_t taken = big_taken;
    for (size_t i = 1U; i <= 20U; i++) {
        SEND(&f, &p, GET("/again"));
        cr_assert(peer_expect(&f, &p, "\r\n\r\n/again", i));
    }
    cr_assert(eq(sz, big_taken, taken));
}

Test(door_warm, a_connection_that_is_silent_gives_them_back_and_is_served_again)
{
    SEND(&f, &p, GET("/one"));
    cr_assert(peer_expect(&f, &p, "/one", 1U));
    const size_t live = big_live;
    fixture_pass_ms(&f, WARM_US / 1000U - 1U);
    cr_assert(eq(sz, big_live, live), "not yet");
    fixture_pass_ms(&f, 1U);
    cr_assert(eq(sz, big_live, live - 2U), "one to read into, one to write from");
    cr_assert(eq(sz, f.door->warm_count, 0U));
    SEND(&f, &p, GET("/two"));
    cr_assert(peer_expect(&f, &p, "/two", 1U));
    cr_assert(eq(sz, big_live, live));
}

Test(door_warm, who_speaks_all_the_time_keeps_them_all_the_time)
{
    for (size_t i = 1U; i <= 10U; i++) {
        SEND(&f, &p, GET("/again"));
        cr_assert(peer_expect(&f, &p, "\r\n\r\n/again", i));
        fixture_pass_ms(&f, WARM_US / 1000U - 1U);
        cr_assert(eq(sz, f.door->warm_count, 1U));
    }
}

Test(door_warm, a_handshake_that_waits_gives_them_back_and_goes_on)
{
    struct peer slow;
    peer_open(&f, &slow);
    slow.ssl = SSL_new(ctx);
    cr_assert(slow.ssl != NULL && SSL_set_fd(slow.ssl, slow.fd) == 1);
    cr_assert(SSL_connect(slow.ssl) != 1, "its hello is on its way");
    for (unsigned i = 0U; i < TURNS_MAX && f.door->warm_count < 2U; i++) {
        fixture_turn(&f);
    }
    const size_t live = big_live;
    fixture_pass_ms(&f, WARM_US / 1000U);
    cr_assert(eq(sz, f.door->warm_count, 0U));
    cr_assert(eq(sz, big_live, live - 4U), "two of each");
    cr_assert(peer_handshake(&f, &slow, ctx));
    SEND(&f, &slow, GET("/slow"));
    cr_assert(peer_expect(&f, &slow, "/slow", 1U));
    peer_close(&slow);
}

Test(door_warm, a_crowd_keeps_no_more_than_the_limit_and_everybody_is_served)
{
    static struct peer crowd[WARM_MAX + 8U];
    SEND(&f, &p, GET("/first"));
    cr_assert(peer_expect(&f, &p, "/first", 1U));
    const size_t live = big_live;
    for (size_t i = 0U; i < PT_COUNT(crowd); i++) {
        peer_open(&f, &crowd[i]);
        cr_assert(peer_handshake(&f, &crowd[i], ctx));
        SEND(&f, &crowd[i], GET("/crowd"));
        cr_assert(peer_expect(&f, &crowd[i], "\r\n\r\n/crowd", 1U));
    }
    cr_assert(eq(sz, f.door->warm_count, WARM_MAX));
    cr_assert(eq(sz, big_live, live - 2U + 2U * WARM_MAX + 2U * PT_COUNT(crowd)),
              "the peers keep theirs, the door keeps those of the last ones");
    SEND(&f, &p, GET("/last"));
    cr_assert(peer_expect(&f, &p, "/last", 1U));
    cr_assert(eq(sz, f.door->warm_count, WARM_MAX));
    for (size_t i = 0U; i < PT_COUNT(crowd); i++) {
        peer_close(&crowd[i]);
        fixture_turn(&f);
    }
    SEND(&f, &p, GET("/alone"));
    cr_assert(peer_expect(&f, &p, "/alone", 1U));
    cr_assert(eq(sz, f.door->warm_count, 1U));
    cr_assert(f.door->warmest == f.door->coldest);
}

/* --- records in pieces ----------------------------------------------------------------------- */

/* @text as records, not sent yet. */
static size_t records_of(const char *text, char record[static RECORD_MAX])
{
    BIO *const wire = BIO_new(BIO_s_mem());
    BIO *const socket = SSL_get_wbio(p.ssl);
    cr_assert(wire != NULL && BIO_up_ref(socket) == 1);
    SSL_set0_wbio(p.ssl, wire);
    cr_assert(SSL_write(p.ssl, text, (int)strlen(text)) == (int)strlen(text));
    const int n = BIO_read(wire, record, (int)RECORD_MAX);
    cr_assert(n > 0 && n < (int)RECORD_MAX);
    SSL_set0_wbio(p.ssl, socket);
    return (size_t)n;
}

static void send_raw(const char *bytes, size_t n)
{
    cr_assert(send(p.fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n);
    fixture_turn(&f);
    fixture_turn(&f);
}

Test(door_warm, a_record_cut_anywhere_is_read_whole_even_after_a_pause)
{
    static const size_t cuts[] = {1U, HEADER_BYTES - 1U, HEADER_BYTES, HEADER_BYTES + 1U, 30U};
    char record[RECORD_MAX];
    for (size_t i = 0U; i < PT_COUNT(cuts); i++) {
        const size_t n = records_of(GET("/cut"), record);
        send_raw(record, cuts[i]);
        fixture_pass_ms(&f, WARM_US / 1000U); /* what is in a buffer keeps it */
        fixture_pass_ms(&f, WARM_US / 1000U);
        cr_assert(peer_quiet(&f, &p));
        send_raw(record + cuts[i], n - cuts[i]);
        cr_assert(peer_expect(&f, &p, "\r\n\r\n/cut", i + 1U), "cut at %zu", cuts[i]);
    }
}

Test(door_warm, a_record_and_the_beginning_of_the_next_in_one_segment)
{
    char two[2U * RECORD_MAX];
    const size_t first = records_of(GET("/one"), two);
    const size_t second = records_of(GET("/two"), two + first);
    send_raw(two, first + second / 2U);
    cr_assert(peer_expect(&f, &p, "\r\n\r\n/one", 1U));
    cr_assert(peer_quiet(&f, &p));
    cr_assert(eq(sz, f.requests, 1U));
    send_raw(two + first + second / 2U, second - second / 2U);
    cr_assert(peer_expect(&f, &p, "\r\n\r\n/two", 1U));
}

Test(door_warm, two_requests_in_one_segment_are_answered_in_order)
{
    char two[2U * RECORD_MAX];
    const size_t first = records_of(GET("/one"), two);
    const size_t second = records_of(GET("/two"), two + first);
    send_raw(two, first + second);
    cr_assert(peer_expect(&f, &p, "\r\n\r\n/two", 1U));
    cr_assert(strstr(p.received, "\r\n\r\n/one") < strstr(p.received, "\r\n\r\n/two"));
}

Test(door_warm, half_a_record_behind_a_parked_request_neither_spins_nor_is_lost)
{
    char record[RECORD_MAX];
    f.park = true;
    SEND(&f, &p, GET("/parked"));
    cr_assert(eq(sz, f.parked_count, 1U));
    const size_t n = records_of(GET("/behind"), record);
    for (size_t i = 0U; i + 1U < n; i++) { /* a turn that does not end is a test that does not */
        send_raw(record + i, 1U);
    }
    fixture_answer(&f, 0U, "for the first");
    cr_assert(peer_expect(&f, &p, "for the first", 1U));
    cr_assert(eq(sz, f.parked_count, 1U));
    send_raw(record + n - 1U, 1U);
    cr_assert(eq(sz, f.parked_count, 2U));
    fixture_answer(&f, 1U, "for the second");
    cr_assert(peer_expect(&f, &p, "for the second", 1U));
}

Test(door_warm, two_requests_in_one_segment_while_the_first_is_parked)
{
    char two[2U * RECORD_MAX];
    const size_t first = records_of(GET("/one"), two);
    const size_t second = records_of(GET("/two"), two + first);
    f.park = true;
    send_raw(two, first + second);
    cr_assert(eq(sz, f.parked_count, 1U));
    fixture_pass_ms(&f, WARM_US / 1000U); /* the second one is whole in a buffer: it stays */
    fixture_answer(&f, 0U, "for the first");
    cr_assert(peer_expect(&f, &p, "for the first", 1U));
    cr_assert(eq(sz, f.parked_count, 2U));
    fixture_answer(&f, 1U, "for the second");
    cr_assert(peer_expect(&f, &p, "for the second", 1U));
}

/* --- the end of the peer, told once by the kernel --------------------------------------------- */

static size_t goodbye(char record[static RECORD_MAX])
{
    BIO *const wire = BIO_new(BIO_s_mem());
    BIO *const socket = SSL_get_wbio(p.ssl);
    cr_assert(wire != NULL && BIO_up_ref(socket) == 1);
    SSL_set0_wbio(p.ssl, wire);
    (void)SSL_shutdown(p.ssl);
    const int n = BIO_read(wire, record, (int)RECORD_MAX);
    cr_assert(n > 0 && n < (int)RECORD_MAX);
    SSL_set0_wbio(p.ssl, socket);
    return (size_t)n;
}

Test(door_warm, close_notify_and_fin_in_the_segment_of_a_request_end_it_after_its_answer)
{
    char all[2U * RECORD_MAX];
    const size_t first = records_of(GET("/last"), all);
    const size_t n = first + goodbye(all + first);
    cr_assert(send(p.fd, all, n, MSG_NOSIGNAL) == (ssize_t)n);
    cr_assert(shutdown(p.fd, SHUT_WR) == 0);
    cr_assert(peer_expect_close(&f, &p));
    cr_assert(eq(sz, count_text(p.received, "\r\n\r\n/last"), 1U));
    cr_assert(not(p.reset));
    cr_assert(eq(u64, pt_door_counters(f.door)->open, 0U));
}

Test(door_warm, close_notify_and_fin_behind_a_parked_request_let_it_be_answered)
{
    char all[2U * RECORD_MAX];
    f.park = true;
    const size_t first = records_of(GET("/last"), all);
    const size_t n = first + goodbye(all + first);
    cr_assert(send(p.fd, all, n, MSG_NOSIGNAL) == (ssize_t)n);
    cr_assert(shutdown(p.fd, SHUT_WR) == 0);
    for (unsigned i = 0U; i < 20U; i++) {
        fixture_turn(&f);
    }
    cr_assert(eq(sz, f.parked_count, 1U));
    cr_assert(eq(sz, f.gone, 0U));
    fixture_answer(&f, 0U, "still for you");
    cr_assert(peer_expect(&f, &p, "still for you", 1U));
    cr_assert(peer_expect_close(&f, &p));
}

Test(door_warm, a_cut_that_came_with_a_parked_request_is_gone)
{
    char record[RECORD_MAX];
    f.park = true;
    const size_t n = records_of(GET("/cut-off"), record);
    cr_assert(send(p.fd, record, n, MSG_NOSIGNAL) == (ssize_t)n);
    cr_assert(shutdown(p.fd, SHUT_WR) == 0); /* no close_notify: told in the same event */
    for (unsigned i = 0U; i < TURNS_MAX && f.gone == 0U; i++) {
        fixture_turn(&f);
    }
    cr_assert(eq(sz, f.parked_count, 1U));
    cr_assert(eq(sz, f.gone, 1U));
    fixture_answer(&f, 0U, "nobody");
}
