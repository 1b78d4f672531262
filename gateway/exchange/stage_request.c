/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What is asked: path to dataset, certificate to client, parameters and headers to values that were
 * checked. After READ nothing points into the request any more.
 */
#include "gateway/exchange/exchange_int.h"

#include "poterne/base/codec.h"

/* Our own trouble is never told as the caller's mistake (law 8). */
static enum pt_error blame(pt_status st, enum pt_error mistake)
{
    return st.code == PT_E_NOMEM ? PT_ERR_INTERNAL : mistake;
}

/* --- ROUTE --- */

PT_RESULT pt_stage_route(struct pt_exchange *x)
{
    x->nargs = PT_DATASET_PARAMS_MAX;
    const pt_status st = pt_catalogue_route(x->config->catalogue, x->door->request->path, x->arena,
                                            &x->dataset, x->args, &x->nargs);
    if (!pt_ok(st)) {
        return pt_exchange_error(x, blame(st, PT_ERR_PATH));
    }
    x->connector = pt_connector_for_api(x->dataset->api);
    if (x->connector == NULL) {
        return pt_exchange_error(x, PT_ERR_PATH);
    }
    return x->door->request->method == PT_HTTP_GET ? PT_SUCCESS
                                                   : pt_exchange_error(x, PT_ERR_METHOD);
}

/* --- RECOGNISE --- */

PT_RESULT pt_stage_recognise(struct pt_exchange *x)
{
    const struct pt_client *client = pt_policy_client(x->config, x->door->client);
    if (client ==
        NULL) { /* its certificate is good, but it is nobody here: counted, not recorded */
        (void)atomic_fetch_add_explicit(&x->lane->strangers, 1U, memory_order_relaxed);
        return pt_exchange_error(x, PT_ERR_DENIED);
    }
    x->decision.client = client;
    return PT_SUCCESS;
}

/* --- READ: query --- */

static unsigned hex_digit(char c)
{
    uint8_t byte = 0U;
    const char two[2] = {'0', c};
    return pt_ok(pt_hex_decode(pt_slice_of(two, 2U), &byte, 1U)) ? byte : 16U;
}

/* application/x-www-form-urlencoded; the door has checked that escapes are well formed. */
static PT_RESULT decode(struct pt_arena *arena, pt_slice text, pt_slice *ret)
{
    char *out = pt_arena_alloc(arena, text.len + 1U);
    PT_ENSURE(out != NULL, PT_E_NOMEM);
    size_t n = 0U;
    for (size_t i = 0U; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            PT_ENSURE(i + 2U < text.len, PT_E_SYNTAX);
            c = (char)(hex_digit(text.ptr[i + 1U]) << 4U | hex_digit(text.ptr[i + 2U]));
            i += 2U;
        } else if (c == '+') {
            c = ' ';
        }
        out[n] = c;
        n++;
    }
    const pt_slice value = pt_slice_of(out, n);
    PT_ENSURE(pt_utf8_valid(value), PT_E_SYNTAX);
    *ret = value;
    return PT_SUCCESS;
}

static PT_RESULT set_once(struct pt_exchange *x, pt_slice *field, pt_slice name, pt_slice value)
{
    if (field->ptr != NULL) {
        return pt_exchange_error_source(x, PT_ERR_PARAM, "parameter", name);
    }
    *field = value;
    return PT_SUCCESS;
}

static PT_RESULT take_recipient(struct pt_exchange *x, pt_slice value)
{
    return pt_slice_eq(value, x->config->siret)
               ? PT_SUCCESS
               : pt_exchange_error_source(x, PT_ERR_RECIPIENT, "parameter", PT_SLICE("recipient"));
}

/* `context` is compulsory at the State and filled by us; what a caller gives is not sent, so that
 * no free text leaves in it. `object` may name the procedure. */
static PT_RESULT take_param(struct pt_exchange *x, pt_slice name, pt_slice value)
{
    if (pt_slice_eq(name, PT_SLICE("recipient"))) {
        return take_recipient(x, value);
    }
    if (pt_slice_eq(name, PT_SLICE("context"))) {
        return PT_SUCCESS;
    }
    if (pt_slice_eq(name, PT_SLICE("object"))) {
        return set_once(x, &x->object, PT_SLICE("object"), value);
    }
    if (x->nargs >= PT_ARGS_MAX) {
        return pt_exchange_error(x, PT_ERR_PARAM);
    }
    x->args[x->nargs] = (struct pt_arg){.name = name, .value = value};
    x->nargs++;
    return PT_SUCCESS;
}

