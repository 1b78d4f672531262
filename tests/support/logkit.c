/* SPDX-License-Identifier: EUPL-1.2 */
/* A throw-away log: see logkit.h. */
#include "logkit.h"

#include "audit/journal_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void must(pt_status st)
{
    if (!pt_ok(st)) {
        fprintf(stderr, "logkit: %s at %s aux %u\n", pt_code_name(st.code), st.origin, st.aux);
        abort();
    }
}

/* --- ports --------------------------------------------------------------------------------- */

static uint64_t wall(void *ctx)
{
    return ((const struct logkit *)ctx)->now_ms;
}

static uint64_t mono(void *ctx)
{
    return ((const struct logkit *)ctx)->now_ms * 1000U;
}

static pt_status fill(void *ctx, void *out, size_t n)
{
    struct logkit *const kit = ctx;
    uint8_t *const bytes = out;

    PT_ENSURE(!kit->no_random, PT_E_CRYPTO);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(kit->random * 37U + (kit->random >> 8U));
        kit->random++;
    }
    return PT_SUCCESS;
}

static pt_status sign(void *ctx, pt_slice message, struct pt_buf *out)
{
    return pt_key_sign(ctx, message, out);
}

/* --- keys ---------------------------------------------------------------------------------- */

/* Made now, kept beside the log for the programs that check it from outside. */
static void keep_key(const struct logkit *kit, const struct pt_key *key, const char *name)
{
    struct pt_buf pem;
    char path[PT_PATH_MAX];

    pt_buf_init(&pem, 4096U);
    must(pt_key_to_pem(key, &pem));
    must(pt_file_join(kit->dir, name, path, sizeof path));
    must(pt_file_replace(path, pt_buf_slice(&pem), 0400));
    pt_buf_done(&pem);
}

static void add_key(struct logkit *kit, size_t i, const char *name, uint8_t type)
{
    struct pt_sign_port *const port = &kit->options.signers[i];

    must(pt_key_generate(type == PT_NOTE_ED25519 ? PT_KEY_ED25519 : PT_KEY_P256, &kit->keys[i]));
    keep_key(kit, kit->keys[i], name);
    *port = (struct pt_sign_port){.sign = sign, .type = type, .ctx = kit->keys[i]};
    must(pt_key_note_id(kit->keys[i], PT_SLICE(LOGKIT_ORIGIN), port->key_id));
    must(pt_key_vkey(kit->keys[i], PT_SLICE(LOGKIT_ORIGIN), &kit->vkeys));
    pt_buf_put_byte(&kit->vkeys, '\n');
}

