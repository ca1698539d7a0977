/*
 * config.c: see config.h. libinih parts the lines; as it is built by
 * distributions it cuts lines at 200 bytes and titles at 50, ends a line at a
 * NUL and tells no line number. So every line is looked at before it gets it:
 * sections are read here, and what it would cut is refused.
 */
#include "app/config.h"

#include "base/hash.h"
#include "base/reader.h"

#include <ctype.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct parse {
	struct config *c;
	struct bytes left; /* of the file */
	unsigned line;
	bool failed;
	char *err;
	const struct config_section *section; /* NULL: none yet */
	const char *title;
	void *object;
	unsigned section_line;
	unsigned seen[CONFIG_MAX_ROWS]; /* line of the key, in this section */
};

static bool refuse(struct parse *p, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The first refusal counts; always false. */
static bool refuse(struct parse *p, unsigned line, const char *fmt, ...)
{
	va_list args;
	int n;

	if (p->failed)
		return false;
	p->failed = true;
	n = snprintf(p->err, CONFIG_ERROR_TEXT, "%.200s:%u: ", p->c->path,
		     line);
	va_start(args, fmt);
	vsnprintf(p->err + n, CONFIG_ERROR_TEXT - (size_t)n, fmt, args);
	va_end(args);
	return false;
}

/* "[gateway "NAME"]", cut to what a line of a terminal holds */
static const char *section_text(const struct parse *p, char out[160])
{
	if (p->title)
		snprintf(out, 160, "[%s \"%.80s\"]", p->section->name,
			 p->title);
	else
		snprintf(out, 160, "[%s]", p->section->name);
	return out;
}

/* A section is over: has it what it needs? */
static bool end_section(struct parse *p)
{
	char why[CONFIG_WHY], text[160];

	if (!p->section || !p->section->end ||
	    p->section->end(p->c, p->object, why))
		return true;
	return refuse(p, p->section_line, "%s: it needs %s",
		      section_text(p, text), why);
}

static const struct config_section *find_section(struct bytes name)
{
	for (size_t i = 0; i < num_config_sections; i++)
		if (bytes_is(name, config_sections[i].name))
			return &config_sections[i];
	return NULL;
}

static bool unknown_section(struct parse *p, struct bytes name)
{
	const char *words[CONFIG_MAX_ROWS], *near;
	char word[64];

	for (size_t i = 0; i < num_config_sections; i++)
		words[i] = config_sections[i].name;
	snprintf(word, sizeof word, "%.*s", (int)bytes_head(name, 60).len,
		 (const char *)name.p);
	near = config_nearest(word, words, num_config_sections);
	if (!near)
		near = words[0];
	return refuse(p, p->line, "[%s]: no such section; the nearest is [%s]",
		      word, near);
}

static bool begin_section(struct parse *p, struct bytes name,
			  const char *title)
{
	const struct config_section *s = find_section(name);
	char why[CONFIG_WHY] = "", text[160];

	if (!s)
		return unknown_section(p, name);
	if (s->title && (!title || !*title))
		return refuse(p, p->line,
			      "[%s]: it needs a title, like [%s \"%s\"]",
			      s->name, s->name, s->title);
	if (!s->title && title)
		return refuse(p, p->line, "[%s \"...\"]: it takes no title, "
					  "[%s] is right", s->name, s->name);
	p->section = s;
	p->title = title;
	p->section_line = p->line;
	p->object = NULL;
	if (!s->begin)
		return true;
	/* another gateway has its own keys */
	for (size_t i = 0; i < num_config_rows; i++)
		if (!strcmp(config_rows[i].section, s->name))
			p->seen[i] = 0;
	p->object = s->begin(p->c, title, why);
	if (p->object)
		return true;
	return refuse(p, p->line, "%s: one too many: %s",
		      section_text(p, text), why);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct reader *r)
{
	while (rd_more(r) && is_blank(rd_peek8(r)))
		rd_skip(r, 1);
}

/* [word] or [word "title"], and maybe a comment behind it. */
static bool read_section(struct parse *p, struct bytes line)
{
	static const char like[] = "a section is written [word] or "
				   "[word \"title\"]";
	struct reader r = rd_whole(bytes_tail(line, 1));
	struct bytes name = rd_left(&r);
	const char *title = NULL;
	size_t n = 0;

	while (n < name.len && (isalnum(name.p[n]) || name.p[n] == '_'))
		n++;
	name = rd_bytes(&r, n);
	skip_blanks(&r);
	if (rd_more(&r) && rd_peek8(&r) == '"') {
		struct bytes rest = bytes_tail(rd_left(&r), 1);
		const uint8_t *end = rest.len ? memchr(rest.p, '"', rest.len)
					      : NULL;

		if (!end)
			return refuse(p, p->line, "%s", like);
		n = (size_t)(end - rest.p);
		if (n > LIMIT_CONFIG_TITLE)
			return refuse(p, p->line, "the title is too long: at "
						  "most %d bytes",
				      LIMIT_CONFIG_TITLE);
		title = arena_str(&p->c->arena, bytes_head(rest, n));
		rd_skip(&r, n + 2);
		skip_blanks(&r);
	}
	if (!rd_more(&r) || rd_u8(&r) != ']')
		return refuse(p, p->line, "%s", like);
	skip_blanks(&r);
	if (rd_more(&r) && rd_peek8(&r) != ';' && rd_peek8(&r) != '#')
		return refuse(p, p->line, "%s", like);
	return end_section(p) && begin_section(p, name, title);
}

static bool is_utf8(struct bytes b)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	struct reader r = rd_whole(b);

	while (rd_more(&r)) {
		uint8_t first = rd_u8(&r);
		int more = first >= 0xf0   ? 3
			   : first >= 0xe0 ? 2
					   : first >= 0xc0;
		uint32_t c = more ? first & (0x3fu >> more) : first;

		if ((first >= 0x80 && first < 0xc2) || first > 0xf4)
			return false;
		for (int i = 0; i < more; i++) {
			uint8_t next = rd_u8(&r);

			if ((next & 0xc0) != 0x80)
				return false; /* also where it ended */
			c = c << 6 | (next & 0x3f);
		}
		if (c < least[more] || c > 0x10ffff ||
		    (c >= 0xd800 && c < 0xe000))
			return false;
	}
	return true;
}

