/*
 * mirror.c: "udp:ADDR:PORT", the receiving end of a cloud mirror.
 *
 * VPC traffic mirroring, vTAP and gateway load balancers send copies of
 * packets inside UDP datagrams; an ordinary socket takes them, without
 * privilege. Each datagram becomes a frame of a link type of our own. Only
 * receives.
 */
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/linktype.h"
#include "base/reader.h"
#include "capture/internal.h"

#define MIRROR_BATCH	64
#define MIRROR_DATAGRAM 65536
#define MIRROR_CONTROL	128
#define PORT_GENEVE	6081 /* RFC 8926; VXLAN's is 4789, RFC 7348 */

struct mirror {
	int fd;
	uint16_t port;
	size_t num, next;
	struct mmsghdr msg[MIRROR_BATCH];
	struct iovec iov[MIRROR_BATCH];
	uint8_t control[MIRROR_BATCH][MIRROR_CONTROL]
		__attribute__((aligned(16)));
	uint8_t *bytes;
};

/*
 * The tunnel's own bytes say which it is; where they do not, the port. GENEVE
 * has an ethertype where VXLAN has reserved bits, zero but for the group policy
 * extension, whose flag is GENEVE's version. (GWLB's 32 bytes of options are
 * VXLAN's I flag: that alone says nothing.)
 */
static int mirror_linktype(const struct mirror *m, struct bytes b)
{
	struct reader r = rd_window(b);
	uint32_t head = rd_u32(&r);
	uint16_t type = head & 0xffff;

	/* RFC 8926 3.4: version 0, the protocol is an ethertype */
	if (rd_ok(&r) && head >> 30 == 0 &&
	    (type == 0x6558 || type == 0x0800 || type == 0x86dd))
		return LINKTYPE_MIRROR_GENEVE;
	/* RFC 7348 5: the I flag; the rest is reserved */
	if (rd_ok(&r) && (head & 0x08000000) && (head & 0x37000000) == 0)
		return LINKTYPE_MIRROR_VXLAN;
	return m->port == PORT_GENEVE ? LINKTYPE_MIRROR_GENEVE
				      : LINKTYPE_MIRROR_VXLAN;
}

/* The kernel's time of arrival; its own drops since the socket was made. */
static struct stamp mirror_control(struct source *s, struct msghdr *h)
{
	struct timespec now = { 0 };
	uint32_t dropped;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&now, CMSG_DATA(c), sizeof now);
		if (c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&dropped, CMSG_DATA(c), sizeof dropped);
			/* 32 bits that wrap */
			s->stats.dropped +=
				(uint32_t)(dropped -
					   (uint32_t)s->stats.dropped);
		}
	}
	return (struct stamp){ now.tv_sec * NSEC_PER_SEC + now.tv_nsec };
}

static bool mirror_receive(struct source *s, struct mirror *m)
{
	int n;

	for (size_t i = 0; i < MIRROR_BATCH; i++) {
		m->msg[i].msg_hdr.msg_control = m->control[i];
		m->msg[i].msg_hdr.msg_controllen = MIRROR_CONTROL;
	}
	n = recvmmsg(m->fd, m->msg, MIRROR_BATCH, MSG_DONTWAIT, NULL);
	m->next = 0;
	m->num = n > 0 ? (size_t)n : 0;
	s->stats.received += m->num;
	return n >= 0 || errno == EAGAIN || errno == EINTR ||
	       errno == ECONNREFUSED;
}

static enum source_result mirror_next(struct source *s, struct frame *out)
{
	struct mirror *m = s->impl;
	struct bytes b;
	size_t i;

	if (m->next == m->num) {
		if (!mirror_receive(s, m))
			return source_fail(s, "%s", strerror(errno));
		if (m->num == 0)
			return SOURCE_AGAIN;
	}
	i = m->next++;
	b = bytes_of(m->iov[i].iov_base, m->msg[i].msg_len);
	*out = (struct frame){
		.data = b,
		.len = (uint32_t)b.len,
		.linktype = mirror_linktype(m, b),
		.time = mirror_control(s, &m->msg[i].msg_hdr),
		.interface = 1,
	};
	return SOURCE_FRAME;
}

