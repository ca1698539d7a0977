/*
 * dns.h: which names lead to which addresses, as answers said it: to each
 * client that asked, and to anyone.
 *
 * Only answers to questions that were seen count as known; what came unasked
 * is a hint: it may explain, never accuse. Of an answer only the records count
 * that follow from its question over its own CNAMEs, so nothing can be slipped
 * in beside it. Bounded (LIMIT_KNOW_DNS of each kind), least recently used
 * first; what was evicted is counted. Pure: time is an argument.
 */
#ifndef KNOW_DNS_H
#define KNOW_DNS_H

#include "base/arena.h"
#include "base/limits.h"
#include "dns/message.h"

struct know_dns;

struct know_dns_counters {
	uint64_t answers;  /* of questions that were seen */
	uint64_t hints;	   /* answers whose question was not */
	uint64_t negative; /* answers without an address or alias */
	uint64_t bad;	   /* messages that cannot be read */
	uint64_t left_out; /* records beyond LIMIT_DNS_RECORDS */
	uint64_t cut;	   /* aliases beyond LIMIT_DNS_CHAIN, not followed */
	uint64_t crowded;  /* names beyond LIMIT_DNS_NAMES of an address */
};

struct know_dns *know_dns_new(void);
void know_dns_free(struct know_dns *k);

/* An answer, given to client (multicast: to nobody in particular). */
void know_dns_take(struct know_dns *k, const struct dns_message *m,
		   const struct addr *client);

/* The way from a name to an address. */
struct know_dns_chain {
	const char *name[LIMIT_DNS_CHAIN]; /* the first is the one asked for */
	size_t num; /* 0: no way is known */
	bool own;   /* all of it was answered to this client's questions */
};

/*
 * Over every alias from name to the one that has the address, first as this
 * client was told, then as anyone was. Strings go to the arena.
 */
void know_dns_chain(struct know_dns *k, const struct addr *client,
		    struct bytes name, const struct addr *address,
		    struct stamp now, struct arena *a,
		    struct know_dns_chain *out);
/* The one live name under which this client knows the address; empty where it
 * knows none or several. Borrowed until the next call that changes k. */
struct bytes know_dns_name(struct know_dns *k, const struct addr *client,
			   const struct addr *address, struct stamp now);

/* A certificate for the name was seen behind this DNS target: it is right. */
void know_dns_served(struct know_dns *k, struct bytes name,
		     const char *target);
bool know_dns_is_served(struct know_dns *k, struct bytes name,
			const char *target);

const struct know_dns_counters *know_dns_counters(const struct know_dns *k);
/* Before anything is known: so many 1024ths of what it may keep, and bytes of
 * names. */
void know_dns_share(struct know_dns *k, unsigned parts, size_t text);
/* Bytes that it takes now; full: that it may come to take. */
size_t know_dns_memory(const struct know_dns *k, bool full);
uint64_t know_dns_evicted(const struct know_dns *k);

#endif
