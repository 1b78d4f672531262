/* SPDX-License-Identifier: EUPL-1.2 */
/* Private to gateway/net/loop*.c: the timers of a loop, a pairing heap linked in place. */
#ifndef POTERNE_GATEWAY_NET_LOOP_INT_H
#define POTERNE_GATEWAY_NET_LOOP_INT_H

#include "poterne/gateway/loop.h"

/** Put @timer (not in any heap) in; returns the new root. */
struct pt_timer *pt_heap_insert(struct pt_timer *root, struct pt_timer *timer);
/** Take @timer (in this heap) out; returns the new root. */
struct pt_timer *pt_heap_remove(struct pt_timer *root, struct pt_timer *timer);

#endif /* POTERNE_GATEWAY_NET_LOOP_INT_H */
