/* transport.c: TCP (RFC 9293) and UDP (RFC 768), down to their payload. */
#include "decode/udp_tunnel.h"
#include "decode/walk.h"

enum decode_reason tcp_decode(struct walk *w, struct reader *r)
{
	struct packet *out = w->out;
	size_t total = walk_left(w, r), header_len;
	uint32_t ports, flags, seq, ack;

	ports = rd_u32(r);
	seq = rd_u32(r);
	ack = rd_u32(r);
	flags = rd_u32(r);
	rd_skip(r, 4); /* checksum: offloading makes wrong ones normal */
	if (!rd_ok(r))
		return walk_failed(r);
	header_len = (flags >> 28) * 4;
	if (header_len < 20 || header_len > total)
		return DECODE_MALFORMED;
	rd_skip(r, header_len - 20); /* cut here: no payload was captured */
	out->payload = rd_rest(r);
	out->payload_len = (uint32_t)(total - header_len);
	out->protocol = PACKET_TCP;
	out->tcp_flags = flags >> 16 & 0xff;
	out->src.port = (uint16_t)(ports >> 16);
	out->dst.port = ports & 0xffff;
	out->seq = seq;
	out->ack = ack;
	return DECODE_OK;
}

enum decode_reason udp_payload(struct walk *w, struct reader *r)
{
	struct packet *out = w->out;

	out->payload_len = (uint32_t)walk_left(w, r);
	out->payload = rd_rest(r);
	out->protocol = PACKET_UDP;
	out->tcp_flags = 0;
	out->seq = out->ack = 0;
	return DECODE_OK;
}

enum decode_reason udp_decode(struct walk *w, struct reader *r)
{
	struct packet *out = w->out;
	uint32_t ports = rd_u32(r);
	size_t len = rd_u16(r), total;
	struct reader in;

	rd_skip(r, 2);
	if (!rd_ok(r))
		return walk_failed(r);
	total = walk_left(w, r);
	/* 0: a jumbogram (RFC 2675 4), or the card was to cut it up */
	if (len != 0 && len < 8)
		return DECODE_MALFORMED;
	if (len != 0 && len - 8 < total)
		total = len - 8;
	in = walk_sub(w, r, total);
	out->src.port = (uint16_t)(ports >> 16);
	out->dst.port = ports & 0xffff;
	if (udp_tunnel_is_port(w->d, out->src.port, out->dst.port)) {
		enum decode_reason reason = udp_tunnel_decode(w, &in);

		if (reason != DECODE_NOT_MINE)
			return reason;
	}
	return udp_payload(w, &in);
}
