/*
 * store_file.c: the file of the store: schema, versions, damage; see
 * store_sqlite.h.
 */
#include "ledger/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION 0x77636572 /* "wcer" */

/* migrations[n] makes version n + 1 of version n: rows are only added here. */
static const char *const migrations[] = {
	"CREATE TABLE certificate(sha256 BLOB PRIMARY KEY, subject TEXT,"
	" issuer TEXT, key TEXT, names TEXT, not_before INTEGER,"
	" not_after INTEGER, der BLOB, first INTEGER, last INTEGER,"
	" count INTEGER);"
	"CREATE INDEX certificate_last ON certificate(last);"
	"CREATE TABLE name(name TEXT PRIMARY KEY, own INTEGER, first INTEGER,"
	" last INTEGER, handshakes INTEGER, judged INTEGER, hidden INTEGER,"
	" absent INTEGER);"
	"CREATE INDEX name_last ON name(last);"
	"CREATE TABLE shown(name TEXT, address TEXT, port INTEGER,"
	" sha256 BLOB, first INTEGER, last INTEGER, count INTEGER,"
	" witness BLOB, PRIMARY KEY(name, address, port, sha256));"
	"CREATE INDEX shown_last ON shown(last);"
	"CREATE TABLE finding(id TEXT PRIMARY KEY, code TEXT,"
	" severity INTEGER, action INTEGER, inferred INTEGER, told INTEGER,"
	" resolved INTEGER, repeats INTEGER, last_told INTEGER, first INTEGER,"
	" last INTEGER, count INTEGER, num_clients INTEGER,"
	" num_rejected INTEGER, clients BLOB, because TEXT, name TEXT,"
	" sha256 BLOB, witness BLOB, message TEXT, reason TEXT, cause TEXT,"
	" fix TEXT, verify TEXT, url TEXT, pending INTEGER, evidence TEXT);"
	"CREATE INDEX finding_last ON finding(last);"
	"CREATE INDEX finding_leaf ON finding(sha256) WHERE NOT resolved;"
	"CREATE INDEX finding_pending ON finding(pending) WHERE pending;"
	"CREATE TABLE place(key BLOB, finding TEXT,"
	" PRIMARY KEY(key, finding)) WITHOUT ROWID;"
	"CREATE INDEX place_finding ON place(finding);"
	"CREATE TABLE counted(key BLOB UNIQUE, n INTEGER PRIMARY KEY);",
	"CREATE TABLE presented(sha256 BLOB, name TEXT, address TEXT,"
	" port INTEGER, first INTEGER, last INTEGER, count INTEGER,"
	" witness BLOB, client TEXT,"
	" PRIMARY KEY(sha256, client, name, address, port));"
	"CREATE INDEX presented_last ON presented(last);",
};
#define VERSION ((int)(sizeof migrations / sizeof *migrations))

/* What lies within the times that are known was counted: a capture that is
 * replayed once more adds nothing. All of it is computed from the old row. */
#define IS_NEW "(excluded.last>last OR excluded.first<first)"
#define SPAN " first=min(first,excluded.first), last=max(last,excluded.last),"
#define ADDED(column) " " column "=" column "+excluded." column "*" IS_NEW

