/* answers.c: see answers.h. */
#include "sensor/answers.h"

#include "base/hash.h"
#include "dns/message.h"
#include "know/packets.h"

#include <stdlib.h>

struct answer {
	struct packets *packets; /* NULL: free */
	struct addr client;	 /* who was told */
	uint64_t name;		 /* hash of the question's */
};

struct answers {
	struct answer ring[LIMIT_EXHIBIT_ANSWERS];
	size_t next;
};

struct answers *answers_new(void)
{
	return calloc(1, sizeof(struct answers));
}

void answers_free(struct answers *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < LIMIT_EXHIBIT_ANSWERS; i++)
		free(a->ring[i].packets);
	free(a);
}

/* Equal hashes of other names would add a packet too many, no more. */
static uint64_t hash_name(const char *name)
{
	static const struct hash_key key = { 0x616e7377, 0x6e616d65 };

	return hash_bytes(&key, bytes_str(name));
}

void answers_keep(struct answers *a, struct observation *o)
{
	struct answer *slot = &a->ring[a->next];

	if (!o->packets || !o->dns->question.name ||
	    o->packets->used > LIMIT_EXHIBIT_ANSWER_BYTES)
		return;
	free(slot->packets);
	slot->packets = o->packets;
	o->packets = NULL;
	slot->name = hash_name(o->dns->question.name);
	slot->client = o->dns->dir == 0 ? o->destination.addr : o->source.addr;
	a->next = (a->next + 1) % LIMIT_EXHIBIT_ANSWERS;
}

/* The aliases and the name itself, by their hashes. */
static size_t names_of(const struct evidence *ev, uint64_t *hash)
{
	for (size_t i = 0; i < ev->num_dns_chain; i++)
		hash[i] = hash_name(ev->dns_chain[i]);
	return ev->num_dns_chain;
}

static bool is_of(const struct answer *w, const struct judgement *v,
		  const uint64_t *hash, size_t num)
{
	const struct tls_handshake *hs = v->obs->hs;
	const struct addr *client = hs->prelude.has_proxy
					    ? &hs->prelude.proxy_source.addr
					    : &observation_client(v->obs)->addr;

	if (!w->packets || (v->ev.dns_own && !addr_eq(&w->client, client)))
		return false;
	for (size_t i = 0; i < num; i++)
		if (w->name == hash[i])
			return true;
	return false;
}

void answers_add(const struct answers *a, const struct judgement *v)
{
	const struct packets *found[LIMIT_EXHIBIT_EACH], *own = v->obs->packets;
	uint64_t hash[LIMIT_DNS_CHAIN];
	size_t num = 0, size, names = names_of(&v->ev, hash);
	struct packets *all;

	if (!own || !names)
		return;
	size = own->used;
	for (size_t i = 1; i <= LIMIT_EXHIBIT_ANSWERS; i++) {
		size_t at = a->next + LIMIT_EXHIBIT_ANSWERS - i;
		const struct answer *w = &a->ring[at % LIMIT_EXHIBIT_ANSWERS];

		if (num == LIMIT_EXHIBIT_EACH || !is_of(w, v, hash, names))
			continue;
		found[num++] = w->packets;
		size += w->packets->used;
	}
	all = num ? packets_new(size) : NULL;
	if (!all)
		return;
	while (num)
		packets_add_all(all, found[--num]);
	packets_add_all(all, own);
	free(v->obs->packets);
	v->obs->packets = all;
}
