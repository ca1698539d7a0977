/*
 * l2tp.c: L2TP version 2 (RFC 2661) and 3 (RFC 3931).
 *
 * Version 3 does not say in the packet how long its cookie is, nor whether a
 * sublayer follows, nor what it carries: the ways that are in use are tried.
 */
#include "decode/l2tp.h"

#include "decode/link_ppp.h"

enum {
	L2TP_CONTROL = 0x8000,
	L2TP_LENGTH = 0x4000,
	L2TP_SEQUENCE = 0x0800,
	L2TP_OFFSET = 0x0200,
	L2TP_VERSION = 0x000f,
};

/* RFC 2661 3.1 */
static enum decode_reason l2tp_two(struct walk *w, struct reader *r,
				   uint16_t flags)
{
	uint16_t session;

	if (flags & L2TP_LENGTH)
		rd_skip(r, 2);
	rd_skip(r, 2);
	session = rd_u16(r);
	if (flags & L2TP_SEQUENCE)
		rd_skip(r, 4);
	if (flags & L2TP_OFFSET)
		rd_skip(r, rd_u16(r));
	if (!rd_ok(r))
		return r->state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	if (!tunnel_push_id(w, TUNNEL_L2TP, session))
		return DECODE_DEPTH;
	return link_ppp(w, r);
}

/* RFC 3931 4.1: behind the session id, a cookie of 0, 4 or 8 bytes, maybe a
 * sublayer of 4; then Ethernet (RFC 4719) or PPP in HDLC framing. */
static enum decode_reason l2tp_three(struct walk *w, struct reader *r,
				     uint32_t session)
{
	static const uint8_t between[] = { 4, 0, 8, 12 };

	if (!tunnel_push_id(w, TUNNEL_L2TP, session))
		return DECODE_DEPTH;
	for (size_t i = 0; i < sizeof between; i++) {
		struct reader at = *r;

		if (ethernet_is_likely(r, between[i])) {
			rd_skip(r, between[i]);
			return link_ethernet(w, r);
		}
		rd_skip(&at, between[i]);
		if (rd_u24(&at) == 0xff0300 && rd_u8(&at) == 0x21) {
			rd_skip(r, between[i]);
			return link_ppp(w, r);
		}
	}
	return DECODE_NOT_MINE;
}

enum decode_reason l2tp_udp(struct walk *w, struct reader *r)
{
	uint16_t flags = rd_u16(r);
	uint32_t session;

	/* control messages are of no use here: plain UDP */
	if (!rd_ok(r) || (flags & L2TP_CONTROL))
		return DECODE_NOT_MINE;
	if ((flags & L2TP_VERSION) == 2)
		return l2tp_two(w, r, flags);
	if ((flags & L2TP_VERSION) != 3)
		return DECODE_NOT_MINE;
	rd_skip(r, 2);
	session = rd_u32(r);
	return rd_ok(r) ? l2tp_three(w, r, session) : DECODE_NOT_MINE;
}

/* RFC 3931 4.1.1: session 0 is control */
enum decode_reason l2tp_ip(struct walk *w, struct reader *r)
{
	uint32_t session = rd_u32(r);
	enum decode_reason reason;

	if (!rd_ok(r))
		return walk_failed(r);
	if (session == 0)
		return DECODE_NOT_TCP_UDP;
	reason = l2tp_three(w, r, session);
	return reason == DECODE_NOT_MINE ? DECODE_NOT_TCP_UDP : reason;
}
