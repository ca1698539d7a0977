/*
 * store.h: what outlives a restart: one SQLite file in the state directory.
 *
 * Rows in, rows out; what they mean is known to state.c and inventory.c. What is
 * put is only noted (store_notes.h), and written in one transaction by
 * store_commit(), which may run beside those who put: WAL without a sync each,
 * so that a killed process loses what was not committed, a machine without power
 * maybe some seconds more. A file that is damaged, foreign or newer is set aside with
 * one line on standard error, and a new one begun; an older one is migrated.
 * Without SQLite (store_none.c) none can be opened.
 */
#ifndef LEDGER_STORE_H
#define LEDGER_STORE_H

#include "base/addr.h"
#include "base/bytes.h"
#include "base/stamp.h"

#define STORE_ERROR_TEXT 512

struct store;

struct store_counters {
	uint64_t commits, failed, aside; /* the last two: commits and files */
	uint64_t expired, crowded_out; /* rows beyond retention, beyond limit */
};

/* A certificate; count is added to what was there. */
struct store_cert {
	struct bytes sha256, der;
	const char *subject, *issuer, *key;
	const char *names; /* a line each */
	int64_t not_before, not_after; /* seconds */
	struct stamp first, last;
	uint64_t count;
};

/* A name that clients asked for, in lower case; the numbers are added. */
struct store_name {
	const char *name;
	bool own; /* was shown there with a certificate for it */
	struct stamp first, last;
	uint64_t handshakes, judged, hidden, absent;
};

/* What an endpoint showed for a name ("": none was stated); without sha256 its
 * handshakes showed none. count is added. */
struct store_shown {
	const char *name;
	struct endpoint where;
	struct bytes sha256;
	struct stamp first, last;
	uint64_t count;
	struct bytes witness; /* of the last handshake */
	struct bytes der;     /* when read */
	const struct addr *client; /* presented(): who showed it there */
};

struct store_finding {
	const char *id, *code;
	int64_t severity, action; /* told last */
	bool inferred, told, resolved;
	int64_t repeats;
	struct stamp last_told, first, last;
	int64_t count, num_clients, num_rejected;
	struct bytes clients; /* 17 bytes each: family, address */
	const char *because;
	/* what it is told by */
	const char *name;
	struct bytes sha256, witness, der; /* der: when read */
	const char *message, *reason, *cause, *fix, *verify, *url;
	const char *evidence; /* its file's name */
	bool pending; /* told, but maybe not written yet */
};

/* NULL and a line in err: the directory, or another sensor that uses it. */
struct store *store_open(const char *dir, char *err);
/* For looking only, also while a sensor writes. */
struct store *store_open_read(const char *dir, char *err);
void store_close(struct store *s);
/* Is there one in this build? */
extern const bool store_is_built_in;

enum store_result {
	STORE_OK,
	STORE_FAILED, /* what was put since the last commit is lost */
	STORE_ANEW,   /* the same, and the file is a new one */
};
/* Everything put until now is what store_commit() writes next; not while that
 * is at it. False: there is nothing to write. */
bool store_gather(struct store *s);
/* May take long. Nothing else may be called meanwhile, but what puts. */
enum store_result store_commit(struct store *s);
/* Another thread than that which puts is to commit: then what is put between
 * two commits is bounded, too. So many 1024ths of LIMIT_STATE_NOTES. */
void store_beside(struct store *s, unsigned parts);
size_t store_memory(const struct store *s);

void store_put_cert(struct store *s, const struct store_cert *c);
void store_put_name(struct store *s, const struct store_name *n);
void store_put_shown(struct store *s, const struct store_shown *w);
/* The same of a client's certificate, presented there. */
void store_put_presented(struct store *s, const struct store_shown *w);
/* All of it; or its numbers only, of one that is there. */
void store_put_finding(struct store *s, const struct store_finding *f);
void store_put_life(struct store *s, const struct store_finding *f);
/* All that was told is written. */
void store_settle(struct store *s);
/* A place (by any key) has an open finding, or has it no longer. */
void store_put_place(struct store *s, struct bytes key, const char *finding);
void store_drop_place(struct store *s, struct bytes key, const char *finding);
/* A handshake of a finding was counted. */
void store_put_counted(struct store *s, struct bytes key);
/* Rows last seen before this go, and those beyond LIMIT_STATE_ROWS. */
void store_purge(struct store *s, struct stamp before);

/* What is there, each from the least recently seen on; false: damaged, and a
 * new file was begun. */
struct store_reader {
	void *arg;
	void (*finding)(void *arg, const struct store_finding *f);
	void (*place)(void *arg, struct bytes key, const char *finding);
	void (*counted)(void *arg, struct bytes key);
	void (*own_name)(void *arg, const char *name);
	void (*shown)(void *arg, const struct store_shown *w);
	void (*presented)(void *arg, const struct store_shown *w);
};
bool store_read(struct store *s, const struct store_reader *r);
/* When anything was seen last. */
struct stamp store_newest(struct store *s);

/* The lists of "wirecert inventory", in columns. */
enum store_list {
	STORE_CERTIFICATES, /* endpoints and what they show */
	STORE_NAMES,
};
struct store_cell {
	bool known;
	int64_t number; /* times are seconds */
	struct bytes text;
};
#define STORE_COLUMNS 16
/* before: seconds; only what ends before it. False: it cannot be read. */
bool store_list(struct store *s, enum store_list list, int64_t before,
		void (*row)(void *arg, const struct store_cell *cells),
		void *arg);
const char *store_error(const struct store *s);
void store_count(const struct store *s, struct store_counters *out);

#endif
