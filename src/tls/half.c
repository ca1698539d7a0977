/* half.c: the record layer of one direction; see half.h. */
#include "tls/half.h"

#include "base/reader.h"
#include "tls/facts.h"

void half_init(struct tls_half *h, uint8_t dir)
{
	*h = (struct tls_half){ .state = HALF_HEADER, .dir = dir };
	buf_init(&h->scan, LIMIT_TLS_RESYNC);
}

void half_fini(struct tls_half *h)
{
	buf_fini(&h->scan);
}

struct record {
	uint8_t type;
	uint16_t version, len;
};

static bool record_read(struct bytes b, struct record *out)
{
	struct reader r = rd_whole(bytes_head(b, 5));
	struct record rec = { .type = rd_u8(&r) };

	rec.version = rd_u16(&r);
	rec.len = rd_u16(&r);
	if (!rd_ok(&r))
		return false;
	*out = rec;
	return rec.type >= TLS_CHANGE_CIPHER_SPEC &&
	       rec.type <= TLS_HEARTBEAT && rec.version >> 8 == 3 &&
	       (rec.version & 0xff) <= 4 && rec.len <= LIMIT_TLS_RECORD;
}

/*
 * In a protocol that no row knows, records may be in frames, of which each may
 * end within a record: the next one's header was read as the record's then. So a
 * record is only good if another begins behind it, or nothing comes.
 */
static void half_strays(struct tls_half *h, struct tls_session *s)
{
	struct tls_handshake *hs = session_handshake(s);

	if (hs->prelude.in_unknown && h->any && h->type == TLS_HANDSHAKE)
		facts_distrust(hs, session_side(s, h), h->body_at);
}

static void half_die(struct tls_half *h, struct tls_session *s,
		     const char *why)
{
	tls_anomaly_add(session_handshake(s), session_side(s, h), why,
			h->offset);
	h->state = HALF_DEAD;
}

static uint16_t v2_len(const struct tls_half *h)
{
	return (uint16_t)((h->header[0] & 0x7f) << 8 | h->header[1]);
}

/* A ClientHello in SSLv2 format has a header of two bytes (RFC 5246 E.2). */
static bool is_v2(const struct tls_half *h)
{
	return !h->any && h->header_len >= 3 && h->header[0] & 0x80 &&
	       h->header[2] == TLS_CLIENT_HELLO && v2_len(h);
}

static void begin_v2(struct tls_half *h)
{
	h->len = v2_len(h);
	h->msg = (struct tls_assembly){ .len = h->len, .offset = 2 };
	h->state = HALF_SKIP_V2;
}

/* May this handshake record behind a ChangeCipherSpec be a sealed one? */
static void judge_sealed(struct tls_half *h, const struct tls_session *s)
{
	bool sure, is_13 = session_is_13(s, &sure);

	h->doubtful = h->sealed && h->type == TLS_HANDSHAKE && !is_13;
	(void)sure;
}

static void begin_record(struct tls_half *h, struct tls_session *s,
			 struct stamp time)
{
	struct record rec;

	if (!record_read(bytes_of(h->header, 5), &rec)) {
		h->offset -= 5;
		half_strays(h, s);
		half_die(h, s, "record_malformed");
		return;
	}
	if (!h->any && rec.type == TLS_HANDSHAKE)
		session_handshake(s)->client.record_version = rec.version;
	h->any = true;
	h->body_at = h->offset;
	h->type = rec.type;
	h->len = h->left = rec.len;
	/* RFC 5246 6.2.1: an alert may be spread over records, too */
	if (rec.type != TLS_ALERT)
		h->alert_len = 0;
	h->state = HALF_BODY;
	/* a message whose end is not known ends with its record at the latest:
	 * behind a hole, a new record is taken as the start of a message */
	if (rec.type == TLS_HANDSHAKE && h->msg.len == UINT32_MAX)
		h->msg = (struct tls_assembly){ .head_len = 0 };
	judge_sealed(h, s);
	if (rec.type == TLS_APPLICATION_DATA)
		session_sealed_begin(s, h);
	(void)time;
}

