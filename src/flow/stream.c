/* stream.c: see stream.h. */
#include "flow/stream.h"

#include "base/limits.h"

#include <stdlib.h>

struct stream_block {
	struct stream_block *next;
	uint64_t offset; /* multiple of STREAM_BLOCK */
	uint32_t count;	 /* bytes there */
	struct stamp time;
	uint64_t have[STREAM_BLOCK / 64];
	uint8_t data[STREAM_BLOCK];
};

void stream_pool_init(struct stream_pool *p, size_t cap)
{
	*p = (struct stream_pool){ .cap = cap };
}

void stream_pool_fini(struct stream_pool *p)
{
	struct stream_block *b, *next;

	for (b = p->free_list; b; b = next) {
		next = b->next;
		free(b);
	}
	p->free_list = NULL;
}

static struct stream_block *pool_take(struct stream_pool *p)
{
	struct stream_block *b = p->free_list;

	if (b) {
		p->free_list = b->next;
	} else {
		if (p->bytes + sizeof *b > p->cap)
			return NULL;
		b = malloc(sizeof *b);
		if (!b)
			return NULL;
		p->bytes += sizeof *b;
	}
	memset(b, 0, offsetof(struct stream_block, data));
	return b;
}

static void pool_give(struct stream_pool *p, struct stream_block *b)
{
	b->next = p->free_list;
	p->free_list = b;
}

void stream_init(struct stream *s)
{
	*s = (struct stream){ .started = false };
}

void stream_fini(struct stream *s, struct stream_pool *p)
{
	struct stream_block *b, *next;

	for (b = s->blocks; b; b = next) {
		next = b->next;
		pool_give(p, b);
	}
	s->blocks = s->last = NULL;
	s->held = 0;
}

void stream_start(struct stream *s, uint32_t first_seq)
{
	s->started = true;
	s->base_seq = first_seq;
}

/* Distance of a sequence number from the next expected byte (wraps). */
static int64_t seq_ahead(const struct stream *s, uint32_t seq)
{
	uint32_t next_seq = s->base_seq + (uint32_t)s->next;

	return (int32_t)(seq - next_seq);
}

static bool bit(const struct stream_block *b, unsigned i)
{
	return b->have[i / 64] >> (i % 64) & 1;
}

/* Number of bytes from i on that are there (want) or missing (!want). */
static unsigned run(const struct stream_block *b, unsigned i, bool want)
{
	unsigned start = i;

	while (i < STREAM_BLOCK) {
		uint64_t w = b->have[i / 64] >> (i % 64);

		if (want)
			w = ~w;
		if (w && (w & (~0ULL >> (i % 64)))) {
			unsigned n = (unsigned)__builtin_ctzll(w);

			if (n < 64 - i % 64)
				return i + n - start;
		}
		i += 64 - i % 64;
	}
	return STREAM_BLOCK - start;
}

static void set_bits(struct stream_block *b, unsigned i, unsigned n)
{
	for (unsigned k = i; k < i + n;) {
		unsigned left = i + n - k, room = 64 - k % 64;
		unsigned m = left < room ? left : room;
		uint64_t mask = m == 64 ? ~0ULL : ((1ULL << m) - 1) << (k % 64);

		b->have[k / 64] |= mask;
		k += m;
	}
	b->count += n;
}

/* Copies what is missing; what is there stays, and is compared. */
static void block_put(struct stream *s, struct stream_block *b, unsigned at,
		      struct bytes data)
{
	unsigned end = at + (unsigned)data.len;

	for (unsigned i = at; i < end;) {
		bool have = bit(b, i);
		unsigned n = run(b, i, have);
		const uint8_t *from = data.p + (i - at);

		if (n > end - i)
			n = end - i;
		if (!have) {
			memcpy(b->data + i, from, n);
			set_bits(b, i, n);
		} else if (memcmp(b->data + i, from, n) != 0) {
			s->conflict = true;
		}
		i += n;
	}
}

