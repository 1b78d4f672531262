/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * poterne_catalogue.c -- main of poterne-catalogue; everything is in schemas/cli/.
 */
#include "poterne/schemas/tool.h"

int main(int argc, char **argv)
{
    return pt_catalogue_main(argc, argv);
}
