/*
 * sink_file.c: a file, appended to, opened again when another one has its name
 * or none has; by size or age it becomes PATH.1, what was PATH.1 becomes
 * PATH.2, and so on. Half a line is never left behind.
 */
#include "ledger/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_TEXT    4200
#define ROTATE_AGAIN 60 /* seconds after it failed */

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
	s->regular = false;
	if (statx(s->fd, "", AT_EMPTY_PATH,
		  STATX_TYPE | STATX_SIZE | STATX_BTIME, &sx) != 0)
		return;
	s->regular = S_ISREG(sx.stx_mode);
	s->size = sx.stx_size;
	if (s->size && sx.stx_mask & STATX_BTIME)
		s->born = sx.stx_btime.tv_sec;
}

static bool open_anew(struct sink *s)
{
	/* a FIFO without a reader is none; a file does not care */
	int wait = s->options.patient ? 0 : O_NONBLOCK;
	int fd = open(s->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | wait,
		      0640);

	if (fd < 0)
		return false;
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = fd;
	s->waiting.sent = 0;
	note_file(s);
	s->begun = s->regular && !s->size;
	return true;
}

/* Where the last line of a file begins that has no end; -1: it has one. */
static int64_t half_line(int fd, uint64_t size, char *first)
{
	char block[4096];
	uint64_t end = size;

	while (end && size - end < LIMIT_EVENT_BYTES) {
		size_t n = end < sizeof block ? end : sizeof block;
		const char *at;

		if (pread(fd, block, n, (off_t)(end - n)) != (ssize_t)n)
			return -1;
		at = memrchr(block, '\n', n);
		if (at && end == size && at == block + n - 1)
			return -1;
		end -= n;
		if (at || !end) {
			int64_t begin = at ? (int64_t)end + (at - block) + 1 : 0;

			return pread(fd, first, 1, begin) == 1 ? begin : -1;
		}
	}
	return -1;
}

/*
 * Who was killed in the middle of a line left half of it. An event's is taken
 * away; what looks like no event of ours is ended.
 */
static void heal(struct sink *s)
{
	int fd = s->regular && s->size ? open(s->path, O_RDONLY | O_CLOEXEC)
				       : -1;
	int64_t begin;
	char first;

	if (fd < 0)
		return;
	begin = half_line(fd, s->size, &first);
	(void)close(fd);
	if (begin < 0)
		return;
	if (first != '{' || ftruncate(s->fd, begin) != 0)
		(void)!write(s->fd, "\n", 1);
	note_file(s);
}

static bool file_open(struct sink *s)
{
	if (!open_anew(s))
		return false;
	heal(s);
	return true;
}

/* A reader of a FIFO that went may come back. */
static ssize_t file_write(struct sink *s, struct bytes waiting)
{
	ssize_t n;

	if (s->fd < 0) {
		errno = EAGAIN; /* file_look() opens it */
		return -1;
	}
	n = write(s->fd, waiting.p, waiting.len);
	if (n > 0)
		s->size += (uint64_t)n;
	if (n < 0 && errno == EPIPE && !s->options.patient) {
		(void)close(s->fd);
		s->fd = -1;
		s->waiting.sent = 0;
		errno = EPIPE;
	}
	return n;
}

/* Only where nobody else wrote behind it; else it is completed later. */
static void file_undo(struct sink *s)
{
	size_t part = s->waiting.sent;
	struct stat st;
	off_t end;

	if (!s->regular || s->fd < 0 || fstat(s->fd, &st) != 0)
		return;
	end = lseek(s->fd, 0, SEEK_CUR);
	if (end != st.st_size || (uint64_t)end < part ||
	    ftruncate(s->fd, end - (off_t)part) != 0)
		return;
	s->size = (uint64_t)end - part;
	s->waiting.sent = 0;
}

static void file_reopen(struct sink *s)
{
	if (s->waiting.sent)
		file_undo(s);
	if (open_anew(s))
		s->reopened++;
	else /* the old one is better than none */
		sink_note_error(s, errno);
}

static bool rename_all(struct sink *s)
{
	char from[PATH_TEXT], to[PATH_TEXT];

	for (unsigned i = s->options.keep; i > 0; i--) {
		snprintf(to, sizeof to, "%s.%u", s->path, i);
		if (i > 1)
			snprintf(from, sizeof from, "%s.%u", s->path, i - 1);
		else
			snprintf(from, sizeof from, "%s", s->path);
		if (rename(from, to) != 0 && errno != ENOENT)
			return false;
	}
	return true;
}

static void rotate(struct sink *s)
{
	if (!rename_all(s)) {
		s->failed_writes++;
		sink_note_error(s, errno);
		s->rotate_at = seconds() + ROTATE_AGAIN; /* no line is lost */
		return;
	}
	s->rotated++;
	file_reopen(s);
}

static bool is_due(const struct sink *s)
{
	const struct sink_options *o = &s->options;

	if (!s->size || s->waiting.sent || seconds() < s->rotate_at)
		return false;
	return (o->rotate_size && s->size >= o->rotate_size) ||
	       (o->rotate_age && seconds() - s->born >= o->rotate_age);
}

/* Has another file its name, or none? What is only hidden from us has not. */
static bool was_moved(const struct sink *s, const struct stat *open)
{
	struct stat named;

	if (stat(s->path, &named) != 0)
		return errno == ENOENT || errno == ENOTDIR;
	return named.st_ino != open->st_ino || named.st_dev != open->st_dev;
}

/* A file that has no name any more takes nothing: events wait for the folder
 * to come back. One that was only renamed is better than none. */
static bool follow_name(struct sink *s, const struct stat *open)
{
	int error;

	if (s->waiting.sent)
		file_undo(s);
	if (open_anew(s)) {
		s->reopened++;
		return true;
	}
	error = errno;
	sink_note_error(s, error);
	if (open->st_nlink)
		return true;
	(void)close(s->fd);
	s->fd = -1;
	s->waiting.sent = 0;
	errno = error;
	return false;
}

static bool file_look(struct sink *s, bool may_begin)
{
	struct stat open;

	if (s->fd < 0) {
		errno = EAGAIN;
		return may_begin && open_anew(s);
	}
	if (!s->regular || fstat(s->fd, &open) != 0)
		return true; /* a FIFO, a device */
	if (was_moved(s, &open)) {
		errno = EAGAIN;
		return may_begin && follow_name(s, &open);
	}
	if (!open.st_size && s->size) /* copytruncate of logrotate(8) */
		s->begun = true;
	s->size = (uint64_t)open.st_size;
	if (may_begin && is_due(s))
		rotate(s);
	return true;
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
	.look = file_look,
	.write = file_write,
	.undo = file_undo,
	.reopen = file_reopen,
	.close = file_close,
	.comes_back = true,
};
