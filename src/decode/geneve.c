/* geneve.c: GENEVE (RFC 8926) with the options of AWS gateway load balancers,
 * VXLAN (RFC 7348), VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe). */
#include "decode/geneve.h"

#include "decode/nsh.h"

enum {
	/* AWS, "Gateway Load Balancer target groups": option class and types */
	CLASS_AWS = 0x0108,
	AWS_ENDPOINT = 1,
	AWS_ATTACHMENT = 2,
	AWS_COOKIE = 3,
	GENEVE_CONTROL = 0x80,
	GPE_INSTANCE = 0x08,
	GPE_NEXT = 0x04,
	GPE_OAM = 0x01,
};

/* RFC 8926 3.5: class 16, type 8, length in words 5 (of 8), data */
static void geneve_options(struct reader *r, struct tunnel *t)
{
	while (rd_more(r)) {
		uint32_t head = rd_u32(r);
		struct reader data = rd_sub(r, (head & 0x1f) * 4);

		if (head >> 16 != CLASS_AWS)
			continue;
		/* the C bit (0x80) of the type is of no matter here */
		switch (head >> 8 & 0x7f) {
		case AWS_ENDPOINT:
			t->gwlb_endpoint = rd_u64(&data);
			break;
		case AWS_ATTACHMENT:
			t->gwlb_attachment = rd_u64(&data);
			break;
		case AWS_COOKIE:
			t->gwlb_cookie = rd_u32(&data);
			break;
		default:
			break;
		}
	}
}

/* RFC 8926 3.4: version 2, options' words 6, flags 8, protocol 16; VNI 24 */
enum decode_reason geneve_decode(struct walk *w, struct reader *r)
{
	uint32_t head = rd_u32(r), vni = rd_u32(r);
	uint16_t protocol = head & 0xffff;
	struct reader options;
	struct tunnel *t;

	if (!rd_ok(r))
		return r->state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	if (head >> 30 != 0 || (vni & 0xff) != 0)
		return DECODE_NOT_MINE;
	if (head >> 16 & GENEVE_CONTROL)
		return DECODE_NOT_IP; /* 3.4: no payload for us */
	if (protocol != 0x6558 && protocol != 0x0800 && protocol != 0x86dd &&
	    protocol != 0x8847 && protocol != 0x894f)
		return DECODE_NOT_MINE;
	options = rd_sub(r, (head >> 24 & 0x3f) * 4);
	if (!rd_ok(r))
		return r->state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	t = tunnel_push_id(w, TUNNEL_GENEVE, vni >> 8);
	if (!t)
		return DECODE_DEPTH;
	geneve_options(&options, t);
	return ethertype_decode(w, r, protocol);
}

/* RFC 7348 5: flags 8 (I must be set), reserved 24; VNI 24, reserved 8. The
 * group policy extension uses two flags and 16 bits of what is reserved. */
enum decode_reason vxlan_decode(struct walk *w, struct reader *r)
{
	uint32_t head = rd_u32(r), vni = rd_u32(r);
	bool policy = (head & 0x80000000) != 0;

	if (!rd_ok(r))
		return r->state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	if (!(head & 0x08000000) || (head & 0x37000000) ||
	    (!policy && (head & 0x00ffffff)))
		return DECODE_NOT_MINE;
	if (!tunnel_push_id(w, TUNNEL_VXLAN, vni >> 8))
		return DECODE_DEPTH;
	return link_ethernet(w, r);
}

/* flags 8, reserved 16, next protocol 8; VNI 24, reserved 8 */
enum decode_reason vxlan_gpe_decode(struct walk *w, struct reader *r)
{
	uint32_t head = rd_u32(r), vni = rd_u32(r);
	uint8_t flags = (uint8_t)(head >> 24);

	if (!rd_ok(r))
		return r->state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	if (!(flags & GPE_INSTANCE) || (head >> 8 & 0xffff))
		return DECODE_NOT_MINE;
	if (flags & GPE_OAM)
		return DECODE_NOT_IP;
	if (!tunnel_push_id(w, TUNNEL_VXLAN, vni >> 8))
		return DECODE_DEPTH;
	return flags & GPE_NEXT ? nsh_next(w, r, head & 0xff)
				: link_ethernet(w, r);
}
