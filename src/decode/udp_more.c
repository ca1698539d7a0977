/*
 * udp_more.c: rarer tunnels over UDP: GRE (RFC 8086), LISP (RFC 9300), GUE
 * (draft-ietf-intarea-gue), AYIYA (draft-massar-v6ops-ayiya).
 *
 * As in udp_tunnel.c: what does not fit is DECODE_NOT_MINE.
 */
#include "decode/gre.h"
#include "decode/udp_tunnel.h"

/* RFC 8086 3.2: as over IP; only checksum, key and sequence number are left */
enum decode_reason gre_udp(struct walk *w, struct reader *r)
{
	struct reader head = *r;
	uint16_t flags = rd_u16(&head), protocol = rd_u16(&head);
	enum decode_reason reason;

	if (!rd_ok(&head) || flags & 0x4fff || protocol < 0x0600)
		return DECODE_NOT_MINE;
	reason = gre_decode(w, r);
	return reason == DECODE_NOT_IP ? DECODE_NOT_MINE : reason;
}

static bool is_ip(struct reader *r)
{
	uint8_t version = rd_peek8(r) >> 4;

	return version == 4 || version == 6;
}

/* RFC 9300 5.3: flags, nonce or map versions; instance id or status bits */
enum decode_reason lisp_decode(struct walk *w, struct reader *r)
{
	enum { FLAG_INSTANCE = 0x08 };
	uint8_t flags = rd_u8(r);
	uint32_t instance;

	rd_skip(r, 3);
	instance = rd_u32(r);
	if (!rd_ok(r) || !is_ip(r))
		return DECODE_NOT_MINE;
	if (!(flags & FLAG_INSTANCE
		      ? tunnel_push_id(w, TUNNEL_LISP, instance >> 8)
		      : tunnel_push(w, TUNNEL_LISP)))
		return DECODE_DEPTH;
	return link_raw(w, r);
}

/* Variant 0: C 1, length of what follows in words 5, IP protocol, flags 16;
 * variant 1 is IP at once. */
enum decode_reason gue_decode(struct walk *w, struct reader *r)
{
	enum { FLAG_CONTROL = 0x20, LENGTH = 0x1f };
	uint8_t head = rd_peek8(r), protocol;

	if (head >> 6 == 1) {
		if (!is_ip(r))
			return DECODE_NOT_MINE;
		return tunnel_push(w, TUNNEL_GUE) ? link_raw(w, r)
						  : DECODE_DEPTH;
	}
	rd_skip(r, 1);
	protocol = rd_u8(r);
	rd_skip(r, 2 + (head & LENGTH) * (size_t)4);
	if (!rd_ok(r) || head >> 6 || head & FLAG_CONTROL)
		return DECODE_NOT_MINE;
	if ((protocol != 4 && protocol != 41) || !is_ip(r))
		return DECODE_NOT_MINE;
	return tunnel_push(w, TUNNEL_GUE) ? link_raw(w, r) : DECODE_DEPTH;
}

/* Length of the identity (a power of two) and its type; of the signature in
 * words and its hash; authentication and operation; next header; time 32 */
enum decode_reason ayiya_decode(struct walk *w, struct reader *r)
{
	enum { FORWARD = 1 };
	uint8_t identity = rd_u8(r) >> 4, signature = rd_u8(r) >> 4;
	uint8_t operation = rd_u8(r) & 0x0f, next = rd_u8(r);

	rd_skip(r, 4 + ((size_t)1 << identity) + signature * (size_t)4);
	if (!rd_ok(r) || operation != FORWARD || (next != 4 && next != 41) ||
	    !is_ip(r))
		return DECODE_NOT_MINE;
	return tunnel_push(w, TUNNEL_AYIYA) ? link_raw(w, r) : DECODE_DEPTH;
}
