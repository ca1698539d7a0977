/*
 * trace_alike.c: floods of flows and names that are alike in hashes without a
 * secret, and the same at random, to compare with.
 */
#include "collide.h"
#include "trace.h"

#include <stdio.h>
#include <string.h>

/* What a hash of a flow is commonly made over: addresses, then ports. */
#define SRC	  0u
#define DST	  4u
#define DST_PORT  8u
#define SRC_PORT  10u
#define TUPLE_LEN 12u
/* So many low bits of the hash are the same: where a table of 2^20 looks. */
#define LOW_BITS 20u

static const uint8_t server[4] = { 198, 19, 1, 1 };

static void tuple_of(const uint8_t k[TUPLE_LEN], struct tuple *t)
{
	memcpy(t->ip[0], k + SRC, 4);
	memcpy(t->ip[1], k + DST, 4);
	t->port[0] = (uint16_t)(k[SRC_PORT] << 8 | k[SRC_PORT + 1]);
	t->port[1] = (uint16_t)(k[DST_PORT] << 8 | k[DST_PORT + 1]);
}

static void key_of(uint64_t n, uint8_t k[TUPLE_LEN])
{
	k[SRC] = 100;
	k[SRC + 1] = (uint8_t)(n >> 16);
	k[SRC + 2] = (uint8_t)(n >> 8);
	k[SRC + 3] = (uint8_t)n;
	memcpy(k + DST, server, 4);
	k[DST_PORT] = 443 >> 8;
	k[DST_PORT + 1] = 443 & 255;
	k[SRC_PORT] = (uint8_t)(n >> 32);
	k[SRC_PORT + 1] = (uint8_t)(n >> 24);
}

/* First both directions of each flow, a sealed record and its receipt; then a
 * receipt of each again. */
static void send_flow(const struct tuple *t, uint64_t index, uint64_t count)
{
	static const uint8_t record[40] = { 0x17, 3, 3, 0, 35 };
	uint32_t seq = (uint32_t)(index % count) * 7919u;
	struct segment s = { t, 1,	TCP_ACK | TCP_PSH, seq,
			     1, record, sizeof record };

	if (index < count)
		out_tcp(&s);
	s = (struct segment){ t, 0, TCP_ACK, 1, seq + sizeof record, NULL, 0 };
	out_tcp(&s);
}

void flood_flows(uint64_t index, uint64_t count)
{
	uint8_t k[TUPLE_LEN];
	struct tuple t = { .v6 = false };

	/* an odd factor: no two of 2^40 are the same */
	key_of((index % count * 0x9E3779B97F4A7C15u) & 0xffffffffffu, k);
	tuple_of(k, &t);
	send_flow(&t, index, count);
}

void flood_flows_sequence(uint64_t index, uint64_t count)
{
	uint64_t n = index % count;
	uint8_t k[TUPLE_LEN];
	struct tuple t = { .v6 = false };

	key_of(n / 64000, k);
	tuple_of(k, &t);
	t.port[0] = (uint16_t)(1024 + n % 64000);
	send_flow(&t, index, count);
}

static uint64_t low_crc(const uint8_t *p, size_t len)
{
	return collide_crc(p, len) & ((1u << LOW_BITS) - 1);
}

static uint64_t low_xor(const uint8_t *p, size_t len)
{
	return collide_xor(p, len) & ((1u << LOW_BITS) - 1);
}

static void flows_linear(struct collide *c, uint64_t index, uint64_t count,
			 uint64_t (*hash)(const uint8_t *p, size_t len))
{
	uint8_t k[TUPLE_LEN];
	struct tuple t = { .v6 = false };

	if (!c->len) {
		c->len = TUPLE_LEN;
		key_of(0, c->base);
		collide_may(c, SRC + 1, 3, 0xff);
		collide_may(c, SRC_PORT, 2, 0xff);
		collide_may(c, DST + 3, 1, 0xff);
		collide_solve(c, hash);
	}
	collide_get(c, index % count, k);
	tuple_of(k, &t);
	send_flow(&t, index, count);
}

