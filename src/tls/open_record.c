/* open_record.c: one record of TLS 1.3: key, tag, padding, contents. */
#include "base/reader.h"
#include "crypt/hkdf.h"
#include "tls/message.h"
#include "tls/open_parts.h"
#include "tls/suite13.h"

#include <openssl/crypto.h>

/* Drafts have the number as low byte; 25 began to authenticate headers. */
static bool has_no_aad(uint16_t version)
{
	return (version >> 8 == 0x7f || version >> 8 == 0xfb) &&
	       (version & 0xff) < 25;
}

bool open_key(struct open_half *h, const struct tls_handshake *hs,
	      struct bytes secret)
{
	struct bytes none = bytes_of(NULL, 0);
	const struct tls_suite13 *suite = tls_suite13_find(hs->server.suite);

	if (!suite || secret.len != hkdf_len(suite->hash))
		return false;
	h->aead = suite->aead;
	h->no_aad = has_no_aad(hs->server.version);
	/* RFC 8446 7.3 */
	if (!hkdf_expand_label(suite->hash, secret, "key", none, h->key,
			       aead_key_len(h->aead)) ||
	    !hkdf_expand_label(suite->hash, secret, "iv", none, h->iv,
			       sizeof h->iv)) {
		open_key_wipe(h);
		return false;
	}
	h->seq = 0;
	return true;
}

void open_key_wipe(struct open_half *h)
{
	OPENSSL_cleanse(h->key, sizeof h->key);
	OPENSSL_cleanse(h->iv, sizeof h->iv);
}

/* RFC 8446 5.2, 5.3; false: the tag is wrong. */
static bool unseal(struct open_half *h, const struct open_record *r,
		   struct bytes body, uint8_t *out, size_t *len)
{
	uint8_t nonce[AEAD_NONCE];
	size_t tag = aead_tag_len(h->aead);

	if (body.len <= tag)
		return false;
	memcpy(nonce, h->iv, sizeof nonce);
	for (unsigned i = 0; i < 8; i++)
		nonce[AEAD_NONCE - 1 - i] ^= (uint8_t)(h->seq >> (8 * i));
	if (!aead_open(h->aead, h->key, nonce,
		       bytes_of(r->header, h->no_aad ? 0 : 5), body, out))
		return false;
	*len = body.len - tag;
	return true;
}

static enum tls_side side_of(const struct tls_handshake *hs, uint8_t dir)
{
	return dir == hs->client_dir ? TLS_CLIENT : TLS_SERVER;
}

static void alert(struct tls_open *o, struct tls_handshake *hs,
		  enum tls_side side, const struct open_record *r,
		  struct bytes b)
{
	struct tls_side_facts *f = &hs->side[side];
	struct reader rd = rd_whole(b);
	uint8_t code;

	(void)rd_u8(&rd); /* the level means nothing (RFC 8446 6) */
	code = rd_u8(&rd);
	if (!rd_end(&rd)) {
		tls_anomaly_add(hs, side, "alert_malformed", r->offset);
		return;
	}
	if (code == 0 || code == 90) {
		hs->warning[side] = (uint8_t)(code + 1);
		return;
	}
	if (hs->alert.seen)
		return;
	hs->alert = (struct tls_alert){
		.seen = true,
		.encrypted = true,
		.from = side,
		.level = 2,
		.code = code,
		.order = r->index < LIMIT_TLS_SEALED ? f->sealed_order[r->index]
						     : f->last_order,
	};
	o->alerted = true;
	o->alert_time = r->time;
}

static void message(struct tls_open *o, struct tls_handshake *hs, uint8_t dir,
		    const struct open_record *r, uint8_t type, struct bytes b)
{
	struct open_half *h = &o->half[dir];
	enum tls_side side = side_of(hs, dir);
	struct tls_body body = { .offset = h->message_offset,
				 .time = r->time };

	if (type == TLS_FINISHED) {
		hs->side[side].finished_at = r->index + 1;
		open_half_end(o, h);
		return;
	}
	if (tls_opened_is_read(type)) {
		body.b = arena_copy(&hs->arena, b);
		if (b.len && !body.b.len) {
			tls_anomaly_add(hs, side, "memory", r->offset);
			return;
		}
	}
	tls_read_opened(hs, side, type, &body);
}

