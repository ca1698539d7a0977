/*
 * waiting.h: rendered events that wait to be written, oldest first, bounded.
 *
 * Beyond the bound the oldest of the least important kind go, and are counted:
 * handshakes first, findings last. An event that is partly written stays until
 * its rest was, so that no reader sees half a line.
 */
#ifndef LEDGER_WAITING_H
#define LEDGER_WAITING_H

#include "event/event.h"

struct waiting {
	struct buf bytes; /* the events, one behind the other */
	struct buf marks; /* a struct each: its length and dataset */
	size_t gone, num_gone; /* at their begin: written, not yet moved out */
	size_t bound;
	size_t sent; /* so much of the first one is written */
	uint64_t taken, dropped[DATASET_NUM];
};

void waiting_init(struct waiting *w, size_t bound);
void waiting_fini(struct waiting *w);
size_t waiting_num(const struct waiting *w);
/* What was rendered into w->bytes since its length was begun is an event; 0
 * bytes are none. Where rendering failed: false, it is counted as dropped. */
void waiting_add(struct waiting *w, size_t begun, enum dataset dataset,
		 bool rendered);
/* The event that was added last becomes the first one. */
void waiting_to_front(struct waiting *w);
/* All of next comes behind what waits; next is empty then. */
void waiting_join(struct waiting *w, struct waiting *next);
/* Bytes that it holds, used or not. */
size_t waiting_memory(const struct waiting *w);
/* What is still to be written: of all, or of the first event alone. */
struct bytes waiting_all(const struct waiting *w);
struct bytes waiting_first(const struct waiting *w);
/* So many bytes of waiting_all() or waiting_first() were written. */
void waiting_sent(struct waiting *w, size_t n);
/* No datagram can hold the first event: it goes, counted. */
void waiting_drop_first(struct waiting *w);
uint64_t waiting_dropped(const struct waiting *w);

#endif
