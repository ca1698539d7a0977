/* store.c: see store.h. Rows to statements and back. */
#include "ledger/store_sqlite.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const bool store_is_built_in = true;

bool store_check(struct store *s, int result)
{
	int code = result & 0xff;

	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return true;
	s->failed = true;
	s->damaged |= code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
	/* "disk I/O error" says nothing of a disk that is full */
	if (s->db && code == SQLITE_IOERR)
		snprintf(s->error, sizeof s->error, "%s (%s)",
			 sqlite3_errmsg(s->db),
			 strerror(sqlite3_system_errno(s->db)));
	else
		snprintf(s->error, sizeof s->error, "%s",
			 s->db ? sqlite3_errmsg(s->db)
			       : sqlite3_errstr(result));
	return false;
}

bool store_exec(struct store *s, const char *sql)
{
	return store_check(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

/* One sensor a directory; the kernel lets go when it ends, however it ends. */
static bool take_lock(struct store *s, char *err)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/wirecert.lock", s->dir);
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (s->lock >= 0 && flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (s->lock >= 0 && errno == EWOULDBLOCK)
		snprintf(err, STORE_ERROR_TEXT,
			 "%.200s: another sensor uses it; give each one a "
			 "[state] directory of its own",
			 s->dir);
	else
		snprintf(err, STORE_ERROR_TEXT,
			 "%.200s: %s; [state] directory takes one that can be "
			 "written",
			 path, strerror(errno));
	return false;
}

static struct store *store_new(const char *dir, char *err)
{
	struct store *s = calloc(1, sizeof *s);

	if (!s) {
		snprintf(err, STORE_ERROR_TEXT, "out of memory");
		return NULL;
	}
	s->lock = -1;
	notes_init(&s->put);
	notes_init(&s->committing);
	s->dir = strdup(dir);
	if (s->dir && asprintf(&s->path, "%s/wirecert.db", dir) > 0)
		return s;
	snprintf(err, STORE_ERROR_TEXT, "out of memory");
	store_close(s);
	return NULL;
}

struct store *store_open(const char *dir, char *err)
{
	struct store *s;

	if (mkdir(dir, 0750) != 0 && errno != EEXIST) {
		snprintf(err, STORE_ERROR_TEXT,
			 "%.200s: cannot be made: %s; [state] directory takes "
			 "one that can be written",
			 dir, strerror(errno));
		return NULL;
	}
	s = store_new(dir, err);
	if (s && take_lock(s, err) && store_attach(s, err))
		return s;
	store_close(s);
	return NULL;
}

struct store *store_open_read(const char *dir, char *err)
{
	struct store *s = store_new(dir, err);

	if (s && store_attach_read(s, err))
		return s;
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->db)
		store_detach(s);
	if (s->lock >= 0)
		(void)close(s->lock);
	notes_fini(&s->put);
	notes_fini(&s->committing);
	free(s->dir);
	free(s->path);
	free(s);
}

/* So many rows at once: what is more waits for the next time. */
#define PURGE 20000

static void purge_old(struct store *s, const char *table, int64_t before)
{
	char sql[256];

	snprintf(sql, sizeof sql,
		 "DELETE FROM %s WHERE rowid IN (SELECT rowid FROM %s WHERE "
		 "last<%lld ORDER BY last LIMIT %d)",
		 table, table, (long long)before, PURGE);
	if (store_exec(s, sql))
		s->counters.expired += (uint64_t)sqlite3_changes(s->db);
}

static void purge_many(struct store *s, const char *table)
{
	char sql[256];

	snprintf(sql, sizeof sql,
		 "DELETE FROM %s WHERE rowid IN (SELECT rowid FROM %s ORDER BY "
		 "last LIMIT max(0, (SELECT count(*) FROM %s) - %d))",
		 table, table, table, LIMIT_STATE_ROWS);
	if (store_exec(s, sql))
		s->counters.crowded_out += (uint64_t)sqlite3_changes(s->db);
}

static void purge(struct store *s, int64_t before)
{
	static const char *const tables[] = { "certificate", "name", "shown",
					      "presented", "finding" };
	char sql[160];

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		purge_old(s, tables[i], before);
		purge_many(s, tables[i]);
	}
	(void)store_exec(s, "DELETE FROM place WHERE finding NOT IN "
			    "(SELECT id FROM finding)");
	snprintf(sql, sizeof sql,
		 "DELETE FROM counted WHERE n <= (SELECT max(n) FROM counted) "
		 "- %d",
		 LIMIT_LEDGER_SEEN);
	(void)store_exec(s, sql);
}

/* So many bytes are written before the commit, where nobody else commits. */
#define NOTES_AT_ONCE (1u << 20)

/* Values of a note: see store_notes.h. */
static void bind(sqlite3_stmt *st, struct note *n)
{
	struct note_value v;

	for (int at = 1; note_next(n, &v); at++) {
		if (v.kind == NOTE_NUMBER)
			(void)sqlite3_bind_int64(st, at, v.number);
		else if (v.kind == NOTE_TEXT)
			(void)sqlite3_bind_text(st, at, (const char *)v.bytes.p,
						-1, SQLITE_STATIC);
		else if (v.kind == NOTE_BYTES)
			(void)sqlite3_bind_blob64(st, at, v.bytes.len
							 ? v.bytes.p
							 : (const void *)"",
						  v.bytes.len, SQLITE_STATIC);
	}
}

