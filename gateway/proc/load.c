/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Reading the configuration for everybody: once, recorded, checked whole, sealed in a memfd. Gate
 * rebuilds the same snapshot from those bytes; the file system is not asked twice.
 */
#include "gateway/proc/supervisor_int.h"

#include "poterne/base/cli.h"
#include "poterne/base/file.h"
#include "poterne/gateway/policy.h"
#include "poterne/gateway/reader.h"
#include "poterne/pki/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_MS      86400000U
#define REPORT_MAX  1048576U
#define POLICY_MAX  67108864U
#define PROGRAM_MAX 536870912U /* poterned itself, with its debugging symbols */

static PT_RESULT copy_text(pt_slice text, char *out, size_t size)
{
    PT_ENSURE(text.len < size, PT_E_LIMIT);
    memset(out, 0, size);
    if (text.len > 0U) {
        memcpy(out, text.ptr, text.len);
    }
    return PT_SUCCESS;
}

static uint16_t lanes_of(const struct pt_config *config)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const uint32_t wanted = config->lanes != 0U ? config->lanes : cores > 1 ? (uint32_t)cores : 1U;
    return (uint16_t)(wanted < PT_LANES_MAX ? wanted : PT_LANES_MAX);
}

static PT_RESULT fill_settings(const struct pt_supervisor_options *options,
                               const struct pt_config *config, struct pt_loaded *ret)
{
    ret->gate = (struct pt_settings){.lanes = lanes_of(config)};
    ret->scribe =
        (struct pt_settings){.lanes = ret->gate.lanes, .reserve_bytes = config->log_reserve_bytes};
    PT_TRY(copy_text(config->gate_user, ret->gate.user, sizeof ret->gate.user));
    PT_TRY(copy_text(pt_slice_str(options->config_path), ret->gate.config_path,
                     sizeof ret->gate.config_path));
    PT_TRY(
        copy_text(pt_slice_str(options->datasets), ret->gate.datasets, sizeof ret->gate.datasets));
    PT_TRY(copy_text(config->scribe_user, ret->scribe.user, sizeof ret->scribe.user));
    PT_TRY(copy_text(config->log_directory, ret->scribe.log_directory,
                     sizeof ret->scribe.log_directory));
    PT_TRY(copy_text(config->log_origin, ret->scribe.origin, sizeof ret->scribe.origin));
    PT_TRY(copy_text(config->log_gateway, ret->scribe.gateway, sizeof ret->scribe.gateway));
    PT_TRY(copy_text(config->listen_grc, ret->grc, sizeof ret->grc));
    return copy_text(config->listen_metrics, ret->metrics, sizeof ret->metrics);
}

static PT_RESULT dump(const struct pt_config *config, struct pt_buf *out)
{
    pt_buf_init(out, POLICY_MAX);
    return pt_policy_dump(config, out);
}

static PT_RESULT digest_policy(const struct pt_config *config, uint8_t out[static 32])
{
    struct pt_buf text;
    pt_status st = dump(config, &text);
    if (pt_ok(st)) {
        st = pt_sha256(pt_buf_slice(&text), out);
    }
    pt_buf_done(&text);
    return st;
}

static PT_RESULT read_config(const struct pt_supervisor_options *options,
                             const struct pt_reader_port *reader, struct pt_config **ret_config)
{
    struct pt_buf report;
    pt_buf_init(&report, REPORT_MAX);
    const struct pt_config_source source = {
        .reader = reader,
        .path = options->config_path,
        .datasets = options->datasets,
        .depth = PT_CONFIG_FULL,
        .today = (int32_t)(pt_clock_wall_ms(&pt_clock_system) / DAY_MS)};
    const pt_status st = pt_config_load(&source, &report, ret_config);
    if (report.len > 0U) {
        (void)!write(STDERR_FILENO, report.ptr, report.len);
    }
    pt_buf_done(&report);
    return st;
}

/* --- RGS-02: is this what was homologated? --- */

static PT_RESULT digest_program(uint8_t out[static 32])
{
    struct pt_buf bytes;
    pt_buf_init(&bytes, PROGRAM_MAX);
    pt_status st = pt_file_read("/proc/self/exe", &bytes);
    if (pt_ok(st)) {
        st = pt_sha256(pt_buf_slice(&bytes), out);
    }
    pt_buf_done(&bytes);
    return st;
}

/* A program that cannot be compared is not the homologated one. */
static bool is_other_program(const struct pt_homologation *h)
{
    uint8_t digest[32];
    return h->has_program && (!pt_ok(digest_program(digest)) ||
                              memcmp(digest, h->program_sha256, sizeof digest) != 0);
}

static void compare(const struct pt_config *config, struct pt_loaded *ret)
{
    const struct pt_homologation *h = &config->homologation;
    ret->other_program = is_other_program(h);
    ret->other_configuration =
        h->has_configuration &&
        memcmp(h->configuration_sha256, config->files_sha256, sizeof config->files_sha256) != 0;
    static const char line[] = "avertissement : ce programme n'est pas celui qui a été homologué "
                               "(homologation.program-sha256, RGS-02)\n";
    if (ret->other_program) {
        (void)!write(STDERR_FILENO, line, sizeof line - 1U);
    }
}

