/* blocklist.c: see blocklist.h. */
#include "judge/blocklist.h"

#include "base/buf.h"
#include "cert/rsa.h"
#include "crypt/digest.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#define PACKAGE "/usr/share/openssl-blacklist/blacklist.RSA-*"
#define PRINT	10

struct list {
	uint8_t (*print)[PRINT];
	size_t num, room;
};

static int nibble(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* 20 digits and nothing behind them. */
static bool read_print(const char *line, uint8_t out[static PRINT])
{
	for (size_t i = 0; i < PRINT; i++) {
		int high = nibble(line[2 * i]), low;

		if (high < 0)
			return false;
		low = nibble(line[2 * i + 1]);
		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return !line[strcspn(line, "\r\n")] || strspn(line + 20, "\r\n");
}

static bool add(struct list *l, const uint8_t print[static PRINT])
{
	if (l->num == l->room) {
		size_t room = l->room ? 2 * l->room : 4096;
		void *more = room <= LIMIT_WEAK_KEYS * 2u
				     ? realloc(l->print, room * PRINT)
				     : NULL;

		if (!more)
			return false;
		l->print = more;
		l->room = room;
	}
	memcpy(l->print[l->num++], print, PRINT);
	return true;
}

static bool read_file(struct list *l, const char *path, char *err, size_t len)
{
	uint8_t print[PRINT];
	const char *why = NULL;
	FILE *f = fopen(path, "r");
	unsigned line = 0;
	char text[128];

	if (!f) {
		snprintf(err, len, "%s: %s; it takes a file that can be read",
			 path, strerror(errno));
		return false;
	}
	while (!why && fgets(text, sizeof text, f)) {
		line++;
		if (*text == '#' || *text == '\n')
			continue;
		if (!read_print(text, print))
			why = "20 hexadecimal digits of a key's fingerprint "
			      "would be right";
		else if (!add(l, print))
			why = "too many weak keys";
	}
	fclose(f);
	if (why)
		snprintf(err, len, "%s: line %u: %s", path, line, why);
	return !why;
}

static bool read_package(struct list *l, char *err, size_t len)
{
	bool good = true;
	glob_t g;

	if (glob(PACKAGE, 0, NULL, &g) != 0)
		return true; /* not installed */
	for (size_t i = 0; i < g.gl_pathc && good; i++)
		good = read_file(l, g.gl_pathv[i], err, len);
	globfree(&g);
	return good;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, PRINT);
}

bool blocklist_load(struct knowledge *k, const struct knowledge_files *files,
		    char *err, size_t err_len)
{
	struct list l = { .num = 0 };
	bool good = true, none = false;

	for (size_t i = 0; i < files->num && good; i++) {
		bool is_none = !strcmp(files->path[i], "none");

		none |= is_none;
		good = is_none || read_file(&l, files->path[i], err, err_len);
	}
	good = good && (none || read_package(&l, err, err_len));
	if (good && l.num)
		qsort(l.print, l.num, PRINT, compare);
	k->weak_keys = l.print; /* freed with it */
	k->num_weak_keys = good ? l.num : 0;
	return good;
}

bool blocklist_has(const struct knowledge *k, const struct cert *c)
{
	uint8_t sha1[20];
	struct bytes n;
	struct buf b;

	if (!k || !k->num_weak_keys || !rsa_modulus(c->der, &n))
		return false;
	buf_init(&b, 1u << 20);
	buf_add_str(&b, "Modulus=");
	for (size_t i = 0; i < n.len; i++)
		buf_printf(&b, "%02X", n.p[i]);
	buf_add_char(&b, '\n');
	digest_sha1(buf_bytes(&b), sha1);
	buf_fini(&b);
	return bsearch(sha1 + 20 - PRINT, k->weak_keys, k->num_weak_keys,
		       PRINT, compare);
}
