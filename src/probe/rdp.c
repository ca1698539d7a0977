/*
 * rdp.c: TLS of RDP ([MS-RDPBCGR] 2.2.1.1, 2.2.1.2, 5.4.5): an X.224 connection
 * request with RDP_NEG_REQ in a TPKT (RFC 1006), and the confirmation with the
 * protocol that was chosen.
 */
#include "probe/hello.h"
#include "probe/text.h"

enum {
	X224_REQUEST = 0xe0,
	X224_CONFIRM = 0xd0,
	RDP_NEG_REQ = 1,
	RDP_NEG_RSP = 2,
	/* PROTOCOL_RDP is 0; all others run inside of TLS: SSL 1, HYBRID 2,
	 * RDSTLS 4, HYBRID_EX 8; AAD 16 */
	RDP_OVER_TLS = 0x1f,
	RDP_TPKT_MAX = 1024,
};

/* "Cookie: mstshash=..." or a routing token; a line of text. */
static void rdp_skip_cookie(struct reader *r)
{
	struct bytes line;

	if (rd_more(r) && rd_peek8(r) >= 0x20)
		(void)text_next(r, &line);
}

/* The packet of one side with the code and negotiation of these types. */
static enum probe_step rdp_side(struct bytes b, uint8_t code, uint8_t type,
				size_t *start)
{
	struct reader r = rd_window(b), x224;
	uint16_t len;
	uint8_t indicator;

	/* version 3, reserved 0, length of all */
	if (b.len && rd_u8(&r) != 3)
		return STEP_NOT_ME;
	if (rd_u8(&r) != 0) /* short ones give zero */
		return STEP_NOT_ME;
	len = rd_u16(&r);
	if (rd_ok(&r) && (len < 19 || len > RDP_TPKT_MAX))
		return STEP_NOT_ME;
	x224 = rd_sub(&r, len - 4u);
	indicator = rd_u8(&x224);
	if (rd_ok(&x224) && indicator != len - 5u)
		return STEP_NOT_ME;
	if (rd_u8(&x224) != code && rd_ok(&x224))
		return STEP_NOT_ME;
	if (!rd_ok(&r))
		return STEP_MORE;
	rd_skip(&x224, 5); /* references, class */
	if (type == RDP_NEG_REQ)
		rdp_skip_cookie(&x224);
	if (rd_u8(&x224) != type)
		return STEP_NOT_ME;
	(void)rd_u8(&x224); /* flags */
	if (rd_le16(&x224) != 8 || !(rd_le32(&x224) & RDP_OVER_TLS))
		return STEP_NOT_ME;
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step rdp_step(const struct probe_view *v,
				struct probe_finding *out)
{
	enum probe_step c, s;

	c = rdp_side(v->client, X224_REQUEST, RDP_NEG_REQ, &out->client_start);
	s = rdp_side(v->server, X224_CONFIRM, RDP_NEG_RSP, &out->server_start);
	out->prelude.opportunistic = true;
	return probe_sides(c, s);
}

const struct probe_dialect probe_rdp = { "rdp", rdp_step };
