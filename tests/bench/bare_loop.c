/* bare_loop.c: what reading alone costs: libpcap, count packets and bytes. */
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	char err[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *data;
	uint64_t packets = 0, bytes = 0;
	pcap_t *p;
	int r;

	if (argc != 2)
		return 2;
	p = pcap_open_offline(argv[1], err);
	if (!p) {
		fprintf(stderr, "bare_loop: %s\n", err);
		return 3;
	}
	while ((r = pcap_next_ex(p, &h, &data)) == 1) {
		packets++;
		bytes += h->caplen;
	}
	pcap_close(p);
	printf("%llu packets, %llu bytes\n", (unsigned long long)packets,
	       (unsigned long long)bytes);
	return r == PCAP_ERROR_BREAK ? 0 : 1;
}