/* Takes the first message off; false: it is not whole yet. */
static bool take_message(struct tls_open *o, struct tls_handshake *hs,
			 uint8_t dir, const struct open_record *r)
{
	struct open_half *h = &o->half[dir];
	struct reader rd = rd_window(buf_bytes(&h->messages)), body;
	uint8_t type = rd_u8(&rd);
	uint32_t len = rd_u24(&rd);

	if (!rd_ok(&rd))
		return false;
	if (len > LIMIT_TLS_MESSAGE) {
		tls_anomaly_add(hs, side_of(hs, dir), "message_too_long",
				r->offset);
		open_half_end(o, h);
		return false;
	}
	body = rd_sub(&rd, len);
	if (!rd_ok(&rd))
		return false;
	message(o, hs, dir, r, type, rd_left(&body));
	if (h->state == OPEN_DONE)
		return false;
	buf_shift(&h->messages, 4 + (size_t)len);
	h->message_offset = r->offset;
	return true;
}

static void contents(struct tls_open *o, struct tls_handshake *hs, uint8_t dir,
		     const struct open_record *r, struct bytes plain)
{
	struct open_half *h = &o->half[dir];
	size_t n = plain.len;
	uint8_t type;

	while (n && !plain.p[n - 1])
		n--; /* padding, RFC 8446 5.4 */
	type = n ? plain.p[n - 1] : 0;
	plain = bytes_head(plain, n ? n - 1 : 0);
	if (type == TLS_ALERT) {
		alert(o, hs, side_of(hs, dir), r, plain);
		return;
	}
	if (type != TLS_HANDSHAKE) {
		tls_anomaly_add(hs, side_of(hs, dir), "inner_type", r->offset);
		return;
	}
	if (!h->messages.len)
		h->message_offset = r->offset;
	h->message_time = r->time;
	buf_add(&h->messages, plain.p, plain.len);
	if (h->messages.failed) {
		tls_anomaly_add(hs, side_of(hs, dir), "memory", r->offset);
		open_half_end(o, h);
		return;
	}
	while (take_message(o, hs, dir, r))
		;
}

/* The wrong secret, or a client's early data, which has another key. */
static void not_opened(struct tls_open *o, struct tls_handshake *hs,
		       uint8_t dir, const struct open_record *r)
{
	struct open_half *h = &o->half[dir];
	enum tls_side side = side_of(hs, dir);

	if (side == TLS_CLIENT && hs->client.early_data && !h->opened) {
		if (++h->tried == LIMIT_TLS_TRIED)
			open_half_end(o, h);
		return;
	}
	tls_anomaly_add(hs, side, h->opened ? "record_unopened"
					    : "secret_wrong", r->offset);
	if (!h->opened) {
		hs->keys_failed |= side == TLS_SERVER;
		o->keys->counters.failed++;
	}
	open_cut(o, hs, dir);
	open_half_end(o, h);
}

void open_record(struct tls_open *o, struct tls_handshake *hs, uint8_t dir,
		 const struct open_record *r, struct bytes body)
{
	struct open_half *h = &o->half[dir];
	uint8_t *out = o->keys->scratch;
	size_t len;

	if (body.len > sizeof o->keys->scratch ||
	    !unseal(h, r, body, out, &len)) {
		not_opened(o, hs, dir, r);
		return;
	}
	h->seq++;
	h->opened = true;
	hs->side[side_of(hs, dir)].opened++;
	if (!o->counted)
		o->keys->counters.opened++;
	o->counted = true;
	contents(o, hs, dir, r, bytes_of(out, len));
}

void open_cut(struct tls_open *o, struct tls_handshake *hs, uint8_t dir)
{
	struct open_half *h = &o->half[dir];
	struct reader rd = rd_window(buf_bytes(&h->messages));
	uint8_t type = rd_u8(&rd);
	struct tls_body body = { .offset = h->message_offset,
				 .cut = true,
				 .time = h->message_time };

	(void)rd_u24(&rd);
	if (!rd_more(&rd) || !tls_opened_is_read(type))
		return;
	body.b = arena_copy(&hs->arena, rd_left(&rd));
	if (body.b.len)
		tls_read_opened(hs, side_of(hs, dir), type, &body);
	buf_reset(&h->messages);
}
