/* schema.c: see schema.h. */
#include "event/schema.h"

#include "base/json.h"
#include "event/event.h"

#include <stdio.h>

/* Rows of one object: they agree on the first prefix bytes of their paths. */
struct span {
	const struct schema_row *at, *end;
	size_t prefix;
	unsigned dataset; /* bit */
};

static size_t part_len(const struct span *s)
{
	return strcspn(s->at->path + s->prefix, ".[");
}

static bool is_told(const struct span *s)
{
	for (const struct schema_row *r = s->at; r < s->end; r++)
		if (r->datasets & s->dataset)
			return true;
	return false;
}

/* Is it in every event, or in every object of its kind? */
static bool is_required(const struct span *s, bool leaf)
{
	for (const struct schema_row *r = s->at; r < s->end; r++)
		if (r->datasets & s->dataset &&
		    (r->presence == SCHEMA_ALWAYS ||
		     (leaf && r->presence == SCHEMA_WITHIN)))
			return true;
	return false;
}

/* The rows of the next member of s, taken off it. */
static struct span take_member(struct span *s)
{
	struct span m = *s;
	size_t len = part_len(s);
	const char *name = s->at->path + s->prefix;

	while (s->at < s->end && part_len(s) == len &&
	       !strncmp(s->at->path + s->prefix, name, len))
		s->at++;
	m.end = s->at;
	return m;
}

static void put_words(struct json *j, const struct schema_row *r)
{
	jw_array(j, "enum");
	for (size_t i = 0; i < r->num_words; i++)
		if (r->words[i] && *r->words[i])
			jw_str(j, NULL, r->words[i]);
	jw_end(j);
}

static void put_codes(struct json *j)
{
	jw_array(j, "enum");
	for (size_t i = 0; i < num_checks; i++)
		jw_str(j, NULL, checks[i]->code);
	jw_end(j);
}

static void put_alerts(struct json *j)
{
	jw_array(j, "enum");
	for (unsigned i = 0; i < 256; i++)
		if (tls_alert_name((uint8_t)i))
			jw_str(j, NULL, tls_alert_name((uint8_t)i));
	jw_end(j);
}

static void put_ip(struct json *j)
{
	jw_array(j, "anyOf");
	jw_object(j, NULL);
	jw_str(j, "format", "ipv4");
	jw_end(j);
	jw_object(j, NULL);
	jw_str(j, "format", "ipv6");
	jw_end(j);
	jw_end(j);
}

static void put_string(struct json *j, const struct schema_row *r)
{
	jw_str(j, "type", "string");
	switch (r->type) {
	case SCHEMA_WORD:
		put_words(j, r);
		break;
	case SCHEMA_CODE:
		put_codes(j);
		break;
	case SCHEMA_ALERT:
		put_alerts(j);
		break;
	case SCHEMA_DATE:
		jw_str(j, "format", "date-time");
		jw_str(j, "pattern", "\\.[0-9]{3,9}Z$");
		break;
	case SCHEMA_IP:
		put_ip(j);
		break;
	case SCHEMA_ID:
		jw_str(j, "pattern", "^[0-9a-f]{32}$");
		break;
	case SCHEMA_HASH:
		jw_str(j, "pattern", "^([0-9A-F]{40}|[0-9A-F]{64})$");
		break;
	default:
		break;
	}
}

static void put_integer(struct json *j, bool may_be_negative)
{
	jw_str(j, "type", "integer");
	if (!may_be_negative)
		jw_int(j, "minimum", 0);
}

static void put_leaf(struct json *j, const struct span *m)
{
	const struct schema_row *r = m->at;

	while (!(r->datasets & m->dataset))
		r++;
	switch (r->type) {
	case SCHEMA_COUNT:
	case SCHEMA_INTEGER:
		put_integer(j, r->type == SCHEMA_INTEGER);
		break;
	case SCHEMA_BOOL:
		jw_str(j, "type", "boolean");
		break;
	default:
		put_string(j, r);
		break;
	}
	jw_str(j, "description", r->what);
}

static void put_object(struct json *j, struct span s);

/* What follows the member's name: nothing, ".more", "[]" or "[].more". */
static void put_value(struct json *j, struct span m)
{
	const char *rest;

	m.prefix += part_len(&m);
	rest = m.at->path + m.prefix;
	if (*rest == '[') {
		jw_str(j, "type", "array");
		jw_object(j, "items");
		m.prefix += 2;
		put_value(j, m);
		jw_end(j);
	} else if (*rest == '.') {
		m.prefix++;
		put_object(j, m);
	} else {
		put_leaf(j, &m);
	}
}

static void put_member(struct json *j, const struct span *m)
{
	char name[64];

	snprintf(name, sizeof name, "%.*s", (int)part_len(m),
		 m->at->path + m->prefix);
	jw_object(j, name);
	put_value(j, *m);
	jw_end(j);
}

static bool is_each(const struct span *m)
{
	return !strcmp(m->at->path + m->prefix, "*");
}

/* A member for each word. */
static void put_each(struct json *j, const struct span *m)
{
	for (size_t i = 0; i < m->at->num_words; i++) {
		const char *word = m->at->words[i];

		if (!word || !*word)
			continue;
		jw_object(j, word);
		put_leaf(j, m);
		jw_end(j);
	}
}

static void put_required(struct json *j, struct span s)
{
	char name[64];

	jw_array_lazy(j, "required");
	while (s.at < s.end) {
		struct span m = take_member(&s);
		const char *rest = m.at->path + m.prefix + part_len(&m);
		bool leaf = !*rest || !strcmp(rest, "[]");

		if (is_each(&m) || !is_required(&m, leaf))
			continue;
		snprintf(name, sizeof name, "%.*s", (int)part_len(&m),
			 m.at->path + m.prefix);
		jw_str(j, NULL, name);
	}
	jw_end(j);
}

static void put_object(struct json *j, struct span s)
{
	struct span left = s;

	jw_str(j, "type", "object");
	jw_object(j, "properties");
	while (left.at < left.end) {
		struct span m = take_member(&left);

		if (!is_told(&m))
			continue;
		if (is_each(&m))
			put_each(j, &m);
		else
			put_member(j, &m);
	}
	jw_end(j);
	put_required(j, s);
	jw_bool(j, "additionalProperties", false);
}

void schema_write(struct buf *out)
{
	char ref[40];
	struct json j;

	jw_init(&j, out);
	jw_object(&j, NULL);
	jw_str(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	jw_str(&j, "title", "Events of wirecert in Elastic Common Schema");
	jw_array(&j, "oneOf");
	for (int i = 0; i < DATASET_NUM; i++) {
		jw_object(&j, NULL);
		snprintf(ref, sizeof ref, "#/$defs/%s", dataset_words[i]);
		jw_str(&j, "$ref", ref);
		jw_end(&j);
	}
	jw_end(&j);
	jw_object(&j, "$defs");
	for (int i = 0; i < DATASET_NUM; i++) {
		jw_object(&j, dataset_words[i]);
		put_object(&j,
			   (struct span){ .at = schema_rows,
					  .end = schema_rows + num_schema_rows,
					  .dataset = 1u << i });
		jw_end(&j);
	}
	jw_end(&j);
	jw_end(&j);
	buf_add_char(out, '\n');
}
