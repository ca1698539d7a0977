/*
 * flight.h: how long the server's certificate is where it is encrypted.
 *
 * TLS 1.3 over TCP: the length of a record tells that of its contents (RFC 8446
 * 5.4). A server that gives each message a record of its own (OpenSSL, GnuTLS,
 * Go, Java) shows the length of its Certificate message to the byte; one that
 * puts all in one (NSS) shows the sum, in which an ECDSA signature varies by
 * some bytes. QUIC shows neither: its packets are padded, repeated, and carry
 * acknowledgements.
 */
#ifndef TLS_FLIGHT_H
#define TLS_FLIGHT_H

#include "tls/handshake.h"

enum tls_flight_of {
	TLS_FLIGHT_UNKNOWN,
	TLS_FLIGHT_CERTIFICATE, /* the Certificate message, with its head */
	TLS_FLIGHT_WHOLE,	/* all messages in one record */
};

struct tls_flight {
	enum tls_flight_of of;
	uint32_t len;
};

void tls_flight(const struct tls_handshake *hs, struct tls_flight *out);
/* The length of a Certificate message of TLS 1.3 with that chain and, where
 * staple_len is not 0, with such a staple for the leaf. */
uint32_t tls_flight_certificate(const struct tls_chain *chain,
				size_t staple_len);

#endif
