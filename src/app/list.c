/* list.c: see list.h. A row a column; the same rows for all three forms. */
#include "app/list.h"

#include "app/config.h"
#include "base/json.h"
#include "ledger/store.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DAY 86400

enum kind {
	KIND_TEXT,
	KIND_LINES, /* several texts, a line each */
	KIND_CODES, /* several texts, with commas */
	KIND_COUNT,
	KIND_YES,
	KIND_TIME,
	KIND_LEFT,     /* of a time: days until then */
	KIND_ENDPOINT, /* this cell and the next one */
};

enum { IN_TABLE = 1, IN_DATA = 2, IN_ALL = 3 };

struct column {
	const char *key, *head;
	enum kind kind;
	int cell;
	unsigned forms;
};

static const struct column certificates[] = {
	{ "not_after", "ENDS", KIND_TIME, 0, IN_ALL },
	{ "days_left", "LEFT", KIND_LEFT, 0, IN_ALL },
	{ "name", "NAME", KIND_TEXT, 1, IN_ALL },
	{ NULL, "ENDPOINT", KIND_ENDPOINT, 2, IN_TABLE },
	{ "address", NULL, KIND_TEXT, 2, IN_DATA },
	{ "port", NULL, KIND_COUNT, 3, IN_DATA },
	{ NULL, "CLIENT", KIND_TEXT, 14, IN_TABLE },
	{ "subject", NULL, KIND_TEXT, 4, IN_DATA },
	{ "issuer", NULL, KIND_TEXT, 5, IN_DATA },
	{ "names", NULL, KIND_LINES, 6, IN_DATA },
	{ "key", NULL, KIND_TEXT, 7, IN_DATA },
	{ "not_before", NULL, KIND_TIME, 8, IN_DATA },
	{ "sha256", NULL, KIND_TEXT, 9, IN_DATA },
	{ "first_seen", NULL, KIND_TIME, 10, IN_DATA },
	{ "last_seen", "SEEN", KIND_TIME, 11, IN_ALL },
	{ "handshakes", "TIMES", KIND_COUNT, 12, IN_ALL },
	{ NULL, "ISSUER", KIND_TEXT, 5, IN_TABLE },
	{ "findings", "FINDINGS", KIND_CODES, 13, IN_ALL },
	{ "client", NULL, KIND_TEXT, 14, IN_DATA }, /* presented it */
	{ NULL, NULL, KIND_TEXT, 0, 0 },
};

static const struct column names[] = {
	{ "name", "NAME", KIND_TEXT, 0, IN_ALL },
	{ "own", "OURS", KIND_YES, 1, IN_ALL },
	{ "handshakes", "TIMES", KIND_COUNT, 2, IN_ALL },
	{ "judged", "JUDGED", KIND_COUNT, 3, IN_ALL },
	{ "hidden", "HIDDEN", KIND_COUNT, 4, IN_ALL },
	{ "absent", "ABSENT", KIND_COUNT, 5, IN_ALL },
	{ "certificates", "CERTS", KIND_COUNT, 6, IN_ALL },
	{ "not_after", "FIRST ENDS", KIND_TIME, 7, IN_ALL },
	{ "first_seen", NULL, KIND_TIME, 8, IN_DATA },
	{ "last_seen", "SEEN", KIND_TIME, 9, IN_ALL },
	{ NULL, NULL, KIND_TEXT, 0, 0 },
};

struct list {
	const struct column *columns;
	enum store_list which;
	int64_t before; /* INT64_MAX: all */
	bool json, csv;
	const char *state, *config;
	int64_t now;
	struct buf line, text;
	size_t width[STORE_COLUMNS + 4];
	bool measure; /* no line yet, only widths */
	size_t rows;
};

static void put_time(struct buf *out, int64_t sec, bool short_form)
{
	char t[STAMP_TEXT];

	stamp_format_short(sec, t);
	if (short_form)
		t[10] = '\0'; /* the day */
	buf_add_str(out, t);
}

static int64_t days_left(const struct list *l, int64_t sec)
{
	int64_t left = sec - l->now;

	return left >= 0 ? left / DAY : -((-left + DAY - 1) / DAY);
}

static void put_endpoint(struct buf *out, const struct store_cell *c)
{
	bool six = memchr(c->text.p, ':', c->text.len) != NULL;

	buf_add_str(out, six ? "[" : "");
	jw_escape(out, c->text);
	buf_printf(out, "%s:%lld", six ? "]" : "", (long long)c[1].number);
}

/* What stands in the table or in a field of the CSV; nothing from the wire
 * reaches a terminal unescaped. */
