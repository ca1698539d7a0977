/*
 * link_rare.c: link types that few taps give (the registry of
 * draft-ietf-opsawg-pcaplinktype): what capturing on macOS and the BSDs' packet
 * filters and IPsec devices makes, old 802.11 headers, Endace cards, WAN links.
 */
#include "decode/link_rare.h"

#include "base/linktype.h"
#include "decode/link_ppp.h"
#include "decode/wifi.h"

/* Little endian: header's length, type of the record, link type inside ... */
enum decode_reason link_pktap(struct walk *w, struct reader *r)
{
	enum { HEADER_LEAST = 12, RECORD_PACKET = 1 };
	uint32_t len = rd_le32(r), type = rd_le32(r), inner = rd_le32(r);

	if (!rd_ok(r))
		return walk_failed(r);
	if (len < HEADER_LEAST || inner == LINKTYPE_PKTAP || !walk_enter(w))
		return DECODE_MALFORMED;
	if (type != RECORD_PACKET)
		return DECODE_NOT_IP;
	rd_skip(r, len - HEADER_LEAST);
	return rd_ok(r) ? link_decode(w, r, (int)(inner & 0xffff))
			: walk_failed(r);
}

/* OpenBSD's pf: its length (padded to four), the address family ... */
enum decode_reason link_pflog(struct walk *w, struct reader *r)
{
	size_t len = rd_u8(r);
	uint8_t family = rd_u8(r);

	if (rd_ok(r) && len < 4)
		return DECODE_MALFORMED;
	rd_skip(r, ((len + 3) & ~(size_t)3) - 2);
	return rd_ok(r) ? link_family(w, r, family) : walk_failed(r);
}

/* The BSDs' enc devices: family in the host's order, SPI, flags */
enum decode_reason link_enc(struct walk *w, struct reader *r)
{
	uint32_t family = rd_u32(r);

	rd_skip(r, 8);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	return rd_ok(r) ? link_family(w, r, family) : walk_failed(r);
}

/* Q.922 address: the lowest bit marks its last byte; then RFC 2427's control
 * and NLPID, or Cisco's: an ethertype. */
enum decode_reason link_frame_relay(struct walk *w, struct reader *r)
{
	enum {
		CONTROL = 0x03,
		PAD = 0,
		IPV4 = 0xcc,
		IPV6 = 0x8e,
		SNAP_LEN = 5,
		SNAP = 0x80
	};
	uint8_t last = rd_u8(r), nlpid;

	for (unsigned i = 0; i < 3 && rd_ok(r) && !(last & 1); i++)
		last = rd_u8(r);
	if (rd_ok(r) && !(last & 1))
		return DECODE_MALFORMED;
	if (rd_peek8(r) != CONTROL) {
		uint16_t type = rd_u16(r);

		return rd_ok(r) ? ethertype_decode(w, r, type) : walk_failed(r);
	}
	rd_skip(r, 1);
	nlpid = rd_u8(r);
	if (nlpid == PAD)
		nlpid = rd_u8(r);
	if (!rd_ok(r))
		return walk_failed(r);
	if (nlpid == IPV4)
		return ip_v4(w, r);
	if (nlpid == IPV6)
		return ip_v6(w, r);
	return nlpid == SNAP ? link_snap(w, r) : DECODE_NOT_IP;
}

enum decode_reason link_directed_ppp(struct walk *w, struct reader *r)
{
	rd_skip(r, 1);
	return link_ppp(w, r);
}

enum decode_reason link_directed_hdlc(struct walk *w, struct reader *r)
{
	rd_skip(r, 1);
	return link_c_hdlc(w, r);
}

enum decode_reason link_directed_frame_relay(struct walk *w, struct reader *r)
{
	rd_skip(r, 1);
	return link_frame_relay(w, r);
}

/* linux-wlan: version 0x80211001 or 2, length; big endian */
enum decode_reason link_avs(struct walk *w, struct reader *r)
{
	uint32_t version = rd_u32(r), len = rd_u32(r);