const char *const store_statements[STATEMENT_NUM] = {
	[PUT_CERT] =
		"INSERT INTO certificate VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,"
		"?11) ON CONFLICT(sha256) DO UPDATE SET" SPAN ADDED("count"),
	[PUT_NAME] =
		"INSERT INTO name VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"
		" ON CONFLICT(name) DO UPDATE SET own=own|excluded.own,"
		SPAN ADDED("handshakes") "," ADDED("judged") ","
		ADDED("hidden") "," ADDED("absent"),
	[PUT_SHOWN] =
		"INSERT INTO shown VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"
		" ON CONFLICT(name,address,port,sha256) DO UPDATE SET"
		SPAN ADDED("count") ", witness=excluded.witness",
	[PUT_PRESENTED] =
		"INSERT INTO presented VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)"
		" ON CONFLICT(sha256,client,name,address,port) DO UPDATE SET"
		SPAN ADDED("count") ", witness=excluded.witness",
	[PUT_FINDING] =
		"INSERT OR REPLACE INTO finding VALUES(?1,?2,?3,?4,?5,?6,?7,"
		"?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,"
		"?23,?24,?25,?26,?27)",
	[PUT_LIFE] =
		"UPDATE finding SET severity=?2, told=?3, resolved=?4,"
		" repeats=?5, last_told=?6, first=?7, last=?8, count=?9,"
		" num_clients=?10, num_rejected=?11, clients=?12 WHERE id=?1",
	[SETTLE] = "UPDATE finding SET pending=0 WHERE pending",
	[PUT_PLACE] = "INSERT OR IGNORE INTO place VALUES(?1,?2)",
	[DROP_PLACE] = "DELETE FROM place WHERE key=?1 AND finding=?2",
	[PUT_COUNTED] = "INSERT OR IGNORE INTO counted(key) VALUES(?1)",
};

void store_detach(struct store *s)
{
	for (int i = 0; i < STATEMENT_NUM; i++) {
		sqlite3_finalize(s->st[i]);
		s->st[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
	s->begun = s->failed = s->damaged = false;
}

static bool number(struct store *s, const char *sql, int64_t *out)
{
	sqlite3_stmt *st;
	bool ok;

	if (!store_check(s, sqlite3_prepare_v2(s->db, sql, -1, &st, NULL)))
		return false;
	ok = sqlite3_step(st) == SQLITE_ROW;
	if (ok)
		*out = sqlite3_column_int64(st, 0);
	return store_check(s, sqlite3_finalize(st)) && ok;
}

/* "" where the file is ours and not newer, else what is wrong with it. */
static const char *identify(struct store *s, int64_t *version)
{
	int64_t application, tables;

	if (!number(s, "SELECT count(*) FROM sqlite_master", &tables) ||
	    !number(s, "PRAGMA application_id", &application) ||
	    !number(s, "PRAGMA user_version", version))
		return s->damaged ? "it is damaged" : s->error;
	/* just made, maybe by one that was killed then */
	if (!tables && !application && !*version)
		return "";
	if (application != APPLICATION)
		return "it is no file of wirecert";
	if (*version > VERSION || *version < 0)
		return "a newer version of wirecert made it";
	return "";
}

static bool migrate(struct store *s, int64_t version)
{
	char sql[96];

	for (; version < VERSION; version++) {
		snprintf(sql, sizeof sql,
			 "PRAGMA application_id=%d; PRAGMA user_version=%d",
			 APPLICATION, (int)version + 1);
		if (!store_exec(s, "BEGIN IMMEDIATE") ||
		    !store_exec(s, migrations[version]) ||
		    !store_exec(s, sql) || !store_exec(s, "COMMIT"))
			return false;
	}
	return true;
}

static bool prepare(struct store *s)
{
	for (int i = 0; i < STATEMENT_NUM; i++)
		if (!store_check(s, sqlite3_prepare_v3(
					    s->db, store_statements[i], -1,
					    SQLITE_PREPARE_PERSISTENT,
					    &s->st[i], NULL)))
			return false;
	return true;
}

static bool open_file(struct store *s)
{
	int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0) {
		snprintf(s->error, sizeof s->error, "%s", strerror(errno));
		return false;
	}
	(void)close(fd);
	return store_check(s, sqlite3_open_v2(s->path, &s->db,
					      SQLITE_OPEN_READWRITE |
						      SQLITE_OPEN_NOMUTEX,
					      NULL));
}

/* What is wrong, or NULL. The reader has a moment at most: 2 s. */
static const char *bring_up(struct store *s)
{
	const char *why;
	int64_t version;

	if (!open_file(s))
		return s->error;
	(void)sqlite3_busy_timeout(s->db, 2000);
	why = identify(s, &version);
	if (*why) {
		/* not ours to write: what can be read of it is wrong */
		s->damaged = true;
		return why;
	}
	if (store_exec(s, "PRAGMA journal_mode=WAL;"
			  "PRAGMA synchronous=NORMAL;"
			  "PRAGMA cache_size=-8192;"
			  "PRAGMA journal_size_limit=16777216") &&
	    migrate(s, version) && prepare(s))
		return NULL;
	/* its tables are not those of its version */
	s->damaged |= sqlite3_errcode(s->db) == SQLITE_ERROR;
	return s->error;
}

bool store_attach(struct store *s, char *err)
{
	const char *why = bring_up(s);
	char text[STORE_ERROR_TEXT];

	if (!why)
		return true;
	snprintf(text, sizeof text, "%s", why);
	if (s->damaged)
		return store_set_aside(s, text, err);
	snprintf(err, STORE_ERROR_TEXT, "%.200s: cannot be used: %.200s",
		 s->path, text);
	store_detach(s);
	return false;
}

bool store_set_aside(struct store *s, const char *why, char *err)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char from[4200], to[4200];
	struct stat st;
	unsigned n = 0;

	store_detach(s);
	do
		snprintf(to, sizeof to, "%s.aside-%u", s->path, ++n);
	while (n < 1000 && lstat(to, &st) == 0);
	for (size_t i = 0; i < 3; i++) {
		snprintf(from, sizeof from, "%s%s", s->path, parts[i]);
		snprintf(to, sizeof to, "%s.aside-%u%s", s->path, n, parts[i]);
		if (rename(from, to) == 0 || errno == ENOENT)
			continue;
		snprintf(err, STORE_ERROR_TEXT,
			 "%.200s: %.80s, and it cannot be set aside: %s", from,
			 why, strerror(errno));
		return false;
	}
	s->counters.aside++;
	fprintf(stderr, "wirecert: %s: %s; set aside as %s.aside-%u, a new "
			"one is begun\n", s->path, why, s->path, n);
	why = bring_up(s);
	if (!why)
		return true;
	snprintf(err, STORE_ERROR_TEXT, "%.200s: cannot be made: %.200s",
		 s->path, why);
	store_detach(s);
	return false;
}

