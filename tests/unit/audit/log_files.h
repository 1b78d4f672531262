/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * log_files.h -- a small log on disk, and ways to damage it byte by byte.
 */
#ifndef POTERNE_TESTS_LOG_FILES_H
#define POTERNE_TESTS_LOG_FILES_H

#include "logkit.h"
#include "poterne/audit/verify.h"

#define LOG_FILES_MAX 64U

struct log_file {
    char path[512];
    char below[128]; /* path below the log directory */
    size_t len;
    uint8_t *bytes; /* as they were */
};
struct log_files {
    size_t n;
    struct log_file files[LOG_FILES_MAX];
};

/** @exchanges asked and answered, sealed after each @every; the clock moves 10 minutes a pair. */
void log_make(struct logkit *kit, uint64_t exchanges, uint64_t every);
/** Every regular file below dir/@sub, with its content. */
void log_files_read(const char *dir, const char *sub, struct log_files *ret);
void log_files_free(struct log_files *files);
/** Write @byte at @at of the file. */
void log_file_poke(const struct log_file *file, size_t at, uint8_t byte);
/** Write @n bytes as the whole content. */
void log_file_put(const char *path, const void *bytes, size_t n);
/** The file as it was. */
void log_file_restore(const struct log_file *file);

/** Verdicts with the kit's keys; the test stops when there is none. */
struct pt_verdict log_verdict_tlog(const struct logkit *kit);
struct pt_verdict log_verdict(const struct logkit *kit, bool with_kek);

#endif /* POTERNE_TESTS_LOG_FILES_H */
