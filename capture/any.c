/*
 * any.c: all interfaces at once, from a ring shared with the kernel (packet(7),
 * TPACKET_V3).
 *
 * libpcap's "any" either tells each packet's interface (SLL2) or puts back the
 * VLAN tag that the kernel took off (SLL), never both. Here the header of SLL2,
 * and the tag behind it, are written before the packet where it stands in the
 * ring: nothing is copied. A block of the ring goes back to the kernel with the
 * call after the one that handed out its last packet. Never blocks.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/linktype.h"
#include "capture/internal.h"

#define ANY_BLOCK	 (1u << 20) /* one packet with its headers fits */
#define ANY_TIMEOUT_MSEC 50	    /* a block is handed over after this long */
#define ANY_ROOM	 32	    /* before each packet: SLL2 and one tag */
#define TAG_LEN		 4
/* interfaces whose names are remembered */
#define ANY_NAMES 64

_Static_assert(sizeof(struct tpacket3_hdr) % TPACKET_ALIGNMENT == 0,
	       "a packet's address follows its header at once");

struct any {
	int fd; /* cooked: packets begin behind the link layer's header */
	uint8_t *ring;
	uint32_t num, at; /* blocks; the one that is looked at */
	bool held;	  /* it is ours */
	uint32_t left;	  /* packets of it that were not handed out */
	uint8_t *packet;  /* the next of them */
	size_t snaplen;
	uint32_t loopback;
	uint64_t before; /* the interfaces' own count at the start */
	bool counted;
	struct {
		uint32_t index;
		char name[IF_NAMESIZE];
	} names[ANY_NAMES];
};

static struct tpacket_block_desc *any_block(const struct any *a)
{
	return (void *)(a->ring + (size_t)a->at * ANY_BLOCK);
}

static uint8_t *put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return p + 2;
}

/* The header of LINKTYPE_LINUX_SLL2; tpid 0: no tag was taken off. */
static void write_header(uint8_t *p, const struct sockaddr_ll *from,
			 unsigned tpid, unsigned tci)
{
	uint32_t index = (uint32_t)from->sll_ifindex;

	p = put16(p, tpid ? tpid : ntohs(from->sll_protocol));
	p = put16(p, 0);
	p = put16(p, index >> 16);
	p = put16(p, index & 0xffff);
	p = put16(p, from->sll_hatype);
	*p++ = from->sll_pkttype;
	*p++ = from->sll_halen;
	memcpy(p, from->sll_addr, 8);
	if (!tpid)
		return;
	p = put16(p + 8, tci);
	(void)put16(p, ntohs(from->sll_protocol));
}

/* False: not to be told, as the loopback's packets are when they leave: they
 * come in as well. */
static bool any_frame(const struct any *a, struct tpacket3_hdr *h,
		      struct frame *out)
{
	const struct sockaddr_ll *from = (const void *)(h + 1);
	unsigned tpid = 0;
	size_t head = SLL2_LEN, cap = h->tp_snaplen;
	uint8_t *p = (uint8_t *)h + h->tp_net;

	if (from->sll_pkttype == PACKET_OUTGOING &&
	    (uint32_t)from->sll_ifindex == a->loopback)
		return false;
	if (h->tp_status & TP_STATUS_VLAN_VALID) {
		tpid = h->tp_status & TP_STATUS_VLAN_TPID_VALID
			       ? h->hv1.tp_vlan_tpid
			       : ETH_P_8021Q;
		head += TAG_LEN;
	}
	write_header(p - head, from, tpid, h->hv1.tp_vlan_tci);
	if (cap > a->snaplen)
		cap = a->snaplen;
	*out = (struct frame){
		.data = bytes_of(p - head, head + cap),
		.len = (uint32_t)head + h->tp_len,
		.linktype = LINKTYPE_LINUX_SLL2,
		.time = { h->tp_sec * NSEC_PER_SEC + h->tp_nsec },
		.interface = (uint32_t)from->sll_ifindex,
	};
	return true;
}

