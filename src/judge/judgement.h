/*
 * judgement.h: an observation judged: its evidence and findings, kept together
 * for the events made of them.
 *
 * Counted; the joint thread only.
 */
#ifndef JUDGE_JUDGEMENT_H
#define JUDGE_JUDGEMENT_H

#include "judge/check.h"

#define MAX_FINDINGS 24

struct judgement {
	unsigned refs;
	struct arena arena;
	struct observation *obs; /* counted */
	struct evidence ev;
	size_t num_findings, num_excepted;
	bool worded; /* the findings have their sentences and hints */
	struct cert *carried; /* counted; the session's first certificate */
	struct cert *elsewhere; /* counted; that of ev.unseen */
	char handshake_id[33]; /* hash of both randoms and the index */
	/* from here on only what is counted above is written */
	struct finding findings[MAX_FINDINGS];
	/* found, but switched off by configuration: not over for that */
	const struct check *excepted[MAX_FINDINGS];
};

/*
 * Takes a reference to obs; evidence is filled as far as the observation alone
 * gives it (leaf, times, name from SNI or CONNECT, chain states unjudged); the
 * caller completes it from what is known, then calls judgement_run().
 */
struct judgement *judgement_new(struct observation *obs,
				const struct policy *policy);
struct judgement *judgement_ref(struct judgement *j);
void judgement_unref(struct judgement *j);
/* Bytes that go when it does; what others hold as well is counted, too. */
size_t judgement_memory(const struct judgement *j);
/* Was the ClientHello seen to its end, so that a missing SNI says something? */
bool judgement_hello_whole(const struct tls_handshake *hs);
/* Is it a time that a clock tells? Captures without one begin at 1970. */
bool judgement_clock_known(struct stamp at);
/* Gives the reference name (source DNS or a better one) and matches it. */
void judgement_set_name(struct judgement *j, struct bytes name,
			enum name_source source);
/* The handshake resumes a session that began with this certificate: it is
 * judged by it. */
void judgement_carry(struct judgement *j, struct cert *leaf,
		     const char *handshake_id);
/* What is known of a certificate that cannot be seen. */
void judgement_unseen(struct judgement *j, const struct unseen_news *news);
/* The id that a finding of this code and key has here. */
void judgement_id(const struct judgement *j, const char *code,
		  enum check_key key, char out[static 33]);
/* Runs every check, drops what is silenced or switched off, weighs the rest by
 * the configuration, and makes the ids. */
void judgement_run(struct judgement *j);
/*
 * Gives the findings their words: message, reason, hint. Apart, since a finding
 * is told once and met a million times. Again costs nothing.
 */
void judgement_word(struct judgement *j);

#endif
