/* ring.c: see ring.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/ring.h"

#define RING_BLOCK	  (1u << 20) /* one packet with its headers fits */
#define RING_TIMEOUT_MSEC 50	     /* a block is handed over after this long */

static struct tpacket_block_desc *block(const struct ring *r)
{
	return (void *)(r->map + (size_t)r->at * RING_BLOCK);
}

static bool fail(const char *name, char err[static SOURCE_ERROR_TEXT])
{
	if (errno == EPERM || errno == EACCES)
		snprintf(err, SOURCE_ERROR_TEXT, "%s: " LIVE_NOT_PERMITTED,
			 name);
	else
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", name,
			 strerror(errno));
	return false;
}

/* A ring of so many bytes, or of as many as the kernel gives. */
static bool map(struct ring *r, size_t size)
{
	struct tpacket_req3 req = {
		.tp_block_size = RING_BLOCK,
		.tp_frame_size = RING_BLOCK,
		.tp_retire_blk_tov = RING_TIMEOUT_MSEC,
	};
	void *p;

	for (size_t num = size / RING_BLOCK;; num /= 2) {
		if (num < 2)
			num = 2;
		req.tp_block_nr = req.tp_frame_nr = (unsigned)num;
		if (!setsockopt(r->fd, SOL_PACKET, PACKET_RX_RING, &req,
				sizeof req))
			break;
		if (errno != ENOMEM || num == 2)
			return false;
	}
	p = mmap(NULL, (size_t)req.tp_block_nr * RING_BLOCK,
		 PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (p == MAP_FAILED)
		return false;
	r->map = p;
	r->num = req.tp_block_nr;
	return true;
}

bool ring_open(struct ring *r, const char *name, int type, size_t size,
	       char err[static SOURCE_ERROR_TEXT])
{
	int version = TPACKET_V3;
	unsigned room = RING_ROOM;

	*r = (struct ring){ .fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0) };
	if (r->fd < 0 ||
	    setsockopt(r->fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof version) ||
	    setsockopt(r->fd, SOL_PACKET, PACKET_RESERVE, &room, sizeof room) ||
	    !map(r, size))
		return fail(name, err);
	return true;
}

bool ring_bind(struct ring *r, const char *name, int interface,
	       char err[static SOURCE_ERROR_TEXT])
{
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = interface,
	};

	return !bind(r->fd, (const struct sockaddr *)&to, sizeof to) ||
	       fail(name, err);
}

void ring_close(struct ring *r)
{
	if (r->map)
		(void)munmap(r->map, (size_t)r->num * RING_BLOCK);
	if (r->fd >= 0)
		(void)close(r->fd);
}

bool ring_ready(struct ring *r)
{
	struct tpacket_block_desc *b = block(r);

	if (r->left)
		return true;
	if (r->held) {
		__atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		r->at = (r->at + 1) % r->num;
		b = block(r);
	}
	r->held = __atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
		  TP_STATUS_USER;
	if (!r->held)
		return false;
	r->left = b->hdr.bh1.num_pkts;
	r->packet = (uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
	return r->left > 0;
}

struct tpacket3_hdr *ring_take(struct ring *r)
{
	struct tpacket3_hdr *h = (void *)r->packet;

	if (!r->left)
		return NULL;
	r->packet += h->tp_next_offset;
	if (--r->left) {
		__builtin_prefetch(r->packet);
		__builtin_prefetch(r->packet + 64);
	}
	return h;
}

void ring_stats(const struct ring *r, struct source_stats *stats)
{
	struct tpacket_stats_v3 now;
	socklen_t len = sizeof now;

	/* the kernel counts anew from each time that it is asked */
	if (getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &now, &len))
		return;
	stats->received += now.tp_packets;
	stats->dropped += now.tp_drops;
}

int ring_error(struct ring *r)
{
	struct sockaddr_ll at = { .sll_ifindex = 0 };
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return errno;
	if (error && error != ENETDOWN)
		return error;
	r->down |= error == ENETDOWN;
	if (!r->down)
		return 0;
	len = sizeof at;
	if (getsockname(r->fd, (struct sockaddr *)&at, &len))
		return errno;
	return at.sll_ifindex == -1 ? ENODEV : 0;
}

unsigned ring_tag(const struct tpacket3_hdr *h)
{
	if (!(h->tp_status & TP_STATUS_VLAN_VALID))
		return 0;
	return h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->hv1.tp_vlan_tpid
							: ETH_P_8021Q;
}
