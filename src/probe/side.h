/*
 * side.h: what the probe holds of one direction: the bytes from the first one
 * to the first gap (the head), and those behind the last gap (the tail).
 */
#ifndef PROBE_SIDE_H
#define PROBE_SIDE_H

#include "base/buf.h"
#include "flow/chunk.h"
#include "probe/hello.h"

enum scan { SCAN_HELLO, SCAN_FATAL, SCAN_LOST, SCAN_DIRECT, NUM_SCANS };

struct side {
	struct buf held; /* bytes from offset 0, then those after a gap */
	size_t head;	 /* how many of them lie before the first gap */
	bool gap;
	uint64_t tail_offset; /* stream offset of held.p[head], with gap */
	bool midstream;
	bool started, hopeless;
	bool indirect; /* behind the layers is no hello; for good */
	uint64_t start;
	size_t skip; /* what layers before this one took of the head */
	size_t seen; /* bytes that have come, those since forgotten too */
	struct hello_scan scan[NUM_SCANS];
};

/* Begins, where the capture begins, with so many whole records of application
 * data (RFC 8446 5.1) that its handshake is over. */
bool side_sealed(const struct side *s);
/* The head behind the layers, as rows and recognisers see it; the tail. */
struct bytes side_view(const struct side *s);
struct bytes side_tail(const struct side *s);
void side_start(struct side *s, uint64_t at);
/* False without memory. */
bool side_take(struct side *s, const struct chunk *c);
/* The first hello in the head. It is found again when asked again. */
bool side_find(struct side *s, size_t *at, enum hello_kind *kind);

#endif
