/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What libyaml complains of, said in French to somebody who edits a configuration.
 * Its texts are constants of the library: they hold nothing of the file.
 * Layer 3 (gateway).
 */
#include "gateway/config/yaml_int.h"

struct wording {
    const char *problem; /* libyaml's words */
    const char *french;
    bool context; /* the place where the construct began says more than where it failed */
};

static const struct wording wordings[] = {
    {"mapping values are not allowed in this context",
     "« : » inattendu : vérifier l'indentation, ou mettre la valeur entre guillemets", false},
    {"did not find expected key", "clé attendue : vérifier l'indentation", false},
    {"could not find expected ':'", "« : » manque après cette clé", true},
    {"did not find expected '-' indicator", "« - » attendu : vérifier l'indentation", false},
    {"block sequence entries are not allowed in this context",
     "« - » inattendu : vérifier l'indentation", false},
    {"block mapping entries are not allowed in this context",
     "clé inattendue : vérifier l'indentation", false},
    {"mapping keys are not allowed in this context", "clé inattendue", false},
    {"found unexpected end of stream", "ce guillemet n'est pas fermé", true},
    {"found unexpected document indicator", "ce guillemet n'est pas fermé", true},
    {"found character that cannot start any token",
     "caractère inattendu : mettre la valeur entre guillemets", false},
    {"did not find expected ',' or '}'", "« , » ou « } » manque", false},
    {"did not find expected ',' or ']'", "« , » ou « ] » manque", false},
    {"did not find expected node content", "valeur attendue", false},
    {"did not find expected <document start>", "ceci n'appartient plus au document", false},
    {"found unknown escape character", "« \\ » suivi d'un caractère inconnu", false},
    {"did not find expected hexdecimal number", "« \\ » : nombre hexadécimal attendu", false},
    {"found undefined tag handle", "étiquette YAML (« ! ») refusée", false},
};

static const struct wording *wording_of(const char *problem)
{
    for (size_t i = 0U; i < PT_COUNT(wordings); i++) {
        if (problem != NULL && strcmp(problem, wordings[i].problem) == 0) {
            return &wordings[i];
        }
    }
    return NULL;
}

/* The place of a byte: for faults of the encoding libyaml tells nothing else. */
static struct pt_mark mark_at(const struct pt_yaml_parse *parse, size_t offset)
{
    const struct pt_buf *bytes = &parse->diag->files[parse->file].bytes;
    struct pt_mark mark = {.file = parse->file, .line = 1U, .column = 1U, .width = 1U};
    for (size_t i = 0U; i < offset && i < bytes->len; i++) {
        if (bytes->ptr[i] == '\n') {
            mark.line++;
            mark.column = 1U;
        } else if (((uint8_t)bytes->ptr[i] & 0xC0U) != 0x80U) {
            mark.column++;
        }
    }
    mark.last = mark.line;
    return mark;
}

static struct pt_mark mark_from(const struct pt_yaml_parse *parse, const yaml_mark_t *place)
{
    return (struct pt_mark){.file = parse->file,
                            .line = (uint32_t)place->line + 1U,
                            .column = (uint32_t)place->column + 1U,
                            .width = 1U,
                            .last = (uint32_t)place->line + 1U};
}

static PT_RESULT reader_fault(struct pt_yaml_parse *parse, const yaml_parser_t *parser)
{
    const struct pt_mark mark = mark_at(parse, parser->problem_offset);
    const bool control = parser->problem != NULL &&
                         strcmp(parser->problem, "control characters are not allowed") == 0;
    PT_REPORT(parse->diag, &mark,
              control ? PT_SLICE("caractère de commande interdit")
                      : PT_SLICE("ce n'est pas de l'UTF-8"));
    return PT_SUCCESS;
}

PT_RESULT pt_yaml_fault(struct pt_yaml_parse *parse, const yaml_parser_t *parser)
{
    PT_ENSURE(parser->error != YAML_MEMORY_ERROR, PT_E_NOMEM);
    if (parser->error == YAML_READER_ERROR) {
        return reader_fault(parse, parser);
    }
    const struct wording *wording = wording_of(parser->problem);
    if (wording == NULL) {
        const struct pt_mark mark = mark_from(parse, &parser->problem_mark);
        PT_REPORT(parse->diag, &mark, PT_SLICE("YAML mal formé"));
        return PT_SUCCESS;
    }
    const struct pt_mark mark =
        mark_from(parse, wording->context ? &parser->context_mark : &parser->problem_mark);
    PT_REPORT(parse->diag, &mark, pt_slice_str(wording->french));
    return PT_SUCCESS;
}
