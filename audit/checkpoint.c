/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * checkpoint.c -- the text of a checkpoint and its signatures (c2sp.org/tlog-checkpoint,
 * c2sp.org/signed-note).
 *
 * Law: the key holder signs what it has built itself, never bytes that were handed to it. Layer 1
 * (audit).
 */
#include "audit/journal_state_int.h"

#include "poterne/base/codec.h"

#define EM_DASH         "\xE2\x80\x94 "
#define SIGNATURE_BYTES 256U /* P-256 in DER: at most 72 */

static void put_text(struct pt_buf *out, pt_slice origin, const struct pt_tree_head *head)
{
    pt_buf_put(out, origin);
    pt_buf_put_byte(out, '\n');
    pt_buf_put_u64(out, head->size);
    pt_buf_put_byte(out, '\n');
    pt_b64_encode(out, pt_slice_of(head->root.bytes, PT_HASH_LEN));
    pt_buf_put_byte(out, '\n');
}

/* "— name base64(key id || signature)" */
static pt_status put_signature(struct pt_buf *out, pt_slice origin, pt_slice text,
                               const struct pt_sign_port *signer)
{
    struct pt_buf signature;

    pt_buf_init(&signature, sizeof signer->key_id + SIGNATURE_BYTES);
    pt_buf_put(&signature, pt_slice_of(signer->key_id, sizeof signer->key_id));
    pt_status st = signer->sign(signer->ctx, text, &signature);
    if (pt_ok(st)) {
        st = pt_buf_status(&signature);
    }
    if (pt_ok(st)) {
        pt_buf_put_str(out, EM_DASH);
        pt_buf_put(out, origin);
        pt_buf_put_byte(out, ' ');
        pt_b64_encode(out, pt_buf_slice(&signature));
        pt_buf_put_byte(out, '\n');
    }
    pt_buf_done(&signature);
    return st;
}

static pt_status put_note(const struct pt_journal *journal, struct pt_buf *text, struct pt_buf *out)
{
    PT_TRY(pt_buf_status(text));
    pt_buf_put(out, pt_buf_slice(text));
    pt_buf_put_byte(out, '\n');
    for (size_t i = 0; i < journal->nsigners; i++) {
        PT_TRY(put_signature(out, journal->origin, pt_buf_slice(text), &journal->signers[i]));
    }
    return pt_buf_status(out);
}

PT_RESULT pt_checkpoint_sign(const struct pt_journal *journal, const struct pt_tree_head *head,
                             struct pt_buf *out)
{
    struct pt_buf text;

    pt_buf_init(&text, PT_CHECKPOINT_MAX);
    put_text(&text, journal->origin, head);
    const pt_status st = put_note(journal, &text, out);
    pt_buf_done(&text);
    return st;
}
