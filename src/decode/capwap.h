/* capwap.h: CAPWAP's data channel; internal to decode/. */
#ifndef DECODE_CAPWAP_H
#define DECODE_CAPWAP_H

#include "decode/walk.h"

decode_fn capwap_decode;

#endif
