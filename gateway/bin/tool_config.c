/* SPDX-License-Identifier: EUPL-1.2 */
/* The configuration as the tools read it: its paths, without opening what they name. */
#include "gateway/bin/bin_int.h"

#include "poterne/base/file.h"
#include "poterne/gateway/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_MS 86400000U

PT_RESULT pt_datasets_folder(char *out, size_t size)
{
    char exe[PT_PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1U);
    if (n <= 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    exe[n] = '\0';
    char *slash = strrchr(exe, '/');
    PT_ENSURE(slash != NULL, PT_E_IO);
    *slash = '\0';
    return pt_file_join(exe, "../share/poterne/datasets", out, size);
}

PT_RESULT pt_tool_config(const char *file, struct pt_buf *report, struct pt_config **ret_config)
{
    char datasets[PT_PATH_MAX];
    PT_TRY(pt_datasets_folder(datasets, sizeof datasets));
    struct pt_reader_fs fs = {.credentials = getenv("CREDENTIALS_DIRECTORY")};
    const struct pt_reader_port reader = pt_reader_fs(&fs);
    const struct pt_config_source source = {
        .reader = &reader,
        .path = file,
        .datasets = datasets,
        .depth = PT_CONFIG_PATHS,
        .today = (int32_t)(pt_clock_wall_ms(&pt_clock_system) / DAY_MS)};
    return pt_config_load(&source, report, ret_config);
}
