/* protocol_quic.c: QUIC over UDP, as a row of the protocol seam. */
#include "decode/packet.h"
#include "flow/protocol.h"
#include "quic/session.h"

static enum recognise recognise(struct bytes head, uint8_t dir, uint16_t sport,
				uint16_t dport)
{
	(void)dir;
	(void)sport;
	(void)dport;
	return quic_recognise(head);
}

static bool begins(struct bytes head)
{
	struct bytes dcid;

	return quic_begins(head, &dcid);
}

static void *open_session(void *ctx, struct stamp time)
{
	return quic_session_new(time, ctx);
}

static void feed(void *session, const struct chunk *c)
{
	quic_session_feed(session, c);
}

static void close_session(void *session, enum protocol_close how, uint8_t dir,
			  struct stamp time)
{
	quic_session_close(session, how, dir, time);
}

static void tick(void *session, struct stamp now)
{
	quic_session_tick(session, now);
}

static bool next(void *session, struct note *out)
{
	struct tls_handshake *hs = quic_session_next(session);

	if (!hs)
		return false;
	*out = (struct note){ .kind = NOTE_HANDSHAKE, .fact = hs };
	return true;
}

static void drop(struct note *n)
{
	tls_handshake_free(n->fact);
}

static size_t memory(const void *session)
{
	return quic_session_memory(session);
}

static bool done(const void *session)
{
	return quic_session_done(session);
}

static void free_session(void *session)
{
	quic_session_free(session);
}

const struct protocol protocol_quic = {
	.name = "quic",
	.transport = PACKET_UDP,
	.recognise = recognise,
	.begins = begins,
	.open = open_session,
	.feed = feed,
	.close = close_session,
	.tick = tick,
	.next = next,
	.drop = drop,
	.memory = memory,
	.done = done,
	.free = free_session,
};
