/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * One tree from several files: tables of entries (upstreams, clients, agents, habilitations) are
 * united, other sections may stand in one file only. What is defined twice is named with both
 * places.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

static struct pt_yaml *child_of(struct pt_yaml *map, pt_slice key)
{
    for (struct pt_yaml *child = map->first; child != NULL; child = child->next) {
        if (!child->bad && pt_slice_eq(child->key, key)) {
            return child;
        }
    }
    return NULL;
}

static void move_entries(struct pt_yaml *to, struct pt_yaml *from)
{
    struct pt_yaml *next = NULL;
    for (struct pt_yaml *child = from->first; child != NULL; child = next) {
        next = child->next;
        pt_yaml_append(to, child);
    }
}

static PT_RESULT unite(struct pt_load *load, struct pt_yaml *known, struct pt_yaml *section)
{
    if (pt_yaml_is_null(section)) {
        return PT_SUCCESS;
    }
    if (pt_yaml_is_null(known)) {
        known->kind = PT_YAML_MAP;
    }
    if (section->kind != PT_YAML_MAP || known->kind != PT_YAML_MAP) {
        const struct pt_yaml *wrong = section->kind != PT_YAML_MAP ? section : known;
        if (!wrong->cut) {
            PT_REPORT(&load->diag, &wrong->mark, PT_SLICE("« "), section->key,
                      PT_SLICE(" » : il faut une table"));
        }
        known->bad = known->bad || wrong == known;
        return PT_SUCCESS;
    }
    move_entries(known, section);
    return pt_yaml_index(known, load->arena, &load->diag);
}

static PT_RESULT merge_section(struct pt_load *load, struct pt_yaml *section)
{
    struct pt_yaml *known = child_of(load->root, section->key);
    const struct pt_row *row = pt_table_child(pt_table_root(), section->key);
    if (known == NULL || row == NULL) {
        pt_yaml_append(load->root, section);
        return PT_SUCCESS;
    }
    if (row->type == PT_V_MAP) {
        return unite(load, known, section);
    }
    PT_REPORT(&load->diag, &section->key_mark, PT_SLICE("« "), section->key,
              PT_SLICE(" » est déjà défini à "), pt_diag_place(&load->diag, &known->key_mark));
    return PT_SUCCESS;
}

PT_RESULT pt_load_merge(struct pt_load *load, struct pt_yaml *fragment)
{
    if (load->root == NULL || pt_yaml_is_null(fragment)) {
        load->root = load->root == NULL ? fragment : load->root;
        return PT_SUCCESS;
    }
    if (load->root->kind != PT_YAML_MAP || fragment->kind != PT_YAML_MAP) {
        const struct pt_yaml *wrong = fragment->kind != PT_YAML_MAP ? fragment : NULL;
        if (wrong != NULL) {
            PT_REPORT(&load->diag, &wrong->mark, PT_SLICE("il faut une table de sections"));
        }
        return PT_SUCCESS; /* a main file that is none is reported with its own type */
    }
    struct pt_yaml *next = NULL;
    for (struct pt_yaml *section = fragment->first; section != NULL; section = next) {
        next = section->next;
        PT_TRY(merge_section(load, section));
    }
    return PT_SUCCESS;
}
