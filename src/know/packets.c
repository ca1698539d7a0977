/* packets.c: see packets.h. */
#include "know/packets.h"

#include <stdlib.h>

struct head {
	struct stamp time;
	uint32_t captured, len;
};

struct packets *packets_new(size_t size)
{
	struct packets *p = malloc(sizeof *p + size);

	if (p)
		*p = (struct packets){ .size = size };
	return p;
}

size_t packets_room(size_t captured)
{
	return sizeof(struct head) + ((captured + 7) & ~(size_t)7);
}

void packets_add(struct packets *p, struct stamp time, struct bytes ip,
		 uint32_t len)
{
	struct head h = { .time = time,
			  .captured = (uint32_t)ip.len,
			  .len = len };

	if (packets_room(ip.len) > p->size - p->used) {
		p->cut = true;
		return;
	}
	memcpy(p->data + p->used, &h, sizeof h);
	memcpy(p->data + p->used + sizeof h, ip.p, ip.len);
	p->used += packets_room(ip.len);
	p->num++;
}

void packets_add_all(struct packets *p, const struct packets *from)
{
	struct stamp time;
	struct bytes ip;
	size_t at = 0;
	uint32_t len;

	p->cut |= from->cut;
	while (packets_next(from, &at, &time, &ip, &len))
		packets_add(p, time, ip, len);
}

bool packets_next(const struct packets *p, size_t *at, struct stamp *time,
		  struct bytes *ip, uint32_t *len)
{
	struct head h;

	if (*at == p->used)
		return false;
	memcpy(&h, p->data + *at, sizeof h);
	*time = h.time;
	*ip = bytes_of(p->data + *at + sizeof h, h.captured);
	*len = h.len;
	*at += packets_room(h.captured);
	return true;
}
