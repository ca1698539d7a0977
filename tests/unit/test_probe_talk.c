/* test_probe_talk.c: see test_probe_talk.h. */
#include "test_probe_talk.h"

#include <check.h>
#include <stdlib.h>

const struct talk *talk_of(const struct part *parts, size_t num)
{
	static struct talk t;

	ck_assert_uint_le(num, TALK_PARTS);
	t.num = num;
	memcpy(t.part, parts, num * sizeof *parts);
	return &t;
}

static void keep(char to[static 256], struct bytes b)
{
	ck_assert_uint_lt(b.len, 256);
	if (b.len)
		memcpy(to, b.p, b.len);
	to[b.len] = '\0';
}

static struct told tell(const struct probe *p, enum probe_result result)
{
	const struct prelude *q = probe_prelude(p);
	struct told told = {
		.result = result,
		.start = { probe_start(p, 0), probe_start(p, 1) },
		.dialect = q->dialect,
		.opportunistic = q->opportunistic,
		.swapped = q->swapped,
		.has_proxy = q->has_proxy,
		.port = q->connect_port,
		.source = q->proxy_source,
		.destination = q->proxy_destination,
	};

	keep(told.connect, q->connect);
	keep(told.authority, q->proxy_authority);
	return told;
}

/* What was held from a start on is what was said there. */
static void check_held(const struct probe *p, const struct buf said[2])
{
	for (uint8_t d = 0; d < 2; d++) {
		uint64_t start = probe_start(p, d), offset;
		struct bytes held = probe_held(p, d, &offset);
		struct bytes all = buf_bytes(&said[d]);

		if (start == PROBE_NOWHERE) {
			ck_assert_uint_eq(held.len, 0);
			continue;
		}
		ck_assert_uint_eq(offset, start);
		all = bytes_tail(all, (size_t)start);
		ck_assert(bytes_eq(held, bytes_head(all, held.len)));
	}
}

struct run {
	struct probe *p;
	struct buf said[2];
	enum probe_result result;
	bool swap;
};

static void run_begin(struct run *r, bool swap)
{
	*r = (struct run){ .p = probe_new(), .swap = swap };
	ck_assert_ptr_nonnull(r->p);
	buf_init(&r->said[0], 1 << 20);
	buf_init(&r->said[1], 1 << 20);
}

/* From a heap block of its exact size, so that a sanitizer sees more. */
static void run_say(struct run *r, uint8_t dir, struct bytes b)
{
	uint8_t d = r->swap ? !dir : dir;
	uint8_t *copy = malloc(b.len);
	struct chunk c = { .dir = d, .offset = r->said[d].len };

	memcpy(copy, b.p, b.len);
	c.data = bytes_of(copy, b.len);
	buf_add(&r->said[d], b.p, b.len);
	if (r->result != PROBE_NO)
		r->result = probe_feed(r->p, &c);
	free(copy);
	check_held(r->p, r->said);
}

static struct told run_end(struct run *r)
{
	struct told told = tell(r->p, r->result);

	ck_assert_uint_gt(probe_memory(r->p), 0);
	probe_free(r->p);
	buf_fini(&r->said[0]);
	buf_fini(&r->said[1]);
	return told;
}

/* max: of a piece; 0 = parts as they are. */
static struct told talk_run(const struct talk *t, size_t max, bool swap)
{
	struct run r;

	run_begin(&r, swap);
	for (size_t i = 0; i < t->num; i++) {
		struct bytes left = t->part[i].data;

		while (left.len) {
			size_t n = max ? 1 + (size_t)rand() % max : left.len;

			run_say(&r, t->part[i].dir, bytes_head(left, n));
			left = bytes_tail(left, n);
		}
	}
	return run_end(&r);
}

/* Each side in order, the sides mixed without regard to causes. */
static struct told talk_mix(const struct talk *t, size_t max)
{
	struct buf all[2];
	size_t at[2] = { 0, 0 };
	struct run r;
	struct told told;

