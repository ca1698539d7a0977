/*
 * walk.h: the way of one frame down its headers; internal to decode/.
 *
 * Each header is one small function of the type decode_fn, found by a row of a
 * table (link types, ethertypes, IP protocols, UDP ports, ...). It reads its
 * header, and ends by calling the next one. Depth is bounded by walk_enter()
 * and tunnel_push(), so the recursion is, too.
 */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include "base/reader.h"
#include "decode/decode.h"

/* What was tried is not there: a UDP datagram is no tunnel after all. */
#define DECODE_NOT_MINE DECODE_NUM_REASONS

struct fragments;

struct walk {
	struct decoder *d;
	const struct frame *frame;
	struct packet *out;
	size_t end;	 /* where the current layer ends on the wire, counted
			    as rd_offset() counts */
	size_t ip_len;	 /* of the innermost IP packet, on the wire */
	uint8_t headers; /* seen so far */
	uint8_t level;	 /* of reassembly within reassembly */
};

typedef enum decode_reason decode_fn(struct walk *w, struct reader *r);

/* The subframes of an 802.11 A-MSDU that are still to come. */
struct amsdu {
	bool more;
	struct reader r;
	struct walk walk;
	uint8_t num_tunnels;
	struct tunnel tunnels[LIMIT_TUNNEL_DEPTH];
};

struct decoder {
	struct decode_config config;
	struct decode_counters counters;
	struct fragments *fragments;
	struct frame frame; /* the last one, while amsdu.more */
	struct amsdu amsdu;
	/* one bit for each UDP port that a tunnel uses */
	uint64_t udp_ports[65536 / 64];
};

/* One header more; false if there are too many. */
static inline bool walk_enter(struct walk *w)
{
	return w->headers++ < LIMIT_HEADER_DEPTH;
}

/* Why the reader failed: cut by the capture, or a lie. */
static inline enum decode_reason walk_failed(const struct reader *r)
{
	return r->state == RD_SHORT ? DECODE_CUT : DECODE_MALFORMED;
}

/*
 * The n bytes that a header says it holds, from here on; what is behind them
 * (padding, trailers) is left out. Where there are fewer the capture was cut
 * (maybe before it came to us, by a mirror): then a window over what there is.
 */
static inline struct reader walk_sub(struct walk *w, struct reader *r, size_t n)
{
	struct reader child = *r;

	w->end = rd_offset(r) + n;
	if (rd_left(r).len >= n)
		return rd_sub(r, n);
	child.window = true;
	return child;
}

/* What was on the wire from here to the end of the layer. */
static inline size_t walk_left(const struct walk *w, const struct reader *r)
{
	size_t at = rd_offset(r);

	return w->end > at ? w->end - at : 0;
}

/* decode.c: fills what all packets have, filters, counts. */
enum decode_reason decode_finish(struct decoder *d, struct walk *w,
				 enum decode_reason reason);
/* link.c */
decode_fn link_ethernet, link_raw;
enum decode_reason link_decode(struct walk *w, struct reader *r, int linktype);
/* ethertype.c */
enum decode_reason ethertype_decode(struct walk *w, struct reader *r,
				    uint16_t type);
/* True where an Ethernet header with IP, VLAN or MPLS behind stands at skip. */
bool ethernet_is_likely(const struct reader *r, size_t skip);
/* ip.c */
decode_fn ip_v4, ip_v6;
enum decode_reason ip_protocol(struct walk *w, struct reader *r,
			       uint8_t protocol);
/* transport.c */
decode_fn tcp_decode, udp_decode;
/* The rest is the payload of the datagram whose ports are in w->out. */
decode_fn udp_payload;

/* tunnel.c: one more entry of tunnels[]; NULL if there are too many. */
struct tunnel *tunnel_push(struct walk *w, enum tunnel_type type);
struct tunnel *tunnel_push_id(struct walk *w, enum tunnel_type type,
			      uint64_t id);
/* The hash of those ids that tell apart flows of the same addresses. */
uint64_t tunnel_key(const struct walk *w);

#endif
