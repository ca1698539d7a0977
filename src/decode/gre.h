/* gre.h: GRE and what is built on it; internal to decode/. */
#ifndef DECODE_GRE_H
#define DECODE_GRE_H

#include "decode/walk.h"

decode_fn gre_decode;
/* Ethertypes that only follow GRE. */
decode_fn erspan_bare, erspan_three, wccp_decode;

#endif
