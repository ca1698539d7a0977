/* sink.c: see sink.h. */
#include "ledger/sink.h"

#include "event/zeek.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_AT (64u << 10)
#define MAY_ADD	 (48u << 10) /* an event is smaller, as good as always */
/* tenths of a second that a replay waits for a reader that is gone, and that
 * the end of a sensor waits for one that is slow */
#define PATIENCE 50
#define LAST	 20

const char *const sink_words[] = { "file",	  "stdout", "unix_stream",
				   "unix_dgram", "syslog", "journald" };

static const struct sink_row *const rows[] = {
	[SINK_FILE] = &sink_file,
	[SINK_STDOUT] = &sink_stdout,
	[SINK_UNIX_STREAM] = &sink_unix_stream,
	[SINK_UNIX_DGRAM] = &sink_unix_dgram,
	[SINK_SYSLOG] = &sink_syslog,
	[SINK_JOURNALD] = &sink_journald,
};

static const char *default_path(enum sink_type type)
{
	if (type == SINK_SYSLOG)
		return "/dev/log";
	if (type == SINK_JOURNALD)
		return "/run/systemd/journal/socket";
	return "standard output";
}

void sink_note_error(struct sink *s, int error)
{
	/* the one that people meet: | head */
	const char *why = error == EPIPE ? "closed by its reader"
			  : error == ENXIO ? "it has no reader"
					   : strerror(error);

	snprintf(s->error, sizeof s->error, "%.180s: %s", s->path, why);
}

bool sink_open(struct sink *s, const struct sink_options *o, size_t waiting,
	       char err[static SINK_ERROR_TEXT])
{
	bool standard = o->path && !strcmp(o->path, "-");
	enum sink_type type = standard ? SINK_STDOUT : o->type;
	const char *path = o->path && !standard ? o->path : default_path(type);

	*s = (struct sink){ .options = *o,
			    .row = rows[type],
			    .fd = -1,
			    .flush_at = FLUSH_AT,
			    .header_due = o->zeek_log != ZEEK_LOG_NONE };
	waiting_init(&s->waiting, waiting);
	s->path = strdup(path);
	if (s->path && s->row->open(s)) {
		s->begun = false; /* who starts tells that by itself */
		return true;
	}
	snprintf(err, SINK_ERROR_TEXT, "%.180s: cannot be written: %s", path,
		 errno == ENXIO ? "it has no reader" : strerror(errno));
	free(s->path);
	return false;
}

static struct stamp clock_now(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (struct stamp){ .ns = t.tv_sec * NSEC_PER_SEC + t.tv_nsec };
}

static void nap(void)
{
	static const struct timespec tenth = { .tv_nsec = 100000000 };

	(void)nanosleep(&tenth, NULL);
}

void sink_close(struct sink *s)
{
	bool patient = s->options.patient;

	s->options.patient = false;
	for (int i = 0; i < LAST; i++) {
		if (s->row->look && s->fd < 0)
			(void)s->row->look(s, true);
		s->tried = 0;
		if (!sink_flush(s) || !waiting_num(&s->waiting) || patient)
			break;
		nap();
	}
	if (s->waiting.sent && s->row->undo)
		s->row->undo(s);
	s->row->close(s);
	waiting_fini(&s->waiting);
	free(s->path);
}

bool sink_wants(const struct sink *s, const struct log_event *e)
{
	if (!(s->options.datasets & 1u << e->dataset))
		return false;
	return !e->finding || e->finding->severity >= s->options.min_severity;
}

/* A datagram does not end with empty lines. */
static void trim(const struct sink *s, struct buf *b, size_t begun)
{
	while (b->len > begun && b->p[b->len - 1] == '\n')
		b->len--;
	for (size_t i = begun; s->row->one_line && i < b->len; i++)
		if (b->p[i] == '\n')
			b->p[i] = ' ';
}

static bool render(const struct sink *s, const struct log_event *e,
		   const struct observer *o, struct buf *out)
{
	const struct sink_options *so = &s->options;
	const struct format_row *format = &format_rows[so->format];
	struct text_style style = { .colour = so->colour };

	if (so->zeek_log)
		return zeek_tsv(e, o, so->zeek_log, out);
	if (format->render)
		return format->render(e, o, out);
	return render_text(e, &style, out);
}

/* A file of Zeek's begins with what its columns are. */
static void put_header(struct sink *s, struct waiting *w)
{
	size_t before = w->bytes.len;

	s->header_due = false;
	zeek_tsv_header(s->options.zeek_log, s->newest, &w->bytes);
	waiting_add(w, before, DATASET_FINDING, !w->bytes.failed);
}

void sink_put_header(struct sink *s)
{
	if (!s->options.zeek_log || !s->newest.ns)
		return;
	put_header(s, &s->waiting);
	waiting_to_front(&s->waiting);
}

