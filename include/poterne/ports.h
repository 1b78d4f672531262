/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * ports.h -- what a leaf needs of another leaf, or of the outside, as a struct of functions.
 * Declared here, wired in gateway/ only: leaves never include each other. Layer 0.
 */
#ifndef POTERNE_PORTS_H
#define POTERNE_PORTS_H

#include "poterne/base/buf.h"
#include "poterne/base/clock.h"

/*
 * Files by path: the file system in the supervisor, a sealed bundle in its children
 * (poterne/gateway/reader.h). "credential:NAME" is a path too: a systemd credential.
 */
struct pt_reader_port {
    /** Append the whole file to @buf. @return PT_E_ABSENT, PT_E_LIMIT, PT_E_IO */
    PT_RESULT (*read)(void *ctx, const char *path, struct pt_buf *buf);
    /**
     * The paths of the regular files in folder @path, and in its folders down to @depth levels
     * below it (0: directly in it), whose name ends with @suffix, in byte order of the paths, each
     * followed by a NUL, appended to @buf. Names that begin with a dot are left out. A missing
     * folder is empty.
     */
    /* clang-format off */
    PT_RESULT (*list)(void *ctx, const char *path, const char *suffix, uint32_t depth,
                      struct pt_buf *buf);
    /* clang-format on */
    /**
     * Permission bits of the file (SYS-04). NULL when the reader cannot tell.
     * @return PT_E_ABSENT, PT_E_IO
     */
    PT_RESULT (*mode)(void *ctx, const char *path, uint32_t *ret_mode);
    void *ctx;
};

/* A key that signs for the log; its holder is pki, or a token. */
struct pt_sign_port {
    /** The signature of @message appended to @out (Ed25519: 64 bytes; P-256: DER). */
    PT_RESULT (*sign)(void *ctx, pt_slice message, struct pt_buf *out);
    uint8_t type; /* C2SP signed-note type: 0x01 Ed25519, 0x02 ECDSA P-256 */
    uint8_t key_id[4];
    void *ctx;
};

/* Random bits (OpenSSL DRBG in the product, a counter in tests). */
struct pt_random_port {
    PT_RESULT (*fill)(void *ctx, void *out, size_t n);
    void *ctx;
};

/*
 * One question over HTTP to a service that a certificate or the configuration names: OCSP, CRL,
 * time-stamping. The owner of the port does the I/O, decides which addresses may be reached at
 * all, and bounds the time; nobody else opens a socket.
 */
struct pt_fetch_ask {
    pt_slice url;    /* http:// or https://, at most PT_URL_MAX bytes, no fragment, no user */
    pt_slice type;   /* of the body: "application/ocsp-request"; empty with a GET */
    pt_slice accept; /* media type wanted: "application/ocsp-response" */
    pt_slice body;   /* POSTed; empty: GET */
};
struct pt_fetch_port {
    /**
     * Append the body of a 200 answer to @answer, whose maximum bounds it.
     * @return PT_E_DENIED the address may not be reached · PT_E_UPSTREAM with aux = HTTP status, 0:
     *         no connection · PT_E_TIMEOUT · PT_E_LIMIT the answer is too large · PT_E_NOMEM
     */
    PT_RESULT (*fetch)(void *ctx, const struct pt_fetch_ask *ask, struct pt_buf *answer);
    void *ctx;
};

#endif /* POTERNE_PORTS_H */
