/*
 * evidence.h: what a judge is given: an observation, completed by what is known
 * across flows, and the policy. All const; a judge reads nothing else.
 */
#ifndef JUDGE_EVIDENCE_H
#define JUDGE_EVIDENCE_H

#include "base/arena.h"
#include "cert/chain.h"
#include "cert/match.h"
#include "cert/staple.h"
#include "know/fleet.h"
#include "know/observation.h"
#include "know/unseen.h"

enum severity {
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
};

extern const char *const severity_words[];   /* "info", "low" ... */
extern const int severity_numbers[];	     /* 10, 21, 47, 73 */
/* False where the word is none. */
bool severity_parse(const char *word, enum severity *out);

struct knowledge; /* judge/gateways.h */

/* A list of the configuration; its texts are globs but where named. */
struct policy_list {
	const char *text[LIMIT_POLICY_LIST];
	size_t num;
};

struct policy_networks {
	struct network network[LIMIT_POLICY_LIST];
	size_t num;
};

/* [severity]: what findings of a code weigh, or that they are not told. */
struct policy_severity {
	const struct policy_severity *next;
	const char *code; /* glob */
	bool off;
	enum severity severity;
};

/* [gateway]: known by a name that was asked for, or by its address. */
struct policy_gateway {
	const struct policy_gateway *next;
	const char *name, *provider, *owner;
	struct policy_list names, issuers;
	struct policy_networks networks;
	bool off, limited; /* its findings: not told; at most so severe */
	enum severity severity;
};

/* [except]: of what is given, everything has to hold; of a list, one. */
struct policy_except {
	const struct policy_except *next;
	const char *why;
	struct policy_list codes, names, issuers;
	struct policy_networks networks; /* of the client or the server */
	uint8_t certificates[LIMIT_POLICY_LIST][32]; /* leaves' SHA-256 */
	size_t num_certificates;
	bool has_until;
	struct stamp until;
};

struct policy {
	/* cert.expiring: seconds before the end; and the parts of the lifetime
	 * (1/4, 1/10) that bound them */
	int64_t expiring, expiring_high;
	int64_t mixed_after; /* cert.mixed: seconds since the newer one */
	int64_t resolve_after, repeat_every; /* seconds, for the ledger */
	struct network own[LIMIT_POLICY_OWN];
	size_t num_own;
	const char *own_names[LIMIT_POLICY_OWN]; /* globs */
	size_t num_own_names;
	bool now_fixed; /* --now TIME */
	struct stamp now;
	/* in the order of the file; the first one that fits */
	const struct policy_gateway *gateways;
	const struct policy_except *excepts;
	const struct policy_severity *severities;
	const struct knowledge *knowledge; /* NULL: nothing is known */
};

void policy_init(struct policy *p); /* CONTRACT.md's defaults */
bool policy_is_own(const struct policy *p, const struct addr *a);
bool policy_is_own_name(const struct policy *p, struct bytes name);
/* Shell-like glob over a DNS name, case folded: * and ? */
bool policy_glob(const char *glob, struct bytes name);

enum name_source {
	NAME_NONE,
	NAME_SNI,
	NAME_CONNECT,
	NAME_PROXY,
	NAME_DNS,
};
extern const char *const name_source_words[];

enum name_unjudged {
	NAME_JUDGED,
	NAME_NO_NAME,
	NAME_ECH,
	NAME_HIDDEN,
	NAME_NOT_DNS_IDENTITY,
	NAME_NOT_MEANT, /* WebRTC, ACME challenges: pinned or special */
};
extern const char *const name_unjudged_words[];

struct name_evidence {
	struct bytes reference; /* as stated, without a trailing dot */
	enum name_source source;
	enum name_unjudged unjudged;
	struct match match; /* counts when unjudged is NAME_JUDGED */
	bool address_listed; /* no name, but the server's address is a SAN */
};

/* One name of a DNS answer chain, as asked or pointed to. */
struct evidence {
	const struct observation *obs;
	const struct policy *policy;
	const struct cert *leaf;   /* the server's; NULL when not seen */
	const struct cert *client_leaf;
	struct stamp at;	   /* when the leaf is judged */
	bool clock_known;	   /* at is a plausible time */
	struct name_evidence name;
	bool own_name; /* a server of ours has a certificate with the name */
	bool stranger;		   /* outside client, inside server, not ours */
	bool opportunistic;	   /* STARTTLS that nobody insists on */
	bool not_meant;		   /* WebRTC, acme-tls/1, Tor: no name, no
				    * chain */
	struct chain_result chain;
	struct staple staple;
	bool catch_all;		   /* the leaf was shown for many names that it
				    * does not have: a portal, a proxy */
	bool completed_other;	   /* a like offer for another name did well */
	struct fleet_news fleet;   /* other certificates of the name */
	struct unseen_news unseen; /* of a certificate that is encrypted */
	bool carried;		   /* leaf is of the session's first handshake */
	bool again; /* no handshake: time has passed since it (witness.h) */
	char carried_from[40];	   /* event id of it */
	/* the names from the one asked for to the one with the address */
	const char *dns_chain[LIMIT_DNS_CHAIN];
	size_t num_dns_chain;
	bool dns_own;	 /* all of it was answered to this client's questions */
	bool dns_served; /* a certificate for the name was seen behind it */
	const char *gateway_name, *gateway_provider, *gateway_role;
	const char *gateway_renews; /* "acm", "provider" */
	/* of a configured gateway */
	const char *gateway_owner;
	bool gateway_off, gateway_limited;
	/* the issuer that it is to have, where the leaf has another */
	const char *gateway_issuer;
	enum severity gateway_severity;
};

/* Looks for a configured gateway, whose texts are copied to the arena: a
 * judgement may outlive its policy. */
void policy_complete(struct evidence *ev, struct arena *a);
/* False: a finding of this code is not to be told here. Else it weighs what
 * the configuration says; true in *settled: nothing may raise it. */
bool policy_settle(const struct evidence *ev, const char *code,
		   enum severity *severity, bool *settled);

#endif
