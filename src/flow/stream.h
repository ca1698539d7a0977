/*
 * stream.h: one direction of a TCP connection put in order (RFC 9293 3.4).
 *
 * Any order, duplicates, partial overlaps: the first copy of a byte wins, a
 * later copy that differs is a conflict. In-order data is lent straight from
 * the packet; what comes early is copied to blocks of a pool, one block a fixed
 * stretch of the stream with a bit for each byte that is there, so that
 * one-byte segments in reverse order cost no more than their bytes. A hole is
 * told as a gap only when the caller gives up on it, never because of an ACK.
 */
#ifndef FLOW_STREAM_H
#define FLOW_STREAM_H

#include "flow/chunk.h"

struct stream_block;

/* Bytes of a block: few, for a flow that begins in the middle holds some for a
 * while, and there may be a great many of them. A multiple of 64. */
#define STREAM_BLOCK 384u

/* Blocks for all streams of a worker; bounded by cap bytes. */
struct stream_pool {
	struct stream_block *free_list;
	size_t bytes, cap;
	uint64_t refused; /* early bytes dropped: the pool was exhausted */
};

void stream_pool_init(struct stream_pool *p, size_t cap);
void stream_pool_fini(struct stream_pool *p);

struct stream {
	bool started;	   /* base is known */
	bool awaited;	   /* not yet, but base_seq is acknowledged */
	bool conflict;	   /* a later copy of a byte differed */
	bool has_end, has_fin, has_rst;
	bool overflow;	   /* early bytes were dropped */
	uint32_t base_seq; /* sequence number of offset 0 */
	uint32_t held;	   /* blocks held */
	uint64_t next;	   /* offset of the next byte to be handed out */
	uint64_t end;	   /* offset of the FIN or RST, with has_end */
	uint64_t acked;	   /* offset that the other side acknowledged */
	struct bytes now;  /* in-order data of the packet at hand */
	uint64_t lost;	   /* bytes known lost behind it (cut packet) */
	struct stamp now_time, held_since;
	struct stream_block *blocks; /* sorted by offset */
	struct stream_block *last;   /* where bytes were put last, or NULL */
};

void stream_init(struct stream *s);
void stream_fini(struct stream *s, struct stream_pool *p);
/* A SYN with this sequence number: offset 0 is the byte after it. */
void stream_start(struct stream *s, uint32_t first_seq);

enum stream_insert {
	STREAM_NEW,	/* something to hand out may be there: stream_next() */
	STREAM_EARLY,	/* kept for later */
	STREAM_OLD,	/* all of it was there already */
	STREAM_OUTSIDE, /* nowhere near the window: another connection's */
};

/*
 * payload_len >= payload.len is what was sent; the rest is lost. The payload
 * is borrowed until stream_next() gave false.
 */
enum stream_insert stream_insert(struct stream *s, struct stream_pool *p,
				 uint32_t seq, struct bytes payload,
				 uint32_t payload_len, struct stamp time);
/* Can a segment with this number be of the stream? */
bool stream_near(const struct stream *s, uint32_t seq);
/* Marks the end (FIN or RST) after the byte before seq; false: that number is
 * an old one, or another connection's, and ends nothing. */
bool stream_end(struct stream *s, uint32_t seq, bool rst);
/* That end was none. */
void stream_go_on(struct stream *s);
/* The next data or gap in order, dir left alone; false: nothing more. */
bool stream_next(struct stream *s, struct stream_pool *p, struct chunk *out);
/* Gives up the hole at the front; false if there is none. A gap follows from
 * stream_next(). */
bool stream_give_up(struct stream *s);
/* The other side acknowledged all before this number: moves nothing (a mirror
 * may show an ACK before its data), but tells at the end what was lost. */
void stream_ack(struct stream *s, uint32_t ack);
/* Are bytes missing that were sent for sure? */
bool stream_lost(const struct stream *s);
/* True when all bytes before the end mark were handed out. */
bool stream_done(const struct stream *s);

#endif
