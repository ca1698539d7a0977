/* options.c: see options.h. One row an option: its help is made of it, too. */
#include "app/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/version.h"
#include "event/schema.h"
#include "ledger/report.h"

struct option_row {
	char letter; /* 0: long only */
	const char *name, *argument, *help;
	/* false: *why says what would be right */
	bool (*take)(struct options *o, const char *value, const char **why);
};

static bool add(const char **list, size_t *num, const char *value,
		const char **why)
{
	if (*num == MAX_INPUTS) {
		*why = "at most 64 of them";
		return false;
	}
	list[(*num)++] = value;
	return true;
}

static bool take_interface(struct options *o, const char *v, const char **why)
{
	return add(o->interfaces, &o->num_interfaces, v, why);
}

static bool take_read(struct options *o, const char *v, const char **why)
{
	return add(o->files, &o->num_files, v, why);
}

static bool take_keylog(struct options *o, const char *v, const char **why)
{
	return add(o->keylogs, &o->num_keylogs, v, why);
}

static bool take_trust(struct options *o, const char *v, const char **why)
{
	return add(o->trust, &o->num_trust, v, why);
}

static bool take_output(struct options *o, const char *v, const char **why)
{
	(void)why;
	o->output = v;
	return true;
}

static bool take_config(struct options *o, const char *v, const char **why)
{
	(void)why;
	o->config = v;
	return true;
}

static bool take_report(struct options *o, const char *v, const char **why)
{
	enum report_format format;

	*why = "a file whose name ends in .md, .html or .json";
	o->report = v;
	return report_format_of(v, &format);
}

static bool take_evidence(struct options *o, const char *v, const char **why)
{
	(void)why;
	o->evidence = v;
	return true;
}

static bool take_inner(struct options *o, const char *v, const char **why)
{
	(void)why;
	o->inner_filter = v;
	return true;
}

static bool take_format(struct options *o, const char *v, const char **why)
{
	*why = "one of"
#define FORMAT(id, word, render, datasets) " " word
#include "ledger/formats.inc"
#undef FORMAT
		;
	o->format_given = true;
	return format_parse(v, &o->format);
}

static bool take_events(struct options *o, const char *v, const char **why)
{
	o->datasets = 0;
	o->events_given = true;
	do {
		size_t n = strcspn(v, ",");
		int found = -1;

		for (int i = 0; i < DATASET_NUM; i++)
			if (bytes_is(bytes_of(v, n), dataset_words[i]))
				found = i;
		if (found < 0) {
			*why = "a list of finding, certificate, handshake, "
			       "status";
			return false;
		}
		o->datasets |= 1u << found;
		v += n + (v[n] == ',');
	} while (*v);
	return true;
}

static bool number(const char *v, long min, long max, long *out)
{
	char *end;
	long n = strtol(v, &end, 10);

	if (end == v || *end || n < min || n > max)
		return false;
	*out = n;
	return true;
}

static bool take_workers(struct options *o, const char *v, const char **why)
{
	long n;

	*why = "a number from 1 to 64";
	if (!number(v, 1, 64, &n))
		return false;
	o->workers = (unsigned)n;
	return true;
}

static bool take_snaplen(struct options *o, const char *v, const char **why)
{
	long n;

	*why = "bytes, from 64 to 262144";
	if (!number(v, 64, 262144, &n))
		return false;
	o->snaplen = (int)n;
	return true;
}

static bool take_buffer(struct options *o, const char *v, const char **why)
{
	char *end;
	double n = strtod(v, &end);
	double unit = *end == 'K' || *end == 'k'   ? 1024
		      : *end == 'M' || *end == 'm' ? 1048576
		      : *end == 'G' || *end == 'g' ? 1073741824
						   : 1;

	*why = "bytes, with K, M or G; from 64K to 4G";
	/* also "nan", which is not less than anything */
	if (end == v || (unit > 1 ? end[1] : end[0]) || !(n * unit >= 65536) ||
	    n * unit > 4294967296.0)
		return false;
	o->buffer = (size_t)(n * unit);
	return true;
}

static bool take_now(struct options *o, const char *v, const char **why)
{
	*why = "packet, or a time like 2026-11-23T09:00:00Z";
	o->now_given = true;
	o->now_fixed = strcmp(v, "packet") != 0;
	return !o->now_fixed || stamp_parse(v, &o->now);
}

static bool take_fail_on(struct options *o, const char *v, const char **why)
{
	*why = "info, low, medium or high";
	o->fail_on_given = true;
	return severity_parse(v, &o->fail_on);
}

#define FLAG(function, member)                                                 \
	static bool function(struct options *o, const char *v,                 \
			     const char **why)                                 \
	{                                                                      \
		(void)v;                                                       \
		(void)why;                                                     \
		o->member = true;                                              \
		return true;                                                   \
	}
