/* SPDX-License-Identifier: EUPL-1.2 */
/* Private to gateway/net/{door,conn}*.c and their tests: a door, its connections, their work.
 *
 * Memory of a connection that idles: this struct conn and OpenSSL's. What a request needs (parser,
 * buffers, the exchange) is one struct work, taken when its first byte comes, given back after the
 * answer, kept alive by the handler alone when the connection breaks in between. */
#ifndef POTERNE_GATEWAY_NET_DOOR_INT_H
#define POTERNE_GATEWAY_NET_DOOR_INT_H

#include "gateway/net/tls_int.h"
#include "poterne/gateway/door.h"
#include "poterne/gateway/http1_reply.h"

#define READ_SIZE   4096U
#define READS_MAX   16U      /* of one connection in a turn */
#define AHEAD_MAX   16384U   /* received while a request is with the handler; then TCP waits */
#define SPARE_MAX   32U      /* work structs kept for the next request */
#define SPARE_BYTES 16384U   /* ... with at most this buffer */
#define WARM_MAX    128U     /* connections that keep OpenSSL's buffers, some 33 KiB each ... */
#define WARM_US     1000000U /* ... for so long after their last byte */
#define IN_MAX                                                                                     \
    (PT_HTTP_LINE_MAX + PT_HTTP_HEADERS_TOTAL + PT_HTTP_HEADER_MAX + PT_HTTP_BODY_MAX +            \
     PT_HTTP_CHUNK_OVERHEAD_MAX + 2U * AHEAD_MAX)
#define OUT_MAX        (PT_FETCH_BODY_MAX + PT_HTTP_HEADERS_TOTAL)
#define CLIENT_BUCKETS 256U
#define NEVER          UINT64_MAX

/* What a connection that reads waits for, told once (wire_watch knows when to ask again). */
#define CONN_IN (PT_LOOP_IN | PT_LOOP_RDHUP | PT_LOOP_EDGE)

/* Everybody with the same certificate on this lane; lives as long as a connection or a work. */
struct client {
    uint8_t fingerprint[PT_FINGERPRINT_LEN];
    uint32_t owners;
    uint32_t in_flight;
    uint32_t judged;   /* door->contexts when it was last judged */
    pt_status verdict; /* ... then */
    struct client *next;
};

enum conn_state {
    CONN_HANDSHAKE,
    CONN_READING, /* idle while it has no work */
    CONN_PARKED,  /* a request is with the handler */
    CONN_WRITING, /* the socket is full */
    CONN_LINGERING,
    CONN_DEAD /* in the graveyard until the end of the turn */
};

struct conn {
    enum conn_state state;
    bool eof;      /* the peer said that it sends no more */
    bool closing;  /* no request after the answer being written */
    bool in_turn;  /* conn_advance is on the stack */
    bool resuming; /* the resume task waits */
    bool paused;   /* ... to read on, not to begin */
    bool readable; /* the loop told so, once, and the socket was not read empty since */
    bool hung_up;  /* nothing comes behind what is in the socket: its end must be read too */
    uint32_t sunk; /* bytes read away while lingering */
    struct pt_door *door;
    struct pt_tls *tls;
    struct work *work;
    struct client *client;
    struct pt_watch watch;
    struct pt_timer timer;
    uint64_t deadline_us; /* NEVER: none; the timer may stand earlier */
    struct pt_task resume;
    struct pt_buf out; /* what the socket did not take yet, from out_at on */
    size_t out_at;
    struct conn *prev;
    struct conn *next;
    bool warm; /* keeps OpenSSL's buffers, and stands among those that do */
    uint64_t warm_us;
    struct conn *warmer;
    struct conn *colder;
};

struct work {
    struct pt_door_exchange x; /* first: an exchange is its work */
    struct pt_door *door;
    struct conn *conn; /* NULL: gone */
    struct client *client;
    struct pt_buf in;   /* the current request from its first byte, and what came with it */
    struct pt_buf next; /* what came while it was with the handler */
    struct pt_http1_parser parser;
    struct pt_http1_request request;
    struct work *spare;
};

