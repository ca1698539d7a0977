/*
 * pipeline.h: sensor, joint half and ledger put together, for replay and live.
 *
 * Frames are numbered here, the stream time is kept from going back, and every
 * worker is ticked when it enters a new second.
 */
#ifndef APP_PIPELINE_H
#define APP_PIPELINE_H

#include "app/options.h"
#include "capture/source.h"
#include "sensor/sensor.h"

struct pipeline;

/* NULL and one line in err (SOURCE_ERROR_TEXT) if it cannot be made. */
struct pipeline *pipeline_new(const struct options *o, bool live, char *err);
void pipeline_free(struct pipeline *p);
/* The frame's interface is an index of the source; name may be NULL. */
void pipeline_frame(struct pipeline *p, const struct frame *f);
/* The frames of this file alone come from now on: they are looked at where they
 * stand, also after pipeline_frame(). Until pipeline_rest(). */
void pipeline_lend(struct pipeline *p, struct source *s);
/* Frames stand until pipeline_rest() is called: before they move (live). */
void pipeline_keeps(struct pipeline *p);
/* No frame that came so far is looked at any more; none stands from now on,
 * unless pipeline_keeps() said so. */
void pipeline_rest(struct pipeline *p);
/* Time passed without packets (live). */
void pipeline_tick(struct pipeline *p, struct stamp now);
/* No packets for two seconds (--follow): so far the stream moves on, and no
 * further, as what was held back by who writes the file may still come. */
void pipeline_lull(struct pipeline *p);
/*
 * Reads the key logs: a replay to their ends, live what is new, which opens
 * what waits for it at once. False: one cannot be read (told).
 */
bool pipeline_keys(struct pipeline *p);
/* Nothing more at the moment (live): what waits to be dealt out is. */
void pipeline_idle(struct pipeline *p);
/* Secrets that stand in a capture: all of a pcapng file's, before its packets
 * (false: not all could be found so); or as they are met. */
bool pipeline_scan(struct pipeline *p, const char *path);
void pipeline_secrets(struct pipeline *p, struct source *s);
/* Nothing more will come. */
void pipeline_end(struct pipeline *p);
/* Writes what is buffered; false: an output failed for good (told). */
bool pipeline_flush(struct pipeline *p);
void pipeline_reopen(struct pipeline *p);
/* Takes over the policy of o->settings, which has to outlive its use. */
void pipeline_reload(struct pipeline *p, const struct options *o);
/* A source of a status event: what the user named; NULL while it is away. */
struct pipeline_source {
	const char *spec;
	struct source *source;
	const struct source_stats *before; /* of earlier handles, or NULL */
	uint64_t lost;			   /* times that it went away */
};
/* Those whose counters status events tell; borrowed. */
void pipeline_watch(struct pipeline *p, const struct pipeline_source *sources,
		    size_t num);
/* asked: by somebody who wants to hear all of it. */
void pipeline_status(struct pipeline *p, enum action action, bool asked);
/* A source that is over: its counters go on to be told; NULL: one that could
 * not be opened. */
void pipeline_retire(struct pipeline *p, struct source *s);
uint64_t pipeline_frames(const struct pipeline *p);
/* The counters of all sources that are over. */
void pipeline_sum(const struct pipeline *p, struct source_stats *out);
/* Were TLS connections cut by the capture, or by a mirror before it? *len is
 * the largest frame that was. */
bool pipeline_cut(struct pipeline *p, uint32_t *len);
/* What the filter leaves out, for people; "" for nothing or no filter. */
const char *pipeline_excludes(const struct pipeline *p);
/* The report of what comes from now on; NULL: no memory. Freed before it. */
struct report *pipeline_report(struct pipeline *p);
/* Was a finding of --fail-on's severity told? */
bool pipeline_failed(const struct pipeline *p, const struct options *o);
/* Index for frame.interface of a name; 0 when it has none. */
uint32_t pipeline_interface(struct pipeline *p, const char *name);

#endif
