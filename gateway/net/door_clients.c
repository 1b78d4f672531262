/* SPDX-License-Identifier: EUPL-1.2 */
/* door_clients.c -- the clients of this lane, by certificate. A client that floods is told so
 * (429) and the others are served; one that a new context does not know any more is judged once for
 * all its connections. Layer: gateway. */
#include "gateway/net/door_int.h"

#include <stdlib.h>

/* A SHA-256 is spread well enough by itself. */
static struct client **bucket(struct pt_door *door, const uint8_t *fingerprint)
{
    return &door->clients[fingerprint[0]];
}

PT_RESULT client_join(struct pt_door *door, const uint8_t *fingerprint, struct client **ret)
{
    struct client *client = *bucket(door, fingerprint);
    while (client != NULL && memcmp(client->fingerprint, fingerprint, PT_FINGERPRINT_LEN) != 0) {
        client = client->next;
    }
    if (client == NULL) {
        client = calloc(1U, sizeof *client);
        PT_ENSURE(client != NULL, PT_E_NOMEM);
        memcpy(client->fingerprint, fingerprint, PT_FINGERPRINT_LEN);
        client->next = *bucket(door, fingerprint);
        *bucket(door, fingerprint) = client;
    }
    *ret = client_ref(client);
    return PT_SUCCESS;
}

struct client *client_ref(struct client *client)
{
    if (client != NULL) {
        client->owners++;
    }
    return client;
}

struct client *client_leave(struct pt_door *door, struct client *client)
{
    if (client != NULL && --client->owners == 0U) {
        struct client **at = bucket(door, client->fingerprint);
        while (*at != client) {
            at = &(*at)->next;
        }
        *at = client->next;
        free(client);
    }
    return NULL;
}

PT_RESULT client_judge(struct conn *conn)
{
    struct client *const client = conn->client;
    const struct pt_door *const door = conn->door;
    if (conn->tls == NULL || door->tls == NULL || client == NULL) {
        return PT_SUCCESS;
    }
    if (client->judged != door->contexts) {
        client->verdict = pt_tls_still_welcome(conn->tls, door->tls);
        if (client->verdict.code == (uint32_t)PT_E_NOMEM) {
            return client->verdict; /* for this connection; it says nothing of the client */
        }
        client->judged = door->contexts;
    }
    return client->verdict;
}
