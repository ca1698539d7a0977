/* recognise.c: is a datagram QUIC? By its form alone: keys come later. */
#include "quic/gquic.h"
#include "quic/packet.h"
#include "quic/session.h"

/* RFC 9000 14.1: a client fills the datagram of its first Initial */
#define FILLED 1200

enum recognise quic_recognise(struct bytes datagram)
{
	struct reader r = rd_whole(datagram);
	struct gquic_hello g;
	struct quic_packet p;

	if (gquic_read(datagram, &g))
		return RECOGNISE_YES;
	/* what the capture cut is recognised by the part that is left */
	if (!quic_packet_read(&r, true, &p))
		return RECOGNISE_NO;
	switch (p.type) {
	case QUIC_INITIAL:
	case QUIC_ZERO_RTT:
	case QUIC_HANDSHAKE:
		return RECOGNISE_YES;
	case QUIC_NEGOTIATION:
	case QUIC_RETRY:
		return RECOGNISE_MORE;
	case QUIC_UNKNOWN:
		/* RFC 9000 6.1: it is answered by Version Negotiation */
		return datagram.len >= FILLED && p.dcid.len >= 8 &&
				       p.dcid.len <= QUIC_CID_MAX &&
				       p.scid.len <= QUIC_CID_MAX
			       ? RECOGNISE_MORE
			       : RECOGNISE_NO;
	default:
		return RECOGNISE_NO;
	}
}

bool quic_begins(struct bytes datagram, struct bytes *dcid)
{
	struct reader r = rd_whole(datagram);
	struct quic_packet p;

	if (!quic_packet_read(&r, true, &p) || p.type != QUIC_INITIAL)
		return false;
	*dcid = p.dcid;
	return true;
}
