/* protocol_dtls.c: DTLS over UDP, as a row of the protocol seam. */
#include "sensor/adapter.h"
#include "tls/dtls.h"

static enum recognise recognise(struct bytes head, uint8_t dir, uint16_t sport,
				uint16_t dport)
{
	(void)dir;
	(void)sport;
	(void)dport;
	return dtls_recognise(head);
}

static bool begins(struct bytes head)
{
	struct bytes random;

	return dtls_begins(head, &random);
}

static void *open_session(void *ctx, struct stamp time)
{
	(void)ctx;
	return dtls_session_new(time);
}

ADAPTER(dtls);

const struct protocol protocol_dtls = {
	.name = "dtls",
	.transport = PACKET_UDP,
	.recognise = recognise,
	.begins = begins,
	.open = open_session,
	ADAPTER_ROW,
};
