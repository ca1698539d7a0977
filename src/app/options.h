/*
 * options.h: the command line (CONTRACT.md), read into one struct.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "judge/evidence.h"
#include "ledger/ledger.h"
#include "sensor/pools.h"

#define MAX_INPUTS  64
#define MAX_OUTPUTS 16

struct config;

enum { /* exit statuses */
	EXIT_DONE = 0,
	EXIT_FAIL_ON = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,
};

struct options {
	const char *interfaces[MAX_INPUTS], *files[MAX_INPUTS];
	size_t num_interfaces, num_files;
	const char *keylogs[MAX_INPUTS], *trust[MAX_INPUTS];
	size_t num_keylogs, num_trust;
	const char *output, *format_word, *events_word, *config, *inner_filter;
	const char *report, *evidence;
	enum format format;
	bool format_given, events_given;
	unsigned datasets;
	unsigned workers;
	int snaplen;
	size_t buffer;
	bool no_promiscuous, follow, merge;
	bool now_given, now_fixed;
	struct stamp now;
	bool fail_on_given;
	enum severity fail_on;
	bool list_interfaces, list_findings, check_config, schema;
	char *filter; /* joined from the rest of the line; owned */
	/* by the configuration file only */
	const struct config *settings; /* NULL: there is none */
	const char *name;
	struct sink_options sinks[MAX_OUTPUTS]; /* instead of output */
	size_t num_sinks;
	uint64_t memory; /* bytes for all; 0: the limits are all there is */
	struct sensor_pools pools; /* made of it */
	const char *state; /* NULL: nothing outlives this run */
	int64_t retention; /* seconds */
};

enum options_result {
	OPTIONS_OK,
	OPTIONS_DONE,  /* --help or --version was answered */
	OPTIONS_WRONG, /* one line went to standard error */
};

/* What the command line says, and nothing else. */
enum options_result options_read(int argc, char **argv, struct options *o);
/* options_filter.c: the filter of the command line, made of so many words; it
 * is freed by options_fini(). */
enum options_result options_filter(struct options *o, int num, char **words);
/* One option by its long name; false: *why says what it takes. The value is
 * borrowed. */
bool options_take(struct options *o, const char *name, const char *value,
		  const char **why);
/* Fills in the defaults, and checks that there is something to do. */
enum options_result options_complete(struct options *o);
void options_fini(struct options *o);

/* https://no-color.org: not where NO_COLOR is set to anything. */
bool options_wants_colour(void);

#endif
