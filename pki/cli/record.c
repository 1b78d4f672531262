/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * record.c -- see record_int.h. JSON with French texts, and beside it a detached signature that
 * `openssl dgst -sha256 -verify` accepts. It says what it does not prove. Layer 1 (pki).
 */
#include "pki/cli/record_int.h"
#include "poterne/base/codec.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_LEN 96U
#define TAG_LEN      8U

/* --- where ------------------------------------------------------------------------------------ */

static const char *folder(struct tool *tool)
{
    return tool->standalone ? tool_join(tool, tool->file, "destructions")
                            : tool_beside(tool, tool->file, "destructions");
}

/* "destruction-20261124T101500Z-0123456789abcdef.json": when, and which key. */
static const char *file_of(struct tool *tool, const struct record *record, const char *suffix)
{
    char when[PT_RFC3339_LEN + 1U];
    char day[16];
    char hex[PT_HEX_LEN(TAG_LEN) + 1U] = {0};
    char name[NAME_MAX_LEN];
    const char *dir = folder(tool);
    pt_time_rfc3339((uint64_t)tool->now * 1000U, when);
    size_t n = 0U;
    for (size_t i = 0U; i < 19U; i++) {
        if (when[i] != '-' && when[i] != ':') {
            day[n++] = when[i];
        }
    }
    day[n] = '\0';
    pt_hex_encode(pt_slice_of(record->facts.spki_sha256, TAG_LEN), hex);
    (void)snprintf(name, sizeof(name), "destruction-%sZ-%s%s", day, hex, suffix);
    return dir != NULL ? tool_join(tool, dir, name) : NULL;
}

/* --- what it says ---------------------------------------------------------------------------- */

static void put_key(struct pt_buf *out, const char *key)
{
    pt_buf_put_str(out, out->len > 0U && out->ptr[out->len - 1U] != '{' ? ",\n  " : "\n  ");
    pt_buf_put_json(out, pt_slice_str(key));
    pt_buf_put_str(out, ": ");
}

static void put_text(struct pt_buf *out, const char *key, const char *text)
{
    put_key(out, key);
    pt_buf_put_json(out, pt_slice_str(text));
}

static void put_number(struct pt_buf *out, const char *key, uint64_t number)
{
    put_key(out, key);
    pt_buf_put_u64(out, number);
}

static void put_digest(struct pt_buf *out, const char *key, const uint8_t digest[static 32])
{
    char hex[PT_HEX_LEN(32U)];
    pt_hex_encode(pt_slice_of(digest, 32U), hex);
    put_key(out, key);
    pt_buf_put_json(out, pt_slice_of(hex, sizeof(hex)));
}

static void put_list(struct pt_buf *out, const char *key, const char *const *texts, size_t n)
{
    put_key(out, key);
    for (size_t i = 0U; i < n; i++) {
        pt_buf_put_str(out, i == 0U ? "[\n    " : ",\n    ");
        pt_buf_put_json(out, pt_slice_str(texts[i]));
    }
    pt_buf_put_str(out, "\n  ]");
}

static void put_when(const struct tool *tool, struct pt_buf *out, const char *key)
{
    char when[PT_RFC3339_LEN + 1U];
    pt_time_rfc3339((uint64_t)tool->now * 1000U, when);
    put_text(out, key, when);
}

static void put_certificate(const struct record *record, struct pt_buf *out)
{
    char date[PT_DATE_LEN + 1U];
    if (record->has_certificate) {
        pt_time_date_text((int32_t)(record->not_after / 86400), date);
        put_digest(out, "certificate_sha256", record->certificate_sha256);
        put_text(out, "certificate_not_after", date);
    }
}

static void put_head(const struct tool *tool, const struct record *record, const char *type,
                     const char *title, struct pt_buf *out)
{
    pt_buf_put_byte(out, '{');
    put_text(out, "type", type);
    put_text(out, "title", title);
    put_text(out, "commune", tool->site.commune);
    put_text(out, "siret", tool->site.siret);
    put_text(out, "use", record->use);
    put_text(out, "path", record->path);
    put_text(out, "algorithm", record->facts.algorithm);
    put_number(out, "bits", record->facts.bits);
    put_digest(out, "spki_sha256", record->facts.spki_sha256);
    put_certificate(record, out);
    put_text(out, "reason", record->reason);
    put_number(out, "operator_uid", record->uid);
}

