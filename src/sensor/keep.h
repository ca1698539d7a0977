/*
 * keep.h: the packets of the handshakes that are being looked at, for evidence
 * (only with --evidence).
 *
 * One ring of bytes per worker, made at the start: keeping a packet is one
 * copy. A connection knows the place of its last packet, each packet that of
 * the one before. New ones go over the oldest: there is nothing to give back,
 * and what a flood takes is the beginning of what was under way (told as cut).
 */
#ifndef SENSOR_KEEP_H
#define SENSOR_KEEP_H

#include "decode/packet.h"
#include "know/packets.h"

struct keep;

/* All zero: nothing kept yet. */
struct keep_chain {
	uint64_t last; /* place of the last one; places only grow */
	uint32_t num, bytes;
	bool cut;      /* LIMIT_EXHIBIT_PACKETS or _BYTES were reached */
};

struct keep_counters {
	uint64_t packets, cut, overwritten;
};

/* NULL without memory. */
struct keep *keep_new(size_t size);
void keep_free(struct keep *k);
void keep_packet(struct keep *k, struct keep_chain *c, const struct packet *p);
/* A copy of what is kept of the connection, the oldest first; NULL: nothing,
 * or no memory. */
struct packets *keep_copy(struct keep *k, const struct keep_chain *c);
const struct keep_counters *keep_counters(const struct keep *k);

#endif
