/* list.c: captures below a folder in the order of their first packets, and
 * the interfaces of this machine. */
#include <dirent.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "capture/internal.h"

struct listed {
	char *path;
	struct stamp first;
};

struct list {
	struct listed *item;
	size_t num, size, skipped, unread;
	bool no_memory;
	char *err; /* the first folder that could not be read, or "" */
};

static void list_add(struct list *l, char *path, struct stamp first)
{
	size_t size = l->size ? l->size * 2 : 16;
	struct listed *bigger;

	if (l->num == l->size) {
		bigger = realloc(l->item, size * sizeof *bigger);
		if (!bigger) {
			l->no_memory = true;
			free(path);
			return;
		}
		l->item = bigger;
		l->size = size;
	}
	l->item[l->num++] = (struct listed){ path, first };
}

/* What is named so is meant to be one: if it cannot be read, that is said when
 * its turn comes. */
static bool is_named_capture(const char *path)
{
	static const char *const ends[] = { ".pcap", ".pcapng", ".cap" };
	static const char *const packed[] = { ".gz", ".zst" };
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
		size_t n = strlen(packed[i]);

		if (len > n && !strcasecmp(path + len - n, packed[i]))
			len -= n;
	}
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t n = strlen(ends[i]);

		if (len > n && !strncasecmp(path + len - n, ends[i], n))
			return true;
	}
	return false;
}

/* A capture's first time; a capture without packets comes last. */
static void list_file(struct list *l, char *path)
{
	char err[SOURCE_ERROR_TEXT];
	struct source *s = source_open_file(path, NULL, err);
	struct frame f = { .time = { INT64_MAX } };

	if (!s && !is_named_capture(path)) {
		l->skipped++;
		free(path);
		return;
	}
	if (s)
		(void)source_next(s, &f);
	if (s)
		source_close(s);
	list_add(l, path, f.time);
}

/* What is in it is missed: the first is told. */
static void list_unread(struct list *l, const char *path, const char *why)
{
	if (!l->unread++)
		snprintf(l->err, SOURCE_ERROR_TEXT, "%s: %s", path, why);
}

static void list_folder(struct list *l, const char *path, unsigned depth);

static void list_entry(struct list *l, const char *folder, const char *name,
		       unsigned depth)
{
	struct stat st;
	char *path;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return;
	if (l->num >= LIMIT_INPUTS) {
		list_unread(l, folder, "too many captures: give its folders "
				       "one by one");
		return;
	}
	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		l->no_memory = true;
		return;
	}
	/* links to files are followed, links to folders could be loops */
	if (!lstat(path, &st) && S_ISDIR(st.st_mode)) {
		list_folder(l, path, depth + 1);
		free(path);
	} else if (stat(path, &st) ? is_named_capture(path)
				   : S_ISREG(st.st_mode)) {
		list_file(l, path);
	} else {
		l->skipped++;
		free(path);
	}
}

static void list_folder(struct list *l, const char *path, unsigned depth)
{
	DIR *d = depth < LIMIT_FOLDER_DEPTH ? opendir(path) : NULL;
	struct dirent *e;

	if (!d) {
		list_unread(l, path, depth < LIMIT_FOLDER_DEPTH
					     ? strerror(errno)
					     : "folders nested too deep");
		return;
	}
	while ((e = readdir(d)) != NULL)
		list_entry(l, path, e->d_name, depth);
	closedir(d);
}

static int list_compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->first.ns != y->first.ns)
		return x->first.ns < y->first.ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

static bool list_one(const char *path, char ***paths, size_t *num_paths,
		     char *err)
{
	char **all = calloc(1, sizeof *all);

	if (all)
		all[0] = strdup(path);
	if (!all || !all[0]) {
		free(all);
		return false;
	}
	*paths = all;
	*num_paths = 1;
	err[0] = '\0';
	return true;
}

static bool list_finish(struct list *l, char ***paths, size_t *num_paths)
{
	char **all = calloc(l->num ? l->num : 1, sizeof *all);

	if (!all || l->no_memory) {
		for (size_t i = 0; i < l->num; i++)
			free(l->item[i].path);
		free(l->item);
		free(all);
		return false;
	}
	if (l->num)
		qsort(l->item, l->num, sizeof *l->item, list_compare);
	for (size_t i = 0; i < l->num; i++)
		all[i] = l->item[i].path;
	free(l->item);
	*paths = all;
	*num_paths = l->num;
	return true;
}

bool source_list(const char *path, char ***paths, size_t *num_paths,
		 size_t *skipped, char err[static SOURCE_ERROR_TEXT])
{
	struct list l = { .err = err };
	struct stat st;
	size_t len = strlen(path);
	char *folder;

	*skipped = 0;
	snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
	if (!strcmp(path, "-"))
		return list_one(path, paths, num_paths, err);
	if (stat(path, &st)) {
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", path,
			 strerror(errno));
		return false;
	}
	if (!S_ISDIR(st.st_mode))
		return list_one(path, paths, num_paths, err);
	if (access(path, R_OK | X_OK)) {
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", path,
			 strerror(errno));
		return false;
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	folder = strndup(path, len);
	err[0] = '\0';
	if (folder)
		list_folder(&l, folder, 0);
	else
		l.no_memory = true;
	free(folder);
	if (!list_finish(&l, paths, num_paths)) {
		snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
		return false;
	}
	*skipped = l.skipped;
	return true;
}

bool source_interfaces(char *out, size_t size)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_if_t *all;
	size_t at = 0;
	int n;

	if (pcap_findalldevs(&all, text)) {
		snprintf(out, size, "%s\n", text);
		return false;
	}
	out[0] = '\0';
	for (pcap_if_t *i = all; i && at < size; i = i->next) {
		n = snprintf(out + at, size - at, "%-15s %s\n", i->name,
			     i->description ? i->description : "");
		at += n > 0 ? (size_t)n : 0;
	}
	pcap_freealldevs(all);
	return true;
}
