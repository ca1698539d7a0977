/*
 * message.h: handshake messages -> facts (RFC 8446 4, RFC 5246 7.4).
 *
 * Each gets the message's body, which must live in the handshake's arena, and
 * the stream offset of the body for anomalies. None allocates by a length
 * field. They are used by TLS, DTLS and QUIC alike.
 */
#ifndef TLS_MESSAGE_H
#define TLS_MESSAGE_H

#include "tls/handshake.h"

struct tls_body {
	struct bytes b;
	uint64_t offset;
	bool cut; /* the end is lost: read as far as it goes */
	struct stamp time;
};

void tls_read_client_hello(struct tls_handshake *hs,
			   const struct tls_body *body);
/* Body of a CLIENT-HELLO in SSLv2 format, from msg_type on. */
void tls_read_client_hello_v2(struct tls_handshake *hs,
			      const struct tls_body *body);
/* The inner hello of ECH, whose body was made from the outer one's. */
void tls_read_inner_hello(struct tls_handshake *hs, struct bytes body,
			  struct tls_client_hello *out);
/* False when it is none (contradicts itself in its first fields). */
bool tls_read_server_hello(struct tls_handshake *hs,
			   const struct tls_body *body);
/* Certificate of TLS <= 1.2 (v13: of TLS 1.3, with context and extensions). */
void tls_read_certificate(struct tls_handshake *hs, enum tls_side side,
			  bool v13, const struct tls_body *body);
/* CompressedCertificate (RFC 8879): bounded, its length enforced. */
void tls_read_compressed_certificate(struct tls_handshake *hs,
				     enum tls_side side,
				     const struct tls_body *body);
/*
 * A message of TLS 1.3 that was read with keys. The body must live in the arena
 * only where tls_opened_is_read().
 */
void tls_read_opened(struct tls_handshake *hs, enum tls_side side,
		     uint8_t type, const struct tls_body *body);
bool tls_opened_is_read(uint8_t type);
void tls_read_certificate_status(struct tls_handshake *hs,
				 const struct tls_body *body);
void tls_read_new_session_ticket(struct tls_handshake *hs,
				 const struct tls_body *body);

#endif
