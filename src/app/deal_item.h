/*
 * deal_item.h: a packet, or a moment, on its way to a worker.
 *
 * An item stands in a batch; behind it are the packet's tunnels and, where the
 * bytes it was read from will not stay, a copy of them.
 */
#ifndef APP_DEAL_ITEM_H
#define APP_DEAL_ITEM_H

#include "decode/packet.h"

enum item_kind {
	ITEM_PACKET,
	ITEM_TICK,
	ITEM_END,
};

struct item {
	_Alignas(16) enum item_kind kind;
	uint32_t size; /* with what follows it, a multiple of 16 */
	uint64_t number;
	struct stamp stream_time, time;
	struct endpoint src, dst;
	uint8_t protocol, tcp_flags, num_tunnels;
	bool cut;
	uint32_t seq, ack, payload_len, captured, input, interface;
	uint32_t ip_len, payload_at; /* of an IP packet that is kept whole */
	uint64_t tunnel_key;
	const uint8_t *lent; /* NULL: the bytes follow */
};

/* What a packet's item takes with so many bytes of its own. */
size_t item_size(const struct packet *p, size_t copied);
/* what: p's payload, or all of its IP packet; lent: it need not be copied. */
void item_packet(struct item *it, const struct packet *p, struct bytes what,
		 bool lent, uint64_t number, struct stamp stream_time);
/* The packet again; it looks into the item or into what was lent. */
void item_open(const struct item *it, struct packet *p);

#endif
