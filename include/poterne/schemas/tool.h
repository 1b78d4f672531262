/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * tool.h -- the program poterne-catalogue, as a function.
 * Layer 1 (schemas).
 */
#ifndef POTERNE_SCHEMAS_TOOL_H
#define POTERNE_SCHEMAS_TOOL_H

/** The whole program: parses, answers on stdout, returns the exit code (enum pt_exit). */
int pt_catalogue_main(int argc, char **argv);

#endif /* POTERNE_SCHEMAS_TOOL_H */
