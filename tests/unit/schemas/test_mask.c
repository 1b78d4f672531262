/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Compiling a mask: what is refused, what each pointer opens.
 */
#include <criterion/criterion.h>
#include <signal.h>

#include "schemas/mask_int.h"
#include "tests/support/masked.h"
#include "tests/support/torture.h"

static const char tree_text[] =
    "o{data:o!{siren:s!,nom:s?1,adresse:o{ville:s,voie:o{type:s,nom:s}},liste:a[o{x:i2,y:s}],"
    "nu:a[s],a~b:s,c/d:s,vide:a,*:s,0:s},links:o,meta:o}";

static struct tree tree;

static void setup(void)
{
    (void)tree_init(&tree, tree_text);
}

TestSuite(mask, .init = setup, .timeout = 20.0);

static uint32_t compile(const char *pointer)
{
    struct pt_mask *mask = NULL;
    size_t bad = 99U;
    const pt_slice fine_then_it[] = {PT_SLICE("/data/siren"), pt_slice_str(pointer)};
    const pt_status st = pt_mask_new(&tree.dataset, fine_then_it, 2U, &mask, &bad);
    cr_expect_eq(bad, pt_ok(st) ? 99U : 1U, "%s", pointer);
    cr_expect_eq(mask != NULL, pt_ok(st), "ret_mask is untouched on failure");
    mask = pt_mask_free(mask);
    return st.code;
}

Test(mask, the_whole_document_is_no_field)
{
    cr_expect_eq(compile(""), PT_E_SYNTAX);
}

Test(mask, a_text_that_is_no_pointer_is_refused)
{
    cr_expect_eq(compile("data"), PT_E_SYNTAX);
    cr_expect_eq(compile("data/siren"), PT_E_SYNTAX);
    cr_expect_eq(compile("/data/a~b"), PT_E_SYNTAX);
    cr_expect_eq(compile("/data/a~2b"), PT_E_SYNTAX);
    cr_expect_eq(compile("/data/a~"), PT_E_SYNTAX);
}

Test(mask, a_place_the_descriptor_does_not_know_is_refused)
{
    const char *const absent[] = {
        "/",         "/siren",     "/data/",       "/data/inconnu", "/DATA",   "/data/siren/x",
        "/data/Nom", "/data/nom/", "/data/vide/*", "/data/siren/*", "/errors", "/data//siren"};
    for (size_t i = 0U; i < PT_COUNT(absent); i++) {
        cr_expect_eq(compile(absent[i]), PT_E_ABSENT, "%s", absent[i]);
    }
}

Test(mask, an_item_is_named_by_a_star_and_never_by_a_number)
{
    cr_expect_neq(compile("/data/liste/0"), PT_OK);
    cr_expect_neq(compile("/data/liste/0/x"), PT_OK);
    cr_expect_neq(compile("/data/liste/-"), PT_OK);
    cr_expect_neq(compile("/data/liste/x"), PT_OK);
    cr_expect_eq(compile("/data/liste/*"), PT_OK);
    cr_expect_eq(compile("/data/liste/*/x"), PT_OK);
    cr_expect_eq(compile("/data/0"), PT_OK, "a member may have digits for a name");
}

Test(mask, escapes_of_a_pointer_name_the_member_they_stand_for)
{
    cr_expect_eq(compile("/data/a~0b"), PT_OK);
    cr_expect_eq(compile("/data/c~1d"), PT_OK);
    cr_expect_neq(compile("/data/c/d"), PT_OK);
}

Test(mask, one_pointer_more_than_the_bound_is_refused)
{
    struct pt_mask *mask = NULL;
    size_t bad = 7U;
    pt_slice many[PT_MASK_FIELDS_MAX + 1U];
    for (size_t i = 0U; i < PT_COUNT(many); i++) {
        many[i] = PT_SLICE("/data/siren");
    }
    pt_status st = pt_mask_new(&tree.dataset, many, PT_COUNT(many), &mask, &bad);
    cr_expect_eq(st.code, PT_E_LIMIT);
    cr_expect_null(mask);
    cr_expect_eq(bad, 7U);
    st = pt_mask_new(&tree.dataset, many, PT_MASK_FIELDS_MAX, &mask, &bad);
    cr_assert_eq(st.code, PT_OK);
    cr_expect_eq(pt_mask_count(mask), PT_MASK_FIELDS_MAX);
    mask = pt_mask_free(mask);
}

Test(mask, a_pointer_longer_than_the_bound_is_refused)
{
    char text[PT_POINTER_MAX + 2U];
    memset(text, 'a', sizeof(text));
    text[0] = '/';
    text[PT_POINTER_MAX + 1U] = '\0';
    cr_expect_eq(compile(text), PT_E_SYNTAX);
    text[PT_POINTER_MAX] = '\0';
    cr_expect_eq(compile(text), PT_E_ABSENT);
}

static uint32_t compile_tree(const char *text)
{
    static struct tree other;
    struct pt_mask *mask = NULL;
    size_t bad = 0U;
    const pt_status st = pt_mask_new(tree_init(&other, text), NULL, 0U, &mask, &bad);
    mask = pt_mask_free(mask);
    return st.code;
}

