/* sessions.c: see sessions.h. */
#include "know/sessions.h"

#include "base/lru.h"

#include <stdlib.h>

#define KEY_MAX 4096

struct sessions {
	struct lru *map;
	struct cert_held held;
};

static void drop(void *value)
{
	struct session_origin *o = value;

	if (o->leaf)
		cert_let_go(o->held, o->leaf);
}

struct sessions *sessions_new(void)
{
	struct sessions *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->held.max = LIMIT_KNOW_HELD;
	s->map = lru_new(LIMIT_KNOW_SESSIONS, sizeof(struct session_origin),
			 drop);
	if (!s->map) {
		free(s);
		return NULL;
	}
	return s;
}

void sessions_free(struct sessions *s)
{
	if (!s)
		return;
	lru_free(s->map);
	free(s);
}

static struct bytes ticket_key(uint8_t *key, struct bytes ticket)
{
	size_t n = ticket.len < KEY_MAX - 1 ? ticket.len : KEY_MAX - 1;

	key[0] = 't';
	memcpy(key + 1, ticket.p, n);
	return bytes_of(key, n + 1);
}

/* Session ids are the server's own: another server may give the same. */
static struct bytes id_key(uint8_t *key, const struct observation *o,
			   struct bytes id)
{
	const struct endpoint *e = observation_server(o);
	size_t n = id.len < 32 ? id.len : 32;

	key[0] = 'i';
	memcpy(key + 1, e->addr.b, 16);
	key[17] = (uint8_t)(e->port >> 8);
	key[18] = (uint8_t)e->port;
	memcpy(key + 19, id.p, n);
	return bytes_of(key, n + 19);
}

static void put(struct sessions *s, struct bytes key, struct cert *leaf,
		const char *handshake_id)
{
	bool fresh;
	struct session_origin *o = lru_put(s->map, key, &fresh);

	if (!o)
		return;
	cert_hold(&s->held, leaf); /* it may be the same as the old one */
	cert_let_go(&s->held, o->leaf);
	o->leaf = leaf;
	o->held = &s->held;
	memcpy(o->handshake_id, handshake_id, sizeof o->handshake_id);
	while (cert_held_over(&s->held) && lru_drop_oldest(s->map))
		;
}

void sessions_learn(struct sessions *s, const struct observation *o,
		    struct cert *leaf, const char *handshake_id)
{
	const struct tls_server_hello *server = &o->hs->server;
	uint8_t key[KEY_MAX];

	if (!server->seen || tls_version_is_13(server->version))
		return; /* TLS 1.3 gives out its tickets under encryption */
	if (o->hs->new_ticket.len)
		put(s, ticket_key(key, o->hs->new_ticket), leaf, handshake_id);
	if (server->session_id.len)
		put(s, id_key(key, o, server->session_id), leaf, handshake_id);
}

const struct session_origin *sessions_find(struct sessions *s,
					   const struct observation *o)
{
	const struct tls_handshake *hs = o->hs;
	const struct session_origin *found = NULL;
	uint8_t key[KEY_MAX];

	if (!o->sight.resumed || !hs->server.seen)
		return NULL;
	if (hs->client.ticket.len)
		found = lru_get(s->map, ticket_key(key, hs->client.ticket));
	if (!found && hs->server.session_id.len &&
	    bytes_eq(hs->server.session_id, hs->client.session_id))
		found = lru_get(s->map,
				id_key(key, o, hs->server.session_id));
	return found;
}

uint64_t sessions_evicted(const struct sessions *s)
{
	return lru_evicted(s->map);
}

void sessions_share(struct sessions *s, unsigned parts, size_t held)
{
	lru_scale(s->map, parts);
	if (held < s->held.max)
		s->held.max = held;
}

size_t sessions_memory(const struct sessions *s, bool full)
{
	return lru_bytes(s->map, full) + (full ? s->held.max : s->held.bytes);
}