	for (unsigned d = 0; d < 2; d++)
		buf_init(&all[d], 1 << 20);
	for (size_t i = 0; i < t->num; i++)
		buf_add(&all[t->part[i].dir], t->part[i].data.p,
			t->part[i].data.len);
	run_begin(&r, false);
	while (at[0] < all[0].len || at[1] < all[1].len) {
		uint8_t d = rand() & 1;
		size_t n = 1 + (size_t)rand() % max;
		struct bytes left = bytes_tail(buf_bytes(&all[d]), at[d]);

		if (!left.len)
			continue;
		left = bytes_head(left, n);
		run_say(&r, d, left);
		at[d] += left.len;
	}
	told = run_end(&r);
	buf_fini(&all[0]);
	buf_fini(&all[1]);
	return told;
}

struct told talk_tell(const struct talk *t)
{
	return talk_run(t, 0, false);
}

static void check_same(const struct told *a, const struct told *b, bool swap)
{
	ck_assert_int_eq(a->result, b->result);
	ck_assert_uint_eq(a->start[0], b->start[swap]);
	ck_assert_uint_eq(a->start[1], b->start[!swap]);
	ck_assert_pstr_eq(a->dialect, b->dialect);
	ck_assert_int_eq(a->opportunistic, b->opportunistic);
	ck_assert_int_eq(a->swapped != swap, b->swapped);
	ck_assert_str_eq(a->connect, b->connect);
	ck_assert_uint_eq(a->port, b->port);
	ck_assert_str_eq(a->authority, b->authority);
	ck_assert_int_eq(a->has_proxy, b->has_proxy);
	ck_assert(endpoint_eq(&a->source, &b->source));
	ck_assert(endpoint_eq(&a->destination, &b->destination));
}

/* Where the side's first part with TLS stands. */
static uint64_t talk_start(const struct talk *t, uint8_t dir)
{
	uint64_t at = 0;

	for (size_t i = 0; i < t->num; i++) {
		const struct part *p = &t->part[i];
		uint8_t first = p->data.p[0];

		if (p->dir != dir)
			continue;
		if ((first == 0x16 || first == 0x15) && p->data.p[1] == 3)
			return at;
		if (first == 0x80 && p->data.p[2] == 1)
			return at;
		if (first == 0x12 && p->data.p[8]) /* MS-TDS */
			return at;
		if (first == 0x82) /* a frame of WebSocket */
			return at;
		at += p->data.len;
	}
	return PROBE_NOWHERE;
}

struct told talk_expect(const struct talk *t, const char *dialect)
{
	struct told first = talk_run(t, 0, false), again;
	uint64_t start0 = talk_start(t, 0), start1 = talk_start(t, 1);

	ck_assert_int_eq(first.result, PROBE_TLS);
	ck_assert_uint_eq(first.start[0], start0);
	ck_assert_uint_eq(first.start[1], start1);
	ck_assert_pstr_eq(first.dialect, dialect);
	srand(7);
	for (size_t max = 1; max < 40; max++) {
		again = talk_run(t, max, false);
		check_same(&first, &again, false);
		again = talk_run(t, max, true);
		check_same(&first, &again, true);
	}
	for (size_t max = 1; max < 200; max++) {
		again = talk_mix(t, max);
		ck_assert_int_eq(again.result, PROBE_TLS);
		ck_assert_uint_eq(again.start[0], start0);
		ck_assert_uint_eq(again.start[1], start1);
	}
	return first;
}

enum probe_result talk_refuse(const struct talk *t)
{
	struct told first = talk_run(t, 0, false), again;

	ck_assert_int_ne(first.result, PROBE_TLS);
	srand(7);
	for (size_t max = 1; max < 40; max++) {
		again = talk_run(t, max, max & 1);
		ck_assert_int_ne(again.result, PROBE_TLS);
		again = talk_mix(t, max);
		ck_assert_int_ne(again.result, PROBE_TLS);
	}
	return first.result;
}
