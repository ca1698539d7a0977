/* store_none.c: a build without SQLite keeps everything in memory. */
#include "ledger/store.h"

#include <stdio.h>

const bool store_is_built_in = false;

static struct store *refuse(char *err)
{
	snprintf(err, STORE_ERROR_TEXT, "this wirecert was built without "
					"SQLite: it has no state directory");
	return NULL;
}

struct store *store_open(const char *dir, char *err)
{
	(void)dir;
	return refuse(err);
}

struct store *store_open_read(const char *dir, char *err)
{
	(void)dir;
	return refuse(err);
}

/* None of these is ever called with a store. */
#define NEVER(function, argument)                                             \
	void function(struct store *s, argument x)                             \
	{                                                                      \
		(void)s;                                                       \
		(void)x;                                                       \
	}
NEVER(store_put_cert, const struct store_cert *)
NEVER(store_put_name, const struct store_name *)
NEVER(store_put_shown, const struct store_shown *)
NEVER(store_put_presented, const struct store_shown *)
NEVER(store_put_finding, const struct store_finding *)
NEVER(store_put_life, const struct store_finding *)
NEVER(store_put_counted, struct bytes)
NEVER(store_purge, struct stamp)

void store_close(struct store *s)
{
	(void)s;
}

void store_settle(struct store *s)
{
	(void)s;
}

void store_put_place(struct store *s, struct bytes key, const char *finding)
{
	(void)s;
	(void)key;
	(void)finding;
}

void store_drop_place(struct store *s, struct bytes key, const char *finding)
{
	store_put_place(s, key, finding);
}

enum store_result store_commit(struct store *s)
{
	(void)s;
	return STORE_FAILED;
}

bool store_gather(struct store *s)
{
	(void)s;
	return false;
}

void store_beside(struct store *s, unsigned parts)
{
	(void)s;
	(void)parts;
}

size_t store_memory(const struct store *s)
{
	(void)s;
	return 0;
}

bool store_read(struct store *s, const struct store_reader *r)
{
	(void)s;
	(void)r;
	return false;
}

struct stamp store_newest(struct store *s)
{
	(void)s;
	return (struct stamp){ 0 };
}

bool store_list(struct store *s, enum store_list list, int64_t before,
		void (*row)(void *arg, const struct store_cell *cells),
		void *arg)
{
	(void)s;
	(void)list;
	(void)before;
	(void)row;
	(void)arg;
	return false;
}

const char *store_error(const struct store *s)
{
	(void)s;
	return "";
}

void store_count(const struct store *s, struct store_counters *out)
{
	(void)s;
	*out = (struct store_counters){ .commits = 0 };
}
