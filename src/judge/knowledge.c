/*
 * knowledge.c: the files of knowledge, those of share/ and those that the
 * configuration names, into const tables; see gateways.h.
 */
#include "judge/knowledge_load.h"

#include "base/buf.h"
#include "judge/blocklist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GATEWAYS  "gateways.json"
#define FALLBACKS "fallback-certificates.json"

/* The rows of one file, or of all. */
struct table {
	uint8_t *row;
	size_t num;
};

/* A kind of row: its list in the file, its size, and how one is read. */
struct kind {
	const char *list;
	size_t size;
	void (*each)(struct load *l, json_t *o, void *slot);
};

static const struct kind gateway_kind = {
	"gateways", sizeof(struct gateway), load_gateway
};
static const struct kind fallback_kind = {
	"certificates", sizeof(struct fallback), load_fallback
};

/* Both kinds of row begin with it. */
static const char *id_of(const struct table *t, const struct kind *k, size_t i)
{
	const char *id;

	_Static_assert(offsetof(struct gateway, id) == 0 &&
			       offsetof(struct fallback, id) == 0,
		       "the id comes first");
	memcpy(&id, t->row + i * k->size, sizeof id);
	return id;
}

static bool has_id(const struct table *t, const struct kind *k, const char *id)
{
	for (size_t i = 0; i < t->num; i++)
		if (!strcmp(id_of(t, k, i), id))
			return true;
	return false;
}

static void place(struct load *l, const char *list, size_t i, json_t *o)
{
	const char *id = json_string_value(json_object_get(o, "id"));

	snprintf(l->at, sizeof l->at, id ? "line %u: %s[%zu] (%s)"
					 : "line %u: %s[%zu]",
		 load_line(l->text, i), list, i, id ? id : "");
}

static void read_members(struct load *l, json_t *list, const struct kind *k,
			 struct table *out)
{
	size_t num = json_array_size(list);

	out->row = load_room(l, num, k->size);
	for (size_t i = 0; i < num && !l->failed; i++) {
		json_t *o = json_array_get(list, i);

		place(l, k->list, i, o);
		if (!json_is_object(o)) {
			load_fail(l, "must be an object");
			break;
		}
		k->each(l, o, out->row + i * k->size);
		if (l->failed)
			break;
		out->num = i;
		if (has_id(out, k, id_of(out, k, i)))
			load_fail(l, "id: is there twice in this file");
		out->num = i + 1;
	}
	*l->at = '\0';
}

static void parse(struct load *l, const struct kind *k, struct table *out)
{
	json_error_t e;
	json_t *root = json_loads(l->text, JSON_REJECT_DUPLICATES, &e), *list;

	list = json_object_get(root, k->list);
	if (!root)
		load_fail(l, "line %d: %s", e.line, e.text);
	else if (!json_is_array(list) || !json_array_size(list))
		load_fail(l, "%s: missing; the file takes an object with this "
			     "list", k->list);
	else if (json_object_size(root) != 1)
		load_fail(l, "only the list %s may stand there", k->list);
	else
		read_members(l, list, k, out);
	json_decref(root);
}

static void read_file(struct load *l, const struct kind *k, struct table *out)
{
	FILE *f = fopen(l->path, "r");
	struct buf b;
	size_t n = 1;

	if (!f) {
		load_fail(l, "%s; it takes a file that can be read",
			  strerror(errno));
		return;
	}
	buf_init(&b, KNOWLEDGE_MEMORY);
	while (n) {
		uint8_t *room = buf_room(&b, 16384);

		n = room ? fread(room, 1, 16384, f) : 0;
		b.len += n;
	}
	buf_add_char(&b, '\0');
	if (b.failed || ferror(f))
		load_fail(l, "cannot be read to its end, or has more than %u "
			     "bytes", KNOWLEDGE_MEMORY);
	fclose(f);
	l->text = (const char *)buf_bytes(&b).p;
	if (!l->failed)
		parse(l, k, out);
	l->text = NULL;
	buf_fini(&b);
}

/* What came before wins: a row whose id is there already is passed over. */
static void append(struct load *l, const struct kind *k, struct table *all,
		   const struct table *more)
{
	struct table t = { .num = 0 };

	t.row = load_room(l, all->num + more->num, k->size);
	if (!t.row)
		return;
	if (all->num)
		memcpy(t.row, all->row, all->num * k->size);
	t.num = all->num;
	for (size_t i = 0; i < more->num; i++) {
		if (has_id(all, k, id_of(more, k, i)))
			continue;
		memcpy(t.row + t.num * k->size, more->row + i * k->size,
		       k->size);
		t.num++;
	}
	*all = t;
}

/* The configuration's files, then the one that comes with the program. */
static void read_kind(struct load *l, const struct kind *k,
		      const struct knowledge_files *files, const char *dir,
		      const char *name, struct table *all)
{
	bool none = false;

	for (size_t i = 0; i <= files->num && !l->failed; i++) {
		struct table t = { .num = 0 };
		bool last = i == files->num;

		if (last && none)
			return;
		if (!last && !strcmp(files->path[i], "none")) {
			none = true;
			continue;
		}
		if (last)
			snprintf(l->path, sizeof l->path, "%s/%s", dir, name);
		else
			snprintf(l->path, sizeof l->path, "%s",
				 files->path[i]);
		read_file(l, k, &t);
		if (!l->failed && t.num)
			append(l, k, all, &t);
	}
}

static void read_all(struct load *l, const struct knowledge_options *o,
		     const char *dir)
{
	struct table gateways = { .num = 0 }, fallbacks = { .num = 0 };
	struct knowledge *k = l->k;

	read_kind(l, &gateway_kind, &o->gateways, dir, GATEWAYS, &gateways);
	if (!l->failed)
		read_kind(l, &fallback_kind, &o->fallbacks, dir, FALLBACKS,
			  &fallbacks);
	k->gateways = (const void *)gateways.row;
	k->num_gateways = gateways.num;
	gateways_index(k);
	k->fallbacks = (const void *)fallbacks.row;
	k->num_fallbacks = fallbacks.num;
	if (!l->failed)
		l->failed = !blocklist_load(k, &o->weak_keys, l->err,
					    l->err_len);
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

struct knowledge *knowledge_load(const struct knowledge_options *o, char *err,
				 size_t err_len)
{
	static const char *const usual[] = { KNOWLEDGE_SOURCE,
					     KNOWLEDGE_INSTALLED };
	static const struct knowledge_options plain = { .num_dirs = 0 };
	struct load l = { .err = err, .err_len = err_len };
	const char *const *dirs = usual, *dir;
	size_t num = 2;

	if (!o)
		o = &plain;
	if (o->num_dirs) {
		dirs = o->dirs;
		num = o->num_dirs;
	}
	dir = find_dir(dirs, num);
	if (!dir) {
		snprintf(err, err_len, "%s/" GATEWAYS ": %s; it comes with the "
			 "program: install it again", dirs[num - 1],
			 strerror(errno));
		return NULL;
	}
	l.k = calloc(1, sizeof *l.k);
	if (!l.k) {
		snprintf(err, err_len, "out of memory");
		return NULL;
	}
	arena_init(&l.k->arena, KNOWLEDGE_MEMORY);
	read_all(&l, o, dir);
	if (!l.failed)
		return l.k;
	knowledge_free(l.k);
	return NULL;
}

void knowledge_free(struct knowledge *k)
{
	if (!k)
		return;
	free(k->weak_keys);
	arena_fini(&k->arena);
	free(k);
}
