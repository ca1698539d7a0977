/*
 * any.c: all interfaces at once, from a ring (ring.h).
 *
 * libpcap's "any" either tells each packet's interface (SLL2) or puts back the
 * VLAN tag that the kernel took off (SLL), never both. Here the header of SLL2,
 * and the tag behind it, are written before the packet where it stands.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/linktype.h"
#include "capture/ring.h"

#define TAG_LEN 4
/* interfaces whose names are remembered */
#define ANY_NAMES 64

_Static_assert(SLL2_LEN + TAG_LEN <= RING_ROOM, "a header fits before each");

struct any {
	struct ring ring; /* cooked: packets begin behind the link layer's
			     header */
	size_t snaplen;
	uint32_t loopback;
	struct live_count before;
	struct {
		uint32_t index;
		char name[IF_NAMESIZE];
	} names[ANY_NAMES];
};

/* The header of LINKTYPE_LINUX_SLL2; tpid 0: no tag was taken off. */
static void write_header(uint8_t *p, const struct sockaddr_ll *from,
			 unsigned tpid, unsigned tci)
{
	uint32_t index = (uint32_t)from->sll_ifindex;

	p = ring_put16(p, tpid ? tpid : ntohs(from->sll_protocol));
	p = ring_put16(p, 0);
	p = ring_put16(p, index >> 16);
	p = ring_put16(p, index & 0xffff);
	p = ring_put16(p, from->sll_hatype);
	*p++ = from->sll_pkttype;
	*p++ = from->sll_halen;
	memcpy(p, from->sll_addr, 8);
	if (!tpid)
		return;
	p = ring_put16(p + 8, tci);
	(void)ring_put16(p, ntohs(from->sll_protocol));
}

/* False: not to be told, as the loopback's packets are when they leave: they
 * come in as well. */
static bool any_frame(const struct any *a, struct tpacket3_hdr *h,
		      struct frame *out)
{
	const struct sockaddr_ll *from = ring_from(h);
	unsigned tpid = ring_tag(h);
	size_t head = SLL2_LEN, cap = h->tp_snaplen;
	uint8_t *p = (uint8_t *)h + h->tp_net;

	if (from->sll_pkttype == PACKET_OUTGOING &&
	    (uint32_t)from->sll_ifindex == a->loopback)
		return false;
	if (tpid)
		head += TAG_LEN;
	write_header(p - head, from, tpid, h->hv1.tp_vlan_tci);
	if (cap > a->snaplen)
		cap = a->snaplen;
	*out = (struct frame){
		.data = bytes_of(p - head, head + cap),
		.len = (uint32_t)head + h->tp_len,
		.linktype = LINKTYPE_LINUX_SLL2,
		.time = ring_time(h),
		.interface = (uint32_t)from->sll_ifindex,
	};
	return true;
}

static enum source_result any_next(struct source *s, struct frame *out)
{
	struct any *a = s->impl;
	struct tpacket3_hdr *h;

	if (!ring_ready(&a->ring))
		return SOURCE_AGAIN;
	while ((h = ring_take(&a->ring)))
		if (any_frame(a, h, out))
			return SOURCE_FRAME;
	return SOURCE_AGAIN; /* what was handed out still stands */
}

static bool any_pending(const struct source *s)
{
	const struct any *a = s->impl;

	return a->ring.left > 0;
}

static bool any_seen(const struct source *s, uint64_t *packets)
{
	const struct any *a = s->impl;
	struct live_count since;

	if (!live_count_since(&a->before, s->name, &since))
		return false;
	*packets = since.packets;
	return true;
}

static int any_fd(const struct source *s)
{
	const struct any *a = s->impl;

	return a->ring.fd;
}

static void any_stats(struct source *s)
{
	const struct any *a = s->impl;

	ring_stats(&a->ring, &s->stats);
}

static const char *any_interface(const struct source *s, uint32_t interface)
{
	struct any *a = s->impl;
	size_t slot = interface % ANY_NAMES;

	if (a->names[slot].index != interface) {
		if (!if_indextoname(interface, a->names[slot].name))
			return NULL;
		a->names[slot].index = interface;
	}
	return a->names[slot].name;
}

static void any_close(struct source *s)
{
	struct any *a = s->impl;

	if (!a)
		return;
	ring_close(&a->ring);
	free(a);
}

static const struct source_ops any_ops = {
	.next = any_next,
	.close = any_close,
	.fd = any_fd,
	.stats = any_stats,
	.interface = any_interface,
	.pending = any_pending,
	.seen = any_seen,
};

static bool any_start(struct source *s, const struct source_options *o,
		      char err[static SOURCE_ERROR_TEXT])
{
	struct any *a = s->impl;
	const struct bpf_program *code =
		s->filter ? filter_program(s->filter) : NULL;

	if (!ring_open(&a->ring, s->name, SOCK_DGRAM,
		       o->buffer ? o->buffer : SOURCE_BUFFER, err))
		return false;
	if (cooked_attach(a->ring.fd, code, (uint32_t)a->snaplen)) {
		filter_free(s->filter);
		s->filter = NULL;
	}
	return ring_bind(&a->ring, s->name, 0, err);
}

struct source *any_open(const char *spec, const struct source_options *o,
			char err[static SOURCE_ERROR_TEXT])
{
	struct source *s = source_new(spec);
	struct any *a = calloc(1, sizeof *a);

	snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
	if (!s || !a) {
		free(a);
		source_close(s);
		return NULL;
	}
	s->impl = a;
	s->ops = &any_ops;
	s->linktype = LINKTYPE_LINUX_SLL2;
	a->ring.fd = -1;
	a->loopback = if_nametoindex("lo");
	a->snaplen = live_snaplen(o);
	if (o->filter && *o->filter)
		s->filter = filter_new(o->filter, s->linktype, err);
	if ((o->filter && *o->filter && !s->filter) || !any_start(s, o, err)) {
		source_close(s);
		return NULL;
	}
	live_count_begin(&a->before, spec);
	return s;
}
