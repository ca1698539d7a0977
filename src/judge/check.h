/*
 * check.h: one const row per finding code, one file each: check_<word>.c.
 *
 * run() reads const evidence and, where the finding holds, fills severity,
 * confidence, sentence and hint. It neither remembers nor prints. Without an
 * arena it only decides: its words are not read. The manual page,
 * --list-findings and the schema are made from the rows.
 */
#ifndef JUDGE_CHECK_H
#define JUDGE_CHECK_H

#include "base/arena.h"
#include "judge/evidence.h"

enum check_key { /* what identifies a finding (CONTRACT.md) */
	KEY_LEAF,	 /* the server's leaf */
	KEY_NAME_LEAF,	 /* the reference name and the leaf */
	KEY_NAME_ENDPOINT, /* the reference name and the server's endpoint */
	KEY_ENDPOINT,
	KEY_ISSUER,	 /* the issuer on top of the chain */
	KEY_CLIENT_LEAF,
	KEY_NAME_TARGET, /* the name and its DNS target */
};

/* What a client can refuse a certificate for, as far as alerts tell it apart
 * (explain.h). */
enum about {
	ABOUT_DATES = 1 << 0,
	ABOUT_TRUST = 1 << 1, /* its issuer, its chain */
	ABOUT_NAME = 1 << 2,  /* whose it is */
	ABOUT_USE = 1 << 3,   /* its purpose, its form, its algorithms */
	ABOUT_STAPLE = 1 << 4,
	ABOUT_REVOKED = 1 << 5,
	ABOUT_ANY = (1 << 6) - 1,
};

struct client_error;

struct hint {
	const char *cause;  /* a word: "not_renewed", "different_name" */
	const char *fix;    /* what to do, a sentence or two */
	const char *verify; /* a command for a person */
	const char *url;    /* a page that helps here; NULL: the check's */
	const struct client_error *client_errors; /* judge/client_errors.h */
	size_t num_client_errors;
};

struct finding {
	const struct check *check;
	enum severity severity;
	bool inferred;
	bool settled; /* by the configuration: nothing raises it */
	unsigned explains;   /* the check's, but where run() knows better */
	const char *message; /* a sentence a tired person can act on */
	const char *reason;  /* why, in a few words, with the numbers */
	struct hint hint;
	char id[33];	     /* hex: hash of code and key */
};

#define MAX_SILENCES 6

struct check {
	const char *code;
	const char *title;     /* "Server certificate has expired" */
	const char *severity;  /* for people: "high", "medium, then high" */
	const char *reference; /* RFC section or the vendor's page */
	const char *url;       /* a page that helps; may be NULL */
	enum check_key key;
	/* these codes are not told when this one holds, NULL-ended */
	const char *silences[MAX_SILENCES];
	/* enum about: a client's rejection that may be for it is counted here
	 * instead of opening a finding of its own (explainable) */
	unsigned explains;
	bool explainable;
	bool news; /* tells what happened: it has no end */
	bool ages; /* comes with time alone: what is known is judged again */
	/* Could this handshake show it? A server gives some things to clients
	 * only that ask. NULL: any that shows the certificate. */
	bool (*told_by)(const struct evidence *ev);
	/* False: it does not hold. Strings go to the arena (NULL: nobody reads
	 * them) or are static. */
	bool (*run)(const struct evidence *ev, struct arena *arena,
		    struct finding *out);
};

/* told_by: clients that ask for a staple (RFC 6066 8). */
static inline bool check_asks_staple(const struct evidence *ev)
{
	return tls_hello(ev->obs->hs)->status_request;
}

/* Is its code known: in the clear, or opened with keys (it has a level then)? */
static inline bool check_reads_alert(const struct tls_alert *alert)
{
	return alert->seen && (!alert->encrypted || alert->level);
}

extern const struct check *const checks[];
extern const size_t num_checks;

#endif
