/*
 * sink_stdout.c: standard output. Who started us shares it: what says that a
 * write must not wait is said of a description of our own.
 */
#include "ledger/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool stdout_open(struct sink *s)
{
	struct stat st;

	s->fd = STDOUT_FILENO;
	if (s->options.patient || fstat(s->fd, &st) != 0)
		return true;
	s->regular = S_ISREG(st.st_mode);
	if (S_ISFIFO(st.st_mode) || isatty(s->fd)) {
		int fd = open("/proc/self/fd/1",
			      O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0)
			s->fd = fd;
		/* what one flush can give a reader that is only busy */
		(void)fcntl(s->fd, F_SETPIPE_SZ, 1 << 20);
	}
	return true;
}

static ssize_t stdout_write(struct sink *s, struct bytes waiting)
{
	int flags = MSG_NOSIGNAL | (s->options.patient ? 0 : MSG_DONTWAIT);
	/* systemd gives services a socket */
	ssize_t n = s->regular ? -1 : send(s->fd, waiting.p, waiting.len, flags);

	if (s->regular || (n < 0 && errno == ENOTSOCK))
		n = write(s->fd, waiting.p, waiting.len);
	return n;
}

static void stdout_close(struct sink *s)
{
	if (s->fd != STDOUT_FILENO)
		(void)close(s->fd);
	s->fd = -1; /* it is the program's, not ours */
}

const struct sink_row sink_stdout = {
	.name = "stdout",
	.open = stdout_open,
	.write = stdout_write,
	.close = stdout_close,
};
