/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The supervisor's own state. It reads the configuration, opens the listening sockets (never
 * accepts), starts, feeds, restarts and stops its children. Private to gateway/proc.
 */
#ifndef POTERNE_GATEWAY_SUPERVISOR_INT_H
#define POTERNE_GATEWAY_SUPERVISOR_INT_H

#include "gateway/proc/proc_int.h"

#include "poterne/base/clock.h"
#include "poterne/gateway/config.h"
#include "poterne/gateway/supervisor.h"

struct pt_child {
    enum pt_role role;
    const char *name; /* "gate", "scribe": the --role and the log's word */
    pid_t pid;        /* 0: not running */
    int control;      /* our end of its channel, -1 when not running */
    bool ready;
    bool was_ready; /* once in this life of the supervisor */
    uint64_t delay_ms;
    uint64_t restart_at_ms; /* monotonic; 0: no restart is due */
    uint64_t ready_at_ms;
    uint64_t deadline_ms; /* not ready by then: killed */
};

enum pt_phase { PT_PHASE_RUN = 0, PT_PHASE_DRAIN_GATE, PT_PHASE_DRAIN_SCRIBE, PT_PHASE_END };

/* The clients' revocation list, as a file (crl_watch.c). */
struct pt_crl_file {
    char path[PT_PATH_MAX]; /* or credential:NAME */
    uint32_t poll_s;
    uint8_t digest[32]; /* SHA-256 of its bytes */
    int64_t this_update_s, next_update_s;
};

struct pt_supervisor {
    const struct pt_supervisor_options *options;
    struct pt_log log;
    struct pt_child gate;
    struct pt_child scribe;
    struct pt_settings gate_settings;
    struct pt_settings scribe_settings;
    int grc[PT_LANES_MAX]; /* listening sockets, kept over restarts of gate: callers queue meanwhile
                            */
    int metrics;           /* -1: none */
    int bundle;            /* sealed memfd: what gate reads */
    int pending;           /* the one a reload brings, -1 when none is under way */
    uint8_t policy[32];
    uint8_t pending_policy[32];
    unsigned confs;                    /* policies sent to this scribe that are not durable yet */
    bool applying;                     /* gate was told to reload and has not answered */
    uint64_t apply_deadline_ms;        /* ... by then: killed */
    struct pt_crl_file crl;            /* in force */
    struct pt_crl_file pending_crl;    /* of the reload under way */
    uint8_t crl_tried[32];             /* digest of the list that was last handed over */
    uint64_t crl_look_ms;              /* monotonic: the next look */
    bool crl_due, crl_ended, crl_lost; /* said, done, said: once for each list */
    bool wanted;                       /* SIGHUP came while a reload was not possible */
    bool connected;                    /* these two children have lane channels to each other */
    int signals;                       /* signalfd */
    enum pt_phase phase;
    uint64_t phase_deadline_ms;
    bool announced;
    int exit_code;
};

/* What one reading of the configuration gives the children. */
struct pt_loaded {
    int bundle; /* sealed memfd, owned */
    uint8_t policy[32];
    struct pt_settings gate;
    struct pt_settings scribe;
    struct pt_crl_file crl;
    char grc[256]; /* addresses to listen on; empty: off */
    char metrics[256];
    bool other_program; /* RGS-02: not what was homologated */
    bool other_configuration;
};
/** Read, check, report on stderr. @return what pt_config_load returns; nothing is owned on failure
 */
PT_RESULT pt_supervisor_load(const struct pt_supervisor_options *options, struct pt_loaded *ret);

/** The same from the bytes of @bundle, but with @crl as the content of @crl_path (NULL: of none).
 */
PT_RESULT pt_supervisor_load_list(const struct pt_supervisor_options *options, int bundle,
                                  const char *crl_path, pt_slice crl, struct pt_loaded *ret);

/* --- the revocation list (crl_watch.c) --- */
PT_RESULT pt_crl_file_of(const struct pt_config *config, struct pt_crl_file *ret);
/**
 * Look at the file when it is time. When its list must go to gate, s->pending is set: the caller
 * proceeds with it. @return what pt_supervisor_load_list returns: the old list stays in force
 */
PT_RESULT pt_crl_watch(struct pt_supervisor *s, uint64_t now_ms);
/** s->pending_crl is in force. */
void pt_crl_taken(struct pt_supervisor *s);

/* --- children (children.c) --- */
void pt_child_init(struct pt_child *child, enum pt_role role, const char *name);
PT_RESULT pt_child_start_scribe(struct pt_supervisor *s);
PT_RESULT pt_child_start_gate(struct pt_supervisor *s);
/** New lane channels, one half to each child. */
PT_RESULT pt_children_connect(struct pt_supervisor *s);
/** After waitpid(): forget the process, decide about a restart. */
void pt_child_died(struct pt_supervisor *s, struct pt_child *child, int wait_status);
void pt_child_kill(struct pt_child *child, int signal_number);

#endif /* POTERNE_GATEWAY_SUPERVISOR_INT_H */
