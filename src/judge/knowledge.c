/*
 * knowledge.c: reads share/gateways.json and share/fallback-certificates.json
 * into const tables; see gateways.h. Whatever is not as it should be is refused
 * in one line: file, place, key, and what would be right.
 */
#include "judge/gateways.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GATEWAYS  "gateways.json"
#define FALLBACKS "fallback-certificates.json"

#define MEMORY	  (4u << 20)
#define MAX_LABEL 24

struct load {
	struct knowledge *k;
	char path[1024];
	char at[160]; /* "gateways[3] (aws_x)" */
	char *err;
	size_t err_len;
	bool failed; /* told in err, once */
};

static void fail(struct load *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void fail(struct load *l, const char *fmt, ...)
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

static void *room(struct load *l, size_t num, size_t size)
{
	void *p = arena_alloc(&l->k->arena, num * size);

	if (!p)
		fail(l, "more than %u bytes of knowledge", MEMORY);
	return p;
}

static const char *copy(struct load *l, const char *s)
{
	const char *c = arena_str(&l->k->arena, bytes_str(s));

	if (!c)
		fail(l, "more than %u bytes of knowledge", MEMORY);
	return c;
}

/* Every key is one of these; NULL-ended. */
static void check_keys(struct load *l, json_t *o, const char *const *known)
{
	const char *key;
	json_t *v;

	json_object_foreach(o, key, v) {
		size_t i = 0;

		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i])
			fail(l, "%s: no such key; known are %s, %s, %s ...",
			     key, known[0], known[1], known[2]);
	}
}

static const char *get_str(struct load *l, json_t *o, const char *key,
			   bool needed)
{
	json_t *v = json_object_get(o, key);

	if (!v && !needed)
		return NULL;
	if (!v) {
		fail(l, "%s: missing; it takes a string", key);
		return NULL;
	}
	if (!json_is_string(v) || !*json_string_value(v)) {
		fail(l, "%s: must be a string that is not empty", key);
		return NULL;
	}
	return copy(l, json_string_value(v));
}

static bool get_bool(struct load *l, json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (v && !json_is_boolean(v))
		fail(l, "%s: must be true or false", key);
	return json_is_true(v);
}

/* A string or a list of strings, as a list; its size. */
static size_t get_list(struct load *l, json_t *o, const char *key,
		       const char *const **out)
{
	json_t *v = json_object_get(o, key);
	size_t num = json_is_array(v) ? json_array_size(v) : v ? 1 : 0;
	const char **list;

	if (!num) {
		if (v)
			fail(l, "%s: the list is empty; leave the key out",
			     key);
		return 0;
	}
	list = room(l, num, sizeof *list);
	for (size_t i = 0; list && i < num; i++) {
		json_t *s = json_is_array(v) ? json_array_get(v, i) : v;

		if (!json_is_string(s) || !*json_string_value(s)) {
			fail(l, "%s: must be a string or a list of strings, "
				"none of them empty", key);
			return 0;
		}
		list[i] = copy(l, json_string_value(s));
	}
	*out = list;
	return l->failed ? 0 : num;
}

static void get_globs(struct load *l, json_t *o, const char *key,
		      struct globs *out)
{
	const char *const *list = NULL;
	size_t num = get_list(l, o, key, &list);

	*out = (struct globs){ .glob = list, .num = num };
}

/* "*.execute-api.{region}.amazonaws.com" -> its labels, the last one first */
static void compile(struct load *l, const char *key, const char *text,
		    struct pattern *out)
{
	const char *label[MAX_LABEL], *copied = copy(l, text);
	const char **list;
	char *part, *rest;
	size_t num = 0;

	out->text = copied;
	rest = copied ? (char *)(uintptr_t)copy(l, text) : NULL;
	while (rest && (part = strsep(&rest, "."))) {
		bool deep = !strcmp(part, "**");

		if (!*part || num == MAX_LABEL || (deep && num) ||
		    (!deep && strstr(part, "**"))) {
			fail(l, "%s: \"%s\" is no pattern; right is "
				"\"*.execute-api.{region}.amazonaws.com\", or "
				"\"**.example.net\" for any depth", key, text);
			return;
		}
		label[num++] = part;
	}
	list = room(l, num, sizeof *list);
	for (size_t i = 0; list && i < num; i++)
		list[i] = label[num - 1 - i];
	out->label = list;
	out->num = num;
	out->second_len = 0;
	if (list && num > 1 && !strpbrk(list[1], "*?{")) {
		out->second_len = strlen(list[1]);
		out->second_first = list[1][0];
	}
}

