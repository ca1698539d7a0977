/* fd.c: see fd.h. */
#include "ledger/fd.h"

#include <errno.h>
#include <unistd.h>

bool fd_write_all(int fd, struct bytes b)
{
	while (b.len) {
		ssize_t n = write(fd, b.p, b.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		b = bytes_tail(b, (size_t)n);
	}
	return true;
}
