/*
 * ws.h: what one direction of a WebSocket carries (RFC 6455 5.2): the payload
 * of its binary messages, unmasked, as a stream of its own. The packets of
 * Microsoft SQL Server (MS-TDS 2.2.3.1) are taken off in the same way, as long
 * as they are of TLS's handshake; records behind it come without.
 *
 * Chunks in, chunks out, whatever their sizes; nothing is held but a frame's
 * header and one piece. A hole inside of a payload is one of the same length.
 * Behind a hole that a header may be in, no byte can be told from another: it
 * is a last gap, and nothing comes after it; so is what is no WebSocket.
 */
#ifndef PROBE_WS_H
#define PROBE_WS_H

#include "base/limits.h"
#include "flow/chunk.h"
#include "flow/prelude.h"

/* RFC 6455 5.2: 2, a length of 8, a key of 4 */
#define WS_HEAD_MAX 14
/* A hello in records of one byte is known by then. */
#define WS_FIRST_MAX 128

struct ws {
	enum frames_kind kind;
	uint64_t next; /* offset of the next byte of the stream outside */
	uint64_t told; /* bytes of payload so far */
	uint64_t left; /* of the payload of this frame */
	uint8_t head[WS_HEAD_MAX];
	size_t head_len;
	uint8_t key[4];
	unsigned key_at;
	bool binary;  /* the message that is going on is */
	bool told_on; /* this frame's payload is told */
	bool lost;
	uint8_t plain[LIMIT_WS_PIECE];
};

/* start: offset of the first frame. */
void ws_init(struct ws *w, enum frames_kind kind, uint64_t start);
/* The next piece of what is in *in, which is used up by it; false: no more.
 * out->data is good until the next call. */
bool ws_next(struct ws *w, struct chunk *in, struct chunk *out);
/* The first bytes that frames carry; sound: nothing contradicts them. */
size_t ws_first(struct bytes frames, enum frames_kind kind,
		uint8_t first[static WS_FIRST_MAX], bool *sound);

#endif
