/* micro_cert.c: certificates: reading, the cache, names, of src/cert. */
#include "micro.h"

#include "cert/cert.h"
#include "cert/match.h"
#include "template.h"

#include <stdio.h>
#include <stdlib.h>

#define SAN_LEN 48u

struct cert_bench {
	struct cert_cache *cache;
	uint8_t *der; /* all of one length */
	size_t len, size;
	uint64_t seed, fresh;
};

/* So many that differ in their serial numbers. */
static void *setup_ders(size_t size)
{
	struct cert_bench *b = micro_alloc(1, sizeof *b);
	const uint8_t *der = tls_leaf(1, &b->len);

	b->size = b->fresh = size;
	b->der = micro_alloc(size, b->len);
	for (uint64_t i = 0; i < size; i++) {
		memcpy(b->der + i * b->len, der, b->len);
		memcpy(b->der + i * b->len + LEAF_SERIAL, &i, sizeof i);
	}
	return b;
}

static struct bytes der_of(const struct cert_bench *b, size_t i)
{
	return bytes_of(b->der + i * b->len, b->len);
}

static void *setup_cache(size_t size)
{
	struct cert_bench *b = setup_ders(size);

	b->cache = cert_cache_new();
	for (size_t i = 0; b->cache && i < size; i++)
		cert_unref(cert_cache_get(b->cache, der_of(b, i)));
	return b;
}

static uint64_t run_read(void *state, uint64_t ops)
{
	struct cert_bench *b = state;
	uint64_t sum = 0;

	while (ops--) {
		struct cert *c = cert_read(der_of(b, ops % b->size));

		if (!c || c->error)
			abort();
		sum += c->num_san;
		cert_unref(c);
	}
	return sum;
}

static uint64_t run_cached(void *state, uint64_t ops)
{
	struct cert_bench *b = state;
	uint64_t sum = 0;

	while (ops--) {
		size_t i = micro_pick(&b->seed, b->size);
		struct cert *c = cert_cache_get(b->cache, der_of(b, i));

		sum += c->num_san;
		cert_unref(c);
	}
	return sum;
}

/* Never seen before: read, and kept instead of an older one. */
static uint64_t run_uncached(void *state, uint64_t ops)
{
	struct cert_bench *b = state;
	uint64_t sum = 0;

	while (ops--) {
		struct bytes der = der_of(b, ops % b->size);
		struct cert *c;

		b->fresh++;
		memcpy(b->der + ops % b->size * b->len + LEAF_SERIAL, &b->fresh,
		       sizeof b->fresh);
		c = cert_cache_get(b->cache, der);
		sum += c->num_san;
		cert_unref(c);
	}
	return sum;
}

static void teardown_ders(void *state)
{
	struct cert_bench *b = state;

	if (b->cache)
		cert_cache_free(b->cache);
	free(b->der);
	free(b);
}

struct match_bench {
	struct cert cert;
	char (*names)[SAN_LEN];
};

static void *setup_names(size_t size)
{
	struct match_bench *b = micro_alloc(1, sizeof *b);

	b->names = micro_alloc(size, SAN_LEN);
	b->cert.san = micro_alloc(size, sizeof *b->cert.san);
	b->cert.num_san = size;
	b->cert.has_san = true;
	for (size_t i = 0; i < size; i++) {
		(void)snprintf(b->names[i], SAN_LEN,
			       "www.host-%06zu.example.net", i);
		b->cert.san[i].type = CERT_SAN_DNS;
		b->cert.san[i].value = bytes_str(b->names[i]);
	}
	return b;
}

/* The last one is it, or none. */
static uint64_t run_match(const struct match_bench *b, struct bytes name,
			  enum match_state want, uint64_t ops)
{
	struct match m;
	uint64_t sum = 0;

	while (ops--) {
		match_name(&b->cert, name, &m);
		if (m.state != want)
			abort();
		sum += m.matched.len;
	}
	return sum;
}

static uint64_t run_match_last(void *state, uint64_t ops)
{
	const struct match_bench *b = state;

	return run_match(b, bytes_str(b->names[b->cert.num_san - 1]),
			 MATCH_TRUE, ops);
}

static uint64_t run_match_none(void *state, uint64_t ops)
{
	return run_match(state, bytes_str("api.host-000000.example.org"),
			 MATCH_FALSE, ops);
}

static void teardown_names(void *state)
{
	struct match_bench *b = state;

	free(b->names);
	free(b->cert.san);
	free(b);
}

const struct micro micro_cert[] = {
	{ "cert: read", { 1, 1000 }, setup_ders, run_read, teardown_ders },
	{ "cert: in the cache",
	  { 10, 1000, 10000 },
	  setup_cache,
	  run_cached,
	  teardown_ders },
	{ "cert: new to the cache",
	  { 1000, 10000 },
	  setup_cache,
	  run_uncached,
	  teardown_ders },
	{ "name: the last of so many",
	  { 1, 10, 100, 1000 },
	  setup_names,
	  run_match_last,
	  teardown_names },
	{ "name: none of so many",
	  { 1, 10, 100, 1000 },
	  setup_names,
	  run_match_none,
	  teardown_names },
	{ .name = NULL },
};
