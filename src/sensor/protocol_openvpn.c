/* protocol_openvpn.c: OpenVPN over UDP and TCP, as rows of the seam. */
#include "sensor/adapter.h"
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

static uint32_t dropped(void *session)
{
	return openvpn_session_dropped(session);
}

ADAPTER(openvpn);

const struct protocol protocol_openvpn = {
	.name = "openvpn",
	.transport = PACKET_UDP,
	.recognise = recognise_udp,
	.open = open_udp,
	.dropped = dropped,
	.drops_group = "limits",
	.drops = "openvpn_packets_dropped",
	ADAPTER_ROW,
};

const struct protocol protocol_openvpn_tcp = {
	.name = "openvpn_tcp",
	.transport = PACKET_TCP,
	.recognise = recognise_tcp,
	.open = open_tcp,
	.dropped = dropped,
	.drops_group = "limits",
	.drops = "openvpn_packets_dropped",
	ADAPTER_ROW,
};
