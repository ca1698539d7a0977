/*
 * fuzz_probe.c: the whole of src/probe: probe_feed() with all dialects, over a
 * script of chunks.
 *
 * The first byte says which sides have no beginning. Then chunks: a byte with
 * the direction (bit 0), a gap instead of bytes (bit 1), and the length (bits
 * 2 to 7; 63: 16 bits follow), then the bytes. Beyond memory errors it demands:
 * a result that is final stays, starts stay where they are, what is held is
 * what was said there, texts are no longer than names are, and the same bytes
 * one by one give the same starts where nothing was lost.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/reader.h"
#include "demand.h"
#include "probe/dialect.h"
#include "probe/probe.h"

struct said {
	struct buf bytes; /* gaps are zeros here */
	uint64_t start;
	bool gap;
};

static void check_side(const struct probe *p, uint8_t dir, struct said *s)
{
	uint64_t start = probe_start(p, dir), offset;
	struct bytes held = probe_held(p, dir, &offset), said;

	if (s->start != PROBE_NOWHERE)
		demand(start == s->start);
	s->start = start;
	if (start == PROBE_NOWHERE) {
		demand(held.len == 0);
		return;
	}
	demand(start <= s->bytes.len && offset >= start);
	demand(s->gap || offset == start);
	said = bytes_tail(buf_bytes(&s->bytes), (size_t)offset);
	demand(bytes_eq(held, bytes_head(said, held.len)));
}

static void check(const struct probe *p, enum probe_result result,
		  struct said said[2])
{
	const struct prelude *q = probe_prelude(p);

	demand(q->connect.len <= 255 && q->proxy_authority.len <= 255);
	check_side(p, 0, &said[0]);
	check_side(p, 1, &said[1]);
	demand((result == PROBE_TLS) == (said[0].start != PROBE_NOWHERE ||
					 said[1].start != PROBE_NOWHERE));
	demand(probe_memory(p) < 4 * (LIMIT_PROBE_BYTES + 65536) + 4096);
}

/* One by one from a block of its own, so that a sanitizer sees its end. */
static enum probe_result feed(struct probe *p, struct chunk c, size_t step)
{
	enum probe_result result = PROBE_MORE;
	struct bytes left = c.data;

	if (c.gap)
		return probe_feed(p, &c);
	do {
		struct bytes piece = bytes_head(left, step);
		uint8_t *copy = malloc(piece.len + 1);

		if (piece.len)
			memcpy(copy, piece.p, piece.len);
		c.data = bytes_of(copy, piece.len);
		result = probe_feed(p, &c);
		free(copy);
		c.offset += piece.len;
		left = bytes_tail(left, step);
	} while (left.len);
	return result;
}

static struct chunk next(struct reader *r)
{
	uint8_t head = rd_u8(r);
	size_t len = head >> 2;
	struct chunk c = { .dir = head & 1 };

	if (len == 63)
		len = rd_u16(r);
	if (head & 2)
		c.gap = len;
	else
		c.data = bytes_head(rd_left(r), len);
	if (!c.gap)
		rd_skip(r, c.data.len);
	return c;
}

static enum probe_result run(struct bytes script, size_t step,
			     struct said said[2])
{
	struct reader r = rd_whole(script);
	struct probe *p = probe_new();
	enum probe_result result = PROBE_MORE, last = PROBE_MORE;
	uint8_t midstream = rd_u8(&r);

	demand(p);
	for (uint8_t d = 0; d < 2; d++) {
		said[d] = (struct said){ .start = PROBE_NOWHERE };
		buf_init(&said[d].bytes, 1u << 24);
		said[d].gap = midstream & 1u << d;
		if (said[d].gap)
			probe_midstream(p, d);
	}
	while (rd_more(&r)) {
		struct chunk c = next(&r);
		struct said *s = &said[c.dir];

		c.offset = s->bytes.len;
		buf_add(&s->bytes, c.data.p, c.data.len);
		for (uint64_t i = 0; i < c.gap; i++)
			buf_add_char(&s->bytes, '\0');
		s->gap |= c.gap > 0;
		result = feed(p, c, step);
		demand(last == PROBE_MORE || result == last);
		last = result;
		check(p, result, said);
	}
	/* tiny pieces may wait to be looked at, until here */
	result = probe_last(p);
	demand(last == PROBE_MORE || result == last);
	check(p, result, said);
	probe_free(p);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct said a[2], b[2];
	enum probe_result whole, single;

	if (size > 1u << 16)
		return 0;
	whole = run(bytes_of(data, size), SIZE_MAX, a);
	single = run(bytes_of(data, size), 1, b);
	/* below the limits, and without losses, pieces change nothing */
	if (!a[0].gap && !a[1].gap && a[0].bytes.len < LIMIT_PROBE_HOLD &&
	    a[1].bytes.len < LIMIT_PROBE_HOLD) {
		demand((whole == PROBE_TLS) == (single == PROBE_TLS));
		demand(a[0].start == b[0].start && a[1].start == b[1].start);
	}
	for (unsigned d = 0; d < 2; d++) {
		buf_fini(&a[d].bytes);
		buf_fini(&b[d].bytes);
	}
	return 0;
}
