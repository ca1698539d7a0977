/*
 * fragment.h: datagrams put together from their fragments, of IP and of CAPWAP;
 * internal.
 *
 * One pool for all, made at init and touched as needed. The first copy of a
 * byte wins. Bounded in datagrams, pieces, bytes and (packet) time; what must
 * go for room is the oldest.
 */
#ifndef DECODE_FRAGMENT_H
#define DECODE_FRAGMENT_H

#include "decode/walk.h"

/* Whose ids these are: of IPv4, one for each protocol (RFC 791), of IPv6, of
 * CAPWAP; the last two are protocol numbers that are none in IPv4. */
enum {
	FRAGMENT_V6 = 44,
	FRAGMENT_CAPWAP = 255,
};

struct fragment {
	uint32_t id;
	uint8_t space; /* IPv4's protocol, or FRAGMENT_* */
	uint8_t protocol; /* of what is behind the header, by this fragment */
	bool more;
	size_t offset, len; /* bytes, on the wire */
	struct bytes header; /* of the first fragment it is kept */
	struct bytes data;   /* fewer than len: cut */
};

struct fragment_whole {
	struct bytes datagram; /* valid until the next frame */
	size_t header_len;
	uint8_t protocol; /* as the first fragment says (RFC 8200 4.5) */
};

struct fragments *fragments_new(void);
void fragments_free(struct fragments *f);
/* DECODE_OK and *out once the datagram is complete; w tells addresses, time
 * and tunnels. */
enum decode_reason fragment_add(struct walk *w, const struct fragment *in,
				struct fragment_whole *out);

#endif
