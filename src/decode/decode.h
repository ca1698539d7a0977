/*
 * decode.h: frame -> packet: link layers, tunnels, IP, fragments, TCP and UDP.
 *
 * Reads through struct reader only, allocates nothing per packet (fragments
 * live in a pool made at init), never rejects a checksum (offloading makes
 * wrong ones normal), and counts by reason whatever it does not decode.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "base/frame.h"
#include "decode/packet.h"

/* Why a frame gave no packet; decode_reasons[] has the words for status. */
enum decode_reason {
	DECODE_OK,
	DECODE_LINKTYPE,     /* a link type that we do not know */
	DECODE_CUT,	     /* cut by the snap length before the ports */
	DECODE_MALFORMED,    /* contradicts itself */
	DECODE_NOT_IP,	     /* ARP, LLDP, STP, EAPOL ... */
	DECODE_NOT_TCP_UDP,  /* ICMP, OSPF, ESP ... */
	DECODE_ENCRYPTED,    /* 802.11 protected data, ESP */
	DECODE_DEPTH,	     /* more headers or tunnels than limits.h has */
	DECODE_FRAGMENT,     /* kept; its datagram is not complete yet */
	DECODE_FRAGMENT_LOST,/* dropped: contradicts others, too many pieces */
	DECODE_FRAGMENT_LINK,/* of 802.11 itself: not put together */
	DECODE_FILTERED,     /* not wanted by the inner filter */
	DECODE_NUM_REASONS
};

extern const char *const decode_reasons[DECODE_NUM_REASONS];

/* Is there a decoder of this link type? */
bool decode_knows(int linktype);

struct decode_config {
	bool vlan_in_key;
	/* more UDP ports of these tunnels, ended by 0, to those of IANA */
	uint16_t vxlan_ports[LIMIT_TUNNEL_PORTS];
	uint16_t geneve_ports[LIMIT_TUNNEL_PORTS];
	uint16_t gtpu_ports[LIMIT_TUNNEL_PORTS];
	/* false drops the packet (counted); NULL takes all */
	bool (*inner_filter)(void *arg, struct bytes ip, uint32_t ip_len);
	void *inner_filter_arg;
};

struct decode_counters {
	uint64_t frames, packets;
	uint64_t reason[DECODE_NUM_REASONS];
	uint64_t cut;		   /* packets whose payload the capture cut */
	uint32_t cut_len; /* the largest captured length of a cut frame */
	uint64_t fragments, reassembled, fragment_overlaps;
	/* datagrams given up: too old; for the room of others; in too many
	 * pieces or too large for all the room there is */
	uint64_t fragments_expired, fragments_evicted, fragments_refused;
	uint64_t tunnel[TUNNEL_NUM];
};

struct decoder;

/* NULL without memory. The config is copied. */
struct decoder *decode_new(const struct decode_config *config);
void decode_free(struct decoder *d);
/*
 * DECODE_OK and *out filled, or the (counted) reason why there is no packet.
 * UDP datagrams on a tunnel's port that do not parse as that tunnel are plain
 * UDP. ICMP errors that quote a packet are DECODE_NOT_TCP_UDP.
 */
enum decode_reason decode_frame(struct decoder *d, const struct frame *f,
				struct packet *out);
/*
 * The next packet of the same frame, which must still be there: an 802.11
 * A-MSDU carries several. False when there are no more (nearly always).
 */
bool decode_next(struct decoder *d, struct packet *out);
const struct decode_counters *decode_counters(const struct decoder *d);

#endif
