/* store_sqlite.h: inside of the store; see store.h. */
#ifndef LEDGER_STORE_SQLITE_H
#define LEDGER_STORE_SQLITE_H

#include "ledger/store.h"
#include "ledger/store_notes.h"

#include <sqlite3.h>

enum statement {
	PUT_CERT,
	PUT_NAME,
	PUT_SHOWN,
	PUT_PRESENTED,
	PUT_FINDING,
	PUT_LIFE,
	SETTLE,
	PUT_PLACE,
	DROP_PLACE,
	PUT_COUNTED,
	STATEMENT_NUM,
	PUT_PURGE = STATEMENT_NUM /* several: store_purge() */
};

struct store {
	char *dir, *path;
	sqlite3 *db;
	sqlite3_stmt *st[STATEMENT_NUM];
	int lock; /* -1: reading only */
	/* what was put, and what of it is being committed */
	struct store_notes put, committing;
	bool begun, failed, damaged;
	bool lost; /* what was put did not fit, it goes as a whole */
	size_t gathered; /* bytes of what is being committed, or was */
	size_t most; /* bytes of it that may wait; 0: it is written at once */
	char error[STORE_ERROR_TEXT];
	struct store_counters counters;
};

/* store.c: notes what went wrong; true if nothing did. */
bool store_check(struct store *s, int result);
bool store_exec(struct store *s, const char *sql);

/* store_file.c: the file: opened, brought up to date, or set aside. */
bool store_attach(struct store *s, char *err);
bool store_attach_read(struct store *s, char *err);
void store_detach(struct store *s);
/* Renames it, says why in one line, begins a new one. */
bool store_set_aside(struct store *s, const char *why, char *err);
extern const char *const store_statements[STATEMENT_NUM];

#endif
