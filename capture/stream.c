/* stream.c: see stream.h. */
#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "capture/inflate.h"

/* one read; large enough that system calls do not count */
#define STREAM_CHUNK (256u << 10)
/* ... which a borrowed buffer has room for, beside what is left of the last */
#define STREAM_LEAST (64u << 10)
/* how long one call waits for a pipe that is followed: who asked may have
 * other things to do; without, it waits for as long as it takes */
#define STREAM_WAIT_MSEC 50

struct stream {
	int fd;
	bool follow, pipe, eof, started;
	/* what the reader sees */
	uint8_t *buf;
	size_t head, tail, size;
	uint64_t taken;
	struct source_buffers from; /* next NULL: buf is ours, and moves */
	bool borrowed;
	/* what is behind a decompressor */
	const struct inflate_kind *kind;
	void *state;
	uint8_t *raw;
	size_t raw_head, raw_tail;
	bool between;
	uint64_t read, put, file_size;
	char error[160];
};

static const struct inflate_kind *const stream_kinds[] = {
	&inflate_gzip,
	&inflate_zstd,
};

struct stream *stream_open(const char *path, bool follow)
{
	struct stream *s = calloc(1, sizeof *s);
	struct stat st;

	if (!s)
		return NULL;
	/* a FIFO without a writer must not hold up the others */
	if (!strcmp(path, "-"))
		s->fd = dup(STDIN_FILENO);
	else
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	s->buf = malloc(STREAM_CHUNK);
	s->size = STREAM_CHUNK;
	if (s->fd < 0 || !s->buf || fstat(s->fd, &st))
		goto fail;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		goto fail;
	}
	s->pipe = !S_ISREG(st.st_mode);
	s->follow = follow;
	s->between = true;
	if (!s->pipe)
		s->file_size = (uint64_t)st.st_size;
	return s;
fail:
	stream_close(s);
	return NULL;
}

void stream_close(struct stream *s)
{
	int saved = errno;

	if (!s)
		return;
	if (s->state)
		s->kind->close(s->state);
	if (s->fd >= 0)
		close(s->fd);
	free(s->raw);
	if (!s->borrowed)
		free(s->buf);
	free(s);
	errno = saved;
}

static enum stream_result stream_fail(struct stream *s, const char *text)
{
	snprintf(s->error, sizeof s->error, "%s", text);
	return STREAM_FAILED;
}

/* What the file gives now, at most room bytes. */
static enum stream_result stream_read(struct stream *s, uint8_t *to,
				      size_t room, size_t *got)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	ssize_t n;

	if (s->eof)
		return STREAM_END;
	if (s->pipe) {
		int ready = poll(&p, 1, s->follow ? STREAM_WAIT_MSEC : -1);

		/* a signal: the caller may want to end */
		if (ready == 0 || (ready < 0 && errno == EINTR))
			return STREAM_AGAIN;
	}
	n = read(s->fd, to, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return STREAM_AGAIN;
	if (n < 0)
		return stream_fail(s, strerror(errno));
	if (n == 0 && s->follow && !s->pipe)
		return STREAM_AGAIN;
	if (n == 0) {
		s->eof = true;
		return STREAM_END;
	}
	s->read += (uint64_t)n;
	*got = (size_t)n;
	return STREAM_OK;
}

/* Goes on in another buffer: what was read to this one is still looked at. */
static bool stream_turn(struct stream *s)
{
	size_t left = s->tail - s->head, size;
	uint8_t *p = s->from.next(s->from.arg, left + STREAM_LEAST, &size);

	if (!p)
		return false;
	memmove(p, s->buf + s->head, left); /* it may be the same again */
	if (!s->borrowed)
		free(s->buf);
	s->borrowed = true;
	s->buf = p;
	s->size = size;
	s->head = 0;
	s->tail = left;
	return true;
}

void stream_borrow(struct stream *s, const struct source_buffers *from)
{
	s->from = *from;
	if (!stream_turn(s)) /* as it was, then */
		s->from.next = NULL;
}

/* Room behind what is visible: moves it to the front, or doubles. */
static bool stream_make_room(struct stream *s)
{
	uint8_t *p;

	if (s->from.next)
		return s->tail < s->size || stream_turn(s);
	if (s->head == s->tail) {
		s->head = s->tail = 0;
	} else if (s->tail == s->size && s->head > 0) {
		memmove(s->buf, s->buf + s->head, s->tail - s->head);
		s->tail -= s->head;
		s->head = 0;
	}
	if (s->tail < s->size)
		return true;
	p = realloc(s->buf, s->size * 2);
	if (!p)
		return false;
	s->buf = p;
	s->size *= 2;
	return true;
}

/* Compressed bytes that were used so far. */
static uint64_t stream_used(const struct stream *s)
{
	return s->read - (s->raw_tail - s->raw_head);
}

static enum stream_result stream_inflate_error(struct stream *s)
{
	snprintf(s->error, sizeof s->error,
		 "its %s data are damaged near byte %llu", s->kind->name,
		 (unsigned long long)stream_used(s));
	return STREAM_FAILED;
}

