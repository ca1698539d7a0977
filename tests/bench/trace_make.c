/*
 * trace_make.c: writes one synthetic capture and says on standard output, as
 * one line of JSON, what is in it.
 */
#include "trace.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct make {
	const char *kind, *output, *folder;
	uint64_t size;	 /* bytes, for those that end by size */
	uint64_t count;	 /* flows, certificates, pieces of a flood */
	uint64_t pieces; /* different ones of a flood: count is all passes */
	uint32_t good;	 /* handshakes among a flood */
	uint32_t active; /* flows at a time */
	uint64_t started, good_started, forged;
};

static struct tls_flow **active;

static uint32_t leaf_next(void)
{
	/* a few servers get most of the calls */
	uint32_t n = tls_num_leaves(), at = rnd_below(n);

	return rnd() & 1 ? at : rnd_below(at + 1);
}

static struct tls_flow *plan_handshake(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_KNOWN, .index = leaf_next(),
			      .word = "host", .records = 1,
			      .record_len = 300 + rnd_below(900) };

	/* each known leaf once, first */
	if (m->started < tls_num_leaves())
		p.index = (uint32_t)m->started;
	m->started++;
	return tls_flow_new(&p);
}

static struct tls_flow *plan_mixed(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_KNOWN, .index = leaf_next(),
			      .word = "host" };

	uint32_t dice = rnd_below(1000);

	/* so that 12 packets in 60 are of a handshake, on average */
	p.upload = rnd_below(8) == 0;
	p.records = dice < 755	? 1
		    : dice < 975 ? 2 + rnd_below(6)
				 : 20 + rnd_below(60);
	p.record_len = dice < 755 ? 400 + rnd_below(8000) : 16408;
	m->started++;
	return tls_flow_new(&p);
}

static struct tls_flow *plan_bulk(struct make *m)
{
	uint64_t each = m->size / m->count / (16413 + 900);
	struct tls_plan p = { .leaf = LEAF_KNOWN,
			      .index = (uint32_t)m->started % tls_num_leaves(),
			      .word = "host",
			      .records = 1 + (uint32_t)each,
			      .record_len = 16408,
			      .upload = m->started % 8 == 0 };

	m->started++;
	return tls_flow_new(&p);
}

static struct tls_flow *plan_distinct(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_SIGNED,
			      .index = (uint32_t)m->started++,
			      .word = "host", .records = 1,
			      .record_len = 300 };

	return tls_flow_new(&p);
}

static struct tls_flow *plan_forged(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_FORGED,
			      .index = (uint32_t)m->started++,
			      .word = "evil", .records = 1,
			      .record_len = 300 };

	return tls_flow_new(&p);
}

/* Alike at both ends and in their hashes. */
static struct tls_flow *plan_forged_alike(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_FORGED,
			      .alike_leaf = true, .index = 1,
			      .word = "evil", .records = 1,
			      .record_len = 300 };

	m->started++;
	return tls_flow_new(&p);
}

static struct tls_flow *plan_session(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_KNOWN, .index = 1,
			      .word = "evil", .records = 1,
			      .record_len = 300 };

	m->started++;
	return tls_flow_new(&p);
}

static struct tls_flow *plan_session_alike(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_KNOWN, .index = 1,
			      .word = "evil", .records = 1,
			      .record_len = 300, .alike_ticket = true,
			      .number = m->started++ };

	return tls_flow_new(&p);
}

static struct tls_flow *plan_half(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_KNOWN,
			      .index = (uint32_t)m->started++ %
				       tls_num_leaves(),
			      .word = "half", .half = true };

	return tls_flow_new(&p);
}

/*
 * Flows for --latency, one after the other: sound and closed, sound and left
 * open, refused, expired. Each has a name of its own, and without the key to
 * sign with a leaf that others have, too: then few findings are new.
 */
