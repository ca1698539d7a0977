/* sink.c: see sink.h. */
#include "ledger/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FLUSH_AT    (64u << 10)
#define PENDING_MAX (16u << 20) /* while the disk is full or slow */

static int open_path(const char *path)
{
	if (!strcmp(path, "-"))
		return STDOUT_FILENO;
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

bool sink_open(struct sink *s, const struct sink_options *o,
	       char err[static SINK_ERROR_TEXT])
{
	*s = (struct sink){ .options = *o, .fd = -1 };
	buf_init(&s->pending, PENDING_MAX);
	s->path = strdup(o->path);
	s->fd = s->path ? open_path(s->path) : -1;
	if (s->fd >= 0)
		return true;
	snprintf(err, SINK_ERROR_TEXT, "%s: cannot be written: %s", o->path,
		 strerror(errno));
	free(s->path);
	return false;
}

void sink_close(struct sink *s)
{
	(void)sink_flush(s);
	if (s->fd > STDERR_FILENO)
		(void)close(s->fd);
	buf_fini(&s->pending);
	free(s->path);
}

bool sink_wants(const struct sink *s, const struct log_event *e)
{
	if (!(s->options.datasets & 1u << e->dataset))
		return false;
	return !e->finding || e->finding->severity >= s->options.min_severity;
}

void sink_take(struct sink *s, const struct log_event *e,
	       const struct observer *o)
{
	struct text_style style = { .colour = s->options.colour };
	bool ok = s->options.format == FORMAT_TEXT
			  ? render_text(e, &style, &s->pending)
			  : render_ecs(e, o, &s->pending);

	if (ok)
		s->written++;
	else
		s->dropped++;
	if (s->pending.len >= FLUSH_AT)
		(void)sink_flush(s);
}

/*
 * Whole lines only: what was begun is finished before anything else, so that a
 * full disk leaves at most the rest of one line for later.
 */
bool sink_flush(struct sink *s)
{
	while (s->pending.len) {
		ssize_t n = write(s->fd, s->pending.p, s->pending.len);

		if (n >= 0) {
			buf_shift(&s->pending, (size_t)n);
			continue;
		}
		if (errno == EINTR)
			continue;
		s->failed_writes++;
		snprintf(s->error, sizeof s->error, "%s: %s",
			 strcmp(s->path, "-") ? s->path : "standard output",
			 strerror(errno));
		return errno != EPIPE && errno != EBADF;
	}
	return true;
}

void sink_reopen(struct sink *s)
{
	int fd;

	if (!strcmp(s->path, "-"))
		return;
	(void)sink_flush(s);
	fd = open_path(s->path);
	if (fd < 0) {
		snprintf(s->error, sizeof s->error, "%s: %s", s->path,
			 strerror(errno));
		return; /* the old one is better than none */
	}
	(void)close(s->fd);
	s->fd = fd;
}