FLAG(take_no_promiscuous, no_promiscuous)
FLAG(take_follow, follow)
FLAG(take_merge, merge)
FLAG(take_list_interfaces, list_interfaces)
FLAG(take_list_findings, list_findings)
FLAG(take_check_config, check_config)

static const struct option_row rows[] = {
	{ 'i', "interface", "SOURCE",
	  "listen on an interface (repeat for more; \"any\"), or\n"
	  "receive a cloud mirror: udp:ADDR:PORT",
	  take_interface },
	{ 'r', "read", "PATH",
	  "replay a capture file, every capture in a folder, or\n"
	  "- for standard input (repeat for more)",
	  take_read },
	{ 'o', "output", "FILE",
	  "write events to FILE (appended, reopened on SIGHUP);\n"
	  "- is standard output, the default",
	  take_output },
	{ 'f', "format", "FORMAT",
	  "ecs (default when not a terminal), text (default on a\n"
	  "terminal), eve, zeek, ocsf",
	  take_format },
	{ 'e', "events", "LIST",
	  "any of finding,certificate,handshake,status; default\n"
	  "finding,certificate,status; eve, zeek and a replay\n"
	  "shown on a terminal add handshake",
	  take_events },
	{ 'k', "keylog", "FILE",
	  "TLS secrets (SSLKEYLOGFILE format), followed while it\n"
	  "grows (repeat for more)",
	  take_keylog },
	{ 't', "trust", "STORE",
	  "FILE, DIR, system or none (repeat for more); default\n"
	  "system where there is one, else none",
	  take_trust },
	{ 'c', "config", "FILE", "configuration file", take_config },
	{ 'w', "workers", "N", "capture workers; default 1", take_workers },
	{ 0, "inner-filter", "EXPR",
	  "BPF applied to what was inside VLAN, MPLS, GRE,\n"
	  "VXLAN, GENEVE ... (the plain filter is applied\n"
	  "outside)",
	  take_inner },
	{ 0, "snaplen", "N", "bytes captured of a packet; default 262144",
	  take_snaplen },
	{ 0, "buffer", "SIZE", "ring of a live capture; default 64M",
	  take_buffer },
	{ 0, "no-promiscuous", NULL, "do not set promiscuous mode",
	  take_no_promiscuous },
	{ 0, "follow", NULL,
	  "go on reading the last input as it grows, or is\nreplaced",
	  take_follow },
	{ 0, "merge", NULL, "several inputs are merged by packet time",
	  take_merge },
	{ 0, "list-interfaces", NULL, "what -i can listen on",
	  take_list_interfaces },
	{ 0, "now", "TIME",
	  "what \"now\" means when judging: packet (default), or\n"
	  "one fixed time; rules every date check",
	  take_now },
	{ 0, "fail-on", "SEVERITY",
	  "exit 1 if a finding of that severity or above was\n"
	  "told",
	  take_fail_on },
	{ 0, "report", "FILE",
	  "after a replay, a report for people (.md, .html or\n"
	  ".json)",
	  take_report },
	{ 0, "evidence", "DIR",
	  "keep each finding's handshake there as a small\n"
	  "capture",
	  take_evidence },
	{ 0, "list-findings", NULL, "the findings, their severity and rule",
	  take_list_findings },
	{ 0, "check-config", NULL, "read the configuration, say if it is right",
	  take_check_config },
	{ 0, "schema", NULL, "the JSON Schema of the events (format ecs)",
	  NULL },
	{ 0, "version", NULL, "version of wirecert and its libraries", NULL },
	{ 0, "help", NULL, "this text", NULL },
};
#define NUM_ROWS (sizeof rows / sizeof *rows)

static void print_help(void)
{
	printf("wirecert: passive TLS certificate sensor\n\n"
	       "usage: wirecert (-i SOURCE | -r PATH)... [options] "
	       "[BPF filter]\n"
	       "       wirecert inventory --help   what a sensor has seen\n\n");
	for (size_t i = 0; i < NUM_ROWS; i++) {
		char left[40], letter[4] = "   ";
		const char *s = rows[i].help;

		if (rows[i].letter)
			snprintf(letter, sizeof letter, "-%c,", rows[i].letter);
		snprintf(left, sizeof left, "%s --%s %s", letter, rows[i].name,
			 rows[i].argument ? rows[i].argument : "");
		printf(" %-26s", left);
		for (; *s; s++) {
			putchar(*s);
			if (*s == '\n')
				printf("%27s", "");
		}
		putchar('\n');
	}
	printf("\nexit status: 0 done; 1 --fail-on was met; 2 wrong usage or "
	       "configuration;\n             3 an input could not be read\n");
}

static enum options_result wrong(const char *fmt, const char *a,
				 const char *b)
{
	fprintf(stderr, "wirecert: ");
	fprintf(stderr, fmt, a, b);
	fputc('\n', stderr);
	return OPTIONS_WRONG;
}

static enum options_result print_schema(void)
{
	struct buf text;

