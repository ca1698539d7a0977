/* observation.c: see observation.h. */
#include "know/observation.h"

#include "base/mem.h"
#include "crypt/digest.h"
#include "dns/message.h"

#include <stdlib.h>

struct observation *observation_new(enum observation_kind kind,
				    const struct observation_room *room)
{
	size_t num = room->certs[0] + room->certs[1];
	size_t size = sizeof(struct observation) + num * sizeof(struct cert *) +
		      room->tunnels * sizeof(struct tunnel);
	struct observation *o;

	_Static_assert(_Alignof(struct tunnel) <= _Alignof(struct cert *),
		       "tunnels stand behind pointers");
	o = mem_zeroed(size);
	if (!o)
		return NULL;
	o->size = size;
	o->kind = kind;
	o->refs = 1;
	o->chain[0] = (struct cert **)(o + 1);
	o->chain[1] = o->chain[0] + room->certs[0];
	o->tunnels = (void *)(o->chain[0] + num);
	return o;
}

void observation_prefetch(const struct observation *o)
{
	const char *hs = (const char *)o->hs;

	for (size_t i = 0; hs && i < sizeof *o->hs; i += 64)
		__builtin_prefetch(hs + i);
}

struct observation *observation_ref(struct observation *o)
{
	o->refs++;
	return o;
}

static void destroy(struct observation *o)
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < o->num_chain[side]; i++)
			cert_unref(o->chain[side][i]);
	tls_handshake_free(o->hs);
	dns_message_free(o->dns);
	free(o->packets);
	mem_give(o, o->size);
}

void observation_unref(struct observation *o)
{
	struct observation_home *home;

	if (!o || --o->refs)
		return;
	home = o->home;
	if (!home) {
		destroy(o);
		return;
	}
	o->next_spent = __atomic_load_n(&home->spent, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&home->spent, &o->next_spent, o,
					    true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		; /* next_spent is what it was found to be */
}

void observation_home_clear(struct observation_home *home)
{
	struct observation *o, *next;

	o = __atomic_exchange_n(&home->spent, NULL, __ATOMIC_ACQUIRE);
	for (; o; o = next) {
		next = o->next_spent;
		destroy(o);
	}
}

void observation_drop_packets(struct observation *o)
{
	free(o->packets);
	o->packets = NULL;
}

int observation_compare(const struct observation_order *a,
			const struct observation_order *b)
{
	if (a->time.ns != b->time.ns)
		return a->time.ns < b->time.ns ? -1 : 1;
	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	if (a->sub != b->sub)
		return a->sub < b->sub ? -1 : 1;
	return a->part < b->part ? -1 : a->part > b->part;
}

const struct endpoint *observation_client(const struct observation *o)
{
	return o->hs->client_dir == 0 ? &o->source : &o->destination;
}

const struct endpoint *observation_server(const struct observation *o)
{
	return o->hs->client_dir == 0 ? &o->destination : &o->source;
}

struct cert *observation_leaf(const struct observation *o, enum tls_side side)
{
	return o->num_chain[side] ? o->chain[side][0] : NULL;
}

void observation_chain_sha256(const struct observation *o,
			      uint8_t out[static 32])
{
	uint8_t all[LIMIT_EVENT_CHAIN * 32];
	size_t n = o->num_chain[TLS_SERVER];

	for (size_t i = 0; i < n; i++)
		memcpy(all + 32 * i, o->chain[TLS_SERVER][i]->sha256, 32);
	digest_sha256(bytes_of(all, 32 * n), out);
}
