/* keep.c: see keep.h. */
#include "sensor/keep.h"

#include <stdlib.h>

#define FIRST_PLACE 8 /* 0 is none */

struct entry {
	uint64_t before; /* place of the connection's packet before it */
	struct stamp time;
	uint32_t captured, len;
};

struct keep {
	size_t size;
	uint64_t next; /* place of the next one */
	struct keep_counters counters;
	_Alignas(8) uint8_t ring[];
};

struct keep *keep_new(size_t size)
{
	/* not touched here: pages come as they are used */
	struct keep *k = malloc(sizeof *k + size);

	if (k)
		*k = (struct keep){ .size = size, .next = FIRST_PLACE };
	return k;
}

void keep_free(struct keep *k)
{
	free(k);
}

static size_t room_of(size_t captured)
{
	return sizeof(struct entry) + ((captured + 7) & ~(size_t)7);
}

/* A place for so many bytes, which do not go round the ring's end. */
static uint64_t take_place(struct keep *k, size_t room)
{
	size_t left = k->size - (size_t)(k->next % k->size);
	uint64_t place = k->next + (left < room ? left : 0);

	k->next = place + room;
	return place;
}

void keep_packet(struct keep *k, struct keep_chain *c, const struct packet *p)
{
	size_t room = room_of(p->ip.len);
	struct entry e = {
		.before = c->last,
		.time = p->time,
		.captured = (uint32_t)p->ip.len,
		.len = (uint32_t)(p->ip.len + p->payload_len - p->payload.len),
	};
	uint8_t *to;

	if (c->num == LIMIT_EXHIBIT_PACKETS ||
	    room > LIMIT_EXHIBIT_BYTES - c->bytes) {
		k->counters.cut += !c->cut;
		c->cut = true;
		return;
	}
	if (!p->ip.len)
		return;
	c->last = take_place(k, room);
	c->num++;
	c->bytes += (uint32_t)room;
	to = k->ring + c->last % k->size;
	memcpy(to, &e, sizeof e);
	memcpy(to + sizeof e, p->ip.p, p->ip.len);
	k->counters.packets++;
}

struct packets *keep_copy(struct keep *k, const struct keep_chain *c)
{
	uint64_t places[LIMIT_EXHIBIT_PACKETS], at = c->last;
	uint32_t num = 0;
	struct packets *out;
	struct entry e;
	size_t size = 0;

	/* what is at a place is gone once the ring went round to it */
	while (at && at + k->size >= k->next && num < c->num) {
		places[num++] = at;
		memcpy(&e, k->ring + at % k->size, sizeof e);
		size += packets_room(e.captured);
		at = e.before;
	}
	if (at)
		k->counters.overwritten++;
	out = num ? packets_new(size) : NULL;
	if (!out)
		return NULL;
	out->cut = c->cut || at;
	while (num) {
		const uint8_t *from = k->ring + places[--num] % k->size;

		memcpy(&e, from, sizeof e);
		packets_add(out, e.time,
			    bytes_of(from + sizeof e, e.captured), e.len);
	}
	return out;
}

const struct keep_counters *keep_counters(const struct keep *k)
{
	return &k->counters;
}
