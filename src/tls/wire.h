/*
 * wire.h: numbers of TLS on the wire, and their registered names.
 *
 * Names are IANA's. A function gives NULL for a number it does not know; the
 * number itself is then what a reader is told.
 */
#ifndef TLS_WIRE_H
#define TLS_WIRE_H

#include "base/bytes.h"

enum tls_content { /* RFC 8446 5.1, RFC 5246 6.2.1 */
	TLS_CHANGE_CIPHER_SPEC = 20,
	TLS_ALERT = 21,
	TLS_HANDSHAKE = 22,
	TLS_APPLICATION_DATA = 23,
	TLS_HEARTBEAT = 24,
};

enum tls_message {
	TLS_HELLO_REQUEST = 0,
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_HELLO_VERIFY_REQUEST = 3,
	TLS_NEW_SESSION_TICKET = 4,
	TLS_END_OF_EARLY_DATA = 5,
	TLS_HELLO_RETRY_REQUEST = 6, /* drafts up to 21 */
	TLS_ENCRYPTED_EXTENSIONS = 8,
	TLS_CERTIFICATE = 11,
	TLS_SERVER_KEY_EXCHANGE = 12,
	TLS_CERTIFICATE_REQUEST = 13,
	TLS_SERVER_HELLO_DONE = 14,
	TLS_CERTIFICATE_VERIFY = 15,
	TLS_CLIENT_KEY_EXCHANGE = 16,
	TLS_FINISHED = 20,
	TLS_CERTIFICATE_STATUS = 22,
	TLS_KEY_UPDATE = 24,
	TLS_COMPRESSED_CERTIFICATE = 25,
	TLS_MESSAGE_HASH = 254,
};

enum {
	TLS_SSL2 = 0x0002,
	TLS_SSL3 = 0x0300,
	TLS_1_0 = 0x0301,
	TLS_1_1 = 0x0302,
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304,
	DTLS_1_0 = 0xfeff,
	DTLS_1_2 = 0xfefd,
	DTLS_1_3 = 0xfefc,
	/* before DTLS was finished: old OpenSSL, Cisco AnyConnect still */
	DTLS_BAD = 0x0100,
};

/* TLS 1.3, its drafts (0x7fXX) and Facebook's private 0xfbXX, DTLS 1.3. */
bool tls_version_is_13(uint16_t version);
/* "1.2", "3.0" for SSL 3.0, "2.0"; NULL for unknown ones. */
const char *tls_version_text(uint16_t version);
/* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
const char *tls_suite_name(uint16_t suite);
/* "x25519", "secp256r1" */
const char *tls_group_name(uint16_t group);
/* "certificate_expired" */
const char *tls_alert_name(uint8_t code);
/* RFC 8701: 0x?A?A with equal bytes. */
bool tls_is_grease(uint16_t value);

/* What a cipher suite of TLS 1.2 and below authenticates the server with. */
enum tls_auth {
	TLS_AUTH_CERTIFICATE,
	TLS_AUTH_ANONYMOUS,
	TLS_AUTH_PSK, /* and SRP, without a certificate */
	TLS_AUTH_OTHER, /* Kerberos, GOST ...: not X.509 for sure */
};
enum tls_auth tls_suite_auth(uint16_t suite);
/* TLS 1.3 suites: length of the transcript hash and of the AEAD tag; false
 * for suites of other versions. */
bool tls_suite_13(uint16_t suite, unsigned *hash_len, unsigned *tag_len);

#endif
