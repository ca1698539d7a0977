/*
 * renewal.h: who should have renewed a certificate, and so what to do about one
 * that has expired or is about to.
 */
#ifndef JUDGE_RENEWAL_H
#define JUDGE_RENEWAL_H

#include "judge/check.h"

enum renewal_kind {
	RENEWAL_UNKNOWN,  /* a public issuer that somebody has to ask */
	RENEWAL_ACM,	  /* issued by Amazon: ACM renews it by itself */
	RENEWAL_IMPORTED, /* imported into ACM: never renewed there */
	RENEWAL_ACM_PRIVATE, /* by ACM from a private CA, by its looks */
	RENEWAL_ACME,	  /* Let's Encrypt and the like: a job renews it */
	RENEWAL_MANAGED,  /* issued by a cloud's or a CDN's own issuer */
	RENEWAL_PROVIDER, /* behind a provider that renews its own ones */
	RENEWAL_PRIVATE,  /* a private issuer */
	RENEWAL_SELF,	  /* it signed itself */
};

enum renewal_kind renewal_of(const struct evidence *ev);
/* cause and fix of the hint, for a certificate that has expired or (expired
 * false) is about to. */
void renewal_hint(const struct evidence *ev, bool expired, struct hint *out);
/* fix and url of the hint, where a client says that it expired and the
 * certificate was not seen: by where the name leads, if that tells anything. */
void renewal_unseen(const struct evidence *ev, struct hint *out);

#endif
