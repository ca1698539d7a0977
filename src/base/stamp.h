/*
 * stamp.h: points in time.
 *
 * A struct stamp is nanoseconds since 1970-01-01T00:00:00Z (years 1678 to
 * 2262), wrapped so that it never mixes with other numbers. Certificates reach
 * further (0000 to 9999): their times are int64_t seconds, named *_sec.
 */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stamp {
	int64_t ns;
};

/* "2026-11-23T09:37:26.412345678Z" and the years before 0 or after 9999 */
#define STAMP_TEXT 80

static inline struct stamp stamp_sec(int64_t sec)
{
	return (struct stamp){ .ns = sec * 1000000000LL };
}

/* Whole seconds, rounded towards the past. */
static inline int64_t stamp_to_sec(struct stamp t)
{
	int64_t s = t.ns / 1000000000LL;

	return t.ns % 1000000000LL < 0 ? s - 1 : s;
}

static inline bool stamp_before(struct stamp a, struct stamp b)
{
	return a.ns < b.ns;
}

/* ISO 8601, UTC, Z; with micro- or nanoseconds where needed, at least ms. */
void stamp_format(struct stamp t, char out[static STAMP_TEXT]);
/* Seconds as ISO 8601 with ".000Z"; years outside 0 to 9999 are clamped. */
void stamp_format_sec(int64_t sec, char out[static STAMP_TEXT]);
/* Seconds as "2026-11-23T09:37:26Z", for people. */
void stamp_format_short(int64_t sec, char out[static STAMP_TEXT]);
/*
 * Reads "2026-11-23T09:37:26[.frac][Z]", "2026-11-23" or "@SECONDS"; false and
 * nothing stored where the text is none of these.
 */
bool stamp_parse(const char *text, struct stamp *out);
/* Days since 1970-01-01 of a proleptic Gregorian date; months from 1. */
int64_t stamp_days(int64_t year, unsigned month, unsigned day);

#endif
