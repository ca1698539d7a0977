/*
 * store_notes.h: what is to be written to the store, as statements and their
 * values, one behind the other; inside of the store.
 */
#ifndef LEDGER_STORE_NOTES_H
#define LEDGER_STORE_NOTES_H

#include "base/buf.h"
#include "base/reader.h"

#include <stdarg.h>

struct store_notes {
	struct buf bytes;
};

enum note_kind {
	NOTE_NUMBER,
	NOTE_TEXT, /* ends with NUL */
	NOTE_BYTES,
	NOTE_NULL,
};

struct note_value {
	enum note_kind kind;
	int64_t number;
	struct bytes bytes;
};

/* Its values are read one by one. */
struct note {
	unsigned statement;
	struct reader values;
};

void notes_init(struct store_notes *n);
void notes_fini(struct store_notes *n);
void notes_reset(struct store_notes *n);
/* kinds: i int64_t, t const char * (or NULL), b struct bytes. False: they would
 * have more bytes than most; nothing was added. */
bool notes_add(struct store_notes *n, size_t most, unsigned statement,
	       const char *kinds, va_list args);
/* From *at on; false: there are no more. */
bool notes_next(const struct store_notes *n, size_t *at, struct note *out);
bool note_next(struct note *n, struct note_value *out);
size_t notes_memory(const struct store_notes *n);

#endif
