/*
 * config.h: the configuration file (CONTRACT.md, wirecert.conf(5)): read,
 * checked, and then constant.
 *
 * A file that is not right costs one line (file, line, what, what would be
 * right) and gives nothing. Everything in it is bounded: LIMIT_CONFIG_*. What
 * is handed out lives as long as the struct config.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "app/options.h"
#include "base/arena.h"
#include "decode/decode.h"
#include "judge/gateways.h"

#define CONFIG_ERROR_TEXT 640
#define CONFIG_MAX_ROWS	  64

struct config_output {
	const char *name;
	struct sink_options sink;
	bool has_events;
};

struct config {
	struct arena arena;
	const char *path;
	struct options set; /* what [sensor] says, as if on the command line */
	const char *filter;
	struct policy policy;
	bool own_given;
	struct policy_gateway *gateways; /* the policy's, being made */
	struct policy_except *excepts;
	struct policy_severity *severities;
	struct decode_config decode; /* [tunnels] */
	struct knowledge_options knowledge;
	struct config_output outputs[MAX_OUTPUTS];
	size_t num_outputs;
	uint64_t digest[CONFIG_MAX_ROWS]; /* of all values, by row */
};

/* What a row is given: one value of its key. */
struct config_value {
	struct config *config;
	const char *title; /* [gateway "title"] */
	const char *key;   /* as in the file */
	const char *text;  /* lives as long as the config */
	void *object;	   /* the gateway, exception, output of this section */
	char *why;	   /* what would be right; CONFIG_WHY bytes */
};
#define CONFIG_WHY 256

enum {
	CONFIG_MANY = 1,    /* may be given again: the values add up */
	CONFIG_RESTART = 2, /* a reload does not change it */
	CONFIG_MISSING = 4, /* this version does not have it */
};

struct config_row {
	const char *section, *key; /* key NULL: any, the row checks it */
	const char *type, *help;   /* for people, and wirecert.conf(5) */
	unsigned flags;
	bool (*apply)(struct config_value *v);
};

extern const struct config_row config_rows[];
extern const size_t num_config_rows;

/* A section that needs a title, and what it begins and has to have at its
 * end; title NULL: it has none. */
struct config_section {
	const char *name, *title;
	void *(*begin)(struct config *c, const char *title, char *why);
	bool (*end)(const struct config *c, const void *object, char *why);
};

extern const struct config_section config_sections[];
extern const size_t num_config_sections;

/* NULL and a line in err (CONFIG_ERROR_TEXT) where it is not right. */
struct config *config_read(const char *path, char *err);
/* The same from memory; path is only named. */
struct config *config_parse(struct bytes text, const char *path, char *err);
void config_free(struct config *c);

/* Fills in what the command line did not say; the config has to outlive o. */
void config_fill(const struct config *c, struct options *o);
/* Names the keys whose values differ but need a restart; "" for none. */
void config_differs(const struct config *a, const struct config *b, char *out,
		    size_t size);

/* config_value.c: texts of values; false: it is none, *why says what is. */
bool config_duration(const char *text, int64_t *seconds, char *why);
bool config_size(const char *text, uint64_t *bytes, char *why);
bool config_day(const char *text, struct stamp *out, char *why);
bool config_sha256(const char *text, uint8_t out[static 32], char *why);
bool config_bool(const char *text, bool *out, char *why);
/* The next member of a list (commas and blanks part them), in the arena; NULL
 * at its end. */
const char *config_member(struct arena *a, const char **text);
/* The word of the list that is most alike, NULL if none is. */
const char *config_nearest(const char *word, const char *const *words,
			   size_t num);

#endif