static struct tls_flow *plan_latency(struct make *m)
{
	static const struct tls_plan kinds[] = {
		{ .word = "good", .base = 1 },
		{ .word = "open", .base = 1, .end = END_OPEN },
		{ .word = "deny", .base = 1, .end = END_DENIED },
		{ .word = "late", .base = 7 },
	};
	uint32_t number = (uint32_t)m->started++;
	struct tls_plan p = kinds[number % 4];

	p.leaf = tls_signs() ? LEAF_SIGNED : LEAF_KNOWN;
	p.index = tls_signs() ? number << 1 | 1 : p.base;
	p.records = 1;
	p.record_len = 500;
	return tls_flow_new(&p);
}

#define FLOWS_PAIRS 2000000u /* of "flows", however many flows they are of */

struct kind {
	const char *name;
	struct tls_flow *(*plan)(struct make *m);
	void (*piece)(uint64_t index, uint64_t count);
	unsigned passes; /* of the pieces */
	bool by_size;
	uint64_t count;
	uint32_t good, active;
};

#define GOOD .good = 2000, .active = 20

static const struct kind kinds[] = {
	{ "mixed", plan_mixed, .by_size = true, .active = 4000 },
	{ "handshakes", plan_handshake, .count = 50000, .active = 1000 },
	{ "bulk", plan_bulk, .by_size = true, .active = 1000 },
	{ "distinct", plan_distinct, .count = 20000, .active = 1000 },
	{ "latency", plan_latency, .count = 400, .active = 1 },
	{ "quic", .count = 20000 },
	{ "flows", .count = 1000 },
	{ "flood-syn", NULL, flood_syn, 1, .count = 1000000, GOOD },
	{ "flood-idle", NULL, flood_idle, 1, .count = 1000000, GOOD },
	{ "flood-fragments", NULL, flood_fragment, 1, .count = 1000000, GOOD },
	{ "flood-half", plan_half, .count = 300000, GOOD },
	{ "flood-certificates", plan_forged, .count = 50000, GOOD },
	{ "flood-certificates-alike", plan_forged_alike, .count = 50000, GOOD },
	{ "flood-sessions", plan_session, .count = 50000, GOOD },
	{ "flood-sessions-alike", plan_session_alike, .count = 50000, GOOD },
	{ "flood-names", NULL, flood_names, 1, .count = 300000, GOOD },
	{ "flood-names-alike", NULL, flood_names_alike, 1, .count = 300000,
	  GOOD },
	{ "flood-flows", NULL, flood_flows, 2, .count = 1000000, GOOD },
	{ "flood-flows-sequence", NULL, flood_flows_sequence, 2,
	  .count = 1000000, GOOD },
	{ "flood-flows-xor", NULL, flood_flows_xor, 2, .count = 1000000, GOOD },
	{ "flood-flows-crc", NULL, flood_flows_crc, 2, .count = 1000000, GOOD },
	{ "flood-flows-fnv", NULL, flood_flows_fnv, 2, .count = 1000000, GOOD },
	{ "flood-flows-sum", NULL, flood_flows_sum, 2, .count = 1000000, GOOD },
};

static bool goes_on(const struct make *m, const struct kind *k)
{
	return k->by_size ? out_bytes() < m->size : m->started < m->count;
}

/* Flows in turns, a random one each time. */
static void deal(struct make *m, const struct kind *k)
{
	uint32_t left = m->active;

	for (uint32_t i = 0; i < m->active; i++)
		active[i] = k->plan(m);
	while (left) {
		uint32_t i = rnd_below(left);

		if (tls_flow_step(active[i]))
			continue;
		if (goes_on(m, k))
			active[i] = k->plan(m);
		else
			active[i] = active[--left];
	}
}

static struct tls_flow *plan_good(struct make *m)
{
	struct tls_plan p = { .leaf = LEAF_KNOWN,
			      .index = (uint32_t)m->good_started++ %
				       tls_num_leaves(),
			      .word = "host", .records = 1,
			      .record_len = 500 };

	return tls_flow_new(&p);
}

