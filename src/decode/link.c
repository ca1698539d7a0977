/* link.c: the outermost header, one row for each link type of capture files
 * (the registry of draft-ietf-opsawg-pcaplinktype). */
#include "base/linktype.h"
#include "decode/geneve.h"
#include "decode/link_ppp.h"
#include "decode/link_rare.h"
#include "decode/udp_tunnel.h"
#include "decode/walk.h"
#include "decode/wifi.h"

/* ARPHRD_* of <linux/if_arp.h>, in SLL headers */
#define ARPHRD_GRE	778
#define ARPHRD_NETLINK	824
#define ARPHRD_RADIOTAP 803

/* IEEE 802.3 */
enum decode_reason link_ethernet(struct walk *w, struct reader *r)
{
	uint16_t type;

	if (!walk_enter(w))
		return DECODE_DEPTH;
	rd_skip(r, 12);
	type = rd_u16(r);
	if (!rd_ok(r))
		return walk_failed(r);
	return ethertype_decode(w, r, type);
}

/* IPv4 or IPv6, told apart by the version alone. */
enum decode_reason link_raw(struct walk *w, struct reader *r)
{
	uint8_t version = rd_peek8(r) >> 4;

	if (!rd_ok(r))
		return walk_failed(r);
	if (version == 4)
		return ip_v4(w, r);
	if (version == 6)
		return ip_v6(w, r);
	return DECODE_MALFORMED;
}

/* The address family of some BSD, Linux or Windows; their IPv6 differ. */
enum decode_reason link_family(struct walk *w, struct reader *r,
			       uint32_t family)
{
	switch (family) {
	case 2:
		return ip_v4(w, r);
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return ip_v6(w, r);
	default:
		return DECODE_NOT_IP;
	}
}

/* The family in the byte order of whoever captured. */
static enum decode_reason link_null(struct walk *w, struct reader *r)
{
	uint32_t family = rd_u32(r);

	if (!rd_ok(r))
		return walk_failed(r);
	/* seen in the wild, from tools that rewrite captures: Cisco HDLC */
	if ((family & 0x7fff0000) == 0x0f000000)
		return ethertype_decode(w, r, family & 0xffff);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	return link_family(w, r, family);
}

/* Linux cooked capture: type 2, hardware 2, address 2 + 8, protocol 2 */
static enum decode_reason link_cooked(struct walk *w, struct reader *r,
				      uint16_t hardware, uint16_t protocol)
{
	if (!rd_ok(r))
		return walk_failed(r);
	if (hardware == ARPHRD_NETLINK)
		return DECODE_NOT_IP;
	if (hardware == ARPHRD_RADIOTAP)
		return wifi_radiotap(w, r);
	/* 4: LLC; 1: Novell's raw 802.3; a GRE device tells GRE's protocol,
	 * which are ethertypes too */
	if (protocol == 4)
		return link_llc(w, r);
	if (protocol == 1)
		return DECODE_NOT_IP;
	return ethertype_decode(w, r, protocol);
}

static enum decode_reason link_sll(struct walk *w, struct reader *r)
{
	uint16_t hardware, protocol;

	rd_skip(r, 2);
	hardware = rd_u16(r);
	rd_skip(r, 2 + 8);
	protocol = rd_u16(r);
	return link_cooked(w, r, hardware, protocol);
}

static enum decode_reason link_sll2(struct walk *w, struct reader *r)
{
	uint16_t hardware, protocol;

	protocol = rd_u16(r);
	rd_skip(r, 2 + 4);
	hardware = rd_u16(r);
	rd_skip(r, 2 + 8);
	return link_cooked(w, r, hardware, protocol);
}

/* family 1, version 1, resource 2, then attributes; 9 is the packet. */
static enum decode_reason link_nflog(struct walk *w, struct reader *r)
{
	enum { NFULA_PAYLOAD = 9 };

