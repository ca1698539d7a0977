/* link_ppp.h: PPP and its framings, LLC; internal to decode/. */
#ifndef DECODE_LINK_PPP_H
#define DECODE_LINK_PPP_H

#include "decode/walk.h"

decode_fn link_ppp, link_ppp_hdlc, link_c_hdlc, link_pppoe;
/* ethertype.c */
decode_fn link_llc, link_snap;

#endif
