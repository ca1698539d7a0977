/*
 * held.h: certificates that a table holds, with the bytes they cost.
 *
 * A table bounded by number alone is not bounded: a certificate may have 64 KiB
 * or more, and a server chooses. Who is over its bytes lets the oldest go. What
 * several hold, or a worker's cache as well, is counted for each: rather too
 * much than too little. One thread only.
 */
#ifndef CERT_HELD_H
#define CERT_HELD_H

#include "cert/cert.h"

struct cert_held {
	size_t bytes, max;
};

/* A counted reference, to be given back with cert_let_go(). */
struct cert *cert_hold(struct cert_held *h, struct cert *c);
void cert_let_go(struct cert_held *h, struct cert *c); /* NULL is fine */
bool cert_held_over(const struct cert_held *h);

#endif