static void mirror_close(struct source *s)
{
	struct mirror *m = s->impl;

	if (!m)
		return;
	if (m->fd >= 0)
		close(m->fd);
	free(m->bytes);
	free(m);
}

static int mirror_fd(const struct source *s)
{
	const struct mirror *m = s->impl;

	return m->fd;
}

static const char *mirror_interface(const struct source *s, uint32_t interface)
{
	(void)interface;
	return s->name;
}

static bool mirror_pending(const struct source *s)
{
	const struct mirror *m = s->impl;

	return m->next < m->num;
}

static const struct source_ops mirror_ops = {
	.next = mirror_next,
	.close = mirror_close,
	.fd = mirror_fd,
	.interface = mirror_interface,
	.pending = mirror_pending,
};

/* 1 to 65535 in digits; 0: none. getaddrinfo() takes 99999 for 34463. */
static uint16_t mirror_port(const char *s)
{
	size_t digits = strspn(s, "0123456789");
	unsigned long n = strtoul(s, NULL, 10);

	return digits && !s[digits] && n <= UINT16_MAX ? (uint16_t)n : 0;
}

/* "udp:ADDR:PORT" or "udp:[ADDR]:PORT" */
static bool mirror_split(const char *spec, char *addr, size_t size,
			 const char **port)
{
	const char *a = spec + 4, *colon = strrchr(a, ':');
	size_t len = colon ? (size_t)(colon - a) : 0;

	if (len > 1 && a[0] == '[' && a[len - 1] == ']') {
		a++;
		len -= 2;
	}
	if (!len || len >= size || !mirror_port(colon + 1))
		return false;
	memcpy(addr, a, len);
	addr[len] = '\0';
	*port = colon + 1;
	return true;
}

static bool mirror_bind(struct mirror *m, const char *spec,
			const struct source_options *o, char *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
				  .ai_flags = AI_PASSIVE | AI_NUMERICHOST |
					      AI_NUMERICSERV };
	struct addrinfo *ai;
	const char *port;
	char addr[64];
	int one = 1, size, rc;

	if (!mirror_split(spec, addr, sizeof addr, &port) ||
	    getaddrinfo(addr, port, &hints, &ai)) {
		snprintf(err, SOURCE_ERROR_TEXT,
			 "%s: not udp:ADDR:PORT with an address of this "
			 "machine, as udp:0.0.0.0:4789 or udp:[::]:6081",
			 spec);
		return false;
	}
	m->port = mirror_port(port);
	m->fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	rc = m->fd < 0 ? -1 : bind(m->fd, ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(ai);
	if (rc) {
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", spec,
			 strerror(errno));
		return false;
	}
	/* the kernel doubles it, and has an int for that */
	size = SOURCE_BUFFER;
	if (o->buffer)
		size = o->buffer < INT_MAX / 2 ? (int)o->buffer : INT_MAX / 2;
	/* the first needs CAP_NET_ADMIN, the second is held down by
	 * net.core.rmem_max: as much as we get */
	if (setsockopt(m->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
		setsockopt(m->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	setsockopt(m->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
	setsockopt(m->fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one);
	return true;
}

struct source *mirror_open(const char *spec, const struct source_options *o,
			   char err[static SOURCE_ERROR_TEXT])
{
	struct source *s = source_new(spec);
	struct mirror *m = calloc(1, sizeof *m);

	snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
	if (!s || !m) {
		free(m);
		source_close(s);
		return NULL;
	}
	s->impl = m;
	s->ops = &mirror_ops;
	m->fd = -1;
	m->bytes = malloc((size_t)MIRROR_BATCH * MIRROR_DATAGRAM);
	for (size_t i = 0; m->bytes && i < MIRROR_BATCH; i++) {
		m->iov[i].iov_base = m->bytes + i * MIRROR_DATAGRAM;
		m->iov[i].iov_len = MIRROR_DATAGRAM;
		m->msg[i].msg_hdr.msg_iov = &m->iov[i];
		m->msg[i].msg_hdr.msg_iovlen = 1;
	}
	if (o->filter && *o->filter)
		snprintf(err, SOURCE_ERROR_TEXT,
			 "%s: a filter cannot look into a mirror's datagrams: "
			 "use --inner-filter",
			 spec);
	else if (m->bytes && mirror_bind(m, spec, o, err))
		return s;
	source_close(s);
	return NULL;
}