/* The block that holds offset, made when it is missing; NULL: no room. */
static struct stream_block *block_at(struct stream *s, struct stream_pool *p,
				     uint64_t offset, struct stamp time)
{
	uint64_t start = offset - offset % STREAM_BLOCK;
	struct stream_block **at = &s->blocks, *b;

	/* mostly one goes on where the last one was */
	if (s->last && s->last->offset < start)
		at = &s->last->next;
	while (*at && (*at)->offset < start)
		at = &(*at)->next;
	if (*at && (*at)->offset == start)
		return s->last = *at;
	if ((s->held + 1) * STREAM_BLOCK > LIMIT_STREAM_BYTES)
		return NULL;
	b = pool_take(p);
	if (!b)
		return NULL;
	b->offset = start;
	b->time = time;
	b->next = *at;
	*at = s->last = b;
	if (!s->held++)
		s->held_since = time;
	return b;
}

static void keep_early(struct stream *s, struct stream_pool *p, uint64_t offset,
		       struct bytes data, struct stamp time)
{
	while (data.len) {
		unsigned at = (unsigned)(offset % STREAM_BLOCK);
		struct bytes part = bytes_head(data, STREAM_BLOCK - at);
		struct stream_block *b = block_at(s, p, offset, time);

		if (!b) {
			s->overflow = true;
			p->refused += data.len;
			return;
		}
		block_put(s, b, at, part);
		offset += part.len;
		data = bytes_tail(data, part.len);
	}
}

/* Offset of the first byte that is held; UINT64_MAX: none. */
static uint64_t first_held(const struct stream *s)
{
	for (const struct stream_block *b = s->blocks; b; b = b->next) {
		unsigned at = s->next > b->offset
				      ? (unsigned)(s->next - b->offset)
				      : 0;
		unsigned miss = at < STREAM_BLOCK ? run(b, at, false) : 0;

		if (at + miss < STREAM_BLOCK)
			return b->offset + at + miss;
	}
	return UINT64_MAX;
}

/*
 * In order, though later bytes wait: what is missing is lent like any other, so
 * that it needs no room; the rest is compared with what is there.
 */
static void fill_hole(struct stream *s, struct stream_pool *p,
		      struct bytes payload, struct stamp time)
{
	uint64_t hole = first_held(s) - s->next;
	struct bytes rest;

	s->now = hole < payload.len ? bytes_head(payload, (size_t)hole)
				    : payload;
	s->now_time = time;
	rest = bytes_tail(payload, s->now.len);
	keep_early(s, p, s->next + s->now.len, rest, time);
}

bool stream_near(const struct stream *s, uint32_t seq)
{
	int64_t ahead = seq_ahead(s, seq);

	return ahead <= 2 * (int64_t)LIMIT_STREAM_BYTES &&
	       ahead >= -(int64_t)(1 << 30);
}

enum stream_insert stream_insert(struct stream *s, struct stream_pool *p,
				 uint32_t seq, struct bytes payload,
				 uint32_t payload_len, struct stamp time)
{
	int64_t ahead;

	if (!s->started) {
		s->started = true;
		s->base_seq = seq;
	}
	if (!stream_near(s, seq))
		return STREAM_OUTSIDE;
	ahead = seq_ahead(s, seq);
	if (ahead < 0) {
		if (-ahead >= (int64_t)payload_len)
			return STREAM_OLD;
		payload_len -= (uint32_t)-ahead;
		payload = bytes_tail(payload, (size_t)-ahead);
		ahead = 0;
	}
	if (!payload_len)
		return STREAM_OLD;
	if (ahead == 0 && !s->blocks) {
		s->now = payload;
		s->lost = payload_len - payload.len;
		s->now_time = time;
		return STREAM_NEW;
	}
	if (ahead == 0) {
		fill_hole(s, p, payload, time);
		return STREAM_NEW;
	}
	keep_early(s, p, s->next + (uint64_t)ahead, payload, time);
	return STREAM_EARLY;
}

