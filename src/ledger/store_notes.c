/* store_notes.c: see store_notes.h. */
#include "ledger/store_notes.h"

/* What a long wait made large is given back. */
#define KEPT (1u << 20)

void notes_init(struct store_notes *n)
{
	buf_init(&n->bytes, SIZE_MAX / 4);
}

void notes_fini(struct store_notes *n)
{
	buf_fini(&n->bytes);
}

void notes_reset(struct store_notes *n)
{
	if (n->bytes.size > 2 * KEPT) {
		buf_fini(&n->bytes);
		notes_init(n);
	}
	buf_reset(&n->bytes);
}

size_t notes_memory(const struct store_notes *n)
{
	return n->bytes.size;
}

static void add_number(struct buf *b, uint64_t v, int bytes)
{
	while (bytes-- > 0)
		buf_add_char(b, (char)(uint8_t)(v >> 8 * bytes));
}

static void add_bytes(struct buf *b, enum note_kind kind, const void *p,
		      size_t len)
{
	buf_add_char(b, (char)kind);
	add_number(b, len, 4);
	buf_add(b, p, len);
}

static void add_value(struct buf *b, char kind, va_list *args)
{
	struct bytes bytes;
	const char *text;

	if (kind == 'i') {
		buf_add_char(b, NOTE_NUMBER);
		add_number(b, (uint64_t)va_arg(*args, int64_t), 8);
	} else if (kind == 't') {
		text = va_arg(*args, const char *);
		if (text)
			add_bytes(b, NOTE_TEXT, text, strlen(text) + 1);
		else
			buf_add_char(b, NOTE_NULL);
	} else {
		bytes = va_arg(*args, struct bytes);
		add_bytes(b, NOTE_BYTES, bytes.p, bytes.len);
	}
}

bool notes_add(struct store_notes *n, size_t most, unsigned statement,
	       const char *kinds, va_list args)
{
	struct buf *b = &n->bytes;
	size_t before = b->len, len;
	va_list copy;

	buf_add_char(b, (char)statement);
	add_number(b, 0, 4);
	va_copy(copy, args);
	for (; *kinds; kinds++)
		add_value(b, *kinds, &copy);
	va_end(copy);
	if (b->failed || b->len > most) {
		b->failed = false;
		b->len = before;
		return false;
	}
	len = b->len - before - 5;
	for (size_t i = 0; i < 4; i++)
		b->p[before + 1 + i] = (uint8_t)(len >> 8 * (3 - i));
	return true;
}

bool notes_next(const struct store_notes *n, size_t *at, struct note *out)
{
	struct reader r = rd_whole(bytes_tail(buf_bytes(&n->bytes), *at));
	struct bytes values;

	out->statement = rd_u8(&r);
	values = rd_bytes(&r, rd_u32(&r));
	if (!rd_ok(&r))
		return false;
	*at += 5 + values.len;
	out->values = rd_whole(values);
	return true;
}

bool note_next(struct note *n, struct note_value *out)
{
	struct reader *r = &n->values;

	if (!rd_more(r))
		return false;
	*out = (struct note_value){ .kind = (enum note_kind)rd_u8(r) };
	if (out->kind == NOTE_NUMBER)
		out->number = (int64_t)rd_u64(r);
	else if (out->kind != NOTE_NULL)
		out->bytes = rd_bytes(r, rd_u32(r));
	return true;
}
