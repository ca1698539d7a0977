/* dns.c: see dns.h. */
#include "know/dns.h"

#include "base/lru.h"

#include <ctype.h>
#include <stdlib.h>

#define KEY_MAX (1 + 17 + DNS_NAME_TEXT + 17)

struct text {
	size_t bytes, max;
};

/* owner -> target, in the scope of one client or of all */
struct alias {
	char *target;
	struct text *text; /* the table's */
	struct stamp since, until;
	bool asked;
};

/* owner has this address, in the same scopes */
struct holding {
	struct stamp since, until;
	bool asked;
};

/* the names by which a client found an address */
struct names {
	struct {
		char *name;
		struct stamp until;
		bool asked;
	} slot[LIMIT_DNS_NAMES];
	struct text *text; /* the table's */
	struct stamp crowded_until; /* more names than slots */
};

struct know_dns {
	struct lru *aliases, *holdings, *names, *served;
	struct know_dns_counters counters;
	struct text targets, texts; /* strings in aliases and names */
};

/* The heap takes so much beside a string. */
#define BESIDE 16

static void text_free(struct text *t, char *s)
{
	if (s)
		t->bytes -= strlen(s) + BESIDE;
	free(s);
}

static char *text_put(struct text *t, char *old, const char *s)
{
	char *copy = strdup(s);

	text_free(t, old);
	if (copy)
		t->bytes += strlen(s) + BESIDE;
	return copy;
}

static void alias_drop(void *value)
{
	struct alias *a = value;

	if (a->target)
		text_free(a->text, a->target);
}

static void names_drop(void *value)
{
	struct names *n = value;

	for (size_t i = 0; i < LIMIT_DNS_NAMES; i++)
		if (n->slot[i].name)
			text_free(n->text, n->slot[i].name);
}

struct know_dns *know_dns_new(void)
{
	struct know_dns *k = calloc(1, sizeof *k);

	if (!k)
		return NULL;
	k->targets.max = k->texts.max = LIMIT_KNOW_TEXT / 2;
	k->aliases = lru_new(LIMIT_KNOW_DNS, sizeof(struct alias), alias_drop);
	k->holdings = lru_new(LIMIT_KNOW_DNS, sizeof(struct holding), NULL);
	k->names = lru_new(LIMIT_KNOW_DNS, sizeof(struct names), names_drop);
	k->served = lru_new(LIMIT_KNOW_NAMES, 1, NULL);
	if (k->aliases && k->holdings && k->names && k->served)
		return k;
	know_dns_free(k);
	return NULL;
}

void know_dns_free(struct know_dns *k)
{
	if (!k)
		return;
	lru_free(k->aliases);
	lru_free(k->holdings);
	lru_free(k->names);
	lru_free(k->served);
	free(k);
}

struct key {
	uint8_t b[KEY_MAX];
	size_t len;
};

static void key_addr(struct key *key, const struct addr *a)
{
	key->b[key->len++] = a ? a->family : 0;
	if (!a)
		return;
	memcpy(key->b + key->len, a->b, 16);
	key->len += 16;
}

/* Case folded, without the dot at the end; cut where it is no DNS name. */
static void key_name(struct key *key, struct bytes name)
{
	name = bytes_head(name, DNS_NAME_TEXT - 1);
	if (name.len > 1 && name.p[name.len - 1] == '.')
		name.len--;
	for (size_t i = 0; i < name.len; i++)
		key->b[key->len++] = (uint8_t)tolower(name.p[i]);
	key->b[key->len++] = 0;
}

/* scope: a client, or NULL for anyone */
static struct bytes make_key(struct key *key, const struct addr *scope,
			     struct bytes name, const struct addr *address)
{
	key->len = 0;
	key_addr(key, scope);
	key_name(key, name);
	if (address)
		key_addr(key, address);
	return bytes_of(key->b, key->len);
}

static struct stamp life(struct stamp now, uint32_t ttl)
{
	int64_t ns = (int64_t)ttl * NSEC_PER_SEC;

	if (ns < LIMIT_DNS_TTL_FLOOR)
		ns = LIMIT_DNS_TTL_FLOOR;
	if (ns > LIMIT_DNS_TTL_CAP)
		ns = LIMIT_DNS_TTL_CAP;
	return (struct stamp){ .ns = now.ns + ns + LIMIT_DNS_GRACE };
}

static struct stamp later(struct stamp a, struct stamp b)
{
	return stamp_before(a, b) ? b : a;
}

/* What was asked for is not replaced by what came unasked while it lives. */
static bool is_outranked(bool asked, bool old_asked, struct stamp until,
			 struct stamp now)
{
	return !asked && old_asked && stamp_before(now, until);
}

