/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The words of channels, the same in the file and in the Poterne-Channel header.
 * Layer 3 (gateway).
 */
#include "gateway/config/config_int.h"

pt_slice pt_channel_name(enum pt_channel channel)
{
    return (uint32_t)channel < PT_CHANNEL_COUNT ? pt_slice_str(pt_words_channel[channel])
                                                : PT_SLICE_EMPTY;
}

PT_RESULT pt_channel_find(pt_slice name, enum pt_channel *ret)
{
    for (uint32_t i = 0U; i < PT_CHANNEL_COUNT; i++) {
        if (pt_slice_eq(name, pt_slice_str(pt_words_channel[i]))) {
            *ret = (enum pt_channel)i;
            return PT_SUCCESS;
        }
    }
    return PT_FAIL(PT_E_ABSENT);
}