static void put_text(const struct list *l, const struct column *col,
		     const struct store_cell *cells, struct buf *out)
{
	const struct store_cell *c = &cells[col->cell];

	if (!c->known) {
		buf_add_str(out, l->csv ? "" : "-");
		return;
	}
	if (col->kind == KIND_TIME)
		put_time(out, c->number, !l->csv);
	else if (col->kind == KIND_LEFT)
		buf_printf(out, "%lld", (long long)days_left(l, c->number));
	else if (col->kind == KIND_COUNT)
		buf_printf(out, "%lld", (long long)c->number);
	else if (col->kind == KIND_YES)
		buf_add_str(out, c->number ? "yes" : "no");
	else if (col->kind == KIND_ENDPOINT)
		put_endpoint(out, c);
	else if (c->text.len && col->kind == KIND_LINES)
		buf_add(out, c->text.p, c->text.len);
	else if (c->text.len)
		jw_escape(out, c->text);
	else
		buf_add_str(out, l->csv ? "" : "-");
}

static size_t columns_of(const struct list *l, unsigned form,
			 const struct column *out[static STORE_COLUMNS + 4])
{
	size_t n = 0;

	for (const struct column *c = l->columns; c->forms; c++)
		if (c->forms & form)
			out[n++] = c;
	return n;
}

static void pad(struct buf *out, size_t len, size_t width)
{
	for (; len < width + 2; len++)
		buf_add_char(out, ' ');
}

static void table_row(struct list *l, const struct store_cell *cells)
{
	const struct column *col[STORE_COLUMNS + 4];
	size_t num = columns_of(l, IN_TABLE, col);

	for (size_t i = 0; i < num; i++) {
		size_t width = l->width[i] < 48 ? l->width[i] : 48;

		buf_reset(&l->text);
		if (cells)
			put_text(l, col[i], cells, &l->text);
		else
			buf_add_str(&l->text, col[i]->head);
		if (l->measure && l->text.len > l->width[i])
			l->width[i] = l->text.len;
		buf_add(&l->line, l->text.p, l->text.len);
		if (i + 1 < num)
			pad(&l->line, l->text.len, width);
	}
}

/* RFC 4180: quoted where it has to be. */
static void csv_field(struct buf *out, struct bytes text)
{
	bool quote = false;

	for (size_t i = 0; i < text.len; i++)
		quote |= strchr(",\"\r\n", text.p[i]) != NULL;
	if (quote)
		buf_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, (char)text.p[i]);
	}
	if (quote)
		buf_add_char(out, '"');
}

static void csv_row(struct list *l, const struct store_cell *cells)
{
	const struct column *col[STORE_COLUMNS + 4];
	size_t num = columns_of(l, IN_DATA, col);

	for (size_t i = 0; i < num; i++) {
		buf_reset(&l->text);
		if (cells)
			put_text(l, col[i], cells, &l->text);
		else
			buf_add_str(&l->text, col[i]->key);
		if (i)
			buf_add_char(&l->line, ',');
		csv_field(&l->line, buf_bytes(&l->text));
	}
	buf_add_char(&l->line, '\r');
}

static void json_list(struct json *j, const char *key, struct bytes text,
		      char end)
{
	jw_array(j, key);
	while (text.len) {
		const uint8_t *p = memchr(text.p, end, text.len);
		size_t n = p ? (size_t)(p - text.p) : text.len;

		jw_text(j, NULL, bytes_head(text, n), 0);
		text = bytes_tail(text, n + 1);
	}
	jw_end(j);
}

static void json_row(struct list *l, const struct store_cell *cells)
{
	char t[STAMP_TEXT];
	struct json j;

	jw_init(&j, &l->line);
	jw_object(&j, NULL);
	for (const struct column *col = l->columns; col->forms; col++) {
		const struct store_cell *c = &cells[col->cell];

		if (!(col->forms & IN_DATA))
			continue;
		if (col->kind == KIND_CODES || col->kind == KIND_LINES) {
			json_list(&j, col->key, c->text,
				  col->kind == KIND_CODES ? ',' : '\n');
		} else if (!c->known) {
			continue; /* absent, not null (CONTRACT.md) */
		} else if (col->kind == KIND_TIME) {
			stamp_format_sec(c->number, t);
			jw_str(&j, col->key, t);
		} else if (col->kind == KIND_LEFT) {
			jw_int(&j, col->key, days_left(l, c->number));
		} else if (col->kind == KIND_COUNT) {
			jw_int(&j, col->key, c->number);
		} else if (col->kind == KIND_YES) {
			jw_bool(&j, col->key, c->number);
		} else {
			jw_text(&j, col->key, c->text, 0);
		}
	}
	jw_end(&j);
}

static void row(void *arg, const struct store_cell *cells)
{
	struct list *l = arg;

	buf_reset(&l->line);
	if (l->json)
		json_row(l, cells);
	else if (l->csv)
		csv_row(l, cells);
	else
		table_row(l, cells);
	buf_add_char(&l->line, '\n');
	if (l->measure)
		return;
	l->rows += cells != NULL;
	(void)fwrite(l->line.p, 1, l->line.len, stdout);
}

static bool run(struct list *l, struct store *s)
{
	if (!l->json && !l->csv) {
		l->measure = true;
		row(l, NULL);
		if (!store_list(s, l->which, l->before, row, l))
			return false;
		l->measure = false;
	}
	if (!l->json)
		row(l, NULL); /* the heads */
	if (!store_list(s, l->which, l->before, row, l))
		return false;
	if (!l->rows && !l->json && !l->csv)
		fprintf(stderr, "wirecert: nothing is known%s\n",
			l->before != INT64_MAX ? " to end before then"
					       : " yet");
	return true;
}

