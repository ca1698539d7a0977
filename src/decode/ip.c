/* ip.c: IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers, AH
 * (RFC 4302), and what they carry: one row for each protocol number. */
#include "decode/fragment.h"
#include "decode/gre.h"
#include "decode/l2tp.h"
#include "decode/mpls.h"
#include "decode/walk.h"

/* protocol numbers of IANA that need a name here */
enum {
	PROTO_HOPOPT = 0,
	PROTO_FRAGMENT = 44,
};

/* Hands a fragment over; goes on where its datagram is complete. */
static enum decode_reason ip_fragment(struct walk *w, const struct fragment *f)
{
	struct fragment_whole whole;
	enum decode_reason reason;
	struct reader r;

	reason = fragment_add(w, f, &whole);
	if (reason != DECODE_OK)
		return reason;
	r = rd_whole(whole.datagram);
	rd_skip(&r, whole.header_len);
	w->end = whole.datagram.len;
	w->out->ip = whole.datagram;
	w->ip_len = whole.datagram.len;
	return ip_protocol(w, &r, whole.protocol);
}

static enum decode_reason ip_v4_fragment(struct walk *w, struct reader *r,
					 struct bytes header, uint32_t id_flags,
					 uint8_t protocol)
{
	struct fragment f = {
		.id = id_flags >> 16,
		.space = protocol,
		.protocol = protocol,
		.offset = (id_flags & 0x1fff) * 8,
		.more = (id_flags & 0x2000) != 0,
		.header = header,
		.len = walk_left(w, r),
	};

	/* of a first fragment that was cut, at least use what there is */
	if (f.offset == 0 && rd_left(r).len < f.len)
		return ip_protocol(w, r, protocol);
	f.data = rd_rest(r);
	return ip_fragment(w, &f);
}

enum decode_reason ip_v4(struct walk *w, struct reader *r)
{
	struct bytes all = rd_left(r), src, dst;
	struct reader in = *r;
	uint32_t head, id_flags;
	size_t header_len, total;
	uint8_t protocol;

	if (!walk_enter(w))
		return DECODE_DEPTH;
	total = walk_left(w, r);
	head = rd_u32(r);
	id_flags = rd_u32(r);
	protocol = (uint8_t)(rd_u32(r) >> 16);
	src = rd_bytes(r, 4);
	dst = rd_bytes(r, 4);
	if (!rd_ok(r))
		return walk_failed(r);
	header_len = (head >> 24 & 0xf) * 4;
	/* 0: the sender's card was to cut it up (segmentation offload) */
	if (head & 0xffff)
		total = head & 0xffff;
	/* seen in the wild: an ethertype or family of IPv4 before IPv6 */
	if (head >> 28 == 6)
		return ip_v6(w, &in);
	if (head >> 28 != 4 || header_len < 20 || total < header_len)
		return DECODE_MALFORMED;
	in = walk_sub(w, r, total - 20);
	rd_skip(&in, header_len - 20);
	if (!rd_ok(&in))
		return walk_failed(&in);
	w->out->src.addr = addr_v4(src.p);
	w->out->dst.addr = addr_v4(dst.p);
	w->out->ip = bytes_head(all, total);
	w->ip_len = total;
	if (id_flags & 0x3fff)
		return ip_v4_fragment(w, &in, bytes_head(all, header_len),
				      id_flags, protocol);
	return ip_protocol(w, &in, protocol);
}

/* RFC 8200 4.5: next header 1, reserved 1, offset and M 2, identification 4 */
static enum decode_reason ip_v6_fragment(struct walk *w, struct reader *r)
{
	struct fragment f = { .space = FRAGMENT_V6 };
	uint16_t offset;

	f.protocol = rd_u8(r);
	rd_skip(r, 1);
	offset = rd_u16(r);
	f.id = rd_u32(r);
	if (!rd_ok(r))
		return walk_failed(r);
	f.offset = offset & 0xfff8;
	f.more = (offset & 1) != 0;
	f.len = walk_left(w, r);
	/* RFC 6946: an atomic fragment is a whole packet */
	if (f.offset == 0 && (!f.more || rd_left(r).len < f.len))
		return ip_protocol(w, r, f.protocol);
	f.header = bytes_head(w->out->ip, 40);
	f.data = rd_rest(r);
	return ip_fragment(w, &f);
}

