/*
 * handshake.h: the facts of one TLS handshake, whoever carried it.
 *
 * A struct tls_handshake owns all it points to (its arena), holds no views into
 * packets and moves whole from the session that filled it to the observation.
 * Facts only: nothing here says whether anything is right.
 */
#ifndef TLS_HANDSHAKE_H
#define TLS_HANDSHAKE_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/stamp.h"
#include "flow/prelude.h"
#include "tls/wire.h"

/* JSSE pads each sealed record of TLS 1.3 by so much (RFC 8446 5.4). */
#define TLS_JSSE_PADDING 16

enum tls_side {
	TLS_CLIENT,
	TLS_SERVER,
};

enum tls_carrier {
	TLS_OVER_TCP,
	TLS_OVER_DTLS,
	TLS_OVER_QUIC,
};

/* RFC 8446 4.1.2, RFC 5246 7.4.1.2; lists in their wire form. */
struct tls_client_hello {
	unsigned count; /* hellos seen: 2 with a HelloRetryRequest or cookie */
	bool cut;	/* the capture lost its end */
	bool sslv2;	/* SSLv2 format (RFC 5246 E.2) */
	bool second;	/* answers a retry, and the first one is lost */
	uint16_t record_version, legacy_version;
	uint8_t random[32];
	struct bytes session_id;
	struct bytes suites; /* uint16 each */
	uint16_t *ext;	     /* extension types in order, with GREASE */
	size_t num_ext;
	bool has_sni;
	struct bytes sni;    /* verbatim */
	struct bytes alpn;   /* ProtocolName vec8 each */
	struct bytes groups, signature_algorithms, versions; /* uint16 each */
	struct bytes point_formats; /* uint8 each */
	struct bytes cert_compression; /* uint16 each */
	struct bytes key_share_groups; /* uint16 each */
	bool has_ticket;
	struct bytes ticket;	   /* RFC 5077 */
	struct bytes psk_identity; /* the first (RFC 8446 4.2.11) */
	bool psk, early_data, status_request, srtp, esni, sct;
	bool ech;		   /* outer encrypted_client_hello */
	struct bytes ech_outer;	   /* its contents (RFC 9849 5) */
	bool raw_public_key;	   /* offers only types that are not X.509 */
	bool has_cid;		   /* connection_id (RFC 9146) ... */
	uint8_t cid_len;	   /* ... of the records sent to it */
};

/* RFC 8446 4.1.3, RFC 5246 7.4.1.3 */
struct tls_server_hello {
	bool seen;
	bool retry; /* a HelloRetryRequest came before it, or alone */
	uint16_t legacy_version;
	uint16_t version; /* negotiated */
	uint8_t random[32];
	struct bytes session_id;
	uint16_t suite;
	uint16_t group; /* key_share, 0 = none */
	uint16_t *ext;
	size_t num_ext;
	struct bytes alpn; /* the name chosen, where visible */
	bool psk;	   /* pre_shared_key: resumed or external PSK */
	bool ticket, status_request;
	uint8_t cert_type; /* RFC 7250 server_certificate_type, 0 = X.509 */
	bool cached_info;  /* RFC 7924 */
	bool has_cid;	   /* connection_id (RFC 9146) ... */
	uint8_t cid_len;   /* ... of the records sent to it */
};

enum tls_chain_state {
	TLS_CHAIN_NONE,	   /* no Certificate message */
	TLS_CHAIN_WHOLE,
	TLS_CHAIN_EMPTY,   /* a Certificate message without one */
	TLS_CHAIN_PARTIAL, /* the leaf is whole, the tail is lost */
	TLS_CHAIN_BAD,	   /* a Certificate message that cannot be read */
	TLS_CHAIN_NOT_X509,/* raw public key, OpenPGP, cached (hash only) */
};

struct tls_chain {
	enum tls_chain_state state;
	bool decrypted;	     /* read with keys */
	struct bytes *certs; /* DER, leaf first */
	uint64_t *at;	     /* where each begins in its stream */
	size_t num_certs;
	struct stamp time; /* of the packet that completed the message */
};

struct tls_alert {
	bool seen, encrypted;
	enum tls_side from;
	uint8_t level, code; /* 1 warning, 2 fatal; only where readable */
	uint32_t order;	     /* among both sides' records */
};

enum tls_close {
	TLS_OPEN,
	TLS_FIN,
	TLS_RST,
};

/* What one side did, as far as the records show it. */
struct tls_side_facts {
	bool seen;		/* any byte of TLS in this direction */
	bool gap, truncated;	/* bytes lost; packets cut by the capture */
	bool midstream;		/* its beginning was not captured */
	bool ccs;		/* ChangeCipherSpec */
	bool hello_done;	/* ServerHelloDone */
	bool key_exchange, certificate_request, certificate_verify;
	bool finished;		/* TLS <= 1.2: a handshake record after CCS */
	enum tls_close close;
	uint32_t close_order;
	/* encrypted records: their number, and of the first ones the length */
	uint32_t num_sealed, sealed_bytes;
	/* of LIMIT_TLS_SEALED each; QUIC has no records, and NULL here */
	uint16_t *sealed;
	uint32_t *sealed_order; /* among both sides' records */
	uint8_t *sealed_type;	/* enum tls_content */
	uint32_t last_order;	/* of the last record */
	/* with keys: records opened; number of the sealed record that ended
	 * Finished, from 1 (0: not read) */
	uint32_t opened, finished_at;
};

struct tls_anomaly {
	const char *code; /* static: "record_length", "extension_malformed" */
	enum tls_side side;
	uint64_t offset; /* byte of that direction's stream */
};

