/* unseen.c: see unseen.h. */
#include "know/unseen.h"

#include "base/lru.h"
#include "cert/held.h"

#include <ctype.h>
#include <stdlib.h>

/* Chains remembered of one name: a gateway with RSA and ECDSA, a renewal. */
#define MAX_CLEAR 4
/* The DER form of an ECDSA signature varies by less. */
#define JITTER 8

struct clear {
	struct cert *leaf; /* counted; NULL: the place is free */
	uint32_t len, stapled_len; /* of its message, without and with staple */
	struct stamp seen;
};

struct known { /* of a name and port: newest first */
	struct clear clear[MAX_CLEAR];
	struct cert_held *held; /* the table's */
};

struct flight { /* of a name, endpoint and likeness */
	enum tls_flight_of of;
	uint32_t len;
};

struct unseen {
	struct lru *known, *flights;
	struct cert_held held;
};

static void drop(void *value)
{
	struct known *k = value;

	for (int i = 0; i < MAX_CLEAR; i++)
		if (k->clear[i].leaf)
			cert_let_go(k->held, k->clear[i].leaf);
}

struct unseen *unseen_new(void)
{
	struct unseen *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->held.max = LIMIT_KNOW_HELD;
	s->known = lru_new(LIMIT_KNOW_UNSEEN, sizeof(struct known), drop);
	s->flights = lru_new(LIMIT_KNOW_UNSEEN, sizeof(struct flight), NULL);
	if (s->known && s->flights)
		return s;
	unseen_free(s);
	return NULL;
}

void unseen_free(struct unseen *s)
{
	if (!s)
		return;
	if (s->known)
		lru_free(s->known);
	if (s->flights)
		lru_free(s->flights);
	free(s);
}

#define KEY_MAX 300

static size_t put_name(uint8_t key[KEY_MAX], struct bytes name)
{
	size_t n = 0;

	while (n < name.len && n < KEY_MAX - 32) {
		key[n] = (uint8_t)tolower(name.p[n]);
		n++;
	}
	key[n++] = 0;
	return n;
}

static size_t put_endpoint(uint8_t *key, size_t n, const struct endpoint *e,
			   bool address)
{
	key[n++] = (uint8_t)(e->port >> 8);
	key[n++] = (uint8_t)e->port;
	if (!address)
		return n;
	memcpy(&key[n], e->addr.b, 16);
	return n + 16;
}

/* A name is one place wherever it is served from; without one the endpoint. */
static struct bytes known_key(uint8_t key[KEY_MAX], const struct observation *o,
			      struct bytes name)
{
	size_t n = put_name(key, name);

	n = put_endpoint(key, n, observation_server(o), !name.len);
	return bytes_of(key, n);
}

static struct bytes flight_key(uint8_t key[KEY_MAX],
			       const struct observation *o, struct bytes name,
			       uint64_t likeness)
{
	size_t n = put_name(key, bytes_head(name, KEY_MAX - 64));

	n = put_endpoint(key, n, observation_server(o), true);
	memcpy(&key[n], &likeness, sizeof likeness);
	return bytes_of(key, n + sizeof likeness);
}

static bool is_of(const struct clear *c, const struct cert *leaf, uint32_t len)
{
	return c->leaf && c->len == len &&
	       !memcmp(c->leaf->sha256, leaf->sha256, 32);
}

/* The place of that chain, else of the oldest; moved to the front. */
static struct clear *clear_take(struct known *k, const struct cert *leaf,
				uint32_t len)
{
	struct clear c;
	int i = 0;

	while (i < MAX_CLEAR - 1 && k->clear[i].leaf &&
	       !is_of(&k->clear[i], leaf, len))
		i++;
	c = k->clear[i];
	memmove(&k->clear[1], &k->clear[0], (size_t)i * sizeof c);
	k->clear[0] = c;
	return &k->clear[0];
}

void unseen_learn(struct unseen *s, const struct observation *o,
		  struct bytes name)
{
	const struct tls_chain *chain = &o->hs->chain[TLS_SERVER];
	struct cert *leaf = observation_leaf(o, TLS_SERVER);
	uint32_t len = tls_flight_certificate(chain, 0);
	uint8_t key[KEY_MAX];
	struct known *k;
	struct clear *c;
	bool fresh;

	if (chain->state != TLS_CHAIN_WHOLE || !leaf || leaf->error)
		return;
	k = lru_put(s->known, known_key(key, o, name), &fresh);
	if (!k)
		return;
	c = clear_take(k, leaf, len);
	cert_hold(&s->held, leaf); /* it may be the same as the old one */
	cert_let_go(&s->held, c->leaf);
	c->leaf = leaf;
	k->held = &s->held;
	c->len = len;
	c->stapled_len = o->hs->staple.len
				 ? tls_flight_certificate(chain,
							  o->hs->staple.len)
				 : 0;
	c->seen = chain->time;
	while (cert_held_over(&s->held) && lru_drop_oldest(s->known))
		;
}

/* Two certificates of one length cannot be told apart: neither is meant. */
static void find_like(const struct known *k, const struct tls_flight *f,
		      struct unseen_news *out)
{
	const struct clear *found = NULL;

	if (f->of != TLS_FLIGHT_CERTIFICATE)
		return;
	for (int i = 0; i < MAX_CLEAR && k->clear[i].leaf; i++) {
		const struct clear *c = &k->clear[i];

		if (c->len != f->len && c->stapled_len != f->len)
			continue;
		if (found && memcmp(found->leaf->sha256, c->leaf->sha256, 32))
			return;
		found = c;
	}
	if (!found)
		return;
	out->like = true;
	out->elsewhere = found->leaf;
	out->seen = found->seen;
}

static void compare(struct flight *before, bool fresh,
		    const struct tls_flight *f, struct unseen_news *out)
{
	uint32_t by = before->len > f->len ? before->len - f->len
					   : f->len - before->len;

	out->changed = !fresh && before->of == f->of &&
		       by > (f->of == TLS_FLIGHT_WHOLE ? JITTER : 0);
	out->of = f->of;
	out->from = before->len;
	out->to = f->len;
	/* else many small steps would never be one */
	if (fresh || out->changed || before->of != f->of)
		*before = (struct flight){ .of = f->of, .len = f->len };
}

void unseen_see(struct unseen *s, const struct observation *o,
		struct bytes name, uint64_t likeness, struct unseen_news *out)
{
	uint8_t key[KEY_MAX];
	struct tls_flight f;
	struct known *k = lru_get(s->known, known_key(key, o, name));
	struct flight *before;
	bool fresh;

	*out = (struct unseen_news){ .elsewhere = NULL };
	tls_flight(o->hs, &f);
	if (k) {
		out->elsewhere = k->clear[0].leaf;
		out->seen = k->clear[0].seen;
		find_like(k, &f, out);
	}
	if (f.of == TLS_FLIGHT_UNKNOWN)
		return;
	before = lru_put(s->flights, flight_key(key, o, name, likeness),
			 &fresh);
	if (before)
		compare(before, fresh, &f, out);
}

uint64_t unseen_evicted(const struct unseen *s)
{
	return lru_evicted(s->known) + lru_evicted(s->flights);
}

void unseen_share(struct unseen *s, unsigned parts, size_t held)
{
	lru_scale(s->known, parts);
	lru_scale(s->flights, parts);
	if (held < s->held.max)
		s->held.max = held;
}

size_t unseen_memory(const struct unseen *s, bool full)
{
	return lru_bytes(s->known, full) + lru_bytes(s->flights, full) +
	       (full ? s->held.max : s->held.bytes);
}
