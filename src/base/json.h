/*
 * json.h: a streaming JSON writer (RFC 8259) into a struct buf.
 *
 * Whatever it is given, what it writes is one valid JSON text in valid UTF-8:
 * invalid bytes of strings become U+FFFD, control characters are escaped, keys
 * come from the program only. Commas and nesting are its own business. After
 * the buffer's cap is reached buf.failed says so and the text must be dropped.
 *
 * Objects can be lazy: json_object_lazy() writes nothing until a member comes,
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

void json_init(struct json *j, struct buf *out);
/* key is NULL inside arrays and at the top. */
void json_object(struct json *j, const char *key);
void json_object_lazy(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_array_lazy(struct json *j, const char *key);
void json_end(struct json *j);

void json_str(struct json *j, const char *key, const char *s);
/* NULL or empty: nothing is written. */
void json_str_opt(struct json *j, const char *key, const char *s);
/* Bytes from the wire, cut at max bytes (0: not cut) with "..." behind. */
void json_text(struct json *j, const char *key, struct bytes b, size_t max);
void json_int(struct json *j, const char *key, int64_t v);
void json_uint(struct json *j, const char *key, uint64_t v);
void json_bool(struct json *j, const char *key, bool v);
void json_hex(struct json *j, const char *key, struct bytes b, bool upper);

/* Appends b as the inside of a JSON string, without the quotes. */
void json_escape(struct buf *out, struct bytes b);

#endif
