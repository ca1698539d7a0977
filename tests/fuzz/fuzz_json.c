/*
 * fuzz_json.c: src/base/json.h: whatever is written, by any sequence of calls
 * with any texts, is one JSON text (RFC 8259) in valid UTF-8 without control
 * characters; checked by a parser of its own.
 *
 * The input is calls: an opcode, for texts a length and the bytes.
 */
#include <stdlib.h>

#include "base/json.h"
#include "base/reader.h"
#include "demand.h"

static bool is_utf8(struct reader *r)
{
	uint8_t first = rd_u8(r);
	unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0;
	uint32_t c = more ? first & (0x3fu >> more) : first;
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };

	if (first < 0x20 || (first >= 0x80 && first < 0xc2) || first > 0xf4)
		return false;
	for (unsigned i = 0; i < more; i++) {
		uint8_t b = rd_u8(r);

		if ((b & 0xc0) != 0x80)
			return false;
		c = c << 6 | (b & 0x3f);
	}
	return c >= least[more] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

static void check_string(struct reader *r)
{
	demand(rd_u8(r) == '"');
	while (rd_peek8(r) != '"') {
		if (rd_peek8(r) != '\\') {
			demand(is_utf8(r));
			continue;
		}
		rd_skip(r, 1);
		switch (rd_u8(r)) {
		case 'u':
			for (int i = 0; i < 4; i++)
				demand(is_hex(rd_u8(r)));
			break;
		case '"':
		case '\\':
		case '/':
		case 'b':
		case 'f':
		case 'n':
		case 'r':
		case 't':
			break;
		default:
			abort();
		}
	}
	rd_skip(r, 1);
}

static void check_value(struct reader *r, unsigned depth);

static void check_members(struct reader *r, char close, unsigned depth)
{
	rd_skip(r, 1);
	if (rd_peek8(r) == close) {
		rd_skip(r, 1);
		return;
	}
	for (;;) {
		uint8_t c;

		if (close == '}') {
			check_string(r);
			demand(rd_u8(r) == ':');
		}
		check_value(r, depth + 1);
		c = rd_u8(r);
		if (c == close)
			return;
		demand(c == ',');
	}
}

static void check_value(struct reader *r, unsigned depth)
{
	uint8_t c = rd_peek8(r);

	demand(depth <= JSON_DEPTH);
	if (c == '{' || c == '[') {
		check_members(r, c == '{' ? '}' : ']', depth);
	} else if (c == '"') {
		check_string(r);
	} else if (c == 't') {
		demand(bytes_is(rd_bytes(r, 4), "true"));
	} else if (c == 'f') {
		demand(bytes_is(rd_bytes(r, 5), "false"));
	} else {
		if (c == '-')
			rd_skip(r, 1);
		c = rd_u8(r);
		demand(c >= '0' && c <= '9');
		while (rd_more(r) && rd_peek8(r) >= '0' && rd_peek8(r) <= '9') {
			demand(c != '0');
			rd_skip(r, 1);
		}
	}
}

static void write_one(struct json *j, struct reader *in, bool array, uint8_t op)
{
	const char *key = array ? NULL : "key";
	struct reader text;

	switch (op % 5) {
	case 0:
		jw_int(j, key, (int64_t)rd_u64(in));
		break;
	case 1:
		jw_uint(j, key, rd_u64(in));
		break;
	case 2:
		jw_bool(j, key, op & 0x10);
		break;
	case 3:
		text = rd_vec8(in);
		jw_text(j, key, rd_rest(&text), op & 0x10 ? 7 : 0);
		break;
	default:
		text = rd_vec8(in);
		jw_hex(j, key, rd_rest(&text), op & 0x10);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = rd_window(bytes_of(data, size)), out;
	bool array[JSON_DEPTH] = { false };
	unsigned depth = 1;
	struct json j;
	struct buf b;

	buf_init(&b, 1u << 22);
	jw_init(&j, &b);
	jw_object(&j, NULL);
	while (rd_more(&in)) {
		uint8_t op = rd_u8(&in);
		const char *key = array[depth - 1] ? NULL : "object";

		if (op >= 0x40) {
			write_one(&j, &in, array[depth - 1], op);
		} else if (op < 0x10 && depth > 1) {
			jw_end(&j);
			depth--;
		} else if (op >= 0x10 && depth < JSON_DEPTH) {
			array[depth] = op & 1;
			depth++;
			if (op & 2)
				(op & 1 ? jw_array : jw_object)(&j, key);
			else
				(op & 1 ? jw_array_lazy : jw_object_lazy)(&j,
									  key);
		}
	}
	while (depth--)
		jw_end(&j);
	out = rd_whole(buf_bytes(&b));
	check_value(&out, 0);
	demand(rd_end(&out) && !b.failed);
	buf_fini(&b);
	return 0;
}
