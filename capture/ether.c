/*
 * ether.c: an Ethernet interface, from a ring (ring.h): libpcap gives a block of
 * its ring back before packets that belong together can be worked on together,
 * so that each has to be copied out first.
 *
 * The VLAN tag that the kernel took off is put back where the packet stands.
 * libpcap compiles the filter.
 */
#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/linktype.h"
#include "capture/ring.h"

#define ADDRESSES 12 /* before the tag */
#define TAG_LEN	  4

struct ether {
	struct ring ring;
	size_t snaplen;
	bool loopback;
	struct live_count before;
};

/* False: the loopback's packets are told when they come in, not when they
 * leave. */
static bool ether_frame(const struct ether *e, struct tpacket3_hdr *h,
			struct frame *out)
{
	uint8_t *p = (uint8_t *)h + h->tp_mac;
	unsigned tpid = ring_tag(h);
	uint32_t cap = h->tp_snaplen, len = h->tp_len;

	if (e->loopback && ring_from(h)->sll_pkttype == PACKET_OUTGOING)
		return false;
	if (tpid && cap >= ADDRESSES) {
		p -= TAG_LEN;
		memmove(p, p + TAG_LEN, ADDRESSES);
		(void)ring_put16(ring_put16(p + ADDRESSES, tpid),
				 h->hv1.tp_vlan_tci);
		cap += TAG_LEN;
		len += TAG_LEN;
	}
	*out = (struct frame){
		.data = bytes_of(p, cap < e->snaplen ? cap : e->snaplen),
		.len = len,
		.linktype = LINKTYPE_ETHERNET,
		.time = ring_time(h),
		.interface = 1,
	};
	return true;
}

/* There is nothing now: why? */
static enum source_result ether_rests(struct source *s)
{
	struct ether *e = s->impl;
	int error = ring_error(&e->ring);

	if (!error)
		return SOURCE_AGAIN;
	if (error == ENODEV)
		return source_fail(s, "the interface disappeared");
	return source_fail(s, "%s", strerror(error));
}

static enum source_result ether_next(struct source *s, struct frame *out)
{
	struct ether *e = s->impl;
	struct tpacket3_hdr *h;

	if (!ring_ready(&e->ring))
		return ether_rests(s);
	while ((h = ring_take(&e->ring)))
		if (ether_frame(e, h, out))
			return SOURCE_FRAME;
	return SOURCE_AGAIN; /* what was handed out still stands */
}

static bool ether_pending(const struct source *s)
{
	const struct ether *e = s->impl;

	return e->ring.left > 0;
}

static bool ether_seen(const struct source *s, uint64_t *packets)
{
	const struct ether *e = s->impl;
	struct live_count since;

	if (!live_count_since(&e->before, s->name, &since))
		return false;
	*packets = since.packets;
	return true;
}

static int ether_fd(const struct source *s)
{
	const struct ether *e = s->impl;

	return e->ring.fd;
}

static void ether_stats(struct source *s)
{
	const struct ether *e = s->impl;
	struct live_count since;

	ring_stats(&e->ring, &s->stats);
	if (live_count_since(&e->before, s->name, &since))
		s->stats.if_dropped = since.dropped;
}

static const char *ether_interface(const struct source *s, uint32_t interface)
{
	(void)interface;
	return s->name;
}

static void ether_close(struct source *s)
{
	struct ether *e = s->impl;

	if (!e)
		return;
	ring_close(&e->ring);
	free(e);
}

static const struct source_ops ether_ops = {
	.next = ether_next,
	.close = ether_close,
	.fd = ether_fd,
	.stats = ether_stats,
	.interface = ether_interface,
	.pending = ether_pending,
	.seen = ether_seen,
};

