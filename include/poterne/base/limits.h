/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * limits.h -- every bound of the product, in one table (law 10: limits everywhere).
 *
 * A limit that is not here does not exist; a buffer, queue, wait or retry without one is a
 * defect. Units are in the names or beside the value. Layer 0 (base).
 */
#ifndef POTERNE_BASE_LIMITS_H
#define POTERNE_BASE_LIMITS_H

/* --- the door (gateway/net) ------------------------------------------------------------- */
#define PT_HTTP_LINE_MAX           8192U   /* request line, bytes (RFC 9112 3: at least 8000) */
#define PT_HTTP_HEADER_MAX         8192U   /* one field line */
#define PT_HTTP_HEADERS_TOTAL      32768U  /* whole header section */
#define PT_HTTP_HEADERS_COUNT      64U     /* field lines */
#define PT_HTTP_BODY_MAX           65536U  /* request body */
#define PT_HTTP_CHUNK_LINE_MAX     256U    /* chunk-size line with its extensions */
#define PT_HTTP_CHUNK_OVERHEAD_MAX 16384U  /* framing bytes of one chunked body */
#define PT_HTTP_PIPELINE_MAX       16U     /* requests answered in order on one connection */
#define PT_HTTP_HANDSHAKE_MS       10000U  /* whole TLS handshake; bytes do not extend it */
#define PT_HTTP_REQUEST_MS         10000U  /* whole request; bytes do not extend it */
#define PT_HTTP_IDLE_MS            60000U  /* between two requests */
#define PT_HTTP_WRITE_MS           30000U  /* whole answer */
#define PT_HTTP_LINGER_MS          2000U   /* last answer sent: the peer may still take it */
#define PT_HTTP_LINGER_BYTES       262144U /* ... and we read away at most this much */
#define PT_TLS_CLIENT_CHAIN_MAX    32768U  /* bytes of a client's Certificate message */
#define PT_TLS_CLIENT_DEPTH_MAX    4U      /* intermediate authorities of a client */
#define PT_DOOR_CONNECTIONS_MAX    4096U   /* per lane */
#define PT_DOOR_PER_CLIENT_MAX     256U    /* exchanges in flight for one certificate, per lane */
#define PT_LANES_MAX               16U
/* --- the way out (gateway/net/fetch) ------------------------------------------------------ */
#define PT_FETCH_CONNECT_MS   5000U    /* state-apis.md 0 (21): 5 s connect */
#define PT_FETCH_TOTAL_MS     30000U   /* ... and 30 s in all */
#define PT_FETCH_BODY_MAX     2097152U /* State answer, bytes */
#define PT_FETCH_HEADERS_MAX  32768U
#define PT_FETCH_HEADER_MAX   16384U /* its status line, or one field line */
#define PT_FETCH_PER_HOST_MAX 128U   /* connections to one State API, per lane */
#define PT_FETCH_IDLE_MS      60000U /* between two requests on one of them */
#define PT_FETCH_HOST_MAX     261U   /* its name (253), a colon, a port */
#define PT_URL_MAX            8192U
/* --- an exchange --------------------------------------------------------------------------- */
#define PT_EXCHANGE_ARENA_MAX     262144U /* everything an exchange allocates but its body */
#define PT_EXCHANGE_IN_FLIGHT_MAX 1024U   /* per lane; above: 503 */
#define PT_EXCHANGE_RECORD_MS     10000U  /* wait for the scribe's acknowledgement */
#define PT_EXCHANGE_RECEIPT_MS    2000U   /* wait for the next checkpoint */
#define PT_DRAIN_MS               10000U  /* SIGTERM: exchanges in flight may finish */
#define PT_CASE_MAX               64U     /* Poterne-Case, bytes */
#define PT_AGENT_MAX              128U    /* Poterne-Agent */
#define PT_ID_MAX                 64U     /* procedure, client, habilitation, upstream ids */
/* --- schemas ------------------------------------------------------------------------------- */
#define PT_JSON_DEPTH_MAX       32U
#define PT_JSON_KEYS_MAX        4096U   /* members of one object */
#define PT_JSON_NUMBER_MAX      64U     /* characters of one number */
#define PT_JSON_EXPONENT_MAX    307     /* a number stays below 1e308: IEEE 754 holds it */
#define PT_JSON_NAMES_MAX       8192U   /* unknown members of all objects open at once */
#define PT_NODE_MEMBERS_MAX     256U    /* members a descriptor gives one object */
#define PT_MASK_FIELDS_MAX      256U    /* fields of one grant */
#define PT_POINTER_MAX          256U    /* one JSON Pointer */
#define PT_DATASET_FILE_MAX     262144U /* one descriptor */
#define PT_DATASETS_MAX         1024U
#define PT_DATASET_PARAMS_MAX   32U
#define PT_DATASET_ID_MAX       128U
#define PT_DATASET_SEGMENTS_MAX 16U   /* segments of one path template */
#define PT_DATASET_PLACES_MAX   8192U /* places of one answer's tree */
#define PT_DATASET_VALUES_MAX   128U  /* values of one parameter */
#define PT_DATASET_SCOPES_MAX   32U
#define PT_CATALOGUE_MAX        67108864U /* memory of all datasets together */
#define PT_IMPORT_FILE_MAX      16777216U /* an OpenAPI file of the State */
#define PT_IMPORT_DEPTH_MAX     128U      /* its nesting */
#define PT_IMPORT_REFS_MAX      16U       /* $ref that leads to $ref that leads to ... */
/* --- configuration -------------------------------------------------------------------------- */
#define PT_CONFIG_FILE_MAX    4194304U
#define PT_CONFIG_FILES_MAX   256U /* poterne.yaml and conf.d */
#define PT_CONFIG_DEPTH_MAX   16U
#define PT_CONFIG_ERRORS_MAX  200U      /* reported in one run */
#define PT_CONFIG_NODES_MAX   131072U   /* YAML values of all files together */
#define PT_CONFIG_ENTRIES_MAX 4096U     /* entries of one table or list */
#define PT_CONFIG_ARENA_MAX   67108864U /* the tree while it is read; the snapshot */
#define PT_CONFIG_TEXT_MAX    512U      /* one text value, bytes */
#define PT_CONFIG_REPORT_MAX  262144U   /* the report of one run */
#define PT_READER_DEPTH_MAX   8U        /* levels of folders a listing goes down */
#define PT_SECRET_FILE_MAX    16384U    /* a token, a key */
#define PT_CRL_MAX            16777216U /* a revocation list, PEM */
#define PT_BUNDLE_MAX         67108864U /* every file a child needs, together */
/* --- the log (audit) ------------------------------------------------------------------------- */
#define PT_LEAF_MAX            4096U   /* C2SP entry bundles allow 65535 */
#define PT_BOX_MAX             32768U  /* plaintext of one sealed box */
#define PT_RECORD_MAX          49152U  /* one message to the scribe */
#define PT_BATCH_RECORDS_MAX   512U    /* one commit */
#define PT_BATCH_BYTES_MAX     262144U /* ... or this many bytes, whichever comes first */
#define PT_LINGER_US           1000U   /* only while more requests are known to be coming */
#define PT_CHECKPOINT_MS       200U    /* at most one signature in this delay */
#define PT_IDX_LAG_MS          1000U   /* entries wait for the index in memory, this long or */
#define PT_IDX_ROWS_MAX        16384U  /* until there are so many */
#define PT_CHECKPOINT_MAX      4096U   /* text and signatures */
#define PT_LOG_MAP_MAX         274877906944ULL /* LMDB map of one month (sparse) */
#define PT_LOG_MONTHS_MAX      128U            /* months kept at the same time */
#define PT_LOG_STAGE_MAX       8388608U        /* stored bytes of one commit */
#define PT_LOG_TAIL            32768U /* entries remembered for the sealing thread (power of 2) */
#define PT_LOG_AHEAD_BYTES     33554432U    /* zeroed ahead of the end of the month's file */
#define PT_LOG_RESERVE_BYTES   268435456ULL /* kept free: below it, exchanges stop */
#define PT_READ_TXN_ROWS_MAX   10000U       /* a reader re-opens its transaction after this */
#define PT_READ_TXN_MS         1000U        /* ... or after this */
#define PT_QUERY_ROWS_DEFAULT  1000U
#define PT_QUERY_ROWS_MAX      100000U /* one question; the cursor leads on */
#define PT_QUERY_TEXT_MAX      4096U   /* the filter of one question */
#define PT_NOTE_MAX            65536U  /* a signed note, a file of verifier keys */
#define PT_NOTE_SIGNATURES_MAX 64U     /* C2SP signed-note: at least 16 */
#define PT_SIGNATURE_MAX       8192U   /* one signature of a note (post-quantum: nearly 5 KB) */
#define PT_VKEYS_MAX           16U
#define PT_VKEY_NAME_MAX       256U
#define PT_RECEIPT_MAX         262144U /* one .tlog-proof text */
/* --- processes -------------------------------------------------------------------------------- */
#define PT_IPC_FRAME_MAX          65536U
#define PT_IPC_FDS_MAX            4U
#define PT_IPC_RECORDS_MAX        32U /* records of one turn of a lane, in one frame */
#define PT_IPC_SNDBUF             4194304U
#define PT_RESTART_MIN_MS         200U   /* first delay before a crashed child is restarted */
#define PT_RESTART_MAX_MS         10000U /* delays double up to this */
#define PT_START_MS               10000U /* a child says ready within this */
#define PT_AUDIT_SOCKET_PEERS_MAX 16U
#define PT_LOG_LINE_MAX           4096U /* one operational log line */

#endif /* POTERNE_BASE_LIMITS_H */
