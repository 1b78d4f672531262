/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * badisk.h -- a disk that fails, and one whose power is cut.
 *
 * Linking badisk.c into a test replaces write, pwrite, writev, fdatasync, fsync and syncfs of the
 * whole program, libraries too. Only files whose path holds `where` are concerned.
 */
#ifndef POTERNE_TESTS_BADISK_H
#define POTERNE_TESTS_BADISK_H

#include <stdbool.h>
#include <stdint.h>

/** The @nth operation from now (0 is the next) on a file below @where fails with @error, and so do
 * all after it while armed. */
void badisk_arm(const char *where, unsigned nth, int error);
/** As above, but only that one fails. */
void badisk_arm_once(const char *where, unsigned nth, int error);
void badisk_disarm(void);
/** Has an operation failed since it was armed? */
bool badisk_hit(void);

/**
 * From now on, remember of the file @path what is on stable storage and what only may be. At the
 * @nth write or flush the power is cut: the state of the file after it, with a subset chosen by
 * @seed of the writes that no flush has covered (512 bytes at a time), goes to @image, and the
 * process ends with status 77. The file must be unchanged since its last flush.
 */
void badisk_cut(const char *path, const char *image, unsigned nth, uint64_t seed);

#endif /* POTERNE_TESTS_BADISK_H */
