/*
 * fuzz_dtls.c: a script of datagrams for a DTLS session.
 *
 * The input is datagrams: a byte (1: to the initiator, 2: cut by the capture,
 * 4: a second passes, 8: a minute passes), two bytes of length, the datagram in
 * a heap block of its own size. Demands: a handshake that is handed out says
 * something, keeps to its limits, and all it points to is readable.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "demand.h"
#include "tls/dtls.h"
#include "tls/fingerprint.h"

static void check(struct tls_handshake *hs)
{
	struct tls_fingerprint print;
	struct tls_sight sight;
	struct tls_reaction reaction;

	demand(tls_handshake_says(hs));
	demand(hs->carrier == TLS_OVER_DTLS);
	demand(hs->arena.used <= LIMIT_TLS_HANDSHAKE);
	demand(hs->num_anomalies <= LIMIT_TLS_ANOMALIES);
	tls_handshake_sight(hs, &sight);
	tls_handshake_reaction(hs, &reaction);
	tls_fingerprint(hs, &print);
	/* datagrams have no end: nothing may follow from a close */
	demand(reaction.verdict != TLS_ABANDONED);
	demand(reaction.verdict != TLS_ACCEPTED ||
	       (hs->client.count && hs->server.seen));
	demand(sight.visibility != TLS_CLEARTEXT ||
	       hs->chain[TLS_SERVER].num_certs);
	for (int i = 0; i < 2; i++) {
		demand(hs->chain[i].num_certs <= LIMIT_TLS_CHAIN);
		for (size_t k = 0; k < hs->chain[i].num_certs; k++)
			touch(hs->chain[i].certs[k]);
	}
	touch(hs->client.sni);
	touch(hs->client.suites);
	touch(hs->client.alpn);
	touch(hs->staple);
	touch(hs->new_ticket);
	tls_handshake_free(hs);
}

static void pull(struct dtls_session *s)
{
	struct tls_handshake *hs;

	while ((hs = dtls_session_next(s)))
		check(hs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_window(bytes_of(data, size));
	struct stamp now = stamp_sec(1000000);
	struct dtls_session *s = dtls_session_new(now);
	uint64_t offset[2] = { 0, 0 };

	demand(s != NULL);
	while (rd_more(&r)) {
		uint8_t how = rd_u8(&r);
		struct bytes b = rd_bytes(&r, rd_u16(&r)), random;
		uint8_t *copy = malloc(b.len ? b.len : 1);
		struct chunk c = { .dir = how & 1,
				   .cut = how & 2,
				   .offset = offset[how & 1],
				   .data = bytes_of(copy, b.len),
				   .time = now };

		demand(copy != NULL);
		if (b.len)
			memcpy(copy, b.p, b.len);
		if (dtls_begins(c.data, &random))
			demand(random.len == 32);
		(void)dtls_recognise(c.data);
		dtls_session_feed(s, &c);
		free(copy);
		offset[how & 1] += b.len;
		now.ns += how & 8   ? LIMIT_HANDSHAKE_IDLE + NSEC_PER_SEC
			  : how & 4 ? NSEC_PER_SEC
				    : NSEC_PER_MSEC;
		dtls_session_tick(s, now);
		pull(s);
		(void)dtls_session_memory(s);
	}
	dtls_session_close(s, CLOSE_END, 0, now);
	pull(s);
	demand(dtls_session_done(s));
	dtls_session_free(s);
	return 0;
}
