/* places.c: see places.h. */
#include "know/places.h"

#include "base/limits.h"
#include "base/lru.h"

#include <ctype.h>
#include <stdlib.h>

struct place {
	uint8_t sha256[32];
};

struct offer {
	uint8_t name_tag[2]; /* how many names: none, one or more */
	uint8_t first_name[32];
	uint8_t first_len;
};

struct places {
	struct lru *places, *names, *offers;
};

struct places *places_new(void)
{
	struct places *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->places = lru_new(LIMIT_KNOW_PLACES, sizeof(struct place), NULL);
	p->names = lru_new(LIMIT_KNOW_NAMES, 1, NULL);
	p->offers = lru_new(LIMIT_KNOW_PLACES, sizeof(struct offer), NULL);
	if (!p->places || !p->names || !p->offers) {
		places_free(p);
		return NULL;
	}
	return p;
}

void places_free(struct places *p)
{
	if (!p)
		return;
	if (p->places)
		lru_free(p->places);
	if (p->names)
		lru_free(p->names);
	if (p->offers)
		lru_free(p->offers);
	free(p);
}

/* "name|address|port", case folded; the number of bytes. */
static size_t place_key(uint8_t *out, size_t size, struct bytes name,
			const struct endpoint *where, uint64_t extra)
{
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < size - 32; i++)
		out[n++] = (uint8_t)tolower(name.p[i]);
	out[n++] = 0;
	if (where) {
		memcpy(out + n, where->addr.b, 16);
		n += 16;
		out[n++] = (uint8_t)(where->port >> 8);
		out[n++] = (uint8_t)where->port;
	}
	memcpy(out + n, &extra, sizeof extra);
	return n + sizeof extra;
}

enum place_news places_see(struct places *p, struct bytes name,
			   const struct endpoint *where,
			   const uint8_t sha256[static 32],
			   uint8_t previous[static 32])
{
	uint8_t key[300];
	/* a name is one place wherever it is served from; without one the
	 * endpoint is the place */
	size_t n = place_key(key, sizeof key, name, name.len ? NULL : where, 0);
	bool fresh;
	struct place *pl = lru_put(p->places, bytes_of(key, n), &fresh);

	if (!pl)
		return PLACE_KNOWN;
	if (!fresh && !memcmp(pl->sha256, sha256, 32))
		return PLACE_KNOWN;
	memcpy(previous, pl->sha256, 32);
	memcpy(pl->sha256, sha256, 32);
	return fresh ? PLACE_FIRST : PLACE_REPLACED;
}

void places_own_name(struct places *p, struct bytes name)
{
	uint8_t key[300];
	bool fresh;

	(void)lru_put(p->names,
		      bytes_of(key, place_key(key, sizeof key, name, NULL, 1)),
		      &fresh);
}

bool places_is_own_name(struct places *p, struct bytes name)
{
	uint8_t key[300];

	return lru_get(p->names, bytes_of(key, place_key(key, sizeof key, name,
							 NULL, 1)));
}

static bool offer_is(const struct offer *o, struct bytes name)
{
	return bytes_eq(bytes_of(o->first_name, o->first_len),
			bytes_head(name, sizeof o->first_name));
}

void places_completed(struct places *p, const struct endpoint *where,
		      uint64_t likeness, struct bytes name)
{
	uint8_t key[300];
	size_t n = place_key(key, sizeof key, bytes_of(NULL, 0), where,
			     likeness);
	bool fresh;
	struct offer *o = lru_put(p->offers, bytes_of(key, n), &fresh);

	if (!o)
		return;
	if (fresh) {
		struct bytes head = bytes_head(name, sizeof o->first_name);

		if (head.len)
			memcpy(o->first_name, head.p, head.len);
		o->first_len = (uint8_t)head.len;
	} else if (!offer_is(o, name)) {
		o->name_tag[0] = 1;
	}
}

bool places_completed_other(struct places *p, const struct endpoint *where,
			    uint64_t likeness, struct bytes name)
{
	uint8_t key[300];
	size_t n = place_key(key, sizeof key, bytes_of(NULL, 0), where,
			     likeness);
	struct offer *o = lru_get(p->offers, bytes_of(key, n));

	return o && (o->name_tag[0] || !offer_is(o, name));
}

uint64_t places_evicted(const struct places *p)
{
	return lru_evicted(p->places) + lru_evicted(p->names) +
	       lru_evicted(p->offers);
}

void places_share(struct places *p, unsigned parts)
{
	lru_scale(p->places, parts);
	lru_scale(p->names, parts);
	lru_scale(p->offers, parts);
}

size_t places_memory(const struct places *p, bool full)
{
	return lru_bytes(p->places, full) + lru_bytes(p->names, full) +
	       lru_bytes(p->offers, full);
}
