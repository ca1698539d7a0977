/*
 * fragment.h: datagrams put together from their IP fragments; internal.
 *
 * One pool for all, made at init and touched as needed. The first copy of a
 * byte wins. Bounded in datagrams, pieces, bytes and (packet) time; what must
 * go for room is the oldest.
 */
#ifndef DECODE_FRAGMENT_H
#define DECODE_FRAGMENT_H

#include "decode/walk.h"

struct fragment {
	uint32_t id;
	uint8_t protocol; /* of what is behind the header, by this fragment */
	bool more;
	size_t offset, len; /* bytes, on the wire */
	struct bytes header; /* IP header; of the first fragment it is kept */
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