enum tls_hidden {
	TLS_HIDDEN_NOT,
	TLS_HIDDEN_NO_SECRET,
	TLS_HIDDEN_UNSUPPORTED,
	TLS_HIDDEN_ECH,
	TLS_HIDDEN_QUIC,
	TLS_HIDDEN_TLS13,
	TLS_HIDDEN_GAP,
	TLS_HIDDEN_TRUNCATED,
	TLS_HIDDEN_ONE_SIDED,
	TLS_HIDDEN_ENDED_EARLY,
	TLS_HIDDEN_NUM
};

/* Hellos whose bytes are kept, as they were, for ECH. */
enum tls_hello_slot {
	TLS_HELLO_FIRST,
	TLS_HELLO_RETRY,
	TLS_HELLO_SECOND, /* the client's answer to a retry */
	TLS_HELLO_SERVER,
	TLS_HELLO_NUM
};

enum tls_ech {
	TLS_ECH_NONE,
	TLS_ECH_OFFERED,
	TLS_ECH_REJECTED,
	TLS_ECH_ACCEPTED,
};

struct tls_handshake {
	struct arena arena;
	enum tls_carrier carrier;
	uint32_t index;		/* of the connection's handshakes, from 0 */
	struct stamp begin;	/* first packet of it */
	struct stamp last;	/* last packet that told something */
	uint8_t client_dir;	/* the chunk direction of the TLS client */
	uint32_t quic_version;
	struct tls_client_hello client;
	struct tls_server_hello server;
	struct tls_chain chain[2];    /* by enum tls_side */
	struct tls_side_facts side[2];
	struct bytes staple;	      /* OCSPResponse (RFC 6066 8) */
	bool scts; /* the server sent some beside its certificate */
	struct bytes new_ticket;      /* TLS <= 1.2 NewSessionTicket */
	struct tls_alert alert;	      /* the fatal one that ended it */
	uint8_t warning[2];	      /* last plaintext warning alert, +1 */
	bool evicted;		      /* ended by us for want of memory */
	bool quic_both_ways;	      /* 1-RTT both ways over two round trips */
	bool keys_known;	      /* secrets of this session were given */
	bool keys_given;	      /* any keys were given to the sensor */
	bool keys_failed;	      /* they did not open it */
	bool unsupported;	      /* cannot be opened though keys fit */
	bool compressed_unread;	      /* RFC 8879 algorithm not built in */
	enum tls_ech ech;
	bool ech_failed;	      /* its secret opens nothing */
	struct tls_client_hello *inner; /* ECH, opened; it may be rejected */
	struct bytes hello[TLS_HELLO_NUM]; /* bodies; empty: not whole */
	struct prelude prelude;	      /* its bytes are in the arena */
	struct tls_anomaly *anomalies; /* LIMIT_TLS_ANOMALIES, once any */
	size_t num_anomalies;
	uint32_t anomalies_left_out;
};

/* NULL without memory; freed with tls_handshake_free(). */
struct tls_handshake *tls_handshake_new(enum tls_carrier carrier,
					struct stamp begin);
void tls_handshake_free(struct tls_handshake *hs);
/* What it takes now, in bytes; 0 for NULL. */
size_t tls_handshake_memory(const struct tls_handshake *hs);
void tls_anomaly_add(struct tls_handshake *hs, enum tls_side side,
		     const char *code, uint64_t offset);

/* Has the handshake anything worth telling? (a hello, a certificate) */
bool tls_handshake_says(const struct tls_handshake *hs);
/* The hello that counts: the inner one where ECH was accepted and opened. */
const struct tls_client_hello *tls_hello(const struct tls_handshake *hs);
/* The negotiated version; 0 without a ServerHello. */
uint16_t tls_negotiated(const struct tls_handshake *hs);

enum tls_visibility {
	TLS_CLEARTEXT,
	TLS_DECRYPTED,
	TLS_ABSENT,
	TLS_HIDDEN,
};

enum tls_absent {
	TLS_ABSENT_NOT,
	TLS_ABSENT_RESUMED,
	TLS_ABSENT_ANONYMOUS,
	TLS_ABSENT_PSK,
	TLS_ABSENT_NOT_X509,
	TLS_ABSENT_REFUSED,
};

/* Could the server's certificate be seen, and why not (CONTRACT.md). */
struct tls_sight {
	enum tls_visibility visibility;
	enum tls_absent absent;
	enum tls_hidden hidden;
	bool resumed;
	bool established;
};
void tls_handshake_sight(const struct tls_handshake *hs,
			 struct tls_sight *out);

enum tls_verdict {
	TLS_UNKNOWN,
	TLS_ACCEPTED,
	TLS_REJECTED,
	TLS_ABANDONED,
	TLS_SERVER_REFUSED,
};

enum tls_evidence {
	TLS_EVIDENCE_NONE,
	TLS_APPLICATION_DATA_SEEN,
	TLS_PLAINTEXT_ALERT,
	TLS_ENCRYPTED_ALERT,
	TLS_QUIC_CLOSE,
	TLS_CLOSED_WITHOUT_DATA,
	TLS_CLOSED_BEFORE_FINISHED,
	TLS_SERVER_ALERT,
	TLS_SERVER_CLOSED,
	TLS_EVIDENCE_NUM
};

struct tls_reaction {
	enum tls_verdict verdict;
	enum tls_evidence evidence;
	bool inferred;
};

/* Did both sides exchange data, so that nothing more is to be waited for? */
bool tls_handshake_settled(const struct tls_handshake *hs);

/* What the client did with the certificate (CONTRACT.md's table). */
void tls_handshake_reaction(const struct tls_handshake *hs,
			    struct tls_reaction *out);

#endif
