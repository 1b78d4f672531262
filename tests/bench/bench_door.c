/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The door alone, for ./dev bench door: mutual TLS, one lane, every request answered at once with a
 * 600-byte JSON body. Usage: bench_door CERT KEY CLIENT-CA CLIENT-CRL; prints its port.
 */
#include "poterne/base/file.h"
#include "poterne/gateway/door.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define BODY_LEN 600U

static char body[BODY_LEN];

static void on_request(void *ctx, struct pt_door_exchange *x)
{
    (void)ctx;
    const struct pt_http_header type = {PT_SLICE("Content-Type"), PT_SLICE("application/json")};
    pt_door_reply(x, &(struct pt_door_reply){.status = 200U,
                                             .headers = &type,
                                             .header_count = 1U,
                                             .body = pt_slice_of(body, sizeof body)});
}

static pt_slice load(const char *path, struct pt_buf *buf)
{
    pt_buf_init(buf, PT_CONFIG_FILE_MAX);
    return pt_ok(pt_file_read(path, buf)) ? pt_buf_slice(buf) : PT_SLICE_EMPTY;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    memset(body, ' ', sizeof body);
    memcpy(body, "{\"data\":{}", 10U);
    body[BODY_LEN - 1U] = '}';
    struct pt_buf files[4];
    const struct pt_tls_material material = {.certificate = load(argv[1], &files[0]),
                                             .key = load(argv[2], &files[1]),
                                             .client_ca = load(argv[3], &files[2]),
                                             .client_crl = load(argv[4], &files[3])};
    struct pt_tls_context *tls = NULL;
    struct pt_loop *loop = NULL;
    struct pt_door *door = NULL;
    int fd = -1;
    uint16_t port = 0U;
    if (!pt_ok(pt_tls_context_new(&material, &pt_clock_system, &tls)) ||
        !pt_ok(pt_loop_new(&pt_clock_system, &loop)) ||
        !pt_ok(pt_door_listen(PT_SLICE("127.0.0.1:0"), 1U, &fd, &port))) {
        return 1;
    }
    const struct pt_door_config config = {.fd = fd,
                                          .tls = tls,
                                          .handler = {.request = on_request},
                                          .limits = {.connections = 4096U, .per_client = 4096U}};
    if (!pt_ok(pt_door_new(loop, &config, &door))) {
        return 1;
    }
    (void)printf("%u\n", port);
    (void)fflush(stdout);
    return pt_ok(pt_loop_run(loop)) ? 0 : 1;
}
