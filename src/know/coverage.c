/* coverage.c: see coverage.h. */
#include "know/coverage.h"

#include "base/limits.h"
#include "base/lru.h"

#include <ctype.h>
#include <stdlib.h>

struct coverage {
	struct lru *names;
};

struct most {
	const struct coverage_name **out;
	size_t num, max;
};

struct coverage *coverage_new(void)
{
	struct coverage *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->names = lru_new(LIMIT_KNOW_COVERAGE, sizeof(struct coverage_name),
			   NULL);
	if (c->names)
		return c;
	free(c);
	return NULL;
}

void coverage_free(struct coverage *c)
{
	if (!c)
		return;
	lru_free(c->names);
	free(c);
}

void coverage_see(struct coverage *c, struct bytes name, bool judged,
		  enum tls_hidden hidden)
{
	uint8_t folded[COVERAGE_NAME];
	struct coverage_name *n;
	bool fresh;
	size_t len = 0;

	while (len < name.len && len < sizeof folded) {
		folded[len] = (uint8_t)tolower(name.p[len]);
		len++;
	}
	if (!len)
		return;
	n = lru_put(c->names, bytes_of(folded, len), &fresh);
	if (!n)
		return;
	if (fresh) {
		memcpy(n->name, folded, len);
		n->len = len;
	}
	n->handshakes++;
	n->judged += judged;
	n->hidden += hidden != TLS_HIDDEN_NOT;
	n->by[hidden] += hidden != TLS_HIDDEN_NOT;
}

static bool is_more(const struct coverage_name *a,
		    const struct coverage_name *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->name, b->name, len);

	if (a->hidden != b->hidden)
		return a->hidden > b->hidden;
	return order ? order < 0 : a->len < b->len;
}

/* Into its place among those that are there; the last one may fall out. */
static bool rank(void *value, void *arg)
{
	const struct coverage_name *n = value;
	struct most *m = arg;
	size_t at = m->num;

	if (!n->hidden || (at == m->max && !is_more(n, m->out[at - 1])))
		return true;
	if (at == m->max)
		at--;
	else
		m->num++;
	for (; at && is_more(n, m->out[at - 1]); at--)
		m->out[at] = m->out[at - 1];
	m->out[at] = n;
	return true;
}

size_t coverage_most(struct coverage *c, const struct coverage_name **out,
		     size_t max)
{
	struct most m = { .out = out, .max = max };

	if (max)
		lru_each(c->names, rank, &m);
	return m.num;
}

enum tls_hidden coverage_why(const struct coverage_name *n)
{
	enum tls_hidden why = TLS_HIDDEN_NOT;

	for (int i = 1; i < TLS_HIDDEN_NUM; i++)
		if (n->by[i] > n->by[why])
			why = (enum tls_hidden)i;
	return why;
}

uint64_t coverage_evicted(const struct coverage *c)
{
	return lru_evicted(c->names);
}

void coverage_share(struct coverage *c, unsigned parts)
{
	lru_scale(c->names, parts);
}

size_t coverage_memory(const struct coverage *c, bool full)
{
	return lru_bytes(c->names, full);
}
