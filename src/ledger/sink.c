/* sink.c: see sink.h. */
#include "ledger/sink.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FLUSH_AT    (64u << 10)
#define PENDING_MAX (16u << 20) /* while the disk is full or slow */

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

bool sink_open(struct sink *s, const struct sink_options *o,
	       char err[static SINK_ERROR_TEXT])
{
	bool standard = o->path && !strcmp(o->path, "-");
	enum sink_type type = standard ? SINK_STDOUT : o->type;
	const char *path = o->path && !standard ? o->path : default_path(type);

	*s = (struct sink){ .options = *o, .row = rows[type], .fd = -1 };
	buf_init(&s->pending, PENDING_MAX);
	s->path = strdup(path);
	if (s->path && s->row->open(s))
		return true;
	snprintf(err, SINK_ERROR_TEXT, "%s: cannot be written: %s", path,
		 strerror(errno));
	free(s->path);
	return false;
}

/* A reader that is only slow gets a moment for what is left. */
static void wait_for_reader(struct sink *s)
{
	for (int i = 0; i < 20 && s->pending.len && s->fd >= 0; i++) {
		struct pollfd p = { .fd = s->fd, .events = POLLOUT };

		if (!sink_flush(s) || !s->pending.len)
			return;
		(void)poll(&p, 1, 100);
	}
}

void sink_close(struct sink *s)
{
	(void)sink_flush(s);
	if (s->row->comes_back)
		wait_for_reader(s);
	s->row->close(s);
	buf_fini(&s->pending);
	free(s->path);
}

bool sink_wants(const struct sink *s, const struct log_event *e)
{
	if (!(s->options.datasets & 1u << e->dataset))
		return false;
	return !e->finding || e->finding->severity >= s->options.min_severity;
}

/* A datagram ends with a NUL here, and not with empty lines. */
static bool end_event(struct sink *s, size_t begun)
{
	struct buf *b = &s->pending;

	if (!s->row->datagrams)
		return true;
	while (b->len > begun && b->p[b->len - 1] == '\n')
		b->len--;
	for (size_t i = begun; s->row->one_line && i < b->len; i++)
		if (b->p[i] == '\n')
			b->p[i] = ' ';
	buf_add_char(b, '\0');
	return !b->failed;
}

void sink_take(struct sink *s, const struct log_event *e,
	       const struct observer *o)
{
	struct text_style style = { .colour = s->options.colour };
	const struct format_row *format = &format_rows[s->options.format];
	size_t before = s->pending.len, begun;
	bool ok;

	if (s->row->begin)
		s->row->begin(s, e, o);
	begun = s->pending.len;
	ok = !s->pending.failed &&
	     (format->render ? format->render(e, o, &s->pending)
			     : render_text(e, &style, &s->pending));
	if (ok && s->pending.len > begun && end_event(s, begun)) {
		s->written++;
	} else if (ok && s->pending.len == begun) {
		s->pending.len = before; /* the format has no line for it */
	} else {
		s->dropped++;
		s->pending.len = before;
		s->pending.failed = false;
	}
	if (s->pending.len >= FLUSH_AT)
		(void)sink_flush(s);
}

struct bytes sink_text(struct bytes waiting)
{
	const uint8_t *end = memchr(waiting.p, '\0', waiting.len);

	return end ? bytes_head(waiting, (size_t)(end - waiting.p)) : waiting;
}

/*
 * Whole lines only: what was begun is finished before anything else, so that a
 * full disk leaves at most the rest of one line for later. A line stays here
 * until all of it is written: a place that is opened anew gets all of it.
 */
static void note_sent(struct sink *s, size_t n)
{
	const uint8_t *last;
	size_t whole;

	s->sent += n;
	last = memrchr(s->pending.p, s->row->datagrams ? '\0' : '\n', s->sent);
	if (!last)
		return;
	whole = (size_t)(last - s->pending.p) + 1;
	buf_shift(&s->pending, whole);
	s->sent -= whole;
}

bool sink_flush(struct sink *s)
{
	while (s->pending.len) {
		ssize_t n = s->row->write(
			s, bytes_tail(buf_bytes(&s->pending), s->sent));

		if (n >= 0) {
			note_sent(s, (size_t)n);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN)
			return true; /* its reader is slow */
		s->failed_writes++;
		snprintf(s->error, sizeof s->error, "%s: %s", s->path,
			 strerror(errno));
		return s->row->comes_back ||
		       (errno != EPIPE && errno != EBADF);
	}
	if (s->row->flush)
		s->row->flush(s);
	return true;
}

void sink_reopen(struct sink *s)
{
	if (!s->row->reopen)
		return;
	(void)sink_flush(s);
	s->row->reopen(s);
}
