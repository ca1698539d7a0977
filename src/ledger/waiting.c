/* waiting.c: see waiting.h. */
#include "ledger/waiting.h"

#include <stdlib.h>

struct mark {
	uint32_t len;
	uint32_t dataset;
};

/* The least important first. */
static const enum dataset order[DATASET_NUM] = {
	DATASET_HANDSHAKE,
	DATASET_STATUS,
	DATASET_CERTIFICATE,
	DATASET_FINDING,
};

void waiting_init(struct waiting *w, size_t bound)
{
	*w = (struct waiting){ .bound = bound };
	buf_init(&w->bytes, 2 * (bound + LIMIT_EVENT_BYTES));
	/* an event has a byte at least */
	buf_init(&w->marks, SIZE_MAX / 4);
}

void waiting_fini(struct waiting *w)
{
	buf_fini(&w->bytes);
	buf_fini(&w->marks);
}

static struct mark *marks(const struct waiting *w)
{
	return (struct mark *)(void *)w->marks.p + w->num_gone;
}

size_t waiting_num(const struct waiting *w)
{
	return w->marks.len / sizeof(struct mark) - w->num_gone;
}

static size_t waiting_bytes(const struct waiting *w)
{
	return w->bytes.len - w->gone;
}

static void compact(struct waiting *w)
{
	buf_shift(&w->bytes, w->gone);
	buf_shift(&w->marks, w->num_gone * sizeof(struct mark));
	w->gone = w->num_gone = 0;
}

/*
 * One pass over all: the oldest of the dataset go until so many bytes went, and
 * what stays moves together. What is partly written stays.
 */
static size_t drop_some(struct waiting *w, enum dataset dataset, size_t want)
{
	size_t num = waiting_num(w), kept = 0, from = 0, to = 0, gone = 0;
	struct mark *m = marks(w);

	for (size_t i = 0; i < num; i++) {
		struct mark one = m[i];

		if (one.dataset == dataset && gone < want &&
		    !(i == 0 && w->sent)) {
			gone += one.len;
			w->dropped[dataset]++;
		} else {
			memmove(w->bytes.p + to, w->bytes.p + from, one.len);
			m[kept++] = one;
			to += one.len;
		}
		from += one.len;
	}
	w->marks.len = kept * sizeof *m;
	w->bytes.len = to;
	return gone;
}

/* A quarter goes at once: the next events cost nothing. */
static void make_room(struct waiting *w)
{
	size_t want;

	if (waiting_bytes(w) <= w->bound)
		return;
	compact(w);
	want = w->bytes.len - w->bound / 4 * 3;
	for (size_t i = 0; i < DATASET_NUM && want; i++) {
		size_t gone = drop_some(w, order[i], want);

		want -= gone < want ? gone : want;
	}
}

void waiting_add(struct waiting *w, size_t begun, enum dataset dataset,
		 bool rendered)
{
	struct mark m = { .len = (uint32_t)(w->bytes.len - begun),
			  .dataset = dataset };

	if (rendered && w->bytes.len == begun)
		return;
	w->taken++;
	if (rendered)
		buf_add(&w->marks, &m, sizeof m);
	if (!rendered || w->marks.failed) {
		w->bytes.len = begun;
		w->bytes.failed = w->marks.failed = false;
		w->dropped[dataset]++;
		return;
	}
	make_room(w);
}

void waiting_to_front(struct waiting *w)
{
	size_t num = waiting_num(w), before;
	struct mark *m, last;
	uint8_t *copy;

	if (num < 2 || w->sent)
		return;
	compact(w);
	m = marks(w);
	last = m[num - 1];
	before = w->bytes.len - last.len;
	copy = malloc(last.len);
	if (!copy)
		return; /* then it stays the last one */
	memcpy(copy, w->bytes.p + before, last.len);
	memmove(w->bytes.p + last.len, w->bytes.p, before);
	memcpy(w->bytes.p, copy, last.len);
	memmove(m + 1, m, (num - 1) * sizeof *m);
	m[0] = last;
	free(copy);
}

void waiting_join(struct waiting *w, struct waiting *next)
{
	size_t num = waiting_num(next), at = 0;

	w->taken += next->taken - num;
	for (size_t i = 0; i < DATASET_NUM; i++)
		w->dropped[i] += next->dropped[i];
	for (size_t i = 0; i < num; i++) {
		struct mark m = marks(next)[i];
		size_t begun = w->bytes.len;

		buf_add(&w->bytes, next->bytes.p + next->gone + at, m.len);
		waiting_add(w, begun, (enum dataset)m.dataset,
			    !w->bytes.failed);
		at += m.len;
	}
	waiting_fini(next);
	waiting_init(next, next->bound);
}

size_t waiting_memory(const struct waiting *w)
{
	return w->bytes.size + w->marks.size;
}

struct bytes waiting_all(const struct waiting *w)
{
	return bytes_tail(buf_bytes(&w->bytes), w->gone + w->sent);
}

struct bytes waiting_first(const struct waiting *w)
{
	if (!waiting_num(w))
		return bytes_of(NULL, 0);
	return bytes_head(waiting_all(w), marks(w)->len - w->sent);
}

/* What was written is moved out of the way now and then; what a long wait made
 * large is given back. */
static void tidy(struct waiting *w)
{
	if (w->gone < w->bytes.len && w->gone < w->bytes.len / 2 + 65536)
		return;
	compact(w);
	if (w->bytes.len || w->bytes.size <= 1u << 20)
		return;
	buf_fini(&w->bytes);
	buf_fini(&w->marks);
}

void waiting_sent(struct waiting *w, size_t n)
{
	const struct mark *m = marks(w);
	size_t num = waiting_num(w), done = 0;

	w->sent += n;
	for (; done < num && m[done].len <= w->sent; done++) {
		w->sent -= m[done].len;
		w->gone += m[done].len;
	}
	w->num_gone += done;
	tidy(w);
}

void waiting_drop_first(struct waiting *w)
{
	const struct mark *m = marks(w);

	if (!waiting_num(w))
		return;
	w->dropped[m->dataset]++;
	w->sent = 0;
	waiting_sent(w, m->len);
}

uint64_t waiting_dropped(const struct waiting *w)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < DATASET_NUM; i++)
		sum += w->dropped[i];
	return sum;
}
