/*
 * rows.h: what probe.c and rows.c share: the state of a probe, and asking the
 * rows of the dialects about it.
 */
#ifndef PROBE_ROWS_H
#define PROBE_ROWS_H

#include "probe/probe.h"
#include "probe/side.h"

/* RFC 1035 2.3.4: no name is longer */
#define NAME_MAX_LEN 255

struct probe {
	struct side side[2];
	enum probe_result result;
	uint64_t dead[2]; /* rows that said "not me", by role */
	unsigned layers;
	unsigned limits; /* reached: bits 1 << enum probe_limit */
	bool unlooked;	 /* a head has grown, or ended, since the last look */
	size_t looked;	 /* bytes that rows have read, each one's counted */
	const struct probe_dialect *row; /* the one that found TLS */
	size_t row_at[2];		 /* where it says that TLS begins */
	unsigned role;			 /* the direction of the row's client */
	struct prelude prelude;		 /* its bytes are in these */
	/* of CONNECT and of PROXY; made when there is one: few have any */
	uint8_t (*names)[NAME_MAX_LEN];
};

enum { OF_CONNECT, OF_PROXY, NUM_NAMES };

/* True: something was found, TLS or one layer more. */
bool rows_ask(struct probe *p, unsigned role);
/* Where the chosen row says that this side's TLS is; 0 without one. */
size_t rows_start(struct probe *p, unsigned dir);
/* Those that have not said "not me", as bits. */
uint64_t rows_alive(const struct probe *p, unsigned role);

#endif
