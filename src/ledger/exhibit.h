/*
 * exhibit.h: the evidence of findings: the packets of the handshake that opened
 * or raised one, as a small pcapng in a folder (--evidence).
 *
 * A file's name is made of the finding's id alone. A file that is there is
 * never written to: if it is this finding's, from a run before, it stands for
 * it. Bounded by LIMIT_EXHIBIT_FILES. What cannot be written costs one line on
 * standard error, is counted, and nothing else.
 */
#ifndef LEDGER_EXHIBIT_H
#define LEDGER_EXHIBIT_H

#include "event/event.h"
#include "ledger/io_job.h"

struct exhibits;

/* NULL and a line in err (size 256): there is no such folder. */
struct exhibits *exhibits_new(const char *folder,
			      const struct io_threads *threads, char *err);
void exhibits_free(struct exhibits *x);
/* Keeps the packets of the event's handshake; its file's name, or "": also
 * where it is not known yet whether the file is there. */
void exhibits_keep(struct exhibits *x, const struct log_event *e,
		   char name[static EXHIBIT_NAME]);
void exhibits_status(struct exhibits *x, struct status *s);

/* exhibit_file.c: what such a file has in it; false: it did not fit. The part
 * before the packets is the same for the same finding and action. */
bool exhibit_head(const struct log_event *e, struct buf *out);
bool exhibit_body(const struct packets *p, struct buf *out);

#endif