void flood_flows_xor(uint64_t index, uint64_t count)
{
	static struct collide c;

	flows_linear(&c, index, count, low_xor);
}

void flood_flows_crc(uint64_t index, uint64_t count)
{
	static struct collide c;

	flows_linear(&c, index, count, low_crc);
}

void flood_flows_fnv(uint64_t index, uint64_t count)
{
	uint8_t k[TUPLE_LEN];
	struct tuple t = { .v6 = false };

	key_of(index % count, k);
	while (!collide_fnv(k, TUPLE_LEN))
		k[DST + 3]++;
	tuple_of(k, &t);
	send_flow(&t, index, count);
}

/* Both ends' addresses add up to the same, and so do their ports. */
void flood_flows_sum(uint64_t index, uint64_t count)
{
	uint64_t n = index % count;
	uint8_t k[TUPLE_LEN];
	struct tuple t = { .v6 = false };

	key_of(n & 0xffffff, k);
	for (unsigned i = 1; i < 4; i++)
		k[DST + i] = (uint8_t)~k[SRC + i];
	k[SRC_PORT] = 0xc0;
	tuple_of(k, &t);
	send_flow(&t, index, count);
}

#define LABEL_LEN 40u

static void label_linear(uint64_t n, uint8_t *label)
{
	static struct collide c;

	if (!c.len) {
		c.len = LABEL_LEN;
		memset(c.base, 'h', LABEL_LEN);
		collide_may(&c, 0, LABEL_LEN, 7); /* h to o */
		collide_solve(&c, collide_both);
	}
	collide_get(&c, n, label);
}

/* Two pairs of letters that say the same: 31 * 'a' + 'p' = 31 * 'c' + '2'. */
static void label_times(uint64_t n, const char *pairs, uint8_t *label)
{
	for (unsigned i = 0; i < LABEL_LEN; i += 2)
		memcpy(label + i, pairs + 2 * (n >> i / 2 & 1), 2);
}

static void label_random(uint64_t n, uint8_t *label)
{
	for (unsigned i = 0; i < LABEL_LEN; i++) {
		if (i % 16 == 0)
			n = collide_mix(n);
		label[i] = (uint8_t)('h' + (n >> 3 * (i % 16) & 7));
	}
}

/* RFC 1035 4: one question, and with an answer its address. */
static void send_name(uint64_t index, const uint8_t label[LABEL_LEN])
{
	static const uint8_t rest[] = "\7example\3net\0\0\1\0\1";
	static const uint8_t record[] = "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4";
	uint64_t who = collide_mix(index);
	uint8_t p[128] = { (uint8_t)(who >> 8), (uint8_t)who, 1, 0, 0, 1 };
	struct tuple t = {
		.ip = { { 10, (uint8_t)(who >> 16), (uint8_t)(who >> 24), 9 },
			{ 198, 19, 0, 53 } },
		.port = { (uint16_t)(1024 + (who >> 32) % 60000), 53 }
	};
	size_t n = 12;

	p[n++] = LABEL_LEN;
	memcpy(p + n, label, LABEL_LEN);
	n += LABEL_LEN;
	memcpy(p + n, rest, sizeof rest - 1);
	n += sizeof rest - 1;
	out_udp(&t, 0, p, n);
	p[2] = 0x81;
	p[3] = 0x80;
	p[7] = 1;
	memcpy(p + n, record, sizeof record - 1);
	n += sizeof record - 1;
	memcpy(p + n, "\xc6\x13\2\1", 4);
	out_udp(&t, 1, p, n + 4);
}

void flood_names(uint64_t index, uint64_t count)
{
	uint8_t label[LABEL_LEN];

	(void)count;
	label_random(index, label);
	send_name(index, label);
}

/* A third of them each. */
void flood_names_alike(uint64_t index, uint64_t count)
{
	uint8_t label[LABEL_LEN];

	(void)count;
	if (index % 3 == 0)
		label_linear(index / 3, label);
	else
		label_times(index / 3, index % 3 == 1 ? "apc2" : "awc5", label);
	send_name(index, label);
}