static bool check_bytes(struct parse *p, struct bytes line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((line.p[i] < ' ' && !is_blank(line.p[i])) ||
		    line.p[i] == 0x7f)
			return refuse(p, p->line,
				      "byte 0x%02x: control characters have no "
				      "place in a configuration",
				      line.p[i]);
	if (!is_utf8(line))
		return refuse(p, p->line, "not UTF-8: save the file as UTF-8");
	return true;
}

/* The next line of the file, without its end and the blanks around it. */
static bool next_line(struct parse *p, struct bytes *out)
{
	const uint8_t *end;
	struct bytes line = p->left;

	if (p->failed || !line.len)
		return false;
	end = memchr(line.p, '\n', line.len);
	if (end)
		line.len = (size_t)(end - line.p);
	p->left = bytes_tail(p->left, line.len + 1);
	p->line++;
	if (!check_bytes(p, line))
		return false;
	while (line.len && is_blank(line.p[0]))
		line = bytes_tail(line, 1);
	while (line.len && is_blank(line.p[line.len - 1]))
		line.len--;
	*out = line;
	return true;
}

/* An ini_reader: gives every line, even an empty one, so that libinih counts
 * as we do; size has room for the line, a newline and a NUL. */
static char *give_line(char *out, int size, void *arg)
{
	struct parse *p = arg;
	struct bytes line;

	if (!next_line(p, &line))
		return NULL;
	if (line.len && (line.p[0] == ';' || line.p[0] == '#'))
		line.len = 0;
	if (line.len && line.p[0] == '[') {
		if (!read_section(p, line))
			return NULL;
		line.len = 0; /* libinih need not know */
	}
	if (line.len + 3 > (size_t)size) {
		refuse(p, p->line,
		       "a line of %zu bytes, at most %d are read: a list may "
		       "go on by giving its key again",
		       line.len, size - 3);
		return NULL;
	}
	snprintf(out, (size_t)size, "%.*s\n", (int)line.len,
		 line.len ? (const char *)line.p : "");
	return out;
}

/* The section of a key, or NULL. */
static const char *section_with(const char *key)
{
	for (size_t i = 0; i < num_config_rows; i++)
		if (config_rows[i].key && !strcmp(config_rows[i].key, key))
			return config_rows[i].section;
	return NULL;
}

/* The nearest one here, and the section that has it. */
static bool unknown_key(struct parse *p, const char *key)
{
	const char *words[CONFIG_MAX_ROWS] = { NULL }, *near;
	const char *other = section_with(key);
	char text[160];
	size_t num = 0;

	for (size_t i = 0; i < num_config_rows; i++)
		if (config_rows[i].key &&
		    !strcmp(config_rows[i].section, p->section->name))
			words[num++] = config_rows[i].key;
	near = config_nearest(key, words, num);
	if (other && !near)
		return refuse(p, p->line, "%s: no such key in %s; [%s] has it",
			      key, section_text(p, text), other);
	if (other)
		return refuse(p, p->line,
			      "%s: no such key in %s; the nearest is %s, and "
			      "[%s] has it",
			      key, section_text(p, text), near, other);
	if (!near)
		near = words[0];
	return refuse(p, p->line,
		      "%.60s: no such key in %s; the nearest is %s", key,
		      section_text(p, text), near);
}

