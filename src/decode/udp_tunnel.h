/* udp_tunnel.h: tunnels over UDP, by port; internal to decode/. */
#ifndef DECODE_UDP_TUNNEL_H
#define DECODE_UDP_TUNNEL_H

#include "decode/geneve.h"
#include "decode/walk.h"

/* Notes the ports of IANA and of the configuration. */
void udp_tunnel_ports(struct decoder *d);
/* The ports of w->out; DECODE_NOT_MINE, and everything as it was before, where
 * the datagram is no tunnel. */
decode_fn udp_tunnel_decode;
/* udp_more.c: the rarer ones */
decode_fn gre_udp, lisp_decode, gue_decode, ayiya_decode;

static inline bool udp_tunnel_is_port(const struct decoder *d, uint16_t src,
				      uint16_t dst)
{
	return (d->udp_ports[dst / 64] >> (dst % 64) |
		d->udp_ports[src / 64] >> (src % 64)) &
	       1;
}

#endif