/* A name for sqlite3_open_v2 with SQLITE_OPEN_URI. */
static void uri_of(const char *path, const char *query, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "file:");

	for (; *path && n + 4 < size; path++) {
		if (strchr("?#%", *path))
			n += (size_t)snprintf(out + n, size - n, "%%%02x",
					      (unsigned char)*path);
		else
			out[n++] = *path;
	}
	snprintf(out + n, size - n, "%s", query);
}

static const char *read_up(struct store *s, const char *query)
{
	char uri[8400];
	const char *why;
	int64_t version;

	uri_of(s->path, query, uri, sizeof uri);
	if (!store_check(s, sqlite3_open_v2(uri, &s->db,
					    SQLITE_OPEN_READONLY |
						    SQLITE_OPEN_URI |
						    SQLITE_OPEN_NOMUTEX,
					    NULL)))
		return s->error;
	(void)sqlite3_busy_timeout(s->db, 2000);
	why = identify(s, &version);
	if (*why)
		return why;
	if (!version)
		return "nothing was written yet";
	return version == VERSION ? NULL
				  : "an older version of wirecert made it; "
				    "start the sensor once, that migrates it";
}

/* Whoever may not write the folder cannot share memory with the sensor; when
 * none is running, nothing has to be shared. */
bool store_attach_read(struct store *s, char *err)
{
	char wal[4200];
	const char *why;
	struct stat st;

	if (stat(s->path, &st) != 0) {
		snprintf(err, STORE_ERROR_TEXT,
			 "%.200s: %s; a sensor with [state] directory makes it",
			 s->path, strerror(errno));
		return false;
	}
	snprintf(wal, sizeof wal, "%s-wal", s->path);
	why = read_up(s, "");
	if (why && stat(wal, &st) != 0) {
		store_detach(s);
		why = read_up(s, "?immutable=1");
	}
	if (!why)
		return true;
	snprintf(err, STORE_ERROR_TEXT, "%.200s: cannot be read: %.200s",
		 s->path, why);
	store_detach(s);
	return false;
}
