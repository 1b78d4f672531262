/* SPDX-License-Identifier: EUPL-1.2 */
/* The connectors that exist: the one list from which look-ups and accepted kinds derive. */
#include "poterne/connectors/connector.h"

static const struct pt_connector_ops *const connectors[] = {
    &pt_connector_api_entreprise,
};

const struct pt_connector_ops *pt_connector_find(pt_slice kind)
{
    for (size_t i = 0U; i < PT_COUNT(connectors); i++) {
        if (pt_slice_eq(kind, pt_slice_str(connectors[i]->kind))) {
            return connectors[i];
        }
    }
    return NULL;
}

const struct pt_connector_ops *pt_connector_for_api(pt_slice api)
{
    for (size_t i = 0U; i < PT_COUNT(connectors); i++) {
        if (pt_slice_eq(api, pt_slice_str(connectors[i]->api))) {
            return connectors[i];
        }
    }
    return NULL;
}
