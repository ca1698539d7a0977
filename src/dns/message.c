/* message.c: see message.h. */
#include "dns/message.h"

#include "base/limits.h"

#include <stdlib.h>

#define CLASS_IN 1
/* mDNS: "unicast wanted" in questions, "flush the cache" in records (RFC 6762
 * 5.4, 10.2) */
#define CLASS_MASK 0x7fffu

/* RFC 9460 14.3.2 */
#define SVC_IPV4HINT 4
#define SVC_ECH	     5
#define SVC_IPV6HINT 6

struct draft {
	struct dns_message *m;
	struct bytes all;
	struct reader r;
	size_t size;
	bool no_memory;
};

static void read_header(struct reader *r, struct dns_head *h)
{
	h->id = rd_u16(r);
	h->flags = rd_u16(r);
	h->response = h->flags & DNS_FLAG_RESPONSE;
	for (int i = 0; i < 4; i++)
		h->num[i] = rd_u16(r);
}

/* FNV-1a: tells questions apart, keeps nobody out. */
static uint64_t hash_name(const char *text, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
	return h;
}

bool dns_head_read(struct bytes b, bool cut, struct dns_head *out)
{
	struct reader r = cut ? rd_window(b) : rd_whole(b);
	struct dns_head h = { .spent = 0 };
	char name[DNS_NAME_TEXT];

	read_header(&r, &h);
	if (rd_ok(&r) && h.num[0]) {
		size_t len = dns_name_read(&r, b, name);

		h.type = rd_u16(&r);
		(void)rd_u16(&r);
		h.has_question = rd_ok(&r);
		h.name_hash = hash_name(name, len);
	}
	if (!rd_ok(&r))
		return false;
	h.spent = rd_offset(&r);
	*out = h;
	return true;
}

static const char *keep(struct draft *d, const char *name, size_t len)
{
	const char *s = arena_str(&d->m->arena, bytes_of(name, len));

	if (!s)
		d->no_memory = true;
	return s;
}

/* NULL: no room, counted. */
static struct dns_record *add(struct draft *d, const struct dns_record *like)
{
	struct dns_message *m = d->m;

	if (m->num_records == d->size) {
		m->num_left_out++;
		return NULL;
	}
	m->records[m->num_records] = *like;
	return &m->records[m->num_records++];
}

static void add_addr(struct draft *d, const struct dns_record *like,
		     uint16_t type, struct bytes b)
{
	struct dns_record *rec = add(d, like);

	if (!rec)
		return;
	rec->type = type;
	rec->addr = type == DNS_A ? addr_v4(b.p) : addr_v6(b.p);
}

/* The hints of a SVCB record hold for its target (RFC 9460 7.3). */
static void read_hints(struct draft *d, const struct dns_record *svc,
		       struct reader *value, uint16_t type)
{
	struct dns_record like = { .name = svc->target,
				   .section = svc->section,
				   .ttl = svc->ttl,
				   .hint = true };
	size_t size = type == DNS_A ? 4 : 16;

	while (rd_more(value)) {
		struct bytes b = rd_bytes(value, size);

		if (rd_ok(value))
			add_addr(d, &like, type, b);
	}
}

/* RFC 9460 2.2 */
static void read_svcb(struct draft *d, struct reader *r,
		      struct dns_record *like)
{
	char target[DNS_NAME_TEXT];
	struct dns_record *rec;
	size_t len;

	like->priority = rd_u16(r);
	len = dns_name_read(r, d->all, target);
	if (!rd_ok(r))
		return;
	/* "." is the owner itself (2.5.2); as an alias it is "no service" */
	like->target = len ? keep(d, target, len) : like->name;
	rec = !len && !like->priority ? NULL : add(d, like);
	while (rec && rd_more(r)) {
		uint16_t key = rd_u16(r);
		struct reader value = rd_vec16(r);

		if (key == SVC_IPV4HINT)
			read_hints(d, like, &value, DNS_A);
		else if (key == SVC_IPV6HINT)
			read_hints(d, like, &value, DNS_AAAA);
		else if (key == SVC_ECH)
			rec->ech = rd_ok(r);
	}
}

/* A record's data that is malformed costs only that record. */
static void read_data(struct draft *d, struct reader *data,
		      struct dns_record *like)
{
	char target[DNS_NAME_TEXT];
	struct bytes b;
	size_t len;

