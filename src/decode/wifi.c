/*
 * wifi.c: 802.11 data frames (IEEE 802.11 9.3.2), with radiotap
 * (radiotap.org) or PPI before them.
 *
 * A-MSDUs carry several packets: the first is given at once, decode_next()
 * gives the others.
 */
#include "decode/wifi.h"

#include "base/linktype.h"
#include "decode/link_ppp.h"

enum {
	/* frame control, first byte then second */
	FC_VERSION = 0x0003,
	FC_TYPE = 0x000c,
	FC_TYPE_DATA = 0x0008,
	FC_NO_DATA = 0x0040,
	FC_QOS = 0x0080,
	FC_TO_DS = 0x0100,
	FC_FROM_DS = 0x0200,
	FC_MORE_FRAGMENTS = 0x0400,
	FC_PROTECTED = 0x4000,
	FC_ORDER = 0x8000,
	QOS_AMSDU = 0x0080,
};

/* 9.3.2.2: DA 6, SA 6, length 2, then LLC, padded to 4; the last one is not.
 * The decoder keeps the place for decode_next(). */
static enum decode_reason wifi_amsdu(struct walk *w, struct reader *r)
{
	struct amsdu *a = &w->d->amsdu;
	struct walk inner = *w;
	struct reader in;
	size_t len;

	rd_skip(r, 12);
	len = rd_u16(r);
	if (!rd_ok(r))
		return walk_failed(r);
	in = walk_sub(&inner, r, len);
	if (in.window)
		(void)rd_rest(r);
	for (; len % 4 != 2 && rd_more(r); len++)
		rd_skip(r, 1);
	a->more = rd_more(r);
	if (a->more) {
		a->r = *r;
		a->walk = *w;
		a->num_tunnels = w->out->num_tunnels;
		memcpy(a->tunnels, w->out->tunnels,
		       a->num_tunnels * sizeof *a->tunnels);
	}
	return link_llc(&inner, &in);
}

bool decode_next(struct decoder *d, struct packet *out)
{
	struct amsdu *a = &d->amsdu;
	enum decode_reason reason;
	struct walk w;

	while (a->more) {
		w = a->walk;
		w.frame = &d->frame;
		w.out = out;
		out->num_tunnels = a->num_tunnels;
		memcpy(out->tunnels, a->tunnels,
		       a->num_tunnels * sizeof *a->tunnels);
		a->more = false;
		reason = wifi_amsdu(&w, &a->r);
		if (decode_finish(d, &w, reason) == DECODE_OK)
			return true;
	}
	return false;
}

static enum decode_reason wifi_body(struct walk *w, struct reader *r,
				    uint16_t control, bool aligned)
{
	uint16_t sequence, qos = 0;
	size_t header = 24;

	if ((control & FC_VERSION) != 0)
		return DECODE_MALFORMED;
	if ((control & FC_TYPE) != FC_TYPE_DATA || (control & FC_NO_DATA))
		return DECODE_NOT_IP;
	if (control & FC_PROTECTED)
		return DECODE_ENCRYPTED;
	rd_skip(r, 2 + 18); /* duration, three addresses */
	sequence = rd_le16(r);
	if ((control & FC_TO_DS) && (control & FC_FROM_DS)) {
		rd_skip(r, 6); /* the fourth address */
		header += 6;
	}
	if (control & FC_QOS) {
		qos = rd_le16(r);
		header += 2;
		if (control & FC_ORDER) { /* HT control */
			rd_skip(r, 4);
			header += 4;
		}
	}
	/* radiotap "data pad": the body begins at a multiple of four */
	if (aligned && header % 4)
		rd_skip(r, 4 - header % 4);
	if (!rd_ok(r))
		return walk_failed(r);
	/* 10.4: fragments of 802.11 itself do not say where they belong, only
	 * their number; rare, and rarer without encryption: counted */
	if ((sequence & 0xf) || (control & FC_MORE_FRAGMENTS))
		return DECODE_FRAGMENT_LINK;
	if (qos & QOS_AMSDU)
		return wifi_amsdu(w, r);
	return link_llc(w, r);
}

enum decode_reason wifi_frame(struct walk *w, struct reader *r)
{
	uint16_t control = rd_le16(r);

	if (!rd_ok(r))
		return walk_failed(r);
	return wifi_body(w, r, control, false);
}

enum decode_reason wifi_capwap(struct walk *w, struct reader *r)
{
	uint16_t control = rd_le16(r);

	if (!rd_ok(r))
		return walk_failed(r);
	/* seen in the wild: the two bytes turned */
	if ((control & FC_TYPE) != FC_TYPE_DATA &&
	    (control >> 8 & FC_TYPE) == FC_TYPE_DATA)
		control = __builtin_bswap16(control);
	return wifi_body(w, r, control, false);
}

/* The flags field of radiotap: behind the TSFT (8 bytes) if that is there. */
static uint8_t radiotap_flags(struct reader *r, size_t len)
{
	enum { HAS_TSFT = 1, HAS_FLAGS = 2 };
	const uint32_t extended = 0x80000000;
	uint32_t present = rd_le32(r), more = present;

	while (rd_ok(r) && (more & extended))
		more = rd_le32(r);
	if (!(present & HAS_FLAGS))
		return 0;
	if (present & HAS_TSFT) {
		/* aligned to 8, counted from the radiotap header's start */
		rd_skip(r, (rd_left(r).len - len) % 8);
		rd_skip(r, 8);
	}
	return rd_u8(r);
}

/* version 1, pad 1, length 2, present 4 ..., fields */
enum decode_reason wifi_radiotap(struct walk *w, struct reader *r)
{
	enum { FLAG_DATA_PAD = 0x20 };
	uint8_t version = rd_u8(r), flags;
	struct reader header;
	uint16_t control;
	size_t len;

	rd_skip(r, 1);
	len = rd_le16(r);
	if (rd_ok(r) && (version != 0 || len < 8))
		return DECODE_MALFORMED;
	header = rd_sub(r, rd_ok(r) ? len - 4 : 0);
	control = rd_le16(r);
	if (!rd_ok(r))
		return walk_failed(r);
	flags = radiotap_flags(&header, len);
	return wifi_body(w, r, control, (flags & FLAG_DATA_PAD) != 0);
}

/* version 1, flags 1, length 2, link type 4, fields */
enum decode_reason wifi_ppi(struct walk *w, struct reader *r)
{
	uint8_t version = rd_u8(r);
	uint32_t linktype;
	size_t len;

	rd_skip(r, 1);
	len = rd_le16(r);
	linktype = rd_le32(r);
	if (rd_ok(r) && (version != 0 || len < 8))
		return DECODE_MALFORMED;
	rd_skip(r, rd_ok(r) ? len - 8 : 0);
	if (!rd_ok(r))
		return walk_failed(r);
	if (linktype == LINKTYPE_PPI || !walk_enter(w))
		return DECODE_MALFORMED;
	return link_decode(w, r, (int)(linktype & 0xffff));
}