static void put_alias(struct know_dns *k, const struct addr *scope,
		      const struct dns_record *r, bool asked, struct stamp now)
{
	struct key key;
	bool fresh;
	struct alias *a = lru_put(
		k->aliases, make_key(&key, scope, bytes_str(r->name), NULL),
		&fresh);

	if (!a || (!fresh && is_outranked(asked, a->asked, a->until, now)))
		return;
	if (!a->target || strcmp(a->target, r->target) != 0) {
		a->target = text_put(&k->targets, a->target, r->target);
		a->text = &k->targets;
	}
	a->since = now;
	a->until = life(now, r->ttl);
	a->asked = asked;
	while (k->targets.bytes > k->targets.max &&
	       lru_drop_oldest(k->aliases))
		;
}

static void put_holding(struct know_dns *k, const struct addr *scope,
			const struct dns_record *r, bool asked,
			struct stamp now)
{
	struct key key;
	bool fresh;
	struct holding *h = lru_put(
		k->holdings,
		make_key(&key, scope, bytes_str(r->name), &r->addr), &fresh);

	if (!h || (!fresh && is_outranked(asked, h->asked, h->until, now)))
		return;
	*h = (struct holding){ .since = now,
			       .until = life(now, r->ttl),
			       .asked = asked };
}

/* The client came to this address by this name; slots are reused when what is
 * in them is over. */
static void put_name(struct know_dns *k, const struct addr *client,
		     const struct addr *address, const char *name, bool asked,
		     struct stamp now, struct stamp until)
{
	struct key key;
	bool fresh;
	struct names *n = lru_put(
		k->names,
		make_key(&key, client, bytes_of(NULL, 0), address), &fresh);
	size_t at = LIMIT_DNS_NAMES;

	for (size_t i = 0; n && i < LIMIT_DNS_NAMES; i++) {
		if (n->slot[i].name && !strcmp(n->slot[i].name, name)) {
			n->slot[i].until = later(n->slot[i].until, until);
			n->slot[i].asked |= asked;
			return;
		}
		if (at == LIMIT_DNS_NAMES &&
		    (!n->slot[i].name || stamp_before(n->slot[i].until, now)))
			at = i;
	}
	if (!n)
		return;
	if (at == LIMIT_DNS_NAMES) {
		n->crowded_until = later(n->crowded_until, until);
		k->counters.crowded++;
		return;
	}
	n->slot[at].name = text_put(&k->texts, n->slot[at].name, name);
	n->text = &k->texts;
	n->slot[at].until = until;
	n->slot[at].asked = asked;
	while (k->texts.bytes > k->texts.max && lru_drop_oldest(k->names))
		;
}

static bool is_alias(const struct dns_record *r)
{
	return r->target && strcmp(r->target, r->name) != 0;
}

/* The names an answer speaks of: its question and what that stands for. */
struct thread {
	const char *name[LIMIT_DNS_CHAIN];
	size_t num;
};

static bool thread_has(const struct thread *t, const char *name)
{
	for (size_t i = 0; i < t->num; i++)
		if (!strcmp(t->name[i], name))
			return true;
	return false;
}

/* Grows by the targets of aliases until nothing is added. */
static void thread_spin(struct thread *t, const struct dns_message *m,
			uint64_t *cut)
{
	bool grown = true, full = false;

	while (grown) {
		grown = false;
		for (size_t i = 0; i < m->num_records; i++) {
			const struct dns_record *r = &m->records[i];

			if (!r->target || r->section == DNS_AUTHORITY ||
			    !thread_has(t, r->name) ||
			    thread_has(t, r->target))
				continue;
			full = t->num == LIMIT_DNS_CHAIN;
			if (full)
				break;
			t->name[t->num++] = r->target;
			grown = true;
		}
	}
	*cut += full;
}

static void take_record(struct know_dns *k, const struct dns_message *m,
			const struct dns_record *r, const struct addr *client)
{
	struct stamp now = m->time;

	if (is_alias(r)) {
		put_alias(k, NULL, r, m->asked, now);
		if (client)
			put_alias(k, client, r, m->asked, now);
	}
	if (!r->addr.family)
		return;
	put_holding(k, NULL, r, m->asked, now);
	if (!client)
		return;
	put_holding(k, client, r, m->asked, now);
	put_name(k, client, &r->addr, m->question.name, m->asked, now,
		 life(now, r->ttl));
}

/* mDNS tells of names without being asked (RFC 6762 6, 8.3). */
static void take_announcement(struct know_dns *k, const struct dns_message *m)
{
	for (size_t i = 0; i < m->num_records; i++)
		if (m->records[i].section != DNS_AUTHORITY)
			take_record(k, m, &m->records[i], NULL);
}

void know_dns_take(struct know_dns *k, const struct dns_message *m,
		   const struct addr *client)
{
	struct thread t = { .num = 0 };
	size_t told = 0;

	k->counters.left_out += m->num_left_out;
	k->counters.bad += m->bad;
	k->counters.answers += !m->bad && m->asked;
	k->counters.hints += !m->bad && !m->asked;
	if (m->bad || m->opcode || m->rcode != DNS_RCODE_OK)
		return;
	if (!client || !m->question.name) {
		if (!client)
			take_announcement(k, m);
		return;
	}
	t.name[t.num++] = m->question.name;
	thread_spin(&t, m, &k->counters.cut);
	/* from the end, so that the first of several aliases (RFC 9460: the
	 * order is by priority or none) is the one that stays */
	for (size_t i = m->num_records; i-- > 0;) {
		const struct dns_record *r = &m->records[i];

		if (r->section == DNS_AUTHORITY || !thread_has(&t, r->name))
			continue;
		take_record(k, m, r, client);
		told++;
	}
	k->counters.negative += !told;
}

