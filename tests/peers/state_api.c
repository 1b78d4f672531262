/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * state_api.c -- the program state-api-sim: options, start, stop. Says its port on stdout once it
 * serves, so that whoever started it need not guess or wait.
 */
#include "tests/peers/sim.h"

#include "poterne/base/num.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const char *const usage =
    "usage: state-api-sim --cases FILE.jsonl [--cases FILE.jsonl...] --cert PEM --key PEM\n"
    "         [--port N] [--port-file FILE] [--token-file FILE...] [--threads N]\n"
    "         [--stall-before-answer MS] [--rate-limit N]\n"
    "Without --token-file any bearer token is known. Without --rate-limit nobody is throttled.\n"
    "Control, over the same port: POST /_sim/behaviour {path_prefix, mode, code, retry_in, count,\n"
    "delay_ms}, DELETE /_sim/behaviour, GET|DELETE /_sim/requests, GET /_sim/ready. Modes: ok 429\n"
    "drop reset hang garbage truncated slow bad-json html duplicate-key big chunked redirect and\n"
    "the statuses 400 401 403 404 409 422 451 500 501 502 503 504.\n";

struct options {
    const char *cert;
    const char *key;
    const char *port_file;
};

static bool read_token(struct sim_config *config, const char *path)
{
    if (config->ntokens >= SIM_TOKENS_MAX) {
        return false;
    }
    char *token = config->tokens[config->ntokens];
    FILE *file = fopen(path, "re");
    const size_t n = file != NULL ? fread(token, 1U, sizeof(config->tokens[0]) - 1U, file) : 0U;
    if (file != NULL) {
        (void)fclose(file);
    }
    token[n] = '\0';
    token[strcspn(token, " \t\r\n")] = '\0';
    config->ntokens++;
    return token[0] != '\0';
}

static bool read_number(const char *text, uint64_t max, uint64_t *ret)
{
    return pt_ok(pt_num_u64(pt_slice_str(text), 0U, max, ret));
}

static bool take_number(struct sim_config *config, const char *name, const char *value)
{
    uint64_t n = 0U;
    if (strcmp(name, "--port") == 0 && read_number(value, UINT16_MAX, &n)) {
        config->port = (uint16_t)n;
        return true;
    }
    if (strcmp(name, "--threads") == 0 && read_number(value, SIM_THREADS_MAX, &n) && n > 0U) {
        config->threads = (unsigned)n;
        return true;
    }
    if (strcmp(name, "--stall-before-answer") == 0) {
        return read_number(value, 600000U, &config->stall_ms);
    }
    return strcmp(name, "--rate-limit") == 0 && read_number(value, UINT32_MAX, &config->rate_limit);
}

static bool take_option(struct sim_config *config, struct options *options, const char *name,
                        const char *value)
{
    if (strcmp(name, "--cases") == 0) {
        return sim_cases_load(&config->table, value);
    }
    if (strcmp(name, "--token-file") == 0) {
        return read_token(config, value);
    }
    if (strcmp(name, "--cert") == 0) {
        options->cert = value;
    } else if (strcmp(name, "--key") == 0) {
        options->key = value;
    } else if (strcmp(name, "--port-file") == 0) {
        options->port_file = value;
    } else {
        return take_number(config, name, value);
    }
    return true;
}

static bool take_options(struct sim_config *config, struct options *options, int argc, char **argv)
{
    config->threads = 1U;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 >= argc || !take_option(config, options, argv[i], argv[i + 1])) {
            (void)fprintf(stderr, "state-api-sim: option %s incorrecte\n%s", argv[i], usage);
            return false;
        }
    }
    if (options->cert == NULL || options->key == NULL || config->table.ncases == 0U) {
        (void)fputs(usage, stderr);
        return false;
    }
    return true;
}

/* --- threads --------------------------------------------------------------------------------- */

struct worker {
    struct sim *sim;
    struct sim_tls *tls;
    int listen_fd;
    pthread_t thread;
};

static void *work(void *ctx)
{
    struct worker *worker = (struct worker *)ctx;
    sim_serve(worker->sim, worker->tls, worker->listen_fd);
    return NULL;
}

static bool write_port_file(const char *path, uint16_t port)
{
    char part[4096];
    FILE *file = NULL;
    const int n = snprintf(part, sizeof(part), "%s.part", path);
    if (n > 0 && (size_t)n < sizeof(part)) {
        file = fopen(part, "we");
    }
    if (file == NULL) {
        return false;
    }
    (void)fprintf(file, "%u\n", port);
    return fclose(file) == 0 && rename(part, path) == 0;
}

/* The file first: who waits for the line may read the file at once. */
static bool write_port(const char *path, uint16_t port)
{
    if (path != NULL && !write_port_file(path, port)) {
        return false;
    }
    (void)printf("%u\n", port);
    return fflush(stdout) == 0;
}

static unsigned start_workers(struct sim *sim, struct sim_tls *tls, struct worker *workers)
{
    unsigned n = 0U;
    while (n < sim->config.threads) {
        struct worker *worker = &workers[n];
        *worker =
            (struct worker){.sim = sim, .tls = tls, .listen_fd = sim_listen(&sim->config.port)};
        if (worker->listen_fd < 0 || pthread_create(&worker->thread, NULL, work, worker) != 0) {
            break;
        }
        n++;
    }
    return n;
}

static int serve(struct sim *sim, struct sim_tls *tls, const char *port_file)
{
    struct worker workers[SIM_THREADS_MAX];
    sigset_t stop;
    int signal_number = 0;
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
    const unsigned n = start_workers(sim, tls, workers);
    const bool ready = n == sim->config.threads && write_port(port_file, sim->config.port);
    if (ready) {
        (void)sigwait(&stop, &signal_number);
    }
    (void)eventfd_write(sim->stop_fd, 1U);
    for (unsigned i = 0U; i < n; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        (void)close(workers[i].listen_fd);
    }
    return ready ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(struct sim *sim, const struct options *options)
{
    int code = EXIT_FAILURE;
    struct sim_tls *tls = sim_tls_new(options->cert, options->key);
    sim->control = sim_control_new();
    sim->stop_fd = eventfd(0U, EFD_CLOEXEC);
    if (tls == NULL) {
        (void)fputs("state-api-sim: certificat ou clé illisible\n", stderr);
    } else if (sim->control != NULL && sim->stop_fd >= 0) {
        code = serve(sim, tls, options->port_file);
    }
    (void)close(sim->stop_fd);
    (void)sim_control_free(sim->control);
    (void)sim_tls_free(tls);
    return code;
}

int main(int argc, char **argv)
{
    struct options options = {.cert = NULL};
    struct sim *sim = (struct sim *)calloc(1U, sizeof(*sim));
    if (sim == NULL) {
        return EXIT_FAILURE;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage, stdout);
        free(sim);
        return EXIT_SUCCESS;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    const int code = take_options(&sim->config, &options, argc, argv) ? run(sim, &options) : 2;
    sim_cases_free(&sim->config.table);
    free(sim);
    return code;
}
