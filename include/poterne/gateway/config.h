/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * config.h -- the configuration as an immutable snapshot (docs/configuration.md).
 *
 * YAML in a closed profile (libyaml: no anchor, alias, tag, merge key, second document, duplicate
 * or unknown key, tab) typed by one declarative table. All errors of all files in one run, each
 * with file:line:column, caret and suggestion. Files come through a reader port, so that the
 * supervisor can record what it read and hand its children the same bytes. Reload builds a new
 * snapshot; the old one stays in force when the new one does not check. Layer 3 (gateway).
 */
#ifndef POTERNE_GATEWAY_CONFIG_H
#define POTERNE_GATEWAY_CONFIG_H

#include "poterne/base/arena.h"
#include "poterne/base/secret.h"
#include "poterne/pki/revocation.h"
#include "poterne/ports.h"
#include "poterne/schemas/catalogue.h"
#include "poterne/schemas/mask.h"

enum pt_legal_mode { PT_MODE_DEMANDE = 0, PT_MODE_PROACTIF }; /* CRPA L.114-8 I and II (LEG-01) */

enum pt_channel {
    PT_CHANNEL_ONLINE = 0, /* en-ligne */
    PT_CHANNEL_DESK,       /* guichet */
    PT_CHANNEL_PHONE,      /* telephone */
    PT_CHANNEL_POST,       /* courrier */
    PT_CHANNEL_COUNT
};
pt_slice pt_channel_name(enum pt_channel channel);
PT_RESULT pt_channel_find(pt_slice name, enum pt_channel *ret);

struct pt_upstream {
    pt_slice id;
    pt_slice kind; /* "api-entreprise" */
    pt_slice url;  /* https://host[:port], no path, no trailing slash */
    pt_slice ca;   /* PEM text of the pinned anchors; empty: the system's */
    pt_slice crl; /* PEM text of the lists its chain must be cleared by; empty: none is asked for */
    bool ocsp_stapling; /* a stapled OCSP answer is compulsory */
};

struct pt_agent {
    pt_slice id;
    pt_slice service;
    pt_slice granted_by;
    bool has_from, has_until;
    int32_t valid_from, valid_until; /* days since 1970-01-01, both included */
};

/* One dataset of one habilitation: the only thing that lets data through. */
struct pt_grant {
    const struct pt_dataset *dataset;
    const struct pt_mask *mask;
};

struct pt_habilitation {
    pt_slice id, procedure, title, legal_basis, datapass;
    enum pt_legal_mode mode;
    int32_t valid_from, valid_until; /* days, both included */
    const struct pt_agent *const *agents;
    size_t nagents;
    pt_slice automatic_agent; /* "service:<id>" when listed in agents: used without Poterne-Agent */
    uint32_t channels;        /* set of 1 << enum pt_channel; all by default */
    bool case_required;
    const struct pt_upstream *upstream;
    const struct pt_secret *token; /* bearer; the bytes of token-file without white space around */
    pt_slice context, object;
    const struct pt_grant *grants; /* sorted by dataset id */
    size_t ngrants;
};

struct pt_client {
    pt_slice id;
    uint8_t fingerprint[32]; /* SHA-256 of the DER certificate */
    const struct pt_habilitation *const *habilitations;
    size_t nhabilitations;
};

struct pt_config {
    pt_slice siret, name, dpo;
    pt_slice listen_grc, listen_identity; /* ip:port; empty: off */
    pt_slice listen_console, listen_metrics;
    pt_slice tls_certificate, tls_client_ca, tls_client_crl; /* PEM text */
    const struct pt_secret *tls_key;                         /* PEM text */
    pt_slice tls_certificate_path, tls_key_path, tls_client_ca_path, tls_client_crl_path;
    enum pt_rgs_level tls_client_level; /* RGS-12: how long a CRL may live */
    uint32_t tls_client_crl_poll_s;     /* the CRL file is looked at this often */
    pt_slice log_directory;
    uint32_t retention_months;
    pt_slice log_origin; /* "trace.<siret>/poterne" unless configured */
    pt_slice log_gateway;
    uint64_t log_reserve_bytes;
    uint32_t lanes;                  /* 0: one a core, at most PT_LANES_MAX */
    pt_slice gate_user, scribe_user; /* process: section; empty: see docs/processes.md */
    const struct pt_upstream *upstreams;
    size_t nupstreams;
    const struct pt_agent *agents;
    size_t nagents;
    const struct pt_habilitation *habilitations;
    size_t nhabilitations;
    const struct pt_client *clients; /* sorted by fingerprint */
    size_t nclients;
    const struct pt_catalogue *catalogue;
};

enum pt_config_depth {
    PT_CONFIG_PATHS = 0, /* syntax, types, references; files named need not exist (tools) */
    PT_CONFIG_FULL,      /* also tokens, keys, certificates: their bytes (the daemon, --check) */
};

struct pt_config_source {
    const struct pt_reader_port *reader;
    const char *path;     /* relative paths in the files start in its folder */
    const char *datasets; /* NULL (PATHS only): no dataset is known and none is checked */
    enum pt_config_depth depth;
    int32_t today; /* days: decides what has expired (warnings) */
};
/**
 * Load @path, then the files *.yaml of the folder conf.d beside it in name order, and the
 * descriptors (*.json) of folder @datasets and the folders below it.
 * Every error and warning, in French, is appended to @report. LEG-26: an api-entreprise
 * habilitation without context or object is an error. LEG-27: one token for two procedures is an
 * error (compared by content). RGS-14: TLS key, client CA and log keys (keys/log.vkey) must differ.
 * SYS-04: a secret that others than its owner may read is an error.
 * @return PT_E_SCHEMA when the report holds an error, PT_E_IO when @path cannot be read, PT_E_NOMEM
 */
PT_RESULT pt_config_load(const struct pt_config_source *source, struct pt_buf *report,
                         struct pt_config **ret_config);
struct pt_config *pt_config_free(struct pt_config *config); /* wipes */

#endif /* POTERNE_GATEWAY_CONFIG_H */