	switch (like->type) {
	case DNS_A:
	case DNS_AAAA:
		b = rd_bytes(data, like->type == DNS_A ? 4 : 16);
		if (rd_end(data))
			add_addr(d, like, like->type, b);
		break;
	case DNS_CNAME:
		len = dns_name_read(data, d->all, target);
		if (!rd_end(data) || !len)
			break;
		like->target = keep(d, target, len);
		(void)add(d, like);
		break;
	default:
		read_svcb(d, data, like);
		break;
	}
}

static bool is_wanted(uint16_t type, uint16_t class)
{
	if ((class & CLASS_MASK) != CLASS_IN)
		return false;
	return type == DNS_A || type == DNS_AAAA || type == DNS_CNAME ||
	       type == DNS_SVCB || type == DNS_HTTPS;
}

static void read_record(struct draft *d, uint8_t section)
{
	struct dns_record like = { .section = section };
	char name[DNS_NAME_TEXT];
	size_t len = dns_name_read(&d->r, d->all, name);
	struct reader data;
	uint16_t class;

	like.type = rd_u16(&d->r);
	class = rd_u16(&d->r);
	like.ttl = rd_u32(&d->r);
	if (like.ttl > INT32_MAX)
		like.ttl = 0; /* RFC 2181 8 */
	data = rd_vec16(&d->r);
	if (!rd_ok(&d->r) || !len || !is_wanted(like.type, class))
		return;
	like.name = keep(d, name, len);
	if (like.name)
		read_data(d, &data, &like);
}

static void read_questions(struct draft *d, uint16_t num)
{
	char name[DNS_NAME_TEXT];

	for (uint16_t i = 0; i < num && rd_ok(&d->r); i++) {
		size_t len = dns_name_read(&d->r, d->all, name);
		uint16_t type = rd_u16(&d->r);

		(void)rd_u16(&d->r); /* class */
		if (i || !rd_ok(&d->r))
			continue;
		d->m->question.type = type;
		d->m->question.name = keep(d, name, len);
	}
}

static void read_sections(struct draft *d, const struct dns_head *h)
{
	size_t num = (size_t)h->num[1] + h->num[2] + h->num[3];

	/* never more than the bytes can hold: 11 of a record, 4 of a hint */
	d->size = rd_left(&d->r).len / 4;
	if (d->size > LIMIT_DNS_RECORDS)
		d->size = LIMIT_DNS_RECORDS;
	if (num && d->size)
		d->m->records = arena_alloc(&d->m->arena,
					    d->size * sizeof *d->m->records);
	if (!d->m->records)
		d->size = 0;
	for (uint8_t s = DNS_ANSWER; s <= DNS_ADDITIONAL; s++)
		for (uint16_t i = 0; i < h->num[s + 1] && rd_ok(&d->r); i++)
			read_record(d, s);
}

static void spoil(struct dns_message *m)
{
	m->bad = true;
	m->question = (struct dns_question){ .name = NULL };
	m->num_records = m->num_left_out = 0;
}

static bool read_all(struct draft *d)
{
	struct dns_message *m = d->m;
	struct dns_head h = { .spent = 0 };

	read_header(&d->r, &h);
	if (!rd_ok(&d->r))
		return false;
	m->id = h.id;
	m->response = h.response;
	m->opcode = (uint8_t)((h.flags & DNS_FLAG_OPCODE) >> 11);
	m->rcode = h.flags & DNS_FLAG_RCODE;
	m->truncated = h.flags & DNS_FLAG_TRUNCATED;
	read_questions(d, h.num[0]);
	if (rd_ok(&d->r))
		read_sections(d, &h);
	/* a message that TC ends early, or the capture, counts as far as it
	 * goes; any other that ends early contradicts itself */
	return rd_ok(&d->r) || d->r.state == RD_SHORT || m->truncated;
}

struct dns_message *dns_message_read(struct bytes b, bool cut)
{
	struct draft d = { .all = b };

	d.m = calloc(1, sizeof *d.m);
	if (!d.m)
		return NULL;
	arena_init(&d.m->arena, LIMIT_DNS_MEMORY);
	d.m->cut = cut;
	d.r = cut ? rd_window(b) : rd_whole(b);
	if (!read_all(&d))
		spoil(d.m);
	if (d.no_memory) {
		dns_message_free(d.m);
		return NULL;
	}
	return d.m;
}

void dns_message_free(struct dns_message *m)
{
	if (!m)
		return;
	arena_fini(&m->arena);
	free(m);
}
