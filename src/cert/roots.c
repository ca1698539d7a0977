/* roots.c: see roots.h. */
#include "cert/roots.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "cert/der.h"
#include "cert/parts.h"

struct root {
	X509 *bare; /* without a key; NULL: it is in the X509_STORE */
	X509_NAME *subject;
};

struct roots {
	X509_STORE *store;
	struct authorities *authorities;
	X509_LOOKUP_METHOD *method;
	CRYPTO_RWLOCK *lock;
	struct root *root;
	size_t num, size;
	int64_t newest;
};

/* The same certificate with its key; trust settings stay (OpenSSL's TRUSTED
 * CERTIFICATE has some). */
static X509 *make_whole(X509 *bare)
{
	unsigned char *der = NULL;
	const unsigned char *p;
	int len = i2d_X509_AUX(bare, &der);
	X509 *x;

	if (len <= 0)
		return NULL;
	p = der;
	x = d2i_X509_AUX(NULL, &p, len);
	OPENSSL_free(der);
	return x;
}

/* All of that subject go to the store, which owns them; one of them, or NULL */
static X509 *fetch(struct roots *r, const X509_NAME *subject)
{
	X509 *x, *found = NULL;

	for (size_t i = 0; i < r->num; i++) {
		struct root *root = &r->root[i];

		if (!root->bare || X509_NAME_cmp(root->subject, subject) != 0)
			continue;
		x = make_whole(root->bare);
		if (!x)
			continue;
		authorities_add(r->authorities, x);
		if (X509_STORE_add_cert(r->store, x) == 1) {
			X509_free(root->bare);
			root->bare = NULL;
			found = x;
		}
		X509_free(x);
	}
	return found;
}

static int by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type,
		      const X509_NAME *name, X509_OBJECT *ret)
{
	struct roots *r = X509_LOOKUP_get_method_data(lookup);
	X509 *x;

	if (type != X509_LU_X509 || !CRYPTO_THREAD_write_lock(r->lock))
		return 0;
	x = fetch(r, name);
	CRYPTO_THREAD_unlock(r->lock);
	if (!x || !X509_OBJECT_set1_X509(ret, x))
		return 0;
	X509_free(x); /* lent, as all lookups do: the store has its own */
	return 1;
}

struct roots *roots_new(X509_STORE *store, struct authorities *a)
{
	struct roots *r = calloc(1, sizeof *r);
	X509_LOOKUP *lookup;

	if (!r)
		return NULL;
	r->store = store;
	r->authorities = a;
	r->newest = INT64_MIN;
	r->lock = CRYPTO_THREAD_lock_new();
	r->method = X509_LOOKUP_meth_new("wirecert's roots");
	if (r->lock && r->method &&
	    X509_LOOKUP_meth_set_get_by_subject(r->method, by_subject)) {
		lookup = X509_STORE_add_lookup(store, r->method);
		if (lookup && X509_LOOKUP_set_method_data(lookup, r))
			return r;
	}
	roots_free(r);
	return NULL;
}

void roots_free(struct roots *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->num; i++) {
		X509_free(r->root[i].bare);
		X509_NAME_free(r->root[i].subject);
	}
	free(r->root);
	X509_LOOKUP_meth_free(r->method);
	CRYPTO_THREAD_lock_free(r->lock);
	free(r);
}

static bool has(const struct roots *r, const X509 *x)
{
	for (size_t i = 0; i < r->num; i++)
		if (r->root[i].bare && X509_cmp(r->root[i].bare, x) == 0)
			return true;
	return false;
}

static bool make_room(struct roots *r)
{
	size_t size = r->size ? 2 * r->size : 64;
	struct root *more;

	if (r->num < r->size)
		return true;
	more = realloc(r->root, size * sizeof *more);
	if (!more)
		return false;
	r->root = more;
	r->size = size;
	return true;
}

/* Takes x. */
static bool add(struct roots *r, X509 *x)
{
	const ASN1_TIME *t = X509_get0_notBefore(x);
	X509_NAME *subject;
	int64_t from;

	if (has(r, x)) {
		X509_free(x);
		return true;
	}
	subject = make_room(r) ? X509_NAME_dup(X509_get_subject_name(x)) : NULL;
	if (!subject) {
		X509_free(x);
		return false;
	}
	if (der_time(cert_asn1_bytes(t), ASN1_STRING_type(t) == V_ASN1_UTCTIME,
		     &from) &&
	    from > r->newest)
		r->newest = from;
	r->root[r->num++] = (struct root){ x, subject };
	return true;
}

/* Never ask the terminal for a pass phrase: certificates have none. */
static int no_password(char *buf, int size, int rwflag, void *user)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)user;
	return -1;
}

static bool is_end_of_pem(void)
{
	unsigned long e = ERR_peek_last_error();

	return ERR_GET_LIB(e) == ERR_LIB_PEM &&
	       ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

/* Each turn spends a line at least, so the loop ends with the file. */
size_t roots_load(struct roots *r, BIO *in)
{
	OSSL_LIB_CTX *bare = cert_bare_context();
	size_t num = 0;

	for (;;) {
		X509 *x = bare ? X509_new_ex(bare, NULL) : NULL;

		if (PEM_read_bio_X509_AUX(in, &x, no_password, NULL)) {
			num += add(r, x);
			continue;
		}
		X509_free(x);
		if (is_end_of_pem() || BIO_eof(in))
			return num;
		ERR_clear_error();
	}
}

size_t roots_count(const struct roots *r)
{
	return r->num;
}

int64_t roots_newest(const struct roots *r)
{
	return r->newest;
}
