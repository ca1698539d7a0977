/*
 * adapter.h: a session of src/tls or src/quic as a row of the protocol seam.
 *
 * ADAPTER(word) makes the functions that only pass on to word_session_*();
 * ADAPTER_ROW names them in the row. What is left to a row is how it is
 * recognised and opened.
 */
#ifndef SENSOR_ADAPTER_H
#define SENSOR_ADAPTER_H

#include "decode/packet.h"
#include "flow/protocol.h"
#include "tls/handshake.h"

#define ADAPTER(word)                                                          \
	static void feed(void *session, const struct chunk *c)                 \
	{                                                                      \
		word##_session_feed(session, c);                               \
	}                                                                      \
	static void close_session(void *session, enum protocol_close how,      \
				  uint8_t dir, struct stamp time)              \
	{                                                                      \
		word##_session_close(session, how, dir, time);                 \
	}                                                                      \
	static void tick(void *session, struct stamp now)                      \
	{                                                                      \
		word##_session_tick(session, now);                             \
	}                                                                      \
	static bool next(void *session, struct note *out)                      \
	{                                                                      \
		struct tls_handshake *hs = word##_session_next(session);       \
                                                                               \
		if (hs)                                                        \
			*out = (struct note){ .kind = NOTE_HANDSHAKE,          \
					      .fact = hs };                    \
		return hs;                                                     \
	}                                                                      \
	static void drop(struct note *n)                                       \
	{                                                                      \
		tls_handshake_free(n->fact);                                   \
	}                                                                      \
	static size_t memory(const void *session)                              \
	{                                                                      \
		return word##_session_memory(session);                         \
	}                                                                      \
	static bool done(const void *session)                                  \
	{                                                                      \
		return word##_session_done(session);                           \
	}                                                                      \
	static void free_session(void *session)                                \
	{                                                                      \
		word##_session_free(session);                                  \
	}                                                                      \
	_Static_assert(sizeof(#word) > 1, "the word of a session")

#define ADAPTER_ROW                                                            \
	.feed = feed, .close = close_session, .tick = tick, .next = next,      \
	.drop = drop, .memory = memory, .done = done, .free = free_session

#endif
