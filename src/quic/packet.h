/*
 * packet.h: the packets of a datagram, before any key (RFC 9000 17, 12.2).
 *
 * Reads version-independent properties (RFC 8999) of every version, the rest of
 * the versions that version.h knows. All views are into the datagram.
 */
#ifndef QUIC_PACKET_H
#define QUIC_PACKET_H

#include "base/reader.h"
#include "quic/version.h"

enum quic_type {
	QUIC_INITIAL,
	QUIC_ZERO_RTT,
	QUIC_HANDSHAKE,
	QUIC_RETRY,
	QUIC_NEGOTIATION, /* Version Negotiation */
	QUIC_SHORT,	  /* a short header: 1-RTT */
	QUIC_UNKNOWN,	  /* a long header of a version that we do not know */
};

#define QUIC_CID_MAX 20

struct quic_packet {
	enum quic_type type;
	uint32_t number; /* the version's */
	const struct quic_version *version;
	struct bytes dcid, scid, token;
	struct bytes head; /* up to the packet number, protected */
	struct bytes body; /* packet number, payload, tag */
	bool cut;	   /* the capture cut it: it cannot be opened */
};

/*
 * The next packet of a datagram. False where there is none: its end, padding
 * behind the last one, or bytes that are no QUIC. Packets whose end is not
 * told (Retry, negotiation, short, unknown) take all that is left. Behind the
 * first, *out still holds the packet before.
 */
bool quic_packet_read(struct reader *r, bool cut, struct quic_packet *out);

#endif
