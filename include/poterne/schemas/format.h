/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * format.h -- input formats of the State APIs' parameters.
 *
 * SIREN and SIRET: INSEE, Luhn; La Poste's SIRETs (356000000NNNNN) are exempt from the SIRET
 * sum (state-apis, 2.2). RNA: `W` + digit + digit or capital + 7 digits, or the Alsace-Moselle
 * form. EORI: two capitals and up to 15 letters or digits.
 * Layer 1 (schemas). Pure functions.
 */
#ifndef POTERNE_SCHEMAS_FORMAT_H
#define POTERNE_SCHEMAS_FORMAT_H

#include "poterne/base/slice.h"
#include "poterne/base/status.h"

#define PT_FORMATS(X)                                                                              \
    X(PT_FORMAT_TEXT, "text")                                                                      \
    X(PT_FORMAT_SIREN, "siren")                                                                    \
    X(PT_FORMAT_SIRET, "siret")                                                                    \
    X(PT_FORMAT_RNA, "rna")                                                                        \
    X(PT_FORMAT_EORI, "eori")                                                                      \
    X(PT_FORMAT_SIREN_OR_RNA, "siren-or-rna")                                                      \
    X(PT_FORMAT_SIRET_OR_RNA, "siret-or-rna")                                                      \
    X(PT_FORMAT_SIREN_OR_SIRET_OR_RNA, "siren-or-siret-or-rna")                                    \
    X(PT_FORMAT_SIRET_OR_EORI, "siret-or-eori")                                                    \
    X(PT_FORMAT_YEAR, "year")                                                                      \
    X(PT_FORMAT_MONTH, "month")                                                                    \
    X(PT_FORMAT_INTEGER, "integer")                                                                \
    X(PT_FORMAT_DATE, "date")                                                                      \
    X(PT_FORMAT_BOOLEAN, "boolean")                                                                \
    X(PT_FORMAT_ENUM, "enum")

enum pt_format_id {
#define X(name, text) name,
    PT_FORMATS(X)
#undef X
        PT_FORMAT_COUNT
};

const char *pt_format_name(enum pt_format_id id);
PT_RESULT pt_format_find(pt_slice name, enum pt_format_id *ret); /* PT_E_ABSENT */
/** PT_E_SYNTAX when @value is not of that format (ENUM and TEXT: any non-empty UTF-8 without
 * controls). */
PT_RESULT pt_format_check(enum pt_format_id id, pt_slice value);
/** One French line that says what is expected, without the value: "un SIREN : 9 chiffres…". */
const char *pt_format_help(enum pt_format_id id);

bool pt_siren_valid(pt_slice text);
bool pt_siret_valid(pt_slice text);

#endif /* POTERNE_SCHEMAS_FORMAT_H */
