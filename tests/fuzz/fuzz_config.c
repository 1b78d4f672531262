/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The whole configuration from hostile bytes: whatever the text is, the answer is a snapshot or a
 * report that names a place, never both, and nothing that looks like a token is in the report.
 * A snapshot can be dumped, and asked. The fragment is the homologation decision instead, when the
 * main file names one.
 */
#include "poterne/gateway/policy.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME      "poterne.yaml"
#define INPUT_MAX 65536U

static const char descriptor[] =
    "{\"id\":\"entreprise/v4/insee/unites_legales\",\"api\":\"entreprise\","
    "\"path\":\"/v4/insee/sirene/unites_legales/{siren}\",\"title\":\"Unité légale\","
    "\"provider\":\"insee\",\"params\":[{\"name\":\"siren\",\"in\":\"path\",\"required\":true,"
    "\"format\":\"siren\"}],\"scopes\":[],\"response\":{\"type\":\"object\",\"members\":{"
    "\"data\":{\"type\":\"object\",\"required\":true,\"members\":{\"siren\":{\"type\":\"string\"},"
    "\"nom\":{\"type\":\"string\",\"class\":\"personal\"}}},"
    "\"links\":{\"type\":\"object\",\"required\":true,\"members\":{}},"
    "\"meta\":{\"type\":\"object\",\"required\":true,\"members\":{}}}}}";

/* The input is the main file; after a line "=====" a fragment of conf.d. */
struct input {
    pt_slice main, fragment;
};

static pt_status read_input(void *ctx, const char *path, struct pt_buf *buf)
{
    const struct input *input = ctx;
    if (strcmp(path, NAME) == 0) {
        pt_buf_put(buf, input->main);
    } else if (strcmp(path, "conf.d/a.yaml") == 0) {
        pt_buf_put(buf, input->fragment);
    } else if (strcmp(path, "homologation.json") == 0) {
        pt_buf_put(buf, input->fragment);
    } else if (strcmp(path, "d.json") == 0) {
        pt_buf_put_str(buf, descriptor);
    } else {
        return PT_FAIL(PT_E_ABSENT);
    }
    return pt_buf_status(buf);
}

static pt_status list_input(void *ctx, const char *path, const char *suffix, uint32_t depth,
                            struct pt_buf *buf)
{
    static const char decision[] = "homologation-file: homologation.json";
    const struct input *input = ctx;
    (void)suffix;
    (void)depth;
    if (strcmp(path, "datasets") != 0 && input->main.len > 0U &&
        memmem(input->main.ptr, input->main.len, decision, sizeof decision - 1U) != NULL) {
        return PT_SUCCESS;
    }
    const char *found = strcmp(path, "datasets") == 0 ? "d.json" : "conf.d/a.yaml";
    pt_buf_put(buf, pt_slice_of(found, strlen(found) + 1U));
    return pt_buf_status(buf);
}

static void split(pt_slice text, struct input *ret)
{
    static const char mark[] = "\n=====\n";
    const size_t n = sizeof mark - 1U;
    for (size_t i = 0U; i + n <= text.len; i++) {
        if (memcmp(text.ptr + i, mark, n) == 0) {
            *ret = (struct input){.main = pt_slice_head(text, i + 1U),
                                  .fragment = pt_slice_from(text, i + n)};
            return;
        }
    }
    *ret = (struct input){.main = text};
}

static void require(bool truth, const char *what)
{
    if (!truth) {
        (void)fprintf(stderr, "fuzz_config: %s\n", what);
        abort();
    }
}

static void use(const struct pt_config *config)
{
    struct pt_buf dump;
    pt_buf_init(&dump, PT_CONFIG_ARENA_MAX);
    require(pt_ok(pt_policy_dump(config, &dump)), "a snapshot that cannot be dumped");
    pt_buf_done(&dump);
    for (size_t i = 0U; i < config->nclients; i++) {
        const struct pt_question question = {.fingerprint = config->clients[i].fingerprint,
                                             .dataset = pt_catalogue_at(config->catalogue, 0U),
                                             .today = config->habilitations[0].valid_from};
        struct pt_decision decision;
        pt_policy_decide(config, &question, &decision);
        require(decision.client != NULL, "a client that is not found");
        require(decision.refused != PT_COND_NONE || decision.grant != NULL, "a yes for nothing");
    }
}

static bool contains(const struct pt_buf *buf, const char *what)
{
    const size_t n = strlen(what);
    for (size_t i = 0U; i + n <= buf->len; i++) {
        if (memcmp(buf->ptr + i, what, n) == 0) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_MAX) {
        return 0;
    }
    struct input input;
    split(pt_slice_of(data, size), &input);
    const struct pt_reader_port reader = {.read = read_input, .list = list_input, .ctx = &input};
    const struct pt_config_source source = {.reader = &reader,
                                            .path = NAME,
                                            .datasets = "datasets",
                                            .depth = PT_CONFIG_PATHS,
                                            .today = 20781};
    struct pt_buf report;
    pt_buf_init(&report, PT_CONFIG_REPORT_MAX * 4U);
    struct pt_config *config = NULL;
    const pt_status st = pt_config_load(&source, &report, &config);
    require(st.code == PT_OK || st.code == PT_E_SCHEMA, "an end that is neither yes nor no");
    require(pt_ok(st) == (config != NULL), "a snapshot with a refusal");
    require(pt_ok(st) || contains(&report, " erreur"), "a refusal without an error");
    require(!contains(&report, "eyJhbGciOiJIUzI1NiJ9.eyJ"), "a token in the report");
    if (config != NULL) {
        use(config);
    }
    config = pt_config_free(config);
    pt_buf_done(&report);
    return 0;
}
