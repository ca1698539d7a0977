/* ready.c: see ready.h. */
#include "tls/ready.h"

#include <string.h>

void tls_ready_put(struct tls_ready *r, struct tls_handshake *hs, bool wanted)
{
	if (wanted && r->num < LIMIT_TLS_READY) {
		r->hs[r->num++] = hs;
		return;
	}
	if (wanted)
		tls_anomaly_add(r->hs[r->num - 1], TLS_CLIENT,
				"handshakes_too_many", 0);
	tls_handshake_free(hs);
}

struct tls_handshake *tls_ready_next(struct tls_ready *r)
{
	struct tls_handshake *hs = r->hs[0];

	if (!r->num)
		return NULL;
	r->num--;
	memmove(r->hs, r->hs + 1, r->num * sizeof *r->hs);
	return hs;
}

void tls_ready_fini(struct tls_ready *r)
{
	while (r->num)
		tls_handshake_free(tls_ready_next(r));
}
