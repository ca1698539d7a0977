/* test_dns_make.h: DNS messages, written byte by byte for tests. */
#ifndef TEST_DNS_MAKE_H
#define TEST_DNS_MAKE_H

#include "dns/message.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define MAKE_CLASS_IN 1

struct make {
	uint8_t b[65536];
	size_t len;
};

static inline void make_8(struct make *m, unsigned v)
{
	ck_assert_uint_lt(m->len, sizeof m->b);
	m->b[m->len++] = (uint8_t)v;
}

static inline void make_16(struct make *m, unsigned v)
{
	make_8(m, v >> 8);
	make_8(m, v & 0xff);
}

static inline void make_32(struct make *m, uint32_t v)
{
	make_16(m, v >> 16);
	make_16(m, v & 0xffff);
}

/* "www.example.com"; "" is the root; "@12" at the end of labels: a pointer */
static inline void make_name(struct make *m, const char *name)
{
	while (*name && *name != '@') {
		size_t n = strcspn(name, ".@");

		make_8(m, (unsigned)n);
		for (size_t i = 0; i < n; i++)
			make_8(m, (uint8_t)name[i]);
		name += n + (name[n] == '.');
	}
	if (*name)
		make_16(m, 0xc000u | (unsigned)atoi(name + 1));
	else
		make_8(m, 0);
}

static inline void make_head(struct make *m, unsigned id, unsigned flags,
			     unsigned answers, unsigned more)
{
	m->len = 0;
	make_16(m, id);
	make_16(m, flags);
	make_16(m, 1);
	make_16(m, answers);
	make_16(m, 0);
	make_16(m, more);
}

static inline void make_question(struct make *m, const char *name,
				 unsigned type)
{
	make_name(m, name);
	make_16(m, type);
	make_16(m, MAKE_CLASS_IN);
}

/* Up to the length of its data, which make_close() fills in. */
static inline size_t make_open(struct make *m, const char *owner,
			       unsigned type, uint32_t ttl)
{
	make_name(m, owner);
	make_16(m, type);
	make_16(m, MAKE_CLASS_IN);
	make_32(m, ttl);
	make_16(m, 0);
	return m->len;
}

static inline void make_close(struct make *m, size_t at)
{
	m->b[at - 2] = (uint8_t)((m->len - at) >> 8);
	m->b[at - 1] = (uint8_t)(m->len - at);
}

static inline void make_alias(struct make *m, const char *owner, uint32_t ttl,
			      const char *target)
{
	size_t at = make_open(m, owner, DNS_CNAME, ttl);

	make_name(m, target);
	make_close(m, at);
}

static inline void make_addr(struct make *m, const char *owner, uint32_t ttl,
			     const char *addr)
{
	struct addr a;
	size_t at;

	ck_assert(addr_parse(addr, strlen(addr), &a));
	at = make_open(m, owner, a.family == 4 ? DNS_A : DNS_AAAA, ttl);
	for (int i = 0; i < (a.family == 4 ? 4 : 16); i++)
		make_8(m, a.b[i]);
	make_close(m, at);
}

static inline struct bytes make_bytes(const struct make *m)
{
	return bytes_of(m->b, m->len);
}

/* A question, and its answer with an alias and an address. */
static inline void make_query(struct make *m, unsigned id, const char *name,
			      unsigned type)
{
	make_head(m, id, 0x0100, 0, 0);
	make_question(m, name, type);
}

static inline void make_answer(struct make *m, unsigned id, const char *name,
			       const char *target, const char *addr)
{
	make_head(m, id, 0x8180, target ? 2 : 1, 0);
	make_question(m, name, DNS_A);
	if (target)
		make_alias(m, "@12", 60, target);
	make_addr(m, target ? target : "@12", 60, addr);
}

/* A message in a heap block of exactly its size. */
static inline struct dns_message *make_read(const void *p, size_t len,
					    bool cut)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct dns_message *m;

	ck_assert_ptr_nonnull(exact);
	if (len)
		memcpy(exact, p, len);
	m = dns_message_read(bytes_of(exact, len), cut);
	ck_assert_ptr_nonnull(m);
	free(exact);
	return m;
}

#endif
