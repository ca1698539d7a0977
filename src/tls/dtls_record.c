/* dtls_record.c: records, fragment headers, and "is this DTLS?". */
#include "tls/dtls_parts.h"

static bool is_version(uint16_t version)
{
	return version == DTLS_1_0 || version == DTLS_1_2 ||
	       version == DTLS_BAD;
}

/*
 * RFC 9147 4: 001CSLEE, connection id, one or two bytes of sequence number, and
 * the length where it is not simply the rest of the datagram.
 */
static bool read_unified(struct reader *r, struct dtls_cid cid,
			 struct dtls_record *out)
{
	struct dtls_record rec = { .unified = true };
	struct reader body;

	rec.type = rd_u8(r);
	rec.epoch = rec.type & 3;
	if (rec.type & 0x10 && !cid.known) {
		/* where the id ends is not known, nor where the record does */
		rec.body = rd_rest(r);
		rec.len = (uint16_t)rec.body.len;
		*out = rec;
		return true;
	}
	if (rec.type & 0x10)
		rd_skip(r, cid.len);
	rd_skip(r, rec.type & 0x08 ? 2 : 1);
	if (rec.type & 0x04) {
		rec.len = rd_u16(r);
		body = rd_sub(r, rec.len);
		rec.body = rd_left(&body);
	} else {
		rec.body = rd_rest(r);
		rec.len = (uint16_t)rec.body.len;
	}
	if (r->state == RD_BAD || rec.len > LIMIT_TLS_RECORD)
		return false;
	*out = rec;
	return true;
}

bool dtls_record_read(struct reader *r, struct dtls_cid cid,
		      struct dtls_record *out)
{
	struct dtls_record rec = { .type = rd_peek8(r) };
	struct reader body;

	if (rec.type >> 5 == 1)
		return read_unified(r, cid, out);
	(void)rd_u8(r);
	rec.version = rd_u16(r);
	rec.epoch = rd_u16(r);
	rd_skip(r, 6); /* sequence_number */
	if (rec.type == DTLS_CID && !cid.known) {
		rec.body = rd_rest(r);
		rec.len = (uint16_t)rec.body.len;
		*out = rec;
		return rd_ok(r) && is_version(rec.version);
	}
	if (rec.type == DTLS_CID)
		rd_skip(r, cid.len);
	rec.len = rd_u16(r);
	if (!rd_ok(r) || rec.type < TLS_CHANGE_CIPHER_SPEC ||
	    rec.type > DTLS_ACK || !is_version(rec.version) ||
	    rec.len > LIMIT_TLS_RECORD)
		return false;
	body = rd_sub(r, rec.len);
	rec.body = rd_left(&body);
	if (r->state == RD_BAD)
		return false;
	*out = rec;
	return true;
}

bool dtls_fragment_read(struct reader *r, struct dtls_fragment *out)
{
	struct dtls_fragment f = { .type = rd_u8(r) };
	struct reader body;

	f.len = rd_u24(r);
	f.seq = rd_u16(r);
	f.from = rd_u24(r);
	f.n = rd_u24(r);
	if (!rd_ok(r) || f.from > f.len || f.n > f.len - f.from)
		return false;
	body = rd_sub(r, f.n);
	f.b = rd_left(&body);
	if (r->state == RD_BAD)
		return false;
	*out = f;
	return true;
}

bool dtls_fragment_random(const struct dtls_fragment *f, struct bytes *out)
{
	struct reader r = rd_whole(f->b);
	struct bytes random;

	if (f->from)
		return false;
	(void)rd_u16(&r); /* client_version, server_version */
	random = rd_bytes(&r, 32);
	if (!rd_ok(&r))
		return false;
	*out = random;
	return true;
}

/* Does the body of this message begin as it must? */
static bool is_start(const struct dtls_fragment *f)
{
	struct reader r = rd_window(f->b);
	uint16_t version;

	if (f->from || f->b.len < 3)
		return true;
	switch (f->type) {
	case TLS_CLIENT_HELLO:
	case TLS_SERVER_HELLO:
	case TLS_HELLO_VERIFY_REQUEST:
		version = rd_u16(&r);
		return is_version(version) || version == DTLS_1_3;
	case TLS_CERTIFICATE:
		return rd_u24(&r) + 3 == f->len;
	default:
		return true;
	}
}

/* Messages that are sent in the clear in DTLS 1.2 and below. */
static bool is_plain(uint8_t type)
{
	switch (type) {
	case TLS_CLIENT_HELLO:
	case TLS_SERVER_HELLO:
	case TLS_HELLO_VERIFY_REQUEST:
	case TLS_NEW_SESSION_TICKET:
	case TLS_CERTIFICATE:
	case TLS_SERVER_KEY_EXCHANGE:
	case TLS_CERTIFICATE_REQUEST:
	case TLS_SERVER_HELLO_DONE:
	case TLS_CERTIFICATE_VERIFY:
	case TLS_CLIENT_KEY_EXCHANGE:
	case TLS_CERTIFICATE_STATUS:
		return true;
	default:
		return false;
	}
}

/*
 * All of the record's fragments, one behind the other to its end. Where a snap
 * length cut it, the first one must still show itself.
 */
static bool is_handshake(const struct dtls_record *rec)
{
	bool cut = rec->body.len < rec->len;
	struct reader r = cut ? rd_window(rec->body) : rd_whole(rec->body);
	struct dtls_fragment f;
	unsigned num = 0;

	while (rd_more(&r)) {
		if (!dtls_fragment_read(&r, &f))
			return cut && num && r.state == RD_SHORT;
		if (!is_plain(f.type) || f.len > LIMIT_TLS_MESSAGE ||
		    !is_start(&f) || (!f.n && f.len))
			return false;
		if (cut && !num && (f.from || f.b.len < 3))
			return false;
		num++;
	}
	return num > 0;
}

enum recognise dtls_recognise(struct bytes datagram)
{
	struct reader r = rd_window(datagram);
	struct dtls_record rec;
	bool plain = false;

	while (rd_more(&r)) {
		uint8_t type = rd_peek8(&r);

		/* with connection ids, where a record ends is not told here */
		if (type == DTLS_CID || type >> 5 == 1)
			return plain ? RECOGNISE_YES : RECOGNISE_NO;
		if (type < TLS_CHANGE_CIPHER_SPEC || type > DTLS_ACK)
			return RECOGNISE_NO;
		if (!dtls_record_read(&r, (struct dtls_cid){ .known = false },
				      &rec))
			break;
		if (rec.epoch || rec.type != TLS_HANDSHAKE)
			continue;
		if (!is_handshake(&rec))
			return RECOGNISE_NO;
		plain = true;
	}
	/* a snap length may have cut it, but not before a message showed */
	if (plain && (r.state == RD_SHORT || rd_end(&r)))
		return RECOGNISE_YES;
	return datagram.len && rd_end(&r) ? RECOGNISE_MORE : RECOGNISE_NO;
}

bool dtls_begins(struct bytes datagram, struct bytes *random)
{
	struct reader r = rd_window(datagram), body;
	struct dtls_record rec;
	struct dtls_fragment f;

	if (!datagram.len || rd_peek8(&r) != TLS_HANDSHAKE ||
	    !dtls_record_read(&r, (struct dtls_cid){ .known = false }, &rec) ||
	    rec.epoch)
		return false;
	body = rd_window(rec.body);
	return dtls_fragment_read(&body, &f) && f.type == TLS_CLIENT_HELLO &&
	       is_start(&f) && dtls_fragment_random(&f, random);
}
