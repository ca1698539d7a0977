/* ech_inner.c: the parts of an Encrypted Client Hello (RFC 9849 5). */
#include "tls/ech.h"

#include "base/buf.h"
#include "base/reader.h"

#define ECH	   0xfe0du
#define OUTER_EXTS 0xfd00u
#define ECH_OUTER  0

/* As long as a message may be; what is built is never longer than its parts. */
#define MAX_HELLO LIMIT_TLS_MESSAGE

static bool read_extension(struct reader *body, struct tls_ech_outer *o)
{
	struct reader enc, payload;

	if (rd_u8(body) != ECH_OUTER)
		return false;
	o->kdf = rd_u16(body);
	o->aead = rd_u16(body);
	o->config_id = rd_u8(body);
	enc = rd_vec16(body);
	o->enc = rd_left(&enc);
	o->payload_at = rd_offset(body) + 2;
	payload = rd_vec16(body);
	o->payload = rd_left(&payload);
	return rd_end(body) && o->payload.len > 0;
}

bool tls_ech_outer(struct bytes hello, struct tls_ech_outer *out)
{
	struct reader r = rd_whole(hello), list;
	struct tls_ech_outer o = { .config_id = 0 };

	(void)rd_bytes(&r, 2 + 32); /* version, random */
	list = rd_vec8(&r);
	o.session_id = rd_left(&list);
	(void)rd_vec16(&r); /* cipher suites */
	(void)rd_vec8(&r);  /* compression methods */
	list = rd_vec16(&r);
	o.extensions = rd_left(&list);
	if (!rd_ok(&r))
		return false;
	while (rd_more(&list)) {
		uint16_t type = rd_u16(&list);
		struct reader body = rd_vec16(&list);

		if (type != ECH || !rd_ok(&list))
			continue;
		if (!read_extension(&body, &o))
			return false;
		*out = o;
		return true;
	}
	return false;
}

static void add_u16(struct buf *b, size_t v)
{
	buf_add_char(b, (char)(v >> 8));
	buf_add_char(b, (char)v);
}

static void add_vec16(struct buf *b, struct bytes v)
{
	add_u16(b, v.len);
	buf_add(b, v.p, v.len);
}

static void add_vec8(struct buf *b, struct bytes v)
{
	buf_add_char(b, (char)v.len);
	buf_add(b, v.p, v.len);
}

static void add_extension(struct buf *b, uint16_t type, struct bytes body)
{
	add_u16(b, type);
	add_vec16(b, body);
}

/*
 * Those that the outer hello has already. They stand there in the same order,
 * so that one walk over it finds all, and none twice (RFC 9849 5.1).
 */
static bool add_outer(struct buf *b, struct reader *types,
		      const struct tls_ech_outer *outer)
{
	struct reader from = rd_whole(outer->extensions);
	struct reader list = rd_vec8(types);

	while (rd_more(&list)) {
		uint16_t want = rd_u16(&list), type = (uint16_t)~want;

		while (type != want && rd_more(&from)) {
			struct reader body;

			type = rd_u16(&from);
			body = rd_vec16(&from);
			if (type == want && rd_ok(&from))
				add_extension(b, type, rd_left(&body));
		}
		if (type != want || want == ECH || !rd_ok(&from))
			return false;
	}
	return rd_close(types, &list) && rd_end(types);
}

static bool add_extensions(struct buf *b, struct reader *list,
			   const struct tls_ech_outer *outer)
{
	bool replaced = false;

	while (rd_more(list)) {
		uint16_t type = rd_u16(list);
		struct reader body = rd_vec16(list);

		if (!rd_ok(list))
			return false;
		if (type != OUTER_EXTS) {
			add_extension(b, type, rd_left(&body));
			continue;
		}
		if (replaced || !add_outer(b, &body, outer))
			return false;
		replaced = true;
	}
	return rd_end(list) && !b->failed && b->len <= UINT16_MAX;
}

/* RFC 9849 5.1: nothing but zeros behind the hello. */
static bool is_padding(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.p[i])
			return false;
	return true;
}

bool tls_ech_inner(struct bytes encoded, const struct tls_ech_outer *outer,
		   struct arena *a, struct bytes *inner)
{
	struct reader r = rd_whole(encoded), id, suites, methods, list;
	struct bytes head = rd_bytes(&r, 2 + 32), made;
	struct buf extensions, all;
	bool sound;

	id = rd_vec8(&r);
	suites = rd_vec16(&r);
	methods = rd_vec8(&r);
	list = rd_vec16(&r);
	if (!rd_ok(&r) || rd_left(&id).len || !is_padding(rd_left(&r)))
		return false;
	buf_init(&extensions, MAX_HELLO);
	buf_init(&all, MAX_HELLO);
	sound = add_extensions(&extensions, &list, outer);
	buf_add(&all, head.p, head.len);
	add_vec8(&all, outer->session_id);
	add_vec16(&all, rd_left(&suites));
	add_vec8(&all, rd_left(&methods));
	add_vec16(&all, buf_bytes(&extensions));
	made = sound && !all.failed ? arena_copy(a, buf_bytes(&all))
				    : bytes_of(NULL, 0);
	buf_fini(&extensions);
	buf_fini(&all);
	if (!made.len)
		return false;
	*inner = made;
	return true;
}
