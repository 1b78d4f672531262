/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * format.c -- the input formats of the State APIs' parameters: one row a format.
 *
 * A value that the State would refuse with 422 is refused here, before anything leaves: the
 * State counts refused calls against the token (state-apis, 3.3). Layer 1 (schemas).
 */
#include "poterne/schemas/format.h"

#include "poterne/base/codec.h"
#include "poterne/base/num.h"

#define SIREN_LEN      9U
#define SIRET_LEN      14U
#define RNA_LEN        10U
#define EORI_MAX       17U
#define INTEGER_DIGITS 18U
#define YEAR_MIN       1900U
#define YEAR_MAX       2100U
#define LUHN_BASE      10U

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool all_digits(pt_slice s)
{
    for (size_t i = 0U; i < s.len; i++) {
        if (!is_digit(s.ptr[i])) {
            return false;
        }
    }
    return s.len > 0U;
}

/* From the right, every second digit counts double, and its two digits are added. */
static bool luhn(pt_slice digits)
{
    unsigned sum = 0U;
    for (size_t i = 0U; i < digits.len; i++) {
        unsigned d = (unsigned)(digits.ptr[digits.len - 1U - i] - '0');
        if (i % 2U == 1U) {
            d *= 2U;
            d = d >= LUHN_BASE ? d - (LUHN_BASE - 1U) : d;
        }
        sum += d;
    }
    return sum % LUHN_BASE == 0U;
}

bool pt_siren_valid(pt_slice text)
{
    return text.len == SIREN_LEN && all_digits(text) && luhn(text);
}

bool pt_siret_valid(pt_slice text)
{
    if (text.len != SIRET_LEN || !all_digits(text)) {
        return false;
    }
    /* La Poste numbered its post offices before the check digit: no sum holds for them. */
    return luhn(text) || pt_slice_starts(text, PT_SLICE("356000000"));
}

static bool rna_valid(pt_slice s)
{
    if (s.len != RNA_LEN) {
        return false;
    }
    if (s.ptr[0] == 'W') {
        return is_digit(s.ptr[1]) && (is_digit(s.ptr[2]) || is_capital(s.ptr[2])) &&
               all_digits(pt_slice_from(s, 3U));
    }
    /* Alsace-Moselle has its own register: 0, three digits, 00, four digits. */
    return s.ptr[0] == '0' && all_digits(s) && s.ptr[4] == '0' && s.ptr[5] == '0';
}

