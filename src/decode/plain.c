/* plain.c: see plain.h. */
#include "decode/plain.h"

#include <arpa/inet.h>

#include "base/reader.h"

struct head {
	uint8_t mac[12];
	uint16_t ethertype;
	uint8_t version_len, service;
	uint16_t total;
	uint16_t id, fragment;
	uint8_t ttl, protocol;
	uint16_t ip_checksum;
	uint8_t src[4], dst[4];
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint8_t data_offset, flags;
	uint16_t window, checksum, urgent;
} __attribute__((packed));

enum {
	ETHERNET_LEN = 14,
	IP_LEN = 20,
	TCP_LEN = 20,
};

_Static_assert(sizeof(struct head) == ETHERNET_LEN + IP_LEN + TCP_LEN,
	       "as on the wire");

static bool is_plain(const struct head *h)
{
	return h->ethertype == htons(0x0800) && h->version_len == 0x45 &&
	       h->protocol == PACKET_TCP &&
	       !(h->fragment & htons(0x3fff)); /* neither more nor offset */
}

size_t plain_decode(struct bytes frame, size_t len, struct packet *out)
{
	struct reader r = rd_window(frame);
	struct bytes block = rd_bytes(&r, sizeof(struct head));
	size_t total, tcp_len, payload_len;
	struct head h;

	if (!rd_ok(&r))
		return 0;
	memcpy(&h, block.p, sizeof h);
	total = ntohs(h.total);
	tcp_len = (h.data_offset >> 4) * 4u;
	if (!is_plain(&h) || tcp_len < TCP_LEN || total < IP_LEN + tcp_len ||
	    ETHERNET_LEN + total > len)
		return 0;
	rd_skip(&r, tcp_len - TCP_LEN);
	if (!rd_ok(&r))
		return 0;
	payload_len = total - IP_LEN - tcp_len;
	out->src = (struct endpoint){ addr_v4(h.src), ntohs(h.src_port) };
	out->dst = (struct endpoint){ addr_v4(h.dst), ntohs(h.dst_port) };
	out->protocol = PACKET_TCP;
	out->tcp_flags = h.flags;
	out->seq = ntohl(h.seq);
	out->ack = ntohl(h.ack);
	out->payload = bytes_head(rd_rest(&r), payload_len);
	out->payload_len = (uint32_t)payload_len;
	out->ip = bytes_head(bytes_tail(frame, ETHERNET_LEN), total);
	return total;
}
