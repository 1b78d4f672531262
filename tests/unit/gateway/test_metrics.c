/* SPDX-License-Identifier: EUPL-1.2 */
/* gateway/ops: what the metrics listener says, over the loopback; counts, and nothing of anybody.
 */
#include "poterne/gateway/metrics.h"

#include "gateway/exchange/lane_int.h"
#include "poterne/base/ipc.h"
#include "torture.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVED_MAX 16384U

static struct pt_lane lanes[2];
static struct pt_lane *const pointers[] = {&lanes[0], &lanes[1]};
static struct pt_loop *loop;
static struct pt_metrics *metrics;
static uint16_t port;
static char received[RECEIVED_MAX];

static void set_up(void)
{
    int listener = -1;
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert(pt_ok(pt_loop_new(&pt_clock_system, &loop)));
    for (size_t i = 0U; i < PT_COUNT(lanes); i++) {
        pt_link_init(&lanes[i].link, loop);
    }
    cr_assert(pt_ok(pt_door_listen(PT_SLICE("127.0.0.1:0"), 1U, &listener, &port)));
    const struct pt_metrics_options options = {
        .listener = listener, .lanes = pointers, .nlanes = PT_COUNT(lanes)};
    cr_assert(pt_ok(pt_metrics_new(loop, &options, &metrics)));
}

static void tear_down(void)
{
    metrics = pt_metrics_free(metrics);
    for (size_t i = 0U; i < PT_COUNT(lanes); i++) {
        pt_link_done_with(&lanes[i].link);
    }
    loop = pt_loop_free(loop);
}

TestSuite(metrics, .init = set_up, .fini = tear_down, .timeout = 20.0);

static void ask(const char *line)
{
    char text[256];
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    const int n = snprintf(text, sizeof text, "%s\r\nHost: h\r\nConnection: close\r\n\r\n", line);
    cr_assert_eq(send(fd, text, (size_t)n, 0), n);
    size_t len = 0U;
    ssize_t got = -1;
    for (unsigned i = 0U; i < 1000U && got != 0; i++) {
        cr_assert(pt_ok(pt_loop_turn(loop, 10U)));
        got = recv(fd, received + len, sizeof received - 1U - len, 0);
        len += got > 0 ? (size_t)got : 0U;
    }
    received[len] = '\0';
    (void)close(fd);
}

static void expect(const char *line, const char *status, const char *text)
{
    ask(line);
    cr_expect_eq(strncmp(received, status, strlen(status)), 0, "%s: %s", line, received);
    cr_expect_not_null(strstr(received, text), "%s: %s", line, received);
}

Test(metrics, another_path_is_not_found)
{
    expect("GET / HTTP/1.1", "HTTP/1.1 404", "");
    expect("GET /metrics/x HTTP/1.1", "HTTP/1.1 404", "");
    expect("GET /v1/exchanges/1 HTTP/1.1", "HTTP/1.1 404", "");
}

Test(metrics, a_lane_without_a_log_is_not_ready)
{
    expect("GET /health/ready HTTP/1.1", "HTTP/1.1 503", "no log\n");
    expect("GET /health/live HTTP/1.1", "HTTP/1.1 200", "alive\n");
}

Test(metrics, ready_means_that_every_lane_has_its_log)
{
    int far[PT_COUNT(lanes)];
    for (size_t i = 0U; i < PT_COUNT(lanes); i++) {
        int pair[2];
        expect("GET /health/ready HTTP/1.1", "HTTP/1.1 503", "no log\n");
        cr_assert(pt_ok(pt_ipc_pair(pair)));
        cr_assert(pt_ok(pt_link_attach(&lanes[i].link, pair[0])));
        far[i] = pair[1];
    }
    expect("GET /health/ready HTTP/1.1", "HTTP/1.1 200", "ready\n");
    (void)close(far[1]);
    cr_assert(pt_ok(pt_loop_turn(loop, 10U)));
    expect("GET /health/ready HTTP/1.1", "HTTP/1.1 503", "no log\n");
    (void)close(far[0]);
}

Test(metrics, every_outcome_has_its_counter_from_the_beginning)
{
    ask("GET /metrics HTTP/1.1");
    for (unsigned o = PT_OUTCOME_DELIVERED; o < (unsigned)PT_OUTCOME_COUNT; o++) {
        char line[96];
        (void)snprintf(line, sizeof line, "\npoterne_exchanges_total{outcome=\"%s\"} 0\n",
                       pt_outcome_name((enum pt_outcome)o));
        cr_expect_not_null(strstr(received, line), "%s", line);
    }
    cr_expect_not_null(strstr(received, "Content-Type: text/plain; version=0.0.4"));
}

Test(metrics, counters_are_the_sum_of_the_lanes)
{
    atomic_store(&lanes[0].outcomes[PT_OUTCOME_DELIVERED], 40U);
    atomic_store(&lanes[1].outcomes[PT_OUTCOME_DELIVERED], 2U);
    atomic_store(&lanes[1].strangers, 7U);
    expect("GET /metrics HTTP/1.1", "HTTP/1.1 200", "{outcome=\"delivered\"} 42\n");
    cr_expect_not_null(strstr(received, "\npoterne_strangers_total 7\n"));
}

Test(metrics, each_metric_is_announced_once_before_its_values)
{
    ask("GET /metrics HTTP/1.1");
    static const char *const names[] = {"poterne_exchanges_total", "poterne_strangers_total"};
    for (size_t i = 0U; i < PT_COUNT(names); i++) {
        char line[96];
        (void)snprintf(line, sizeof line, "# TYPE %s counter\n", names[i]);
        const char *type = strstr(received, line);
        cr_assert_not_null(type);
        cr_expect_null(strstr(type + 1, line));
        (void)snprintf(line, sizeof line, "\n%s", names[i]);
        cr_expect_gt(strstr(received, line), type);
    }
}

Test(metrics, without_memory_there_is_none_and_the_socket_is_still_the_callers)
{
    int listener = -1;
    uint16_t other = 0U;
    cr_assert(pt_ok(pt_door_listen(PT_SLICE("127.0.0.1:0"), 1U, &listener, &other)));
    const struct pt_metrics_options options = {
        .listener = listener, .lanes = pointers, .nlanes = PT_COUNT(lanes)};
    TORTURE(nth)
    {
        struct pt_metrics *one = NULL;
        torture_arm(nth);
        const pt_status st = pt_metrics_new(loop, &options, &one);
        torture_disarm();
        if (pt_ok(st)) {
            one = pt_metrics_free(one);
            break;
        }
        cr_assert_eq(st.code, PT_E_NOMEM);
        cr_assert_null(one);
        cr_assert_geq(fcntl(listener, F_GETFD), 0);
    }
}