static PT_RESULT seal(struct pt_reader_recording *recording, int *ret_fd)
{
    pt_slice bundle;
    PT_TRY(pt_reader_recording_end(recording, &bundle));
    return pt_memfd_sealed("poterne-bundle", bundle, ret_fd);
}

static PT_RESULT load_recorded(const struct pt_supervisor_options *options,
                               struct pt_reader_recording *recording, struct pt_loaded *ret)
{
    struct pt_config *config = NULL;
    const struct pt_reader_port reader = pt_reader_recording(recording);
    PT_TRY(read_config(options, &reader, &config));
    pt_status st = fill_settings(options, config, ret);
    if (pt_ok(st)) {
        st = digest_policy(config, ret->policy);
    }
    if (pt_ok(st)) {
        st = pt_crl_file_of(config, &ret->crl);
    }
    compare(config, ret);
    (void)pt_config_free(config);
    PT_TRY(st);
    return seal(recording, &ret->bundle);
}

PT_RESULT pt_supervisor_load(const struct pt_supervisor_options *options, struct pt_loaded *ret)
{
    struct pt_reader_fs fs = {.credentials = getenv("CREDENTIALS_DIRECTORY")};
    const struct pt_reader_port files = pt_reader_fs(&fs);
    struct pt_reader_recording recording;
    pt_reader_recording_init(&recording, &files);
    struct pt_loaded loaded = {.bundle = -1};
    const pt_status st = load_recorded(options, &recording, &loaded);
    pt_reader_recording_done(&recording);
    if (pt_ok(st)) {
        *ret = loaded;
    }
    return st;
}

/* --- with another revocation list ----------------------------------------------------------------
 */

/* What a bundle holds, but for one file. */
struct overlay {
    struct pt_reader_port below;
    const char *path;
    pt_slice bytes;
};

static PT_RESULT overlay_read(void *ctx, const char *path, struct pt_buf *buf)
{
    const struct overlay *overlay = ctx;
    if (overlay->path == NULL || strcmp(path, overlay->path) != 0) {
        return overlay->below.read(overlay->below.ctx, path, buf);
    }
    pt_buf_put(buf, overlay->bytes);
    return pt_buf_status(buf);
}

static PT_RESULT overlay_list(void *ctx, const char *path, const char *suffix, uint32_t depth,
                              struct pt_buf *buf)
{
    const struct overlay *overlay = ctx;
    return overlay->below.list(overlay->below.ctx, path, suffix, depth, buf);
}

static PT_RESULT overlay_mode(void *ctx, const char *path, uint32_t *ret_mode)
{
    const struct overlay *overlay = ctx;
    return overlay->below.mode(overlay->below.ctx, path, ret_mode);
}

static PT_RESULT load_overlaid(const struct pt_supervisor_options *options, struct overlay *overlay,
                               struct pt_loaded *ret)
{
    const struct pt_reader_port files = {.read = overlay_read,
                                         .list = overlay_list,
                                         .mode = overlay->below.mode != NULL ? overlay_mode : NULL,
                                         .ctx = overlay};
    struct pt_reader_recording recording;
    pt_reader_recording_init(&recording, &files);
    struct pt_loaded loaded = {.bundle = -1};
    const pt_status st = load_recorded(options, &recording, &loaded);
    pt_reader_recording_done(&recording);
    if (pt_ok(st)) {
        *ret = loaded;
    }
    return st;
}

static PT_RESULT load_bytes(const struct pt_supervisor_options *options, pt_slice bytes,
                            struct overlay *overlay, struct pt_loaded *ret)
{
    struct pt_reader_bundle known;
    PT_TRY(pt_reader_bundle_open(bytes, &known));
    overlay->below = pt_reader_bundle(&known);
    return load_overlaid(options, overlay, ret);
}

PT_RESULT pt_supervisor_load_list(const struct pt_supervisor_options *options, int bundle,
                                  const char *crl_path, pt_slice crl, struct pt_loaded *ret)
{
    struct overlay overlay = {.path = crl_path, .bytes = crl};
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_BUNDLE_MAX);
    pt_status st = pt_memfd_read(bundle, &bytes);
    if (pt_ok(st)) {
        st = load_bytes(options, pt_buf_slice(&bytes), &overlay, ret);
    }
    pt_buf_done(&bytes); /* wiped: it held keys and tokens */
    return st;
}

static int print_policy(const struct pt_config *config)
{
    struct pt_buf text;
    const pt_status st = dump(config, &text);
    const bool written = pt_ok(st) && fwrite(text.ptr, 1U, text.len, stdout) == text.len;
    pt_buf_done(&text);
    return written ? PT_EXIT_OK : PT_EXIT_NO;
}

int pt_supervisor_check(const struct pt_supervisor_options *options, bool policy)
{
    struct pt_reader_fs fs = {.credentials = getenv("CREDENTIALS_DIRECTORY")};
    const struct pt_reader_port files = pt_reader_fs(&fs);
    struct pt_config *config = NULL;
    if (!pt_ok(read_config(options, &files, &config))) {
        return PT_EXIT_CONFIG;
    }
    struct pt_loaded loaded = {.bundle = -1};
    compare(config, &loaded);
    const int code = policy ? print_policy(config) : PT_EXIT_OK;
    (void)pt_config_free(config);
    return code;
}