static PT_RESULT read_query(struct pt_exchange *x)
{
    pt_slice rest = x->door->request->query;
    while (rest.len > 0U) {
        pt_slice pair = pt_slice_cut(&rest, '&');
        if (pair.len == 0U) {
            continue;
        }
        const pt_slice raw_name = pt_slice_cut(&pair, '=');
        pt_slice name;
        pt_slice value;
        pt_status st = decode(x->arena, raw_name, &name);
        if (pt_ok(st)) {
            st = decode(x->arena, pair, &value);
        }
        if (!pt_ok(st)) {
            return pt_exchange_error(x, blame(st, PT_ERR_PARAM));
        }
        PT_TRY(take_param(x, name, value));
    }
    return PT_SUCCESS;
}

/* --- READ: headers --- */

static bool is_identifier(pt_slice text)
{
    for (size_t i = 0U; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':' ||
                        c == '@' || c == '/';
        if (!ok) {
            return false;
        }
    }
    return text.len > 0U;
}

struct named {
    const char *name;
    size_t max;
    size_t offset; /* of the slice in struct pt_exchange */
};
static const struct named texts[] = {
    {"Poterne-Procedure", PT_ID_MAX, offsetof(struct pt_exchange, procedure)},
    {"Poterne-Agent", PT_AGENT_MAX, offsetof(struct pt_exchange, agent)},
    {"Poterne-Case", PT_CASE_MAX, offsetof(struct pt_exchange, case_ref)},
};

static PT_RESULT refuse_header(struct pt_exchange *x, const char *name)
{
    return pt_exchange_error_source(x, PT_ERR_HEADER, "header", pt_slice_str(name));
}

/* Identifiers only: a name or a free text has no place in them (law 3). */
static PT_RESULT take_text(struct pt_exchange *x, const struct named *row, pt_slice value)
{
    pt_slice *field = (pt_slice *)(void *)((char *)x + row->offset);
    if (field->ptr != NULL || value.len > row->max || !is_identifier(value)) {
        return refuse_header(x, row->name);
    }
    return pt_arena_dup(x->arena, value, field);
}

/* W3C Trace Context 3.2: "00-<32 hex>-<16 hex>-<2 hex>" in small letters. Only this form reaches
 * our operational log; any other text is ignored, as that recommendation asks (law 3). */
static bool is_traceparent(pt_slice text)
{
    static const char form[] = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
    if (text.len != sizeof form - 1U) {
        return false;
    }
    for (size_t i = 0U; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (form[i] == 'h' ? !hex : c != form[i]) {
            return false;
        }
    }
    return true;
}

static PT_RESULT take_header(struct pt_exchange *x, const struct pt_http_header *header)
{
    for (size_t i = 0U; i < PT_COUNT(texts); i++) {
        if (pt_slice_eq_nocase(header->name, pt_slice_str(texts[i].name))) {
            return take_text(x, &texts[i], header->value);
        }
    }
    if (pt_slice_eq_nocase(header->name, PT_SLICE("Poterne-Channel"))) {
        return pt_ok(pt_channel_find(header->value, &x->channel))
                   ? PT_SUCCESS
                   : refuse_header(x, "Poterne-Channel");
    }
    if (pt_slice_eq_nocase(header->name, PT_SLICE("traceparent")) &&
        is_traceparent(header->value)) {
        return pt_arena_dup(x->arena, header->value, &x->trace);
    }
    if (pt_slice_eq_nocase(header->name, PT_SLICE("Cache-Control"))) {
        x->no_cache = pt_slice_eq_nocase(header->value, PT_SLICE("no-cache"));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_stage_read(struct pt_exchange *x)
{
    PT_TRY(read_query(x));
    for (size_t i = 0U; i < x->door->request->header_count; i++) {
        const pt_status st = take_header(x, &x->door->request->headers[i]);
        if (!pt_ok(st)) {
            return x->has_error ? st : pt_exchange_error(x, PT_ERR_INTERNAL);
        }
    }
    pt_slice culprit = PT_SLICE_EMPTY;
    if (!pt_ok(pt_dataset_check_args(x->dataset, x->args, x->nargs, &culprit))) {
        return pt_exchange_error_source(x, PT_ERR_PARAM, "parameter", culprit);
    }
    return PT_SUCCESS;
}
