/*
 * flight.h: how long the server's certificate is where it is encrypted.
 *
 * TLS 1.3 over TCP: the length of a record tells that of its contents (RFC 8446
 * 5.4). A server that gives each message a record of its own (OpenSSL, GnuTLS,
 * Go, Java) shows the length of its Certificate message to the byte; one that
 * puts all in one (NSS) shows the sum, in which an ECDSA signature varies by
 * some bytes.
 *
 * QUIC shows neither, so nothing is made of its lengths. Measured with keys on
 * 37 connections of pcaps/ (seven clients; caddy, knot, ngtcp2): the server's
 * Handshake packets, less what each must have, are 1 to 9 bytes longer than the
 * CRYPTO data in them, as header protection hides the packet number's length
 * and some carry an ACK. And that is the whole flight: less the Certificate
 * message 224 to 237 bytes at one server with one kind of key (a random
 * transport parameter, the signature), and with one and the same certificate
 * 222 to 242 (caddy, knot) or 230 to 303 (caddy, ngtcp2), while certificates of
 * one issuer differ by a byte or two (958, 959, 960). What is sent again comes
 * on top.
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
