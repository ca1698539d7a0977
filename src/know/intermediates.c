/* intermediates.c: see intermediates.h. */
#include "know/intermediates.h"

#include "base/limits.h"
#include "base/lru.h"
#include "cert/held.h"

#include <stdlib.h>

struct entry {
	struct cert *certs[LIMIT_KNOW_CROSS];
	unsigned num, next; /* next: the one that is replaced */
	struct cert_held *held; /* the table's */
};

struct intermediates {
	struct lru *by_subject;
	uint64_t replaced;
	struct cert_held held;
};

static void drop(void *value)
{
	struct entry *e = value;

	for (unsigned i = 0; i < e->num; i++)
		cert_let_go(e->held, e->certs[i]);
}

struct intermediates *intermediates_new(void)
{
	struct intermediates *im = calloc(1, sizeof *im);

	if (!im)
		return NULL;
	im->held.max = LIMIT_KNOW_HELD;
	im->by_subject = lru_new(LIMIT_KNOW_INTERMEDIATES, sizeof(struct entry),
				 drop);
	if (im->by_subject)
		return im;
	free(im);
	return NULL;
}

void intermediates_free(struct intermediates *im)
{
	if (!im)
		return;
	lru_free(im->by_subject);
	free(im);
}

static bool entry_has(const struct entry *e, const struct cert *c)
{
	for (unsigned i = 0; i < e->num; i++)
		if (bytes_eq(e->certs[i]->der, c->der))
			return true;
	return false;
}

static void add(struct intermediates *im, struct cert *c)
{
	bool fresh;
	struct entry *e = lru_put(im->by_subject, c->subject.der, &fresh);

	if (!e || entry_has(e, c))
		return;
	e->held = &im->held;
	if (e->num < LIMIT_KNOW_CROSS) {
		e->certs[e->num++] = cert_hold(&im->held, c);
	} else {
		cert_let_go(&im->held, e->certs[e->next]);
		e->certs[e->next] = cert_hold(&im->held, c);
		e->next = (e->next + 1) % LIMIT_KNOW_CROSS;
		im->replaced++;
	}
	while (cert_held_over(&im->held) && lru_drop_oldest(im->by_subject))
		;
}

void intermediates_add(struct intermediates *im, struct cert *const *certs,
		       size_t num)
{
	for (size_t i = 1; i < num; i++)
		if (!certs[i]->error && certs[i]->is_ca &&
		    !certs[i]->self_issued)
			add(im, certs[i]);
}

static bool is_among(struct cert *const *certs, size_t num,
		     const struct cert *c)
{
	for (size_t i = 0; i < num; i++)
		if (bytes_eq(certs[i]->der, c->der))
			return true;
	return false;
}

/* Adds the known issuers of one certificate. */
static size_t find_issuers(struct intermediates *im, const struct cert *of,
			   struct cert *const *certs, size_t num,
			   struct cert **out, size_t have, size_t max)
{
	const struct entry *e;

	if (of->error || of->self_issued)
		return have;
	e = lru_get(im->by_subject, of->issuer.der);
	for (unsigned i = 0; e && i < e->num && have < max; i++)
		if (!is_among(certs, num, e->certs[i]) &&
		    !is_among(out, have, e->certs[i]))
			out[have++] = e->certs[i];
	return have;
}

size_t intermediates_find(struct intermediates *im, struct cert *const *certs,
			  size_t num, struct cert **out, size_t max)
{
	size_t have = 0;

	for (size_t i = 0; i < num; i++)
		have = find_issuers(im, certs[i], certs, num, out, have, max);
	for (size_t i = 0; i < have; i++) /* theirs: it grows as it goes */
		have = find_issuers(im, out[i], certs, num, out, have, max);
	return have;
}

uint64_t intermediates_evicted(const struct intermediates *im)
{
	return lru_evicted(im->by_subject) + im->replaced;
}

void intermediates_share(struct intermediates *im, unsigned parts, size_t held)
{
	lru_scale(im->by_subject, parts);
	if (held < im->held.max)
		im->held.max = held;
}

size_t intermediates_memory(const struct intermediates *im, bool full)
{
	return lru_bytes(im->by_subject, full) +
	       (full ? im->held.max : im->held.bytes);
}
