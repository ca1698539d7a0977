/* hello.c: ClientHello and ServerHello (RFC 8446 4.1, RFC 5246 7.4.1). */
#include "base/reader.h"
#include "tls/extension.h"
#include "tls/message.h"

static struct reader body_reader(const struct tls_body *body)
{
	return body->cut ? rd_window(body->b) : rd_whole(body->b);
}

static void copy_random(uint8_t out[static 32], struct bytes b)
{
	if (b.len == 32)
		memcpy(out, b.p, 32);
}

/* Tells a message that contradicts itself, or left-over bytes behind it. */
static void check_end(struct tls_handshake *hs, enum tls_side side,
		      struct reader *r, const struct tls_body *body)
{
	bool more = rd_more(r);

	if (!rd_end(r) && r->state == RD_BAD)
		tls_anomaly_add(hs, side,
				more ? "hello_trailing_bytes"
				     : "hello_malformed",
				body->offset + rd_offset(r));
}

static void read_hello(struct tls_handshake *hs, const struct tls_body *body,
		       struct tls_client_hello *c)
{
	struct reader r = body_reader(body), list;
	struct tls_extension_ctx ctx = { .hs = hs,
					 .client = c,
					 .in = TLS_EXT_CLIENT_HELLO };

	c->record_version = hs->client.record_version;
	c->legacy_version = rd_u16(&r);
	copy_random(c->random, rd_bytes(&r, 32));
	list = rd_vec8(&r);
	c->session_id = rd_left(&list);
	if (hs->carrier == TLS_OVER_DTLS)
		(void)rd_vec8(&r); /* cookie, RFC 6347 4.2.1 */
	list = rd_vec16(&r);
	c->suites = rd_left(&list);
	(void)rd_vec8(&r); /* compression methods */
	if (rd_more(&r)) { /* RFC 5246 7.4.1.2: extensions may be absent */
		list = rd_vec16(&r);
		tls_extensions_read(&list, &ctx, TLS_CLIENT, body->offset,
				    &c->ext, &c->num_ext);
		if (!rd_end(&list) && list.state == RD_BAD)
			tls_anomaly_add(hs, TLS_CLIENT, "extensions_malformed",
					body->offset + rd_offset(&list));
	}
	check_end(hs, TLS_CLIENT, &r, body);
}

void tls_read_inner_hello(struct tls_handshake *hs, struct bytes body,
			  struct tls_client_hello *out)
{
	struct tls_body whole = { .b = body };

	*out = (struct tls_client_hello){ .count = hs->client.count };
	read_hello(hs, &whole, out);
}

void tls_read_client_hello(struct tls_handshake *hs,
			   const struct tls_body *body)
{
	struct tls_client_hello c = { .count = hs->client.count + 1,
				      .cut = body->cut };

	read_hello(hs, body, &c);
	/* the answer to a retry or a cookie is the same hello but for its key
	 * share: fingerprints, names are of the first one (RFC 8446 4.1.2) */
	if (hs->client.count && !hs->client.cut &&
	    !memcmp(c.random, hs->client.random, 32)) {
		hs->client.count = c.count;
		return;
	}
	if (hs->client.cut)
		c.count = 1; /* the first one is as good as lost */
	hs->client = c;
}

void tls_read_client_hello_v2(struct tls_handshake *hs,
			      const struct tls_body *body)
{
	struct reader r = body_reader(body);
	struct tls_client_hello c = { .count = hs->client.count + 1,
				      .cut = body->cut,
				      .sslv2 = true };
	uint16_t specs_len, id_len, challenge_len;
	struct reader specs;
	uint8_t *suites;
	size_t n = 0;

	(void)rd_u8(&r); /* msg_type 1 */
	c.legacy_version = c.record_version = rd_u16(&r);
	specs_len = rd_u16(&r);
	id_len = rd_u16(&r);
	challenge_len = rd_u16(&r);
	specs = rd_sub(&r, specs_len);
	suites = arena_alloc(&hs->arena, rd_left(&specs).len);
	while (suites && rd_more(&specs)) {
		uint32_t kind = rd_u24(&specs);

		/* RFC 5246 E.2: TLS suites have a first byte of zero */
		if (rd_ok(&specs) && kind < 0x10000) {
			suites[n++] = (uint8_t)(kind >> 8);
			suites[n++] = (uint8_t)kind;
		}
	}
	c.suites = bytes_of(suites, n);
	c.session_id = rd_bytes(&r, id_len);
	if (challenge_len <= 32) {
		struct bytes challenge = rd_bytes(&r, challenge_len);

		/* right aligned, as E.2 says */
		if (challenge.len)
			memcpy(c.random + 32 - challenge.len, challenge.p,
			       challenge.len);
	}
	hs->client = c;
}

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest" */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
	0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
	0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c
};

bool tls_read_server_hello(struct tls_handshake *hs,
			   const struct tls_body *body)
{
	struct reader r = body_reader(body), list;
	struct tls_server_hello s = { .seen = true,
				      .retry = hs->server.retry };
	struct tls_extension_ctx ctx = { .hs = hs,
					 .server = &s,
					 .in = TLS_EXT_SERVER_HELLO };

	s.legacy_version = s.version = rd_u16(&r);
	copy_random(s.random, rd_bytes(&r, 32));
	/* TLS 1.3 drafts up to 21 have neither session id nor compression */
	if (s.version >> 8 != 0x7f) {
		list = rd_vec8(&r);
		s.session_id = rd_left(&list);
	}
	s.suite = rd_u16(&r);
	if (s.version >> 8 != 0x7f)
		(void)rd_u8(&r); /* compression */
	if (!rd_ok(&r) && !body->cut) {
		tls_anomaly_add(hs, TLS_SERVER, "hello_malformed",
				body->offset + rd_offset(&r));
		return false;
	}
	if (rd_more(&r)) {
		list = rd_vec16(&r);
		tls_extensions_read(&list, &ctx, TLS_SERVER, body->offset,
				    &s.ext, &s.num_ext);
		if (!rd_end(&list) && list.state == RD_BAD)
			tls_anomaly_add(hs, TLS_SERVER, "extensions_malformed",
					body->offset + rd_offset(&list));
	}
	check_end(hs, TLS_SERVER, &r, body);
	if (!memcmp(s.random, retry_random, 32)) {
		s.retry = true;
		s.seen = false; /* the real one is still to come */
	}
	hs->server = s;
	return true;
}
