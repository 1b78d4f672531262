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
    const struct pt_pki_thing *things;
    size_t nthings;
};

/* What else the configuration names: things with a place, an end, or a reference. */
enum pt_pki_thing_kind {
    PT_PKI_CLIENT = 0,   /* a GRC: name, sha256 of its certificate */
    PT_PKI_TOKEN,        /* of an upstream: name of the habilitation, path, until (exp of a JWT) */
    PT_PKI_ANCHORS,      /* authorities of an upstream: name, path */
    PT_PKI_HABILITATION, /* name, until */
    PT_PKI_DATAPASS,     /* name, until */
    PT_PKI_HOMOLOGATION, /* name of the authority, until, reference: version */
    PT_PKI_PRODUCT       /* RGS-05: name, reference: qualification or justification */
};
struct pt_pki_thing {
    enum pt_pki_thing_kind kind;
    const char *name;      /* never NULL */
    const char *path;      /* "" when it has none */
    const char *reference; /* "" when it has none */
    int64_t until;         /* first second when it is over; 0: no date is known */
    uint32_t fault;        /* enum pt_code of reading it (PT_OK, PT_E_ABSENT, PT_E_DENIED...) */
    uint8_t sha256[32];    /* CLIENT */
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
