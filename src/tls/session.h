/*
 * session.h: TLS over one TCP connection: both directions in, handshakes out.
 *
 * Bytes of the two directions may come in any interleaving. A handshake is
 * over when the client's reaction is known, the connection ended, another
 * handshake began, or it was silent for LIMIT_HANDSHAKE_IDLE; it is then owned
 * by whoever takes it.
 */
#ifndef TLS_SESSION_H
#define TLS_SESSION_H

#include "flow/chunk.h"
#include "flow/prelude.h"
#include "flow/protocol.h"
#include "tls/handshake.h"

struct tls_keys;
struct tls_session;

/* NULL without memory. */
struct tls_session *tls_session_new(struct stamp time);
void tls_session_free(struct tls_session *s);
/* What was said before TLS began; copied. Before the first feed. */
void tls_session_prelude(struct tls_session *s, const struct prelude *p);
/* Secrets that were given (open.h); borrowed. Before the first feed. */
void tls_session_keys(struct tls_session *s, struct tls_keys *k);
/* The side dir was not captured from its beginning; packets of it were cut. */
void tls_session_midstream(struct tls_session *s, uint8_t dir);
void tls_session_truncated(struct tls_session *s, uint8_t dir);
/* TCP segments contradicted each other at that byte. */
void tls_session_conflict(struct tls_session *s, uint8_t dir, uint64_t offset);
/* What that side says at that byte is no TLS. */
void tls_session_foreign(struct tls_session *s, uint8_t dir, uint64_t offset);
/* Asks the memory for what the next bytes will need: a hint. */
void tls_session_prefetch(const struct tls_session *s);
void tls_session_feed(struct tls_session *s, const struct chunk *c);
void tls_session_close(struct tls_session *s, enum protocol_close how,
		       uint8_t dir, struct stamp time);
/* Bytes of the side dir are missing for sure, where nothing followed them. */
void tls_session_lost(struct tls_session *s, uint8_t dir);
/* Will the next tick at that time end the handshake? */
bool tls_session_due(const struct tls_session *s, struct stamp now);
/* Lets deadlines pass. */
void tls_session_tick(struct tls_session *s, struct stamp now);
/* A finished handshake, owned by the caller; NULL: none now. */
struct tls_handshake *tls_session_next(struct tls_session *s);
/* True when nothing of this connection can tell more. */
bool tls_session_done(const struct tls_session *s);
/* Was a whole hello seen: is this TLS worth keeping under pressure? */
bool tls_session_has_hello(const struct tls_session *s);
size_t tls_session_memory(const struct tls_session *s);

#endif
