/* geneve.h: GENEVE, VXLAN, VXLAN-GPE; internal to decode/. */
#ifndef DECODE_GENEVE_H
#define DECODE_GENEVE_H

#include "decode/walk.h"

/* DECODE_NOT_MINE where the bytes are something else. */
decode_fn geneve_decode, vxlan_decode, vxlan_gpe_decode;

#endif
