/* SPDX-License-Identifier: EUPL-1.2 */
/* A call of API Entreprise that is complete; each test takes one thing away. */
#ifndef PT_TEST_CALLS_H
#define PT_TEST_CALLS_H

#include "connectors/connectors_int.h"
#include "tests/support/tree.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct world {
    struct tree tree;
    struct pt_param params[2];
    struct pt_arg args[2];
    struct pt_mask *mask;
    struct pt_secret *token;
    struct pt_call call;
    struct pt_upstream_request request;
    struct pt_buf body;
    struct pt_answer answer;
};

static inline void world_open(struct world *w)
{
    memset(w, 0, sizeof *w);
    (void)tree_init(&w->tree, "o{data:o!{siren:s!,nom:s?1},links:o!,meta:o!}");
    w->tree.dataset.path = PT_SLICE("/v4/insee/sirene/unites_legales/{siren}");
    w->params[0] =
        (struct pt_param){.name = PT_SLICE("siren"), .in = PT_PARAM_PATH, .required = true};
    w->params[1] = (struct pt_param){.name = PT_SLICE("limit"), .in = PT_PARAM_QUERY};
    w->tree.dataset.params = w->params;
    w->tree.dataset.nparams = 2U;
    w->args[0] = (struct pt_arg){PT_SLICE("siren"), PT_SLICE("418166096")};
    w->args[1] = (struct pt_arg){PT_SLICE("limit"), PT_SLICE("10 &b")};
    const pt_slice allowed = PT_SLICE("/data/siren");
    size_t bad = 0U;
    cr_assert(pt_ok(pt_mask_new(&w->tree.dataset, &allowed, 1U, &w->mask, &bad)));
    cr_assert(pt_ok(pt_secret_from(PT_SLICE("made.for.tests"), &w->token)));
    w->call = (struct pt_call){.dataset = &w->tree.dataset,
                               .mask = w->mask,
                               .args = w->args,
                               .nargs = 2U,
                               .base_url = PT_SLICE("https://state.example"),
                               .recipient = PT_SLICE("21680999600004"),
                               .context = PT_SLICE("Subventions"),
                               .object = PT_SLICE("subvention n° 1"),
                               .token = w->token};
    pt_buf_init(&w->request.url, PT_URL_MAX);
    pt_buf_init(&w->request.headers, PT_SECRET_FILE_MAX);
    pt_buf_init(&w->body, PT_FETCH_BODY_MAX);
}

static inline void world_close(struct world *w)
{
    w->mask = pt_mask_free(w->mask);
    w->token = pt_secret_free(w->token);
    pt_buf_done(&w->request.url);
    pt_buf_done(&w->request.headers);
    pt_buf_done(&w->body);
}

static inline void world_accept(struct world *w, uint32_t status, const char *type,
                                const char *body)
{
    const struct pt_upstream_response response = {
        .status = status, .content_type = pt_slice_str(type), .body = pt_slice_str(body)};
    cr_assert(pt_ok(pt_connector_api_entreprise.accept(&w->call, &response, &w->body, &w->answer)));
}

static inline bool world_body_has(const struct world *w, const char *text)
{
    const pt_slice body = pt_buf_slice(&w->body);
    const pt_slice needle = pt_slice_str(text);
    for (size_t i = 0U; i + needle.len <= body.len; i++) {
        if (pt_slice_eq(pt_slice_of(body.ptr + i, needle.len), needle)) {
            return true;
        }
    }
    return false;
}

#endif /* PT_TEST_CALLS_H */
