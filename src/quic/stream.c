/* stream.c: see stream.h. */
#include "quic/stream.h"

#include "base/limits.h"

#include <stdlib.h>

void quic_stream_init(struct quic_stream *s)
{
	*s = (struct quic_stream){ .next = 0 };
	buf_init(&s->log, LIMIT_QUIC_CRYPTO + 1);
}

void quic_stream_fini(struct quic_stream *s)
{
	buf_fini(&s->log);
	free(s->ranges);
	s->ranges = NULL;
	s->num_ranges = s->size = 0;
}

static uint32_t end_of(const struct quic_range *r)
{
	return r->offset + r->len;
}

static struct bytes bytes_at(const struct quic_stream *s, uint32_t pos,
			     uint32_t len)
{
	return bytes_head(bytes_tail(buf_bytes(&s->log), pos), len);
}

static bool room_for_range(struct quic_stream *s)
{
	size_t size = s->size ? 2 * s->size : 4;
	struct quic_range *p;

	if (s->num_ranges < s->size)
		return true;
	if (size > LIMIT_QUIC_RANGES)
		size = LIMIT_QUIC_RANGES;
	if (size == s->size)
		return false;
	p = realloc(s->ranges, size * sizeof *p);
	if (!p)
		return false;
	s->ranges = p;
	s->size = size;
	return true;
}

/*
 * Puts the log into the stream's order, so that ranges without a hole between
 * them become one. Holes that remain are the sender's: then it is enough.
 */
static void compact(struct quic_stream *s)
{
	struct buf log;
	size_t n = 0;

	buf_init(&log, LIMIT_QUIC_CRYPTO + 1);
	for (size_t i = 0; i < s->num_ranges; i++) {
		struct quic_range r = s->ranges[i];
		struct bytes b = bytes_at(s, r.pos, r.len);

		r.pos = (uint32_t)log.len;
		buf_add(&log, b.p, b.len);
		if (n && end_of(&s->ranges[n - 1]) == r.offset)
			s->ranges[n - 1].len += r.len;
		else
			s->ranges[n++] = r;
	}
	if (log.failed) { /* no memory: what is there cannot be told apart */
		buf_fini(&log);
		s->num_ranges = 0;
		s->full = true;
		return;
	}
	buf_fini(&s->log);
	s->log = log;
	s->num_ranges = n;
	s->full |= n > LIMIT_QUIC_RANGES / 2;
}

/* Adds bytes that no range has, in front of ranges[i]; false when full. */
static bool insert(struct quic_stream *s, size_t i, uint32_t offset,
		   struct bytes b)
{
	struct quic_range *before = i ? &s->ranges[i - 1] : NULL;
	uint32_t pos = (uint32_t)s->log.len;

	buf_add(&s->log, b.p, b.len);
	if (s->log.failed) {
		s->full = true;
		return false;
	}
	if (before && end_of(before) == offset &&
	    before->pos + before->len == pos) {
		before->len += (uint32_t)b.len;
		return true;
	}
	if (!room_for_range(s)) {
		s->full = true;
		return false;
	}
	memmove(&s->ranges[i + 1], &s->ranges[i],
		(s->num_ranges - i) * sizeof *s->ranges);
	s->ranges[i] = (struct quic_range){ offset, (uint32_t)b.len, pos };
	s->num_ranges++;
	return true;
}

static void compare(struct quic_stream *s, const struct quic_range *r,
		    uint32_t offset, struct bytes b)
{
	if (!bytes_eq(bytes_at(s, r->pos + (offset - r->offset),
			       (uint32_t)b.len), b))
		s->conflict = true;
}

void quic_stream_add(struct quic_stream *s, uint64_t offset, struct bytes b)
{
	uint32_t at;

	if (!b.len || s->full)
		return;
	if (offset > LIMIT_QUIC_CRYPTO ||
	    b.len > LIMIT_QUIC_CRYPTO - (size_t)offset) {
		s->beyond = true;
		return;
	}
	at = (uint32_t)offset;
	if (at < s->next) { /* spent already */
		b = bytes_tail(b, s->next - at);
		at = s->next;
	}
	if (s->num_ranges == LIMIT_QUIC_RANGES)
		compact(s);
	for (size_t i = 0; b.len && !s->full; i++) {
		struct quic_range r = { .offset = UINT32_MAX };
		struct bytes part;

		if (i < s->num_ranges)
			r = s->ranges[i];
		if (at < r.offset) {
			size_t before = s->num_ranges;

			part = bytes_head(b, r.offset - at);
			if (!insert(s, i, at, part))
				return;
			/* a new range moved the one at hand behind it */
			i += s->num_ranges - before;
			b = bytes_tail(b, part.len);
			at += (uint32_t)part.len;
		}
		if (!b.len || at >= end_of(&r))
			continue;
		part = bytes_head(b, end_of(&r) - at);
		compare(s, &r, at, part);
		b = bytes_tail(b, part.len);
		at += (uint32_t)part.len;
	}
}

size_t quic_stream_ready(const struct quic_stream *s)
{
	uint32_t end = s->next;

	for (size_t i = 0; i < s->num_ranges; i++) {
		if (s->ranges[i].offset > end)
			break;
		end = end_of(&s->ranges[i]);
	}
	return end - s->next;
}

void quic_stream_copy(const struct quic_stream *s, uint8_t *out, size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < s->num_ranges && done < n; i++) {
		const struct quic_range *r = &s->ranges[i];
		uint32_t skip = s->next + (uint32_t)done - r->offset;
		struct bytes b = bytes_at(s, r->pos + skip, r->len - skip);

		b = bytes_head(b, n - done);
		memcpy(&out[done], b.p, b.len);
		done += b.len;
	}
}

void quic_stream_spend(struct quic_stream *s, size_t n)
{
	size_t gone = 0;

	if (!n)
		return;
	s->next += (uint32_t)n;
	while (gone < s->num_ranges && end_of(&s->ranges[gone]) <= s->next)
		gone++;
	s->num_ranges -= gone;
	if (s->num_ranges)
		memmove(s->ranges, &s->ranges[gone],
			s->num_ranges * sizeof *s->ranges);
	if (!s->num_ranges) {
		/* mostly nothing follows, and thousands of such wait */
		buf_fini(&s->log);
		free(s->ranges);
		s->ranges = NULL;
		s->size = 0;
	} else if (s->ranges[0].offset < s->next) {
		uint32_t part = s->next - s->ranges[0].offset;

		s->ranges[0].offset += part;
		s->ranges[0].pos += part;
		s->ranges[0].len -= part;
	}
}

size_t quic_stream_memory(const struct quic_stream *s)
{
	return s->log.size + s->size * sizeof *s->ranges;
}
