/* protocol_openvpn.c: OpenVPN over UDP and TCP, as rows of the seam. */
#include "decode/packet.h"
#include "flow/protocol.h"
#include "tls/openvpn.h"

static enum recognise recognise_udp(struct bytes head, uint8_t dir,
				    uint16_t sport, uint16_t dport)
{
	(void)dir;
	(void)sport;
	(void)dport;
	return openvpn_recognise(head, false);
}

static enum recognise recognise_tcp(struct bytes head, uint8_t dir,
				    uint16_t sport, uint16_t dport)
{
	(void)dir;
	(void)sport;
	(void)dport;
	return openvpn_recognise(head, true);
}

static void *open_udp(void *ctx, struct stamp time)
{
	(void)ctx;
	return openvpn_session_new(time, false);
}

static void *open_tcp(void *ctx, struct stamp time)
{
	(void)ctx;
	return openvpn_session_new(time, true);
}

static void feed(void *session, const struct chunk *c)
{
	openvpn_session_feed(session, c);
}

static void close_session(void *session, enum protocol_close how, uint8_t dir,
			  struct stamp time)
{
	openvpn_session_close(session, how, dir, time);
}

static void tick(void *session, struct stamp now)
{
	openvpn_session_tick(session, now);
}

static bool next(void *session, struct note *out)
{
	struct tls_handshake *hs = openvpn_session_next(session);

	if (!hs)
		return false;
	*out = (struct note){ .kind = NOTE_HANDSHAKE, .fact = hs };
	return true;
}

static void drop(struct note *n)
{
	tls_handshake_free(n->fact);
}

static bool done(const void *session)
{
	return openvpn_session_done(session);
}

static void free_session(void *session)
{
	openvpn_session_free(session);
}

#define ROWS                                                                   \
	.feed = feed, .close = close_session, .tick = tick, .next = next,      \
	.drop = drop, .done = done, .free = free_session

const struct protocol protocol_openvpn = {
	.name = "openvpn",
	.transport = PACKET_UDP,
	.recognise = recognise_udp,
	.open = open_udp,
	ROWS,
};

const struct protocol protocol_openvpn_tcp = {
	.name = "openvpn_tcp",
	.transport = PACKET_TCP,
	.recognise = recognise_tcp,
	.open = open_tcp,
	ROWS,
};
