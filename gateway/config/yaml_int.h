/* SPDX-License-Identifier: EUPL-1.2 */
/* The two files of gateway/config/ that know libyaml: yaml.c and yaml_fault.c. */
#ifndef POTERNE_CONFIG_YAML_INT_H
#define POTERNE_CONFIG_YAML_INT_H

#include "gateway/config/config_int.h"

#include <yaml.h>

/** Report why @parser stopped, in French and at the place that explains it. @return PT_E_NOMEM */
PT_RESULT pt_yaml_fault(struct pt_yaml_parse *parse, const yaml_parser_t *parser);

#endif /* POTERNE_CONFIG_YAML_INT_H */
