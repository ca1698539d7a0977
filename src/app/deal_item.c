/* deal_item.c: see deal_item.h. */
#include "app/deal_item.h"

size_t item_size(const struct packet *p, size_t copied)
{
	size_t size = sizeof(struct item) + copied +
		      p->num_tunnels * sizeof(struct tunnel);

	return (size + 15) & ~(size_t)15;
}

void item_packet(struct item *it, const struct packet *p, struct bytes what,
		 bool lent, uint64_t number, struct stamp stream_time)
{
	size_t tunnels = p->num_tunnels * sizeof(struct tunnel);
	uint8_t *rest = (uint8_t *)(it + 1);

	*it = (struct item){
		.kind = ITEM_PACKET,
		.size = (uint32_t)item_size(p, lent ? 0 : what.len),
		.number = number,
		.stream_time = stream_time,
		.time = p->time,
		.src = p->src,
		.dst = p->dst,
		.protocol = p->protocol,
		.tcp_flags = p->tcp_flags,
		.num_tunnels = p->num_tunnels,
		.cut = p->cut,
		.seq = p->seq,
		.ack = p->ack,
		.payload_len = p->payload_len,
		.captured = (uint32_t)p->payload.len,
		.input = p->input,
		.interface = p->interface,
		.tunnel_key = p->tunnel_key,
		.lent = lent ? what.p : NULL,
	};
	if (what.p != p->payload.p || what.len != p->payload.len) {
		/* the payload is a part of it */
		it->ip_len = (uint32_t)what.len;
		if (p->payload.len)
			it->payload_at = (uint32_t)(p->payload.p - what.p);
	}
	memcpy(rest, p->tunnels, tunnels);
	if (!lent && what.len)
		memcpy(rest + tunnels, what.p, what.len);
}

void item_open(const struct item *it, struct packet *p)
{
	const uint8_t *rest = (const uint8_t *)(it + 1);
	size_t tunnels = it->num_tunnels * sizeof(struct tunnel);
	const uint8_t *from = it->lent ? it->lent : rest + tunnels;

	p->time = it->time;
	p->src = it->src;
	p->dst = it->dst;
	p->protocol = it->protocol;
	p->tcp_flags = it->tcp_flags;
	p->seq = it->seq;
	p->ack = it->ack;
	p->payload_len = it->payload_len;
	p->cut = it->cut;
	p->ip = bytes_of(from, it->ip_len);
	p->input = it->input;
	p->interface = it->interface;
	p->tunnel_key = it->tunnel_key;
	p->num_tunnels = it->num_tunnels;
	memcpy(p->tunnels, rest, tunnels);
	p->payload = bytes_of(from + it->payload_at, it->captured);
}
