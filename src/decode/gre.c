/* gre.c: GRE (RFC 2784, 2890, 1701), its version 1 of PPTP (RFC 2637), NVGRE
 * (RFC 7637), ERSPAN (draft-foschiano-erspan), WCCP, EoIP of MikroTik, 802.11
 * of Aruba's access points. */
#include "decode/gre.h"

#include "decode/link_ppp.h"
#include "decode/wifi.h"

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080, /* version 1 */
	GRE_VERSION = 0x0007,
	PROTO_ETHERNET = 0x6558,
	PROTO_ERSPAN = 0x88be,
	PROTO_ERSPAN_THREE = 0x22eb,
	PROTO_PPP = 0x880b,
	PROTO_CISCO_METADATA = 0x8909,
	PROTO_EOIP = 0x6400,
	PROTO_ARUBA = 0x8200, /* to 0x82f0, and the last digit is 0 */
};

/* RFC 7637 3.2: virtual subnet ids below are reserved */
#define NVGRE_LEAST 0x1000

/* ERSPAN type II: version 4, VLAN 12, flags 6, session 10, index 32 */
static enum decode_reason erspan_two(struct walk *w, struct reader *r)
{
	uint32_t head = rd_u32(r);

	rd_skip(r, 4);
	if (!rd_ok(r))
		return walk_failed(r);
	if (head >> 28 != 1)
		return DECODE_MALFORMED;
	if (!tunnel_push_id(w, TUNNEL_ERSPAN, head & 0x3ff))
		return DECODE_DEPTH;
	return link_ethernet(w, r);
}

/* Type III: as II in the first word; time 32; SGT 16, P 1, frame type 5,
 * hardware 6, direction 1, granularity 2, optional subheader 1 */
enum decode_reason erspan_three(struct walk *w, struct reader *r)
{
	uint32_t head = rd_u32(r), flags;

	rd_skip(r, 4);
	flags = rd_u32(r);
	if (flags & 1)
		rd_skip(r, 8);
	if (!rd_ok(r))
		return walk_failed(r);
	if (head >> 28 != 2)
		return DECODE_MALFORMED;
	if (!tunnel_push_id(w, TUNNEL_ERSPAN, head & 0x3ff))
		return DECODE_DEPTH;
	return (flags >> 10 & 0x1f) == 2 ? link_raw(w, r)
					 : link_ethernet(w, r);
}

/* Type I: no header of its own, known by GRE's missing sequence number. */
enum decode_reason erspan_bare(struct walk *w, struct reader *r)
{
	if (!tunnel_push(w, TUNNEL_ERSPAN))
		return DECODE_DEPTH;
	return link_ethernet(w, r);
}

/* WCCP version 2 has four bytes before the IP header, version 1 none. */
enum decode_reason wccp_decode(struct walk *w, struct reader *r)
{
	if (rd_peek8(r) >> 4 != 4)
		rd_skip(r, 4);
	return ip_v4(w, r);
}

/* RFC 1701: source routes, ended by an empty one */
static void gre_skip_routes(struct reader *r)
{
	while (rd_more(r)) {
		uint16_t family = rd_u16(r);
		uint8_t len;

		rd_skip(r, 1);
		len = rd_u8(r);
		rd_skip(r, len);
		if (family == 0 && len == 0)
			break;
	}
}

/* RFC 2637 4.1: the key is the payload's length and the call id */
static enum decode_reason gre_pptp(struct walk *w, struct reader *r,
				   uint16_t flags)
{
	uint32_t key = rd_u32(r);
	struct tunnel *t;
	struct reader in;

	if (flags & GRE_SEQUENCE)
		rd_skip(r, 4);
	if (flags & GRE_ACK)
		rd_skip(r, 4);
	if (!rd_ok(r))
		return walk_failed(r);
	if (!(flags & GRE_SEQUENCE) || key >> 16 == 0)
		return DECODE_NOT_TCP_UDP; /* a bare acknowledgement */
	t = tunnel_push_id(w, TUNNEL_GRE, key & 0xffff);
	if (!t)
		return DECODE_DEPTH;
	t->in_key = false; /* each side has chosen one */
	in = walk_sub(w, r, key >> 16);
	return link_ppp(w, &in);
}

