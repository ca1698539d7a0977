/*
 * report.h: what a replay came to, for people: what was read, which names have
 * which certificates and until when, the findings by cause with their remedy,
 * who is affected, and what could not be seen and why.
 *
 * Collected from the ledger's events; bounded (LIMIT_REPORT_*, what is beyond
 * is counted). Written once, at the end: the same replay gives the same bytes.
 * Nothing from the wire reaches a page or a terminal unescaped.
 */
#ifndef LEDGER_REPORT_H
#define LEDGER_REPORT_H

#include "ledger/ledger.h"

struct report;

/* The ledger is told of it, and has to be there as long as it is used. */
struct report *report_new(struct ledger *l);
void report_free(struct report *r);
/* A file of the replay; why: it could not be read to its end (or NULL). */
void report_input(struct report *r, const char *path, const char *why);
/* An event that is told. */
void report_take(struct report *r, const struct log_event *e);

enum report_format {
	REPORT_MARKDOWN,
	REPORT_HTML, /* one file, nothing from elsewhere, no scripts */
	REPORT_JSON,
	REPORT_NUM
};

/* By the file's ending; false: it has none of them. */
bool report_format_of(const char *path, enum report_format *out);
/* After the last event. False: it did not fit. */
bool report_write(struct report *r, enum report_format format,
		  struct buf *out);
/* The short one, for a terminal: about a screen. */
bool report_screen(struct report *r, bool colour, struct buf *out);

#endif
