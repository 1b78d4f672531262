/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The homologation (RGS-01, RGS-02, RGS-05): a decision in a JSON file of its own, that the
 * authority signs off and the configuration only names. JSON is YAML in flow style: the file joins
 * the tree as the section "homologation", and the one table types it, with the same errors.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

#include "poterne/base/clock.h"

#include <stddef.h>

static const char section[] = "homologation";
static const char file_key[] = "homologation-file";

/* --- the file ------------------------------------------------------------------------------- */

static struct pt_yaml *find_child(struct pt_yaml *map, const char *key)
{
    for (struct pt_yaml *child = map->first; child != NULL; child = child->next) {
        if (!child->bad && pt_slice_eq(child->key, pt_slice_str(key))) {
            return child;
        }
    }
    return NULL;
}

/* The section is the file's alone: two places for one decision would be one too many. */
static void refuse_section(struct pt_load *load)
{
    struct pt_yaml *node = find_child(load->root, section);
    if (node != NULL) {
        PT_REPORT(&load->diag, &node->key_mark,
                  PT_SLICE("« homologation » s'écrit dans le fichier que nomme « "
                           "homologation-file »"));
        node->bad = true;
    }
}

static PT_RESULT join(struct pt_load *load, uint32_t index)
{
    struct pt_yaml *root = NULL;
    PT_TRY(pt_load_parse(load, index, &root));
    if (root == NULL) {
        const struct pt_mark mark = {.file = index};
        PT_REPORT(&load->diag, &mark, PT_SLICE("décision d'homologation vide"));
        return PT_SUCCESS;
    }
    PT_TRY(pt_arena_dup(load->arena, pt_slice_str(section), &root->key));
    root->key_mark = root->mark;
    pt_yaml_append(load->root, root);
    return PT_SUCCESS;
}

/* An absent file is no error here: stage and depth decide (pt_load_check_homologation). */
static PT_RESULT read_decision(struct pt_load *load, struct pt_yaml *node, const char *path)
{
    const uint32_t index = (uint32_t)load->nfiles;
    struct pt_config_file *file = &load->files[index];
    const struct pt_reader_port *reader = load->source->reader;
    file->path = path;
    pt_buf_init(&file->bytes, PT_CONFIG_FILE_MAX);
    load->nfiles++;
    const pt_status st = reader->read(reader->ctx, path, &file->bytes);
    PT_ENSURE(st.code != PT_E_NOMEM, PT_E_NOMEM);
    if (pt_ok(st)) {
        return join(load, index);
    }
    if (st.code != PT_E_ABSENT) {
        node->bad = true;
        PT_REPORT(&load->diag, &node->mark, PT_SLICE("fichier illisible : "), pt_slice_str(path));
    }
    return PT_SUCCESS;
}

PT_RESULT pt_load_homologation_file(struct pt_load *load)
{
    if (load->root->kind != PT_YAML_MAP) {
        return PT_SUCCESS;
    }
    refuse_section(load);
    struct pt_yaml *node = find_child(load->root, file_key);
    if (node == NULL || node->kind != PT_YAML_SCALAR || pt_yaml_is_null(node)) {
        return PT_SUCCESS;
    }
    pt_slice path = PT_SLICE_EMPTY;
    PT_TRY(pt_load_path(load, node, &path));
    return path.len > 0U ? read_decision(load, node, path.ptr) : PT_SUCCESS;
}

/* --- the snapshot ----------------------------------------------------------------------------- */

static bool fingerprint(const struct pt_yaml *node, const char *key, uint8_t out[static 32])
{
    const struct pt_yaml *text = pt_yaml_get(node, key);
    return text != NULL && pt_fingerprint_parse(text->text, out);
}

static PT_RESULT build_products(struct pt_load *load, const struct pt_yaml *node)
{
    static const struct pt_bind binds[] = {
        {"kind", offsetof(struct pt_product, kind), false},
        {"name", offsetof(struct pt_product, name), false},
        {"qualification", offsetof(struct pt_product, qualification), false},
        {"justification", offsetof(struct pt_product, justification), false}};
    struct pt_homologation *h = &load->own->config.homologation;
    PT_TRY(pt_load_entries_of(load, pt_yaml_get(node, "products"), &load->product_nodes,
                              &h->nproducts));
    void *array = NULL;
    PT_TRY(pt_load_array(load, h->nproducts, sizeof(struct pt_product), &array));
    struct pt_product *products = array;
    for (size_t i = 0U; i < h->nproducts; i++) {
        PT_TRY(pt_load_keep(load, load->product_nodes[i]->key, &products[i].id));
        PT_TRY(pt_load_bind(load, load->product_nodes[i], binds, PT_COUNT(binds), &products[i]));
    }
    h->products = products;
    return PT_SUCCESS;
}