static void end_record(struct tls_half *h, struct tls_session *s,
		       struct stamp time)
{
	h->state = HALF_HEADER;
	h->header_len = 0;
	if (h->type == TLS_APPLICATION_DATA || h->doubtful ||
	    (h->type == TLS_ALERT && h->sealed && h->len != 2))
		session_sealed(s, h, h->type, h->len, time);
	else if (h->type == TLS_CHANGE_CIPHER_SPEC)
		session_ccs(s, h);
}

static void alert_bytes(struct tls_half *h, struct tls_session *s,
			struct bytes b, struct stamp time)
{
	/* behind a gap ChangeCipherSpec may be lost; sealed ones are longer */
	bool plain = h->len == 2 || !(h->sealed || h->gapped);

	for (size_t i = 0; plain && i < b.len; i++) {
		h->alert[h->alert_len++] = b.p[i];
		if (h->alert_len < 2)
			continue;
		h->alert_len = 0;
		session_alert(s, h, h->alert[0], h->alert[1], time);
	}
	h->offset += b.len;
}

/*
 * Behind ChangeCipherSpec only a ClientHello that answers a HelloRetryRequest
 * is still plain, and it fills its record; ciphertext begins so by chance once
 * in 2^32.
 */
static void resolve_doubt(struct tls_half *h, struct bytes b)
{
	if (h->left != h->len)
		return;
	if (b.p[0] == TLS_CLIENT_HELLO && b.len >= 6 && b.p[1] == 0 &&
	    (unsigned)b.p[2] << 8 == ((unsigned)(h->len - 4) & 0xff00) &&
	    b.p[3] == ((h->len - 4) & 0xff) && b.p[4] == 3)
		h->doubtful = false;
}

static void body_bytes(struct tls_half *h, struct tls_session *s,
		       struct bytes b, struct stamp time)
{
	if (h->doubtful)
		resolve_doubt(h, b);
	h->left = (uint16_t)(h->left - b.len);
	if (h->type == TLS_APPLICATION_DATA)
		session_sealed_bytes(s, h, b);
	if (h->type == TLS_HANDSHAKE && !h->doubtful)
		assembly_feed(h, s, b, time);
	else if (h->type == TLS_ALERT)
		alert_bytes(h, s, b, time);
	else
		h->offset += b.len;
}

static void v2_bytes(struct tls_half *h, struct tls_session *s, uint8_t byte,
		     struct stamp time)
{
	struct tls_assembly *m = &h->msg;

	if (!m->p)
		m->p = arena_alloc(&session_handshake(s)->arena, m->len);
	if (m->p)
		m->p[m->got] = byte;
	m->got++;
	if (m->got < m->len)
		return;
	h->state = HALF_HEADER;
	h->header_len = 0;
	h->any = true;
	if (m->p) {
		struct tls_body body = { .b = bytes_of(m->p, m->len),
					 .offset = m->offset,
					 .time = time };

		*m = (struct tls_assembly){ .head_len = 0 };
		session_v2_hello(s, h, &body);
	}
}

/* One step; the number of bytes used. */
static size_t step(struct tls_half *h, struct tls_session *s, struct bytes b,
		   struct stamp time)
{
	struct bytes part;

	switch (h->state) {
	case HALF_HEADER:
		h->header[h->header_len++] = b.p[0];
		h->offset++;
		if (is_v2(h)) {
			begin_v2(h);
			h->offset--;
			return 0; /* the third byte is the body's first */
		}
		if (h->header_len == 5)
			begin_record(h, s, time);
		if (h->state == HALF_BODY && !h->left)
			end_record(h, s, time);
		return 1;
	case HALF_SKIP_V2:
		h->offset++;
		v2_bytes(h, s, b.p[0], time);
		return 1;
	case HALF_BODY:
		part = bytes_head(b, h->left);
		body_bytes(h, s, part, time);
		if (!h->left)
			end_record(h, s, time);
		return part.len;
	default:
		h->offset += b.len;
		return b.len;
	}
}

static void run(struct tls_half *h, struct tls_session *s, struct bytes b,
		struct stamp time)
{
	/* the handshake may be over in the middle of a chunk */
	while (b.len && session_handshake(s))
		b = bytes_tail(b, step(h, s, b, time));
}

enum run { RUN_NO, RUN_YES, RUN_MORE };

/* Are there records one behind the other from at on, to the end of b? need: of
 * how many bytes that depends. */
static enum run run_at(struct bytes b, size_t at, size_t *need)
{
	struct record rec;

