/* SPDX-License-Identifier: EUPL-1.2 */
/* URLs we write: nothing of a value can become structure. */
#include "connectors/connectors_int.h"

#include <criterion/criterion.h>

static struct pt_buf url;

static void setup(void)
{
    pt_buf_init(&url, 256U);
}

static void teardown(void)
{
    pt_buf_done(&url);
}

TestSuite(url, .init = setup, .fini = teardown, .timeout = 10.0);

static void expect_url(const char *want)
{
    cr_expect(pt_slice_eq(pt_buf_slice(&url), pt_slice_str(want)), "%.*s", (int)url.len, url.ptr);
}

Test(url, a_placeholder_without_argument_is_refused)
{
    cr_expect_eq(pt_url_put_path(&url, PT_SLICE("/v3/{siret}/x"), NULL, 0U).code, PT_E_SCHEMA);
}

Test(url, an_empty_argument_is_refused)
{
    const struct pt_arg arg = {PT_SLICE("siret"), PT_SLICE_EMPTY};
    cr_expect_eq(pt_url_put_path(&url, PT_SLICE("/v3/{siret}/x"), &arg, 1U).code, PT_E_SCHEMA);
}

Test(url, a_url_beyond_its_bound_is_refused)
{
    const char many[300] = {0};
    const struct pt_arg arg = {PT_SLICE("a"), pt_slice_of(many, sizeof many)};
    cr_expect_eq(pt_url_put_path(&url, PT_SLICE("/{a}"), &arg, 1U).code, PT_E_LIMIT);
}

Test(url, a_value_cannot_add_segments_queries_or_fragments)
{
    const struct pt_arg arg = {PT_SLICE("a"), PT_SLICE("../x?y=1#z&%2f")};
    cr_assert(pt_ok(pt_url_put_path(&url, PT_SLICE("/v3/{a}/end"), &arg, 1U)));
    expect_url("/v3/..%2Fx%3Fy%3D1%23z%26%252f/end");
}

Test(url, every_unreserved_character_stays_as_it_is)
{
    pt_url_put(&url, PT_SLICE("AZaz09-._~"));
    expect_url("AZaz09-._~");
}

Test(url, bytes_beyond_ascii_are_escaped_one_by_one)
{
    pt_url_put(&url, PT_SLICE("\xC3\xA9 "));
    expect_url("%C3%A9%20");
}

Test(url, the_first_query_takes_a_question_mark_and_the_next_an_ampersand)
{
    bool first = true;
    pt_url_put_query(&url, &first, PT_SLICE("a"), PT_SLICE("1"));
    pt_url_put_query(&url, &first, PT_SLICE("b[]"), PT_SLICE("2"));
    expect_url("?a=1&b%5B%5D=2");
}

Test(url, several_placeholders_take_their_own_arguments)
{
    const struct pt_arg args[] = {{PT_SLICE("month"), PT_SLICE("07")},
                                  {PT_SLICE("year"), PT_SLICE("2025")}};
    cr_assert(pt_ok(pt_url_put_path(&url, PT_SLICE("/m/{month}/annee/{year}"), args, 2U)));
    expect_url("/m/07/annee/2025");
}
