/* excludes.c: what a filter leaves out, by trying it; see source.h. */
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "capture/source.h"

struct sample {
	const char *name;
	uint8_t ethertype[2];
	bool vlan;
	uint8_t ip_proto;
	uint16_t port; /* of the server; 0: none */
	bool fragment;
};

/* A packet to a server of each kind that matters. */
static const struct sample samples[] = {
	{ "dns", { 8, 0 }, false, 17, 53, false },
	{ "quic", { 8, 0 }, false, 17, 443, false },
	{ "vlan", { 8, 0 }, true, 6, 443, false },
	{ "fragments", { 8, 0 }, false, 6, 0, true },
	{ "ipv6", { 0x86, 0xdd }, false, 6, 443, false },
	{ "vxlan", { 8, 0 }, false, 17, 4789, false },
	{ "geneve", { 8, 0 }, false, 17, 6081, false },
	{ "gre", { 8, 0 }, false, 47, 0, false },
	{ "gtpu", { 8, 0 }, false, 17, 2152, false },
	{ "ipip", { 8, 0 }, false, 4, 0, false },
	{ "mpls", { 0x88, 0x47 }, false, 6, 443, false },
};

static void put16(struct buf *b, uint16_t v)
{
	buf_add_char(b, (char)(v >> 8));
	buf_add_char(b, (char)v);
}

static void put_zeros(struct buf *b, size_t n)
{
	while (n--)
		buf_add_char(b, 0);
}

static void put_ports(struct buf *b, const struct sample *s, uint16_t sport,
		      uint16_t dport)
{
	put16(b, sport);
	put16(b, dport);
	put16(b, 60); /* UDP length, or a piece of the sequence number */
	put_zeros(b, 6);
	put16(b, s->ip_proto == 6 ? 0x5018 : 0);
	put_zeros(b, 48);
}

static void put_ip(struct buf *b, const struct sample *s, bool reply)
{
	uint8_t host = reply ? 20 : 10, peer = reply ? 10 : 20;

	if (s->ethertype[0] == 0x86) {
		put_zeros(b, 4);
		b->p[b->len - 4] = 0x60;
		put16(b, 60);
		buf_add_char(b, (char)s->ip_proto);
		buf_add_char(b, 64);
		put_zeros(b, 16);
		b->p[b->len - 1] = host;
		put_zeros(b, 16);
		b->p[b->len - 1] = peer;
		return;
	}
	put16(b, 0x4500);
	put16(b, 80);
	put16(b, 1);
	put16(b, s->fragment ? 0x2064 : 0); /* not the first one */
	buf_add_char(b, 64);
	buf_add_char(b, (char)s->ip_proto);
	put16(b, 0);
	put_zeros(b, 4);
	b->p[b->len - 4] = 10;
	b->p[b->len - 1] = host;
	put_zeros(b, 4);
	b->p[b->len - 4] = 10;
	b->p[b->len - 1] = peer;
}

static bool takes(const struct bpf_program *bpf, const struct sample *s,
		  bool reply)
{
	struct pcap_pkthdr h = { .caplen = 0 };
	struct buf b;
	bool match;

	buf_init(&b, 512);
	put_zeros(&b, 12);
	if (s->vlan) {
		put16(&b, 0x8100);
		put16(&b, 7);
	}
	buf_add(&b, s->ethertype, 2);
	if (s->ethertype[0] == 0x88) {
		put16(&b, 1); /* one label, bottom of the stack */
		put16(&b, 0x0140);
	}
	put_ip(&b, s, reply);
	put_ports(&b, s, reply ? s->port : 40000, reply ? 40000 : s->port);
	h.caplen = h.len = (bpf_u_int32)b.len;
	match = !b.failed && pcap_offline_filter(bpf, &h, b.p) != 0;
	buf_fini(&b);
	return match;
}

bool source_filter_check(const char *expr, char err[static SOURCE_ERROR_TEXT])
{
	static const int dlts[] = { DLT_EN10MB, DLT_RAW, DLT_IEEE802_11_RADIO };
	struct bpf_program bpf;

	for (size_t i = 0; i < sizeof dlts / sizeof *dlts; i++) {
		pcap_t *dead = pcap_open_dead(dlts[i], 262144);
		bool ok = dead && pcap_compile(dead, &bpf, expr, 1,
					       PCAP_NETMASK_UNKNOWN) == 0;

		if (ok)
			pcap_freecode(&bpf);
		else if (dead && i == 0)
			snprintf(err, SOURCE_ERROR_TEXT,
				 "filter '%s': %s (see pcap-filter(7))", expr,
				 pcap_geterr(dead));
		if (dead)
			pcap_close(dead);
		if (ok)
			return true;
	}
	return false;
}

void source_filter_excludes(const char *expr, char *out, size_t size)
{
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, 262144);
	struct bpf_program bpf;
	size_t used = 0;

	out[0] = '\0';
	if (!dead)
		return;
	if (pcap_compile(dead, &bpf, expr, 1, PCAP_NETMASK_UNKNOWN) == 0) {
		for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
			int n;

			if (takes(&bpf, &samples[i], false) ||
			    takes(&bpf, &samples[i], true))
				continue;
			n = snprintf(out + used, size - used, "%s%s",
				     used ? ", " : "", samples[i].name);
			if (n > 0 && (size_t)n < size - used)
				used += (size_t)n;
		}
		pcap_freecode(&bpf);
	}
	pcap_close(dead);
}