	for (unsigned num = 0; num < 3; num++) {
		if (num == 2 && at == b.len)
			return RUN_YES;
		*need = num == 2 && at > b.len ? at : at + 5;
		if (b.len < at + 5)
			return RUN_MORE;
		if (!record_read(bytes_tail(b, at), &rec) || !rec.len)
			return RUN_NO;
		at += 5u + rec.len;
	}
	return RUN_YES;
}

/*
 * The first place of such records: the search waits at one that may become it,
 * so that no byte is looked at twice but where it waits. last: nothing more will
 * come to tell.
 */
static bool find_run(struct tls_half *h, bool last)
{
	struct bytes all = buf_bytes(&h->scan);

	while (last || all.len >= h->scan_need) {
		/* a version begins with 3 */
		const uint8_t *three =
			h->scan_at + 1 < all.len
				? memchr(all.p + h->scan_at + 1, 3,
					 all.len - h->scan_at - 1)
				: NULL;
		enum run is;

		if (!three) {
			h->scan_at = all.len ? all.len - 1 : 0;
			h->scan_need = all.len + 1;
			return false;
		}
		h->scan_at = (size_t)(three - all.p) - 1;
		is = run_at(all, h->scan_at, &h->scan_need);
		if (is == RUN_YES)
			return true;
		if (is == RUN_MORE && !last)
			return false;
		h->scan_at++;
		h->scan_need = 0;
	}
	return false;
}

/* Goes on at the place that was found. */
static void resume(struct tls_half *h, struct tls_session *s,
		   struct stamp time)
{
	struct buf found = h->scan;

	buf_init(&h->scan, LIMIT_TLS_RESYNC);
	h->offset = h->scan_offset + h->scan_at;
	h->state = HALF_HEADER;
	h->header_len = 0;
	run(h, s, bytes_tail(buf_bytes(&found), h->scan_at), time);
	buf_fini(&found);
}

/* Looks for a boundary in what has come since the gap. */
static void resync(struct tls_half *h, struct tls_session *s, struct bytes b,
		   struct stamp time)
{
	if (!h->scan.len) {
		h->scan_offset = h->offset;
		h->scan_at = h->scan_need = 0;
	}
	h->offset += b.len;
	buf_add(&h->scan, b.p, b.len);
	if (h->scan.failed) {
		half_die(h, s, "no_record_after_gap");
		buf_fini(&h->scan);
	} else if (find_run(h, false)) {
		resume(h, s, time);
	}
}

static void gap(struct tls_half *h, struct tls_session *s,
		const struct chunk *c)
{
	struct tls_side_facts *facts;
	uint64_t n = c->gap;

	/* what is known of this direction up to here stays */
	facts = &session_handshake(s)->side[session_side(s, h)];
	facts->gap = true;
	h->gapped = true;
	if (h->state == HALF_DEAD)
		return;
	if (h->state == HALF_BODY && n <= h->left) {
		h->left = (uint16_t)(h->left - n);
		if (h->type == TLS_APPLICATION_DATA)
			session_sealed_gap(s, h);
		if (h->type == TLS_HANDSHAKE && !h->doubtful)
			assembly_gap(h, s, n, c->time);
		else
			h->offset += n;
		if (!h->left)
			end_record(h, s, c->time);
		return;
	}
	session_sealed_gap(s, h);
	assembly_cut(h, s, c->time);
	half_strays(h, s);
	h->msg = (struct tls_assembly){ .head_len = 0 };
	h->offset += n;
	h->state = HALF_LOST;
	buf_reset(&h->scan);
}

void half_feed(struct tls_half *h, struct tls_session *s,
	       const struct chunk *c)
{
	if (h->state != HALF_LOST)
		h->offset = c->offset;
	if (c->gap)
		gap(h, s, c);
	else if (h->state == HALF_LOST)
		resync(h, s, c->data, c->time);
	else
		run(h, s, c->data, c->time);
}

void half_end(struct tls_half *h, struct tls_session *s, struct stamp time)
{
	if (h->state == HALF_DEAD)
		return;
	if (h->state == HALF_LOST && find_run(h, true))
		resume(h, s, time);
	if (!session_handshake(s))
		return;
	assembly_cut(h, s, time);
	if (h->state == HALF_BODY || h->header_len)
		half_strays(h, s);
	h->state = HALF_DEAD;
}
