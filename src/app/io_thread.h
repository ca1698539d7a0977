/*
 * io_thread.h: threads for what the ledger writes to files, so that a file
 * system that does not answer stops only them. They touch no packet and no
 * event: the packets' path and the order of events stay on their threads.
 */
#ifndef APP_IO_THREAD_H
#define APP_IO_THREAD_H

#include "ledger/io_job.h"

extern const struct io_threads io_threads;

#endif
