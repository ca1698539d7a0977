/*
 * match.h: is this certificate for that name? (RFC 9525)
 *
 * SAN only; a wildcard only as the whole leftmost label and one label deep;
 * ASCII case folded; a trailing dot of the reference removed; A-labels as they
 * are; IP literals only against iPAddress; a name with an embedded NUL or an
 * empty label never matches. No allocation; the result borrows from the cert.
 */
#ifndef CERT_MATCH_H
#define CERT_MATCH_H

#include "cert/cert.h"

enum match_reason { /* why not; the word in match_reasons[] */
	MATCH_OK,
	MATCH_CN_ONLY,	       /* "cn_only": only the CN has the name, and the
				* certificate has no dNSName (no SAN at all, or
				* none of that kind) */
	MATCH_WILDCARD_DEPTH,  /* "wildcard_depth": *.b.c asked for x.a.b.c, or
				* for b.c itself */
	MATCH_PARTIAL_WILDCARD,/* "partial_wildcard": f*.example.com */
	MATCH_NO_SAN,	       /* "no_san": nothing to compare with */
	MATCH_DIFFERENT_NAME,  /* "different_name" */
	MATCH_ADDRESS_NOT_LISTED, /* "address_not_listed": reference is an IP */
};

extern const char *const match_reasons[];

enum match_state {
	MATCH_TRUE,
	MATCH_FALSE,
	/* only URI, SRV, e-mail SANs and no dNSName, iPAddress, and no CN that
	 * looks like a DNS name: the certificate names a mesh or a person */
	MATCH_NOT_DNS_IDENTITY,
	MATCH_NO_REFERENCE, /* the reference is no name and no address */
};

struct match {
	enum match_state state;
	enum match_reason reason;
	struct bytes matched; /* the SAN that matched (IP: its raw bytes) */
	struct bytes closest; /* the nearest dNSName (or CN) where none did;
			       * empty if there is none */
	bool is_ip;	      /* the reference is an address literal */
};

/* name: as stated by the client (SNI, CONNECT target ...), any bytes. */
void match_name(const struct cert *c, struct bytes name, struct match *out);
/* One dNSName pattern against one name; both any bytes. */
bool match_pattern(struct bytes pattern, struct bytes name);
/* Is name a syntactically fair DNS name (letters, digits, '-', '_', dots)? */
bool match_is_dns_name(struct bytes name);

#endif
