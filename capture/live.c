/*
 * live.c: interfaces of any kind, through libpcap (TPACKET_V3 on Linux).
 * Ethernet, which is nearly all, has a ring of its own (ether.c).
 *
 * Never blocks. Frames are taken in batches and copied, because the kernel may
 * overwrite a block of the ring as soon as its last packet was handed out.
 * Stripped VLAN tags are put back by libpcap.
 */
#include <limits.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/linktype.h"
#include "capture/internal.h"

/* the kernel hands over what it has after this long: seen within 100 ms */
#define LIVE_TIMEOUT_MSEC 50
#define LIVE_BATCH	  64
#define COMPILE_BUFFER	  (1u << 20) /* no packet is read there */

struct live {
	pcap_t *pcap;
	size_t num, next; /* of the batch */
	struct frame frame[LIVE_BATCH];
	uint8_t *bytes; /* room for a batch; pages are used as needed */
	size_t used, snaplen;
	uint64_t received, dropped, if_dropped; /* pcap_stats has 32 bits */
	struct live_count before;
	struct pcap_stat last;
};

static void live_copy(u_char *arg, const struct pcap_pkthdr *h, const u_char *p)
{
	struct source *s = (struct source *)arg;
	struct live *l = s->impl;
	size_t cap = h->caplen < l->snaplen ? h->caplen : l->snaplen;
	struct frame *f = &l->frame[l->num++];

	memcpy(l->bytes + l->used, p, cap);
	*f = (struct frame){
		.data = bytes_of(l->bytes + l->used, cap),
		.len = h->len > cap ? h->len : (uint32_t)cap,
		.linktype = s->linktype,
		.time = { h->ts.tv_sec * NSEC_PER_SEC + h->ts.tv_usec },
		.interface = 1,
	};
	l->used += cap;
}

static enum source_result live_next(struct source *s, struct frame *out)
{
	struct live *l = s->impl;
	int rc;

	if (l->next == l->num) {
		l->next = l->num = l->used = 0;
		rc = pcap_dispatch(l->pcap, LIVE_BATCH, live_copy, (u_char *)s);
		if (rc == PCAP_ERROR)
			return source_fail(s, "%s", pcap_geterr(l->pcap));
		if (l->num == 0)
			return SOURCE_AGAIN;
	}
	*out = l->frame[l->next++];
	return SOURCE_FRAME;
}

static bool live_pending(const struct source *s)
{
	const struct live *l = s->impl;

	return l->next < l->num;
}

static bool live_seen(const struct source *s, uint64_t *packets)
{
	const struct live *l = s->impl;
	struct live_count since;

	if (!live_count_since(&l->before, s->name, &since))
		return false;
	*packets = since.packets;
	return true;
}

static void live_close(struct source *s)
{
	struct live *l = s->impl;

	if (!l)
		return;
	if (l->pcap)
		pcap_close(l->pcap);
	free(l->bytes);
	free(l);
}

static int live_fd(const struct source *s)
{
	const struct live *l = s->impl;

	return pcap_get_selectable_fd(l->pcap);
}

static void live_stats(struct source *s)
{
	struct live *l = s->impl;
	struct pcap_stat now;

	if (pcap_stats(l->pcap, &now))
		return;
	l->received += now.ps_recv - l->last.ps_recv;
	l->dropped += now.ps_drop - l->last.ps_drop;
	l->if_dropped += now.ps_ifdrop - l->last.ps_ifdrop;
	l->last = now;
	s->stats.received = l->received;
	s->stats.dropped = l->dropped;
	s->stats.if_dropped = l->if_dropped;
}

static const char *live_interface(const struct source *s, uint32_t interface)
{
	(void)interface;
	return s->name;
}

static const struct source_ops live_ops = {
	.next = live_next,
	.close = live_close,
	.fd = live_fd,
	.stats = live_stats,
	.interface = live_interface,
	.pending = live_pending,
	.seen = live_seen,
};