Test(mask, a_tree_with_more_members_or_levels_than_the_walker_has_room_for_is_refused)
{
    char wide[4096] = "o{";
    size_t at = 2U;
    for (unsigned i = 0U; i <= PT_NODE_MEMBERS_MAX; i++) {
        if (i == PT_NODE_MEMBERS_MAX) {
            memcpy(wide + at - 1U, "}", 2U);
            cr_expect_eq(compile_tree(wide), PT_OK);
            wide[at - 1U] = ',';
        }
        at += (size_t)snprintf(wide + at, 16U, "m%u:s,", i);
    }
    memcpy(wide + at - 1U, "}", 2U);
    cr_expect_eq(compile_tree(wide), PT_E_LIMIT);

    char deep[256] = {0};
    for (size_t i = 0U; i < PT_JSON_DEPTH_MAX; i++) {
        memcpy(deep + i * 2U, "a[", 2U);
    }
    deep[2U * PT_JSON_DEPTH_MAX] = 's';
    memset(deep + 2U * PT_JSON_DEPTH_MAX + 1U, ']', PT_JSON_DEPTH_MAX);
    cr_expect_eq(compile_tree(deep), PT_E_LIMIT);
    memcpy(deep + 2U * (PT_JSON_DEPTH_MAX - 1U), "s", 1U);
    memset(deep + 2U * PT_JSON_DEPTH_MAX - 1U, ']', PT_JSON_DEPTH_MAX - 1U);
    deep[3U * PT_JSON_DEPTH_MAX - 2U] = '\0';
    cr_expect_eq(compile_tree(deep), PT_OK);
}

Test(mask, a_call_or_a_tree_that_breaks_the_contract_is_refused)
{
    struct pt_mask *mask = NULL;
    size_t bad = 0U;
    struct pt_dataset broken = {0};
    const pt_slice pointer = PT_SLICE("/data");
    cr_expect_eq(pt_mask_new(NULL, NULL, 0U, &mask, &bad).code, PT_E_ARG);
    cr_expect_eq(pt_mask_new(&broken, NULL, 0U, &mask, &bad).code, PT_E_ARG);
    cr_expect_eq(pt_mask_new(&tree.dataset, NULL, 1U, &mask, &bad).code, PT_E_ARG);
    cr_expect_eq(pt_mask_new(&tree.dataset, &pointer, 1U, NULL, &bad).code, PT_E_ARG);
    cr_expect_eq(pt_mask_new(&tree.dataset, &pointer, 1U, &mask, NULL).code, PT_E_ARG);

    broken = tree.dataset;
    broken.nnodes--; /* the last place has no room */
    cr_expect_eq(pt_mask_new(&broken, &pointer, 1U, &mask, &bad).code, PT_E_ARG);
    broken = tree.dataset;
    broken.root = tree.dataset.root->members; /* a place that is not the first */
    cr_expect_eq(pt_mask_new(&broken, &pointer, 1U, &mask, &bad).code, PT_E_ARG);
    cr_expect_null(mask);
}

Test(mask, asking_for_a_pointer_it_does_not_have_is_a_bug, .signal = SIGABRT)
{
    static struct masked m;
    masked_open(&m, tree_text, "/data");
    (void)pt_mask_pointer(m.mask, 1U);
}

Test(mask, nothing_is_open_when_no_pointer_is_given)
{
    struct pt_mask *mask = NULL;
    size_t bad = 0U;
    const pt_status st = pt_mask_new(&tree.dataset, NULL, 0U, &mask, &bad);
    cr_assert_eq(st.code, PT_OK);
    for (size_t i = 0U; i < tree.dataset.nnodes; i++) {
        cr_expect_eq(mask->plans[i].opens & ~PT_OPENS_SHELL, 0);
    }
    cr_expect_eq(pt_mask_count(mask), 0U);
    cr_expect_eq(pt_mask_class(mask), PT_CLASS_PUBLIC);
    mask = pt_mask_free(mask);
}

static unsigned opens(const struct masked *m, const char *pointer)
{
    const struct pt_node *node = NULL;
    const pt_status st = pt_dataset_find(&m->tree.dataset, pt_slice_str(pointer), &node);
    cr_assert_eq(st.code, PT_OK, "%s", pointer);
    return m->mask->plans[node->index].opens;
}

