/* main.c: reads the command line and runs what it asks for. */
#include "app/config.h"
#include "app/heap.h"
#include "app/list.h"
#include "app/run.h"
#include "app/trust.h"
#include "capture/source.h"
#include "judge/check.h"
#include "ledger/store.h"

#include <stdio.h>

static int list_findings(void)
{
	for (size_t i = 0; i < num_checks; i++)
		printf("%-24s %-28s %-20s %s\n", checks[i]->code,
		       checks[i]->severity, checks[i]->reference,
		       checks[i]->title);
	return list_printed(EXIT_DONE);
}

static int list_interfaces(void)
{
	static char text[65536];

	if (!source_interfaces(text, sizeof text)) {
		fprintf(stderr, "wirecert: the interfaces cannot be listed\n");
		return EXIT_INPUT;
	}
	fputs(text, stdout);
	return list_printed(EXIT_DONE);
}

/* The plain one depends on the link type of what it is applied to: one that
 * some link type takes may be right. */
static bool check_filters(const struct options *o)
{
	char err[SOURCE_ERROR_TEXT];
	struct source_filter *f;

	if (o->filter && !source_filter_check(o->filter, err)) {
		fprintf(stderr, "wirecert: %s\n", err);
		return false;
	}
	if (!o->inner_filter)
		return true;
	f = source_filter_new(o->inner_filter, err);
	if (!f)
		fprintf(stderr, "wirecert: inner_filter: %s\n", err);
	else
		source_filter_free(f);
	return f;
}

/* Only read, to be told what is wrong in the files that it is from. */
static bool check_knowledge(const struct options *o)
{
	char err[CONFIG_ERROR_TEXT];
	struct knowledge *k = knowledge_load(
		o->settings ? &o->settings->knowledge : NULL, err, sizeof err);

	if (!k)
		fprintf(stderr, "wirecert: %s\n", err);
	knowledge_free(k);
	return k;
}

static bool check_trust(const struct options *o)
{
	char err[SOURCE_ERROR_TEXT];
	struct chain_store *s = NULL;
	bool good = trust_open(o, &s, err);

	if (!good)
		fprintf(stderr, "wirecert: %s\n", err);
	chain_store_free(s);
	return good;
}

static bool check_state(const struct options *o)
{
	if (!o->state || store_is_built_in)
		return true;
	fprintf(stderr, "wirecert: %s: [state] directory: this wirecert was "
			"built without SQLite, take it out\n",
		o->config);
	return false;
}

static bool share_memory(struct options *o)
{
	uint64_t least;

	if (!o->memory ||
	    sensor_pools_share(o->memory, o->workers, o->num_keylogs,
			       o->evidence, &o->pools, &least))
		return true;
	fprintf(stderr, "wirecert: %s: [sensor] memory_limit: too little for "
			"%u worker%s: %lluM at least\n",
		o->config, o->workers, o->workers == 1 ? "" : "s",
		(unsigned long long)(least + 0xfffff) >> 20);
	return false;
}

static int run(struct options *o)
{
	if (options_complete(o) != OPTIONS_OK)
		return EXIT_USAGE;
	if (o->list_findings)
		return list_findings();
	if (o->list_interfaces)
		return list_interfaces();
	if (!check_state(o) || !share_memory(o))
		return EXIT_USAGE;
	if (o->check_config)
		return check_filters(o) && check_knowledge(o) && check_trust(o)
			       ? EXIT_DONE
			       : EXIT_USAGE;
	return o->num_files ? run_replay(o) : run_live(o);
}

int main(int argc, char **argv)
{
	char err[CONFIG_ERROR_TEXT];
	struct config *c = NULL;
	int status = EXIT_USAGE;
	struct options o;

	heap_prepare();
	if (argc > 1 && !strcmp(argv[1], "inventory"))
		return list_inventory(argc - 1, argv + 1);
	switch (options_read(argc, argv, &o)) {
	case OPTIONS_DONE:
		return list_printed(EXIT_DONE);
	case OPTIONS_WRONG:
		break;
	case OPTIONS_OK:
		c = o.config ? config_read(o.config, err) : NULL;
		if (c)
			config_fill(c, &o);
		if (o.config && !c)
			fprintf(stderr, "wirecert: %s\n", err);
		else
			status = run(&o);
		break;
	}
	options_fini(&o);
	config_free(c);
	return status;
}
