/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The scribe's keys: two signature keys of one use and the key that wraps the keyring. They are
 * read here and nowhere else (law 5); a key file that others may read is refused (SYS-04).
 */
#include "gateway/proc/scribe_int.h"

#include "poterne/base/codec.h"
#include "poterne/base/secret.h"
#include "poterne/pki/digest.h"

#include <errno.h>
#include <sys/stat.h>

#define KEK_LEN 32U

static PT_RESULT read_private(const char *dir, const char *name, struct pt_buf *out)
{
    char path[PT_PATH_MAX];
    PT_TRY(pt_file_join(dir, name, path, sizeof path));
    struct stat st;
    if (stat(path, &st) != 0) {
        return PT_FAIL_AUX(errno == ENOENT ? PT_E_ABSENT : PT_E_IO, errno);
    }
    PT_ENSURE((st.st_mode & 077U) == 0U, PT_E_DENIED);
    return pt_file_read(path, out);
}

static PT_RESULT load_key(const char *dir, const char *name, struct pt_key **ret_key)
{
    struct pt_buf pem;
    pt_buf_init(&pem, PT_SECRET_FILE_MAX);
    pt_status st = read_private(dir, name, &pem);
    if (pt_ok(st)) {
        st = pt_key_from_pem(pt_buf_slice(&pem), ret_key);
    }
    pt_buf_done(&pem);
    return st;
}

static PT_RESULT sign(void *ctx, pt_slice message, struct pt_buf *out)
{
    return pt_key_sign(ctx, message, out);
}

/* The key id stands in the verifier key: "<name>+<8 hex>+<base64>". */
static PT_RESULT make_signer(struct pt_key *key, pt_slice origin, struct pt_sign_port *ret)
{
    struct pt_buf vkey;
    pt_buf_init(&vkey, 1024U);
    pt_status st = pt_key_vkey(key, origin, &vkey);
    if (pt_ok(st)) {
        const pt_slice tail = pt_slice_from(pt_buf_slice(&vkey), origin.len + 1U);
        st = pt_hex_decode(pt_slice_head(tail, 8U), ret->key_id, sizeof ret->key_id);
    }
    pt_buf_done(&vkey);
    ret->sign = sign;
    ret->type = pt_key_kind(key) == PT_KEY_ED25519 ? 0x01U : 0x02U;
    ret->ctx = key;
    return st;
}

static PT_RESULT fill_random(void *ctx, void *out, size_t n)
{
    (void)ctx;
    return pt_random(out, n);
}

static PT_RESULT open_with(struct pt_scribe *s, const char *keys, struct pt_buf *kek,
                           struct pt_journal_boot *ret_boot)
{
    const pt_slice origin = pt_slice_str(s->settings.origin);
    struct pt_journal_options options = {.dir = s->settings.log_directory,
                                         .origin = origin,
                                         .gateway = pt_slice_str(s->settings.gateway),
                                         .clock = &pt_clock_system,
                                         .random = {.fill = fill_random},
                                         .nsigners = 2U,
                                         .reserve_bytes = s->settings.reserve_bytes,
                                         .ahead_bytes = PT_LOG_AHEAD_BYTES};
    PT_TRY(load_key(keys, "log-ed25519.pem", &s->keys[0]));
    PT_TRY(load_key(keys, "log-p256.pem", &s->keys[1]));
    PT_TRY(make_signer(s->keys[0], origin, &options.signers[0]));
    PT_TRY(make_signer(s->keys[1], origin, &options.signers[1]));
    PT_TRY(read_private(keys, "kek", kek));
    PT_ENSURE(kek->len == KEK_LEN, PT_E_SYNTAX);
    options.kek = pt_buf_slice(kek);
    return pt_journal_open(&options, &s->journal, ret_boot);
}

PT_RESULT pt_scribe_open_journal(struct pt_scribe *s, struct pt_journal_boot *ret_boot)
{
    char keys[PT_PATH_MAX];
    PT_TRY(pt_file_join(s->settings.log_directory, "keys", keys, sizeof keys));
    struct pt_buf kek;
    pt_buf_init(&kek, KEK_LEN + 1U);
    const pt_status st = open_with(s, keys, &kek, ret_boot);
    pt_buf_done(&kek);
    return st;
}
