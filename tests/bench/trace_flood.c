/*
 * trace_flood.c: what costs its sender little: connections that are opened
 * and left, connections seen from the middle on that say no more, fragments.
 */
#include "trace.h"

#include <string.h>

/* No two are alike up to 2^24 of them. */
static void address(struct tuple *t, uint32_t index)
{
	*t = (struct tuple){ .port = { (uint16_t)(1024 + rnd_below(64000)),
				       443 } };
	t->ip[0][0] = 100;
	t->ip[0][1] = (uint8_t)(index >> 16);
	t->ip[0][2] = (uint8_t)(index >> 8);
	t->ip[0][3] = (uint8_t)index;
	memcpy(t->ip[1], "\xc6\x13\0", 3);
	t->ip[1][3] = (uint8_t)rnd_below(256);
}

static void idle(struct tuple *t)
{
	/* a short sealed record of the server, and the client's receipt */
	static const uint8_t record[40] = { 0x17, 3, 3, 0, 35 };
	uint32_t seq = (uint32_t)rnd(), ack = (uint32_t)rnd();
	struct segment s = { t,	  1,   TCP_ACK | TCP_PSH,
			     seq, ack, record,
			     sizeof record };

	out_tcp(&s);
	s = (struct segment){ t, 0, TCP_ACK, ack, seq + sizeof record,
			      NULL, 0 };
	out_tcp(&s);
}

/* Packet by packet the next of so many flows, each the same pair again. */
void flows_pair(uint32_t index, uint32_t flows)
{
	static const uint8_t record[40] = { 0x17, 3, 3, 0, 35 };
	uint32_t which = index % flows;
	uint32_t seq = which * 7919u +
		       index / flows * (uint32_t)sizeof record;
	struct tuple t;
	struct segment s = { &t,	    1,	      TCP_ACK | TCP_PSH,
			     seq, which, record, sizeof record };

	address(&t, which);
	t.port[0] = (uint16_t)(1024 + which % 60000);
	t.ip[1][3] = (uint8_t)which;
	out_tcp(&s);
	s = (struct segment){ &t, 0, TCP_ACK, which, seq + sizeof record,
			      NULL, 0 };
	out_tcp(&s);
}

void flood_syn(uint64_t index, uint64_t count)
{
	struct tuple t;
	struct segment s = { .tuple = &t, .flags = TCP_SYN };

	(void)count;
	address(&t, (uint32_t)index);
	s.seq = (uint32_t)rnd();
	out_tcp(&s);
}

void flood_idle(uint64_t index, uint64_t count)
{
	struct tuple t;

	(void)count;
	address(&t, (uint32_t)index);
	idle(&t);
}

void flood_fragment(uint64_t index, uint64_t count)
{
	struct tuple t;

	(void)count;
	address(&t, (uint32_t)index);
	out_fragment(&t, (uint16_t)rnd(), (uint16_t)(8 * rnd_below(100)),
		     8 * (1 + rnd_below(60)));
}
