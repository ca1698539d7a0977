/*
 * live_send.c: sends the frames of a classic pcap file to an interface at a
 * given rate, with sendmmsg() on a packet socket, past the queue discipline.
 *
 *     live_send INTERFACE FILE PACKETS_PER_SECOND MOST_PACKETS
 *
 * Prints how many frames the kernel took, and in how many seconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define BURST 32u

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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

/* All of the burst, however often the kernel has no room. */
static int send_all(int fd, struct mmsghdr *m, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		int r = sendmmsg(fd, m + done, n - done, 0);

		if (r > 0)
			done += (unsigned)r;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			return 0;
	}
	return 1;
}

static unsigned fill(pcap_t *p, struct iovec *v, uint8_t (*room)[2048],
		     unsigned most)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	unsigned n = 0;

	while (n < most && pcap_next_ex(p, &h, &data) == 1) {
		if (h->caplen > sizeof room[0])
			continue;
		memcpy(room[n], data, h->caplen);
		v[n] = (struct iovec){ room[n], h->caplen };
		n++;
	}
	return n;
}

int main(int argc, char **argv)
{
	static uint8_t room[BURST][2048];
	struct mmsghdr m[BURST] = { { .msg_len = 0 } };
	struct iovec v[BURST];
	char err[PCAP_ERRBUF_SIZE];
	uint64_t sent = 0, most;
	double begin, rate;
	unsigned n;
	pcap_t *p;
	int fd;

	if (argc != 5)
		return 2;
	rate = atof(argv[3]);
	most = strtoull(argv[4], NULL, 10);
	p = pcap_open_offline(argv[2], err);
	fd = socket_to(argv[1]);
	if (!p || fd < 0 || rate <= 0) {
		fprintf(stderr, "live_send: %s\n", p ? strerror(errno) : err);
		return 3;
	}
	for (unsigned i = 0; i < BURST; i++)
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &v[i],
						.msg_iovlen = 1 };
	begin = now();
	while (sent < most && (n = fill(p, v, room, BURST))) {
		while (now() < begin + (double)sent / rate)
			continue; /* naps are too coarse; this core is ours */
		if (!send_all(fd, m, n)) {
			perror("live_send");
			return 3;
		}
		sent += n;
	}
	printf("%llu %.6f\n", (unsigned long long)sent, now() - begin);
	return 0;
}
