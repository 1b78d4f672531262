/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * destroy.h -- erase the file of a private key (RGS-16; annexe B2 RègleEffacement-1).
 *
 * What is done: the bytes are overwritten in place with random ones, then with zeros, each pass
 * flushed to the device, the file is cut to nothing and its name removed, and the folder flushed.
 * What that does not prove is said by whoever calls: copies, backups, and the remnants that a
 * flash device, a copy-on-write or journalling file system keeps of what it was told to overwrite.
 * Layer 1 (pki).
 */
#ifndef POTERNE_PKI_DESTROY_H
#define POTERNE_PKI_DESTROY_H

#include "poterne/base/status.h"

#include <stdint.h>

/**
 * @ret_bytes: how many were overwritten.
 * @return PT_E_ABSENT · PT_E_DENIED not a regular file of ours (aux 0), or one with another name
 *         too (aux = its count of names): overwriting would reach that one · PT_E_IO with errno
 */
PT_RESULT pt_key_file_destroy(const char *path, uint64_t *ret_bytes);

#endif /* POTERNE_PKI_DESTROY_H */
