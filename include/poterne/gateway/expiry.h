/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * expiry.h -- the calendar of a configuration: everything in it that ends one day (LEG-28, RGS-01,
 * RGS-13, RGS-16). One list for the metrics, the daily alarms and poterne-pki.
 *
 * Names are ids of the configuration (procedures, habilitations), never a person: agents are not
 * listed. Layer 3 (gateway). No clock: dates are compared by the caller.
 */
#ifndef POTERNE_GATEWAY_EXPIRY_H
#define POTERNE_GATEWAY_EXPIRY_H

#include "poterne/gateway/config.h"

enum pt_expiry_kind {
    PT_EXPIRY_CERTIFICATE = 0, /* the server's */
    PT_EXPIRY_AUTHORITY,       /* of the clients */
    PT_EXPIRY_CRL,             /* nextUpdate */
    PT_EXPIRY_CRL_HALF,        /* RGS-13: half of its life */
    PT_EXPIRY_TOKEN,           /* exp of the JWT */
    PT_EXPIRY_HABILITATION,    /* valid-until */
    PT_EXPIRY_DATAPASS,        /* datapass-until */
    PT_EXPIRY_HOMOLOGATION,
    PT_EXPIRY_KIND_COUNT
};
/** "certificate", "authority", "crl", "crl-half", "token", "habilitation", "datapass"... */
const char *pt_expiry_kind_name(enum pt_expiry_kind kind);

struct pt_expiry {
    enum pt_expiry_kind kind;
    pt_slice name;
    int64_t at; /* seconds since 1970-01-01: the first second when it is over */
};

/* Borrows from the configuration it was made of, and dies before it. */
struct pt_expiry_list {
    struct pt_expiry *items;
    size_t n;
};
/**
 * From the bytes @config holds (depth FULL). A token that is no JWT has no date and is left out.
 * @return PT_E_NOMEM
 */
PT_RESULT pt_expiry_collect(const struct pt_config *config, struct pt_arena *arena,
                            struct pt_expiry_list *ret);

/**
 * The `exp` of a JWT (RFC 7519 4.1.4), read without verifying anything: the token is ours, and only
 * its end is of interest. @return PT_E_ABSENT not a JWT, or one without an end; PT_E_NOMEM
 */
PT_RESULT pt_jwt_expiry(pt_slice token, int64_t *ret_seconds);

#endif /* POTERNE_GATEWAY_EXPIRY_H */
