/*
 * dtls_assembly.c: handshake messages out of fragments in any order, doubled
 * and overlapping (RFC 6347 4.2.3). Memory follows the bytes that came: pages,
 * each with a bit per byte, so that no order of fragments makes it slow.
 */
#include "tls/dtls_parts.h"
#include "tls/facts.h"

#define PAGE   512
#define PAGES  64
#define TABLES ((LIMIT_TLS_MESSAGE + PAGE * PAGES - 1) / (PAGE * PAGES))

struct dtls_page {
	uint8_t have[PAGE / 8];
	uint8_t data[PAGE];
};

struct dtls_pages {
	struct dtls_page *page[PAGES];
};

void dtls_flight_reset(struct dtls_flight *fl)
{
	*fl = (struct dtls_flight){ .slot = { NULL } };
}

struct dtls_message *dtls_flight_find(const struct dtls_flight *fl,
				      uint32_t seq)
{
	for (int i = 0; i < LIMIT_DTLS_MESSAGES; i++)
		if (fl->slot[i] && fl->slot[i]->used &&
		    fl->slot[i]->seq == seq)
			return fl->slot[i];
	return NULL;
}

struct dtls_message *dtls_flight_first(const struct dtls_flight *fl,
				       uint32_t seq)
{
	struct dtls_message *first = NULL;

	for (int i = 0; i < LIMIT_DTLS_MESSAGES; i++) {
		struct dtls_message *m = fl->slot[i];

		if (m && m->used && m->seq >= seq &&
		    (!first || m->seq < first->seq))
			first = m;
	}
	return first;
}

bool dtls_flight_empty(const struct dtls_flight *fl)
{
	return !dtls_flight_first(fl, 0);
}

/* A free slot for the fragment's message. */
static enum dtls_add message_new(struct dtls_flight *fl, struct arena *a,
				 const struct dtls_fragment *f,
				 uint64_t offset, struct dtls_message **out)
{
	for (int i = 0; i < LIMIT_DTLS_MESSAGES; i++) {
		struct dtls_message *m = fl->slot[i];

		if (m && m->used)
			continue;
		if (!m)
			m = fl->slot[i] = arena_alloc(a, sizeof *m);
		if (!m)
			return DTLS_ADD_MEMORY;
		*m = (struct dtls_message){
			.used = true,
			.type = f->type,
			.seq = f->seq,
			.len = f->len,
			.offset = offset,
		};
		*out = m;
		return DTLS_ADD_OK;
	}
	return DTLS_ADD_TOO_MANY;
}

static struct dtls_page *page_at(const struct dtls_message *m, uint32_t at)
{
	struct dtls_pages *pages =
		m->table ? m->table[at / (PAGE * PAGES)] : NULL;

	return pages ? pages->page[at / PAGE % PAGES] : NULL;
}

static struct dtls_page *page_make(struct dtls_message *m, struct arena *a,
				   uint32_t at)
{
	struct dtls_pages **pages;
	struct dtls_page **page;

	if (!m->table)
		m->table = arena_alloc(a, TABLES * sizeof(*m->table));
	if (!m->table)
		return NULL;
	pages = &m->table[at / (PAGE * PAGES)];
	if (!*pages)
		*pages = arena_alloc(a, sizeof **pages);
	if (!*pages)
		return NULL;
	page = &(*pages)->page[at / PAGE % PAGES];
	if (!*page)
		*page = arena_alloc(a, sizeof **page);
	return *page;
}

static bool page_has(const struct dtls_page *page, uint32_t at)
{
	return page && page->have[at % PAGE / 8] & 1u << at % 8;
}

/* Puts bytes where none are yet; what came first stands. */
static enum dtls_add message_put(struct dtls_message *m, struct arena *a,
				 uint32_t from, struct bytes b)
{
	enum dtls_add result = DTLS_ADD_OK;

	for (size_t i = 0; i < b.len; i++) {
		uint32_t at = from + (uint32_t)i;
		struct dtls_page *page = page_make(m, a, at);

		if (!page)
			return DTLS_ADD_MEMORY;
		if (!page_has(page, at)) {
			page->data[at % PAGE] = b.p[i];
			page->have[at % PAGE / 8] |= (uint8_t)(1u << at % 8);
			m->got++;
		} else if (page->data[at % PAGE] != b.p[i]) {
			result = DTLS_ADD_CONFLICT;
		}
	}
	return result;
}

bool dtls_message_is_other(const struct dtls_message *m, struct bytes random)
{
	const struct dtls_page *page = page_at(m, 0);

	for (uint32_t at = 0; at < 2 + random.len; at++) /* behind its version */
		if (!page_has(page, at))
			return false;
	return memcmp(page->data + 2, random.p, random.len) != 0;
}

struct bytes dtls_message_head(const struct dtls_message *m, struct arena *a)
{
	uint32_t n = 0;
	uint8_t *p;

	if (m->whole)
		return m->body;
	while (n < m->len && page_has(page_at(m, n), n))
		n++;
	p = n ? arena_alloc(a, n) : NULL;
	if (!p)
		return bytes_of(NULL, 0);
	for (uint32_t at = 0; at < n; at += PAGE)
		memcpy(p + at, page_at(m, at)->data,
		       n - at < PAGE ? n - at : PAGE);
	return bytes_of(p, n);
}

static enum dtls_add message_join(struct dtls_message *m, struct arena *a)
{
	struct bytes body = dtls_message_head(m, a);

	if (body.len != m->len)
		return DTLS_ADD_MEMORY;
	m->body = body;
	m->table = NULL;
	m->whole = true;
	return DTLS_ADD_OK;
}

static enum dtls_add message_add(struct dtls_message *m, struct arena *a,
				 const struct dtls_fragment *f)
{
	enum dtls_add result;

	if (!facts_is_read(m->type) || !m->len) {
		m->whole = true;
		return DTLS_ADD_OK;
	}
	if (f->b.len == m->len && !m->got) {
		m->body = arena_copy(a, f->b);
		m->whole = m->body.len == m->len;
		return m->whole ? DTLS_ADD_OK : DTLS_ADD_MEMORY;
	}
	result = message_put(m, a, f->from, f->b);
	if (m->got == m->len && result != DTLS_ADD_MEMORY) {
		enum dtls_add joined = message_join(m, a);

		return joined == DTLS_ADD_OK ? result : joined;
	}
	return result;
}

enum dtls_add dtls_flight_add(struct dtls_flight *fl, struct arena *a,
			      const struct dtls_fragment *f, uint64_t offset,
			      struct stamp time, struct dtls_message **out)
{
	struct dtls_message *m = dtls_flight_find(fl, f->seq);
	enum dtls_add result = DTLS_ADD_OK;

	if (m && (m->type != f->type || m->len != f->len)) {
		*out = m;
		return DTLS_ADD_CONFLICT;
	}
	if (!m)
		result = message_new(fl, a, f, offset, &m);
	if (result != DTLS_ADD_OK)
		return result;
	if (!m->whole) {
		m->time = time;
		result = message_add(m, a, f);
	}
	if (result == DTLS_ADD_OK || result == DTLS_ADD_CONFLICT)
		*out = m;
	return result;
}
