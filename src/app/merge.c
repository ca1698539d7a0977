/*
 * merge.c: --merge: several inputs as one timeline. Each source lends one frame
 * until it is asked for the next, so that one frame of each is at hand; a heap
 * has the earliest on top (ties: the input named first).
 */
#include "app/replay.h"

#include <stdio.h>
#include <stdlib.h>

struct input {
	struct source *source;
	struct frame frame;
	size_t order;
	bool scanned;
};

struct heap {
	struct input **at;
	size_t num;
};

static bool is_before(const struct input *a, const struct input *b)
{
	if (a->frame.time.ns != b->frame.time.ns)
		return a->frame.time.ns < b->frame.time.ns;
	return a->order < b->order;
}

static void sift_down(struct heap *h, size_t i)
{
	for (;;) {
		size_t least = i, child = 2 * i + 1;
		struct input *t;

		for (size_t c = child; c < child + 2 && c < h->num; c++)
			if (is_before(h->at[c], h->at[least]))
				least = c;
		if (least == i)
			return;
		t = h->at[i];
		h->at[i] = h->at[least];
		h->at[least] = t;
		i = least;
	}
}

/* The input's next frame; false: it is over, and closed. */
static bool input_next(struct replay *r, struct input *in)
{
	enum source_result got = source_next(in->source, &in->frame);

	if (!in->scanned)
		pipeline_secrets(r->pipeline, in->source);
	if (got == SOURCE_FRAME)
		return true;
	replay_close(r, in->source, got == SOURCE_FAILED);
	in->source = NULL;
	return false;
}

static void merge_frames(struct replay *r, struct heap *h)
{
	uint64_t n = 0;

	while (h->num && !replay_interrupted && !r->failed_output) {
		struct input *in = h->at[0];

		in->frame.interface = pipeline_interface(
			r->pipeline,
			source_interface(in->source, in->frame.interface));
		in->frame.input = (uint32_t)in->order;
		pipeline_frame(r->pipeline, &in->frame);
		if (!input_next(r, in))
			h->at[0] = h->at[--h->num];
		sift_down(h, 0);
		if (++n % REPLAY_BATCH || !h->num)
			continue;
		replay_answer(r, NULL);
		replay_progress(r, h->at[0]->source);
		if (n % (REPLAY_BATCH * 64) == 0 &&
		    !pipeline_flush(r->pipeline))
			r->failed_output = true;
	}
}

void replay_merge(struct replay *r, char *const *paths, size_t num)
{
	struct input *inputs = calloc(num + 1, sizeof *inputs);
	struct heap h = { .at = calloc(num + 1, sizeof *h.at) };

	if (!inputs || !h.at) {
		fprintf(stderr, "wirecert: out of memory\n");
		r->failed_input = true;
		free(inputs);
		free(h.at);
		return;
	}
	for (size_t i = 0; i < num; i++) {
		inputs[i].order = i;
		inputs[i].source =
			replay_open(r, paths[i], &inputs[i].scanned);
		if (inputs[i].source && input_next(r, &inputs[i]))
			h.at[h.num++] = &inputs[i];
	}
	for (size_t i = h.num; i-- > 0;)
		sift_down(&h, i);
	merge_frames(r, &h);
	for (size_t i = 0; i < num; i++)
		if (inputs[i].source)
			replay_close(r, inputs[i].source, false);
	free(h.at);
	free(inputs);
}
