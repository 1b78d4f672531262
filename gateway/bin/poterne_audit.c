/* SPDX-License-Identifier: EUPL-1.2 */
/* poterne-audit: the tool of audit/, wired to the configuration. */
#include "gateway/bin/bin_int.h"

#include "poterne/audit/tool.h"

struct place {
    struct pt_config *config;
    struct pt_arena *arena;
};

static PT_RESULT find_directory(void *ctx, const char *file, struct pt_buf *report,
                                const char **ret_directory)
{
    struct place *place = ctx;
    pt_slice copy;
    PT_TRY(pt_tool_config(file, report, &place->config));
    PT_TRY(pt_arena_new(PT_EXCHANGE_ARENA_MAX, &place->arena));
    PT_TRY(pt_arena_dup(place->arena, place->config->log_directory, &copy));
    *ret_directory = copy.ptr;
    return PT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct place place = {0};
    const struct pt_audit_env env = {.directory = find_directory, .ctx = &place};
    const int code = pt_audit_main(argc, argv, &env);
    place.arena = pt_arena_free(place.arena);
    place.config = pt_config_free(place.config);
    return code;
}
