/* decode.c: see decode.h. The outermost frame, and the counting. */
#include "decode/decode.h"

#include <stdlib.h>

#include "base/linktype.h"
#include "decode/fragment.h"
#include "decode/plain.h"
#include "decode/udp_tunnel.h"
#include "decode/walk.h"

const char *const decode_reasons[DECODE_NUM_REASONS] = {
	[DECODE_OK] = "decoded",
	[DECODE_LINKTYPE] = "unknown_linktype",
	[DECODE_CUT] = "cut",
	[DECODE_MALFORMED] = "malformed",
	[DECODE_NOT_IP] = "not_ip",
	[DECODE_NOT_TCP_UDP] = "not_tcp_udp",
	[DECODE_ENCRYPTED] = "encrypted",
	[DECODE_DEPTH] = "too_deep",
	[DECODE_FRAGMENT] = "fragment",
	[DECODE_FRAGMENT_LOST] = "fragment_lost",
	[DECODE_FRAGMENT_LINK] = "fragment_80211",
	[DECODE_FILTERED] = "filtered",
};

struct decoder *decode_new(const struct decode_config *config)
{
	struct decoder *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	if (config)
		d->config = *config;
	d->fragments = fragments_new();
	if (!d->fragments) {
		free(d);
		return NULL;
	}
	udp_tunnel_ports(d);
	return d;
}

void decode_free(struct decoder *d)
{
	if (!d)
		return;
	fragments_free(d->fragments);
	free(d);
}

static enum decode_reason decode_filter(const struct decoder *d,
					const struct walk *w)
{
	const struct decode_config *c = &d->config;

	if (!c->inner_filter ||
	    c->inner_filter(c->inner_filter_arg, w->out->ip,
			    (uint32_t)w->ip_len))
		return DECODE_OK;
	return DECODE_FILTERED;
}

/* What of the packet is missing may have been lost at a mirror's sending end:
 * then the frame itself is whole. */
static void decode_note_cut(struct decoder *d, const struct frame *f)
{
	d->counters.cut++;
	if (f->data.len > d->counters.cut_len)
		d->counters.cut_len = (uint32_t)f->data.len;
}

/* Counts what came of one packet; OK packets get what they have in common. */
enum decode_reason decode_finish(struct decoder *d, struct walk *w,
				 enum decode_reason reason)
{
	struct packet *out = w->out;

	if (reason == DECODE_OK)
		reason = decode_filter(d, w);
	d->counters.reason[reason]++;
	if (reason != DECODE_OK)
		return reason;
	out->time = w->frame->time;
	out->input = w->frame->input;
	out->interface = w->frame->interface;
	out->cut = out->payload.len < out->payload_len;
	out->tunnel_key = 0;
	d->counters.packets++;
	if (out->cut)
		decode_note_cut(d, w->frame);
	for (unsigned i = 0; i < out->num_tunnels; i++)
		d->counters.tunnel[out->tunnels[i].type]++;
	if (out->num_tunnels)
		out->tunnel_key = tunnel_key(w);
	return DECODE_OK;
}

enum decode_reason decode_frame(struct decoder *d, const struct frame *f,
				struct packet *out)
{
	struct walk w = { .d = d, .frame = f, .out = out, .end = f->len };
	struct reader r = f->data.len < f->len ? rd_window(f->data)
					       : rd_whole(f->data);
	enum decode_reason reason;

	d->counters.frames++;
	d->amsdu.more = false;
	out->num_tunnels = 0;
	if (f->linktype == LINKTYPE_ETHERNET && !f->has_vlan)
		w.ip_len = plain_decode(f->data, f->len, out);
	if (w.ip_len)
		return decode_finish(d, &w, DECODE_OK);
	if (f->has_vlan)
		tunnel_push_id(&w, TUNNEL_VLAN, f->vlan & 0xfff);
	reason = link_decode(&w, &r, f->linktype);
	reason = decode_finish(d, &w, reason);
	if (!d->amsdu.more)
		return reason;
	/* the frame outlives the walk: decode_next() goes on with it */
	d->frame = *f;
	if (reason != DECODE_OK && decode_next(d, out))
		reason = DECODE_OK;
	return reason;
}

const struct decode_counters *decode_counters(const struct decoder *d)
{
	return &d->counters;
}