static size_t find_row(const struct parse *p, const char *key)
{
	for (size_t i = 0; i < num_config_rows; i++)
		if (!strcmp(config_rows[i].section, p->section->name) &&
		    (!config_rows[i].key || !strcmp(config_rows[i].key, key)))
			return i;
	return num_config_rows;
}

static void note_digest(struct parse *p, size_t row, const char *value)
{
	static const struct hash_key key = { 0x636f6e66, 0x6967 };
	uint64_t *d = &p->c->digest[row];

	if (p->title)
		*d = hash_u64(&key, *d, hash_bytes(&key, bytes_str(p->title)));
	*d = hash_u64(&key, *d, hash_bytes(&key, bytes_str(value)));
}

static bool apply(struct parse *p, size_t at, const char *key,
		  struct bytes text)
{
	const struct config_row *row = &config_rows[at];
	char why[CONFIG_WHY] = "";
	struct config_value v = {
		.config = p->c,
		.title = p->title,
		.key = arena_str(&p->c->arena, bytes_str(key)),
		.text = arena_str(&p->c->arena, text),
		.object = p->object,
		.why = why,
	};

	if (!v.key || !v.text)
		return refuse(p, p->line, "too much: it does not fit into "
					  "memory");
	if (!row->apply(&v))
		return refuse(p, p->line, "%s = %.80s: it takes %s", key,
			      v.text, why);
	note_digest(p, at, v.text);
	return true;
}

/* Quotes keep a " #" (not a " ;", which libinih takes for a comment). */
static struct bytes unquote(struct bytes text, bool *quoted)
{
	*quoted = text.len > 1 && text.p[0] == '"' &&
		  text.p[text.len - 1] == '"';
	return *quoted ? bytes_head(bytes_tail(text, 1), text.len - 2) : text;
}

static const char no_line[] = "neither [section] nor key = value";

/* An ini_handler. */
static int take(void *arg, const char *section, const char *key,
		const char *value)
{
	struct parse *p = arg;
	struct bytes text;
	char where[160];
	bool quoted;
	size_t at;

	(void)section;
	if (p->failed)
		return 0;
	if (!*key)
		return refuse(p, p->line, "%s", no_line);
	if (!p->section)
		return refuse(p, p->line,
			      "%.60s: it stands in no section; [sensor] or "
			      "another one has to come first",
			      key);
	at = find_row(p, key);
	if (at == num_config_rows)
		return unknown_key(p, key);
	if (config_rows[at].flags & CONFIG_MISSING)
		return refuse(p, p->line,
			      "%s: this version does not have it yet; take it "
			      "out of %s",
			      key, section_text(p, where));
	if (config_rows[at].key && p->seen[at] &&
	    !(config_rows[at].flags & CONFIG_MANY))
		return refuse(p, p->line,
			      "%s: it stands in line %u already, and has one "
			      "value only",
			      key, p->seen[at]);
	p->seen[at] = p->line;
	text = unquote(bytes_str(value), &quoted);
	if (!quoted && value[0] == '"')
		return refuse(p, p->line,
			      "%s: the quotes are not closed (a \" ;\" begins "
			      "a comment even inside of them)",
			      key);
	/* nothing, or a list of nothing */
	if (strspn((const char *)text.p, ", \t") >= text.len)
		return refuse(p, p->line, "%s: it needs a value (%s)", key,
			      config_rows[at].type);
	if (!quoted && strstr(value, " #"))
		return refuse(p, p->line,
			      "%s: a comment behind a value begins with "
			      "\" ;\"; put the value into quotes if \" #\" is "
			      "part of it",
			      key);
	return apply(p, at, key, text);
}

static struct config *config_new(const char *path)
{
	struct config *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	arena_init(&c->arena, LIMIT_CONFIG_MEMORY);
	c->path = arena_str(&c->arena, bytes_str(path));
	policy_init(&c->policy);
	if (c->path)
		return c;
	config_free(c);
	return NULL;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	arena_fini(&c->arena);
	free(c);
}

struct config *config_parse(struct bytes text, const char *path, char *err)
{
	struct parse p = { .c = config_new(path), .left = text, .err = err };
	int bad;

	if (!p.c) {
		snprintf(err, CONFIG_ERROR_TEXT, "out of memory");
		return NULL;
	}
	if (text.len > 2 && !memcmp(text.p, "\xef\xbb\xbf", 3))
		p.left = bytes_tail(text, 3);
	bad = ini_parse_stream(give_line, &p, take, &p);
	/* what libinih could not part: the first such line */
	if (bad > 0 && (!p.failed || (unsigned)bad < p.line)) {
		p.failed = false;
		refuse(&p, (unsigned)bad, "%s", no_line);
	} else if (bad < 0) {
		refuse(&p, p.line, "out of memory");
	}
	if (!p.failed && end_section(&p))
		return p.c;
	config_free(p.c);
	return NULL;
}
