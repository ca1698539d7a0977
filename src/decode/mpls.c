/*
 * mpls.c: label stacks (RFC 3032) over IP, or over Ethernet with or without a
 * control word (RFC 4448, RFC 4385).
 *
 * Nothing in the labels tells what is below them, so the bytes must.
 */
#include "decode/mpls.h"

/* IPv4 or IPv6 with lengths that fit, so that no MAC address looks like it */
static bool mpls_is_ip(const struct walk *w, const struct reader *r)
{
	struct reader at = *r;
	uint32_t head = rd_u32(&at), next = rd_u32(&at);
	size_t left = walk_left(w, r);

	if (!rd_ok(&at))
		return true; /* cut: the version must do */
	if (head >> 28 == 4)
		return (head >> 24 & 0xf) >= 5 &&
		       ((head & 0xffff) == 0 ||
			((head & 0xffff) >= 20 && (head & 0xffff) <= left));
	return head >> 28 == 6 && (next >> 16) + 40u <= left;
}

static enum decode_reason mpls_payload(struct walk *w, struct reader *r)
{
	uint8_t nibble = rd_peek8(r) >> 4;

	if (!rd_ok(r))
		return walk_failed(r);
	if ((nibble == 4 || nibble == 6) &&
	    (mpls_is_ip(w, r) || !ethernet_is_likely(r, 0)))
		return link_raw(w, r);
	if (ethernet_is_likely(r, 0) && !ethernet_is_likely(r, 4))
		return link_ethernet(w, r);
	if (nibble == 1) /* RFC 4385 5: an associated channel, no packet */
		return DECODE_NOT_IP;
	if (nibble == 0)
		rd_skip(r, 4);
	return link_ethernet(w, r);
}

enum decode_reason mpls_decode(struct walk *w, struct reader *r)
{
	uint32_t label;

	do {
		/* label 20, traffic class 3, bottom of stack 1, TTL 8 */
		label = rd_u32(r);
		if (!rd_ok(r))
			return walk_failed(r);
		if (!walk_enter(w) ||
		    !tunnel_push_id(w, TUNNEL_MPLS, label >> 12))
			return DECODE_DEPTH;
	} while (!(label & 0x100));
	return mpls_payload(w, r);
}
