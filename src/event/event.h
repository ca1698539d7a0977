/*
 * event.h: one event, built from facts and findings; what sinks are given.
 *
 * Owned and counted; the joint thread only. Renderers are pure functions of it.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/buf.h"
#include "base/limits.h"
#include "judge/judgement.h"

enum dataset {
	DATASET_HANDSHAKE,
	DATASET_CERTIFICATE,
	DATASET_FINDING,
	DATASET_STATUS,
	DATASET_NUM
};
extern const char *const dataset_words[]; /* "handshake", ... */

enum action {
	ACTION_NONE,
	ACTION_OPENED,
	ACTION_ESCALATED,
	ACTION_REPEATED,
	ACTION_RESOLVED,
	ACTION_FIRST_SEEN, /* certificate events */
	ACTION_REPLACED,
	ACTION_STARTED,	   /* status events */
	ACTION_INTERVAL,
	ACTION_ENDED,
};
extern const char *const action_words[];

struct occurrences {
	uint64_t count;
	struct stamp first, last;
	struct addr clients[LIMIT_LEDGER_CLIENTS];
	uint32_t num_clients_kept;
	uint64_t num_clients, num_rejected;
};

/* A counter of a status event; group and name are static. */
struct counter {
	const char *group, *name;
	uint64_t value;
};

/* "ID.pcapng" or "ID-escalated.pcapng" */
#define EXHIBIT_NAME 64

/* One interface, mirror or file that is open, or that is waited for. */
struct status_source {
	char name[128];
	bool away; /* not there at the moment: tried again */
	uint64_t received, dropped, if_dropped, frames, cut;
	uint64_t lost; /* times that it went away */
};

/* Where events go. */
struct status_output {
	char name[128];
	const char *type;
	bool failing; /* what comes waits */
	uint64_t written, waiting, waiting_bytes, dropped[DATASET_NUM];
	uint64_t held_bytes; /* of memory, by what waits or did */
	uint64_t failed_writes, rotated, reopened;
	uint64_t slowest; /* nanoseconds: the longest write since the last */
};

/* A server name that hides its certificate. */
struct status_name {
	uint8_t name[256];
	size_t len;
	uint64_t handshakes, judged, hidden;
	const char *why; /* mostly */
};

struct status {
	struct status_source sources[LIMIT_STATUS_SOURCES];
	size_t num_sources;
	struct status_output outputs[LIMIT_SINKS];
	size_t num_outputs;
	struct status_name names[LIMIT_STATUS_NAMES]; /* most hidden first */
	size_t num_names;
	struct counter counters[LIMIT_STATUS_COUNTERS];
	size_t num_counters;
	char texts[24][2][256]; /* pairs of name and text: filter, sources */
	size_t num_texts;
	/* what the one before did not say, for people; empty: nothing */
	char news[512];
	bool asked; /* by a signal: all of it is told */
};

struct log_event {
	unsigned refs;
	enum dataset dataset;
	enum action action;
	struct stamp time;    /* packet time */
	struct stamp created; /* the clock's, 0 in replay */
	struct judgement *judgement; /* counted; NULL for status events */
	const struct finding *finding; /* of the judgement, or raised */
	struct finding raised; /* its copy with another severity */
	const char *because; /* ACTION_RESOLVED: replaced, superseded, ... */
	struct occurrences occurrences;
	bool has_occurrences;
	bool has_previous;
	uint8_t previous[32]; /* ACTION_REPLACED: SHA-256 of the one before */
	struct status *status; /* owned */
	char evidence[EXHIBIT_NAME]; /* its file; empty: none is kept */
	char id[33];
};

/* What every event says of who saw it; borrowed by renderers. */
struct observer {
	const char *name, *version;
	const char *const *interfaces; /* by observation.interface */
	size_t num_interfaces;
};

struct log_event *log_event_new(enum dataset dataset, enum action action);
struct log_event *log_event_ref(struct log_event *e);
void log_event_unref(struct log_event *e);
/* Of a judged handshake; finding is NULL but for DATASET_FINDING. It has no id
 * and its finding no words yet: most are only counted. NULL without memory. */
struct log_event *log_event_of(struct judgement *j, enum dataset dataset,
		       enum action action, const struct finding *finding);
/* The message id of journald's catalogue for a finding's code or a dataset. */
void event_message_id(const char *word, char out[static 33]);
/* Before it is rendered: makes the id, and the words of its findings. */
void log_event_settle(struct log_event *e);
void status_count(struct status *s, const char *group, const char *name,
		  uint64_t value);
/* 0 where it was not counted. */
uint64_t status_get(const struct status *s, const char *group,
		    const char *name);
void status_text(struct status *s, const char *name, const char *text);
/* Fills s->news; before: NULL where there was none. */
void status_news(struct status *s, const struct status *before);
/* Makes the id of a status event; n tells several of one time apart. */
void log_event_status_id(struct log_event *e, uint64_t n);

/* One line and its newline appended to out. False: it did not fit, out is as
 * before. */
bool render_ecs(const struct log_event *e, const struct observer *o,
		struct buf *out);
/* Suricata's EVE, Zeek's logs as JSON (one or more lines), OCSF; an event that
 * a format has no place for gives no line. */
bool render_eve(const struct log_event *e, const struct observer *o,
		struct buf *out);
bool render_zeek(const struct log_event *e, const struct observer *o,
		 struct buf *out);
bool render_ocsf(const struct log_event *e, const struct observer *o,
		 struct buf *out);
struct text_style {
	bool colour;
};
bool render_text(const struct log_event *e, const struct text_style *style,
		 struct buf *out);

#endif
