/* outlet.c: see outlet.h. */
#include "ledger/outlet.h"

#include <stdio.h>

static void run(void *what)
{
	struct outlet *o = what;
	struct sink *s = &o->sink;

	switch (o->task) {
	case OUTLET_LOOK:
		sink_look(s);
		/* what stands first in a new file is not made yet */
		o->good = s->begun || sink_flush(s);
		break;
	case OUTLET_WRITE:
		o->good = sink_flush(s);
		break;
	case OUTLET_WRITE_ON:
		o->good = sink_write_on(s);
		break;
	case OUTLET_REOPEN:
		sink_reopen(s);
		break;
	case OUTLET_CLOSE:
		sink_close(s);
		break;
	}
}

bool outlet_open(struct outlet *o, const struct sink_options *so,
		 size_t waiting, const struct io_threads *threads,
		 char err[static SINK_ERROR_TEXT])
{
	*o = (struct outlet){ .good = true };
	if (!sink_open(&o->sink, so, waiting, err))
		return false;
	waiting_init(&o->next, waiting);
	/* sockets and FIFOs never wait; a patient one waits in any case */
	io_job_init(&o->job, o->sink.regular && !so->patient ? threads : NULL,
		    run, o);
	return true;
}

static bool is_away(const struct outlet *o)
{
	return o->sealed || o->job.busy;
}

/* What is told from now on waits apart, within what is left of the bound. */
static void go_away(struct outlet *o)
{
	const struct waiting *w = &o->sink.waiting;
	size_t len = waiting_all(w).len;

	if (!is_away(o))
		o->next.bound = w->bound > len ? w->bound - len : 0;
}

static void come_back(struct outlet *o)
{
	if (is_away(o))
		return;
	if (o->next.taken)
		waiting_join(&o->sink.waiting, &o->next);
	o->hangs_told = false;
}

bool outlet_is_busy(struct outlet *o)
{
	if (!o->job.busy)
		return false;
	if (!io_job_done(&o->job))
		return true;
	if (o->hangs_told) {
		o->sink.told = o->sink.recovered = true;
		o->sink.over_told = false;
	}
	come_back(o);
	return false;
}

static void status_of(struct sink *s, struct status_output *out)
{
	const struct waiting *w = &s->waiting;

	snprintf(out->name, sizeof out->name, "%s", s->path);
	out->type = s->row->name;
	out->failing = s->failing;
	out->waiting = waiting_num(w);
	out->waiting_bytes = waiting_all(w).len;
	out->held_bytes = waiting_memory(w);
	out->written = w->taken - waiting_dropped(w) - out->waiting;
	memcpy(out->dropped, w->dropped, sizeof out->dropped);
	out->failed_writes = s->failed_writes;
	out->rotated = s->rotated;
	out->reopened = s->reopened;
	out->slowest = s->slowest;
}

bool outlet_do(struct outlet *o, enum outlet_task task)
{
	if (outlet_is_busy(o))
		return false;
	o->task = task;
	go_away(o);
	if (o->job.threads)
		status_of(&o->sink, &o->before);
	return io_job_do(&o->job);
}

bool outlet_close(struct outlet *o)
{
	unsigned long long num;

	o->sealed = false;
	if (io_job_end(&o->job)) {
		come_back(o);
		(void)outlet_do(o, OUTLET_CLOSE);
	}
	if (io_job_end(&o->job)) {
		waiting_fini(&o->next);
		return true;
	}
	num = o->before.waiting + waiting_num(&o->next);
	fprintf(stderr, "wirecert: %s: it does not answer; %llu events are "
			"lost\n", o->before.name, num);
	return false;
}

void outlet_take(struct outlet *o, const struct log_event *e,
		 const struct observer *observer)
{
	bool away = is_away(o);

	if (!sink_wants(&o->sink, e))
		return;
	sink_render(&o->sink, away ? &o->next : &o->sink.waiting, e, observer);
	if (!away && sink_is_full(&o->sink))
		(void)outlet_do(o, OUTLET_WRITE_ON);
}

bool outlet_may_write(struct outlet *o)
{
	return !is_away(o) && sink_may_write(&o->sink);
}

void outlet_seal(struct outlet *o)
{
	go_away(o);
	o->sealed = true;
}

void outlet_unseal(struct outlet *o)
{
	o->sealed = false;
	come_back(o);
}

void outlet_reopen(struct outlet *o)
{
	o->reopen_due = o->sink.row->reopen && (o->sealed || outlet_is_busy(o));
	if (o->sink.row->reopen && !o->reopen_due)
		(void)outlet_do(o, OUTLET_REOPEN);
}

bool outlet_waits(struct outlet *o)
{
	return outlet_is_busy(o) || waiting_num(&o->sink.waiting) ||
	       waiting_num(&o->next);
}

static bool hang_news(struct outlet *o, char *text, size_t size)
{
	if (!io_job_hangs(&o->job) || o->hangs_told)
		return false;
	o->hangs_told = true;
	snprintf(text, size, "%s: it does not answer; events wait for it "
			     "(%zu KiB at most)",
		 o->sink.path, o->sink.waiting.bound >> 10);
	return true;
}

bool outlet_news(struct outlet *o, char *text, size_t size)
{
	struct sink *s = &o->sink;
	uint64_t dropped;

	if (outlet_is_busy(o))
		return hang_news(o, text, size);
	dropped = waiting_dropped(&s->waiting);
	if (s->failing && !s->told) {
		s->told = true;
		snprintf(text, size, "%s; events wait for it (%zu KiB at most)",
			 s->error, s->waiting.bound >> 10);
		return true;
	}
	if (!s->recovered || !s->over_told)
		return false;
	snprintf(text, size, "%s: written again, %llu events were dropped",
		 s->path, (unsigned long long)(dropped - s->told_dropped));
	s->told = s->recovered = s->over_told = false;
	s->told_dropped = dropped;
	return true;
}

void outlet_status(struct outlet *o, struct status_output *out)
{
	const struct waiting *next = &o->next;

	if (outlet_is_busy(o)) {
		*out = o->before;
		out->failing |= io_job_hangs(&o->job);
	} else {
		status_of(&o->sink, out);
		o->sink.slowest = 0;
	}
	out->waiting += waiting_num(next);
	out->waiting_bytes += waiting_all(next).len;
	out->held_bytes += waiting_memory(next);
	for (size_t i = 0; i < DATASET_NUM; i++)
		out->dropped[i] += next->dropped[i];
}