static void get_patterns(struct load *l, json_t *o, const char *key,
			 struct patterns *out)
{
	const char *const *list = NULL;
	size_t num = get_list(l, o, key, &list);
	struct pattern *p = num ? room(l, num, sizeof *p) : NULL;

	for (size_t i = 0; p && i < num; i++)
		compile(l, key, list[i], &p[i]);
	*out = (struct patterns){ .pattern = p, .num = p ? num : 0 };
}

static void read_target(struct load *l, json_t *o, struct gateway_name *n)
{
	const char *word = get_str(l, o, "target", false);

	if (!word)
		return;
	if (!strcmp(word, "right"))
		n->target = TARGET_RIGHT;
	else if (!strcmp(word, "wrong"))
		n->target = TARGET_WRONG;
	else
		fail(l, "target: \"%s\" is not known; right are right and "
			"wrong, or leave it out", word);
}

static void read_gateway_name(struct load *l, json_t *o,
			      struct gateway_name *n)
{
	static const char *const keys[] = { "pattern", "role", "target",
					    "cause", "fix", NULL };
	const char *text;

	if (!json_is_object(o)) {
		fail(l, "names: must be a list of objects with pattern and "
			"role");
		return;
	}
	check_keys(l, o, keys);
	text = get_str(l, o, "pattern", true);
	if (text)
		compile(l, "pattern", text, &n->pattern);
	n->role = get_str(l, o, "role", true);
	read_target(l, o, n);
	n->cause = get_str(l, o, "cause", n->target == TARGET_WRONG);
	n->fix = get_str(l, o, "fix", n->target == TARGET_WRONG);
}

static void read_gateway(struct load *l, json_t *o, void *slot)
{
	static const char *const keys[] = { "id", "provider", "name", "url",
					    "names", NULL };
	struct gateway *g = slot;
	json_t *names = json_object_get(o, "names");
	struct gateway_name *list;

	check_keys(l, o, keys);
	g->id = get_str(l, o, "id", true);
	g->provider = get_str(l, o, "provider", true);
	g->name = get_str(l, o, "name", true);
	g->url = get_str(l, o, "url", false);
	if (!json_is_array(names) || !json_array_size(names)) {
		fail(l, "names: must be a list of objects with pattern and "
			"role");
		return;
	}
	list = room(l, json_array_size(names), sizeof *list);
	for (size_t i = 0; list && i < json_array_size(names); i++)
		read_gateway_name(l, json_array_get(names, i), &list[i]);
	g->names = list;
	g->num_names = list ? json_array_size(names) : 0;
}

static void read_days(struct load *l, json_t *match, struct fallback *f)
{
	json_t *v = json_object_get(match, "days");

	if (!v)
		return;
	if (!json_is_array(v) || json_array_size(v) != 2 ||
	    !json_is_integer(json_array_get(v, 0)) ||
	    !json_is_integer(json_array_get(v, 1))) {
		fail(l, "match.days: must be two numbers, the least and the "
			"most days of its life; 0 is any");
		return;
	}
	f->min_days = (int)json_integer_value(json_array_get(v, 0));
	f->max_days = (int)json_integer_value(json_array_get(v, 1));
}

static const char *const field_keys[FIELD_NUM] = {
	"subject",    "issuer",	   "subject_cn", "subject_o", "subject_ou",
	"subject_l",  "issuer_cn", "issuer_o",	 "issuer_ou",
};

static void read_match(struct load *l, json_t *o, struct fallback *f)
{
	static const char *const keys[] = {
		"san",	      "subject",   "subject_cn", "subject_o",
		"subject_ou", "subject_l", "issuer",	 "issuer_cn",
		"issuer_o",   "issuer_ou", "days",	 "self_issued",
		"no_san",     "only_cn",   "san_is_cn",	 NULL
	};
	size_t given = 0;

	if (!json_is_object(o)) {
		fail(l, "match: missing; it takes an object with san, "
			"subject_cn, issuer_o or the like");
		return;
	}
	check_keys(l, o, keys);
	for (int i = 0; i < FIELD_NUM; i++) {
		get_globs(l, o, field_keys[i], &f->field[i]);
		given += f->field[i].num;
	}
	get_patterns(l, o, "san", &f->san);
	f->self_issued = get_bool(l, o, "self_issued");
	f->no_san = get_bool(l, o, "no_san");
	f->only_cn = get_bool(l, o, "only_cn");
	f->san_is_cn = get_bool(l, o, "san_is_cn");
	read_days(l, o, f);
	if (!given && !f->san.num && !f->self_issued)
		fail(l, "match: fits nearly everything; give san, subject, "
			"issuer or self_issued");
}