void stream_go_on(struct stream *s)
{
	s->has_end = s->has_fin = s->has_rst = false;
}

/*
 * RFC 9293 3.10.7.4: an end counts in the receiver's window only, which begins
 * between what it has acknowledged (a FIN is one byte more) and what it was
 * sent; a FIN comes behind that. Bytes behind an end show that it was none.
 */
bool stream_end(struct stream *s, uint32_t seq, bool rst)
{
	int64_t at;

	if (!s->started) {
		s->started = true;
		s->base_seq = seq;
	}
	at = (int64_t)s->next + seq_ahead(s, seq);
	if (!stream_near(s, seq) || at + !rst < (int64_t)s->acked ||
	    (!rst && at < (int64_t)s->next))
		return false;
	if (at < (int64_t)s->next)
		at = (int64_t)s->next;
	if (s->has_end && (s->end < s->next || (uint64_t)at < s->end))
		stream_go_on(s);
	/* a RST behind a FIN has its number plus one */
	if (!s->has_end)
		s->end = (uint64_t)at;
	s->has_end = true;
	s->has_fin |= !rst;
	s->has_rst |= rst;
	return true;
}

/* The block in front, spent ones given back. */
static struct stream_block *front(struct stream *s, struct stream_pool *p)
{
	struct stream_block *b;

	while ((b = s->blocks) && b->offset + STREAM_BLOCK <= s->next) {
		s->blocks = b->next;
		s->held--;
		if (s->last == b)
			s->last = NULL;
		pool_give(p, b);
		if (s->blocks)
			s->held_since = s->blocks->time;
	}
	return b;
}

static bool next_lost(struct stream *s, struct chunk *out)
{
	out->offset = s->next;
	out->data = bytes_of(NULL, 0);
	out->gap = s->lost;
	s->next += s->lost;
	s->lost = 0;
	return true;
}

bool stream_next(struct stream *s, struct stream_pool *p, struct chunk *out)
{
	struct stream_block *b;
	unsigned at;

	out->time = s->now_time;
	out->gap = 0;
	if (s->now.len) {
		out->offset = s->next;
		out->data = s->now;
		s->next += s->now.len;
		s->now.len = 0;
		return true;
	}
	if (s->lost)
		return next_lost(s, out);
	b = front(s, p);
	if (!b || s->next < b->offset)
		return false;
	at = (unsigned)(s->next - b->offset);
	if (!bit(b, at)) {
		/* all of it handed out: the rest of the block never came */
		if (run(b, at, false) == STREAM_BLOCK - at && !b->next) {
			s->blocks = s->last = NULL;
			s->held = 0;
			pool_give(p, b);
		}
		return false;
	}
	out->offset = s->next;
	out->data = bytes_of(b->data + at, run(b, at, true));
	out->time = b->time;
	s->next += out->data.len;
	return true;
}

bool stream_give_up(struct stream *s)
{
	uint64_t to = first_held(s);

	if (to == UINT64_MAX || to == s->next)
		return false;
	s->lost = to - s->next;
	return true;
}

void stream_ack(struct stream *s, uint32_t ack)
{
	int64_t ahead;

	if (!s->started) {
		s->awaited = true;
		s->base_seq = ack;
		return;
	}
	ahead = seq_ahead(s, ack);
	if (ahead < 2 * (int64_t)LIMIT_STREAM_BYTES &&
	    (int64_t)s->next + ahead > (int64_t)s->acked)
		s->acked = s->next + (uint64_t)ahead;
}

bool stream_lost(const struct stream *s)
{
	uint64_t sent = s->acked;

	/* a FIN is acknowledged as one byte more; a RST's number proves
	 * nothing, nor does an end with bytes behind it */
	if (s->has_fin && s->next <= s->end && sent <= s->end + 1)
		sent = s->end;
	return s->started && sent > s->next;
}

bool stream_done(const struct stream *s)
{
	return s->has_end && s->next == s->end;
}
