/*
 * cert.h: DER -> facts of one X.509 certificate (RFC 5280).
 *
 * The only place with X509_*. A struct cert is immutable once read, counted
 * (atomically: it crosses from workers to the joint thread), and owns all it
 * points to. A certificate that cannot be parsed is still a cert: its bytes and
 * hashes stand, cert.error says what is wrong, and no other fact is set.
 */
#ifndef CERT_CERT_H
#define CERT_CERT_H

#include "base/addr.h"
#include "base/bytes.h"
#include "base/stamp.h"

enum cert_san_type {
	CERT_SAN_DNS,
	CERT_SAN_IP, /* 4 or 16 bytes; other lengths are CERT_SAN_OTHER */
	CERT_SAN_EMAIL,
	CERT_SAN_URI,
	CERT_SAN_SRV,  /* otherName id-on-dnsSRV (RFC 4985) */
	CERT_SAN_OTHER, /* otherName, x400, edi, registeredID */
	CERT_SAN_DIRECTORY,
};

struct cert_san {
	enum cert_san_type type;
	struct bytes value; /* verbatim, may hold NUL; DNS: IA5 bytes */
};

/* One attribute's values, in order; UTF-8. */
struct cert_values {
	char **v;
	size_t num;
};

struct cert_name {
	char *text; /* "CN=api.example.com, O=Example, C=US": most specific
		     * attribute first (the reverse of the DER), RFC 4514
		     * escapes; "" for an empty name */
	struct bytes der;
	struct cert_values common_name, organization, organizational_unit,
		locality, state_or_province, country;
};

enum cert_key_type {
	CERT_KEY_OTHER,
	CERT_KEY_RSA,
	CERT_KEY_DSA,
	CERT_KEY_EC,
	CERT_KEY_ED25519,
	CERT_KEY_ED448,
};

enum cert_usage { /* extended key usages */
	CERT_EKU_SERVER = 1,
	CERT_EKU_CLIENT = 2,
	CERT_EKU_ANY = 4,
	CERT_EKU_OTHER = 8,
	CERT_EKU_SGC = 16, /* server gated cryptography, of export days */
};

struct cert {
	unsigned refs; /* only cert_ref() and cert_unref() touch it */
	size_t memory; /* bytes that it takes: its DER, and the facts */
	struct bytes der;
	uint8_t sha256[32], sha1[20];
	const char *error; /* static text; NULL when it was parsed */
	uint32_t error_at; /* byte offset of it, where known */

	int version; /* 1, 2 or 3 */
	char *serial; /* upper-case hex, no colons, even number of digits; "-"
		       * before a negative one */
	struct cert_name subject, issuer;
	bool self_issued;    /* subject equals issuer */
	int64_t not_before, not_after; /* seconds since 1970; both ends valid */
	bool no_expiry;	     /* 99991231235959Z (RFC 5280 4.1.2.5) */
	struct cert_san *san;
	size_t num_san;	     /* at most LIMIT_CERT_NAMES ... */
	size_t num_san_left; /* ... and how many were left out */
	bool has_san;	     /* the extension is there, even if empty */
	const struct cert_san *wide; /* a wildcard over a public suffix */
	enum cert_key_type key_type;
	const char *key_name; /* "RSA", "ECDSA", "Ed25519", "DSA" or NULL */
	unsigned key_bits;
	uint64_t key_exponent; /* RSA; 0 if larger than 64 bits */
	bool key_roca;	       /* RSA, made by a faulty library (rsa.h) */
	char *key_curve;	  /* "secp256r1" ..., or NULL */
	const char *signature_name; /* "SHA256-RSA", "ECDSA-SHA384" (Go's
				     * words, as ECS has them), or the OID */
	const char *signature_hash; /* "SHA1", "SHA256", "MD5", NULL */
	bool is_ca, has_basic_constraints;
	bool has_eku;
	unsigned eku; /* enum cert_usage */
	bool has_key_usage;
	unsigned key_usage;    /* bits as in X509v3_KU_* */
	bool must_staple;      /* TLS feature status_request (RFC 7633) */
	bool has_scts;	       /* embedded SCT list (RFC 6962) */
	bool has_cab_policy;   /* a CA/B Forum certificate policy OID */
	struct bytes subject_key_id, authority_key_id;
	/* an extension that is there twice or cannot be read: what, where it
	 * matters to those who verify; NULL: none */
	const char *flaw;
};

/* Reads DER. NULL only without memory; unparsable gives a cert with error. */
struct cert *cert_read(struct bytes der);
struct cert *cert_ref(struct cert *c);
void cert_unref(struct cert *c); /* NULL is fine */
/* RFC 5280 4.2.1.1: names decide, and key identifiers where both have one; byte
 * by byte, where X509_check_issued() compares names less strictly. */
bool cert_may_issue(const struct cert *c, const struct cert *of);

/* A name as people read it: an address is written to ip, of everything else it
 * is the value itself, whatever bytes that holds. */
struct bytes cert_san_text(const struct cert_san *s,
			   char ip[static ADDR_TEXT]);

/*
 * The cache: a certificate seen a million times is parsed once. Looked up by a
 * keyed hash, then compared byte for byte; SHA-256 only for new ones. Bounded
 * by LIMIT_CERT_CACHE and LIMIT_CERT_CACHE_BYTES, the least recently used goes
 * first. Not thread-safe: one per worker.
 */
struct cert_cache;
struct cert_cache_counters {
	uint64_t hits, misses, evicted, unparsable;
};
struct cert_cache *cert_cache_new(void);
/* Fewer bytes, of DER and facts, than LIMIT_CERT_CACHE_BYTES. */
void cert_cache_limit(struct cert_cache *c, size_t bytes);
size_t cert_cache_memory(const struct cert_cache *c);
void cert_cache_free(struct cert_cache *c);
/* A counted reference, to be given back with cert_unref(); NULL: no memory. */
struct cert *cert_cache_get(struct cert_cache *c, struct bytes der);
const struct cert_cache_counters *cert_cache_counters(
	const struct cert_cache *c);

#endif
