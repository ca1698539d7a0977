/*
 * plain.h: the frame that nearly all are: Ethernet, IPv4 without options and
 * whole, TCP (RFC 894, 791, 9293). Internal to decode/.
 *
 * Read in one piece instead of header by header, which is a third of what a
 * packet of a finished flow costs. It says nothing that the rows would not say:
 * whatever is not just so is theirs.
 */
#ifndef DECODE_PLAIN_H
#define DECODE_PLAIN_H

#include "decode/packet.h"

/* The IP packet's length on the wire, as is len the frame's; 0: not such a
 * frame, out is as before. */
size_t plain_decode(struct bytes frame, size_t len, struct packet *out);

#endif
