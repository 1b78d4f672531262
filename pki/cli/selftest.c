/* SPDX-License-Identifier: EUPL-1.2 */
/* selftest.c -- poterne-pki selftest: the known answers of pki/selftest.c. Layer 1 (pki). */
#include "poterne/pki/selftest.h"

#include "pki/cli/tool_int.h"

int command_selftest(const struct pt_cli *cli, void *ctx)
{
    static const struct pt_column columns[] = {{"id", "Essai", 12},
                                               {"verdict", "Verdict", 7},
                                               {"text", "Ce qui est essayé", 60},
                                               {"source", "Source", 12}};
    struct pt_table table = {.out = cli->out, .columns = columns, .ncolumns = PT_COUNT(columns)};
    size_t n = 0U;
    bool right = true;
    (void)ctx;
    if (cli->nargs != 0U) {
        (void)fprintf(cli->err, "poterne-pki: selftest ne prend pas d'argument\n");
        return PT_EXIT_USAGE;
    }
    if (!pt_ok(pt_cli_format(cli, &table.format))) {
        return PT_EXIT_USAGE;
    }
    const struct pt_selftest *const tests = pt_selftests(&n);
    pt_table_begin(&table);
    for (size_t i = 0U; i < n; i++) {
        const bool ok = pt_ok(tests[i].run());
        const struct pt_cell cells[] = {{.text = pt_slice_str(tests[i].id)},
                                        {.text = ok ? PT_SLICE("ok") : PT_SLICE("échec")},
                                        {.text = pt_slice_str(tests[i].text)},
                                        {.text = pt_slice_str(tests[i].source)}};
        pt_table_row(&table, cells);
        right = right && ok;
    }
    pt_table_end(&table);
    return right ? PT_EXIT_OK : PT_EXIT_NO;
}
