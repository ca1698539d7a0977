/*
 * gquic.h: Google's QUIC before TLS: the name in the client's first message.
 *
 * Q023 to Q046 carry it in the clear, Q050 in CRYPTO frames of an Initial
 * packet. A CHLO is believed where its table of tags is sound in itself.
 */
#ifndef QUIC_GQUIC_H
#define QUIC_GQUIC_H

#include "base/bytes.h"

struct gquic_hello {
	uint32_t version; /* as on the wire: "Q043" */
	struct bytes cid;
	struct bytes sni;
};

/* A CHLO message, from its tag on; false where it is none, not whole, or names
 * no server: then it has nothing to tell. */
bool gquic_read_chlo(struct bytes message, struct bytes *sni);
/* A datagram of Q023 to Q046 with such a CHLO. */
bool gquic_read(struct bytes datagram, struct gquic_hello *out);

#endif
