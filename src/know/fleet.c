/* fleet.c: see fleet.h. */
#include "know/fleet.h"

#include "base/limits.h"
#include "base/lru.h"

#include <ctype.h>
#include <stdlib.h>

#define UNSEEN (3600 * NSEC_PER_SEC)

struct member {
	uint8_t sha256[32];
	int64_t not_before;
	struct stamp first, last;
};

struct team { /* of one name, port, key algorithm and standing */
	struct member newest, old;
	bool has_old, told;
};

struct fleet {
	struct lru *teams;
};

struct fleet *fleet_new(void)
{
	struct fleet *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->teams = lru_new(LIMIT_KNOW_NAMES, sizeof(struct team), NULL);
	if (!f->teams) {
		free(f);
		return NULL;
	}
	return f;
}

void fleet_free(struct fleet *f)
{
	if (!f)
		return;
	lru_free(f->teams);
	free(f);
}

static struct bytes team_key(uint8_t key[300], struct bytes name,
			     uint16_t port, const struct cert *c, bool trusted)
{
	size_t n = 0;

	key[n++] = (uint8_t)c->key_type;
	key[n++] = trusted;
	key[n++] = (uint8_t)(port >> 8);
	key[n++] = (uint8_t)port;
	for (size_t i = 0; i < name.len && n < 300; i++)
		key[n++] = (uint8_t)tolower(name.p[i]);
	return bytes_of(key, n);
}

static struct member member_of(const struct cert *c, struct stamp now)
{
	struct member m = { .not_before = c->not_before,
			    .first = now,
			    .last = now };

	memcpy(m.sha256, c->sha256, 32);
	return m;
}

static void see_newest(struct team *t, struct stamp now,
		       struct fleet_news *out)
{
	t->newest.last = now;
	if (!t->has_old || t->told || now.ns - t->old.last.ns < UNSEEN)
		return;
	t->told = true;
	out->changed = true;
	memcpy(out->other, t->old.sha256, 32);
}

void fleet_see(struct fleet *f, struct bytes name, uint16_t port,
	       const struct cert *c, bool trusted, struct stamp now,
	       struct fleet_news *out)
{
	uint8_t key[300];
	bool fresh;
	struct team *t;

	*out = (struct fleet_news){ .changed = false };
	t = lru_put(f->teams, team_key(key, name, port, c, trusted), &fresh);
	if (!t)
		return;
	if (fresh) {
		t->newest = member_of(c, now);
		return;
	}
	if (!memcmp(t->newest.sha256, c->sha256, 32)) {
		see_newest(t, now, out);
		return;
	}
	if (c->not_before > t->newest.not_before) {
		t->old = t->newest;
		t->has_old = true;
		t->told = false;
		t->newest = member_of(c, now);
		see_newest(t, now, out);
		return;
	}
	/* of the same moment: two servers, or a proxy that copies the dates */
	if (c->not_before == t->newest.not_before)
		return;
	if (!t->has_old || memcmp(t->old.sha256, c->sha256, 32) != 0) {
		t->old = member_of(c, now);
		t->has_old = true;
	}
	t->old.last = now;
	out->older = true;
	out->newer_since = t->newest.first;
	memcpy(out->other, t->newest.sha256, 32);
}

uint64_t fleet_evicted(const struct fleet *f)
{
	return lru_evicted(f->teams);
}

void fleet_share(struct fleet *f, unsigned parts)
{
	lru_scale(f->teams, parts);
}

size_t fleet_memory(const struct fleet *f, bool full)
{
	return lru_bytes(f->teams, full);
}
