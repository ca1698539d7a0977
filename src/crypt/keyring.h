/*
 * keyring.h: TLS secrets that were given, by client random (RFC 9850).
 *
 * Only what opens a handshake is kept, never a traffic secret. One thread adds
 * while any number of threads look up. Bounded: the oldest session makes room.
 * The memory is left out of core dumps and wiped when it is given back.
 */
#ifndef CRYPT_KEYRING_H
#define CRYPT_KEYRING_H

#include "base/bytes.h"

enum keyring_label {
	KEYRING_CLIENT_HANDSHAKE, /* CLIENT_HANDSHAKE_TRAFFIC_SECRET */
	KEYRING_SERVER_HANDSHAKE, /* SERVER_HANDSHAKE_TRAFFIC_SECRET */
	KEYRING_ECH_SECRET,	  /* the KEM's shared secret */
	KEYRING_ECH_CONFIG,	  /* the ECHConfig (RFC 9849 4) */
	KEYRING_LABELS
};

/* The longest secret: a KEM's of 64 bytes; configurations may be longer. */
#define KEYRING_SECRET_MAX 64
#define KEYRING_CONFIG_MAX 2000

struct keyring;

struct keyring_counters {
	uint64_t sessions; /* kept now */
	uint64_t added, evicted, refused;
};

/* max_sessions 0: LIMIT_KEYLOG_SESSIONS. NULL without memory. */
struct keyring *keyring_new(uint32_t max_sessions);
void keyring_free(struct keyring *k);
/* A later secret of the same session and label replaces the earlier one. */
bool keyring_add(struct keyring *k, const uint8_t client_random[static 32],
		 enum keyring_label label, struct bytes secret);
/*
 * A copy that is the calling thread's until its next call; keyring_forget()
 * wipes it before.
 */
bool keyring_find(const struct keyring *k,
		  const uint8_t client_random[static 32],
		  enum keyring_label label, struct bytes *secret);
void keyring_forget(void);
/* Goes up with every secret added: nothing new means no need to look. */
uint64_t keyring_generation(const struct keyring *k);
/* Were any keys given? Told once by who has a source of them. */
void keyring_set_given(struct keyring *k);
bool keyring_is_given(const struct keyring *k);
void keyring_counters(const struct keyring *k, struct keyring_counters *out);

#endif
