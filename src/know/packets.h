/*
 * packets.h: the packets of one handshake, kept as evidence: innermost IP
 * packets, each with its time, one behind the other in one block of memory.
 *
 * Owned by the observation that it belongs to; made on the worker's side, read
 * where the finding's file is written.
 */
#ifndef KNOW_PACKETS_H
#define KNOW_PACKETS_H

#include "base/bytes.h"
#include "base/stamp.h"

struct packets {
	size_t used, size; /* bytes of data */
	uint32_t num;
	bool cut; /* some of them were not kept, or not long enough */
	_Alignas(8) uint8_t data[];
};

/* NULL without memory. size: by packets_room() for each of them. */
struct packets *packets_new(size_t size);
size_t packets_room(size_t captured);
/* Appends one; its room was asked for. len: what was on the wire. */
void packets_add(struct packets *p, struct stamp time, struct bytes ip,
		 uint32_t len);
/* All of from, as far as there is room. */
void packets_add_all(struct packets *p, const struct packets *from);
/* The packet at *at, which moves on (from 0); false behind the last one. */
bool packets_next(const struct packets *p, size_t *at, struct stamp *time,
		  struct bytes *ip, uint32_t *len);

#endif
