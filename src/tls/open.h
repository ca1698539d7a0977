/*
 * open.h: opening the handshake records of TLS 1.3 over TCP with secrets that
 * were given (RFC 8446 5.2).
 *
 * Only the two handshake secrets are asked for, so that content stays closed.
 * Records wait for keys that come late, LIMIT_TLS_SEALED_BYTES of a flow for
 * LIMIT_TLS_SEALED_WAIT; what gives up is counted. Keys are wiped once a side's
 * Finished was read.
 */
#ifndef TLS_OPEN_H
#define TLS_OPEN_H

#include "crypt/keyring.h"
#include "tls/handshake.h"

/* What the sessions of one worker share; not thread-safe. */
struct tls_keys;

struct tls_keys_counters {
	uint64_t opened;    /* handshakes of which a record was opened */
	uint64_t failed;    /* secrets that open nothing */
	uint64_t no_secret; /* gave up waiting for one */
	uint64_t too_long;  /* flights of which not all was kept */
	uint64_t memory;    /* records that found no room for all flows' */
	uint64_t held;	    /* bytes kept now */
};

/* ring is borrowed. NULL without memory. */
struct tls_keys *tls_keys_new(const struct keyring *ring);
void tls_keys_free(struct tls_keys *k);
const struct tls_keys_counters *tls_keys_counters(const struct tls_keys *k);
/* Were any given to the sensor? */
bool tls_keys_given(const struct tls_keys *k);

struct tls_open;

/* One a handshake; NULL without memory. */
struct tls_open *tls_open_new(struct tls_keys *k);
void tls_open_free(struct tls_open *o);

/* A record of application data begins; its body follows in pieces. */
void tls_open_begin(struct tls_open *o, struct tls_handshake *hs, uint8_t dir,
		    const uint8_t header[static 5], uint64_t offset);
void tls_open_bytes(struct tls_open *o, uint8_t dir, struct bytes b);
/* It ends; index: its number among the sealed ones of its direction. */
void tls_open_end(struct tls_open *o, uint8_t dir, struct stamp time,
		  uint32_t index);
/* Bytes of that direction are lost. */
void tls_open_gap(struct tls_open *o, uint8_t dir);

/*
 * Opens what can be opened by now. *ended: the time of a fatal alert that it
 * found, where it found one (true).
 */
bool tls_open_try(struct tls_open *o, struct tls_handshake *hs,
		  struct stamp *ended);
/* Is the handshake worth holding back for a secret that may still come? */
bool tls_open_waits(const struct tls_open *o, const struct tls_handshake *hs,
		    struct stamp now);
/* Are records being opened, with a Finished still to come? */
bool tls_open_busy(const struct tls_open *o);
/* Waited long enough, whatever it is for? Then it is to be finished. */
bool tls_open_overdue(const struct tls_open *o, const struct tls_handshake *hs,
		      struct stamp now);
/* Nothing more is waited for: tells what is cut and what was not found. */
void tls_open_finish(struct tls_open *o, struct tls_handshake *hs);
size_t tls_open_memory(const struct tls_open *o);

#endif