/* What may fail before the interface is open: what is wrong, and what to do. */
static const char *live_advice(int rc)
{
	switch (rc) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return LIVE_NO_SUCH;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return LIVE_NOT_PERMITTED;
	case PCAP_ERROR_IFACE_NOT_UP:
		return "the interface is down: 'ip link set up' it";
	default:
		return NULL;
	}
}

size_t live_snaplen(const struct source_options *o)
{
	return o->snaplen > 0 && o->snaplen < SOURCE_SNAPLEN
		       ? (size_t)o->snaplen
		       : SOURCE_SNAPLEN;
}

static bool activate(pcap_t *p, const char *name,
		     const struct source_options *o, size_t size,
		     char err[static SOURCE_ERROR_TEXT])
{
	const char *advice;
	int rc;

	pcap_set_snaplen(p, (int)live_snaplen(o));
	pcap_set_promisc(p, !o->no_promiscuous);
	pcap_set_timeout(p, LIVE_TIMEOUT_MSEC);
	pcap_set_buffer_size(p, size < INT_MAX ? (int)size : INT_MAX);
	pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	rc = pcap_activate(p);
	if (rc >= 0)
		return true;
	advice = live_advice(rc);
	snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", name,
		 advice		    ? advice
		 : rc == PCAP_ERROR ? pcap_geterr(p)
				    : pcap_statustostr(rc));
	return false;
}

static bool compile(pcap_t *p, const char *name, const char *expr,
		    struct bpf_program *out,
		    char err[static SOURCE_ERROR_TEXT])
{
	if (!pcap_compile(p, out, expr, 1, PCAP_NETMASK_UNKNOWN))
		return true;
	snprintf(err, SOURCE_ERROR_TEXT,
		 "%s: filter '%.200s': %s (see pcap-filter(7))", name, expr,
		 pcap_geterr(p));
	return false;
}

static bool live_filter(struct source *s, const char *expr,
			char err[static SOURCE_ERROR_TEXT])
{
	struct live *l = s->impl;
	struct bpf_program code;
	int rc;

	if (!expr || !*expr)
		return true;
	if (!compile(l->pcap, s->name, expr, &code, err))
		return false;
	rc = pcap_setfilter(l->pcap, &code);
	pcap_freecode(&code);
	if (rc)
		snprintf(err, SOURCE_ERROR_TEXT, "%s: filter: %s", s->name,
			 pcap_geterr(l->pcap));
	return rc == 0;
}

/* libpcap's own lines may span two; ours do not. */
static void live_one_line(char *text)
{
	for (; *text; text++)
		if (*text == '\n')
			*text = ' ';
}

bool live_compile(const char *spec, const struct source_options *o,
		  struct bpf_program *out, char err[static SOURCE_ERROR_TEXT])
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(spec, text);
	bool ok = p && activate(p, spec, o, COMPILE_BUFFER, err) &&
		  compile(p, spec, o->filter, out, err);

	if (!p)
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", spec, text);
	else
		pcap_close(p);
	live_one_line(err);
	return ok;
}

struct source *live_open(const char *spec, const struct source_options *o,
			 char err[static SOURCE_ERROR_TEXT])
{
	char text[PCAP_ERRBUF_SIZE] = "";
	bool ok = false;
	struct source *s = source_new(spec);
	struct live *l = calloc(1, sizeof *l);

	snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
	if (!s || !l) {
		free(l);
		source_close(s);
		return NULL;
	}
	s->impl = l;
	s->ops = &live_ops;
	l->snaplen = live_snaplen(o);
	l->bytes = malloc(LIVE_BATCH * l->snaplen);
	l->pcap = pcap_create(spec, text);
	if (!l->pcap)
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", spec, text);
	if (l->bytes && l->pcap &&
	    activate(l->pcap, spec, o, o->buffer ? o->buffer : SOURCE_BUFFER,
		     err)) {
		s->linktype = linktype_of_dlt(pcap_datalink(l->pcap));
		ok = live_filter(s, o->filter, err);
	}
	if (ok) {
		if (!pcap_setnonblock(l->pcap, 1, text)) {
			live_count_begin(&l->before, spec);
			return s;
		}
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", spec, text);
	}
	live_one_line(err);
	source_close(s);
	return NULL;
}
