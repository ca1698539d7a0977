/* capwap.h: CAPWAP; internal to decode/. */
#ifndef DECODE_CAPWAP_H
#define DECODE_CAPWAP_H

#include "decode/walk.h"

/* The data channel, and the control channel, of which only DTLS is of use. */
decode_fn capwap_decode, capwap_dtls;

#endif
