/*
 * gateways.h: what is known about gateways and about the certificates that
 * servers show when they have none for a name.
 *
 * Data, read from share/gateways.json and share/fallback-certificates.json by
 * knowledge.c and constant afterwards; looking something up allocates nothing.
 */
#ifndef JUDGE_GATEWAYS_H
#define JUDGE_GATEWAYS_H

#include "judge/evidence.h"

/*
 * A name, label by label from the right: "*" is any one label ("*" within one:
 * any characters of it), "{word}" any label, which texts can name; "**", only
 * at the left end, one label or more.
 */
struct pattern {
	const char *text;
	const char *const *label; /* the last one first */
	size_t num;
	/* of the second label where it is plain: to tell most names apart
	 * quickly; 0: it may be anything */
	size_t second_len;
	char second_first;
};

/* May custom names point here? */
enum gateway_target {
	TARGET_OTHER, /* it depends, or has nothing to do with it */
	TARGET_RIGHT,
	TARGET_WRONG, /* it serves no custom names at all */
};

struct gateway_name {
	struct pattern pattern;
	const char *role; /* "custom_domain", "default_endpoint" ... */
	const char *renews; /* who renews what it shows: "acm", "provider" */
	enum gateway_target target;
	const char *cause, *fix; /* where the target is wrong */
};

struct gateway {
	const char *id, *provider, *name, *url;
	const struct gateway_name *names;
	size_t num_names;
};

enum fallback_field {
	FIELD_SUBJECT, /* globs over the distinguished names' texts ... */
	FIELD_ISSUER,
	FIELD_SUBJECT_CN, /* ... and over single attributes */
	FIELD_SUBJECT_O,
	FIELD_SUBJECT_OU,
	FIELD_SUBJECT_L,
	FIELD_ISSUER_CN,
	FIELD_ISSUER_O,
	FIELD_ISSUER_OU,
	FIELD_NUM
};

struct globs {
	const char *const *glob;
	size_t num;
};

struct patterns {
	const struct pattern *pattern;
	size_t num;
};

/* Everything that is given must hold; of a list, one member. */
struct fallback {
	const char *id, *provider, *who, *cause, *means, *fix, *url;
	struct globs field[FIELD_NUM];
	struct patterns san;	 /* here "*" is the wildcard itself */
	struct patterns own;	 /* names that it is rightly shown for */
	bool self_issued, no_san, only_cn, san_is_cn, not_ca;
	int min_days, max_days;  /* of its life; 0: any */
};

struct knowledge {
	struct arena arena;
	const struct gateway *gateways;
	const struct fallback *fallbacks;
	size_t num_gateways, num_fallbacks;
	/* a bit for each second label that a gateway's name has, by its length
	 * and ends; any_second: one may have whatever it likes */
	uint64_t seconds[4];
	bool any_second;
	uint8_t (*weak_keys)[10]; /* blocklist.h */
	size_t num_weak_keys;
};

/* Of a file, and of all that is made of them. */
#define KNOWLEDGE_MEMORY (4u << 20)

/* Files that the configuration names: they come before the one that comes with
 * the program, whose rows with the same ids they replace; "none" leaves that
 * one out. */
struct knowledge_files {
	const char *path[LIMIT_KNOWLEDGE_FILES];
	size_t num;
};

struct knowledge_options {
	const char *const *dirs; /* num_dirs 0: the usual ones */
	size_t num_dirs;
	struct knowledge_files gateways, fallbacks, weak_keys;
};

/*
 * Reads both files from the first of the folders that has them (the source
 * tree's share, then where it is installed) and those of the configuration; o
 * may be NULL. NULL and one line in err (file, line, what, what would be right)
 * if one is not there or not right.
 */
struct knowledge *knowledge_load(const struct knowledge_options *o, char *err,
				 size_t err_len);
void knowledge_free(struct knowledge *k);

/* Fills what makes gateway_find() quick; once, when the rows are there. */
void gateways_index(struct knowledge *k);
/* *word: what the first "{word}" stands for, if there is one. */
bool pattern_match(const struct pattern *p, struct bytes name,
		   struct bytes *word);

struct gateway_hit {
	const struct gateway *gateway;
	const struct gateway_name *name;
	struct bytes word; /* of the pattern's {word}: the region, mostly */
};

/* The first pattern that the name fits; false: no known gateway's. */
bool gateway_find(const struct knowledge *k, struct bytes name,
		  struct gateway_hit *out);
/* The first name of the DNS chain behind the one asked for that is a known
 * gateway's; *at: its place. False also where the name asked for is one. */
bool gateway_of_chain(const struct evidence *ev, struct gateway_hit *out,
		      size_t *at);
/* Fills gateway_name, provider and role from the DNS chain, the name asked
 * for, or the leaf's names. */
void gateway_complete(struct evidence *ev);

struct fallback_hit {
	const struct fallback *fallback;
	struct bytes name; /* the SAN that told it, or empty */
	struct bytes word;
};

/* Is this certificate one that is shown for want of another? */
bool fallback_find(const struct knowledge *k, const struct cert *c,
		   struct fallback_hit *out);
/* ... and is it wrongly shown for this name? */
bool fallback_is_foreign(const struct fallback *f, struct bytes name);

/* Text with {name} (the reference), {target}, {word} filled in. */
const char *gateway_text(struct arena *a, const char *text,
			 struct bytes name, struct bytes target,
			 struct bytes word);

#endif