PT_RESULT pt_load_homologation(struct pt_load *load)
{
    static const struct pt_bind binds[] = {
        {"authority", offsetof(struct pt_homologation, authority), false},
        {"scope", offsetof(struct pt_homologation, scope), false},
        {"version", offsetof(struct pt_homologation, version), false},
        {"residual-risks", offsetof(struct pt_homologation, residual_risks), false}};
    struct pt_homologation *h = &load->own->config.homologation;
    const struct pt_yaml *node = pt_yaml_get(load->root, section);
    if (node == NULL) {
        return PT_SUCCESS;
    }
    h->present = true;
    PT_TRY(pt_load_bind(load, node, binds, PT_COUNT(binds), h));
    h->date = (int32_t)pt_load_number(node, "date", 0);
    h->valid_until = (int32_t)pt_load_number(node, "valid-until", 0);
    h->has_program = fingerprint(node, "program-sha256", h->program_sha256);
    h->has_configuration = fingerprint(node, "configuration-sha256", h->configuration_sha256);
    return build_products(load, node);
}

/* --- what is wrong with it -------------------------------------------------------------------- */

static void check_dates(struct pt_load *load, const struct pt_yaml *node,
                        const struct pt_homologation *h)
{
    const struct pt_yaml *until = pt_yaml_get(node, "valid-until");
    if (until == NULL || pt_yaml_get(node, "date") == NULL) {
        return;
    }
    if (h->valid_until < h->date) {
        PT_REPORT(&load->diag, &until->mark, PT_SLICE("« valid-until » est avant « date »"));
    } else if (h->valid_until < load->source->today) {
        char text[PT_DATE_LEN + 1U];
        pt_time_date_text(h->valid_until, text);
        PT_WARNING(&load->diag, &until->mark, PT_SLICE("homologation expirée depuis le "),
                   pt_slice_str(text), PT_SLICE(" : à renouveler (RGS-01)"));
    }
}

static void check_products(struct pt_load *load, const struct pt_homologation *h)
{
    for (size_t i = 0U; i < h->nproducts; i++) {
        const struct pt_product *product = &h->products[i];
        if (product->qualification.len == 0U && product->justification.len == 0U) {
            PT_WARNING(&load->diag, &load->product_nodes[i]->key_mark, PT_SLICE("« "), product->id,
                       PT_SLICE(" » : ni qualification ni justification (RGS-05)"));
        }
    }
}

/* RGS-02: another configuration may run, but never unseen. */
static void check_drift(struct pt_load *load, const struct pt_yaml *node,
                        const struct pt_homologation *h)
{
    if (h->has_configuration && memcmp(h->configuration_sha256, load->own->config.files_sha256,
                                       sizeof h->configuration_sha256) != 0) {
        PT_WARNING(&load->diag, &pt_yaml_get(node, "configuration-sha256")->mark,
                   PT_SLICE("la configuration n'est pas celle qui a été homologuée (RGS-02)"));
    }
}

static void check_absent(struct pt_load *load)
{
    const struct pt_yaml *node = pt_yaml_get(load->root, file_key);
    if (node == NULL && pt_yaml_has(load->root, file_key)) {
        return; /* it was reported */
    }
    const struct pt_mark top = {.file = 0U};
    const struct pt_mark *mark = node != NULL ? &node->mark : &top;
    if (load->own->config.production) {
        PT_REPORT_HELP(&load->diag, mark, PT_SLICE("« stage: essai », tant qu'elle manque"),
                       PT_SLICE("pas de décision d'homologation : en production, le démarrage "
                                "est refusé (RGS-01)"));
    } else {
        PT_WARNING(&load->diag, mark,
                   PT_SLICE("pas de décision d'homologation (« homologation-file », RGS-01)"));
    }
}

void pt_load_check_homologation(struct pt_load *load)
{
    const struct pt_homologation *h = &load->own->config.homologation;
    const struct pt_yaml *node = pt_yaml_get(load->root, section);
    if (node != NULL) {
        check_dates(load, node, h);
        check_products(load, h);
        check_drift(load, node, h);
    } else if (load->source->depth == PT_CONFIG_FULL && !load->partial &&
               !pt_yaml_has(load->root, section)) {
        check_absent(load);
    }
}
