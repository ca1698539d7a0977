/*
 * cache.c: the cache of parsed certificates (see cert.h): a table with chains
 * by index, least recently used entries go first.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/reader.h"
#include "cert/parts.h"

#define NUM_BUCKETS (2 * LIMIT_CERT_CACHE)
/*
 * What is hashed of a certificate: its length, its head (with the serial
 * number) and its tail (most of the signature). Who makes many that are alike
 * there has them all in one bucket, which holds so many. By chance none is a
 * quarter as full.
 */
#define HASHED_HEAD 64
#define HASHED_TAIL 192
#define BUCKET_MAX  16
#define NONE	    UINT32_MAX

struct entry {
	struct cert *cert;
	uint64_t hash;
	uint32_t next; /* of the bucket (used later first), or of the free */
	uint32_t newer, older;
};

struct cert_cache {
	struct hash_key key;
	struct cert_cache_counters counters;
	size_t bytes, max;
	uint32_t num, newest, oldest, unused;
	uint32_t bucket[NUM_BUCKETS];
	struct entry entry[LIMIT_CERT_CACHE];
};

struct cert_cache *cert_cache_new(void)
{
	struct cert_cache *c = malloc(sizeof *c);

	if (!c || !hash_key_random(&c->key)) {
		free(c);
		return NULL;
	}
	c->counters = (struct cert_cache_counters){ .hits = 0 };
	c->bytes = 0;
	c->num = 0;
	c->max = LIMIT_CERT_CACHE_BYTES;
	c->newest = c->oldest = NONE;
	c->unused = 0;
	for (uint32_t i = 0; i < NUM_BUCKETS; i++)
		c->bucket[i] = NONE;
	for (uint32_t i = 0; i < LIMIT_CERT_CACHE; i++) {
		c->entry[i].cert = NULL;
		c->entry[i].next = i + 1 < LIMIT_CERT_CACHE ? i + 1 : NONE;
	}
	return c;
}

void cert_cache_limit(struct cert_cache *c, size_t bytes)
{
	c->max = bytes < LIMIT_CERT_CACHE_BYTES ? bytes
						: LIMIT_CERT_CACHE_BYTES;
}

size_t cert_cache_memory(const struct cert_cache *c)
{
	return sizeof *c + c->bytes;
}

static void age_unlink(struct cert_cache *c, struct entry *e)
{
	if (e->newer == NONE)
		c->newest = e->older;
	else
		c->entry[e->newer].older = e->older;
	if (e->older == NONE)
		c->oldest = e->newer;
	else
		c->entry[e->older].newer = e->newer;
}

static void age_newest(struct cert_cache *c, uint32_t i)
{
	struct entry *e = &c->entry[i];

	e->newer = NONE;
	e->older = c->newest;
	if (c->newest == NONE)
		c->oldest = i;
	else
		c->entry[c->newest].newer = i;
	c->newest = i;
}

static void drop(struct cert_cache *c, uint32_t i)
{
	struct entry *e = &c->entry[i];
	uint32_t *at = &c->bucket[e->hash % NUM_BUCKETS];

	while (*at != i)
		at = &c->entry[*at].next;
	*at = e->next;
	age_unlink(c, e);
	c->bytes -= e->cert->memory;
	c->num--;
	cert_unref(e->cert);
	e->cert = NULL;
	e->next = c->unused;
	c->unused = i;
}

void cert_cache_free(struct cert_cache *c)
{
	if (!c)
		return;
	while (c->oldest != NONE)
		drop(c, c->oldest);
	free(c);
}

static uint64_t hash_of(const struct cert_cache *c, struct bytes der)
{
	uint8_t b[8 + HASHED_HEAD + HASHED_TAIL];
	uint64_t len = der.len;
	struct reader r = rd_whole(der);
	struct bytes head, tail;

	if (der.len <= HASHED_HEAD + HASHED_TAIL)
		return hash_bytes(&c->key, der);
	head = rd_bytes(&r, HASHED_HEAD);
	rd_skip(&r, der.len - HASHED_HEAD - HASHED_TAIL);
	tail = rd_rest(&r);
	memcpy(b, &len, 8);
	memcpy(b + 8, head.p, HASHED_HEAD);
	memcpy(b + 8 + HASHED_HEAD, tail.p, HASHED_TAIL);
	return hash_bytes(&c->key, bytes_of(b, sizeof b));
}

/* The entry, now in front of its bucket; NONE if it is not there. */
static uint32_t find(struct cert_cache *c, uint64_t hash, struct bytes der)
{
	uint32_t *first = &c->bucket[hash % NUM_BUCKETS], *at = first;

	for (; *at != NONE; at = &c->entry[*at].next) {
		struct entry *e = &c->entry[*at];
		uint32_t i = *at;

		if (e->hash != hash || !bytes_eq(e->cert->der, der))
			continue;
		*at = e->next;
		e->next = *first;
		*first = i;
		return i;
	}
	return NONE;
}

/* A full bucket loses the one that was not used for the longest time. */
static void make_room(struct cert_cache *c, uint64_t hash)
{
	uint32_t i = c->bucket[hash % NUM_BUCKETS];
	unsigned num = 1;

	if (i == NONE)
		return;
	for (; c->entry[i].next != NONE; num++)
		i = c->entry[i].next;
	if (num < BUCKET_MAX)
		return;
	drop(c, i);
	c->counters.evicted++;
}

static void insert(struct cert_cache *c, uint64_t hash, struct cert *cert)
{
	size_t bytes = cert->memory;
	struct entry *e;
	uint32_t i;

	if (bytes > c->max)
		return;
	make_room(c, hash);
	while (c->unused == NONE ||
	       c->bytes + bytes > c->max) {
		drop(c, c->oldest);
		c->counters.evicted++;
	}
	i = c->unused;
	e = &c->entry[i];
	c->unused = e->next;
	e->cert = cert_ref(cert);
	e->hash = hash;
	e->next = c->bucket[hash % NUM_BUCKETS];
	c->bucket[hash % NUM_BUCKETS] = i;
	age_newest(c, i);
	c->bytes += bytes;
	c->num++;
}

struct cert *cert_cache_get(struct cert_cache *c, struct bytes der)
{
	uint64_t hash = hash_of(c, der);
	uint32_t i = find(c, hash, der);
	struct cert *cert;

	if (i != NONE) {
		c->counters.hits++;
		age_unlink(c, &c->entry[i]);
		age_newest(c, i);
		return cert_ref(c->entry[i].cert);
	}
	cert = cert_read(der);
	if (!cert)
		return NULL;
	c->counters.misses++;
	c->counters.unparsable += cert->error != NULL;
	insert(c, hash, cert);
	return cert;
}

const struct cert_cache_counters *cert_cache_counters(
	const struct cert_cache *c)
{
	return &c->counters;
}
