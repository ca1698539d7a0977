/*
 * openvpn.h: TLS inside OpenVPN's control channel, over UDP and TCP.
 *
 * OpenVPN (protocol 2, doc/doxygen of its source) cuts the TLS stream into
 * numbered control packets of its own, acknowledged and repeated by itself.
 * Read here: plain and tls-auth (an HMAC that is skipped); tls-crypt is
 * encrypted and is not recognised. The numbered payloads are put in order and
 * fed to a TLS session.
 */
#ifndef TLS_OPENVPN_H
#define TLS_OPENVPN_H

#include "flow/protocol.h"
#include "tls/handshake.h"

struct openvpn_session;

/* A client's hard reset, whole; stream: with a length before it (TCP). */
enum recognise openvpn_recognise(struct bytes head, bool stream);
/* NULL without memory. */
struct openvpn_session *openvpn_session_new(struct stamp time, bool stream);
void openvpn_session_free(struct openvpn_session *s);
void openvpn_session_feed(struct openvpn_session *s, const struct chunk *c);
void openvpn_session_close(struct openvpn_session *s, enum protocol_close how,
			   uint8_t dir, struct stamp time);
void openvpn_session_tick(struct openvpn_session *s, struct stamp now);
/* A finished handshake, owned by the caller; NULL: none now. */
struct tls_handshake *openvpn_session_next(struct openvpn_session *s);
/* Packets that were dropped at a limit since it was asked last. */
uint32_t openvpn_session_dropped(struct openvpn_session *s);
size_t openvpn_session_memory(const struct openvpn_session *s);
bool openvpn_session_done(const struct openvpn_session *s);

#endif
