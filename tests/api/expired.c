/*
 * expired.c: prints the expired certificates of a capture, through libwirecert.
 * cc expired.c -lwirecert -lpcap; exit status 0 if it found one, 1 if none.
 */
#include <stdio.h>
#include <string.h>

#include <pcap.h>
#include <wirecert/wirecert.h>

static unsigned print_expired(struct wirecert *w)
{
	const struct wirecert_event *e;
	unsigned num = 0;

	while ((e = wirecert_next(w))) {
		const char *code = wirecert_event_code(e);

		if (!code || strcmp(code, "cert.expired") != 0)
			continue;
		printf("%s: %s\n", wirecert_event_severity(e),
		       wirecert_event_message(e));
		num++;
	}
	return num;
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *data;
	struct wirecert *w;
	unsigned found = 0;
	pcap_t *p;

	if (argc != 2) {
		fprintf(stderr, "usage: expired CAPTURE\n");
		return 2;
	}
	p = pcap_open_offline_with_tstamp_precision(
		argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
	w = p ? wirecert_new(NULL, error, sizeof error) : NULL;
	if (!w) {
		fprintf(stderr, "expired: %s\n", error);
		return 2;
	}
	while (pcap_next_ex(p, &h, &data) == 1) {
		wirecert_feed(w, pcap_datalink(p),
			      h->ts.tv_sec * 1000000000LL + h->ts.tv_usec,
			      data, h->caplen, h->len);
		found += print_expired(w);
	}
	wirecert_end(w);
	found += print_expired(w);
	wirecert_free(w);
	pcap_close(p);
	return found == 0;
}
