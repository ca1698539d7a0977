/*
 * staple.h: the OCSP response that a server staples (RFC 6960, RFC 6066 8).
 *
 * Facts that do not change with time: whether the response is about the leaf,
 * whether the leaf's issuer (or a responder that it empowered) signed it, and
 * what it says from when until when. Whether that is still current is judged
 * elsewhere.
 */
#ifndef CERT_STAPLE_H
#define CERT_STAPLE_H

#include "cert/cert.h"

enum staple_state {
	STAPLE_NONE,
	STAPLE_BAD,	   /* too long, not parsable, or not "successful" */
	STAPLE_OTHER,	   /* for another certificate */
	STAPLE_FORGED,	   /* for this one, but not by who may speak of it */
	STAPLE_UNVERIFIED, /* for this one; its issuer was not seen */
	STAPLE_VERIFIED,
};

enum staple_status {
	STAPLE_GOOD,
	STAPLE_REVOKED,
	STAPLE_UNKNOWN,
};

struct staple {
	enum staple_state state;
	/* the rest counts from STAPLE_UNVERIFIED on; times are seconds */
	enum staple_status status;
	int64_t this_update, next_update, revoked_at;
	bool has_next_update;
	int reason; /* RFC 5280 5.3.1, -1: none given */
};

#define STAPLE_ON_HOLD 6 /* certificateHold: the only one that may end */

/* "key compromise"; NULL where there is no such reason. */
const char *staple_reason(int reason);

/*
 * certs[0] is the leaf, the rest as sent; pool: more certificates, one of which
 * may be its issuer. Without the issuer nothing is verified.
 */
void staple_read(struct bytes der, struct cert *const *certs, size_t num_certs,
		 struct cert *const *pool, size_t num_pool,
		 struct staple *out);

#endif
