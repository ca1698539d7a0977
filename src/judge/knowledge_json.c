/* knowledge_json.c: values out of JSON, checked; see knowledge_load.h. */
#include "judge/knowledge_load.h"

#include <stdarg.h>
#include <stdio.h>

#define MEMORY KNOWLEDGE_MEMORY

void load_fail(struct load *l, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	if (l->failed)
		return;
	l->failed = true;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	snprintf(l->err, l->err_len, "%s: %s%s%s", l->path, l->at,
		 *l->at ? ": " : "", what);
}

void *load_room(struct load *l, size_t num, size_t size)
{
	void *p = arena_alloc(&l->k->arena, num * size);

	if (!p)
		load_fail(l, "more than %u bytes of knowledge", MEMORY);
	return p;
}

const char *load_copy(struct load *l, const char *s)
{
	const char *c = arena_str(&l->k->arena, bytes_str(s));

	if (!c)
		load_fail(l, "more than %u bytes of knowledge", MEMORY);
	return c;
}

void load_check_keys(struct load *l, json_t *o, const char *const *known)
{
	const char *key;
	json_t *v;

	json_object_foreach(o, key, v) {
		size_t i = 0;

		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			load_fail(l, "%s: no such key; known are %s, %s, %s ...",
			     key, known[0], known[1], known[2]);
	}
}

const char *load_str(struct load *l, json_t *o, const char *key,
			   bool needed)
{
	json_t *v = json_object_get(o, key);

	if (!v && !needed)
		return NULL;
	if (!v) {
		load_fail(l, "%s: missing; it takes a string", key);
		return NULL;
	}
	if (!json_is_string(v) || !*json_string_value(v)) {
		load_fail(l, "%s: must be a string that is not empty", key);
		return NULL;
	}
	return load_copy(l, json_string_value(v));
}

bool load_bool(struct load *l, json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (v && !json_is_boolean(v))
		load_fail(l, "%s: must be true or false", key);
	return json_is_true(v);
}

size_t load_list(struct load *l, json_t *o, const char *key,
		       const char *const **out)
{
	json_t *v = json_object_get(o, key);
	size_t num = json_is_array(v) ? json_array_size(v) : v ? 1 : 0;
	const char **list;

	if (!num) {
		if (v)
			load_fail(l, "%s: the list is empty; leave the key out",
			     key);
		return 0;
	}
	list = load_room(l, num, sizeof *list);
	for (size_t i = 0; list && i < num; i++) {
		json_t *s = json_is_array(v) ? json_array_get(v, i) : v;

		if (!json_is_string(s) || !*json_string_value(s)) {
			load_fail(l, "%s: must be a string or a list of strings, "
				"none of them empty", key);
			return 0;
		}
		list[i] = load_copy(l, json_string_value(s));
	}
	*out = list;
	return l->failed ? 0 : num;
}

/*
 * The parser keeps no lines. The text is known to be sound: an object with one
 * list, whose members are what stands three brackets deep.
 */
unsigned load_line(const char *text, size_t i)
{
	unsigned line = 1, depth = 0;
	bool quoted = false;
	size_t seen = 0;

	for (; *text; text++) {
		line += *text == '\n';
		if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted && (*text == '{' || *text == '['))
			if (++depth == 3 && seen++ == i)
				break;
		if (!quoted && (*text == '}' || *text == ']'))
			depth -= depth > 0;
	}
	return line;
}