static void read_fallback(struct load *l, json_t *o, void *slot)
{
	static const char *const keys[] = { "id",    "match", "who",
					    "cause", "means", "fix",
					    "url",   "own",   "provider",
					    NULL };
	struct fallback *f = slot;

	check_keys(l, o, keys);
	f->id = get_str(l, o, "id", true);
	f->provider = get_str(l, o, "provider", false);
	f->who = get_str(l, o, "who", true);
	f->cause = get_str(l, o, "cause", true);
	f->means = get_str(l, o, "means", true);
	f->fix = get_str(l, o, "fix", true);
	f->url = get_str(l, o, "url", false);
	get_patterns(l, o, "own", &f->own);
	read_match(l, json_object_get(o, "match"), f);
}

static void place(struct load *l, const char *list, size_t i, json_t *o)
{
	const char *id = json_string_value(json_object_get(o, "id"));

	snprintf(l->at, sizeof l->at, id ? "%s[%zu] (%s)" : "%s[%zu]", list, i,
		 id ? id : "");
}

/* The members of the file's one list, each read into a slot. */
static void *read_list(struct load *l, const char *name, size_t size,
		       void (*each)(struct load *, json_t *, void *),
		       size_t *num)
{
	json_error_t e;
	json_t *root = json_load_file(l->path, JSON_REJECT_DUPLICATES, &e);
	json_t *list = json_object_get(root, name);
	uint8_t *slots = NULL;

	if (!root)
		fail(l, "line %d: %s", e.line, e.text);
	else if (!json_is_array(list) || !json_array_size(list))
		fail(l, "%s: missing; the file takes an object with this list",
		     name);
	else
		slots = room(l, json_array_size(list), size);
	*num = slots ? json_array_size(list) : 0;
	for (size_t i = 0; i < *num && !l->failed; i++) {
		json_t *o = json_array_get(list, i);

		place(l, name, i, o);
		if (json_is_object(o))
			each(l, o, slots + i * size);
		else
			fail(l, "must be an object");
	}
	*l->at = '\0';
	json_decref(root);
	return slots;
}

static void read_dir(struct load *l, const char *dir)
{
	struct knowledge *k = l->k;

	snprintf(l->path, sizeof l->path, "%s/" GATEWAYS, dir);
	k->gateways = read_list(l, "gateways", sizeof(struct gateway),
				read_gateway, &k->num_gateways);
	if (l->failed)
		return;
	snprintf(l->path, sizeof l->path, "%s/" FALLBACKS, dir);
	k->fallbacks = read_list(l, "certificates", sizeof(struct fallback),
				 read_fallback, &k->num_fallbacks);
}

static const char *find_dir(const char *const *dirs, size_t num)
{
	char path[1024];

	for (size_t i = 0; i < num; i++) {
		snprintf(path, sizeof path, "%s/" GATEWAYS, dirs[i]);
		if (!access(path, F_OK))
			return dirs[i];
	}
	return NULL;
}

struct knowledge *knowledge_load(const char *const *dirs, size_t num_dirs,
				 char *err, size_t err_len)
{
	static const char *const usual[] = { KNOWLEDGE_SOURCE,
					     KNOWLEDGE_INSTALLED };
	struct load l = { .err = err, .err_len = err_len };
	const char *dir;

	if (!dirs) {
		dirs = usual;
		num_dirs = 2;
	}
	dir = find_dir(dirs, num_dirs);
	if (!dir) {
		snprintf(err, err_len, "%s/" GATEWAYS ": %s; it comes with the "
			 "program: install it again", dirs[num_dirs - 1],
			 strerror(errno));
		return NULL;
	}
	l.k = calloc(1, sizeof *l.k);
	if (!l.k) {
		snprintf(err, err_len, "out of memory");
		return NULL;
	}
	arena_init(&l.k->arena, MEMORY);
	read_dir(&l, dir);
	if (!l.failed)
		return l.k;
	knowledge_free(l.k);
	return NULL;
}

void knowledge_free(struct knowledge *k)
{
	if (!k)
		return;
	arena_fini(&k->arena);
	free(k);
}
