/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * LEG-02 on the shipped descriptors: each field of each recorded answer, allowed alone.
 *
 * The recorded answers are the project's own cases; the State's official ones are taken too
 * where they are at hand (PT_SHARED).
 */
#include <criterion/criterion.h>

#include "poterne/base/file.h"
#include "poterne/schemas/walk.h"
#include "tests/support/descriptors.h"
#include "tests/support/minimise_slow.h"

#define SHIPPED     PT_SOURCE_DIR "/schemas/datasets"
#define OWN_CASES   PT_FIXTURES_DIR "/staging/entreprise.jsonl"
#define STATE_CASES "data/state-apis/api_entreprise/staging_cases.jsonl"

TestSuite(walk_datasets, .timeout = 120.0);

struct bed {
    struct pt_catalogue *catalogue;
    const struct pt_dataset *dataset;
    json_t *payload;
    char *text; /* the payload */
    size_t walks;
    size_t hits;
};

/* One walk under one pointer, held against the slow reference. */
static void walk_alone(struct bed *bed, const char *pointer)
{
    struct slow slow = {.pointers = &pointer, .n = 1U};
    struct pt_mask *mask = NULL;
    struct pt_walk_report report = {0};
    struct pt_buf out;
    size_t bad = 0U;
    const pt_slice field = pt_slice_str(pointer);
    pt_status st = pt_mask_new(bed->dataset, &field, 1U, &mask, &bad);
    cr_assert(pt_ok(st), "%s", pointer);
    pt_buf_init(&out, PT_FETCH_BODY_MAX);
    st = pt_walk(bed->dataset, mask, pt_slice_str(bed->text), &out, &report);
    cr_assert(pt_ok(st), "%s", pointer);

    json_t *const want = slow_minimise(&slow, bed->dataset, bed->payload);
    json_t *const got = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL);
    cr_expect(json_equal(got, want), "%s", pointer);
    cr_expect_eq((report.hit[0] & 1U) != 0U, slow.hit[0], "%s", pointer);
    cr_expect_eq(report.unknown, slow.unknown, "%s", pointer);
    cr_expect_eq(report.withheld, slow.withheld, "%s", pointer);
    bed->hits += slow.hit[0] ? 1U : 0U;
    bed->walks++;
    json_decref(got);
    json_decref(want);
    pt_buf_done(&out);
    mask = pt_mask_free(mask);
}

/* Every place of the descriptor but the root, parents before children. */
static void walk_places(struct bed *bed, const struct pt_node *node)
{
    if (node->parent != NULL) {
        struct pt_buf pointer;
        pt_buf_init(&pointer, PT_POINTER_MAX + 1U);
        pt_node_pointer(node, &pointer);
        pt_buf_put_byte(&pointer, '\0');
        cr_assert(pt_ok(pt_buf_status(&pointer)));
        walk_alone(bed, pointer.ptr);
        pt_buf_done(&pointer);
    }
    for (uint32_t i = 0U; i < node->nmembers; i++) {
        walk_places(bed, &node->members[i]);
    }
    if (node->items != NULL) {
        walk_places(bed, node->items);
    }
}

static const struct pt_dataset *find(const struct pt_catalogue *catalogue, const char *path)
{
    for (size_t i = 0U; i < pt_catalogue_count(catalogue); i++) {
        const struct pt_dataset *const dataset = pt_catalogue_at(catalogue, i);
        if (pt_slice_eq(dataset->path, pt_slice_str(path))) {
            return dataset;
        }
    }
    return NULL;
}

/* A field the State might add tomorrow, in every object of the answer. */
static void add_tomorrow(json_t *value)
{
    size_t i = 0U;
    const char *key = NULL;
    json_t *child = NULL;
    if (json_is_object(value)) {
        json_object_foreach(value, key, child)
        {
            add_tomorrow(child);
        }
        (void)json_object_set_new(value, "champ_de_demain", json_string("DEMAIN-7f3a"));
    }
    json_array_foreach(value, i, child)
    {
        add_tomorrow(child);
    }
}

static void walk_tomorrow(struct bed *bed)
{
    const pt_slice all[] = {PT_SLICE("/data"), PT_SLICE("/links"), PT_SLICE("/meta")};
    struct pt_mask *mask = NULL;
    struct pt_walk_report report = {0};
    struct pt_buf out;
    size_t bad = 0U;
    json_t *const tomorrow = json_deep_copy(bed->payload);
    add_tomorrow(tomorrow);
    char *const text = json_dumps(tomorrow, JSON_COMPACT);
    pt_buf_init(&out, PT_FETCH_BODY_MAX);
    cr_assert(pt_ok(pt_mask_new(bed->dataset, all, 3U, &mask, &bad)));
    cr_assert(pt_ok(pt_walk(bed->dataset, mask, pt_slice_str(text), &out, &report)));
    cr_expect_null(memmem(out.ptr, out.len, "DEMAIN-7f3a", 11U), "a new upstream field passed");
    cr_expect_geq(report.unknown, 1U);
    free(text);
    json_decref(tomorrow);
    pt_buf_done(&out);
    mask = pt_mask_free(mask);
}

static void walk_case(struct bed *bed, json_t *json)
{
    if (json_integer_value(json_object_get(json, "status")) != 200) {
        return;
    }
    const char *const path = json_string_value(json_object_get(json, "path"));
    bed->dataset = find(bed->catalogue, path);
    cr_assert_not_null(bed->dataset, "%s", path);
    bed->payload = json_object_get(json, "payload");
    bed->text = json_dumps(bed->payload, JSON_INDENT(1));
    cr_assert_not_null(bed->text);
    walk_places(bed, bed->dataset->root);
    walk_tomorrow(bed);
    free(bed->text);
}

static void walk_file(struct bed *bed, const char *file)
{
    struct pt_buf text;
    pt_buf_init(&text, 8U * 1024U * 1024U);
    cr_assert(pt_ok(pt_file_read(file, &text)), "%s", file);
    pt_slice lines = pt_buf_slice(&text);
    while (lines.len > 0U) {
        const pt_slice line = pt_slice_cut(&lines, '\n');
        json_t *const json = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
        cr_assert_not_null(json);
        walk_case(bed, json);
        json_decref(json);
    }
    pt_buf_done(&text);
}

Test(walk_datasets, LEG_02_each_field_of_each_recorded_answer_leaves_alone_when_it_is_allowed_alone)
{
    char file[PT_PATH_MAX];
    const char *const shared = getenv("PT_SHARED");
    struct bed bed = {.catalogue = load_folder(SHIPPED)};
    cr_assert_not_null(bed.catalogue);
    walk_file(&bed, OWN_CASES);
    cr_expect_gt(bed.walks, 100U);
    cr_expect_gt(bed.hits, 80U);

    (void)snprintf(file, sizeof(file), "%s/" STATE_CASES,
                   shared != NULL ? shared : PT_SOURCE_DIR "/../shared");
    FILE *const there = fopen(file, "re");
    if (there != NULL) {
        (void)fclose(there);
        walk_file(&bed, file);
    }
    cr_log_info("%zu walks, %zu places found\n", bed.walks, bed.hits);
    bed.catalogue = pt_catalogue_free(bed.catalogue);
}