Test(mask, a_pointer_opens_its_place_what_is_under_it_and_the_way_to_it)
{
    static struct masked m;
    masked_open(&m, tree_text, "/data/adresse/voie /data/liste/*/x");
    cr_expect_eq(opens(&m, ""), PT_OPENS_MEMBERS);
    cr_expect_eq(opens(&m, "/data"), PT_OPENS_MEMBERS | PT_OPENS_SHELL);
    cr_expect_eq(opens(&m, "/data/adresse"), PT_OPENS_MEMBERS);
    cr_expect_eq(opens(&m, "/data/adresse/ville"), 0U);
    cr_expect_eq(opens(&m, "/data/adresse/voie"), PT_OPENS_WHOLE);
    cr_expect_eq(opens(&m, "/data/adresse/voie/nom"), PT_OPENS_WHOLE);
    cr_expect_eq(opens(&m, "/data/liste"), PT_OPENS_ITEMS);
    cr_expect_eq(opens(&m, "/data/liste/*"), PT_OPENS_MEMBERS);
    cr_expect_eq(opens(&m, "/data/liste/*/x"), PT_OPENS_WHOLE);
    cr_expect_eq(opens(&m, "/data/liste/*/y"), 0U);
    cr_expect_eq(opens(&m, "/data/siren"), 0U);
    cr_expect_eq(opens(&m, "/links"), PT_OPENS_SHELL);
    masked_close(&m);
}

Test(mask, its_class_is_the_highest_of_what_it_opens)
{
    static struct masked m;
    const struct {
        const char *fields;
        enum pt_class class_;
    } table[] = {
        {"/data/siren", PT_CLASS_PUBLIC},
        {"/data/nom", PT_CLASS_PERSONAL},
        {"/data/nom /data/siren", PT_CLASS_PERSONAL},
        {"/data/liste/*/y", PT_CLASS_PUBLIC},
        {"/data/liste", PT_CLASS_SENSITIVE},
        {"/data", PT_CLASS_SENSITIVE},
    };
    for (size_t i = 0U; i < PT_COUNT(table); i++) {
        masked_open(&m, tree_text, table[i].fields);
        cr_expect_eq(pt_mask_class(m.mask), table[i].class_, "%s", table[i].fields);
        masked_close(&m);
    }
}

Test(mask, it_keeps_its_own_copy_of_the_pointers)
{
    struct pt_mask *mask = NULL;
    size_t bad = 0U;
    char text[] = "/data/nom/data/siren";
    const pt_slice pointers[] = {pt_slice_of(text, 9U), pt_slice_of(text + 9, 11U)};
    const pt_status st = pt_mask_new(&tree.dataset, pointers, 2U, &mask, &bad);
    cr_assert_eq(st.code, PT_OK);
    memset(text, '?', sizeof(text));
    cr_expect_eq(pt_mask_count(mask), 2U);
    cr_expect(pt_slice_eq(pt_mask_pointer(mask, 0U), PT_SLICE("/data/nom")));
    cr_expect(pt_slice_eq(pt_mask_pointer(mask, 1U), PT_SLICE("/data/siren")));
    mask = pt_mask_free(mask);
    cr_expect_null(pt_mask_free(NULL));
}

Test(mask, every_known_name_is_found_and_no_other)
{
    static struct masked m;
    char text[8192] = "o{";
    size_t at = 2U;
    for (unsigned i = 0U; i < 200U; i++) { /* lengths 1 to 24, many with equal ends */
        at += (size_t)snprintf(text + at, 64U, "%.*s%u%.*s:s,", (int)(i % 11U), "date_de_la", i,
                               (int)(i % 10U), "annuelle_");
    }
    memcpy(text + at - 1U, "}", 2U);
    masked_open(&m, text, "");
    const struct pt_node *const root = m.tree.dataset.root;
    const struct pt_plan *const plan = &m.mask->plans[root->index];
    for (uint32_t i = 0U; i < root->nmembers; i++) {
        const pt_slice name = root->members[i].name;
        struct pt_text asked = {.ptr = name.ptr, .len = (uint32_t)name.len};
        const struct pt_plan *const found = pt_mask_member(m.mask, plan, &asked);
        cr_assert_not_null(found);
        cr_expect_eq(found->node, &root->members[i]);
        cr_expect_eq(found->rank, i);
        asked.escaped = true; /* the other way of searching must give the same */
        cr_expect_eq(pt_mask_member(m.mask, plan, &asked), found);
    }
    const char *const strange[] = {"", "x", "0x", "date_de_la", "zzzzzzzz", "date_de_la_annuelle_"};
    for (size_t i = 0U; i < PT_COUNT(strange); i++) {
        struct pt_text asked = {.ptr = strange[i], .len = (uint32_t)strlen(strange[i])};
        cr_expect_null(pt_mask_member(m.mask, plan, &asked), "%s", strange[i]);
        asked.escaped = true;
        cr_expect_null(pt_mask_member(m.mask, plan, &asked), "%s", strange[i]);
    }
    masked_close(&m);
}

Test(mask, running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    const pt_slice pointers[] = {PT_SLICE("/data/siren"), PT_SLICE("/data/liste/*")};
    bool done = false;
    TORTURE(nth)
    {
        struct pt_mask *mask = NULL;
        size_t bad = 0U;
        torture_arm(nth);
        const pt_status st = pt_mask_new(&tree.dataset, pointers, 2U, &mask, &bad);
        torture_disarm();
        if (pt_ok(st)) {
            mask = pt_mask_free(mask);
            done = true;
            break;
        }
        cr_expect_eq(st.code, PT_E_NOMEM, "allocation %u", nth);
        cr_expect_null(mask);
    }
    cr_assert(done);
}
