/* report_parts.h: inside of the report; see report.h. */
#ifndef LEDGER_REPORT_PARTS_H
#define LEDGER_REPORT_PARTS_H

#include "ledger/report.h"

#define REPORT_NAME    256
#define REPORT_SERVERS 8 /* names and servers that are listed of a finding */

/* A server name, or an endpoint that no name was stated for. */
struct report_name {
	char name[REPORT_NAME]; /* empty: the server's endpoint stands for it */
	struct endpoint server;	/* the last one */
	uint64_t handshakes, judged, hidden, absent, rejected;
	uint64_t hidden_by[TLS_HIDDEN_NUM], absent_by[TLS_ABSENT_REFUSED + 1];
	uint64_t changes; /* how often another certificate came */
	struct cert *leaf; /* counted; the last one; NULL: none was seen */
	struct stamp at;   /* when it was seen last */
};

struct report_finding {
	struct judgement *judgement; /* counted; what it was told of last */
	struct finding finding;	     /* as told; its texts are there */
	struct occurrences seen;
	const char *because; /* it was resolved, and why; NULL: it is open */
	char evidence[EXHIBIT_NAME];
	char names[REPORT_SERVERS][REPORT_NAME];
	struct endpoint servers[REPORT_SERVERS];
	size_t num_names, num_servers;	 /* listed */
	uint64_t more_names, more_servers; /* sightings beyond them */
};

struct report_input {
	char *path, *why;
};

struct report {
	const struct ledger *ledger;
	struct report_input *inputs;
	size_t num_inputs, size_inputs;
	struct stamp first, last;
	bool has_first;
	struct log_event *end; /* counted; the last status event */
	struct lru *names, *findings;
	uint64_t handshakes, judged, hidden[TLS_HIDDEN_NUM];
	uint64_t absent[TLS_ABSENT_REFUSED + 1];
	uint64_t names_left, findings_left; /* sightings of too many ones */
	/* report_order(): borrowed from the maps */
	struct report_name **by_expiry; /* those with a certificate first */
	size_t num_names;
	struct report_finding **by_cause;
	size_t num_findings;
};

/* Sorts for writing, and asks the ledger for the last counts. */
bool report_order(struct report *r);
/* Is the finding the first of its cause in by_cause? */
bool report_begins(const struct report *r, size_t at);
/* How many from there on have the cause; is the remedy one for all? */
size_t report_same(const struct report *r, size_t at);
bool report_same_fix(const struct report *r, size_t at);
uint64_t report_counter(const struct report *r, const char *group,
			const char *name);
/* Severities: how many findings have each. */
void report_severities(const struct report *r, size_t num[SEVERITY_HIGH + 1]);

/* What could not be seen: a row for each reason that occurred. */
struct report_reason {
	const char *word, *why, *remedy;
	uint64_t num;
};
/* The next one, from *at = 0 on; false: no more. */
bool report_reason(const struct report *r, unsigned *at,
		   struct report_reason *out);

/* What was lost on the way to the handshakes; the same. */
struct report_loss {
	const char *what;
	uint64_t num;
};
bool report_loss(const struct report *r, unsigned *at,
		 struct report_loss *out);

/* Was there a packet, for first and last to be its time? */
bool report_has_span(const struct report *r);

/* report_text.c: texts of all formats, unescaped. */
/* ", 2026-11-23T19:05:49Z to 2026-11-23T19:06:06Z", or "" */
void report_span_text(const struct report *r, struct buf *out);
/* "api.example.com", or the endpoint. */
void report_name_text(const struct report_name *n, struct buf *out);
void report_endpoint_text(const struct endpoint *e, struct buf *out);
/* "2026-11-21", and "expired 2 days before", "9 days left" */
void report_until_text(const struct report_name *n, struct buf *out);
/* "in 12 days", "expired 3 hours before it was seen", or "" */
void report_left_text(const struct report_name *n, struct buf *out);
/* "3 clients: 10.9.0.10, ... (2 handshakes, 1 refused it)" */
void report_clients_text(const struct report_finding *f, struct buf *out);
/* "tls13 3, resumed 1" of a name */
void report_unseen_text(const struct report_name *n, struct buf *out);
void report_bytes_text(uint64_t n, struct buf *out);

/* Bytes as text: controls, bidirectional marks, what is no UTF-8 escaped. */
enum report_flavour {
	FLAVOUR_PLAIN,	  /* for a terminal */
	FLAVOUR_HTML,
	FLAVOUR_MARKDOWN, /* a sentence: no markup, no links, no HTML */
};
void report_escape(struct buf *out, enum report_flavour flavour,
		   struct bytes b);
/* As a code span; in_table: where | would end the cell. */
void report_code(struct buf *out, bool in_table, struct bytes b);

/* report_markdown.c, report_html.c, report_json.c */
void report_markdown(const struct report *r, struct buf *out);
void report_html(const struct report *r, struct buf *out);
void report_json(const struct report *r, struct buf *out);

#endif
