/* held.c: see held.h. */
#include "cert/held.h"

struct cert *cert_hold(struct cert_held *h, struct cert *c)
{
	h->bytes += c->memory;
	return cert_ref(c);
}

void cert_let_go(struct cert_held *h, struct cert *c)
{
	if (!c)
		return;
	h->bytes -= c->memory;
	cert_unref(c);
}

bool cert_held_over(const struct cert_held *h)
{
	return h->bytes > h->max;
}
