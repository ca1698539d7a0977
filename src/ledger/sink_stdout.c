/* sink_stdout.c: standard output. */
#include "ledger/sink.h"

#include <unistd.h>

static bool stdout_open(struct sink *s)
{
	s->fd = STDOUT_FILENO;
	return true;
}

static ssize_t stdout_write(struct sink *s, struct bytes waiting)
{
	return write(s->fd, waiting.p, waiting.len);
}

static void stdout_close(struct sink *s)
{
	s->fd = -1; /* it is the program's, not ours */
}

const struct sink_row sink_stdout = {
	.name = "stdout",
	.open = stdout_open,
	.write = stdout_write,
	.close = stdout_close,
};
