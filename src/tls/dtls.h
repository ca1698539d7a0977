/*
 * dtls.h: DTLS over one UDP flow: datagrams of both directions in, handshakes
 * out (RFC 6347, RFC 4347, RFC 9147 as far as it is readable, RFC 9146).
 *
 * Datagrams may be lost, doubled and out of order, and others than DTLS (STUN,
 * RTP: RFC 7983) may lie between them. A handshake is over when the client's
 * reaction is known, an alert ended it, another one began, or it was silent for
 * LIMIT_HANDSHAKE_IDLE; it is then owned by whoever takes it.
 */
#ifndef TLS_DTLS_H
#define TLS_DTLS_H

#include "flow/chunk.h"
#include "flow/protocol.h"
#include "tls/handshake.h"

struct dtls_session;

/*
 * RECOGNISE_YES: begins with a plain handshake record that holds together down
 * to its messages. RECOGNISE_MORE: records of DTLS that prove less; judge the
 * next datagram.
 */
enum recognise dtls_recognise(struct bytes datagram);
/*
 * Does the datagram begin with the start of a ClientHello, and with which
 * random? Cheap: for finished flows, where a client may begin anew from the
 * same port (RFC 6347 4.2.8).
 */
bool dtls_begins(struct bytes datagram, struct bytes *random);

/* NULL without memory. */
struct dtls_session *dtls_session_new(struct stamp time);
void dtls_session_free(struct dtls_session *s);
/* Each chunk is one datagram; its gap is not used. */
void dtls_session_feed(struct dtls_session *s, const struct chunk *c);
/* Datagrams have no end of their own: only CLOSE_END and CLOSE_PRESSURE. */
void dtls_session_close(struct dtls_session *s, enum protocol_close how,
			uint8_t dir, struct stamp time);
/* Lets deadlines pass. */
void dtls_session_tick(struct dtls_session *s, struct stamp now);
/* A finished handshake, owned by the caller; NULL: none now. */
struct tls_handshake *dtls_session_next(struct dtls_session *s);
/*
 * True when nothing more is looked for. A session whose handshake is over goes
 * on for LIMIT_FLOW_LINGER, so that late copies are no new handshake.
 */
bool dtls_session_done(const struct dtls_session *s);
size_t dtls_session_memory(const struct dtls_session *s);

#endif
