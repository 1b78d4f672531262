/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * note.h -- C2SP signed notes and the checkpoints they carry (c2sp.org/signed-note,
 * c2sp.org/tlog-checkpoint): verifier keys, signatures, origin, size and root.
 *
 * Trusts nothing but the verifier keys. Slices point into the texts that were given. Part of the
 * pure proof library: libcrypto and base only. Layer 1 (audit).
 */
#ifndef POTERNE_AUDIT_NOTE_H
#define POTERNE_AUDIT_NOTE_H

#include "poterne/audit/merkle.h"
#include "poterne/base/limits.h"

#define PT_NOTE_ED25519 0x01U
#define PT_NOTE_ECDSA   0x02U /* P-256, SHA-256, DER */
#define PT_VKEY_BYTES   96U   /* P-256 SubjectPublicKeyInfo: 91; Ed25519: 32 */

struct pt_vkey {
    pt_slice name;
    uint8_t id[4];
    uint8_t type;
    uint8_t key[PT_VKEY_BYTES];
    size_t keylen;
};
struct pt_vkeys {
    struct pt_vkey keys[PT_VKEYS_MAX];
    size_t n;
};

/**
 * One key a line, "name+8 hex digits+base64(type || key)"; empty lines and lines that begin with #
 * are skipped, well-formed keys of other types too. The key id is recomputed.
 * @return PT_E_SYNTAX a line is not well formed, its id is wrong, or no usable key is left
 */
PT_RESULT pt_vkeys_parse(pt_slice text, struct pt_vkeys *ret);

struct pt_note {
    pt_slice text;     /* what was signed, with its last newline */
    uint32_t verified; /* bit i: a signature of vkeys->keys[i] verified */
};
/**
 * Lines of unknown keys are ignored; a line of a known key that does not verify rejects the note.
 * @return PT_E_SYNTAX not a note · PT_E_FORGED a known key's signature is wrong, or no key is known
 */
PT_RESULT pt_note_verify(pt_slice note, const struct pt_vkeys *vkeys, struct pt_note *ret);

struct pt_checkpoint {
    pt_slice origin;
    struct pt_tree_head head;
    bool complete; /* every key given that bears the origin's name has signed */
};
/** The three lines (and opaque extension lines) of a note's text. @return PT_E_SYNTAX */
PT_RESULT pt_checkpoint_parse(pt_slice text, struct pt_checkpoint *ret);
/** The same of a whole note whose signatures nobody checks: for the owner of the log itself. */
PT_RESULT pt_checkpoint_peek(pt_slice note, struct pt_checkpoint *ret);
/**
 * Verify, then parse; one key that verified must bear the origin as its name.
 * @return PT_E_SYNTAX, PT_E_FORGED
 */
PT_RESULT pt_checkpoint_open(pt_slice note, const struct pt_vkeys *vkeys,
                             struct pt_checkpoint *ret);

/** SHA-256(name || LF || type || key)[0..4), for ECDSA SHA-256(SPKI)[0..4). */
PT_RESULT pt_vkey_id(const struct pt_vkey *key, uint8_t ret[static 4]);

#endif /* POTERNE_AUDIT_NOTE_H */
