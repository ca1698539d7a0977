/*
 * protocol.h: the seam between flows and what runs on them.
 *
 * A protocol is a const row; src/sensor/meson.build lists them. It is offered
 * the first bytes of a flow, opened when it recognises them, fed with chunks,
 * and asked for what it found. It calls nobody above, has no clock (chunks and
 * ticks carry the time) and keeps all it needs: chunks are borrowed.
 */
#ifndef FLOW_PROTOCOL_H
#define FLOW_PROTOCOL_H

#include "flow/chunk.h"

enum recognise {
	RECOGNISE_NO,
	RECOGNISE_MORE, /* may be: give more bytes */
	RECOGNISE_YES,
};

enum protocol_close {
	CLOSE_FIN,	/* the sender of dir closed its direction */
	CLOSE_RST,	/* the sender of dir reset the connection */
	CLOSE_END,	/* nothing more will come: flow over, capture over */
	CLOSE_PRESSURE, /* evicted: say what is known */
};

enum note_kind {
	NOTE_HANDSHAKE, /* struct tls_handshake, owned by the taker */
	NOTE_DNS,	/* struct dns_message, owned by the taker */
};

struct note {
	enum note_kind kind;
	void *fact;
};

struct protocol {
	const char *name;
	uint8_t transport; /* PACKET_TCP or PACKET_UDP */
	/* UDP: short exchanges, many on one flow: when one is done, the flow is
	 * offered again; under pressure they go first */
	bool brief;
	/* head: the first bytes of one direction (UDP: a datagram) */
	enum recognise (*recognise)(struct bytes head, uint8_t dir,
				    uint16_t sport, uint16_t dport);
	/* Does this datagram begin anew on a finished flow? Cheap; may be NULL:
	 * never. */
	bool (*begins)(struct bytes head);
	/* ctx: what the worker keeps for this protocol (keys, caches) */
	void *(*open)(void *ctx, struct stamp time);
	void (*feed)(void *session, const struct chunk *c);
	/* The side dir ended; or (CLOSE_END, CLOSE_PRESSURE) both. */
	void (*close)(void *session, enum protocol_close how, uint8_t dir,
		      struct stamp time);
	/* Time passed; earliest deadlines are checked about once a second. */
	void (*tick)(void *session, struct stamp now);
	/* The next finished fact; false: none at the moment. */
	bool (*next)(void *session, struct note *out);
	/* What it dropped at a limit since it was asked last, and the name of
	 * that in status events, with its group; may be NULL: nothing ever. */
	uint32_t (*dropped)(void *session);
	const char *drops, *drops_group;
	/* Bytes it holds; may be NULL: few. */
	size_t (*memory)(const void *session);
	/* Frees a fact that nobody takes. */
	void (*drop)(struct note *n);
	/* True when the flow needs no more feeding. */
	bool (*done)(const void *session);
	void (*free)(void *session);
};

#endif
