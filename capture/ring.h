/*
 * ring.h: a ring of packets that is shared with the kernel (packet(7),
 * TPACKET_V3).
 *
 * Packets are used where they stand, and RING_ROOM bytes before each are free to
 * be written: nothing is copied. A block of the ring goes back to the kernel
 * with the ring_ready() after its last packet was taken. Never blocks.
 */
#ifndef CAPTURE_RING_H
#define CAPTURE_RING_H

#include <linux/if_packet.h>

#include "base/limits.h"
#include "capture/internal.h"

#define RING_ROOM 32

struct ring {
	int fd; /* -1: none */
	uint8_t *map;
	uint32_t num, at; /* blocks; the one that is looked at */
	bool held;	  /* it is ours */
	uint32_t left;	  /* packets of it that were not taken */
	uint8_t *packet;  /* the next of them */
	bool down;	  /* so was the interface; it may be gone */
};

/*
 * A socket of this type (SOCK_RAW, SOCK_DGRAM) with a ring of so many bytes, or
 * of as many as the kernel gives. No packet comes before ring_bind(), to one
 * interface or to all (0). False: a line in err; ring_close() is due either way.
 */
bool ring_open(struct ring *r, const char *name, int type, size_t size,
	       char err[static SOURCE_ERROR_TEXT]);
bool ring_bind(struct ring *r, const char *name, int interface,
	       char err[static SOURCE_ERROR_TEXT]);
void ring_close(struct ring *r);
/* False: there is none now. */
bool ring_ready(struct ring *r);
/* The next of this block; NULL: it has no more. */
struct tpacket3_hdr *ring_take(struct ring *r);
/* Adds what the kernel counted since it was asked before. */
void ring_stats(const struct ring *r, struct source_stats *stats);
/* Of the interface that it was bound to: 0, or what is wrong (an errno;
 * ENODEV: it is not there any more, which the socket does not wake for). */
int ring_error(struct ring *r);

/* The protocol of the VLAN tag that the kernel took off; 0: none. */
unsigned ring_tag(const struct tpacket3_hdr *h);

static inline const struct sockaddr_ll *
ring_from(const struct tpacket3_hdr *h)
{
	_Static_assert(sizeof *h % TPACKET_ALIGNMENT == 0,
		       "a packet's address follows its header at once");
	return (const void *)(h + 1);
}

/* Behind what it wrote. */
static inline uint8_t *ring_put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return p + 2;
}

static inline struct stamp ring_time(const struct tpacket3_hdr *h)
{
	return (struct stamp){ h->tp_sec * NSEC_PER_SEC + h->tp_nsec };
}

#endif