static const struct holding *find_holding(struct know_dns *k,
					  const struct addr *scope,
					  struct bytes name,
					  const struct addr *address,
					  struct stamp now)
{
	struct key key;
	const struct holding *h =
		lru_get(k->holdings, make_key(&key, scope, name, address));

	return h && !stamp_before(h->until, now) ? h : NULL;
}

static const struct alias *find_alias(struct know_dns *k,
				      const struct addr *scope,
				      struct bytes name, struct stamp now)
{
	struct key key;
	const struct alias *a =
		lru_get(k->aliases, make_key(&key, scope, name, NULL));

	return a && a->target && !stamp_before(a->until, now) ? a : NULL;
}

static void follow(struct know_dns *k, const struct addr *scope,
		   struct bytes name, const struct addr *address,
		   struct stamp now, struct arena *arena,
		   struct know_dns_chain *out)
{
	struct know_dns_chain c = { .own = true };

	out->num = 0;
	while (c.num < LIMIT_DNS_CHAIN) {
		const struct holding *h =
			find_holding(k, scope, name, address, now);
		const struct alias *a = find_alias(k, scope, name, now);

		c.name[c.num] = arena_str(arena, name);
		if (!c.name[c.num++])
			return;
		/* What was said last counts: an alias may have come to be, or
		 * to be removed, while the other still lives. An alias that
		 * leads elsewhere does not take the address away. */
		if (h) {
			*out = c;
			out->own &= h->asked;
		}
		if (!a || (h && !stamp_before(h->since, a->since)))
			return;
		c.own &= a->asked;
		name = bytes_str(a->target);
	}
	k->counters.cut++;
}

void know_dns_chain(struct know_dns *k, const struct addr *client,
		    struct bytes name, const struct addr *address,
		    struct stamp now, struct arena *a,
		    struct know_dns_chain *out)
{
	struct know_dns_chain c = { .num = 0 };

	if (name.len > 1 && name.p[name.len - 1] == '.')
		name.len--;
	follow(k, client, name, address, now, a, &c);
	if (!c.num) {
		follow(k, NULL, name, address, now, a, &c);
		c.own = false;
	}
	*out = c;
}

struct bytes know_dns_name(struct know_dns *k, const struct addr *client,
			   const struct addr *address, struct stamp now)
{
	struct key key;
	const struct names *n = lru_get(
		k->names,
		make_key(&key, client, bytes_of(NULL, 0), address));
	const char *found = NULL;

	if (!n || !stamp_before(n->crowded_until, now))
		return bytes_of(NULL, 0);
	for (size_t i = 0; i < LIMIT_DNS_NAMES; i++) {
		if (!n->slot[i].name || stamp_before(n->slot[i].until, now))
			continue;
		/* a second name, or one that nobody asked for: in doubt */
		if (found || !n->slot[i].asked)
			return bytes_of(NULL, 0);
		found = n->slot[i].name;
	}
	return found ? bytes_str(found) : bytes_of(NULL, 0);
}

static struct bytes served_key(struct key *key, struct bytes name,
			       const char *target)
{
	key->len = 0;
	key_name(key, bytes_head(name, DNS_NAME_TEXT / 2));
	key_name(key, bytes_head(bytes_str(target), DNS_NAME_TEXT / 2 - 1));
	return bytes_of(key->b, key->len);
}

void know_dns_served(struct know_dns *k, struct bytes name,
		     const char *target)
{
	struct key key;
	bool fresh;

	(void)lru_put(k->served, served_key(&key, name, target), &fresh);
}

bool know_dns_is_served(struct know_dns *k, struct bytes name,
			const char *target)
{
	struct key key;

	return lru_get(k->served, served_key(&key, name, target));
}

const struct know_dns_counters *know_dns_counters(const struct know_dns *k)
{
	return &k->counters;
}

uint64_t know_dns_evicted(const struct know_dns *k)
{
	return lru_evicted(k->aliases) + lru_evicted(k->holdings) +
	       lru_evicted(k->names) + lru_evicted(k->served);
}

void know_dns_share(struct know_dns *k, unsigned parts, size_t text)
{
	lru_scale(k->aliases, parts);
	lru_scale(k->holdings, parts);
	lru_scale(k->names, parts);
	lru_scale(k->served, parts);
	if (text / 2 < k->texts.max)
		k->targets.max = k->texts.max = text / 2;
}

size_t know_dns_memory(const struct know_dns *k, bool full)
{
	return lru_bytes(k->aliases, full) + lru_bytes(k->holdings, full) +
	       lru_bytes(k->names, full) + lru_bytes(k->served, full) +
	       (full ? k->targets.max + k->texts.max
		     : k->targets.bytes + k->texts.bytes);
}
