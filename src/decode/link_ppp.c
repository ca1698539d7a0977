/* link_ppp.c: PPP (RFC 1661, 1662), Cisco HDLC, PPPoE (RFC 2516). */
#include "decode/link_ppp.h"

#include "decode/mpls.h"

static const struct ppp_row {
	uint16_t protocol;
	decode_fn *decode;
} ppp_rows[] = {
	{ 0x0021, ip_v4 },	 { 0x0057, ip_v6 },
	{ 0x0281, mpls_decode }, { 0x0283, mpls_decode },
};

/* Address and control may be missing (RFC 1661 6.6), the protocol may have
 * one byte (6.5). */
enum decode_reason link_ppp(struct walk *w, struct reader *r)
{
	uint16_t protocol = rd_u8(r);

	if (!walk_enter(w))
		return DECODE_DEPTH;
	if (protocol == 0xff) {
		rd_skip(r, 1);
		protocol = rd_u8(r);
	}
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | rd_u8(r));
	if (!rd_ok(r))
		return walk_failed(r);
	for (size_t i = 0; i < sizeof ppp_rows / sizeof *ppp_rows; i++)
		if (ppp_rows[i].protocol == protocol)
			return ppp_rows[i].decode(w, r);
	return DECODE_NOT_IP;
}

/* Address 0F (unicast) or 8F (broadcast), control 0, an ethertype */
enum decode_reason link_c_hdlc(struct walk *w, struct reader *r)
{
	uint16_t type;

	rd_skip(r, 2);
	type = rd_u16(r);
	if (!rd_ok(r))
		return walk_failed(r);
	return ethertype_decode(w, r, type);
}

/* The registry: PPP in HDLC framing, or Cisco's, told by the address. */
enum decode_reason link_ppp_hdlc(struct walk *w, struct reader *r)
{
	uint8_t address = rd_peek8(r);

	if (address == 0x0f || address == 0x8f)
		return link_c_hdlc(w, r);
	return link_ppp(w, r);
}

/* RFC 2516 4: version and type 1, code 1, session 2, length 2 */
enum decode_reason link_pppoe(struct walk *w, struct reader *r)
{
	uint16_t head = rd_u16(r), session = rd_u16(r), len = rd_u16(r);
	struct reader in;

	if (!rd_ok(r))
		return walk_failed(r);
	if (head != 0x1100)
		return head >> 8 == 0x11 ? DECODE_NOT_IP : DECODE_MALFORMED;
	if (!tunnel_push_id(w, TUNNEL_PPPOE, session))
		return DECODE_DEPTH;
	in = walk_sub(w, r, len);
	return link_ppp(w, &in);
}