struct pt_door {
    struct pt_loop *loop;
    struct pt_door_handler handler;
    struct pt_door_limits limits;
    struct pt_tls_context *tls;
    uint32_t contexts; /* how many there have been since the first */
    struct pt_watch listener;
    struct pt_timer reopen; /* accept again after the machine had no descriptor left */
    struct pt_task bury;
    bool burying; /* the bury task waits */
    bool draining;
    bool closed;
    uint64_t refs; /* the owner, and each work whose connection is gone */
    struct conn *conns;
    struct conn *graveyard;
    struct conn *warmest;
    struct conn *coldest;
    size_t warm_count;
    struct pt_timer cooling;
    struct work *spare;
    size_t spare_count;
    struct client *clients[CLIENT_BUCKETS];
    struct pt_buf out;     /* the answer being written */
    struct pt_buf body;    /* a body of our own */
    uint64_t date_turn_us; /* the turn that last looked at the wall clock */
    uint64_t date_second;
    char date[PT_HTTP_DATE_LEN + 1U];
    char sink[READ_SIZE];
    struct pt_door_counters counters;
};

/* door.c */
void door_unref(struct pt_door *door);
void door_bury(struct conn *conn); /* unlink, free at the end of the turn */
PT_RESULT door_work_new(struct conn *conn);
void door_work_free(struct work *work);

/* door_clients.c */
PT_RESULT client_join(struct pt_door *door, const uint8_t *fingerprint, struct client **ret);
struct client *client_ref(struct client *client);
struct client *client_leave(struct pt_door *door, struct client *client);

/** Is the client of @conn, an open TLS connection, still let in by the door's context? */
PT_RESULT client_judge(struct conn *conn);

/* conn.c */
PT_RESULT conn_new(struct pt_door *door, int fd, struct conn **ret_conn);
void conn_close(struct conn *conn);
void conn_broke(struct conn *conn);                /* ... by no will of ours */
void conn_expel(struct conn *conn, pt_status why); /* ... because of its certificate */
void conn_drain(struct conn *conn);
void conn_deadline(struct conn *conn, uint64_t at_us);
static inline uint64_t conn_in_ms(const struct conn *conn, uint32_t ms)
{
    return pt_loop_now_us(conn->door->loop) + ms * 1000ULL;
}

/* conn_request.c */
void conn_read(struct conn *conn);     /* the socket has bytes */
void conn_overhear(struct conn *conn); /* ... while a request is parked */
void conn_settle(struct conn *conn);   /* nothing more in this turn: wait for what comes next */
void conn_continue(struct conn *conn); /* an answer is out: what is here already? */
void conn_resume(void *ctx);           /* ... in a later turn */
bool conn_more_inside(const struct conn *conn);
void conn_answer(struct conn *conn, const struct pt_door_reply *reply);
void conn_refuse(struct conn *conn, enum pt_http1_reason reason);

/* conn_write.c */
void conn_flush(struct conn *conn, pt_slice bytes);
void conn_flush_rest(struct conn *conn);
void conn_finish(struct conn *conn); /* everything was said: good-bye, then linger */
void conn_linger(struct conn *conn);

/* conn_warm.c */
void warm_keep(struct conn *conn); /* it has just spoken TLS: OpenSSL's buffers stay for a while */
void warm_forget(struct conn *conn); /* it ends */
void warm_expire(void *ctx);         /* the door's timer */

/* conn_io.c: one system call, TLS or plain */
PT_RESULT wire_handshake(struct conn *conn);
PT_RESULT wire_read(struct conn *conn, char *into, size_t n, size_t *ret_n);
PT_RESULT wire_write(struct conn *conn, pt_slice bytes, size_t *ret_n);
PT_RESULT wire_watch(struct conn *conn, uint32_t events);
void wire_told(struct conn *conn, uint32_t events); /* by the loop */

#endif /* POTERNE_GATEWAY_NET_DOOR_INT_H */
