/* sink.h: where lines go: a file or standard output, in whole lines. */
#ifndef LEDGER_SINK_H
#define LEDGER_SINK_H

#include "ledger/ledger.h"

#define SINK_ERROR_TEXT 256

struct sink {
	struct sink_options options;
	char *path;
	int fd;
	struct buf pending; /* whole lines */
	uint64_t written, dropped, failed_writes;
	char error[SINK_ERROR_TEXT];
};

bool sink_open(struct sink *s, const struct sink_options *o,
	       char err[static SINK_ERROR_TEXT]);
void sink_close(struct sink *s);
bool sink_wants(const struct sink *s, const struct log_event *e);
void sink_take(struct sink *s, const struct log_event *e,
	       const struct observer *o);
bool sink_flush(struct sink *s);
void sink_reopen(struct sink *s);

#endif
