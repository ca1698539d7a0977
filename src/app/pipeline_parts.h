/* pipeline_parts.h: inside of the pipeline; see pipeline.h. */
#ifndef APP_PIPELINE_PARTS_H
#define APP_PIPELINE_PARTS_H

#include "app/deal.h"
#include "app/keylog.h"
#include "app/pipeline.h"
#include "app/run.h"

#define MAX_INTERFACES 256

struct pipeline {
	struct sensor_config config;
	struct decoder *decoder;
	struct worker *worker; /* the only one, or ... */
	struct deal *deal;     /* ... several */
	struct mem_cache *memory; /* of this thread, and the one before */
	struct mem_cache *memory_before;
	/* What a file is read to for the only one. */
	uint8_t *lent, *lent_before;
	size_t lent_size;
	bool stands, kept; /* frames do: until the next is lent; by the caller */
	struct joint *joint;
	struct ledger *ledger;
	struct chain_store *trust;
	struct knowledge *knowledge;
	struct source_filter *inner;
	struct keyring *ring;
	struct keylogs *keylogs;
	struct observer observer;
	const char *interfaces[MAX_INTERFACES];
	char host[65];
	const char *filter, *inner_filter;
	char excludes[256]; /* what the filter is known to leave out */
	bool live, told_error;
	const struct pipeline_source *sources; /* borrowed */
	size_t num_sources;
	bool begin_pending; /* a replay without a packet so far */
	struct stamp now;    /* stream time */
	int64_t second;
	struct stamp next_second; /* when it ends */
	uint64_t frames, statuses;
	struct status *told; /* the last that was told to all; NULL: none */
	struct source_stats retired; /* of sources that are over */
};

/* pipeline.c: one observation in its order, on the joint thread where there is
 * one; arg is the pipeline. */
void pipeline_take(void *arg, struct observation *o);

/* pipeline_intake.c: decodes a frame and gives it to its worker. */
void intake_frame(struct pipeline *p, const struct frame *f);
/* Takes what the only worker found so far. */
void intake_collect(struct pipeline *p);
/* All that came is taken: nobody looks at a frame or the policy now. */
void intake_settle(struct pipeline *p);
void intake_free(struct pipeline *p);

/* pipeline_status.c: an event of how things are now; p is the pipeline. To all
 * outputs, or as the first line of one. */
struct log_event *pipeline_make_status(void *p, bool to_all);

#endif
