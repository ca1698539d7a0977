/*
 * sensor.h: the engine: frames in, events out; no clock, socket, file, thread.
 *
 * The worker half turns frames into observations; workers share nothing but
 * the immutable configuration. The joint half turns observations, in their
 * order, into events. Frames have numbers (from 1, in the order read, over all
 * workers) and a stream time that never goes back; the caller ticks every
 * worker when the stream time enters a new second, so that what is found does
 * not depend on how frames are dealt out.
 */
#ifndef SENSOR_SENSOR_H
#define SENSOR_SENSOR_H

#include "base/frame.h"
#include "decode/decode.h"
#include "event/event.h"
#include "sensor/pools.h"

struct chain_store;
struct keyring;

struct sensor_config {
	struct decode_config decode;
	struct policy policy;
	const struct chain_store *trust; /* NULL: chains are not judged */
	const struct keyring *keys;	 /* NULL: none given */
	uint32_t max_flows;		 /* 0: those of the pools */
	struct sensor_pools pools;	 /* no flows: as limits.h has them */
	bool keep_packets; /* observations carry theirs, as evidence */
};

struct worker;

/* The configuration is borrowed for the worker's life. NULL: no memory. */
struct worker *worker_new(const struct sensor_config *c);
void worker_free(struct worker *w);
/* What it observes is freed there (observation_home_clear()); borrowed. */
struct observation_home;
void worker_home(struct worker *w, struct observation_home *home);
/* Decodes by a decoder of the worker's own; the packets were taken then. */
void worker_frame(struct worker *w, const struct frame *f, uint64_t number,
		  struct stamp stream_time);
/*
 * Packets that were decoded elsewhere: each is filled in where worker_room()
 * says and then queued. Some are taken together, for what a flow needs is far
 * away in memory and can be asked for ahead. What a packet points to has to
 * stay until worker_run(), the next tick or the end.
 */
struct packet *worker_room(struct worker *w);
void worker_queue(struct worker *w, uint64_t number, struct stamp stream_time);
/* Takes all that are queued. */
void worker_run(struct worker *w);
/* number: of the frame that is to come next. */
void worker_tick(struct worker *w, struct stamp now, uint64_t number);
/* Nothing more will come: what is open is told, some of it at a time, so that
 * it need not all be held at once. True: there is more, to be called again when
 * worker_next() has been. */
bool worker_end(struct worker *w, struct stamp now, uint64_t number);
/* The next observation, owned by the caller; NULL: none now. */
struct observation *worker_next(struct worker *w);
/* Adds a decoder's counters. */
void decoder_status(const struct decoder *d, struct status *s);
/* Adds this worker's counters. */
void worker_status(const struct worker *w, struct status *s);

struct joint;

struct joint *joint_new(const struct sensor_config *c);
void joint_free(struct joint *j);
/* What was known before a restart, from the oldest on, before anything is
 * taken: names that are ours; what was shown where, from when to when. */
void joint_know_name(struct joint *j, struct bytes name);
void joint_know_shown(struct joint *j, struct bytes name,
		      const struct endpoint *where, const struct cert *leaf,
		      bool trusted, struct stamp first, struct stamp last);
/* Takes over the reference. */
void joint_take(struct joint *j, struct observation *o);
/* The next event, owned by the caller; NULL: none now. */
struct log_event *joint_next(struct joint *j);
void joint_status(const struct joint *j, struct status *s);
/* Which kinds of events are made at all; bits 1 << enum dataset. */
void joint_want(struct joint *j, unsigned datasets);

#endif