/* A switch's tag before the type (DSA) is a link type of its own. */
static bool is_switch_port(const char *name)
{
	char path[64 + IFNAMSIZ], kind[8];
	FILE *f;
	bool is;

	snprintf(path, sizeof path, "/sys/class/net/%s/dsa/tagging", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	is = fgets(kind, sizeof kind, f) && strcmp(kind, "none\n") != 0;
	fclose(f);
	return is;
}

bool ether_is(const char *spec)
{
	struct ifreq of = { .ifr_ifindex = 0 };
	int fd, type = -1, flags = 0;

	if (strlen(spec) >= IFNAMSIZ || strchr(spec, ':') ||
	    (fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return false;
	memcpy(of.ifr_name, spec, strlen(spec));
	if (!ioctl(fd, SIOCGIFHWADDR, &of))
		type = of.ifr_hwaddr.sa_family;
	if (!ioctl(fd, SIOCGIFFLAGS, &of))
		flags = of.ifr_flags;
	(void)close(fd);
	return (type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK) &&
	       (flags & IFF_UP) && !is_switch_port(spec);
}

static bool attach(int fd, unsigned len, struct sock_filter *code)
{
	const struct sock_fprog prog = { .len = (unsigned short)len,
					 .filter = code };

	return len <= BPF_MAXINSNS && !setsockopt(fd, SOL_SOCKET,
						  SO_ATTACH_FILTER, &prog,
						  sizeof prog);
}

/* The kernel filters and cuts, or else we do. */
static bool ether_filter(struct source *s, const struct source_options *o,
			 char err[static SOURCE_ERROR_TEXT])
{
	struct ether *e = s->impl;
	struct sock_filter all = { BPF_RET | BPF_K, 0, 0,
				   (uint32_t)e->snaplen };
	struct bpf_program code;
	bool attached;

	if (!o->filter || !*o->filter) {
		if (e->snaplen < SOURCE_SNAPLEN)
			(void)attach(e->ring.fd, 1, &all);
		return true;
	}
	if (!live_compile(s->name, o, &code, err))
		return false;
	_Static_assert(sizeof *code.bf_insns == sizeof all, "the same layout");
	attached = attach(e->ring.fd, code.bf_len, (void *)code.bf_insns);
	pcap_freecode(&code);
	if (!attached)
		s->filter = filter_new(o->filter, s->linktype, err);
	return attached || s->filter;
}

static bool ether_start(struct source *s, const struct source_options *o,
			char err[static SOURCE_ERROR_TEXT])
{
	struct ether *e = s->impl;
	struct packet_mreq all = {
		.mr_ifindex = (int)if_nametoindex(s->name),
		.mr_type = PACKET_MR_PROMISC,
	};

	if (!all.mr_ifindex) { /* it would mean all of them */
		snprintf(err, SOURCE_ERROR_TEXT, "%s: " LIVE_NO_SUCH, s->name);
		return false;
	}
	e->loopback = all.mr_ifindex == (int)if_nametoindex("lo");
	if (!ring_open(&e->ring, s->name, SOCK_RAW,
		       o->buffer ? o->buffer : SOURCE_BUFFER, err) ||
	    !ether_filter(s, o, err) ||
	    !ring_bind(&e->ring, s->name, all.mr_ifindex, err))
		return false;
	if (o->no_promiscuous ||
	    !setsockopt(e->ring.fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all,
			sizeof all))
		return true;
	snprintf(err, SOURCE_ERROR_TEXT, "%s: promiscuous mode: %s", s->name,
		 strerror(errno));
	return false;
}

struct source *ether_open(const char *spec, const struct source_options *o,
			  char err[static SOURCE_ERROR_TEXT])
{
	struct source *s = source_new(spec);
	struct ether *e = calloc(1, sizeof *e);

	snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
	if (!s || !e) {
		free(e);
		source_close(s);
		return NULL;
	}
	s->impl = e;
	s->ops = &ether_ops;
	s->linktype = LINKTYPE_ETHERNET;
	e->ring.fd = -1;
	e->snaplen = live_snaplen(o);
	if (!ether_start(s, o, err)) {
		source_close(s);
		return NULL;
	}
	live_count_begin(&e->before, spec);
	return s;
}
