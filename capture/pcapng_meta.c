/* pcapng_meta.c: what a pcapng file says beside packets: interfaces with their
 * clocks, statistics, secrets. */
#include <stdlib.h>

#include "capture/pcapng.h"

/* draft-ietf-opsawg-pcapng 4.2, 4.6, 4.7 */
#define OPTION_END	0
#define OPTION_IF_NAME	2
#define OPTION_TSRESOL	9
#define OPTION_TSOFFSET 14
#define OPTION_IFRECV	4
#define OPTION_IFDROP	5
#define SECRETS_TLS	0x544c534bu /* "TLSK" */

/* Times are kept to what a signed 64-bit count of nanoseconds holds, with room
 * for time-outs to be added: 1700 to 2240 or so. */
#define TIME_MOST_SEC INT64_C(8520336000)

/* The next option of a list; false at its end. */
static bool option_next(const struct pcapng *p, struct reader *r,
			uint16_t *code, struct reader *value)
{
	size_t len;

	if (!rd_more(r))
		return false;
	*code = pcapng_u16(p, r);
	len = pcapng_u16(p, r);
	*value = rd_sub(r, len);
	if (!rd_ok(r) || *code == OPTION_END)
		return false;
	/* 3.5: padded to 32 bits; the last one's padding may be missing */
	for (; len % 4 != 0 && rd_more(r); len++)
		rd_skip(r, 1);
	return true;
}

static void interface_option(const struct pcapng *p, uint16_t code,
			     struct reader *v, struct pcapng_interface *i)
{
	struct bytes name;

	switch (code) {
	case OPTION_IF_NAME:
		name = bytes_head(rd_rest(v), PCAPNG_NAME - 1);
		if (name.len)
			memcpy(i->name, name.p, name.len);
		i->name_len = (uint8_t)name.len;
		break;
	case OPTION_TSRESOL:
		i->resolution = rd_u8(v);
		if (!rd_ok(v))
			i->resolution = 6;
		break;
	case OPTION_TSOFFSET:
		i->offset = (int64_t)pcapng_u64(p, v);
		break;
	default:
		break;
	}
}

static bool interface_room(struct pcapng *p)
{
	size_t size = p->size_interfaces ? p->size_interfaces * 2 : 4;
	struct pcapng_interface *bigger;

	if (p->num_interfaces < p->size_interfaces)
		return true;
	bigger = realloc(p->interface, size * sizeof *bigger);
	if (!bigger)
		return false;
	p->interface = bigger;
	p->size_interfaces = size;
	return true;
}

enum source_result pcapng_interface(struct source *s, struct reader *r,
				    struct frame *out)
{
	struct pcapng *p = s->impl;
	struct pcapng_interface *i;
	struct reader value;
	uint16_t code;
	unsigned n;

	(void)out;
	/* files joined without end: forget the names of sections before */
	if (p->num_interfaces - p->section >= LIMIT_PCAPNG_INTERFACES)
		return source_fail(s, "more than %d interfaces in one section",
				   LIMIT_PCAPNG_INTERFACES);
	if (p->num_interfaces >= LIMIT_PCAPNG_INTERFACES && p->section > 0) {
		p->num_interfaces -= p->section;
		memmove(p->interface, p->interface + p->section,
			p->num_interfaces * sizeof *p->interface);
		p->section = 0;
	}
	if (!interface_room(p))
		return source_fail(s, "out of memory");
	i = &p->interface[p->num_interfaces];
	*i = (struct pcapng_interface){ .resolution = 6 };
	i->linktype = linktype_of_dlt(pcapng_u16(p, r));
	rd_skip(r, 2);
	i->snaplen = pcapng_u32(p, r);
	if (!rd_ok(r)) /* later packets of it are bad blocks, too */
		i->linktype = -1;
	for (n = 0;
	     n < LIMIT_PCAPNG_OPTIONS && option_next(p, r, &code, &value); n++)
		interface_option(p, code, &value, i);
	s->stats.bad_blocks += n == LIMIT_PCAPNG_OPTIONS;
	p->num_interfaces++;
	return SOURCE_AGAIN;
}

struct stamp pcapng_time(const struct pcapng_interface *i, uint64_t ticks)
{
	unsigned exponent = i->resolution & 0x7f;
	unsigned __int128 units = 1, frac;
	__int128 sec;

	/* 4.2: bit 7 set: a power of two, else of ten */
	if (i->resolution & 0x80) {
		units <<= exponent < 64 ? exponent : 64;
	} else {
		for (unsigned n = 0; n < exponent && n < 20; n++)
			units *= 10;
	}
	sec = (__int128)(ticks / units);
	frac = ticks % units * NSEC_PER_SEC / units;
	sec += i->offset;
	if (sec > TIME_MOST_SEC)
		sec = TIME_MOST_SEC;
	if (sec < -TIME_MOST_SEC)
		sec = -TIME_MOST_SEC;
	return (struct stamp){ (int64_t)sec * NSEC_PER_SEC + (int64_t)frac };
}

/* 4.6: the counters are of the whole capture of that interface. */
enum source_result pcapng_statistics(struct source *s, struct reader *r,
				     struct frame *out)
{
	struct pcapng *p = s->impl;
	struct pcapng_interface *i;
	uint32_t id = pcapng_u32(p, r);
	struct reader value;
	uint16_t code;
	unsigned n;

	(void)out;
	rd_skip(r, 8);
	if (!rd_ok(r) || id >= p->num_interfaces - p->section) {
		s->stats.bad_blocks++;
		return SOURCE_AGAIN;
	}
	i = &p->interface[p->section + id];
	for (n = 0;
	     n < LIMIT_PCAPNG_OPTIONS && option_next(p, r, &code, &value);
	     n++) {
		uint64_t v = pcapng_u64(p, &value), *mine = NULL, *all = NULL;

		if (code == OPTION_IFRECV) {
			mine = &i->received;
			all = &s->stats.received;
		} else if (code == OPTION_IFDROP) {
			mine = &i->dropped;
			all = &s->stats.dropped;
		}
		if (!mine || !rd_ok(&value))
			continue;
		*all += v - *mine;
		*mine = v;
	}
	s->stats.bad_blocks += n == LIMIT_PCAPNG_OPTIONS;
	return SOURCE_AGAIN;
}

/* 4.7: kept until they are asked for; more than the limit is forgotten. */
enum source_result pcapng_secrets(struct source *s, struct reader *r,
				  struct frame *out)
{
	struct pcapng *p = s->impl;
	uint32_t type = pcapng_u32(p, r);
	struct bytes secret = rd_bytes(r, pcapng_u32(p, r));

	(void)out;
	if (!rd_ok(r)) {
		s->stats.bad_blocks++;
		return SOURCE_AGAIN;
	}
	if (type != SECRETS_TLS)
		return SOURCE_AGAIN;
	buf_add(&p->secrets, secret.p, secret.len);
	if (secret.len && secret.p[secret.len - 1] != '\n')
		buf_add_char(&p->secrets, '\n');
	if (p->secrets.failed)
		s->stats.bad_blocks++;
	return SOURCE_AGAIN;
}
