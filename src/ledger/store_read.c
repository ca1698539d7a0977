/* store_read.c: what the store has, read back; see store.h. */
#include "ledger/store_sqlite.h"

#include "base/limits.h"

#include <stdio.h>

static const char find_findings[] =
	"SELECT id, code, severity, action, inferred, told, resolved, repeats,"
	" last_told, f.first, f.last, f.count, num_clients, num_rejected,"
	" clients, name, f.sha256, witness, c.der, message, reason, cause, fix,"
	" verify, url, pending, because, evidence FROM"
	" (SELECT * FROM finding ORDER BY last DESC LIMIT ?1) f"
	" LEFT JOIN certificate c ON c.sha256 = f.sha256 ORDER BY f.last";
static const char find_places[] = "SELECT key, finding FROM place LIMIT ?1";
static const char find_counted[] = "SELECT key FROM counted ORDER BY n";
static const char find_own[] =
	"SELECT name FROM (SELECT name, last FROM name WHERE own"
	" ORDER BY last DESC LIMIT ?1) ORDER BY last";
static const char find_shown[] =
	"SELECT w.name, address, port, w.sha256, w.first, w.last, w.count,"
	" witness, c.der FROM"
	" (SELECT * FROM shown WHERE length(sha256) = 32"
	"  ORDER BY last DESC LIMIT ?1) w"
	" JOIN certificate c ON c.sha256 = w.sha256 ORDER BY w.last";

static const char find_presented[] =
	"SELECT w.name, address, port, w.sha256, w.first, w.last, w.count,"
	" witness, c.der FROM"
	" (SELECT * FROM presented ORDER BY last DESC LIMIT ?1) w"
	" JOIN certificate c ON c.sha256 = w.sha256 ORDER BY w.last";

static const char *text(sqlite3_stmt *st, int n)
{
	return (const char *)sqlite3_column_text(st, n);
}

static struct bytes blob(sqlite3_stmt *st, int n)
{
	const void *p = sqlite3_column_blob(st, n);

	return bytes_of(p, (size_t)sqlite3_column_bytes(st, n));
}

static struct stamp stamp(sqlite3_stmt *st, int n)
{
	return (struct stamp){ .ns = sqlite3_column_int64(st, n) };
}

static void give_finding(const struct store_reader *r, sqlite3_stmt *st)
{
	struct store_finding f = {
		.id = text(st, 0),
		.code = text(st, 1),
		.severity = sqlite3_column_int64(st, 2),
		.action = sqlite3_column_int64(st, 3),
		.inferred = sqlite3_column_int(st, 4),
		.told = sqlite3_column_int(st, 5),
		.resolved = sqlite3_column_int(st, 6),
		.repeats = sqlite3_column_int64(st, 7),
		.last_told = stamp(st, 8),
		.first = stamp(st, 9),
		.last = stamp(st, 10),
		.count = sqlite3_column_int64(st, 11),
		.num_clients = sqlite3_column_int64(st, 12),
		.num_rejected = sqlite3_column_int64(st, 13),
		.clients = blob(st, 14),
		.name = text(st, 15),
		.sha256 = blob(st, 16),
		.witness = blob(st, 17),
		.der = blob(st, 18),
		.message = text(st, 19),
		.reason = text(st, 20),
		.cause = text(st, 21),
		.fix = text(st, 22),
		.verify = text(st, 23),
		.url = text(st, 24),
		.pending = sqlite3_column_int(st, 25),
		.because = text(st, 26),
		.evidence = text(st, 27),
	};

	if (f.id && f.code)
		r->finding(r->arg, &f);
}

static void give_place(const struct store_reader *r, sqlite3_stmt *st)
{
	if (text(st, 1))
		r->place(r->arg, blob(st, 0), text(st, 1));
}

static void give_counted(const struct store_reader *r, sqlite3_stmt *st)
{
	r->counted(r->arg, blob(st, 0));
}

static void give_own(const struct store_reader *r, sqlite3_stmt *st)
{
	if (text(st, 0))
		r->own_name(r->arg, text(st, 0));
}

static bool read_shown(sqlite3_stmt *st, struct store_shown *out)
{
	const char *address = text(st, 1);
	struct store_shown w = {
		.name = text(st, 0),
		.where.port = (uint16_t)sqlite3_column_int(st, 2),
		.sha256 = blob(st, 3),
		.first = stamp(st, 4),
		.last = stamp(st, 5),
		.count = (uint64_t)sqlite3_column_int64(st, 6),
		.witness = blob(st, 7),
		.der = blob(st, 8),
	};

	*out = w;
	return w.name && address && w.sha256.len == 32 &&
	       addr_parse(address, strlen(address), &out->where.addr);
}

