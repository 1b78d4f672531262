/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tool.h -- the program poterne-pki as a function: makes every key and certificate that the
 * configuration names and that is missing, and never overwrites one. It knows neither YAML nor
 * the system's clock: both come through the environment, wired by the executable.
 * Layer 1 (pki).
 */
#ifndef POTERNE_PKI_TOOL_H
#define POTERNE_PKI_TOOL_H

#include "poterne/base/buf.h"
#include "poterne/base/clock.h"

/* What a configuration says of keys. NUL-terminated, never NULL, owned by the environment. */
struct pt_pki_site {
    const char *tls_certificate; /* tls.certificate and the other paths, as configured */
    const char *tls_key;
    const char *client_ca;
    const char *client_crl;
    const char *log_directory;
    const char *siret;   /* 14 digits */
    const char *commune; /* official name, the O of every certificate */
    const char *origin;  /* "trace.<siret>/poterne" unless configured */
    /* SAN of the server certificate: host parts of the listeners, "localhost"... Names that a
     * certificate cannot carry and the any-addresses (0.0.0.0, ::) are left out by the tool. */
    const char *const *names;
    size_t nnames;
};

struct pt_pki_env {
    const struct pt_clock *clock;
    /**
     * The site that configuration @file describes; its diagnostics, in French, go to @report.
     * The strings live until pt_pki_main() has returned.
     */
    PT_RESULT(*site)
    (void *ctx, const char *file, struct pt_buf *report, struct pt_pki_site *ret_site);
    void *ctx;
};

/** @return an exit code of poterne/base/cli.h */
int pt_pki_main(int argc, char **argv, const struct pt_pki_env *env);

#endif /* POTERNE_PKI_TOOL_H */
