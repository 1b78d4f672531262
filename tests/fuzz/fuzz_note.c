/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Keys, notes and checkpoints from anybody: whoever signs nothing never verifies.
 */
#include "poterne/audit/note.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char KEY[] =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n";
    const pt_slice input = pt_slice_of(data, size);
    struct pt_vkeys keys;
    struct pt_checkpoint cp;
    struct pt_note note;

    (void)!pt_ok(pt_vkeys_parse(input, &keys));
    if (!pt_ok(pt_vkeys_parse(pt_slice_str(KEY), &keys))) {
        abort();
    }
    if (pt_ok(pt_note_verify(input, &keys, &note)) &&
        !pt_slice_eq(note.text, PT_SLICE("This is an example message.\n"))) {
        abort(); /* the only text that this key has signed in public */
    }
    (void)!pt_ok(pt_checkpoint_open(input, &keys, &cp));
    (void)!pt_ok(pt_checkpoint_parse(input, &cp));
    return 0;
}
