/* mpls.h: MPLS label stacks and what they carry; internal to decode/. */
#ifndef DECODE_MPLS_H
#define DECODE_MPLS_H

#include "decode/walk.h"

decode_fn mpls_decode;

#endif
