/*
 * sink_unix.c: local sockets: a stream of lines, or an event a datagram. Whoever
 * listens may go and come back: what waits for it is bounded.
 */
#include "ledger/sink.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool sink_unix_open(struct sink *s, int type)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(s->path);
	int fd;

	if (len >= sizeof to.sun_path) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(to.sun_path, s->path, len);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		int error = errno;

		(void)close(fd);
		errno = error;
		return false;
	}
	s->fd = fd;
	s->waiting.sent = 0; /* it gets whole events */
	return true;
}

void sink_unix_close(struct sink *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

/* What failed is opened again by the next write. */
static ssize_t failed(struct sink *s)
{
	int error = errno;

	if (error != EAGAIN && error != EINTR && error != ENOBUFS)
		sink_unix_close(s);
	/* the queue of a datagram socket is full: later */
	errno = error == ENOBUFS ? EAGAIN : error;
	return -1;
}

ssize_t sink_unix_send(struct sink *s, struct bytes event)
{
	if (s->fd < 0 && !sink_unix_open(s, SOCK_DGRAM))
		return -1;
	if (send(s->fd, event.p, event.len, MSG_NOSIGNAL) >= 0)
		return (ssize_t)event.len;
	if (errno != EMSGSIZE)
		return failed(s);
	waiting_drop_first(&s->waiting); /* no datagram can hold it */
	return 0;
}

static bool stream_open(struct sink *s)
{
	return sink_unix_open(s, SOCK_STREAM);
}

static ssize_t stream_write(struct sink *s, struct bytes waiting)
{
	ssize_t n;

	if (s->fd < 0) {
		if (!stream_open(s))
			return -1;
		return 0; /* from the begin of the event */
	}
	n = send(s->fd, waiting.p, waiting.len, MSG_NOSIGNAL);
	return n >= 0 ? n : failed(s);
}

static bool dgram_open(struct sink *s)
{
	return sink_unix_open(s, SOCK_DGRAM);
}

const struct sink_row sink_unix_stream = {
	.name = "unix_stream",
	.open = stream_open,
	.write = stream_write,
	.close = sink_unix_close,
	.comes_back = true,
};

const struct sink_row sink_unix_dgram = {
	.name = "unix_dgram",
	.open = dgram_open,
	.write = sink_unix_send,
	.close = sink_unix_close,
	.comes_back = true,
	.datagrams = true,
};
