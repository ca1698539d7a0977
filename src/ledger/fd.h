/* fd.h: writing to a descriptor that blocks. */
#ifndef LEDGER_FD_H
#define LEDGER_FD_H

#include "base/bytes.h"

/* All of b, over signals; false and errno: some of it, or none, is there. */
bool fd_write_all(int fd, struct bytes b);

#endif
