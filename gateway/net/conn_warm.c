/* SPDX-License-Identifier: EUPL-1.2 */
/* conn_warm.c -- which connections keep the buffers that OpenSSL took for them.
 *
 * To take and give back a buffer for each record is a twentieth of the instructions of a request;
 * to keep them on every connection would nearly treble what an idle one weighs. So those that spoke
 * last keep theirs: at most WARM_MAX of them, and none longer than WARM_US. Layer: gateway. */
#include "gateway/net/door_int.h"

static void take_out(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    *(conn->warmer != NULL ? &conn->warmer->colder : &door->warmest) = conn->colder;
    *(conn->colder != NULL ? &conn->colder->warmer : &door->coldest) = conn->warmer;
    conn->warmer = NULL;
    conn->colder = NULL;
}

static void put_first(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    conn->colder = door->warmest;
    *(conn->colder != NULL ? &conn->colder->warmer : &door->coldest) = conn;
    door->warmest = conn;
}

void warm_forget(struct conn *conn)
{
    if (conn->warm) {
        conn->warm = false;
        conn->door->warm_count--;
        take_out(conn);
    }
}

static void cool(struct conn *conn)
{
    warm_forget(conn);
    pt_tls_give_back(conn->tls);
}

static uint64_t cools_at(const struct conn *conn)
{
    return conn->warm_us + WARM_US;
}

void warm_keep(struct conn *conn)
{
    struct pt_door *const door = conn->door;
    conn->warm_us = pt_loop_now_us(door->loop);
    if (door->warmest == conn) {
        return;
    }
    if (conn->warm) {
        take_out(conn);
    } else {
        conn->warm = true;
        door->warm_count++;
    }
    put_first(conn);
    if (door->warm_count > WARM_MAX) {
        cool(door->coldest);
    }
    if (!door->cooling.armed) {
        pt_timer_arm(door->loop, &door->cooling, cools_at(conn));
    }
}

void warm_expire(void *ctx)
{
    struct pt_door *const door = ctx;
    const uint64_t now_us = pt_loop_now_us(door->loop);
    while (door->coldest != NULL && cools_at(door->coldest) <= now_us) {
        cool(door->coldest);
    }
    if (door->coldest != NULL) {
        pt_timer_arm(door->loop, &door->cooling, cools_at(door->coldest));
    }
}
