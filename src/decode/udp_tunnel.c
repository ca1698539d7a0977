/*
 * udp_tunnel.c: which UDP datagrams are tunnels, one row each; and the small
 * ones: Teredo (RFC 4380), GTP-U (3GPP TS 29.281), TZSP.
 *
 * A port proves nothing. Each function looks hard at its header, and says
 * DECODE_NOT_MINE where it does not fit; what is inside must be sound, too.
 */
#include "decode/udp_tunnel.h"

#include "base/linktype.h"
#include "decode/capwap.h"
#include "decode/l2tp.h"
#include "decode/mpls.h"
#include "decode/wifi.h"

/* RFC 4380 5.1.1: authentication, origin, then IPv6 */
static enum decode_reason teredo_decode(struct walk *w, struct reader *r)
{
	struct reader at = *r;
	uint16_t head = rd_u16(&at);

	if (rd_ok(&at) && head == 1) {
		/* client id and authentication, lengths first; nonce 8,
		 * confirmation 1 */
		size_t ids = rd_u8(&at);

		ids += rd_u8(&at);
		rd_skip(&at, ids + 8 + 1);
		*r = at;
		head = rd_u16(&at);
	}
	if (rd_ok(&at) && head == 0) {
		rd_skip(&at, 2 + 4);
		*r = at;
	}
	if (!rd_ok(&at) || rd_peek8(r) >> 4 != 6)
		return DECODE_NOT_MINE;
	if (!tunnel_push(w, TUNNEL_TEREDO))
		return DECODE_DEPTH;
	return ip_v6(w, r);
}

/* TS 29.281 5.2: extension headers: length in words, contents, next type */
static void gtpu_extensions(struct reader *r, uint8_t next)
{
	while (next != 0 && rd_ok(r)) {
		size_t len = rd_u8(r) * (size_t)4;

		if (rd_ok(r) && len == 0)
			rd_reject(r);
		if (rd_ok(r))
			rd_skip(r, len - 2);
		next = rd_u8(r);
	}
}

/* TS 29.281 5.1: version 3 bits, PT, spare, E, S, PN; type; length; TEID */
static enum decode_reason gtpu_decode(struct walk *w, struct reader *r)
{
	enum { FLAG_E = 4, FLAGS_OPTIONAL = 7, TYPE_GPDU = 255 };
	uint8_t flags = rd_u8(r), type = rd_u8(r), next;
	size_t len = rd_u16(r);
	uint32_t teid = rd_u32(r);
	struct reader in;

	if (!rd_ok(r) || flags >> 4 != 3 || type != TYPE_GPDU ||
	    len > walk_left(w, r))
		return DECODE_NOT_MINE;
	in = walk_sub(w, r, len);
	if (flags & FLAGS_OPTIONAL) {
		rd_skip(&in, 3);
		next = rd_u8(&in);
		if (flags & FLAG_E)
			gtpu_extensions(&in, next);
	}
	if (!rd_ok(&in))
		return in.state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	if (!tunnel_push_id(w, TUNNEL_GTPU, teid))
		return DECODE_DEPTH;
	/* 5G carries Ethernet, too (TS 23.501 5.6.10.2) */
	if (rd_peek8(&in) >> 4 != 4 && rd_peek8(&in) >> 4 != 6)
		return ethernet_is_likely(&in, 0) ? link_ethernet(w, &in)
						  : DECODE_NOT_MINE;
	return link_raw(w, &in);
}

/* version 1, type 1, protocol 2, tagged fields up to an END */
static enum decode_reason tzsp_decode(struct walk *w, struct reader *r)
{
	enum { TYPE_RECEIVED = 0, TYPE_TRANSMIT = 1, PROTO_ETHERNET = 1,
	       PROTO_WIFI = 18, TAG_PADDING = 0, TAG_END = 1 };
	uint8_t version = rd_u8(r), type = rd_u8(r), tag = TAG_PADDING;
	uint16_t protocol = rd_u16(r);

