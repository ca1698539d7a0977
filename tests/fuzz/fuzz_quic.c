/*
 * fuzz_quic.c: datagrams of any bytes into a QUIC session: packets, tags and
 * recognition. Input: pieces, each a byte (1: from the target, 2: cut), a
 * length of two bytes and a datagram.
 *
 * Beyond memory errors it demands: what is told is told whole, by an opened
 * packet of a version that we know, and the session's memory is bounded.
 */
#include <stdlib.h>

#include <openssl/err.h>

#include "base/limits.h"
#include "base/reader.h"
#include "demand.h"
#include "quic/session.h"
#include "quic/version.h"

static void drain(struct quic_session *s)
{
	struct tls_handshake *hs;

	while ((hs = quic_session_next(s))) {
		demand(tls_handshake_says(hs));
		demand(hs->carrier == TLS_OVER_QUIC);
		demand(hs->client_dir < 2);
		demand(quic_version_find(hs->quic_version) ||
		       hs->quic_version >> 16 == 0x5130);
		demand(hs->chain[TLS_SERVER].state == TLS_CHAIN_NONE);
		demand(!hs->client.sni.len || hs->client.has_sni);
		tls_handshake_free(hs);
	}
}

/* A copy of exactly its size, so that overruns show. */
static void feed(struct quic_session *s, uint8_t flags, struct bytes b,
		 struct stamp time)
{
	struct chunk c = { .dir = flags & 1, .cut = flags & 2, .time = time };
	uint8_t *p = malloc(b.len ? b.len : 1);
	struct bytes dcid;

	demand(p != NULL);
	if (b.len)
		memcpy(p, b.p, b.len);
	c.data = bytes_of(p, b.len);
	if (quic_begins(c.data, &dcid))
		demand(quic_recognise(c.data) == RECOGNISE_YES);
	quic_session_feed(s, &c);
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_window(bytes_of(data, size));
	struct stamp time = stamp_sec(1700000000);
	struct quic_session *s = quic_session_new(time, NULL);

	demand(s != NULL);
	while (rd_more(&r)) {
		uint8_t flags = rd_u8(&r);
		struct reader b = rd_vec16(&r);

		feed(s, flags, rd_left(&b), time);
		if (flags & 4)
			time.ns += 3 * NSEC_PER_SEC;
		quic_session_tick(s, time);
		demand(quic_session_memory(s) <
		       2 * LIMIT_TLS_HANDSHAKE + 4 * LIMIT_QUIC_CRYPTO);
		drain(s);
	}
	quic_session_close(s, CLOSE_END, 0, time);
	drain(s);
	demand(quic_session_done(s));
	quic_session_free(s);
	demand(ERR_peek_error() == 0);
	return 0;
}
