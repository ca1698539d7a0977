/*
 * schema.h: the JSON Schema (2020-12) of the events in ECS form, one definition
 * a dataset, made from rows: a row a field.
 *
 * Words and codes are the arrays that the renderers print, so that the two
 * cannot part. Nothing else may be in an event: a field without a row fails
 * tests/schema.
 */
#ifndef EVENT_SCHEMA_H
#define EVENT_SCHEMA_H

#include "base/buf.h"

enum schema_type {
	SCHEMA_TEXT,
	SCHEMA_WORD,  /* one of words */
	SCHEMA_CODE,  /* of a finding: checks[] */
	SCHEMA_ALERT, /* name of a TLS alert */
	SCHEMA_DATE,
	SCHEMA_IP,
	SCHEMA_ID,	/* 32 hex digits */
	SCHEMA_HASH,	/* upper-case hex */
	SCHEMA_COUNT,	/* a number from 0 */
	SCHEMA_INTEGER, /* may be negative */
	SCHEMA_BOOL,
};

enum schema_presence {
	SCHEMA_MAY,
	SCHEMA_WITHIN, /* wherever its object is */
	SCHEMA_ALWAYS, /* in every event of its datasets */
};

struct schema_row {
	/* "a.b[].c"; a last part "*" stands for a member each of words. Rows of
	 * one object stand together. */
	const char *path;
	enum schema_type type;
	unsigned datasets; /* bits 1 << enum dataset */
	enum schema_presence presence;
	const char *const *words; /* "" and NULL in it are no words */
	size_t num_words;
	const char *what; /* for the manual: wirecert.events(5) */
};

extern const struct schema_row schema_rows[];
extern const size_t num_schema_rows;

/* One line of JSON and a newline. */
void schema_write(struct buf *out);

#endif
