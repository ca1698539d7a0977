/* protocol_quic.c: QUIC over UDP, as a row of the protocol seam. */
#include "quic/session.h"
#include "sensor/adapter.h"

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

ADAPTER(quic);

const struct protocol protocol_quic = {
	.name = "quic",
	.transport = PACKET_UDP,
	.recognise = recognise,
	.begins = begins,
	.open = open_session,
	ADAPTER_ROW,
};