/* The next block, where the kernel has filled it. */
static bool any_turn(struct any *a)
{
	struct tpacket_block_desc *b = any_block(a);

	if (a->held) {
		__atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		a->at = (a->at + 1) % a->num;
		b = any_block(a);
	}
	a->held = __atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
		  TP_STATUS_USER;
	if (!a->held)
		return false;
	a->left = b->hdr.bh1.num_pkts;
	a->packet = (uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
	return true;
}

static enum source_result any_next(struct source *s, struct frame *out)
{
	struct any *a = s->impl;

	if (!a->left && !any_turn(a))
		return SOURCE_AGAIN;
	while (a->left) {
		struct tpacket3_hdr *h = (void *)a->packet;

		a->packet += h->tp_next_offset;
		a->left--;
		if (any_frame(a, h, out))
			return SOURCE_FRAME;
	}
	return SOURCE_AGAIN; /* what was handed out still stands */
}

static bool any_pending(const struct source *s)
{
	const struct any *a = s->impl;

	return a->left > 0;
}

static bool any_seen(const struct source *s, uint64_t *packets)
{
	const struct any *a = s->impl;
	uint64_t now;

	if (!a->counted || !live_count(s->name, &now) || now < a->before)
		return false;
	*packets = now - a->before;
	return true;
}

static int any_fd(const struct source *s)
{
	const struct any *a = s->impl;

	return a->fd;
}

static void any_stats(struct source *s)
{
	const struct any *a = s->impl;
	struct tpacket_stats_v3 now;
	socklen_t len = sizeof now;

	/* the kernel counts anew from each time that it is asked */
	if (getsockopt(a->fd, SOL_PACKET, PACKET_STATISTICS, &now, &len))
		return;
	s->stats.received += now.tp_packets;
	s->stats.dropped += now.tp_drops;
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
	if (a->ring)
		(void)munmap(a->ring, (size_t)a->num * ANY_BLOCK);
	if (a->fd >= 0)
		(void)close(a->fd);
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

/* A ring of so many bytes, or of as many as the kernel gives. */
static bool any_ring(struct any *a, size_t size)
{
	struct tpacket_req3 r = {
		.tp_block_size = ANY_BLOCK,
		.tp_frame_size = ANY_BLOCK,
		.tp_retire_blk_tov = ANY_TIMEOUT_MSEC,
	};
	void *p;

	for (size_t num = size / ANY_BLOCK;; num /= 2) {
		if (num < 2)
			num = 2;
		r.tp_block_nr = r.tp_frame_nr = (unsigned)num;
		if (!setsockopt(a->fd, SOL_PACKET, PACKET_RX_RING, &r,
				sizeof r))
			break;
		if (errno != ENOMEM || num == 2)
			return false;
	}
	p = mmap(NULL, (size_t)r.tp_block_nr * ANY_BLOCK,
		 PROT_READ | PROT_WRITE, MAP_SHARED, a->fd, 0);
	if (p == MAP_FAILED)
		return false;
	a->ring = p;
	a->num = r.tp_block_nr;
	return true;
}

/* The protocol comes last: no packet before the filter and the ring. */
static bool any_start(struct source *s, const struct source_options *o,
		      char err[static SOURCE_ERROR_TEXT])
{
	const struct sockaddr_ll all = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	struct any *a = s->impl;
	int version = TPACKET_V3;
	unsigned room = ANY_ROOM;
	size_t size = o->buffer ? o->buffer : SOURCE_BUFFER;
	const struct bpf_program *code =
		s->filter ? filter_program(s->filter) : NULL;

	a->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (a->fd < 0 && (errno == EPERM || errno == EACCES)) {
		snprintf(err, SOURCE_ERROR_TEXT, "%s: " LIVE_NOT_PERMITTED,
			 s->name);
		return false;
	}
	if (a->fd < 0 ||
	    setsockopt(a->fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof version) ||
	    setsockopt(a->fd, SOL_PACKET, PACKET_RESERVE, &room, sizeof room) ||
	    !any_ring(a, size)) {
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", s->name,
			 strerror(errno));
		return false;
	}
	if (cooked_attach(a->fd, code, (uint32_t)a->snaplen)) {
		filter_free(s->filter);
		s->filter = NULL;
	}
	if (bind(a->fd, (const struct sockaddr *)&all, sizeof all)) {
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", s->name,
			 strerror(errno));
		return false;
	}
	return true;
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
	a->fd = -1;
	a->loopback = if_nametoindex("lo");
	a->snaplen = o->snaplen > 0 ? (size_t)o->snaplen : SOURCE_SNAPLEN;
	if (o->filter && *o->filter)
		s->filter = filter_new(o->filter, s->linktype, err);
	if ((o->filter && *o->filter && !s->filter) || !any_start(s, o, err)) {
		source_close(s);
		return NULL;
	}
	a->counted = live_count(spec, &a->before);
	return s;
}