void sink_render(struct sink *s, struct waiting *w, const struct log_event *e,
		 const struct observer *o)
{
	struct buf *b = &w->bytes;
	size_t before, begun;
	bool ok;

	s->newest = e->time;
	if (s->header_due)
		put_header(s, w);
	before = b->len;
	if (s->row->begin)
		s->row->begin(b, e, o);
	begun = b->len;
	ok = !b->failed && render(s, e, o, b);
	if (ok && b->len == begun) {
		b->len = before; /* the format has no line for it */
		return;
	}
	if (ok && s->row->datagrams)
		trim(s, b, begun);
	if (ok && s->row->end)
		s->row->end(b, begun);
	waiting_add(w, before, e->dataset, ok && !b->failed);
}

bool sink_is_full(const struct sink *s)
{
	return waiting_all(&s->waiting).len >= s->flush_at;
}

bool sink_may_write(const struct sink *s)
{
	return waiting_all(&s->waiting).len + MAY_ADD >= s->flush_at;
}

void sink_first(struct sink *s)
{
	waiting_to_front(&s->waiting);
}

static void note_failure(struct sink *s)
{
	s->failed_writes++;
	s->failing = true;
	sink_note_error(s, errno);
}

void sink_look(struct sink *s)
{
	if (!s->row->look)
		return;
	if (!s->row->look(s, true)) {
		note_failure(s);
		s->tried = stamp_to_sec(clock_now(CLOCK_MONOTONIC));
	}
}

static ssize_t write_some(struct sink *s)
{
	struct bytes b = s->row->datagrams ? waiting_first(&s->waiting)
					   : waiting_all(&s->waiting);
	struct stamp begun = clock_now(CLOCK_MONOTONIC);
	ssize_t n = s->row->write(s, b);
	int error = errno;
	uint64_t took = (uint64_t)(clock_now(CLOCK_MONOTONIC).ns - begun.ns);

	if (took > s->slowest)
		s->slowest = took;
	errno = error;
	return n;
}

enum next {
	NEXT_AGAIN, /* at once */
	NEXT_LATER,
	NEXT_NEVER,
};

/* A replay waits: for a reader that is slow as long as there is one. */
static enum next wait_for_it(struct sink *s, int *left)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };

	if (errno == EAGAIN && s->fd >= 0) {
		(void)poll(&p, 1, 1000);
		return NEXT_AGAIN;
	}
	if (!s->row->comes_back || s->row == &sink_file || --*left < 0)
		return NEXT_NEVER;
	nap();
	return NEXT_AGAIN;
}

/* What a write that failed means; errno is set. */
static enum next after_failure(struct sink *s, int *left)
{
	int error = errno;

	if (error == EINTR)
		return NEXT_AGAIN;
	if (error != EAGAIN)
		note_failure(s);
	if (error != EAGAIN && s->waiting.sent && s->row->undo)
		s->row->undo(s);
	errno = error;
	if (s->options.patient)
		return wait_for_it(s, left);
	if (!s->row->comes_back && (error == EPIPE || error == EBADF))
		return NEXT_NEVER;
	if (s->fd < 0)
		s->tried = stamp_to_sec(clock_now(CLOCK_MONOTONIC));
	return NEXT_LATER;
}

/* Everything was written: is there something to tell of the time before? */
static void note_good(struct sink *s)
{
	if (s->failing || waiting_dropped(&s->waiting) != s->told_dropped)
		s->recovered = true;
	s->failing = false;
}

bool sink_flush(struct sink *s)
{
	int left = PATIENCE;

	if (s->fd < 0 && s->tried &&
	    s->tried == stamp_to_sec(clock_now(CLOCK_MONOTONIC)))
		return true; /* once a second */
	while (waiting_num(&s->waiting)) {
		ssize_t n = write_some(s);
		enum next next = NEXT_AGAIN;

		if (n >= 0)
			waiting_sent(&s->waiting, (size_t)n);
		else
			next = after_failure(s, &left);
		if (next == NEXT_NEVER)
			return false;
		if (next == NEXT_AGAIN)
			continue;
		s->flush_at = waiting_all(&s->waiting).len + FLUSH_AT;
		return true;
	}
	s->flush_at = FLUSH_AT;
	note_good(s);
	return true;
}

bool sink_write_on(struct sink *s)
{
	/* another file begins in sink_look() only, with its first line */
	if (!s->row->look || s->row->look(s, false))
		return sink_flush(s);
	s->flush_at = waiting_all(&s->waiting).len + FLUSH_AT;
	return true;
}

void sink_reopen(struct sink *s)
{
	if (!s->row->reopen)
		return;
	(void)sink_flush(s);
	s->row->reopen(s);
}