static void give_shown(const struct store_reader *r, sqlite3_stmt *st)
{
	struct store_shown w;

	if (read_shown(st, &w))
		r->shown(r->arg, &w);
}

static void give_presented(const struct store_reader *r, sqlite3_stmt *st)
{
	struct store_shown w;

	if (read_shown(st, &w))
		r->presented(r->arg, &w);
}

static bool each(struct store *s, const char *sql, int limit,
		 const struct store_reader *r,
		 void (*give)(const struct store_reader *r, sqlite3_stmt *st))
{
	sqlite3_stmt *st;
	int result;

	if (!store_check(s, sqlite3_prepare_v2(s->db, sql, -1, &st, NULL)))
		return false;
	if (sqlite3_bind_parameter_count(st))
		(void)sqlite3_bind_int(st, 1, limit);
	while ((result = sqlite3_step(st)) == SQLITE_ROW)
		give(r, st);
	(void)store_check(s, result);
	return store_check(s, sqlite3_finalize(st));
}

bool store_read(struct store *s, const struct store_reader *r)
{
	if (each(s, find_findings, LIMIT_LEDGER_FINDINGS, r, give_finding) &&
	    each(s, find_places, LIMIT_LEDGER_PLACES, r, give_place) &&
	    each(s, find_counted, 0, r, give_counted) &&
	    each(s, find_own, LIMIT_KNOW_NAMES, r, give_own) &&
	    each(s, find_shown, LIMIT_KNOW_PLACES, r, give_shown) &&
	    each(s, find_presented, LIMIT_KNOW_PLACES, r, give_presented))
		return true;
	s->failed = true;
	(void)store_commit(s); /* sets it aside where it is damaged */
	return false;
}

struct stamp store_newest(struct store *s)
{
	struct stamp newest = { 0 };
	sqlite3_stmt *st;

	if (!store_check(s, sqlite3_prepare_v2(
				    s->db, "SELECT max(last) FROM shown", -1,
				    &st, NULL)))
		return newest;
	if (sqlite3_step(st) == SQLITE_ROW)
		newest = stamp(st, 0);
	(void)store_check(s, sqlite3_finalize(st));
	return newest;
}

static const char *const lists[] = {
	[STORE_CERTIFICATES] =
		"SELECT c.not_after, w.name, address, port, subject, issuer,"
		" names, key, not_before, nullif(lower(hex(w.sha256)), ''),"
		" w.first / 1000000000, w.last / 1000000000, w.count,"
		" (SELECT group_concat(code) FROM (SELECT DISTINCT code FROM"
		"  finding f WHERE f.sha256 = w.sha256 AND NOT resolved AND told"
		"  AND length(w.sha256) AND (f.name = w.name OR NOT"
		"  (code GLOB 'name.*' OR code GLOB 'client.*' OR"
		"  (client IS NULL AND code GLOB 'clientcert.*')))"
		"  ORDER BY code)),"
		" client"
		" FROM (SELECT name, address, port, sha256, first, last, count,"
		"  NULL AS client FROM shown UNION ALL SELECT name, address, port,"
		"  sha256, first, last, count, client FROM presented) w"
		" LEFT JOIN certificate c ON c.sha256 = w.sha256"
		" WHERE (?1 IS NULL OR c.not_after < ?1)"
		" ORDER BY c.not_after IS NULL, c.not_after, w.name, address,"
		" port, w.sha256",
	[STORE_NAMES] =
		"SELECT name, own, handshakes, judged, hidden, absent,"
		" (SELECT count(DISTINCT sha256) FROM shown w WHERE"
		"  w.name = n.name AND length(sha256)),"
		" (SELECT min(not_after) FROM certificate c WHERE sha256 IN"
		"  (SELECT sha256 FROM shown w WHERE w.name = n.name)),"
		" first / 1000000000, last / 1000000000"
		" FROM name n WHERE ?1 IS NULL OR ?1 ORDER BY name",
};

bool store_list(struct store *s, enum store_list list, int64_t before,
		void (*row)(void *arg, const struct store_cell *cells),
		void *arg)
{
	struct store_cell cells[STORE_COLUMNS];
	sqlite3_stmt *st;
	int result;

	if (!store_check(s, sqlite3_prepare_v2(s->db, lists[list], -1, &st,
					       NULL)))
		return false;
	if (before != INT64_MAX)
		(void)sqlite3_bind_int64(st, 1, before);
	while ((result = sqlite3_step(st)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			/* the type first: the text is made in its place */
			cells[i].known = sqlite3_column_type(st, i) !=
					 SQLITE_NULL;
			cells[i].number = sqlite3_column_int64(st, i);
			cells[i].text = blob(st, i);
		}
		row(arg, cells);
	}
	(void)store_check(s, result);
	return store_check(s, sqlite3_finalize(st));
}