/* MikroTik's: version 1, too; length, tunnel's id (little endian), Ethernet */
static enum decode_reason gre_eoip(struct walk *w, struct reader *r)
{
	size_t len = rd_u16(r);
	uint16_t id = rd_le16(r);
	struct reader in;

	if (!rd_ok(r))
		return walk_failed(r);
	if (len == 0) /* a keepalive */
		return DECODE_NOT_TCP_UDP;
	if (!tunnel_push_id(w, TUNNEL_GRE, id))
		return DECODE_DEPTH;
	in = walk_sub(w, r, len);
	return link_ethernet(w, &in);
}

/* Over GRE, Cisco's metadata begin with the ethertype that they have at their
 * end over Ethernet: type 2, version 1, length in words 1, options. */
static enum decode_reason gre_cisco_metadata(struct walk *w, struct reader *r)
{
	uint16_t type = rd_u16(r);
	uint8_t len;

	rd_skip(r, 1);
	len = rd_u8(r);
	rd_skip(r, len * (size_t)4);
	return rd_ok(r) ? ethertype_decode(w, r, type) : walk_failed(r);
}

/* Which tunnel this is, by what the header has and says it carries. */
static bool gre_push(struct walk *w, uint16_t flags, uint16_t protocol,
		     uint32_t key)
{
	const uint16_t nvgre = GRE_CHECKSUM | GRE_SEQUENCE | GRE_KEY;
	uint32_t subnet = key >> 8;

	if (protocol == PROTO_ERSPAN || protocol == PROTO_ERSPAN_THREE)
		return true; /* they tell their own */
	/* RFC 7637 3.2: key and nothing else; the lowest 8 bits vary */
	if (protocol == PROTO_ETHERNET && (flags & nvgre) == GRE_KEY &&
	    subnet >= NVGRE_LEAST)
		return tunnel_push_id(w, TUNNEL_NVGRE, subnet) != NULL;
	if (flags & GRE_KEY)
		return tunnel_push_id(w, TUNNEL_GRE, key) != NULL;
	return tunnel_push(w, TUNNEL_GRE) != NULL;
}

enum decode_reason gre_decode(struct walk *w, struct reader *r)
{
	uint16_t flags = rd_u16(r), protocol = rd_u16(r);
	uint32_t key = 0;

	if (!rd_ok(r))
		return walk_failed(r);
	if ((flags & GRE_VERSION) == 1 && protocol == PROTO_PPP)
		return gre_pptp(w, r, flags);
	if ((flags & GRE_VERSION) == 1 && protocol == PROTO_EOIP)
		return gre_eoip(w, r);
	if (flags & GRE_VERSION)
		return DECODE_NOT_TCP_UDP;
	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		rd_skip(r, 4);
	if (flags & GRE_KEY)
		key = rd_u32(r);
	if (flags & GRE_SEQUENCE)
		rd_skip(r, 4);
	if (flags & GRE_ROUTING)
		gre_skip_routes(r);
	if (!rd_ok(r))
		return walk_failed(r);
	if (protocol == 0) /* a keepalive */
		return DECODE_NOT_TCP_UDP;
	if (!gre_push(w, flags, protocol, key))
		return DECODE_DEPTH;
	if (protocol == PROTO_ERSPAN && (flags & GRE_SEQUENCE))
		return erspan_two(w, r);
	if (protocol == PROTO_CISCO_METADATA)
		return gre_cisco_metadata(w, r);
	if ((protocol & 0xff0f) == PROTO_ARUBA)
		return wifi_frame(w, r);
	return ethertype_decode(w, r, protocol);
}
