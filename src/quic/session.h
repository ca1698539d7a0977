/*
 * session.h: QUIC over one UDP flow: datagrams of both directions in,
 * handshakes out (RFC 9000, 9001, 9369; drafts 23 to 34; mvfst; Google's as far
 * as the hello).
 *
 * Nothing is told before an Initial packet was opened with its right tag (of
 * Google's unencrypted versions: a sound hello). A handshake is over when the
 * client's reaction is known, a CONNECTION_CLOSE ended it, another connection
 * began on the same ports, or it was silent for LIMIT_HANDSHAKE_IDLE; it is
 * then owned by whoever takes it.
 */
#ifndef QUIC_SESSION_H
#define QUIC_SESSION_H

#include "flow/chunk.h"
#include "flow/protocol.h"
#include "tls/handshake.h"

struct keyring;
struct quic_session;

/*
 * RECOGNISE_YES: begins with a long header of a version that we read, whole in
 * its form. RECOGNISE_MORE: may be QUIC of a version that will be negotiated
 * away; judge the next datagram.
 */
enum recognise quic_recognise(struct bytes datagram);
/*
 * Does the datagram begin with an Initial packet, and to which connection id?
 * Cheap: for finished flows, where a client may begin anew from the same port.
 */
bool quic_begins(struct bytes datagram, struct bytes *dcid);

/*
 * NULL without memory. keys may be NULL: none were given; else it must outlive
 * the session and may gain secrets at any time.
 */
struct quic_session *quic_session_new(struct stamp time,
				      const struct keyring *keys);
void quic_session_free(struct quic_session *s);
/* Each chunk is one datagram; its gap and offset are not used. */
void quic_session_feed(struct quic_session *s, const struct chunk *c);
/* Datagrams have no end of their own: only CLOSE_END and CLOSE_PRESSURE. */
void quic_session_close(struct quic_session *s, enum protocol_close how,
			uint8_t dir, struct stamp time);
/* Lets deadlines pass. */
void quic_session_tick(struct quic_session *s, struct stamp now);
/* A finished handshake, owned by the caller; NULL: none now. */
struct tls_handshake *quic_session_next(struct quic_session *s);
/*
 * True when nothing more is looked for. A session whose handshake is over goes
 * on for LIMIT_FLOW_LINGER, so that late copies are no new handshake.
 */
bool quic_session_done(const struct quic_session *s);
size_t quic_session_memory(const struct quic_session *s);

#endif