static void flood_next(struct make *m, const struct kind *k)
{
	struct tls_flow *f;

	if (k->plan) {
		f = k->plan(m);
		while (tls_flow_step(f))
			;
		return;
	}
	k->piece(m->started++, m->pieces);
}

/* A flood, and good handshakes that take their time all through it. */
static void flood(struct make *m, const struct kind *k)
{
	uint32_t left = 0;
	uint64_t steps = (uint64_t)m->good * 8, done = 0;

	while (m->started < m->count || left) {
		if (m->started < m->count)
			flood_next(m, k);
		while (left < m->active && m->good_started < m->good &&
		       m->started < m->count)
			active[left++] = plan_good(m);
		while (left && (m->started >= m->count ||
				done * m->count < steps * m->started)) {
			uint32_t i = rnd_below(left);

			done++;
			if (tls_flow_step(active[i]))
				continue;
			active[i] = active[--left];
			break;
		}
	}
}

static const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	fprintf(stderr, "trace_make: %s is none of", name);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		fprintf(stderr, " %s", kinds[i].name);
	fprintf(stderr, "\n");
	return NULL;
}

static const struct kind *options(struct make *m, int argc, char **argv)
{
	const struct kind *k;
	int c;

	while ((c = getopt(argc, argv, "s:n:g:a:t:")) != -1) {
		uint64_t v = c == 't' ? 0 : strtoull(optarg, NULL, 10);

		switch (c) {
		case 's':
			m->size = v << 20;
			break;
		case 'n':
			m->count = v;
			break;
		case 'g':
			m->good = (uint32_t)v;
			break;
		case 'a':
			m->active = (uint32_t)v;
			break;
		case 't':
			m->folder = optarg;
			break;
		default:
			return NULL;
		}
	}
	if (argc - optind != 2)
		return NULL;
	m->kind = argv[optind];
	m->output = argv[optind + 1];
	k = kind_find(m->kind);
	if (!k)
		return NULL;
	m->count = m->pieces = m->count ? m->count : k->count;
	m->count *= k->passes ? k->passes : 1;
	m->good = m->good ? m->good : k->good;
	m->active = m->active ? m->active : k->active;
	if (k->by_size) /* the end of the file must be as mixed as the rest */
		m->count = 4 + m->size / 200000;
	if (m->active > m->count)
		m->active = (uint32_t)m->count;
	return k;
}

int main(int argc, char **argv)
{
	struct make m = { .size = 100u << 20, .folder = "." };
	const struct kind *k = options(&m, argc, argv);

	if (!k) {
		fprintf(stderr, "usage: trace_make [-s MIB] [-n COUNT] "
				"[-g GOOD] [-a ACTIVE] [-t TEMPLATE_FOLDER] "
				"KIND FILE\n");
		return 2;
	}
	active = calloc(m.active + 1, sizeof(void *));
	if (!active || !tls_load(m.folder) || !out_open(m.output)) {
		fprintf(stderr, "trace_make: no template or no output\n");
		return 1;
	}
	if (m.good)
		flood(&m, k);
	else if (k->plan)
		deal(&m, k);
	else if (!strcmp(k->name, "flows"))
		for (uint32_t i = 0; i < FLOWS_PAIRS; i++)
			flows_pair(i, (uint32_t)m.count);
	else
		for (uint64_t i = 0; i < m.count; i++)
			quic_pair((uint32_t)i);
	if (!out_close())
		return 1;
	printf("{\"kind\":\"%s\",\"packets\":%llu,\"bytes\":%llu,"
	       "\"handshakes\":%llu,\"handshake_packets\":%llu,\"good\":%llu,"
	       "\"pieces\":%llu}\n",
	       m.kind, (unsigned long long)out_packets(),
	       (unsigned long long)out_bytes(),
	       (unsigned long long)tls_handshakes(),
	       (unsigned long long)tls_handshake_packets(),
	       (unsigned long long)m.good_started,
	       (unsigned long long)m.pieces);
	return 0;
}
