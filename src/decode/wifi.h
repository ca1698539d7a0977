/* wifi.h: 802.11 frames and what is put before them; internal to decode/. */
#ifndef DECODE_WIFI_H
#define DECODE_WIFI_H

#include "decode/walk.h"

decode_fn wifi_frame, wifi_radiotap, wifi_ppi;
/* The same with the bytes of the frame control field turned, as the access
 * points of one maker send them. */
decode_fn wifi_capwap;

#endif
