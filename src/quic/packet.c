/* packet.c: see packet.h. */
#include "quic/packet.h"

#include "base/limits.h"

/* RFC 9000 17.2; RFC 9287: the fixed bit is free once that is agreed, seen in
 * the wild in a server's first Initial, and in the short packet that a client
 * of ngtcp2 sends behind its Finished */
#define FORM_LONG 0x80
#define FIXED_BIT 0x40

static enum quic_type type_of(const struct quic_version *v, uint8_t first)
{
	/* RFC 9000 table 5, in the order of the wire */
	static const enum quic_type types[] = { QUIC_INITIAL, QUIC_ZERO_RTT,
						QUIC_HANDSHAKE, QUIC_RETRY };

	return types[((first >> 4) - v->type_shift) & 3];
}

/* What Initial, 0-RTT and Handshake packets have behind their ids. */
static bool read_numbered(struct reader *r, struct bytes start, size_t begin,
			  bool cut, struct quic_packet *p)
{
	uint64_t len;

	if (p->type == QUIC_INITIAL) {
		len = rd_varint(r);
		if (len > LIMIT_QUIC_DATAGRAM)
			rd_reject(r);
		p->token = rd_bytes(r, (size_t)len);
	}
	len = rd_varint(r);
	/* RFC 9001 5.4.2: a number, its payload and the tag hold a sample */
	if (!rd_ok(r) || len < 20)
		return false;
	p->head = bytes_head(start, rd_offset(r) - begin);
	if (len > rd_left(r).len) {
		if (!cut)
			return false;
		p->cut = true;
		p->body = rd_rest(r);
		return true;
	}
	p->body = rd_bytes(r, (size_t)len);
	return rd_ok(r);
}

static bool read_long(struct reader *r, struct bytes start, size_t begin,
		      uint8_t first, bool cut, struct quic_packet *p)
{
	p->number = rd_u32(r);
	/* RFC 8999 5.1: ids may be longer in versions that we do not know */
	p->dcid = rd_bytes(r, rd_u8(r));
	p->scid = rd_bytes(r, rd_u8(r));
	if (!rd_ok(r))
		return false;
	p->version = quic_version_find(p->number);
	if (!p->number)
		p->type = QUIC_NEGOTIATION;
	else if (!p->version)
		p->type = QUIC_UNKNOWN;
	else if (p->dcid.len > QUIC_CID_MAX || p->scid.len > QUIC_CID_MAX)
		return false;
	else
		p->type = type_of(p->version, first);
	if (p->type == QUIC_INITIAL || p->type == QUIC_ZERO_RTT ||
	    p->type == QUIC_HANDSHAKE)
		return read_numbered(r, start, begin, cut, p);
	p->head = bytes_head(start, rd_offset(r) - begin);
	p->body = rd_rest(r);
	return true;
}

/*
 * RFC 9000 12.2: all packets of a datagram bear one id; what does not is
 * padding of senders that fill the datagram themselves. An empty id proves
 * nothing, so that the fixed bit must be there.
 */
static bool goes_on(struct bytes rest, struct bytes dcid, uint8_t first)
{
	return dcid.len ? bytes_eq(bytes_head(rest, dcid.len), dcid)
			: first & FIXED_BIT;
}

bool quic_packet_read(struct reader *r, bool cut, struct quic_packet *out)
{
	struct quic_packet p = { .type = QUIC_SHORT };
	struct bytes start = rd_left(r);
	size_t begin = rd_offset(r);
	uint8_t first;

	if (!rd_more(r))
		return false;
	first = rd_u8(r);
	if (first & FORM_LONG) {
		if (!read_long(r, start, begin, first, cut, &p))
			return false;
	} else {
		/* RFC 9000 17.3.1 */
		if (begin && !goes_on(rd_left(r), out->dcid, first))
			return false;
		p.head = bytes_head(start, 1);
		p.body = rd_rest(r);
	}
	*out = p;
	return true;
}
