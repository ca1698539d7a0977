/*
 * stream.h: a CRYPTO stream (RFC 9000 19.6): pieces in any order, duplicated,
 * overlapping -> bytes in order.
 *
 * What came is kept in the order it came, each byte once; memory grows with
 * bytes received, never with the offsets told. The first copy of a byte counts.
 */
#ifndef QUIC_STREAM_H
#define QUIC_STREAM_H

#include "base/buf.h"

/* Bytes [offset, offset + len) of the stream are at pos of the log. */
struct quic_range {
	uint32_t offset, len, pos;
};

struct quic_stream {
	struct buf log;
	struct quic_range *ranges; /* ordered, disjoint */
	size_t num_ranges, size;
	uint32_t next;	/* all before it is spent */
	bool full;	/* out of ranges or memory: nothing more is taken */
	bool beyond;	/* bytes beyond LIMIT_QUIC_CRYPTO were dropped */
	bool conflict;	/* copies of a byte differ */
};

void quic_stream_init(struct quic_stream *s);
void quic_stream_fini(struct quic_stream *s);
void quic_stream_add(struct quic_stream *s, uint64_t offset, struct bytes b);
/* Bytes that are there without a hole from s->next on. */
size_t quic_stream_ready(const struct quic_stream *s);
/* Copies the first n of them; n must not be more than there are. */
void quic_stream_copy(const struct quic_stream *s, uint8_t *out, size_t n);
void quic_stream_spend(struct quic_stream *s, size_t n);
size_t quic_stream_memory(const struct quic_stream *s);

#endif
