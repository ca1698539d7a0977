/*
 * sink_file.c: a file, appended to, opened again when another one has its name;
 * by size or age it becomes PATH.1, what was PATH.1 becomes PATH.2, and so on.
 */
#include "ledger/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_TEXT 4200

static int64_t seconds(void)
{
	return (int64_t)time(NULL);
}

/* A file that was there before is as old as it says, where it does. */
static void note_file(struct sink *s)
{
	struct statx sx;

	s->size = 0;
	s->born = seconds();
	if (statx(s->fd, "", AT_EMPTY_PATH, STATX_SIZE | STATX_BTIME, &sx) != 0)
		return;
	s->size = sx.stx_size;
	if (s->size && sx.stx_mask & STATX_BTIME)
		s->born = sx.stx_btime.tv_sec;
}

static bool file_open(struct sink *s)
{
	int fd = open(s->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		      0640);

	if (fd < 0)
		return false;
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = fd;
	s->sent = 0;
	note_file(s);
	return true;
}

static ssize_t file_write(struct sink *s, struct bytes waiting)
{
	ssize_t n = write(s->fd, waiting.p, waiting.len);

	if (n > 0)
		s->size += (uint64_t)n;
	return n;
}

static void file_reopen(struct sink *s)
{
	if (!file_open(s)) /* the old one is better than none */
		snprintf(s->error, sizeof s->error, "%s: %s", s->path,
			 strerror(errno));
}

static void rotate(struct sink *s)
{
	char from[PATH_TEXT], to[PATH_TEXT];

	for (unsigned i = s->options.keep; i > 0; i--) {
		snprintf(to, sizeof to, "%s.%u", s->path, i);
		if (i > 1)
			snprintf(from, sizeof from, "%s.%u", s->path, i - 1);
		else
			snprintf(from, sizeof from, "%s", s->path);
		if (rename(from, to) == 0 || errno == ENOENT)
			continue;
		s->failed_writes++;
		snprintf(s->error, sizeof s->error, "%.180s: %s", to,
			 strerror(errno));
		s->born = seconds(); /* not again at once ... */
		s->size = 0;	     /* ... and no line is lost */
		return;
	}
	s->rotated++;
	file_reopen(s);
}

/* Is there another file of that name, or none? Once a second at most. */
static bool was_moved(struct sink *s)
{
	struct stat named, open;
	int64_t now = seconds();

	if (now == s->looked)
		return false;
	s->looked = now;
	if (fstat(s->fd, &open) != 0)
		return false;
	if (!S_ISREG(open.st_mode))
		return false; /* a FIFO, a device */
	return stat(s->path, &named) != 0 || named.st_ino != open.st_ino ||
	       named.st_dev != open.st_dev;
}

static void file_flush(struct sink *s)
{
	const struct sink_options *o = &s->options;

	if (was_moved(s))
		file_reopen(s);
	if (s->size && ((o->rotate_size && s->size >= o->rotate_size) ||
			(o->rotate_age && seconds() - s->born >= o->rotate_age)))
		rotate(s);
}

static void file_close(struct sink *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

const struct sink_row sink_file = {
	.name = "file",
	.open = file_open,
	.write = file_write,
	.flush = file_flush,
	.reopen = file_reopen,
	.close = file_close,
};