	buf_init(&text, LIMIT_EVENT_BYTES);
	schema_write(&text);
	(void)fwrite(text.p, 1, text.len, stdout);
	buf_fini(&text);
	return OPTIONS_DONE;
}

static enum options_result take_row(struct options *o, size_t row)
{
	const char *why = "";

	if (!strcmp(rows[row].name, "help")) {
		print_help();
		return OPTIONS_DONE;
	}
	if (!strcmp(rows[row].name, "version")) {
		version_print();
		return OPTIONS_DONE;
	}
	if (!strcmp(rows[row].name, "schema"))
		return print_schema();
	if (rows[row].take(o, optarg, &why))
		return OPTIONS_OK;
	fprintf(stderr, "wirecert: --%s %s: it takes %s\n", rows[row].name,
		optarg ? optarg : "", why);
	return OPTIONS_WRONG;
}

bool options_take(struct options *o, const char *name, const char *value,
		  const char **why)
{
	for (size_t i = 0; i < NUM_ROWS; i++)
		if (rows[i].take && rows[i].argument &&
		    !strcmp(rows[i].name, name))
			return rows[i].take(o, value, why);
	*why = "nothing: there is no such option";
	return false;
}

static enum options_result check(const struct options *o)
{
	bool inputs = o->num_files || o->num_interfaces;

	if (o->check_config && !o->config)
		return wrong("--check-config: say which one, with -c FILE%s%s",
			     "", "");
	if (o->list_interfaces || o->list_findings || o->check_config)
		return OPTIONS_OK;
	if (!inputs && o->config)
		return wrong("nothing to read: %s has no interface in "
			     "[sensor], and neither -r FILE nor -i INTERFACE "
			     "was given%s",
			     o->config, "");
	if (!inputs)
		return wrong("nothing to read: give -r FILE to replay a "
			     "capture or -i INTERFACE to listen (--help tells "
			     "more)%s%s",
			     "", "");
	if (o->follow && o->merge)
		return wrong("--follow and --merge cannot be combined: what is "
			     "still to come cannot be put in order%s%s",
			     "", "");
	if (o->num_files && o->num_interfaces)
		return wrong("-r and -i cannot be combined: replay or "
			     "listen%s%s",
			     "", "");
	if ((o->follow || o->merge) && !o->num_files)
		return wrong("--%s: it is for files: give -r PATH, not -i%s",
			     o->follow ? "follow" : "merge", "");
	if (o->report && !o->num_files)
		return wrong("--report %s: it comes after a replay: give -r "
			     "PATH, not -i%s",
			     o->report, "");
	return OPTIONS_OK;
}

static void defaults(struct options *o)
{
	bool terminal;

	if (!o->workers)
		o->workers = 1;
	if (!o->output)
		o->output = "-";
	terminal = !strcmp(o->output, "-") && isatty(STDOUT_FILENO);
	if (!o->format_given)
		o->format = terminal ? FORMAT_TEXT : FORMAT_ECS;
	if (o->events_given)
		return;
	o->datasets = 1u << DATASET_FINDING | 1u << DATASET_CERTIFICATE |
		      1u << DATASET_STATUS | format_rows[o->format].datasets;
	if (terminal && o->num_files)
		o->datasets |= 1u << DATASET_HANDSHAKE;
}

enum options_result options_read(int argc, char **argv, struct options *o)
{
	struct option longs[NUM_ROWS + 1] = { { 0 } };
	char shorts[2 * NUM_ROWS + 4] = "+:";
	size_t n = 2;
	int c, at;

	*o = (struct options){ .workers = 0 };
	for (size_t i = 0; i < NUM_ROWS; i++) {
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument ? required_argument
						    : no_argument,
			.val = 256 + (int)i,
		};
		if (rows[i].letter) {
			shorts[n++] = rows[i].letter;
			shorts[n++] = ':';
		}
	}
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, &at)) != -1) {
		/* argv[optind] where more letters stand behind it */
		char letter[] = { '-', (char)optopt, '\0' };
		size_t row = (size_t)(c - 256);
		enum options_result r;

		if (c == '?' && optopt >= 256)
			return wrong("--%s takes no value%s",
				     rows[optopt - 256].name, "");
		if (c == '?')
			return wrong("%s: no such option (--help lists "
				     "them)%s",
				     optopt ? letter : argv[optind - 1], "");
		if (c == ':')
			return wrong("%s: needs a value%s", argv[optind - 1],
				     "");
		for (size_t i = 0; c < 256 && i < NUM_ROWS; i++)
			if (rows[i].letter == c)
				row = i;
		r = take_row(o, row);
		if (r != OPTIONS_OK)
			return r;
	}
	return options_filter(o, argc - optind, argv + optind);
}

enum options_result options_complete(struct options *o)
{
	defaults(o);
	return check(o);
}

void options_fini(struct options *o)
{
	free(o->filter);
}

bool options_wants_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return !no || !*no;
}