static bool eori_valid(pt_slice s)
{
    if (s.len < 3U || s.len > EORI_MAX || !is_capital(s.ptr[0]) || !is_capital(s.ptr[1])) {
        return false;
    }
    for (size_t i = 2U; i < s.len; i++) {
        if (!is_digit(s.ptr[i]) && !is_capital(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool siren_or_rna(pt_slice s)
{
    return pt_siren_valid(s) || rna_valid(s);
}

static bool siret_or_rna(pt_slice s)
{
    return pt_siret_valid(s) || rna_valid(s);
}

static bool siren_or_siret_or_rna(pt_slice s)
{
    return pt_siren_valid(s) || siret_or_rna(s);
}

static bool siret_or_eori(pt_slice s)
{
    return pt_siret_valid(s) || eori_valid(s);
}

static bool number_in(pt_slice s, uint64_t min, uint64_t max, uint64_t *ret)
{
    return pt_ok(pt_num_u64(s, min, max, ret));
}

static bool year_valid(pt_slice s)
{
    uint64_t year = 0U;
    return s.len == 4U && number_in(s, YEAR_MIN, YEAR_MAX, &year);
}

static bool month_valid(pt_slice s)
{
    uint64_t month = 0U;
    return s.len <= 2U && number_in(s, 1U, 12U, &month);
}

static bool integer_valid(pt_slice s)
{
    const pt_slice digits = pt_slice_starts(s, PT_SLICE("-")) ? pt_slice_from(s, 1U) : s;
    return digits.len <= INTEGER_DIGITS && all_digits(digits);
}

static uint64_t days_in(uint64_t year, uint64_t month)
{
    static const uint8_t days[] = {31U, 28U, 31U, 30U, 31U, 30U, 31U, 31U, 30U, 31U, 30U, 31U};
    const bool leap = year % 4U == 0U && (year % 100U != 0U || year % 400U == 0U);
    return month == 2U && leap ? 29U : days[month - 1U];
}

static bool date_valid(pt_slice s)
{
    uint64_t year = 0U;
    uint64_t month = 0U;
    uint64_t day = 0U;
    return s.len == 10U && s.ptr[4] == '-' && s.ptr[7] == '-' &&
           number_in(pt_slice_head(s, 4U), 1U, 9999U, &year) &&
           number_in(pt_slice_of(s.ptr + 5, 2U), 1U, 12U, &month) &&
           number_in(pt_slice_of(s.ptr + 8, 2U), 1U, days_in(year, month), &day);
}

static bool boolean_valid(pt_slice s)
{
    return pt_slice_eq(s, PT_SLICE("true")) || pt_slice_eq(s, PT_SLICE("false"));
}

static bool text_valid(pt_slice s)
{
    for (size_t i = 0U; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20U || s.ptr[i] == 0x7f) {
            return false;
        }
    }
    return s.len > 0U && pt_utf8_valid(s);
}

struct format_row {
    const char *name;
    bool (*valid)(pt_slice value);
    const char *help;
};

static const struct format_row formats[PT_FORMAT_COUNT] = {
    [PT_FORMAT_TEXT] = {"text", text_valid, "un texte non vide, sans caractère de contrôle"},
    [PT_FORMAT_SIREN] = {"siren", pt_siren_valid, "un SIREN : 9 chiffres dont la clé est juste"},
    [PT_FORMAT_SIRET] = {"siret", pt_siret_valid, "un SIRET : 14 chiffres dont la clé est juste"},
    [PT_FORMAT_RNA] = {"rna", rna_valid,
                       "un numéro RNA : W puis 9 caractères, ou 0, 3 chiffres, 00 et 4 chiffres "
                       "en Alsace-Moselle"},
    [PT_FORMAT_EORI] = {"eori", eori_valid,
                        "un numéro EORI : 2 lettres majuscules puis 1 à 15 chiffres ou majuscules"},
    [PT_FORMAT_SIREN_OR_RNA] = {"siren-or-rna", siren_or_rna,
                                "un SIREN (9 chiffres) ou un numéro RNA (W puis 9 caractères)"},
    [PT_FORMAT_SIRET_OR_RNA] = {"siret-or-rna", siret_or_rna,
                                "un SIRET (14 chiffres) ou un numéro RNA (W puis 9 caractères)"},
    [PT_FORMAT_SIREN_OR_SIRET_OR_RNA] = {"siren-or-siret-or-rna", siren_or_siret_or_rna,
                                         "un SIREN (9 chiffres), un SIRET (14 chiffres) ou un "
                                         "numéro RNA (W puis 9 caractères)"},
    [PT_FORMAT_SIRET_OR_EORI] = {"siret-or-eori", siret_or_eori,
                                 "un SIRET (14 chiffres) ou un numéro EORI (2 lettres majuscules "
                                 "puis 1 à 15 chiffres ou majuscules)"},
    [PT_FORMAT_YEAR] = {"year", year_valid, "une année sur 4 chiffres, de 1900 à 2100"},
    [PT_FORMAT_MONTH] = {"month", month_valid, "un mois, de 1 à 12 (ou de 01 à 12)"},
    [PT_FORMAT_INTEGER] = {"integer", integer_valid, "un nombre entier"},
    [PT_FORMAT_DATE] = {"date", date_valid, "une date qui existe, écrite AAAA-MM-JJ"},
    [PT_FORMAT_BOOLEAN] = {"boolean", boolean_valid, "true ou false"},
    [PT_FORMAT_ENUM] = {"enum", text_valid, "une des valeurs de la liste"},
};

const char *pt_format_name(enum pt_format_id id)
{
    return (unsigned)id < (unsigned)PT_FORMAT_COUNT ? formats[id].name : "";
}

const char *pt_format_help(enum pt_format_id id)
{
    return (unsigned)id < (unsigned)PT_FORMAT_COUNT ? formats[id].help : "";
}

PT_RESULT pt_format_find(pt_slice name, enum pt_format_id *ret)
{
    PT_ENSURE(ret != NULL, PT_E_ARG);
    for (unsigned i = 0U; i < (unsigned)PT_FORMAT_COUNT; i++) {
        if (pt_slice_eq(name, pt_slice_str(formats[i].name))) {
            *ret = (enum pt_format_id)i;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_ABSENT);
}

PT_RESULT pt_format_check(enum pt_format_id id, pt_slice value)
{
    PT_ENSURE((unsigned)id < (unsigned)PT_FORMAT_COUNT, PT_E_ARG);
    PT_ENSURE(formats[id].valid(value), PT_E_SYNTAX);
    return PT_SUCCESS;
}