/* In a transaction, which is begun where there is none. */
static void write_notes(struct store *s, struct store_notes *notes)
{
	struct note n;
	size_t at = 0;

	while (s->db && !s->failed && notes_next(notes, &at, &n)) {
		sqlite3_stmt *st;

		if (!s->begun && !store_exec(s, "BEGIN"))
			break;
		s->begun = true;
		if (n.statement == PUT_PURGE) {
			struct note_value before;

			if (note_next(&n, &before))
				purge(s, before.number);
			continue;
		}
		st = s->st[n.statement];
		bind(st, &n);
		(void)sqlite3_step(st);
		(void)store_check(s, sqlite3_reset(st));
		(void)sqlite3_clear_bindings(st);
	}
	notes_reset(notes);
}

static void put(struct store *s, enum statement at, const char *kinds, ...)
{
	size_t most = s->most ? s->most : SIZE_MAX;
	va_list args;

	va_start(args, kinds);
	if (!s->lost)
		s->lost = !notes_add(&s->put, most, at, kinds, args);
	va_end(args);
	if (!s->most && notes_memory(&s->put) >= NOTES_AT_ONCE)
		write_notes(s, &s->put);
}

bool store_gather(struct store *s)
{
	struct store_notes done = s->committing;

	s->gathered = notes_memory(&s->put);
	s->committing = s->put;
	s->put = done;
	notes_reset(&s->put);
	s->failed |= s->lost;
	if (s->lost)
		snprintf(s->error, sizeof s->error,
			 "more changed than could wait for it");
	s->lost = false;
	return !s->db || s->begun || s->failed || s->committing.bytes.len;
}

enum store_result store_commit(struct store *s)
{
	char why[STORE_ERROR_TEXT], err[STORE_ERROR_TEXT];

	if (!s->db) { /* it could not be begun anew: try again */
		notes_reset(&s->committing);
		return store_attach(s, err) ? STORE_ANEW : STORE_FAILED;
	}
	write_notes(s, &s->committing);
	if (!s->begun && !s->failed)
		return STORE_OK;
	if (!s->failed && store_exec(s, "COMMIT")) {
		s->begun = false;
		s->counters.commits++;
		return STORE_OK;
	}
	s->counters.failed++;
	if (s->damaged) {
		snprintf(why, sizeof why, "it is damaged (%.200s)", s->error);
		if (store_set_aside(s, why, err))
			return STORE_ANEW;
		fprintf(stderr, "wirecert: %s\n", err);
		return STORE_FAILED;
	}
	(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->begun = s->failed = false;
	return STORE_FAILED;
}

void store_beside(struct store *s, unsigned parts)
{
	s->most = (size_t)LIMIT_STATE_NOTES / 1024 * parts;
}

size_t store_memory(const struct store *s)
{
	return notes_memory(&s->put) + s->gathered;
}

void store_put_cert(struct store *s, const struct store_cert *c)
{
	put(s, PUT_CERT, "bttttiibiii", c->sha256, c->subject, c->issuer,
	    c->key, c->names, c->not_before, c->not_after, c->der, c->first.ns,
	    c->last.ns, (int64_t)c->count);
}

void store_put_name(struct store *s, const struct store_name *n)
{
	put(s, PUT_NAME, "tiiiiiii", n->name, (int64_t)n->own, n->first.ns,
	    n->last.ns, (int64_t)n->handshakes, (int64_t)n->judged,
	    (int64_t)n->hidden, (int64_t)n->absent);
}

void store_put_shown(struct store *s, const struct store_shown *w)
{
	char address[ADDR_TEXT];

	addr_format(&w->where.addr, address);
	put(s, PUT_SHOWN, "ttibiiib", w->name, address, (int64_t)w->where.port,
	    w->sha256, w->first.ns, w->last.ns, (int64_t)w->count, w->witness);
}

void store_put_presented(struct store *s, const struct store_shown *w)
{
	char address[ADDR_TEXT], client[ADDR_TEXT];

	addr_format(&w->where.addr, address);
	addr_format(w->client, client);
	put(s, PUT_PRESENTED, "bttiiiibt", w->sha256, w->name, address,
	    (int64_t)w->where.port, w->first.ns, w->last.ns, (int64_t)w->count,
	    w->witness, client);
}

void store_put_finding(struct store *s, const struct store_finding *f)
{
	put(s, PUT_FINDING, "ttiiiiiiiiiiiibttbbttttttit", f->id, f->code,
	    f->severity, f->action, (int64_t)f->inferred, (int64_t)f->told,
	    (int64_t)f->resolved, f->repeats, f->last_told.ns, f->first.ns,
	    f->last.ns, f->count, f->num_clients, f->num_rejected, f->clients,
	    f->because, f->name, f->sha256, f->witness, f->message, f->reason,
	    f->cause, f->fix, f->verify, f->url, (int64_t)f->pending,
	    f->evidence);
}

void store_put_life(struct store *s, const struct store_finding *f)
{
	put(s, PUT_LIFE, "tiiiiiiiiiib", f->id, f->severity, (int64_t)f->told,
	    (int64_t)f->resolved, f->repeats, f->last_told.ns, f->first.ns,
	    f->last.ns, f->count, f->num_clients, f->num_rejected, f->clients);
}

void store_settle(struct store *s)
{
	put(s, SETTLE, "");
}

void store_put_place(struct store *s, struct bytes key, const char *finding)
{
	put(s, PUT_PLACE, "bt", key, finding);
}

void store_drop_place(struct store *s, struct bytes key, const char *finding)
{
	put(s, DROP_PLACE, "bt", key, finding);
}

void store_put_counted(struct store *s, struct bytes key)
{
	put(s, PUT_COUNTED, "b", key);
}

void store_purge(struct store *s, struct stamp before)
{
	put(s, PUT_PURGE, "i", before.ns);
}

const char *store_error(const struct store *s)
{
	return s->error;
}

void store_count(const struct store *s, struct store_counters *out)
{
	*out = s->counters;
}
