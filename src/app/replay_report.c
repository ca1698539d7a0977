/*
 * replay_report.c: the report behind a replay: a file with --report, and what
 * fits on a screen where standard error is a terminal.
 */
#include "app/replay.h"
#include "ledger/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The file is opened before the replay, so that a wrong name costs no hour;
 * what was in it stays until there is something new. */
bool replay_report_begin(struct replay *r)
{
	const char *path = r->options->report;

	r->report_fd = -1;
	if (path)
		r->report_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC,
				    0640);
	if (path && r->report_fd < 0) {
		fprintf(stderr, "wirecert: --report %s: %s\n", path,
			strerror(errno));
		return false;
	}
	if (!path && !isatty(STDERR_FILENO))
		return true;
	r->report = pipeline_report(r->pipeline);
	if (!r->report)
		fprintf(stderr, "wirecert: out of memory\n");
	return r->report;
}

/* A pipe or a device has no length. */
static bool write_file(int fd, struct bytes b)
{
	if (ftruncate(fd, 0) != 0 && errno != EINVAL)
		return false;
	return fd_write_all(fd, b);
}

static void show(struct report *report)
{
	struct buf text;

	buf_init(&text, LIMIT_EVENT_BYTES);
	if (report_screen(report, options_wants_colour(), &text))
		(void)fd_write_all(STDERR_FILENO, buf_bytes(&text));
	buf_fini(&text);
}

static void write_report(struct replay *r)
{
	enum report_format format = REPORT_MARKDOWN;
	struct buf text;

	(void)report_format_of(r->options->report, &format);
	buf_init(&text, LIMIT_REPORT_BYTES);
	errno = EFBIG;
	if (!report_write(r->report, format, &text) ||
	    !write_file(r->report_fd, buf_bytes(&text))) {
		fprintf(stderr, "wirecert: --report %s: %s\n",
			r->options->report, strerror(errno));
		r->failed_output = true;
	}
	buf_fini(&text);
}

void replay_report_end(struct replay *r)
{
	if (r->report && r->options->report)
		write_report(r);
	if (r->report && isatty(STDERR_FILENO))
		show(r->report);
	if (r->report_fd >= 0)
		(void)close(r->report_fd);
	report_free(r->report);
}
