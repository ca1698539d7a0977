/* catchall.c: see catchall.h. */
#include "know/catchall.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/lru.h"

#include <ctype.h>
#include <stdlib.h>

#define NAME_MAX_LEN 256

/* The names for which a leaf was shown though it does not have them. */
struct shown {
	uint64_t name[LIMIT_CATCHALL_NAMES]; /* hashes */
	size_t num;
	struct stamp last; /* of a name that was new */
};

struct catchall {
	struct lru *leaves;
};

struct catchall *catchall_new(void)
{
	struct catchall *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->leaves = lru_new(LIMIT_KNOW_CATCHALL, sizeof(struct shown), NULL);
	if (c->leaves)
		return c;
	free(c);
	return NULL;
}

void catchall_free(struct catchall *c)
{
	if (!c)
		return;
	lru_free(c->leaves);
	free(c);
}

static uint64_t fold(struct bytes name)
{
	static const struct hash_key key = { 0x63617463, 0x68616c6c };
	uint8_t text[NAME_MAX_LEN];
	size_t n = 0;

	for (; n < name.len && n < NAME_MAX_LEN; n++)
		text[n] = (uint8_t)tolower(name.p[n]);
	return hash_bytes(&key, bytes_of(text, n));
}

bool catchall_see(struct catchall *c, const uint8_t leaf[static 32],
		  struct bytes name, struct stamp now)
{
	uint64_t hash = fold(name);
	bool fresh;
	struct shown *s = lru_put(c->leaves, bytes_of(leaf, 32), &fresh);

	if (!s)
		return false;
	for (size_t i = 0; i < s->num; i++)
		if (s->name[i] == hash)
			return false;
	if (s->num && now.ns - s->last.ns > LIMIT_CATCHALL_WAIT)
		s->num = 0;
	s->last = now;
	if (s->num == LIMIT_CATCHALL_NAMES)
		return true;
	s->name[s->num++] = hash;
	return false;
}

uint64_t catchall_evicted(const struct catchall *c)
{
	return lru_evicted(c->leaves);
}

void catchall_share(struct catchall *c, unsigned parts)
{
	lru_scale(c->leaves, parts);
}

size_t catchall_memory(const struct catchall *c, bool full)
{
	return lru_bytes(c->leaves, full);
}
