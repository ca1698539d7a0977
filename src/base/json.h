/*
 * json.h: a streaming JSON writer (RFC 8259) into a struct buf.
 *
 * Whatever it is given, what it writes is one valid JSON text in valid UTF-8:
 * invalid bytes of strings become U+FFFD, control characters are escaped, keys
 * come from the program only. Commas and nesting are its own business. After
 * the buffer's cap is reached buf.failed says so and the text must be dropped.
 *
 * Objects can be lazy: jw_object_lazy() writes nothing until a member comes,
 * and nothing at all if none does, so that absent facts leave no empty objects.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

#define JSON_DEPTH 24

struct json {
	struct buf *out;
	struct {
		const char *key; /* not yet written: lazy */
		char close;
		bool some, open;
	} level[JSON_DEPTH];
	unsigned depth;
};

void jw_init(struct json *j, struct buf *out);
/* key is NULL inside arrays and at the top. */
void jw_object(struct json *j, const char *key);
void jw_object_lazy(struct json *j, const char *key);
void jw_array(struct json *j, const char *key);
void jw_array_lazy(struct json *j, const char *key);
void jw_end(struct json *j);

void jw_str(struct json *j, const char *key, const char *s);
/* NULL or empty: nothing is written. */
void jw_str_opt(struct json *j, const char *key, const char *s);
/* Bytes from the wire, cut at max bytes (0: not cut) with "..." behind. */
void jw_text(struct json *j, const char *key, struct bytes b, size_t max);
void jw_int(struct json *j, const char *key, int64_t v);
void jw_uint(struct json *j, const char *key, uint64_t v);
void jw_bool(struct json *j, const char *key, bool v);
void jw_hex(struct json *j, const char *key, struct bytes b, bool upper);

/* Appends b as the inside of a JSON string, without the quotes. */
void jw_escape(struct buf *out, struct bytes b);

#endif
