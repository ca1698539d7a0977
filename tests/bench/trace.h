/*
 * trace.h: synthetic captures for tests/bench, quick and repeatable.
 *
 * trace_out.c builds packets and writes them; trace_tls.c cuts flows from the
 * real flights in template.bin; trace_quic.c seals Initial packets;
 * trace_flood.c is unkind; trace_make.c deals flows out in turns.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include "template.h"

#define TRACE_MSS 1448u

struct tuple {
	bool v6;
	uint8_t ip[2][4]; /* client, server; IPv6 puts a prefix before them */
	uint16_t port[2];
};

/* One direction sends: dir 0 is the client. */
struct segment {
	const struct tuple *tuple;
	int dir;
	uint8_t flags;
	uint32_t seq, ack;
	const uint8_t *data;
	size_t len;
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_PSH = 8, TCP_ACK = 16 };

bool out_open(const char *path);
bool out_close(void);
void out_tcp(const struct segment *s);
void out_udp(const struct tuple *t, int dir, const uint8_t *data, size_t len);
/* A fragment that never meets its others. */
void out_fragment(const struct tuple *t, uint16_t id, uint16_t offset,
		  size_t len);
void out_gap(unsigned ns); /* mean distance of packets in time */
uint64_t out_packets(void);
uint64_t out_bytes(void);

uint64_t rnd(void);
uint32_t rnd_below(uint32_t n);
void rnd_fill(uint8_t *p, size_t n);

struct tls_flow;

enum leaf_kind {
	LEAF_KNOWN,  /* of those in the template */
	LEAF_SIGNED, /* new, and its signature is right */
	LEAF_FORGED, /* new, the signature is of another one */
};

enum flow_end {
	END_CLOSED, /* close_notify and FIN */
	END_OPEN,   /* nothing more is said */
	END_DENIED, /* the client refuses the certificate, by an alert */
};

struct tls_plan {
	enum leaf_kind leaf;
	uint32_t index;	  /* of a leaf that is known or part of its name */
	const char *word; /* "host" or another one of 4 letters */
	uint32_t base;	  /* what a new leaf is made of; as odd as index */
	/* The ticket, or what is in the middle of a forged leaf, is alike in
	 * CRC-32 and XOR to all others of this kind. */
	bool alike_ticket, alike_leaf;
	uint64_t number; /* of the ticket */
	bool half;	  /* only half a ClientHello, then silence */
	enum flow_end end;
	uint32_t records; /* of application data */
	uint32_t record_len;
	bool upload;
};

bool tls_signs(void); /* there is a key for LEAF_SIGNED */
struct tls_flow *tls_flow_new(const struct tls_plan *p);
/* Sends its next few packets; false: it is over, and freed. */
bool tls_flow_step(struct tls_flow *f);
uint64_t tls_handshake_packets(void);
uint64_t tls_handshakes(void);

void quic_pair(uint32_t index);

/* Piece number index of so many, of these kinds; sent in that order. */
void flood_syn(uint64_t index, uint64_t count);
void flood_idle(uint64_t index, uint64_t count);
void flood_fragment(uint64_t index, uint64_t count);
/* So many flows, and then a packet of each of them again: at random; one after
 * the other; alike in a hash without a secret (collide.h), or in the sum of
 * both ends. */
void flood_flows(uint64_t index, uint64_t count);
void flood_flows_sequence(uint64_t index, uint64_t count);
void flood_flows_xor(uint64_t index, uint64_t count);
void flood_flows_crc(uint64_t index, uint64_t count);
void flood_flows_fnv(uint64_t index, uint64_t count);
void flood_flows_sum(uint64_t index, uint64_t count);
/* A DNS question and its answer, of names at random or alike. */
void flood_names(uint64_t index, uint64_t count);
void flood_names_alike(uint64_t index, uint64_t count);
void flows_pair(uint32_t index, uint32_t flows);

#endif
