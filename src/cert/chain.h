/*
 * chain.h: the path of a chain against a trust store at a given time
 * (RFC 5280 6), by OpenSSL's verifier.
 *
 * The store is immutable after chain_store_load(); it may be shared by threads.
 */
#ifndef CERT_CHAIN_H
#define CERT_CHAIN_H

#include "cert/cert.h"

struct chain_store;

/*
 * paths: files (PEM bundle) or folders of PEM files, "system" (the platform's
 * bundle, where there is one). NULL and one line in err if none can be read.
 */
struct chain_store *chain_store_load(const char *const *paths,
				     size_t num_paths, char *err,
				     size_t err_len);
void chain_store_free(struct chain_store *s);
size_t chain_store_size(const struct chain_store *s);

enum chain_state {
	CHAIN_UNJUDGED,	   /* no store, or the leaf cannot be parsed */
	CHAIN_TRUSTED,	   /* as sent */
	CHAIN_INCOMPLETE,  /* only with intermediates known from elsewhere */
	CHAIN_EXPIRED,	   /* every path has an expired member (not the leaf) */
	CHAIN_SELF_SIGNED, /* the leaf signed itself and is not in the store */
	CHAIN_UNTRUSTED,
	CHAIN_INVALID, /* path length, name constraints, CA flag, signature */
};

struct chain_result {
	enum chain_state state;
	int error;	    /* X509_V_ERR_*, 0 = none */
	const char *detail; /* static text of it */
	int depth;	    /* which member it is about, 0 = leaf */
	/* name of the issuer on top where untrusted; borrowed from certs */
	const char *top_issuer;
	/* trusted: the first member above the leaf ends then (seconds); last:
	 * before the leaf does, and no other path lasts longer */
	int64_t until;
	bool until_last;
	/* those of the sent certificates above the leaf that are on the path
	 * which was found: bit i is certs[i]. Neither strays nor the trusted
	 * one at its end, even if it was sent along */
	uint64_t on_path;
	/* the store holds roots made after this time: a store of later days,
	 * from which authorities of that day may be gone */
	bool store_younger;
};

/* Is the i-th of the sent certificates on it? */
static inline bool chain_has(const struct chain_result *r, size_t i)
{
	return i < 64 && (r->on_path >> i & 1);
}

/*
 * certs[0] is the leaf, the rest as sent; pool: intermediates seen elsewhere.
 * The leaf's own validity and name do not count here. at: seconds.
 */
void chain_judge(const struct chain_store *s, struct cert *const *certs,
		 size_t num_certs, struct cert *const *pool, size_t num_pool,
		 int64_t at, bool server, struct chain_result *out);

#endif
