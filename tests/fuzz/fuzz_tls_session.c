/*
 * fuzz_tls_session.c: a script of chunks for a TLS session.
 *
 * The input is steps: a byte (1: of the initiator's direction or to it; 2: a
 * gap; 4: a FIN, 8: a RST; 16: a second passes, 32: a minute; 64: midstream;
 * 128: handshakes are taken only later), two bytes of length, and (no gap) the
 * bytes, in a heap block of their own size. Demands: a handshake that is
 * handed out says something, keeps to its limits, all it points to is
 * readable; with a gap or cut beginning nothing was accepted.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "demand.h"
#include "tls/fingerprint.h"
#include "tls/session.h"

static void check_chain(const struct tls_chain *c)
{
	demand(c->num_certs <= LIMIT_TLS_CHAIN);
	for (size_t k = 0; k < c->num_certs; k++) {
		demand(c->certs[k].len > 0);
		touch(c->certs[k]);
	}
}

static void check(struct tls_handshake *hs)
{
	struct tls_fingerprint print;
	struct tls_sight sight;
	struct tls_reaction r;

	demand(tls_handshake_says(hs));
	demand(hs->arena.used <= LIMIT_TLS_HANDSHAKE);
	demand(hs->num_anomalies <= LIMIT_TLS_ANOMALIES);
	demand(hs->client_dir <= 1);
	tls_handshake_sight(hs, &sight);
	tls_handshake_reaction(hs, &r);
	tls_fingerprint(hs, &print);
	demand(sight.visibility != TLS_CLEARTEXT ||
	       hs->chain[TLS_SERVER].num_certs);
	for (int i = 0; i < 2; i++) {
		check_chain(&hs->chain[i]);
		demand(r.verdict != TLS_ACCEPTED ||
		       (hs->side[i].seen && !hs->side[i].gap &&
			!hs->side[i].midstream));
	}
	touch(hs->client.sni);
	touch(hs->client.suites);
	touch(hs->client.alpn);
	touch(hs->client.session_id);
	touch(hs->server.session_id);
	touch(bytes_of(hs->client.ext, 2 * hs->client.num_ext));
	touch(bytes_of(hs->server.ext, 2 * hs->server.num_ext));
	touch(hs->staple);
	touch(hs->new_ticket);
	tls_handshake_free(hs);
}

static void pull(struct tls_session *s)
{
	struct tls_handshake *hs;

	while ((hs = tls_session_next(s)))
		check(hs);
}

static void step(struct tls_session *s, struct reader *r, uint64_t offset[2],
		 struct stamp *now)
{
	uint8_t how = rd_u8(r), dir = how & 1;
	uint16_t n = rd_u16(r);
	struct bytes b = how & 2 ? bytes_of(NULL, 0) : rd_bytes(r, n);
	uint8_t *copy = malloc(b.len ? b.len : 1);
	struct chunk c = { .dir = dir, .offset = offset[dir], .time = *now };

	demand(copy != NULL);
	if (b.len)
		memcpy(copy, b.p, b.len);
	c.data = bytes_of(copy, b.len);
	c.gap = how & 2 ? n : 0;
	if (how & 64)
		tls_session_midstream(s, dir);
	if (c.gap || b.len)
		tls_session_feed(s, &c);
	free(copy);
	offset[dir] += c.gap + b.len;
	if (how & 12)
		tls_session_close(s, how & 8 ? CLOSE_RST : CLOSE_FIN, dir,
				  *now);
	now->ns += how & 32   ? LIMIT_HANDSHAKE_IDLE + NSEC_PER_SEC
		   : how & 16 ? NSEC_PER_SEC
			      : NSEC_PER_MSEC;
	tls_session_tick(s, *now);
	if (!(how & 128))
		pull(s);
	(void)tls_session_memory(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_window(bytes_of(data, size));
	struct stamp now = stamp_sec(1000000);
	struct tls_session *s = tls_session_new(now);
	uint64_t offset[2] = { 0, 0 };

	demand(s != NULL);
	while (rd_more(&r))
		step(s, &r, offset, &now);
	tls_session_close(s, CLOSE_END, 0, now);
	pull(s);
	demand(tls_session_done(s));
	tls_session_free(s);
	return 0;
}