static void write_vkeys(const struct logkit *kit)
{
    char path[PT_PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/keys", kit->dir);
    must(pt_file_mkdirs(path, 0700));
    (void)snprintf(path, sizeof path, "%s/keys/log.vkey", kit->dir);
    must(pt_file_replace(path, pt_buf_slice(&kit->vkeys), 0644));
}

/* --- life ---------------------------------------------------------------------------------- */

void logkit_init(struct logkit *kit, const char *parent)
{
    static const uint8_t KEK[32] = {0x4b, 0x45, 0x4b};
    const char *const tmp = getenv("TMPDIR");

    memset(kit, 0, sizeof *kit);
    if (parent == NULL) {
        parent = tmp != NULL ? tmp : "/tmp";
    }
    (void)snprintf(kit->dir, sizeof kit->dir, "%s/poterne-log-XXXXXX", parent);
    if (mkdtemp(kit->dir) == NULL) {
        abort();
    }
    kit->now_ms = LOGKIT_START_MS;
    kit->clock = (struct pt_clock){.wall_ms = wall, .mono_us = mono, .ctx = kit};
    pt_buf_init(&kit->vkeys, 4096U);
    kit->options = (struct pt_journal_options){.dir = kit->dir,
                                               .origin = PT_SLICE(LOGKIT_ORIGIN),
                                               .gateway = PT_SLICE("gw1"),
                                               .clock = &kit->clock,
                                               .random = {.fill = fill, .ctx = kit},
                                               .nsigners = 2U,
                                               .kek = pt_slice_of(KEK, sizeof KEK),
                                               .map_bytes = 1ULL << 30U};
    add_key(kit, 0U, "ed25519.pem", PT_NOTE_ED25519);
    add_key(kit, 1U, "p256.pem", PT_NOTE_ECDSA);
    write_vkeys(kit);
}

PT_RESULT logkit_try(struct logkit *kit)
{
    return pt_journal_open(&kit->options, &kit->journal, &kit->boot);
}

void logkit_open(struct logkit *kit)
{
    must(logkit_try(kit));
}

void logkit_close(struct logkit *kit)
{
    kit->journal = pt_journal_close(kit->journal);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info;
    (void)type;
    (void)ftw;
    return remove(path);
}

void logkit_remove(const char *dir)
{
    (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void logkit_done(struct logkit *kit)
{
    logkit_close(kit);
    kit->keys[0] = pt_key_free(kit->keys[0]);
    kit->keys[1] = pt_key_free(kit->keys[1]);
    pt_buf_done(&kit->vkeys);
    logkit_remove(kit->dir);
}

/* --- records ------------------------------------------------------------------------------- */

struct pt_uuid logkit_uuid(const struct logkit *kit, uint64_t number)
{
    uint8_t random[10] = {0x5a, 0x5a};
    struct pt_uuid id;

    pt_be64_put(random + 2, number);
    pt_uuid7(kit->now_ms, random, &id);
    return id;
}

/* Texts that carry the number; they live as long as the program, in turn. */
static pt_slice numbered(const char *prefix, uint64_t number)
{
    static _Thread_local char texts[64][64];
    static _Thread_local size_t next;
    char *const text = texts[next++ % 64U];

    return pt_slice_of(text, (size_t)snprintf(text, sizeof texts[0], "%s%012llu", prefix,
                                              (unsigned long long)number));
}

struct pt_record logkit_record(const struct logkit *kit, enum pt_entry_type type, uint64_t number)
{
    struct pt_record record = {.type = type};

    if (type == PT_ENTRY_CONF) {
        memset(record.conf, 0xc0, sizeof record.conf);
        return record;
    }
    if (type == PT_ENTRY_READ) {
        record.filter = PT_SLICE("list");
        record.client = numbered("unix:", number);
        record.count = number;
        return record;
    }
    if (type == PT_ENTRY_BOOT || type == PT_ENTRY_GAP) {
        record.reason = PT_SLICE("test");
        return record;
    }
    record.outcome = type == PT_ENTRY_ASKED ? PT_OUTCOME_NONE : PT_OUTCOME_DELIVERED;
    record.exchange = logkit_uuid(kit, number);
    record.dataset = PT_SLICE("entreprise/v4/insee/unites_legales");
    record.procedure = PT_SLICE("subvention-association");
    record.mode = PT_SLICE("demande");
    record.client = numbered("grc-publik-", number);
    record.agent = numbered("agent-", number);
    record.channel = PT_SLICE("guichet-canal");
    record.habilitation = PT_SLICE("habilitation-subvention");
    record.fields = PT_SLICE("/data/siren\n/data/personne_morale_attributs/raison_sociale\n"
                             "/data/etat_administratif");
    record.subject = numbered("siren:", number);
    record.case_ref = numbered("DOSSIER-", number);
    if (type != PT_ENTRY_ASKED) {
        record.reason = PT_SLICE("PT200:ok");
        memset(record.digest, 0xd1, sizeof record.digest);
        record.count = 2U;
    }
    return record;
}

uint64_t logkit_append(struct logkit *kit, enum pt_entry_type type, uint64_t number)
{
    const struct pt_record record = logkit_record(kit, type, number);
    struct pt_appended told = {.seq = 0U};

    must(pt_journal_append(kit->journal, &record, 1U, &told));
    return told.seq;
}

uint64_t logkit_seal(struct logkit *kit)
{
    uint64_t size = 0;

    must(pt_journal_seal(kit->journal, &size));
    return size;
}

uint64_t logkit_stored_bytes(struct logkit *kit, uint64_t first, uint64_t n)
{
    struct pt_view *view = NULL;
    uint64_t bytes = 0;

    must(pt_view_open(pt_journal_months(kit->journal), &view));
    for (uint64_t seq = first; seq < first + n; seq++) {
        pt_slice value;
        must(pt_view_get(view, seq, &value));
        bytes += value.len;
    }
    view = pt_view_close(view);
    return bytes;
}