static bool stream_is_bomb(struct stream *s)
{
	uint64_t used = stream_used(s);

	if (s->put <= LIMIT_INFLATE_FREE ||
	    s->put / LIMIT_INFLATE_RATIO <= used)
		return false;
	snprintf(s->error, sizeof s->error,
		 "a decompression bomb: %llu bytes of %s gave %llu",
		 (unsigned long long)used, s->kind->name,
		 (unsigned long long)s->put);
	return true;
}

static enum stream_result stream_inflate(struct stream *s)
{
	struct bytes in;
	size_t put = 0, got = 0;
	enum stream_result r;

	if (s->raw_head == s->raw_tail) {
		r = stream_read(s, s->raw, STREAM_CHUNK, &got);
		if (r == STREAM_AGAIN || r == STREAM_FAILED)
			return r;
		s->raw_head = 0;
		s->raw_tail = got;
	}
	in = bytes_of(s->raw + s->raw_head, s->raw_tail - s->raw_head);
	got = in.len;
	if (!s->kind->run(s->state, &in, s->buf + s->tail, s->size - s->tail,
			  &put, &s->between))
		return stream_inflate_error(s);
	s->raw_head = s->raw_tail - in.len;
	s->tail += put;
	s->put += put;
	if (stream_is_bomb(s))
		return STREAM_FAILED;
	if (got != in.len || put > 0)
		return STREAM_OK;
	return s->eof ? STREAM_END : stream_inflate_error(s);
}

static enum stream_result stream_fill(struct stream *s)
{
	enum stream_result r;
	size_t got = 0, room;

	if (!stream_make_room(s))
		return stream_fail(s, "out of memory");
	if (s->kind)
		return stream_inflate(s);
	room = s->size - s->tail;
	r = stream_read(s, s->buf + s->tail,
			room < STREAM_CHUNK ? room : STREAM_CHUNK, &got);
	s->tail += got;
	return r;
}

/* Looks at the first bytes: is this compressed, and by what? */
static enum stream_result stream_begin(struct stream *s)
{
	enum stream_result r = STREAM_OK;

	while (s->tail < sizeof stream_kinds[0]->magic && r == STREAM_OK)
		r = stream_fill(s);
	if (r != STREAM_OK && r != STREAM_END)
		return r;
	s->started = true;
	for (size_t i = 0; i < sizeof stream_kinds / sizeof *stream_kinds; i++)
		if (s->tail >= stream_kinds[i]->magic_len &&
		    !memcmp(s->buf, stream_kinds[i]->magic,
			    stream_kinds[i]->magic_len))
			s->kind = stream_kinds[i];
	if (!s->kind)
		return STREAM_OK;
	if (!s->kind->open) {
		snprintf(s->error, sizeof s->error,
			 "compressed with %s, which this build cannot read",
			 s->kind->name);
		return STREAM_FAILED;
	}
	s->state = s->kind->open();
	s->raw = malloc(STREAM_CHUNK);
	if (!s->state || !s->raw)
		return stream_fail(s, "out of memory");
	memcpy(s->raw, s->buf, s->tail);
	s->raw_tail = s->tail;
	s->tail = 0;
	return STREAM_OK;
}

enum stream_result stream_need(struct stream *s, size_t n, struct bytes *out)
{
	enum stream_result r = STREAM_OK;

	if (!s->started)
		r = stream_begin(s);
	while (r == STREAM_OK && s->started && s->tail - s->head < n)
		r = stream_fill(s);
	if (s->started)
		*out = bytes_of(s->buf + s->head, s->tail - s->head);
	else
		*out = bytes_of(NULL, 0);
	return r;
}

void stream_take(struct stream *s, size_t n)
{
	if (n > s->tail - s->head)
		n = s->tail - s->head;
	s->head += n;
	s->taken += n;
}

enum stream_result stream_skip(struct stream *s, uint64_t n, uint64_t *done)
{
	enum stream_result r = STREAM_OK;
	struct bytes b;

	while (*done < n && r == STREAM_OK) {
		uint64_t left = n - *done;

		r = stream_need(s, 1, &b);
		if (b.len > left)
			b.len = (size_t)left;
		stream_take(s, b.len);
		*done += b.len;
	}
	return *done == n ? STREAM_OK : r;
}

uint64_t stream_offset(const struct stream *s)
{
	return s->taken;
}

void stream_progress(const struct stream *s, uint64_t *done, uint64_t *size)
{
	*done = s->read;
	*size = s->file_size;
}

bool stream_replaced(const struct stream *s, const char *path)
{
	struct stat mine, now;

	if (!s->follow || s->pipe || fstat(s->fd, &mine) || stat(path, &now))
		return false;
	return now.st_dev != mine.st_dev || now.st_ino != mine.st_ino ||
	       (uint64_t)mine.st_size < s->read;
}

bool stream_is_pipe(const struct stream *s)
{
	return s->pipe;
}

int stream_fd(const struct stream *s)
{
	return s->fd;
}

const char *stream_compression(const struct stream *s)
{
	return s->kind ? s->kind->name : NULL;
}

bool stream_is_cut(const struct stream *s)
{
	return s->kind && s->eof && !s->between;
}

const char *stream_error(const struct stream *s)
{
	return s->error;
}
