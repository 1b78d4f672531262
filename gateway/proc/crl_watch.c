/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The clients' revocation list as a file that changes (RGS-12, RGS-13): the supervisor looks at it,
 * and what it finds goes to gate the way a reload does, with every other byte of the configuration
 * as it was. A list must not wait for an administrator, nor be held up by a file he is editing.
 */
#include "gateway/proc/supervisor_int.h"

#include "poterne/gateway/reader.h"
#include "poterne/pki/cert.h"
#include "poterne/pki/digest.h"

#include <stdlib.h>
#include <unistd.h>

static int64_t wall_s(void)
{
    return (int64_t)(pt_clock_wall_ms(&pt_clock_system) / 1000U);
}

PT_RESULT pt_crl_file_of(const struct pt_config *config, struct pt_crl_file *ret)
{
    const pt_slice path = config->tls_client_crl_path;
    struct pt_crl_facts facts;
    struct pt_crl_file file = {.poll_s = config->tls_client_crl_poll_s};
    PT_ENSURE(path.len < sizeof file.path, PT_E_LIMIT);
    memcpy(file.path, path.ptr, path.len);
    PT_TRY(pt_sha256(config->tls_client_crl, file.digest));
    PT_TRY(pt_crl_facts(config->tls_client_crl, &facts));
    file.this_update_s = facts.this_update;
    file.next_update_s = facts.next_update;
    *ret = file;
    return PT_SUCCESS;
}

/* --- the alerts, once for each list -------------------------------------------------------------
 */

static bool is_stale(const struct pt_supervisor *s)
{
    return wall_s() >= s->crl.next_update_s;
}

static void alert(struct pt_supervisor *s)
{
    const struct pt_crl_file *crl = &s->crl;
    if (s->crl_due || !pt_revocation_due(crl->this_update_s, crl->next_update_s, wall_s())) {
        return;
    }
    s->crl_due = true;
    PT_LOG(&s->log, PT_WARN, "crl.due",
           PT_F_U64("ends_s", crl->next_update_s > 0 ? (uint64_t)crl->next_update_s : 0U));
}

/* --- one look -----------------------------------------------------------------------------------
 */

static PT_RESULT read_list(const struct pt_supervisor *s, struct pt_buf *bytes,
                           uint8_t digest[static 32])
{
    struct pt_reader_fs fs = {.credentials = getenv("CREDENTIALS_DIRECTORY")};
    const struct pt_reader_port files = pt_reader_fs(&fs);
    PT_TRY(files.read(files.ctx, s->crl.path, bytes));
    return pt_sha256(pt_buf_slice(bytes), digest);
}

/* A list that was refused for what it holds is not tried again until it changes. */
static bool is_news(const struct pt_supervisor *s, const uint8_t digest[static 32])
{
    return memcmp(digest, s->crl.digest, 32U) != 0 && memcmp(digest, s->crl_tried, 32U) != 0;
}

static bool is_content(pt_status st)
{
    return st.code == (uint32_t)PT_E_SYNTAX || st.code == (uint32_t)PT_E_SCHEMA ||
           st.code == (uint32_t)PT_E_DENIED;
}

/* To gate: what is in force, with another list or (@path NULL) as it is. */
static PT_RESULT hand_over(struct pt_supervisor *s, const char *path, pt_slice bytes)
{
    struct pt_loaded loaded;
    PT_LOG(&s->log, PT_INFO, "crl.changed", PT_F_U64("ended", path == NULL ? 1U : 0U));
    PT_TRY(pt_supervisor_load_list(s->options, s->bundle, path, bytes, &loaded));
    s->pending = loaded.bundle;
    s->pending_crl = loaded.crl;
    memcpy(s->pending_policy, loaded.policy, sizeof loaded.policy);
    return PT_SUCCESS;
}

static PT_RESULT take(struct pt_supervisor *s, pt_slice bytes, const uint8_t digest[static 32])
{
    const pt_status st = hand_over(s, s->crl.path, bytes);
    if (is_content(st)) { /* anything else may go better at the next look */
        memcpy(s->crl_tried, digest, sizeof s->crl_tried);
    }
    return st;
}

/* A list that has ended is handed over once more as it is, whatever the file holds by now: gate
 * then judges the connections that are open, and cuts them. */
static PT_RESULT end(struct pt_supervisor *s)
{
    return is_stale(s) && !s->crl_ended ? hand_over(s, NULL, PT_SLICE_EMPTY) : PT_SUCCESS;
}

static PT_RESULT look(struct pt_supervisor *s, struct pt_buf *bytes)
{
    uint8_t digest[32];
    const pt_status st = read_list(s, bytes, digest);
    if (!pt_ok(st)) {
        if (!s->crl_lost) {
            PT_LOG(&s->log, PT_ERROR, "crl.unreadable", PT_F_STATUS("why", st));
        }
        s->crl_lost = true;
        return end(s);
    }
    s->crl_lost = false;
    return is_news(s, digest) ? take(s, pt_buf_slice(bytes), digest) : end(s);
}

PT_RESULT pt_crl_watch(struct pt_supervisor *s, uint64_t now_ms)
{
    if (now_ms < s->crl_look_ms) {
        return PT_SUCCESS;
    }
    s->crl_look_ms = now_ms + s->crl.poll_s * 1000ULL;
    alert(s);
    struct pt_buf bytes;
    pt_buf_init(&bytes, PT_CRL_MAX);
    const pt_status st = look(s, &bytes);
    pt_buf_done(&bytes);
    return st;
}

void pt_crl_taken(struct pt_supervisor *s)
{
    if (memcmp(s->crl.digest, s->pending_crl.digest, sizeof s->crl.digest) != 0) {
        s->crl_due = false;
    }
    s->crl = s->pending_crl;
    s->crl_ended = is_stale(s); /* gate has judged by it since */
}