	rd_skip(r, 4);
	for (unsigned i = 0; rd_more(r); i++) {
		uint16_t len = rd_le16(r), type = rd_le16(r);
		struct reader value;

		if (i == LIMIT_NFLOG_ATTRIBUTES)
			return DECODE_DEPTH;
		/* the lengths are in the byte order of whoever captured */
		if (type & 0xff00 || len < 4) {
			len = __builtin_bswap16(len);
			type = __builtin_bswap16(type);
		}
		if (rd_ok(r) && len < 4)
			return DECODE_MALFORMED;
		if (type == NFULA_PAYLOAD) {
			value = walk_sub(w, r, len - 4u);
			return link_raw(w, &value);
		}
		rd_skip(r, ((len + 3u) & ~3u) - 4u);
	}
	if (!rd_ok(r))
		return walk_failed(r);
	return walk_left(w, r) > 0 ? DECODE_CUT : DECODE_NOT_IP;
}

static const struct link_row {
	int linktype;
	decode_fn *decode;
} link_rows[] = {
	{ LINKTYPE_ETHERNET, link_ethernet },
	{ LINKTYPE_LINUX_SLL, link_sll },
	{ LINKTYPE_LINUX_SLL2, link_sll2 },
	{ LINKTYPE_RAW, link_raw },
	{ DLT_RAW_LINUX, link_raw },
	{ DLT_RAW_OPENBSD, link_raw },
	{ LINKTYPE_IPV4, ip_v4 },
	{ LINKTYPE_IPV6, ip_v6 },
	{ LINKTYPE_NULL, link_null },
	{ LINKTYPE_LOOP, link_null },
	{ LINKTYPE_PPP, link_ppp },
	{ LINKTYPE_PPP_HDLC, link_ppp_hdlc },
	{ LINKTYPE_C_HDLC, link_c_hdlc },
	{ LINKTYPE_PPP_ETHER, link_pppoe },
	{ LINKTYPE_IEEE802_11, wifi_frame },
	{ LINKTYPE_IEEE802_11_RADIOTAP, wifi_radiotap },
	{ LINKTYPE_PPI, wifi_ppi },
	{ LINKTYPE_NFLOG, link_nflog },
	{ LINKTYPE_PKTAP, link_pktap },
	{ LINKTYPE_PFLOG, link_pflog },
	{ LINKTYPE_ENC, link_enc },
	{ LINKTYPE_FRELAY, link_frame_relay },
	{ LINKTYPE_PPP_WITH_DIR, link_directed_ppp },
	{ LINKTYPE_C_HDLC_WITH_DIR, link_directed_hdlc },
	{ LINKTYPE_FRELAY_WITH_DIR, link_directed_frame_relay },
	{ LINKTYPE_IEEE802_11_PRISM, link_prism },
	{ LINKTYPE_IEEE802_11_AVS, link_avs },
	{ LINKTYPE_ERF, link_erf },
	{ LINKTYPE_ATM_RFC1483, link_llc },
	{ LINKTYPE_SUNATM, link_sunatm },
	{ LINKTYPE_IEEE802_5, link_token_ring },
	{ LINKTYPE_FDDI, link_fddi },
	{ LINKTYPE_IPOIB, link_ip_over_infiniband },
	{ LINKTYPE_MIRROR_VXLAN, vxlan_decode },
	{ LINKTYPE_MIRROR_GENEVE, geneve_decode },
};

bool decode_knows(int linktype)
{
	for (size_t i = 0; i < sizeof link_rows / sizeof *link_rows; i++)
		if (link_rows[i].linktype == linktype)
			return true;
	return false;
}

enum decode_reason link_decode(struct walk *w, struct reader *r, int linktype)
{
	enum decode_reason reason;

	if (linktype == LINKTYPE_ETHERNET)
		return link_ethernet(w, r);
	for (size_t i = 0; i < sizeof link_rows / sizeof *link_rows; i++) {
		if (link_rows[i].linktype != linktype)
			continue;
		reason = link_rows[i].decode(w, r);
		return reason == DECODE_NOT_MINE ? DECODE_MALFORMED : reason;
	}
	return DECODE_LINKTYPE;
}
