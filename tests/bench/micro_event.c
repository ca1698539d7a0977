/*
 * micro_event.c: from an observation to a line: src/judge, the joint half of
 * src/sensor and the renderers of src/event.
 */
#include "micro.h"

#include "event/event.h"
#include "sensor/sensor.h"
#include "template.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW	1780315200 /* 2026-06-01, as the traces */
#define SOUND	1
#define EXPIRED 7 /* of the template's leaves */

struct judge_bench {
	struct sensor_config config;
	struct joint *joint;
	struct observation **obs;
	size_t size;
	uint64_t seed;
	struct judgement *judged; /* of the first: for the renderers */
	struct log_event *events[DATASET_NUM];
	struct buf out;
};

static struct cert *read_leaf(unsigned leaf, uint64_t number)
{
	uint8_t der[4096];
	size_t len;
	const uint8_t *from = tls_leaf(leaf, &len);
	struct cert *c;

	if (len > sizeof der)
		abort();
	memcpy(der, from, len);
	memcpy(der + LEAF_SERIAL, &number, sizeof number);
	c = cert_read(bytes_of(der, len));
	if (!c || c->error)
		abort();
	return c;
}

static void put_names(struct tls_handshake *hs, unsigned leaf, uint64_t number)
{
	static const uint8_t suites[] = { 0xc0, 0x2f, 0xc0, 0x30, 0, 0x9c };
	char sni[64];

	(void)snprintf(sni, sizeof sni, "host-%06u.example.net", leaf);
	hs->client.has_sni = true;
	hs->client.sni = arena_copy(&hs->arena, bytes_str(sni));
	hs->client.suites = bytes_of(suites, sizeof suites);
	memcpy(hs->client.random, &number, sizeof number);
	memcpy(hs->server.random + 8, &number, sizeof number);
}

/* A TLS 1.2 handshake that came to its end, and data behind it. */
static struct observation *observe(unsigned leaf, uint64_t number,
				   struct cert *const above[2])
{
	static const struct observation_room room = { .certs = { 0, 3 } };
	struct observation *o =
		observation_new(OBSERVATION_HANDSHAKE, &room);
	struct tls_handshake *hs =
		tls_handshake_new(TLS_OVER_TCP, stamp_sec(NOW));
	uint8_t client[4] = { 10, (uint8_t)(number >> 16),
			      (uint8_t)(number >> 8), (uint8_t)number };
	static const uint8_t server[4] = { 198, 18, 0, 1 };

	if (!o || !hs)
		abort();
	o->hs = hs;
	o->transport = PACKET_TCP;
	o->time = o->order.time = stamp_sec(NOW);
	o->source = (struct endpoint){ addr_v4(client), 50000 };
	o->destination = (struct endpoint){ addr_v4(server), 443 };
	hs->client.count = 1;
	put_names(hs, leaf, number);
	hs->server.seen = true;
	hs->server.version = hs->server.legacy_version = TLS_1_2;
	hs->server.suite = 0xc02f;
	hs->side[TLS_SERVER].seen = hs->side[TLS_CLIENT].seen = true;
	hs->side[TLS_SERVER].hello_done = true;
	hs->chain[TLS_SERVER].state = TLS_CHAIN_WHOLE;
	hs->chain[TLS_SERVER].time = stamp_sec(NOW);
	o->sight = (struct tls_sight){ .established = true };
	o->reaction =
		(struct tls_reaction){ .verdict = TLS_ACCEPTED,
				       .evidence = TLS_APPLICATION_DATA_SEEN };
	o->chain[TLS_SERVER][0] = read_leaf(leaf, number);
	o->chain[TLS_SERVER][1] = cert_ref(above[0]);
	o->chain[TLS_SERVER][2] = cert_ref(above[1]);
	o->num_chain[TLS_SERVER] = o->num_chain_sent[TLS_SERVER] = 3;
	return o;
}

static struct judge_bench *setup(size_t size, unsigned leaf)
{
	struct judge_bench *b = micro_alloc(1, sizeof *b);
	struct cert *above[2];

	for (int i = 0; i < 2; i++) {
		size_t len;
		const uint8_t *der = tls_above(i, &len);

		above[i] = cert_read(bytes_of(der, len));
		if (!above[i])
			abort();
	}
	policy_init(&b->config.policy);
	b->joint = joint_new(&b->config);
	b->size = size;
	b->obs = micro_alloc(size, sizeof *b->obs);
	for (size_t i = 0; i < size; i++)
		b->obs[i] = observe(leaf, i, above);
	cert_unref(above[0]);
	cert_unref(above[1]);
	buf_init(&b->out, 1u << 20);
	if (!b->joint)
		abort();
	return b;
}

static void *setup_sound(size_t size)
{
	return setup(size, SOUND);
}

static void *setup_expired(size_t size)
{
	return setup(size, EXPIRED);
}

