/* refusal.h: did the server refuse before it showed a certificate? */
#ifndef JUDGE_REFUSAL_H
#define JUDGE_REFUSAL_H

#include "judge/evidence.h"

/* The alert's code, or -1. */
static inline int refusal_code(const struct evidence *ev)
{
	const struct tls_handshake *hs = ev->obs->hs;

	if (!hs->alert.seen || hs->alert.encrypted ||
	    hs->alert.from != TLS_SERVER || !hs->client.count ||
	    hs->chain[TLS_SERVER].state != TLS_CHAIN_NONE ||
	    hs->side[TLS_SERVER].hello_done || hs->side[TLS_SERVER].num_sealed)
		return -1;
	return hs->alert.code;
}

#endif
