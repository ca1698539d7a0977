/* l2tp.h: L2TP over UDP and over IP; internal to decode/. */
#ifndef DECODE_L2TP_H
#define DECODE_L2TP_H

#include "decode/walk.h"

decode_fn l2tp_udp, l2tp_ip;

#endif