	if (rd_ok(r) && (version >> 4 != 0x8021100 || len < 8))
		return DECODE_MALFORMED;
	rd_skip(r, rd_ok(r) ? len - 8 : 0);
	return rd_ok(r) ? wifi_frame(w, r) : walk_failed(r);
}

/* Message code and length in the host's order; some devices of this type give
 * AVS headers (tcpdump.org, LINKTYPE_IEEE802_11_PRISM). */
enum decode_reason link_prism(struct walk *w, struct reader *r)
{
	struct reader avs = *r;
	uint32_t code = rd_u32(r), len = rd_u32(r);

	if (code >> 4 == 0x8021100)
		return link_avs(w, &avs);
	if (len > 0xffff)
		len = __builtin_bswap32(len);
	if (rd_ok(r) && len < 8)
		return DECODE_MALFORMED;
	rd_skip(r, rd_ok(r) ? len - 8 : 0);
	return rd_ok(r) ? wifi_frame(w, r) : walk_failed(r);
}

/* Endace's records: time 8, type 1, flags 1, length 2, lost 2, length on the
 * wire 2; headers of 8 while the type's top bit is set; Ethernet has 2 more. */
enum decode_reason link_erf(struct walk *w, struct reader *r)
{
	enum {
		MORE = 0x80,
		ETH = 2,
		COLOUR_ETH = 11,
		DSM_ETH = 16,
		COLOUR_HASH_ETH = 20,
		IPV4 = 22,
		IPV6 = 23
	};
	uint8_t type, more;

	rd_skip(r, 8);
	more = type = rd_u8(r);
	rd_skip(r, 7);
	while (rd_ok(r) && more & MORE) {
		more = rd_u8(r);
		rd_skip(r, 7);
	}
	if (!rd_ok(r))
		return walk_failed(r);
	switch (type & ~MORE) {
	case ETH:
	case COLOUR_ETH:
	case DSM_ETH:
	case COLOUR_HASH_ETH:
		rd_skip(r, 2);
		return link_ethernet(w, r);
	case IPV4:
		return ip_v4(w, r);
	case IPV6:
		return ip_v6(w, r);
	default:
		return DECODE_NOT_IP;
	}
}

/* A global routing header, then an ethertype and two reserved bytes */
enum decode_reason link_ip_over_infiniband(struct walk *w, struct reader *r)
{
	uint16_t type;

	rd_skip(r, 40);
	type = rd_u16(r);
	rd_skip(r, 2);
	return rd_ok(r) ? ethertype_decode(w, r, type) : walk_failed(r);
}

/* IEEE 802.5: control 2, addresses; the source's top bit: a route follows,
 * whose first byte's lower five bits are its length */
enum decode_reason link_token_ring(struct walk *w, struct reader *r)
{
	uint8_t source, route;

	rd_skip(r, 2 + 6);
	source = rd_u8(r);
	rd_skip(r, 5);
	if (source & 0x80) {
		route = rd_peek8(r) & 0x1f;
		if (rd_ok(r) && rd_more(r) && route < 2)
			return DECODE_MALFORMED;
		rd_skip(r, route);
	}
	return rd_ok(r) ? link_llc(w, r) : walk_failed(r);
}

enum decode_reason link_fddi(struct walk *w, struct reader *r)
{
	rd_skip(r, 1 + 12); /* control, addresses */
	return rd_ok(r) ? link_llc(w, r) : walk_failed(r);
}

/* SunATM: direction and protocol, VPI, VCI; 2 is LLC (RFC 2684) */
enum decode_reason link_sunatm(struct walk *w, struct reader *r)
{
	enum { PROTOCOL = 0x0f, LLC = 2 };
	uint8_t flags = rd_u8(r);

	rd_skip(r, 3);
	if (!rd_ok(r))
		return walk_failed(r);
	return (flags & PROTOCOL) == LLC ? link_llc(w, r) : DECODE_NOT_IP;
}
