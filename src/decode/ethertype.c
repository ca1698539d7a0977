/* ethertype.c: what follows a link header, one row for each ethertype, and the
 * small headers between that and IP: VLAN tags, Cisco's, LLC. */
#include "decode/gre.h"
#include "decode/link_ppp.h"
#include "decode/link_rare.h"
#include "decode/mpls.h"
#include "decode/nsh.h"
#include "decode/walk.h"

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	/* IEEE 802.3: below, the field is a length */
	ETHERTYPE_LEAST = 0x0600,
};

/* An ethertype after some bytes that say nothing to us. */
static enum decode_reason type_behind(struct walk *w, struct reader *r,
				      size_t skip)
{
	uint16_t type;

	rd_skip(r, skip);
	type = rd_u16(r);
	if (!rd_ok(r))
		return walk_failed(r);
	return ethertype_decode(w, r, type);
}

/* IEEE 802.1Q 9.6: priority 3, drop 1, VLAN id 12; then what it tags */
static enum decode_reason type_vlan(struct walk *w, struct reader *r)
{
	uint16_t tag = rd_u16(r), type = rd_u16(r);

	if (!rd_ok(r))
		return walk_failed(r);
	if (!tunnel_push_id(w, TUNNEL_VLAN, tag & 0xfff))
		return DECODE_DEPTH;
	return ethertype_decode(w, r, type);
}

/* Cisco MetaData (security group tags): version 1, length in words 1, then
 * as many options of four bytes. Seen in the wild: both zero. */
static enum decode_reason type_cisco_metadata(struct walk *w, struct reader *r)
{
	uint8_t len;

	rd_skip(r, 1);
	len = rd_u8(r);
	return type_behind(w, r, len ? len * (size_t)4 : 4);
}

/* VN-Tag (4 bytes in all) and the E-TAG of IEEE 802.1BR (6) */
static enum decode_reason type_vntag(struct walk *w, struct reader *r)
{
	return type_behind(w, r, 4);
}

static enum decode_reason type_etag(struct walk *w, struct reader *r)
{
	return type_behind(w, r, 6);
}

/* IEEE 802.1ah: an I-TAG, then the customer's frame */
static enum decode_reason type_backbone(struct walk *w, struct reader *r)
{
	rd_skip(r, 4);
	return link_ethernet(w, r);
}

/* IEEE 802.1AE 9.4: with the E bit clear it is only signed. */
static enum decode_reason type_macsec(struct walk *w, struct reader *r)
{
	enum { TCI_SCI = 0x20, TCI_ENCRYPTED = 0x08, TCI_CHANGED = 0x04 };
	uint8_t tci = rd_u8(r);

	if (!rd_ok(r))
		return walk_failed(r);
	if (tci & (TCI_ENCRYPTED | TCI_CHANGED))
		return DECODE_ENCRYPTED;
	return type_behind(w, r, 1 + 4 + (tci & TCI_SCI ? 8 : 0));
}

enum decode_reason link_snap(struct walk *w, struct reader *r)
{
	uint32_t oui = rd_u24(r);
	uint16_t type = rd_u16(r);

	if (!rd_ok(r))
		return walk_failed(r);
	switch (oui) {
	case 0x000000: /* RFC 1042 */
	case 0x0000f8: /* bridged, IEEE 802.1H */
		return ethertype_decode(w, r, type);
	case 0x0080c2: /* RFC 2684 5.2: bridged Ethernet */
		if (type != 0x0001 && type != 0x0007)
			return DECODE_NOT_IP;
		return link_ethernet(w, r);
	default:
		return DECODE_NOT_IP;
	}
}

/* IEEE 802.2: DSAP, SSAP, control; AA AA 03 is SNAP */
enum decode_reason link_llc(struct walk *w, struct reader *r)
{
	uint32_t llc = rd_u24(r);

	if (!rd_ok(r))
		return walk_failed(r);
	if (llc == 0x060603) /* RFC 948 */
		return ip_v4(w, r);
	return llc == 0xaaaa03 ? link_snap(w, r) : DECODE_NOT_IP;
}

static enum decode_reason type_not_ip(struct walk *w, struct reader *r)
{
	(void)w;
	(void)r;
	return DECODE_NOT_IP;
}

static const struct ethertype_row {
	uint16_t type;
	decode_fn *decode;
} ethertype_rows[] = {
	{ 0x8100, type_vlan }, /* 802.1Q */
	{ 0x88a8, type_vlan }, /* 802.1ad */
	{ 0x9100, type_vlan }, /* before 802.1ad */
	{ 0x9200, type_vlan },
	{ 0x9300, type_vlan },
	{ 0x8847, mpls_decode },
	{ 0x8848, mpls_decode },
	{ 0x8864, link_pppoe },
	{ 0x8863, type_not_ip }, /* PPPoE discovery */
	{ 0x880b, link_ppp },	 /* GRE, some switches */
	{ 0x6558, link_ethernet },
	{ 0x8870, link_llc }, /* IEEE 802.1AC: LLC in jumbo frames */
	{ 0x8909, type_cisco_metadata },
	{ 0x8926, type_vntag },
	{ 0x893f, type_etag },
	{ 0x88e7, type_backbone },
	{ 0x88e5, type_macsec },
	{ 0x894f, nsh_decode },
	{ 0x88be, erspan_bare },
	{ 0x22eb, erspan_three },
	{ 0x883e, wccp_decode },
	{ 0x6559, link_frame_relay }, /* over GRE */
};

enum decode_reason ethertype_decode(struct walk *w, struct reader *r,
				    uint16_t type)
{
	struct reader in;

	if (type == ETHERTYPE_IPV4)
		return ip_v4(w, r);
	if (type == ETHERTYPE_IPV6)
		return ip_v6(w, r);
	if (!walk_enter(w))
		return DECODE_DEPTH;
	if (type < ETHERTYPE_LEAST) {
		/* the length leaves out padding */
		in = type < walk_left(w, r) ? walk_sub(w, r, type) : *r;
		return link_llc(w, &in);
	}
	for (size_t i = 0; i < sizeof ethertype_rows / sizeof *ethertype_rows;
	     i++)
		if (ethertype_rows[i].type == type)
			return ethertype_rows[i].decode(w, r);
	return DECODE_NOT_IP;
}

bool ethernet_is_likely(const struct reader *r, size_t skip)
{
	struct reader at = *r;

	rd_skip(&at, skip + 12);
	switch (rd_u16(&at)) {
	case ETHERTYPE_IPV4:
		return rd_peek8(&at) >> 4 == 4;
	case ETHERTYPE_IPV6:
		return rd_peek8(&at) >> 4 == 6;
	case 0x0806: /* ARP */
	case 0x8100:
	case 0x88a8:
	case 0x8847:
	case 0x88cc: /* LLDP */
		return true;
	default:
		return false;
	}
}
