/* verified.c: see verified.h. */
#include "know/verified.h"

#include "base/limits.h"
#include "base/lru.h"
#include "crypt/digest.h"
#include "know/intermediates.h"

#include <stddef.h>
#include <stdlib.h>

#define NOT_SENT (-1)

struct chain_memo {
	struct chain_result result; /* top_issuer is in top instead */
	int top;		    /* whose issuer, or NOT_SENT */
	size_t num_pool;	    /* candidates that were tried */
};

struct staple_memo {
	struct staple staple;
	size_t num_pool;
};

struct verified {
	struct lru *chains, *staples;
	struct intermediates *intermediates;
	uint64_t num_chains, num_staples, remembered;
};

/* The server's chain and the intermediates that may complete it. */
struct candidates {
	struct cert *const *certs;
	size_t num;
	struct cert *pool[LIMIT_CHAIN_POOL];
	size_t num_pool;
};

struct verified *verified_new(void)
{
	struct verified *v = calloc(1, sizeof *v);

	if (!v)
		return NULL;
	v->chains = lru_new(LIMIT_KNOW_CHAINS, sizeof(struct chain_memo), NULL);
	v->staples = lru_new(LIMIT_KNOW_STAPLES, sizeof(struct staple_memo),
			     NULL);
	v->intermediates = intermediates_new();
	if (v->chains && v->staples && v->intermediates)
		return v;
	verified_free(v);
	return NULL;
}

void verified_free(struct verified *v)
{
	if (!v)
		return;
	if (v->chains)
		lru_free(v->chains);
	if (v->staples)
		lru_free(v->staples);
	intermediates_free(v->intermediates);
	free(v);
}

static void candidates_of(struct verified *v, const struct observation *o,
			  struct candidates *c)
{
	c->certs = o->chain[TLS_SERVER];
	c->num = o->num_chain[TLS_SERVER];
	c->num_pool = intermediates_find(v->intermediates, c->certs, c->num,
					 c->pool, LIMIT_CHAIN_POOL);
}

/* Two bits a member: expired, not valid yet. */
static uint32_t validity_of(const struct observation *o, int64_t at)
{
	uint32_t bits = 0;

	_Static_assert(2 * LIMIT_EVENT_CHAIN <= 32, "bits for each member");
	for (size_t i = 0; i < o->num_chain[TLS_SERVER]; i++) {
		const struct cert *c = o->chain[TLS_SERVER][i];

		bits = bits << 2 | (uint32_t)(at > c->not_after) << 1 |
		       (uint32_t)(at < c->not_before);
	}
	return bits;
}

/* A map's key, as long as the chain. */
struct chain_key {
	int64_t day;
	uint64_t validity;
	uint8_t member[LIMIT_EVENT_CHAIN][32];
};

static struct bytes key_of(struct chain_key *k, const struct observation *o)
{
	size_t n = o->num_chain[TLS_SERVER];

	for (size_t i = 0; i < n; i++)
		memcpy(k->member[i], o->chain[TLS_SERVER][i]->sha256, 32);
	return bytes_of(k, offsetof(struct chain_key, member[n]));
}

/* fresh: never judged before. Otherwise only if there is more to try. */
static void judge(struct verified *v, const struct chain_store *store,
		  const struct observation *o, int64_t at,
		  struct chain_memo *m, bool fresh)
{
	struct chain_result *r = &m->result;
	struct candidates c;

	candidates_of(v, o, &c);
	if (!fresh && m->num_pool == c.num_pool) {
		v->remembered++;
		return;
	}
	v->num_chains++;
	chain_judge(store, c.certs, c.num, c.pool, c.num_pool, at, true, r);
	m->num_pool = c.num_pool;
	m->top = NOT_SENT;
	for (size_t i = 0; i < c.num; i++)
		if (r->top_issuer && r->top_issuer == c.certs[i]->issuer.text)
			m->top = (int)i;
	r->top_issuer = NULL; /* it would outlive its certificate */
	if (r->state == CHAIN_TRUSTED)
		intermediates_add(v->intermediates, c.certs, c.num);
}

static bool is_judgeable(const struct observation *o)
{
	return o->num_chain[TLS_SERVER] &&
	       !o->chain[TLS_SERVER][0]->error &&
	       o->hs->chain[TLS_SERVER].state == TLS_CHAIN_WHOLE;
}

void verified_chain(struct verified *v, const struct chain_store *store,
		    const struct observation *o, int64_t at,
		    struct chain_result *out)
{
	struct chain_key key;
	struct cert *const *certs = o->chain[TLS_SERVER];
	struct chain_memo *m;
	bool fresh;

	*out = (struct chain_result){ .state = CHAIN_UNJUDGED };
	if (!store || !is_judgeable(o))
		return;
	key.day = at / 86400;
	key.validity = validity_of(o, at);
	m = lru_put(v->chains, key_of(&key, o), &fresh);
	if (!m)
		return;
	if (fresh || m->result.state == CHAIN_UNTRUSTED)
		judge(v, store, o, at, m, fresh);
	else
		v->remembered++;
	/* of a chain whose tail was not kept only good news counts */
	if (m->result.state != CHAIN_TRUSTED &&
	    o->num_chain[TLS_SERVER] < o->num_chain_sent[TLS_SERVER])
		return;
	*out = m->result;
	if (m->top != NOT_SENT)
		out->top_issuer = certs[m->top]->issuer.text;
}

void verified_staple(struct verified *v, const struct observation *o,
		     struct staple *out)
{
	struct bytes der = o->hs->staple;
	struct staple_memo *m;
	struct candidates c;
	uint8_t key[64];
	bool fresh;

	*out = (struct staple){ .state = STAPLE_NONE };
	if (!der.len || !o->num_chain[TLS_SERVER])
		return;
	digest_sha256(der, key);
	observation_chain_sha256(o, key + 32);
	m = lru_put(v->staples, bytes_of(key, sizeof key), &fresh);
	if (!m)
		return;
	candidates_of(v, o, &c);
	if (fresh || (m->staple.state == STAPLE_UNVERIFIED &&
		      m->num_pool != c.num_pool)) {
		v->num_staples++;
		m->num_pool = c.num_pool;
		staple_read(der, c.certs, c.num, c.pool, c.num_pool,
			    &m->staple);
	} else {
		v->remembered++;
	}
	*out = m->staple;
}

void verified_count(const struct verified *v, struct verified_counters *out)
{
	*out = (struct verified_counters){
		.chains = v->num_chains,
		.staples = v->num_staples,
		.remembered = v->remembered,
		.evicted = lru_evicted(v->chains) + lru_evicted(v->staples),
		.evicted_intermediates =
			intermediates_evicted(v->intermediates),
	};
}

void verified_share(struct verified *v, unsigned parts, size_t held)
{
	lru_scale(v->chains, parts);
	lru_scale(v->staples, parts);
	intermediates_share(v->intermediates, parts, held);
}

size_t verified_memory(const struct verified *v, bool full)
{
	return lru_bytes(v->chains, full) + lru_bytes(v->staples, full) +
	       intermediates_memory(v->intermediates, full);
}
