/*
 * capwap.c: between access points and their controller (RFC 5415 4, RFC 5416
 * 2.5): what the data channel carries, 802.11 or Ethernet frames; and DTLS, by
 * which the control channel is always protected, the data channel may be.
 */
#include "decode/capwap.h"

#include "decode/fragment.h"
#include "decode/wifi.h"

/* version 4, type 4; length in words 5, radio 5, binding 5, T, F, L, W, M, K,
 * reserved 3; fragment id 16, offset in units of eight bytes 13, reserved 3 */
enum {
	TYPE_CLEAR = 0,
	TYPE_DTLS = 1,
	FLAG_T = 0x100,
	FLAG_F = 0x80,
	FLAG_L = 0x40,
	FLAG_K = 0x08,
	HEADER_LEN = 8,
	PORT_DATA = 5247,
};

/* 4.2: version and type, 24 bits of zeros, then the DTLS record: its content
 * type, and a version of DTLS */
enum decode_reason capwap_dtls(struct walk *w, struct reader *r)
{
	enum { DTLS_HEADER = TYPE_DTLS << 24 };
	struct reader record;
	uint32_t head = rd_u32(r);
	uint8_t type, major;

	record = *r;
	type = rd_u8(&record);
	major = rd_u8(&record);
	if (!rd_ok(&record) || head != DTLS_HEADER || type < 20 || type > 26 ||
	    major != 0xfe)
		return DECODE_NOT_MINE;
	return udp_payload(w, r);
}

static enum decode_reason capwap_payload(struct walk *w, struct reader *r,
					 uint32_t head)
{
	return head & FLAG_T ? wifi_capwap(w, r) : link_ethernet(w, r);
}

/*
 * 3.4: frames of full size do not fit into a tunnel, so that fragments are the
 * rule. Ids count for each pair of access point and controller; several access
 * points may be behind one address, so their port is part of the id.
 */
static enum decode_reason capwap_fragment(struct walk *w, struct reader *r,
					  struct bytes header, uint32_t head,
					  uint32_t place)
{
	uint16_t src = w->out->src.port, dst = w->out->dst.port;
	struct fragment f = {
		.id = (uint32_t)(src == PORT_DATA ? dst : src) << 16 |
		      place >> 16,
		.space = FRAGMENT_CAPWAP,
		.offset = place & 0xfff8,
		.more = !(head & FLAG_L),
		.header = header,
		.len = walk_left(w, r),
	};
	struct fragment_whole whole;
	enum decode_reason reason;
	struct reader in;

	/* of a first fragment that was cut, at least use what there is */
	if (f.offset == 0 && rd_left(r).len < f.len)
		return capwap_payload(w, r, head);
	f.data = rd_rest(r);
	reason = fragment_add(w, &f, &whole);
	if (reason != DECODE_OK)
		return reason;
	in = rd_whole(whole.datagram);
	head = rd_u32(&in);
	rd_skip(&in, HEADER_LEN - 4);
	w->end = whole.datagram.len;
	return capwap_payload(w, &in, head);
}

enum decode_reason capwap_decode(struct walk *w, struct reader *r)
{
	struct bytes header = bytes_head(rd_left(r), HEADER_LEN);
	struct reader whole = *r;
	uint32_t head = rd_u32(r), place = rd_u32(r);
	size_t len = (head >> 19 & 0x1f) * 4;

	if (!rd_ok(r) || head >> 28 != 0)
		return DECODE_NOT_MINE;
	if ((head >> 24 & 0xf) == TYPE_DTLS)
		return capwap_dtls(w, &whole);
	if ((head >> 24 & 0xf) != TYPE_CLEAR || len < HEADER_LEN)
		return DECODE_NOT_MINE;
	rd_skip(r, len - HEADER_LEN);
	if (!rd_ok(r))
		return r->state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	if (head & FLAG_K)
		return DECODE_NOT_IP; /* a keepalive */
	if (!tunnel_push(w, TUNNEL_CAPWAP))
		return DECODE_DEPTH;
	if (head & FLAG_F)
		return capwap_fragment(w, r, header, head, place);
	return capwap_payload(w, r, head);
}
