/* link_rare.h: link types that few taps give; internal to decode/. */
#ifndef DECODE_LINK_RARE_H
#define DECODE_LINK_RARE_H

#include "decode/walk.h"

decode_fn link_pktap, link_pflog, link_enc, link_frame_relay, link_prism,
	link_avs, link_erf, link_directed_ppp, link_directed_hdlc,
	link_directed_frame_relay, link_ip_over_infiniband, link_token_ring,
	link_fddi, link_sunatm;

/* link.c: the address family of whoever captured */
enum decode_reason link_family(struct walk *w, struct reader *r,
			       uint32_t family);

#endif