static struct judgement *judge(struct judge_bench *b, size_t i)
{
	struct judgement *j = judgement_new(b->obs[i], &b->config.policy);

	if (!j)
		abort();
	judgement_run(j);
	return j;
}

static void *setup_events(size_t size)
{
	struct judge_bench *b = setup(size, EXPIRED);

	b->judged = judge(b, 0);
	if (!b->judged->num_findings)
		abort();
	for (int d = DATASET_HANDSHAKE; d <= DATASET_FINDING; d++) {
		b->events[d] = log_event_of(
			b->judged, (enum dataset)d, ACTION_OPENED,
			d == DATASET_FINDING ? b->judged->findings : NULL);
		if (!b->events[d])
			abort();
		log_event_settle(b->events[d]);
	}
	return b;
}

static uint64_t run_judge(void *state, uint64_t ops)
{
	struct judge_bench *b = state;
	uint64_t sum = 0;

	while (ops--) {
		struct judgement *j = judge(b, micro_pick(&b->seed, b->size));

		sum += j->num_findings;
		judgement_unref(j);
	}
	return sum;
}

static uint64_t run_words(void *state, uint64_t ops)
{
	struct judge_bench *b = state;
	uint64_t sum = 0;

	while (ops--) {
		struct judgement *j = judge(b, micro_pick(&b->seed, b->size));

		judgement_word(j);
		sum += j->num_findings;
		judgement_unref(j);
	}
	return sum;
}

/* All that the joint thread does but for the ledger and the lines. */
static uint64_t run_joint(void *state, uint64_t ops)
{
	struct judge_bench *b = state;
	struct log_event *e;
	uint64_t sum = 0;

	while (ops--) {
		size_t i = micro_pick(&b->seed, b->size);

		joint_take(b->joint, observation_ref(b->obs[i]));
		while ((e = joint_next(b->joint))) {
			sum += e->dataset;
			log_event_unref(e);
		}
	}
	return sum;
}

typedef bool (*renderer)(const struct log_event *, const struct observer *,
			 struct buf *);

static uint64_t run_render(struct judge_bench *b, renderer f,
			   enum dataset dataset, uint64_t ops)
{
	static const struct observer observer = { .name = "bench",
						  .version = "1.0" };
	uint64_t sum = 0;

	while (ops--) {
		buf_reset(&b->out);
		if (!f(b->events[dataset], &observer, &b->out))
			abort();
		sum += b->out.len;
	}
	return sum;
}

static uint64_t run_ecs_handshake(void *state, uint64_t ops)
{
	return run_render(state, render_ecs, DATASET_HANDSHAKE, ops);
}

static uint64_t run_ecs_certificate(void *state, uint64_t ops)
{
	return run_render(state, render_ecs, DATASET_CERTIFICATE, ops);
}

static uint64_t run_ecs_finding(void *state, uint64_t ops)
{
	return run_render(state, render_ecs, DATASET_FINDING, ops);
}

static uint64_t run_eve(void *state, uint64_t ops)
{
	return run_render(state, render_eve, DATASET_HANDSHAKE, ops);
}

static uint64_t run_zeek(void *state, uint64_t ops)
{
	return run_render(state, render_zeek, DATASET_HANDSHAKE, ops);
}

static uint64_t run_ocsf(void *state, uint64_t ops)
{
	return run_render(state, render_ocsf, DATASET_HANDSHAKE, ops);
}

static void teardown(void *state)
{
	struct judge_bench *b = state;

	for (int d = 0; d < DATASET_NUM; d++)
		if (b->events[d])
			log_event_unref(b->events[d]);
	judgement_unref(b->judged);
	joint_free(b->joint);
	for (size_t i = 0; i < b->size; i++)
		observation_unref(b->obs[i]);
	free(b->obs);
	buf_fini(&b->out);
	free(b);
}

#define SIZES                                                                  \
	{                                                                      \
		1, 1000, 10000                                                 \
	}

const struct micro micro_event[] = {
	{ "judge: sound", SIZES, setup_sound, run_judge, teardown },
	{ "judge: expired", SIZES, setup_expired, run_judge, teardown },
	{ "judge: expired, with words",
	  { 1 },
	  setup_expired,
	  run_words,
	  teardown },
	{ "joint: sound", SIZES, setup_sound, run_joint, teardown },
	{ "event: ECS, handshake",
	  { 1 },
	  setup_events,
	  run_ecs_handshake,
	  teardown },
	{ "event: ECS, certificate",
	  { 1 },
	  setup_events,
	  run_ecs_certificate,
	  teardown },
	{ "event: ECS, finding",
	  { 1 },
	  setup_events,
	  run_ecs_finding,
	  teardown },
	{ "event: EVE, handshake", { 1 }, setup_events, run_eve, teardown },
	{ "event: Zeek, handshake", { 1 }, setup_events, run_zeek, teardown },
	{ "event: OCSF, handshake", { 1 }, setup_events, run_ocsf, teardown },
	{ .name = NULL },
};
