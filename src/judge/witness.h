/*
 * witness.h: what is kept of a judged handshake, so that its certificate can be
 * judged again later, or its finding told again after a restart.
 *
 * A few hundred bytes beside the leaf, which is shared: the ends, the name, what
 * was seen and what the client did. Bytes for a file and back; those that are
 * read are input like any other.
 */
#ifndef JUDGE_WITNESS_H
#define JUDGE_WITNESS_H

#include "base/buf.h"
#include "judge/judgement.h"

/* A name that was stated, longer ones are cut; the bytes of one witness. */
#define WITNESS_NAME  255
#define WITNESS_BYTES 1024

struct witness {
	struct cert *leaf; /* counted; NULL: none was seen */
	bool client;	   /* it is the client's (mutual TLS) */
	struct endpoint source, destination;
	struct stamp time, shown; /* its first packet; when it was judged */
	uint8_t transport, carrier, client_dir;
	uint16_t version, suite;
	uint8_t visibility, absent, hidden, verdict, evidence;
	uint8_t name_source, unjudged;
	bool resumed, established, inferred, opportunistic, not_meant, carried;
	bool trusted; /* its chain led to an authority */
	bool muted;   /* of a gateway whose findings are switched off */
	/* seconds: before its leaf does, a member of its chain ends then, and
	 * no path around it lasts longer; 0: none does */
	int64_t chain_until;
	uint8_t handshake_id[16];
	uint8_t name_len;
	uint8_t name[WITNESS_NAME];
	uint8_t target_len; /* where DNS led to, as the name says it */
	uint8_t target[WITNESS_NAME];
};

/* The leaf is counted once more, to be given back by witness_fini(). */
void witness_of(const struct judgement *j, struct witness *out);
/* The same of the client's certificate, where it is to be judged; false: there
 * is none. */
bool witness_of_client(const struct judgement *j, struct witness *out);
/* Of the certificate that findings by this key are about. */
void witness_of_key(const struct judgement *j, enum check_key key,
		    struct witness *out);
void witness_fini(struct witness *w);
/* Appends it without the leaf. */
void witness_write(const struct witness *w, struct buf *out);
/* False: no witness. The leaf is NULL. */
bool witness_read(struct bytes b, struct witness *out);
/* A judgement of it that holds no findings; NULL without memory. */
struct judgement *witness_judgement(const struct witness *w,
				    const struct policy *policy);
/* Judges what comes with time alone, as of then. NULL without memory. */
struct judgement *witness_again(const struct witness *w,
				const struct policy *policy, struct stamp then);

#endif
