/* nsh.c: RFC 8300. */
#include "decode/nsh.h"

#include "decode/mpls.h"

enum decode_reason nsh_next(struct walk *w, struct reader *r, uint8_t next)
{
	switch (next) {
	case 1:
		return ip_v4(w, r);
	case 2:
		return ip_v6(w, r);
	case 3:
		return link_ethernet(w, r);
	case 4:
		return nsh_decode(w, r);
	case 5:
		return mpls_decode(w, r);
	default:
		return DECODE_NOT_IP;
	}
}

enum decode_reason nsh_decode(struct walk *w, struct reader *r)
{
	/* version 2, flags 2, TTL 6, length in words 6; metadata type 8, next
	 * protocol 8; path 24, index 8 */
	uint32_t head = rd_u32(r), path = rd_u32(r);
	size_t len = (head >> 16 & 0x3f) * 4;

	if (!walk_enter(w))
		return DECODE_DEPTH;
	if (rd_ok(r) && (head >> 30 != 0 || len < 8))
		return DECODE_MALFORMED;
	if (rd_ok(r))
		rd_skip(r, len - 8);
	if (!rd_ok(r))
		return walk_failed(r);
	if (!tunnel_push_id(w, TUNNEL_NSH, path >> 8))
		return DECODE_DEPTH;
	return nsh_next(w, r, head & 0xff);
}
