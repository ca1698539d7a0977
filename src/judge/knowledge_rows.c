/*
 * knowledge_rows.c: a gateway, a fallback certificate out of JSON; see
 * knowledge_load.h and gateways.h.
 */
#include "judge/knowledge_load.h"

#include <string.h>

#define MAX_LABEL 24

static void get_globs(struct load *l, json_t *o, const char *key,
		      struct globs *out)
{
	const char *const *list = NULL;
	size_t num = load_list(l, o, key, &list);

	*out = (struct globs){ .glob = list, .num = num };
}

/* "*.execute-api.{region}.amazonaws.com" -> its labels, the last one first */
static void compile(struct load *l, const char *key, const char *text,
		    struct pattern *out)
{
	const char *label[MAX_LABEL], *copied = load_copy(l, text);
	const char **list;
	char *part, *rest;
	size_t num = 0;

	out->text = copied;
	rest = copied ? (char *)(uintptr_t)load_copy(l, text) : NULL;
	while (rest && (part = strsep(&rest, "."))) {
		bool deep = !strcmp(part, "**");

		if (!*part || num == MAX_LABEL || (deep && num) ||
		    (!deep && strstr(part, "**"))) {
			load_fail(l, "%s: \"%s\" is no pattern; right is "
				"\"*.execute-api.{region}.amazonaws.com\", or "
				"\"**.example.net\" for any depth", key, text);
			return;
		}
		label[num++] = part;
	}
	list = load_room(l, num, sizeof *list);
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
	size_t num = load_list(l, o, key, &list);
	struct pattern *p = num ? load_room(l, num, sizeof *p) : NULL;

	for (size_t i = 0; p && i < num; i++)
		compile(l, key, list[i], &p[i]);
	*out = (struct patterns){ .pattern = p, .num = p ? num : 0 };
}

static void read_target(struct load *l, json_t *o, struct gateway_name *n)
{
	const char *word = load_str(l, o, "target", false);

	if (!word)
		return;
	if (!strcmp(word, "right"))
		n->target = TARGET_RIGHT;
	else if (!strcmp(word, "wrong"))
		n->target = TARGET_WRONG;
	else
		load_fail(l, "target: \"%s\" is not known; right are right and "
			"wrong, or leave it out", word);
}

/* Who renews the certificates shown: ACM, the provider, or (owner) whoever
 * runs the servers behind. */
static const char *read_renews(struct load *l, json_t *o)
{
	static const char *const words[] = { "acm", "provider", "owner" };
	const char *word = load_str(l, o, "renews", false);

	if (!word)
		return NULL;
	for (size_t i = 0; i < 3; i++)
		if (!strcmp(word, words[i]))
			return word;
	load_fail(l, "renews: \"%s\" is not known; right are acm, provider "
		     "and owner, or leave it out", word);
	return NULL;
}

static void read_gateway_name(struct load *l, json_t *o,
			      struct gateway_name *n)
{
	static const char *const keys[] = { "pattern", "role",	"target",
					    "renews",  "cause", "fix",
					    NULL };
	const char *text;

	if (!json_is_object(o)) {
		load_fail(l, "names: must be a list of objects with pattern and "
			"role");
		return;
	}
	load_check_keys(l, o, keys);
	text = load_str(l, o, "pattern", true);
	if (text)
		compile(l, "pattern", text, &n->pattern);
	n->role = load_str(l, o, "role", true);
	read_target(l, o, n);
	n->renews = read_renews(l, o);
	n->cause = load_str(l, o, "cause", n->target == TARGET_WRONG);
	n->fix = load_str(l, o, "fix", n->target == TARGET_WRONG);
}

/* Of all its names. */
static void set_renews(struct gateway_name *list, size_t num,
		       const char *renews)
{
	for (size_t i = 0; i < num; i++)
		if (!list[i].renews)
			list[i].renews = renews;
}

void load_gateway(struct load *l, json_t *o, void *slot)
{
	static const char *const keys[] = { "id",     "provider", "name", "url",
					    "renews", "names",	  NULL };
	struct gateway *g = slot;
	json_t *names = json_object_get(o, "names");
	struct gateway_name *list;

	load_check_keys(l, o, keys);
	g->id = load_str(l, o, "id", true);
	g->provider = load_str(l, o, "provider", true);
	g->name = load_str(l, o, "name", true);
	g->url = load_str(l, o, "url", false);
	if (!json_is_array(names) || !json_array_size(names)) {
		load_fail(l, "names: must be a list of objects with pattern and "
			"role");
		return;
	}
	list = load_room(l, json_array_size(names), sizeof *list);
	for (size_t i = 0; list && i < json_array_size(names); i++)
		read_gateway_name(l, json_array_get(names, i), &list[i]);
	g->names = list;
	g->num_names = list ? json_array_size(names) : 0;
	set_renews(list, g->num_names, read_renews(l, o));
}

static void read_days(struct load *l, json_t *match, struct fallback *f)
{
	json_t *v = json_object_get(match, "days");

	if (!v)
		return;
	if (!json_is_array(v) || json_array_size(v) != 2 ||
	    !json_is_integer(json_array_get(v, 0)) ||
	    !json_is_integer(json_array_get(v, 1))) {
		load_fail(l, "match.days: must be two numbers, the least and the "
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
		"no_san",     "only_cn",   "san_is_cn",	 "not_ca",
		NULL
	};
	size_t given = 0;

	if (!json_is_object(o)) {
		load_fail(l, "match: missing; it takes an object with san, "
			"subject_cn, issuer_o or the like");
		return;
	}
	load_check_keys(l, o, keys);
	for (int i = 0; i < FIELD_NUM; i++) {
		get_globs(l, o, field_keys[i], &f->field[i]);
		given += f->field[i].num;
	}
	get_patterns(l, o, "san", &f->san);
	f->self_issued = load_bool(l, o, "self_issued");
	f->no_san = load_bool(l, o, "no_san");
	f->only_cn = load_bool(l, o, "only_cn");
	f->san_is_cn = load_bool(l, o, "san_is_cn");
	f->not_ca = load_bool(l, o, "not_ca");
	read_days(l, o, f);
	if (!given && !f->san.num && !f->self_issued)
		load_fail(l, "match: fits nearly everything; give san, subject, "
			"issuer or self_issued");
}

void load_fallback(struct load *l, json_t *o, void *slot)
{
	static const char *const keys[] = { "id",    "match", "who",
					    "cause", "means", "fix",
					    "url",   "own",   "provider",
					    NULL };
	struct fallback *f = slot;

	load_check_keys(l, o, keys);
	f->id = load_str(l, o, "id", true);
	f->provider = load_str(l, o, "provider", false);
	f->who = load_str(l, o, "who", true);
	f->cause = load_str(l, o, "cause", true);
	f->means = load_str(l, o, "means", true);
	f->fix = load_str(l, o, "fix", true);
	f->url = load_str(l, o, "url", false);
	get_patterns(l, o, "own", &f->own);
	read_match(l, json_object_get(o, "match"), f);
}
