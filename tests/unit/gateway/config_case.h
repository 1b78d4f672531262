/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * config_case.h -- a configuration in memory: files by path, one load, its report.
 *
 * The good configuration is loaded without an error; a test changes one thing in it and says
 * which line of the report it must cause, and how many.
 */
#ifndef POTERNE_TESTS_CONFIG_CASE_H
#define POTERNE_TESTS_CONFIG_CASE_H

#include "poterne/gateway/config.h"

#define CASE_FILES_MAX 24U
#define CASE_YAML      "/etc/poterne/poterne.yaml"
#define CASE_DATASETS  "/usr/share/poterne/datasets"
#define CASE_TODAY     20781 /* 2026-11-24 */
#define CASE_TOKEN     "/etc/poterne/tokens/subvention"

#define CASE_HOMOLOGATION "/etc/poterne/homologation.json"

struct config_file {
    const char *path;
    pt_slice bytes;
    uint32_t mode;
    uint32_t fault; /* enum pt_code that reading it gives; 0: none */
};

struct config_case {
    struct config_file files[CASE_FILES_MAX];
    size_t n;
    struct pt_reader_port reader;
    struct pt_config_source source;
    struct pt_buf report;
    struct pt_config *config;
    pt_status status;
};

/** The good configuration at depth PATHS with two descriptors, nothing else. */
void case_init(struct config_case *c);
/** Keys, certificates and a token too, and depth FULL. */
void case_init_full(struct config_case *c);
void case_done(struct config_case *c);
/** Replaces a file of the same path. */
void case_put(struct config_case *c, const char *path, const char *text);
void case_put_bytes(struct config_case *c, const char *path, pt_slice bytes);
void case_remove(struct config_case *c, const char *path);
struct config_file *case_file(struct config_case *c, const char *path);
/** @old becomes @now in the main file (it must be there). At most one edit lives at a time. */
void case_edit(struct config_case *c, const char *old, const char *now);
/** A further edit of what case_edit() made. */
void case_edit_more(struct config_case *c, const char *old, const char *now);

void case_load(struct config_case *c);
/** Load; one error, at "LINE:COL" of the main file, whose text contains @message. */
void case_expect_error(struct config_case *c, const char *place, const char *message);
/** Load; accepted, one warning. */
void case_expect_warning(struct config_case *c, const char *place, const char *message);
/** Load; accepted, nothing to say. */
void case_expect_clean(struct config_case *c);
bool case_reports(const struct config_case *c, const char *text);

#endif /* POTERNE_TESTS_CONFIG_CASE_H */
