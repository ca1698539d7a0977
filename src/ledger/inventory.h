/*
 * inventory.h: certificates, names, and who shows what from when to when, on
 * their way into the store: gathered here, written once a commit.
 *
 * Bounded (LIMIT_STATE_CACHE of each kind); what goes earlier is written then,
 * so that nothing is lost.
 */
#ifndef LEDGER_INVENTORY_H
#define LEDGER_INVENTORY_H

#include "judge/judgement.h"
#include "ledger/store.h"

struct inventory;

/* The store is borrowed. NULL without memory. */
struct inventory *inventory_new(struct store *s, uint32_t max);
void inventory_free(struct inventory *in);
void inventory_take(struct inventory *in, const struct judgement *j);
/* Puts what came since into the store's transaction. */
void inventory_write(struct inventory *in);
size_t inventory_memory(const struct inventory *in);
/* The text that a name has in the inventory: lower case, \xNN for what is not
 * printable ASCII. */
#define INVENTORY_NAME 1024
void inventory_name(struct bytes name, char out[static INVENTORY_NAME]);

#endif
