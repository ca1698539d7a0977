/* open_parts.h: inside of open.h: keeping (open.c), opening (open_record.c). */
#ifndef TLS_OPEN_PARTS_H
#define TLS_OPEN_PARTS_H

#include "base/buf.h"
#include "crypt/aead.h"
#include "tls/open.h"

/* A record that was kept; its body is in open_half.bodies. */
struct open_record {
	uint8_t header[5];
	uint32_t len, index;
	uint64_t offset;
	struct stamp time;
};

enum open_state {
	OPEN_NO_KEY,
	OPEN_KEY,
	OPEN_DONE, /* Finished was read, or nothing more can be */
};

struct open_half {
	enum open_state state;
	bool in_record; /* one is being kept */
	bool lost;	/* a record is missing: no later one can be opened */
	bool opened;	/* one was */
	struct buf bodies, records; /* records: struct open_record each */
	struct open_record now;	    /* the one being kept ... */
	size_t begun;		    /* ... where it begins in bodies */
	struct stamp first;	    /* end of the first one kept */
	/* the key of this direction */
	enum aead aead;
	bool no_aad;
	uint8_t key[AEAD_KEY_MAX], iv[AEAD_NONCE];
	uint64_t seq;
	unsigned tried; /* records that did not open before the first did */
	/* messages: opened, not whole yet */
	struct buf messages;
	uint64_t message_offset;
	struct stamp message_time;
};

struct tls_keys {
	const struct keyring *ring;
	struct tls_keys_counters counters;
	uint8_t scratch[LIMIT_TLS_RECORD];
};

struct tls_open {
	struct tls_keys *keys;
	struct open_half half[2]; /* by direction */
	uint64_t generation;	  /* of the keyring, when last looked at */
	bool looked;
	bool given_up, told_long, counted;
	bool alerted, told_alert;
	struct stamp alert_time;
};

/* open_record.c: the key of a side from its secret; false: it is none. */
bool open_key(struct open_half *h, const struct tls_handshake *hs,
	      struct bytes secret);
void open_key_wipe(struct open_half *h);
/* Opens one record of that direction. */
void open_record(struct tls_open *o, struct tls_handshake *hs, uint8_t dir,
		 const struct open_record *r, struct bytes body);
/* A message that is not whole is read as far as it goes. */
void open_cut(struct tls_open *o, struct tls_handshake *hs, uint8_t dir);
/* open.c: frees what is kept of a direction, and ends it. */
void open_half_end(struct tls_open *o, struct open_half *h);

#endif
