/*
 * chunk.h: what a protocol is fed with: bytes of one direction, or a hole.
 *
 * Borrowed until the feed returns. For TCP the chunks of a direction follow
 * each other without overlap; for UDP each chunk is a whole datagram.
 */
#ifndef FLOW_CHUNK_H
#define FLOW_CHUNK_H

#include "base/bytes.h"
#include "base/stamp.h"

struct chunk {
	uint8_t dir;	    /* 0: from the flow's initiator, 1: to it */
	bool cut;	    /* UDP: the capture cut the datagram */
	uint64_t offset;    /* of the first byte in its direction */
	struct bytes data;
	uint64_t gap;	    /* > 0: so many bytes are lost; data is empty */
	struct stamp time;  /* of the packet that made it available */
};

#endif
