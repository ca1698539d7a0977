/*
 * authority.c: see authority.h.
 *
 * Each certificate that is kept has a number of its own as its ex_data, given
 * once and never again: a pair of numbers stands for a signature. What has no
 * number (leaves, above all) is never remembered.
 */
#include "cert/authority.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/limits.h"
#include "base/lru.h"

struct authorities {
	CRYPTO_RWLOCK *lock;
	struct lru *certs, *pairs;
	uintptr_t last;
};

struct pair {
	uintptr_t x, issuer;
};

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int number_index = -1;

static void make_index(void)
{
	number_index = X509_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static void number_give(struct authorities *a, X509 *x)
{
	if (a->last < UINTPTR_MAX)
		X509_set_ex_data(x, number_index, (void *)++a->last);
}

static bool pair_of(const X509 *x, const X509 *issuer, struct pair *out)
{
	out->x = (uintptr_t)X509_get_ex_data(x, number_index);
	out->issuer = (uintptr_t)X509_get_ex_data(issuer, number_index);
	return out->x && out->issuer;
}

static void drop(void *value)
{
	X509 **x = value;

	X509_free(*x);
}

struct authorities *authorities_new(void)
{
	struct authorities *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	a->lock = CRYPTO_THREAD_lock_new();
	a->certs = lru_new(LIMIT_CERT_AUTHORITIES, sizeof(X509 *), drop);
	a->pairs = lru_new(LIMIT_CERT_PAIRS, 1, NULL);
	if (!CRYPTO_THREAD_run_once(&once, make_index) || number_index < 0 ||
	    !a->lock || !a->certs || !a->pairs) {
		authorities_free(a);
		return NULL;
	}
	return a;
}

void authorities_add(struct authorities *a, X509 *x)
{
	if (!CRYPTO_THREAD_write_lock(a->lock))
		return;
	number_give(a, x);
	CRYPTO_THREAD_unlock(a->lock);
}

void authorities_free(struct authorities *a)
{
	if (!a)
		return;
	if (a->certs)
		lru_free(a->certs);
	if (a->pairs)
		lru_free(a->pairs);
	CRYPTO_THREAD_lock_free(a->lock);
	free(a);
}

/* A counted reference to what is kept under that hash, or NULL. */
static X509 *find(struct authorities *a, struct bytes sha256)
{
	X509 **kept, *x = NULL;

	if (!CRYPTO_THREAD_write_lock(a->lock))
		return NULL;
	kept = lru_get(a->certs, sha256);
	if (kept && X509_up_ref(*kept))
		x = *kept;
	CRYPTO_THREAD_unlock(a->lock);
	return x;
}

static void keep(struct authorities *a, struct bytes sha256, X509 *x)
{
	X509 **kept;
	bool fresh;

	if (!CRYPTO_THREAD_write_lock(a->lock))
		return;
	kept = lru_put(a->certs, sha256, &fresh);
	if (kept && fresh) { /* else another thread was faster */
		X509_up_ref(x);
		*kept = x;
		number_give(a, x);
	}
	CRYPTO_THREAD_unlock(a->lock);
}

X509 *authority_parse(struct authorities *a, const struct cert *c)
{
	const unsigned char *der = c->der.p;
	struct bytes sha256 = bytes_of(c->sha256, sizeof c->sha256);
	bool keepable = c->is_ca && c->der.len <= LIMIT_CERT_AUTHORITY_BYTES;
	X509 *x = keepable ? find(a, sha256) : NULL;

	if (x)
		return x;
	x = d2i_X509(NULL, &der, (long)c->der.len);
	if (x && keepable)
		keep(a, sha256, x);
	return x;
}

bool authority_is_signed(struct authorities *a, const X509 *x,
			 const X509 *issuer)
{
	struct pair pair;
	bool known;

	if (!pair_of(x, issuer, &pair) || !CRYPTO_THREAD_write_lock(a->lock))
		return false;
	known = lru_get(a->pairs, bytes_of(&pair, sizeof pair));
	CRYPTO_THREAD_unlock(a->lock);
	return known;
}

void authority_add_signed(struct authorities *a, const X509 *x,
			  const X509 *issuer)
{
	struct pair pair;
	bool fresh;

	if (!pair_of(x, issuer, &pair) || !CRYPTO_THREAD_write_lock(a->lock))
		return;
	lru_put(a->pairs, bytes_of(&pair, sizeof pair), &fresh);
	CRYPTO_THREAD_unlock(a->lock);
}