	if (!rd_ok(r) || version != 1 || type > TYPE_TRANSMIT)
		return DECODE_NOT_MINE;
	while (rd_more(r) && tag != TAG_END) {
		tag = rd_u8(r);
		if (tag != TAG_PADDING && tag != TAG_END)
			rd_skip(r, rd_u8(r));
	}
	if (!rd_ok(r) || tag != TAG_END)
		return r->state == RD_SHORT ? DECODE_CUT : DECODE_NOT_MINE;
	if (!tunnel_push(w, TUNNEL_TZSP))
		return DECODE_DEPTH;
	if (protocol == PROTO_ETHERNET)
		return link_ethernet(w, r);
	return protocol == PROTO_WIFI ? wifi_frame(w, r) : DECODE_NOT_MINE;
}

/* Whose port must be the tunnel's: where the source port is a hash of the
 * inner flow, only the destination's. */
static const struct udp_row {
	uint16_t port;
	bool dst_only;
	decode_fn *decode;
} udp_rows[] = {
	{ 4789, true, vxlan_decode },
	{ 8472, true, vxlan_decode }, /* Linux before it was assigned */
	{ 4790, true, vxlan_gpe_decode },
	{ 6081, true, geneve_decode },
	{ 2152, false, gtpu_decode },
	{ 3544, false, teredo_decode },
	{ 1701, false, l2tp_udp },
	{ 5246, false, capwap_dtls },
	{ 5247, false, capwap_decode },
	{ 37008, true, tzsp_decode },
	{ 6635, true, mpls_decode }, /* RFC 7510 */
	{ 4341, true, lisp_decode },
	{ 4754, true, gre_udp },
	{ 5072, false, ayiya_decode },
	{ 6080, true, gue_decode },
};

static void ports_note(struct decoder *d, uint16_t port)
{
	d->udp_ports[port / 64] |= UINT64_C(1) << (port % 64);
}

void udp_tunnel_ports(struct decoder *d)
{
	const struct decode_config *c = &d->config;

	for (size_t i = 0; i < sizeof udp_rows / sizeof *udp_rows; i++)
		ports_note(d, udp_rows[i].port);
	for (size_t i = 0; i < LIMIT_TUNNEL_PORTS && c->vxlan_ports[i]; i++)
		ports_note(d, c->vxlan_ports[i]);
	for (size_t i = 0; i < LIMIT_TUNNEL_PORTS && c->geneve_ports[i]; i++)
		ports_note(d, c->geneve_ports[i]);
	for (size_t i = 0; i < LIMIT_TUNNEL_PORTS && c->gtpu_ports[i]; i++)
		ports_note(d, c->gtpu_ports[i]);
}

static bool ports_have(const uint16_t ports[static LIMIT_TUNNEL_PORTS],
		       uint16_t port)
{
	for (size_t i = 0; i < LIMIT_TUNNEL_PORTS && ports[i]; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static decode_fn *udp_tunnel_find(const struct walk *w)
{
	const struct decode_config *c = &w->d->config;
	uint16_t src = w->out->src.port, dst = w->out->dst.port;

	if (ports_have(c->vxlan_ports, dst))
		return vxlan_decode;
	if (ports_have(c->geneve_ports, dst))
		return geneve_decode;
	if (ports_have(c->gtpu_ports, dst) || ports_have(c->gtpu_ports, src))
		return gtpu_decode;
	for (size_t i = 0; i < sizeof udp_rows / sizeof *udp_rows; i++)
		if (udp_rows[i].port == dst ||
		    (!udp_rows[i].dst_only && udp_rows[i].port == src))
			return udp_rows[i].decode;
	return NULL;
}

enum decode_reason udp_tunnel_decode(struct walk *w, struct reader *r)
{
	struct packet *out = w->out;
	const struct endpoint src = out->src, dst = out->dst;
	const struct bytes ip = out->ip;
	const uint8_t num_tunnels = out->num_tunnels;
	const struct walk before = *w;
	struct reader in = *r;
	decode_fn *decode = udp_tunnel_find(w);
	enum decode_reason reason = DECODE_NOT_MINE;

	if (decode && walk_enter(w))
		reason = decode(w, &in);
	if (reason != DECODE_NOT_MINE && reason != DECODE_MALFORMED)
		return reason;
	*w = before;
	out->src = src;
	out->dst = dst;
	out->ip = ip;
	out->num_tunnels = num_tunnels;
	return DECODE_NOT_MINE;
}
