/*
 * live_probe.c: sends the frames of a capture round and round at a given rate,
 * and the connections of another one among them, each at once; says when.
 *
 *     live_probe INTERFACE BACKGROUND RATE PROBES PER_SECOND REST
 *
 * A connection begins with its SYN. When the last frame of one is sent, the
 * seconds since 1970 are printed, a line each. After the last one the
 * background goes on for REST seconds. It naps between bursts: who waits for
 * the log must get a processor, too.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BURST	  32u
#define MOST_LEN  2048u
#define MOST_FILE (512u << 20) /* of memory */

struct frames {
	uint8_t *data;
	size_t used;
	uint32_t (*at)[2]; /* where each stands, and its length */
	size_t num;
};

static double now(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void nap_until(double when)
{
	struct timespec t = { .tv_sec = (time_t)when };

	t.tv_nsec = (long)((when - (double)t.tv_sec) * 1e9);
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int load(const char *path, struct frames *f)
{
	char err[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *data;
	pcap_t *p = pcap_open_offline(path, err);

	f->data = malloc(MOST_FILE);
	f->at = malloc((MOST_FILE >> 6) * sizeof *f->at);
	if (!p || !f->data || !f->at) {
		fprintf(stderr, "live_probe: %s\n", p ? "no memory" : err);
		return 0;
	}
	while (pcap_next_ex(p, &h, &data) == 1 && f->num < MOST_FILE >> 6 &&
	       f->used + h->caplen <= MOST_FILE) {
		if (h->caplen > MOST_LEN)
			continue;
		memcpy(f->data + f->used, data, h->caplen);
		f->at[f->num][0] = (uint32_t)f->used;
		f->at[f->num++][1] = h->caplen;
		f->used += h->caplen;
	}
	pcap_close(p);
	return f->num > 0;
}

static int socket_to(const char *name)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_ll a = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name),
	};

	if (fd < 0 || !a.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&a, sizeof a) != 0)
		return -1;
	(void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
	return fd;
}

/* Frames from..from + n - 1, round and round. */
static int send_some(int fd, const struct frames *f, size_t from, size_t n)
{
	struct mmsghdr m[BURST] = { { .msg_len = 0 } };
	struct iovec v[BURST];

	for (size_t i = 0; i < n; i++) {
		const uint32_t *at = f->at[(from + i) % f->num];

		v[i] = (struct iovec){ f->data + at[0], at[1] };
		m[i].msg_hdr =
			(struct msghdr){ .msg_iov = &v[i], .msg_iovlen = 1 };
	}
	for (size_t done = 0; done < n;) {
		int r = sendmmsg(fd, m + done, (unsigned)(n - done), 0);

		if (r > 0)
			done += (size_t)r;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			return 0;
	}
	return 1;
}

/* Does a connection begin with this frame? Ethernet; IP without options. */
static int is_syn(const struct frames *f, size_t n)
{
	const uint8_t *p = f->data + f->at[n][0];
	size_t tcp = p[12] == 8 ? 34 : 54;

	return f->at[n][1] > tcp + 13 && (p[tcp + 13] & 0x12) == 2;
}

/* The connection that begins with this frame; the next one's first. */
static size_t send_probe(int fd, const struct frames *f, size_t n)
{
	size_t end = n + 1;

	while (end < f->num && !is_syn(f, end))
		end++;
	for (; n < end; n++)
		if (!send_some(fd, f, n, 1))
			return f->num;
	printf("%.6f\n", now(CLOCK_REALTIME));
	return end;
}

int main(int argc, char **argv)
{
	struct frames back = { .num = 0 }, probes = { .num = 0 };
	double rate, each, rest, begin, next, end = 0;
	size_t burst, sent = 0, probe = 0;
	int fd;

	if (argc != 7)
		return 2;
	rate = atof(argv[3]);
	each = 1 / atof(argv[5]);
	rest = atof(argv[6]);
	fd = socket_to(argv[1]);
	if (fd < 0 || rate <= 0 || !load(argv[2], &back) ||
	    !load(argv[4], &probes)) {
		perror("live_probe");
		return 3;
	}
	burst = rate > 1000.0 * BURST ? BURST : 1 + (size_t)(rate / 1000);
	begin = next = now(CLOCK_MONOTONIC);
	while (!end || now(CLOCK_MONOTONIC) < end) {
		if (!send_some(fd, &back, sent, burst))
			break;
		sent += burst;
		if (!end && now(CLOCK_MONOTONIC) >= next) {
			probe = send_probe(fd, &probes, probe);
			next += each;
			if (probe == probes.num)
				end = now(CLOCK_MONOTONIC) + rest;
		}
		nap_until(begin + (double)sent / rate);
	}
	fprintf(stderr, "%.0f\n",
		(double)sent / (now(CLOCK_MONOTONIC) - begin));
	return 0;
}
