/*
 * sibling.h: what a judged chain says of other leaves with the same chain above
 * them. Private to cert/.
 *
 * OpenSSL's path building costs a hundred times what the leaf's own signature
 * does, and says the same of every plain leaf (plain.h) of an issuer: the rest
 * of RFC 5280 6 is about the members above. So a chain that OpenSSL judged is
 * remembered by the certificates above its leaf, and of a sibling only name,
 * key identifier and signature are checked. Wherever there is any doubt,
 * OpenSSL is asked.
 *
 * Behind a lock of its own; bounded by LIMIT_CHAIN_SIBLINGS, the least recently
 * used goes first.
 */
#ifndef CERT_SIBLING_H
#define CERT_SIBLING_H

#include <openssl/x509.h>

#include "cert/chain.h"

struct siblings;

/* What was judged: certs[0] is the leaf, num_pool the candidates beside. */
struct sibling_chain {
	struct cert *const *certs;
	size_t num;
	size_t num_pool;
	int64_t at; /* seconds */
	bool server;
};

/* The members above the leaf on the path that was found. */
struct sibling_above {
	const X509 *issuer;  /* right above the leaf; NULL: not to be learnt */
	int64_t from, until; /* all are valid, both ends included */
};

struct siblings *siblings_new(void);
void siblings_free(struct siblings *s);
/* built: all members, the leaf first. */
void sibling_above(const STACK_OF(X509) *built, struct sibling_above *out);
/* When the first of those above the leaf ends; INT64_MAX: not to be told. */
int64_t sibling_until(const STACK_OF(X509) *built);
/*
 * Remembers result of a chain in which issuer, read from certs[1], is right
 * above the leaf. Only of states that no other leaf could change.
 */
void sibling_learn(struct siblings *s, const struct sibling_chain *c,
		   const struct sibling_above *above, X509 *issuer,
		   const struct chain_result *result);
/* False: not known, ask OpenSSL. */
bool sibling_find(struct siblings *s, const struct sibling_chain *c,
		  struct chain_result *out);

#endif