static void put_body(struct pt_buf *out)
{
    static const char *const done[] = {
        "surcharge du fichier par des octets aléatoires, écrite jusqu'au support (fsync)",
        "surcharge du fichier par des zéros, écrite jusqu'au support (fsync)",
        "fichier ramené à zéro octet, nom supprimé, dossier écrit jusqu'au support",
    };
    static const char *const not_proven[] = {
        "l'absence d'autres copies de la clé : sauvegardes, instantanés, exports, remise à un "
        "tiers",
        "l'absence de traces sur le support : mémoire flash et disques SSD (répartition d'usure), "
        "systèmes de fichiers à copie sur écriture ou journalisés, grappes de disques",
        "l'absence de la clé en mémoire : un programme qui l'a lue la garde jusqu'à son "
        "rechargement, et la mémoire d'échange peut l'avoir reçue",
    };
    put_list(out, "done", done, sizeof(done) / sizeof(done[0]));
    put_list(out, "not_proven", not_proven, sizeof(not_proven) / sizeof(not_proven[0]));
}

/* --- the intention --------------------------------------------------------------------------- */

static pt_status write_text(struct tool *tool, const char *path, const struct pt_buf *text,
                            mode_t mode)
{
    PT_ENSURE(path != NULL, PT_E_NOMEM);
    const pt_status st = pt_buf_status(text);
    return pt_ok(st) ? tool_write(tool, path, pt_buf_slice(text), mode) : tool_fail(tool, path, st);
}

PT_RESULT record_intend(struct tool *tool, struct record *record)
{
    struct pt_buf text;
    const char *path = file_of(tool, record, ".intention.json");
    pt_buf_init(&text, TOOL_TEXT_MAX);
    put_head(tool, record, "poterne-destruction-intention/1",
             "Intention de détruire une clé : si ce fichier demeure, la destruction n'a pas abouti",
             &text);
    put_when(tool, &text, "intended_at");
    pt_buf_put_str(&text, "\n}\n");
    const pt_status st = write_text(tool, path, &text, 0644);
    pt_buf_done(&text);
    record->intention = path;
    return st;
}

/* --- the record ------------------------------------------------------------------------------ */

/* The log's key vouches for the record when the operator may read it; NULL otherwise. */
static struct pt_key *signer_of(struct tool *tool)
{
    struct pt_key *key = NULL;
    struct pt_buf pem;
    const char *dir = tool->standalone ? NULL : tool_join(tool, tool->site.log_directory, "keys");
    const char *path = dir != NULL ? tool_join(tool, dir, "log-p256.pem") : NULL;
    pt_buf_init(&pem, PT_SECRET_FILE_MAX);
    if (path == NULL || !pt_ok(pt_key_file_read(path, &pem)) ||
        !pt_ok(pt_key_from_pem(pt_buf_slice(&pem), &key))) {
        key = NULL;
    }
    pt_buf_done(&pem);
    return key;
}

static void put_signer(const struct pt_key *key, struct pt_buf *out)
{
    uint8_t spki[32];
    if (key == NULL || !pt_ok(pt_key_spki_sha256(key, spki))) {
        put_key(out, "signature");
        pt_buf_put_str(out, "null");
        put_text(out, "signature_note",
                 "non signé : la clé du journal n'est pas accessible à l'opérateur");
        return;
    }
    put_text(out, "signature", "ECDSA P-256 avec SHA-256, détachée, dans le fichier .sig voisin");
    put_digest(out, "signer_spki_sha256", spki);
}

static pt_status sign(struct tool *tool, const struct record *record, const struct pt_key *key,
                      const struct pt_buf *text)
{
    struct pt_buf signature;
    const char *path = file_of(tool, record, ".json.sig");
    pt_buf_init(&signature, 256U);
    pt_status st = pt_key_sign(key, pt_buf_slice(text), &signature);
    st = pt_ok(st) ? write_text(tool, path, &signature, 0444) : tool_fail(tool, ".sig", st);
    pt_buf_done(&signature);
    return st;
}

static pt_status write_signed(struct tool *tool, const struct record *record,
                              const struct pt_key *key, struct pt_buf *text)
{
    put_head(tool, record, "poterne-destruction/1", "Procès-verbal de destruction de clé", text);
    put_when(tool, text, "destroyed_at");
    put_number(text, "bytes_overwritten", record->bytes);
    put_body(text);
    put_signer(key, text);
    pt_buf_put_str(text, "\n}\n");
    PT_TRY(write_text(tool, file_of(tool, record, ".json"), text, 0444));
    return key != NULL ? sign(tool, record, key, text) : PT_SUCCESS;
}

PT_RESULT record_write(struct tool *tool, const struct record *record)
{
    struct pt_buf text;
    struct pt_key *key = signer_of(tool);
    pt_buf_init(&text, TOOL_TEXT_MAX);
    pt_status st = write_signed(tool, record, key, &text);
    pt_buf_done(&text);
    (void)pt_key_free(key);
    if (pt_ok(st) && unlink(record->intention) != 0) {
        st = tool_fail(tool, record->intention, PT_FAIL(PT_E_IO));
    }
    return st;
}
