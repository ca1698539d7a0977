/* capwap.c: the data channel between access points and their controller
 * (RFC 5415 4.3, RFC 5416 2.5): 802.11 or Ethernet frames. */
#include "decode/capwap.h"

#include "decode/wifi.h"

enum decode_reason capwap_decode(struct walk *w, struct reader *r)
{
	/* version 4, type 4; length in words 5, radio 5, binding 5, T, F, L,
	 * W, M, K, reserved 3 */
	enum { TYPE_CLEAR = 0, TYPE_DTLS = 1, FLAG_T = 0x100, FLAG_F = 0x80,
	       FLAG_K = 0x08 };
	uint32_t head = rd_u32(r), fragment = rd_u32(r);
	size_t len = (head >> 19 & 0x1f) * 4;

	if (!rd_ok(r) || head >> 28 != 0)
		return DECODE_NOT_MINE;
	if ((head >> 24 & 0xf) == TYPE_DTLS)
		return DECODE_ENCRYPTED;
	if ((head >> 24 & 0xf) != TYPE_CLEAR || len < 8)
		return DECODE_NOT_MINE;
	rd_skip(r, len - 8);
	if (!rd_ok(r))
		return r->state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	if (head & FLAG_K)
		return DECODE_NOT_IP; /* a keepalive */
	if (!tunnel_push(w, TUNNEL_CAPWAP))
		return DECODE_DEPTH;
	/* 3.4: its own fragments; the first is used as a cut packet would be */
	if ((head & FLAG_F) && (fragment & 0xfff8))
		return DECODE_FRAGMENT_LOST;
	if (!(head & FLAG_T))
		return link_ethernet(w, r);
	return wifi_capwap(w, r);
}
