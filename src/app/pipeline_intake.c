/*
 * pipeline_intake.c: how frames come to the workers. Several copy what does not
 * stand where it is; the only one looks at frames in place, some at a time
 * (worker.h), so that they must stand until it has run: intake_settle().
 */
#include "app/heap.h"
#include "app/pipeline_parts.h"

#include <stdlib.h>

void intake_collect(struct pipeline *p)
{
	struct observation *o;

	while ((o = worker_next(p->worker)))
		pipeline_take(p, o);
}

void intake_settle(struct pipeline *p)
{
	if (p->deal) {
		deal_sync(p->deal);
		return;
	}
	worker_run(p->worker);
	intake_collect(p);
}

/* Will the packet's bytes stand when the next frame comes? Fragments that the
 * decoder put together do not. */
static bool is_standing(const struct pipeline *p, const struct frame *f,
			const struct packet *packet)
{
	return (p->stands || p->kept) && bytes_inside(f->data, packet->ip);
}

static void deal_frame(struct pipeline *p, const struct frame *f)
{
	struct packet packet;

	if (decode_frame(p->decoder, f, &packet) != DECODE_OK)
		return;
	do
		deal_packet(p->deal, &packet, p->frames, p->now);
	while (decode_next(p->decoder, &packet));
}

static void queue_frame(struct pipeline *p, const struct frame *f)
{
	struct packet *packet = worker_room(p->worker);

	if (decode_frame(p->decoder, f, packet) != DECODE_OK)
		return;
	do {
		bool stands = is_standing(p, f, packet);

		worker_queue(p->worker, p->frames, p->now);
		if (!stands)
			worker_run(p->worker);
		packet = worker_room(p->worker);
	} while (decode_next(p->decoder, packet));
	intake_collect(p);
}

void intake_frame(struct pipeline *p, const struct frame *f)
{
	if (p->deal)
		deal_frame(p, f);
	else
		queue_frame(p, f);
}

/* The same buffer again, once nobody looks at it any more. */
static uint8_t *lend(void *arg, size_t least, size_t *size)
{
	struct pipeline *p = arg;

	heap_advise();
	intake_settle(p);
	free(p->lent_before);
	p->lent_before = NULL;
	p->stands = true;
	if (least < LENT_BYTES)
		least = LENT_BYTES;
	if (p->lent_size < least) {
		/* the source has still to move what is left in it */
		p->lent_before = p->lent;
		p->lent = malloc(least);
		p->lent_size = p->lent ? least : 0;
		p->stands = p->lent;
	}
	*size = p->lent_size;
	return p->lent;
}

void pipeline_lend(struct pipeline *p, struct source *s)
{
	struct source_buffers from = { .next = lend, .arg = p };

	if (p->deal)
		from = (struct source_buffers){ deal_lend, p->deal };
	source_borrow(s, &from);
}

void pipeline_keeps(struct pipeline *p)
{
	p->kept = true;
}

void pipeline_rest(struct pipeline *p)
{
	p->stands = false;
	if (!p->deal) /* which copies what does not stand in what it lent */
		intake_settle(p);
}

void intake_free(struct pipeline *p)
{
	free(p->lent_before);
	free(p->lent);
}
