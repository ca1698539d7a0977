/*
 * live_loop.c: what capturing alone costs: libpcap on an interface with the
 * ring of wirecert (64 MiB), count packets until SIGINT or SIGTERM.
 */
#include <pcap.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

static pcap_t *handle;

static void on_end(int sig)
{
	(void)sig;
	pcap_breakloop(handle);
}

static void count(u_char *arg, const struct pcap_pkthdr *h, const u_char *data)
{
	(void)h;
	(void)data;
	++*(uint64_t *)arg;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_end };
	struct pcap_stat st = { .ps_drop = 0 };
	char err[PCAP_ERRBUF_SIZE];
	uint64_t packets = 0;

	if (argc != 2)
		return 2;
	handle = pcap_create(argv[1], err);
	if (!handle)
		return 3;
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	pcap_set_snaplen(handle, 262144);
	pcap_set_promisc(handle, 1);
	pcap_set_timeout(handle, 50);
	pcap_set_buffer_size(handle, 64 << 20);
	if (pcap_activate(handle) < 0) {
		fprintf(stderr, "live_loop: %s\n", pcap_geterr(handle));
		return 3;
	}
	fprintf(stderr, "listening\n");
	(void)pcap_loop(handle, -1, count, (u_char *)&packets);
	(void)pcap_stats(handle, &st);
	printf("%llu packets, %u dropped\n", (unsigned long long)packets,
	       st.ps_drop);
	pcap_close(handle);
	return 0;
}