/* Hop-by-hop, routing, destination, mobility, HIP, shim6: all alike */
static enum decode_reason ip_v6_extension(struct walk *w, struct reader *r)
{
	uint8_t next = rd_u8(r);
	size_t len = (rd_u8(r) + (size_t)1) * 8;

	rd_skip(r, len - 2);
	if (!rd_ok(r))
		return walk_failed(r);
	return ip_protocol(w, r, next);
}

/* RFC 4302 2: next 1, length in words less 2, ... */
static enum decode_reason ip_ah(struct walk *w, struct reader *r)
{
	uint8_t next = rd_u8(r);
	size_t len = (rd_u8(r) + (size_t)2) * 4;

	rd_skip(r, len - 2);
	if (!rd_ok(r))
		return walk_failed(r);
	return ip_protocol(w, r, next);
}

enum decode_reason ip_v6(struct walk *w, struct reader *r)
{
	struct bytes all = rd_left(r), src, dst;
	uint32_t head, lengths;
	size_t total;
	struct reader in;

	if (!walk_enter(w))
		return DECODE_DEPTH;
	total = walk_left(w, r);
	head = rd_u32(r);
	lengths = rd_u32(r);
	src = rd_bytes(r, 16);
	dst = rd_bytes(r, 16);
	if (!rd_ok(r))
		return walk_failed(r);
	/* 0: a jumbogram (RFC 2675), or the card was to cut it up */
	if (lengths >> 16)
		total = (lengths >> 16) + 40;
	if (head >> 28 != 6 || total < 40)
		return DECODE_MALFORMED;
	in = walk_sub(w, r, total - 40);
	w->out->src.addr = addr_v6(src.p);
	w->out->dst.addr = addr_v6(dst.p);
	w->out->ip = bytes_head(all, total);
	w->ip_len = total;
	return ip_protocol(w, &in, (uint8_t)(lengths >> 8));
}

static enum decode_reason ip_in_ip(struct walk *w, struct reader *r)
{
	if (!tunnel_push(w, TUNNEL_IPIP))
		return DECODE_DEPTH;
	return link_raw(w, r);
}

static enum decode_reason ip_encrypted(struct walk *w, struct reader *r)
{
	(void)w;
	(void)r;
	return DECODE_ENCRYPTED;
}

/* RFC 3378 3: version 3, reserved 12 */
static enum decode_reason ip_etherip(struct walk *w, struct reader *r)
{
	uint16_t head = rd_u16(r);

	if (!rd_ok(r))
		return walk_failed(r);
	if (head != 0x3000)
		return DECODE_MALFORMED;
	return tunnel_push(w, TUNNEL_ETHERIP) ? link_ethernet(w, r)
					      : DECODE_DEPTH;
}

static const struct protocol_row {
	uint8_t protocol;
	bool v6_only;
	decode_fn *decode;
} protocol_rows[] = {
	{ PROTO_HOPOPT, true, ip_v6_extension },
	{ 4, false, ip_in_ip },	 /* RFC 2003 */
	{ 41, false, ip_in_ip }, /* RFC 4213: 6in4, and 6in6 */
	{ 43, true, ip_v6_extension },
	{ PROTO_FRAGMENT, true, ip_v6_fragment },
	{ 47, false, gre_decode },
	{ 50, false, ip_encrypted }, /* ESP */
	{ 51, false, ip_ah },
	{ 60, true, ip_v6_extension },
	{ 97, false, ip_etherip },
	{ 115, false, l2tp_ip },
	{ 135, true, ip_v6_extension },
	{ 137, false, mpls_decode }, /* RFC 4023 */
	{ 139, true, ip_v6_extension },
	{ 140, true, ip_v6_extension },
};

enum decode_reason ip_protocol(struct walk *w, struct reader *r,
			       uint8_t protocol)
{
	bool v6 = w->out->src.addr.family == 6;

	if (protocol == PACKET_TCP)
		return tcp_decode(w, r);
	if (protocol == PACKET_UDP)
		return udp_decode(w, r);
	if (!walk_enter(w))
		return DECODE_DEPTH;
	for (size_t i = 0; i < sizeof protocol_rows / sizeof *protocol_rows;
	     i++) {
		const struct protocol_row *row = &protocol_rows[i];

		if (row->protocol == protocol && (v6 || !row->v6_only))
			return row->decode(w, r);
	}
	return DECODE_NOT_TCP_UDP;
}