int list_printed(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "wirecert: standard output: %s\n", strerror(errno));
	return EXIT_INPUT;
}

static void print_help(void)
{
	printf("wirecert inventory: what a sensor keeps in its state "
	       "directory\n\n"
	       "usage: wirecert inventory (--state DIR | -c FILE) [options]\n\n"
	       "     --state DIR       the directory\n"
	       " -c, --config FILE     the one of this configuration\n"
	       "     --names           the names that were asked for, "
	       "instead of\n"
	       "                       endpoints and what they show\n"
	       "     --expiring DAYS   only what ends within so many "
	       "days, or has\n"
	       "                       ended\n"
	       "     --json            a JSON object a line\n"
	       "     --csv             RFC 4180, with a line of heads\n"
	       "     --help            this text\n");
}

static bool read_days(struct list *l, const char *text)
{
	char *end;
	long days = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || days > 36500) {
		fprintf(stderr, "wirecert: --expiring %s: it takes a number of "
				"days, at most 36500\n", text);
		return false;
	}
	l->before = l->now + days * DAY;
	return true;
}

#define LONG 256 /* tells --json from -j, which is none */

static const struct option longs[] = {
	{ "state", required_argument, NULL, LONG + 's' },
	{ "config", required_argument, NULL, LONG + 'c' },
	{ "names", no_argument, NULL, LONG + 'n' },
	{ "expiring", required_argument, NULL, LONG + 'e' },
	{ "json", no_argument, NULL, LONG + 'j' },
	{ "csv", no_argument, NULL, LONG + 'v' },
	{ "help", no_argument, NULL, LONG + 'h' },
	{ NULL, 0, NULL, 0 },
};

static void refuse_option(int c, const char *word)
{
	char letter[] = { '-', (char)optopt, '\0' };

	if (c == ':')
		fprintf(stderr, "wirecert: %s: needs a value\n", word);
	else if (optopt >= LONG)
		fprintf(stderr, "wirecert: %s: it takes no value\n", word);
	else
		fprintf(stderr, "wirecert: %s: inventory has no such option "
				"(--help lists them)\n",
			optopt ? letter : word);
}

/* False: *status is what to end with. */
static bool read_option(struct list *l, int c, char **argv, int *status)
{
	if (c == 's') {
		l->state = optarg;
	} else if (c == 'c') {
		l->config = optarg;
	} else if (c == 'n') {
		l->which = STORE_NAMES;
		l->columns = names;
	} else if (c == 'j') {
		l->json = true;
	} else if (c == 'v') {
		l->csv = true;
	} else if (c == 'h') {
		print_help();
		*status = EXIT_DONE;
		return false;
	} else if (c == 'e') {
		return read_days(l, optarg);
	} else {
		refuse_option(c, argv[optind - 1]);
		return false;
	}
	return true;
}

static const char *refusal(const struct list *l, int argc)
{
	if (optind < argc)
		return "inventory takes options only (--help lists them)";
	if (l->json && l->csv)
		return "--json and --csv: one of them";
	if (l->which == STORE_NAMES && l->before != INT64_MAX)
		return "--names and --expiring: one of them";
	if (!l->state && !l->config)
		return "inventory: say where it is, with --state DIR, or with "
		       "-c FILE that has [state] directory";
	return NULL;
}

static int show(struct list *l, const char *dir)
{
	char err[STORE_ERROR_TEXT];
	struct store *s = store_open_read(dir, err);
	bool ok;

	if (!s) {
		fprintf(stderr, "wirecert: %s\n", err);
		return EXIT_INPUT;
	}
	buf_init(&l->line, LIMIT_EVENT_BYTES);
	buf_init(&l->text, LIMIT_EVENT_BYTES);
	ok = run(l, s);
	if (!ok && *store_error(s))
		fprintf(stderr, "wirecert: %s: %s\n", dir, store_error(s));
	buf_fini(&l->line);
	buf_fini(&l->text);
	store_close(s);
	return list_printed(ok ? EXIT_DONE : EXIT_INPUT);
}

int list_inventory(int argc, char **argv)
{
	struct list l = { .columns = certificates, .before = INT64_MAX,
			  .now = (int64_t)time(NULL) };
	char err[CONFIG_ERROR_TEXT];
	struct config *c = NULL;
	int got, status = EXIT_USAGE;
	const char *why;

	opterr = 0;
	while ((got = getopt_long(argc, argv, "+:c:", longs, NULL)) != -1)
		if (!read_option(&l, got % LONG, argv, &status))
			return list_printed(status);
	why = refusal(&l, argc);
	if (!why && !l.state) {
		c = config_read(l.config, err);
		if (!c)
			why = err;
		else if (!(l.state = c->set.state))
			why = "the configuration has no [state] directory";
	}
	if (why)
		fprintf(stderr, "wirecert: %s\n", why);
	else
		status = show(&l, l.state);
	config_free(c);
	return status;
}
