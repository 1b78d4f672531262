/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tool_case.h -- poterne-pki as the operator meets it: a folder of its own, a site, a clock that
 * the test owns, and the two streams caught.
 */
#ifndef TESTS_UNIT_PKI_TOOL_CASE_H
#define TESTS_UNIT_PKI_TOOL_CASE_H

#include "poterne/base/cli.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/tool.h"

#include <sys/types.h>

#define DAY_MS 86400000ULL

extern char dir[256];
extern struct pt_pki_site site; /* what find_site() answers */
extern struct pt_buf out;       /* of the last run */
extern struct pt_buf err;
extern uint64_t wall_ms;
extern bool config_ok; /* false: the configuration does not check */

void tool_setup(void);
void tool_teardown(void);
/** @name in the folder; the answer lives until the next call. */
const char *in_dir(const char *name);
/** Words after the program's name, NULL at the end. @return the exit code */
int run(const char *const *words);
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})
bool said(const char *what);
bool complained(const char *what);
unsigned mode_of(const char *name);
void read_file(const char *name, struct pt_buf *buf);
void write_file(const char *name, const char *content, mode_t mode);
void facts_of(const char *name, struct pt_cert_facts *facts);
/** @command finds its two words as $A and $B; what it says is in out. */
int shell(const char *command, const char *a, const char *b);
/** The first file of folder @name that ends with @suffix; empty when there is none. */
const char *find_file(const char *name, const char *suffix);

#endif /* TESTS_UNIT_PKI_TOOL_CASE_H */
