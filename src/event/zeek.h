/*
 * zeek.h: Zeek's logs: the words that a test holds, and the files of a folder
 * (ssl.log, x509.log, notice.log), tabs between the columns, as zeek-cut reads
 * them.
 */
#ifndef EVENT_ZEEK_H
#define EVENT_ZEEK_H

#include "event/event.h"

#define ZEEK_NOTE 64

/* The notice type of a finding: Zeek's own where it has one, else
 * "Wirecert::Name_Mismatch". */
void zeek_note(const char *code, char out[static ZEEK_NOTE]);

enum zeek_log {
	ZEEK_LOG_NONE,
	ZEEK_LOG_SSL,
	ZEEK_LOG_X509,
	ZEEK_LOG_NOTICE,
	ZEEK_LOG_NUM
};
extern const char *const zeek_log_words[]; /* "ssl", ... */
/* The dataset that each is made of, as a bit. */
extern const unsigned zeek_log_datasets[];

/* The lines of an event, none where it has no place in that log; what
 * render_zeek() writes, as columns. */
bool zeek_tsv(const struct log_event *e, const struct observer *o,
	      enum zeek_log log, struct buf *out);
/* The lines that a file begins with. */
void zeek_tsv_header(enum zeek_log log, struct stamp begun, struct buf *out);

#endif
