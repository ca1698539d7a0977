/*
 * probe.h: "is this TLS, and where does it start?"
 *
 * A probe holds the first bytes of both directions of one TCP connection (at
 * most LIMIT_PROBE_BYTES each) until it is known where TLS begins in each
 * direction, or that it does not. Recognition is by content on any port, and
 * every dialect is a pure function of the two prefixes: how they were cut into
 * segments, and how the directions were interleaved, changes nothing.
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "flow/chunk.h"
#include "flow/prelude.h"

struct probe;

#define PROBE_NOWHERE UINT64_MAX

/* NULL without memory. */
struct probe *probe_new(void);
void probe_free(struct probe *p);
/* The direction's beginning was not captured (no SYN): a record boundary may
 * be anywhere. */
void probe_midstream(struct probe *p, uint8_t dir);

enum probe_result {
	PROBE_MORE, /* undecided for at least one direction */
	PROBE_TLS,  /* at least one direction has begun TLS: see probe_start */
	PROBE_NO,   /* not TLS; forget the connection */
};

/* Takes bytes or a gap of either direction. */
enum probe_result probe_feed(struct probe *p, const struct chunk *c);
/* Nothing more will come: what one side alone tells has to do. */
enum probe_result probe_last(struct probe *p);
/* Where TLS starts in that direction; PROBE_NOWHERE while unknown. */
uint64_t probe_start(const struct probe *p, uint8_t dir);
/* What is held of a direction from its start on; offset of its first byte. */
struct bytes probe_held(const struct probe *p, uint8_t dir, uint64_t *offset);
/* What came first in that direction, from offset 0 to the first gap. */
struct bytes probe_prefix(const struct probe *p, uint8_t dir);
const struct prelude *probe_prelude(const struct probe *p);

/* What of limits.h ended the search, as bits 1 << enum probe_limit. */
enum probe_limit {
	PROBE_LIMIT_BYTES,  /* LIMIT_PROBE_HOLD, LIMIT_PROBE_BYTES */
	PROBE_LIMIT_LAYERS, /* LIMIT_PROBE_LAYERS */
	PROBE_LIMIT_SEALED, /* LIMIT_PROBE_SEALED: TLS, but met too late */
	PROBE_NUM_LIMITS
};
unsigned probe_limits(const struct probe *p);
size_t probe_memory(const struct probe *p);
/* Bytes read so far, counted again whenever they are read again: some multiple
 * of the bytes that have come, whatever they are and however they were cut. */
size_t probe_looked(const struct probe *p);

#endif
