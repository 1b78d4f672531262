/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * reader.h -- the three readers of files (struct pt_reader_port).
 *
 * The supervisor reads the configuration and everything it names through `recording` over `fs`,
 * seals the recorded bytes in a memfd and hands it to its children; they load the same snapshot
 * through `bundle`, without access to the file system. A bundle holds secrets: whoever owns its
 * bytes wipes them after use.
 * Layer 3 (gateway).
 */
#ifndef POTERNE_GATEWAY_READER_H
#define POTERNE_GATEWAY_READER_H

#include "poterne/ports.h"

/* Real files. */
struct pt_reader_fs {
    const char *credentials; /* $CREDENTIALS_DIRECTORY; NULL: "credential:NAME" is absent */
};
/** @fs is borrowed by the port and may be a constant of the caller. */
struct pt_reader_port pt_reader_fs(struct pt_reader_fs *fs);

/*
 * What @inner reads, kept: every file once (a second read of a path gets the bytes of the first),
 * every listing, every mode. Nothing is kept of what failed: absent stays absent in the bundle.
 */
struct pt_reader_recording {
    struct pt_reader_port inner;
    struct pt_buf bundle; /* at most PT_BUNDLE_MAX */
};
void pt_reader_recording_init(struct pt_reader_recording *recording,
                              const struct pt_reader_port *inner);
struct pt_reader_port pt_reader_recording(struct pt_reader_recording *recording);
/**
 * The bundle so far, closed by its end mark; nothing may be read through the port afterwards.
 * The bytes belong to @recording. @return PT_E_LIMIT, PT_E_NOMEM
 */
PT_RESULT pt_reader_recording_end(struct pt_reader_recording *recording, pt_slice *ret_bundle);
void pt_reader_recording_done(struct pt_reader_recording *recording); /* wipes */

/* The files of a bundle, exactly; what it does not hold is absent. */
struct pt_reader_bundle {
    pt_slice entries; /* checked */
};
/**
 * Check the whole of @bytes (borrowed: they outlive @ret and its port) and open them.
 * @return PT_E_PROTOCOL not a bundle, cut short, or bytes after its end · PT_E_LIMIT
 */
PT_RESULT pt_reader_bundle_open(pt_slice bytes, struct pt_reader_bundle *ret);
struct pt_reader_port pt_reader_bundle(struct pt_reader_bundle *bundle);

/** True for "credential:NAME" with a NAME that cannot leave the credentials' folder. */
bool pt_reader_is_credential(pt_slice path);

#endif /* POTERNE_GATEWAY_READER_H */
