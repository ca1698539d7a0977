/*
 * packet.h: one TCP segment or UDP datagram, as decode/ found it.
 *
 * Lives on the stack; all views point into the frame (or, for a datagram put
 * together from fragments, into the decoder) and end with the next call.
 */
#ifndef DECODE_PACKET_H
#define DECODE_PACKET_H

#include "base/addr.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/stamp.h"

enum {
	PACKET_TCP = 6,
	PACKET_UDP = 17,
};

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
};

/* In the order of decode/tunnel.c's rows; TUNNEL_NAMES has their words. */
enum tunnel_type {
	TUNNEL_VLAN, /* told in tunnels[], part of the key only on request */
	TUNNEL_MPLS,
	TUNNEL_GRE,
	TUNNEL_NVGRE,
	TUNNEL_ERSPAN,
	TUNNEL_IPIP,
	TUNNEL_TEREDO,
	TUNNEL_VXLAN,
	TUNNEL_GENEVE,
	TUNNEL_GTPU,
	TUNNEL_L2TP,
	TUNNEL_PPPOE,
	TUNNEL_CAPWAP,
	TUNNEL_NSH,
	TUNNEL_TZSP,
	TUNNEL_LISP,
	TUNNEL_GUE,
	TUNNEL_AYIYA,
	TUNNEL_ETHERIP,
	TUNNEL_NUM
};

/* "vlan", "mpls", ... as written to wirecert.tunnels[].type */
extern const char *const tunnel_names[TUNNEL_NUM];

struct tunnel {
	uint8_t type; /* enum tunnel_type */
	bool has_id;
	bool in_key; /* the id tells apart flows of the same addresses */
	uint64_t id; /* VLAN id, VNI, TEID, key, session id ... */
	/* GENEVE of AWS GWLB (option class 0x0108): endpoint, attachment, flow
	 * cookie; 0 = absent */
	uint64_t gwlb_endpoint, gwlb_attachment;
	uint32_t gwlb_cookie;
};

struct packet {
	struct stamp time;
	struct endpoint src, dst; /* innermost */
	uint8_t protocol;	  /* PACKET_TCP or PACKET_UDP */
	uint8_t tcp_flags;
	uint32_t seq, ack; /* TCP, host order; ack counts with TCP_ACK only */
	struct bytes payload;	  /* what was captured of it */
	uint32_t payload_len;	  /* what was sent, by the IP length */
	bool cut;		  /* payload.len < payload_len */
	struct bytes ip; /* the innermost IP packet, for inner filters */
	uint32_t input, interface;
	/* hash of the tunnel ids that belong to the flow's key, 0 for none */
	uint64_t tunnel_key;
	uint8_t num_tunnels;
	struct tunnel tunnels[LIMIT_TUNNEL_DEPTH]; /* outermost first */
};

#endif
