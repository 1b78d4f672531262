/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * cli_int.h -- what the commands of poterne-catalogue share. Layer 1 (schemas), private.
 */
#ifndef SCHEMAS_CLI_CLI_INT_H
#define SCHEMAS_CLI_CLI_INT_H

#include "poterne/base/cli.h"
#include "poterne/base/file.h"
#include "poterne/schemas/catalogue.h"

int pt_tool_list(const struct pt_cli *cli, void *ctx);
int pt_tool_show(const struct pt_cli *cli, void *ctx);
int pt_tool_check(const struct pt_cli *cli, void *ctx);
int pt_tool_import(const struct pt_cli *cli, void *ctx);

/** Print "poterne-catalogue: @what « @detail »" on stderr; @detail may be NULL. */
void pt_tool_complain(const struct pt_cli *cli, const char *what, const char *detail);
/** The exit code that says why a file could not be read or written, after a message. */
int pt_tool_io_exit(const struct pt_cli *cli, pt_status st, const char *path);

/** The folder of --datasets, or <dir of this program>/../share/poterne/datasets. */
PT_RESULT pt_tool_datasets(const struct pt_cli *cli, char *out, size_t size);
/** <datasets>/../<name>, beside the datasets. */
PT_RESULT pt_tool_beside(const char *datasets, const char *name, char *out, size_t size);

/* Every descriptor of a folder, sealed, with every complaint already on stderr. */
struct pt_folder {
    struct pt_catalogue *catalogue;
    size_t errors;
};
/**
 * Load DIR/ ** / *.json, in the order of names. Bad files are counted and named, good ones kept.
 * @return PT_E_ABSENT or PT_E_IO when @dir cannot be read, PT_E_NOMEM
 */
PT_RESULT pt_folder_load(const struct pt_cli *cli, const char *dir, struct pt_folder *ret);

/** params, scopes, quota of a dataset as JSON values. */
void pt_tool_params_json(const struct pt_dataset *dataset, struct pt_buf *out);
void pt_tool_texts_json(const pt_slice *texts, size_t n, struct pt_buf *out);
void pt_tool_quota_json(const struct pt_dataset *dataset, struct pt_buf *out);
/** "siren, limit?" */
void pt_tool_params_text(const struct pt_dataset *dataset, struct pt_buf *out);

#endif /* SCHEMAS_CLI_CLI_INT_H */
