/*
 * ready.h: handshakes that are over and wait to be taken, in their order.
 *
 * Bounded: one that finds no room is dropped, which the last one tells. All
 * that carry TLS (TCP, DTLS, QUIC) hand theirs out through it.
 */
#ifndef TLS_READY_H
#define TLS_READY_H

#include "tls/handshake.h"

struct tls_ready {
	struct tls_handshake *hs[LIMIT_TLS_READY];
	unsigned num;
};

/* Takes it over; wanted: is it worth telling? */
void tls_ready_put(struct tls_ready *r, struct tls_handshake *hs, bool wanted);
/* The first one, owned by the caller; NULL: none. */
struct tls_handshake *tls_ready_next(struct tls_ready *r);
void tls_ready_fini(struct tls_ready *r);

#endif
