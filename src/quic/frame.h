/*
 * frame.h: the frames of an opened packet (RFC 9000 19).
 *
 * Tells CRYPTO and CONNECTION_CLOSE frames, steps over the others by their
 * layout, whether they belong into that packet or not.
 */
#ifndef QUIC_FRAME_H
#define QUIC_FRAME_H

#include "base/reader.h"

enum quic_frame_kind {
	QUIC_FRAME_CRYPTO,
	QUIC_FRAME_CLOSE,
	QUIC_FRAME_OTHER,
};

struct quic_frame {
	enum quic_frame_kind kind;
	uint64_t type;
	uint64_t offset;   /* CRYPTO */
	struct bytes data; /* CRYPTO */
	bool application;  /* CONNECTION_CLOSE of the application, 0x1d */
	uint64_t error;	   /* CONNECTION_CLOSE */
};

/*
 * The next frame. False at the end (then r is sound) or where the rest cannot
 * be read: of an unknown type, which has no length, or contradicting itself.
 * crypto is the type of CRYPTO frames in that version: 6 but for Google's.
 */
bool quic_frame_read(struct reader *r, uint8_t crypto,
		     struct quic_frame *out);

#endif
