/* test_dns.c: DNS messages (RFC 1035, 9460), and sessions that carry them. */
#include "flow/protocol.h"
#include "test_dns_make.h"

#include "base/limits.h"
#include "test_run.h"

#include <time.h>

extern const struct protocol protocol_dns, protocol_dns_tcp;

static struct make m;

#define NAME   "api.example.com"
#define TARGET "abc123def4.execute-api.us-east-1.amazonaws.com"

START_TEST(answer)
{
	struct dns_message *d;

	make_answer(&m, 0x1234, "API.Example.COM", TARGET, "203.0.113.20");
	d = make_read(m.b, m.len, false);
	ck_assert(!d->bad && d->response && !d->truncated && !d->cut);
	ck_assert_uint_eq(d->id, 0x1234);
	ck_assert_uint_eq(d->rcode, 0);
	ck_assert_str_eq(d->question.name, NAME);
	ck_assert_uint_eq(d->question.type, DNS_A);
	ck_assert_uint_eq(d->num_records, 2);
	ck_assert_uint_eq(d->records[0].type, DNS_CNAME);
	ck_assert_str_eq(d->records[0].name, NAME);
	ck_assert_str_eq(d->records[0].target, TARGET);
	ck_assert_uint_eq(d->records[0].ttl, 60);
	ck_assert_uint_eq(d->records[1].type, DNS_A);
	ck_assert_str_eq(d->records[1].name, TARGET);
	ck_assert_uint_eq(d->records[1].addr.family, 4);
	ck_assert_uint_eq(d->records[1].addr.b[3], 20);
	ck_assert(!d->asked);
	dns_message_free(d);
}
END_TEST

/* Every prefix: bad as a whole; as a cut one, as far as it goes. */
START_TEST(ladder)
{
	size_t most = 0;

	make_answer(&m, 7, NAME, TARGET, "2001:db8::20");
	for (size_t len = 0; len < m.len; len++) {
		struct dns_message *whole = make_read(m.b, len, false);
		struct dns_message *cut = make_read(m.b, len, true);

		ck_assert(whole->bad);
		ck_assert_uint_eq(whole->num_records, 0);
		ck_assert_ptr_null(whole->question.name);
		ck_assert_int_eq(cut->bad, len < DNS_HEADER);
		ck_assert_uint_ge(cut->num_records, most);
		most = cut->num_records;
		dns_message_free(whole);
		dns_message_free(cut);
	}
	ck_assert_uint_eq(most, 1);
}
END_TEST

/* TC: what is there counts, and the message says that it is not all. */
START_TEST(truncated)
{
	struct dns_message *d;

	make_head(&m, 9, 0x8380, 5, 0);
	make_question(&m, NAME, DNS_A);
	make_alias(&m, "@12", 60, TARGET);
	d = make_read(m.b, m.len, false);
	ck_assert(!d->bad && d->truncated);
	ck_assert_uint_eq(d->num_records, 1);
	dns_message_free(d);
}
END_TEST

/* RFC 9460: an alias, a service elsewhere, one at home with hints and ech. */
START_TEST(https_record)
{
	struct dns_message *d;
	size_t at;

	make_head(&m, 9, 0x8180, 3, 0);
	make_question(&m, NAME, DNS_HTTPS);
	at = make_open(&m, "@12", DNS_HTTPS, 300);
	make_16(&m, 0);
	make_name(&m, "alias.example.net");
	make_close(&m, at);
	at = make_open(&m, "@12", DNS_HTTPS, 300);
	make_16(&m, 1);
	make_name(&m, "");
	make_16(&m, 4); /* ipv4hint */
	make_16(&m, 8);
	make_32(&m, 0xcb007101);
	make_32(&m, 0xcb007102);
	make_16(&m, 5); /* ech */
	make_16(&m, 2);
	make_16(&m, 0);
	make_close(&m, at);
	at = make_open(&m, "@12", DNS_SVCB, 300);
	make_16(&m, 0); /* an alias of nothing: no such service */
	make_name(&m, "");
	make_close(&m, at);
	d = make_read(m.b, m.len, false);
	ck_assert_uint_eq(d->num_records, 4);
	ck_assert_str_eq(d->records[0].target, "alias.example.net");
	ck_assert_uint_eq(d->records[0].priority, 0);
	ck_assert_str_eq(d->records[1].target, NAME);
	ck_assert_uint_eq(d->records[1].priority, 1);
	ck_assert(d->records[1].ech && !d->records[0].ech);
	ck_assert(d->records[2].hint && d->records[2].type == DNS_A);
	ck_assert_str_eq(d->records[2].name, NAME);
	ck_assert_uint_eq(d->records[2].addr.b[3], 1);
	ck_assert_uint_eq(d->records[3].addr.b[3], 2);
	dns_message_free(d);
}
END_TEST

/* A record with data of the wrong size costs itself, not the message. */
START_TEST(odd_data)
{
	struct dns_message *d;
	size_t at;

	make_head(&m, 9, 0x8180, 3, 1);
	make_question(&m, NAME, DNS_A);
	at = make_open(&m, "@12", DNS_A, 60);
	make_16(&m, 1);
	make_close(&m, at);
	at = make_open(&m, "@12", DNS_CNAME, 60);
	make_name(&m, TARGET);
	make_8(&m, 0);
	make_close(&m, at);
	make_addr(&m, "@12", 0x80000001u, "203.0.113.20");
	at = make_open(&m, "", 41, 0); /* EDNS */
	make_close(&m, at);
	d = make_read(m.b, m.len, false);
	ck_assert(!d->bad);
	ck_assert_uint_eq(d->num_records, 1);
	ck_assert_uint_eq(d->records[0].ttl, 0); /* RFC 2181 8 */
	dns_message_free(d);
}
END_TEST

static bool name_is_bad(const char *name)
{
	struct dns_message *d;
	bool bad;

	make_head(&m, 1, 0x8180, 0, 0);
	make_question(&m, name, DNS_A);
	d = make_read(m.b, m.len, false);
	bad = d->bad;
	dns_message_free(d);
	return bad;
}

/* Addresses; each name is a pointer to the one before, so many in a row. */
static struct dns_message *chain_of(unsigned most)
{
	unsigned at = 12;

	make_head(&m, 1, 0x8180, 0, 2000);
	make_question(&m, NAME, DNS_A);
	for (unsigned i = 1; i <= 2000; i++) {
		char owner[16];
		unsigned here = (unsigned)m.len;

		snprintf(owner, sizeof owner, "@%u", at);
		make_addr(&m, owner, 60, "192.0.2.1");
		at = i % most && here < 0x3f00 ? here : 12;
	}
	return make_read(m.b, m.len, false);
}

/* Pointers go back, never on, never to themselves, never into the header. */
START_TEST(pointers)
{
	struct dns_message *d;

	ck_assert(name_is_bad("@12"));
	ck_assert(name_is_bad("a@12"));
	ck_assert(name_is_bad("a@14"));
	ck_assert(name_is_bad("@0"));
	ck_assert(name_is_bad("@4000"));
	ck_assert(!name_is_bad("a.b.c"));
	/* a chain of pointers, each a step back: ends */
	d = chain_of(LIMIT_DNS_JUMPS);
	ck_assert(!d->bad);
	ck_assert_uint_eq(d->num_records, LIMIT_DNS_RECORDS);
	ck_assert_uint_eq(d->num_left_out, 2000 - LIMIT_DNS_RECORDS);
	ck_assert_str_eq(d->records[255].name, NAME);
	dns_message_free(d);
	d = chain_of(LIMIT_DNS_JUMPS + 1);
	ck_assert(d->bad);
	dns_message_free(d);
}
END_TEST

START_TEST(long_names)
{
	char name[300];

	/* 4 labels of 63 (256 with the root) are one byte too many */
	memset(name, 'a', sizeof name);
	name[63] = name[127] = name[191] = '.';
	name[255] = '\0';
	ck_assert(name_is_bad(name));
	name[253] = '\0';
	ck_assert(!name_is_bad(name));
	/* labels of 64 and 128 are of kinds that nobody uses */
	memset(name, 'a', sizeof name);
	name[64] = '\0';
	ck_assert(name_is_bad(name));
	name[64] = 'a';
	name[128] = '\0';
	ck_assert(name_is_bad(name));
}
END_TEST

/* What is no plain character is told as RFC 1035 5.1 has it. */
START_TEST(odd_characters)
{
	struct dns_message *d;

	make_head(&m, 1, 0x8180, 0, 0);
	make_8(&m, 5);
	make_8(&m, 'A');
	make_8(&m, '.');
	make_8(&m, '\\');
	make_8(&m, 0);
	make_8(&m, 0xe9);
	make_8(&m, 0);
	make_16(&m, DNS_A);
	make_16(&m, MAKE_CLASS_IN);
	d = make_read(m.b, m.len, false);
	ck_assert_str_eq(d->question.name, "a\\046\\092\\000\\233");
	dns_message_free(d);
}
END_TEST

static void feed(const struct protocol *row, void *s, uint8_t dir,
		 struct bytes b, int64_t sec)
{
	struct chunk c = { .dir = dir, .data = b, .time = stamp_sec(sec) };

	row->feed(s, &c);
}

static struct dns_message *next(const struct protocol *row, void *s)
{
	struct note n;

	if (!row->next(s, &n))
		return NULL;
	ck_assert_int_eq(n.kind, NOTE_DNS);
	return n.fact;
}

/* The answer that follows was asked for, or not. */
static void expect(const struct protocol *row, void *s, bool asked)
{
	struct dns_message *d = next(row, s);

	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(d->asked, asked);
	ck_assert(d->response);
	dns_message_free(d);
	ck_assert_ptr_null(next(row, s));
}

START_TEST(asked)
{
	const struct protocol *row = &protocol_dns;
	void *s = row->open(NULL, stamp_sec(0));

	make_query(&m, 1, NAME, DNS_A);
	feed(row, s, 0, make_bytes(&m), 1);
	ck_assert(!row->done(s));
	/* another id, type, name; the same direction */
	make_answer(&m, 2, NAME, TARGET, "192.0.2.1");
	feed(row, s, 1, make_bytes(&m), 1);
	expect(row, s, false);
	make_answer(&m, 1, "api.example.org", TARGET, "192.0.2.1");
	feed(row, s, 1, make_bytes(&m), 1);
	expect(row, s, false);
	make_answer(&m, 1, NAME, TARGET, "192.0.2.1");
	feed(row, s, 0, make_bytes(&m), 1);
	expect(row, s, false);
	/* the case is the client's to choose (0x20) */
	make_answer(&m, 1, "aPi.eXample.COM", TARGET, "192.0.2.1");
	feed(row, s, 1, make_bytes(&m), 1);
	expect(row, s, true);
	ck_assert(row->done(s));
	/* a second answer was not asked for */
	feed(row, s, 1, make_bytes(&m), 1);
	expect(row, s, false);
	row->free(s);
}
END_TEST

START_TEST(waits)
{
	const struct protocol *row = &protocol_dns;
	void *s = row->open(NULL, stamp_sec(0));

	for (unsigned i = 0; i < 3 * LIMIT_DNS_QUERIES; i++) {
		make_query(&m, i, NAME, DNS_A);
		feed(row, s, 0, make_bytes(&m), 1);
	}
	make_answer(&m, 0, NAME, TARGET, "192.0.2.1");
	feed(row, s, 1, make_bytes(&m), 1);
	expect(row, s, false); /* too many since */
	ck_assert_uint_eq(row->dropped(s), 2 * LIMIT_DNS_QUERIES);
	ck_assert_uint_eq(row->dropped(s), 0); /* told once */
	make_answer(&m, 3 * LIMIT_DNS_QUERIES - 1, NAME, TARGET, "192.0.2.1");
	feed(row, s, 1, make_bytes(&m), 1);
	expect(row, s, true);
	row->tick(s, (struct stamp){ .ns = NSEC_PER_SEC + LIMIT_DNS_WAIT });
	ck_assert(!row->done(s));
	row->tick(s, (struct stamp){ .ns = NSEC_PER_SEC + LIMIT_DNS_WAIT + 1 });
	ck_assert(row->done(s));
	row->free(s);
}
END_TEST

/* Nobody ticks: what waited too long is over all the same, not forgotten. */
START_TEST(over_without_a_tick)
{
	const struct protocol *row = &protocol_dns;
	const int64_t wait = LIMIT_DNS_WAIT / NSEC_PER_SEC;
	void *s = row->open(NULL, stamp_sec(0));

	for (unsigned i = 0; i < LIMIT_DNS_QUERIES; i++) {
		make_query(&m, i, NAME, DNS_A);
		feed(row, s, 0, make_bytes(&m), 1);
	}
	make_answer(&m, 1, NAME, TARGET, "192.0.2.1");
	feed(row, s, 1, make_bytes(&m), 1 + wait);
	expect(row, s, true);
	make_answer(&m, 2, NAME, TARGET, "192.0.2.1");
	feed(row, s, 1, make_bytes(&m), 2 + wait);
	expect(row, s, false);
	for (unsigned i = 0; i < LIMIT_DNS_QUERIES; i++) {
		make_query(&m, 100 + i, NAME, DNS_A);
		feed(row, s, 0, make_bytes(&m), 2 + wait);
	}
	ck_assert_uint_eq(row->dropped(s), 0);
	make_query(&m, 200, NAME, DNS_A);
	feed(row, s, 0, make_bytes(&m), 2 + wait);
	ck_assert_uint_eq(row->dropped(s), 1);
	row->free(s);
}
END_TEST

START_TEST(recognised)
{
	enum recognise (*udp)(struct bytes, uint8_t, uint16_t, uint16_t) =
		protocol_dns.recognise;
	static const uint8_t noise[64] = { 1, 2, 0x81, 0x80, 0, 1 };

	make_query(&m, 1, NAME, DNS_A);
	ck_assert_int_eq(udp(make_bytes(&m), 0, 40000, 53), RECOGNISE_YES);
	ck_assert_int_eq(udp(make_bytes(&m), 0, 5353, 5353), RECOGNISE_YES);
	ck_assert_int_eq(udp(make_bytes(&m), 0, 40000, 5300), RECOGNISE_YES);
	ck_assert_int_eq(udp(make_bytes(&m), 0, 137, 137), RECOGNISE_NO);
	/* left-over bytes, a strange type: only where the port says so */
	make_8(&m, 0);
	ck_assert_int_eq(udp(make_bytes(&m), 0, 40000, 5300), RECOGNISE_NO);
	make_query(&m, 1, NAME, 4711);
	ck_assert_int_eq(udp(make_bytes(&m), 0, 40000, 5300), RECOGNISE_NO);
	ck_assert_int_eq(udp(make_bytes(&m), 0, 40000, 53), RECOGNISE_YES);
	ck_assert_int_eq(udp(bytes_of(noise, 64), 0, 40000, 5300),
			 RECOGNISE_NO);
	for (size_t n = 0; n < m.len; n++)
		ck_assert_int_eq(udp(bytes_of(m.b, n), 0, 40000, 5300),
				 RECOGNISE_NO);
	make_answer(&m, 1, NAME, TARGET, "192.0.2.1");
	ck_assert_int_eq(udp(make_bytes(&m), 1, 5300, 40000), RECOGNISE_YES);
}
END_TEST

/* The stream: each message behind its length. */
static size_t framed(const struct make *from, uint8_t *out)
{
	out[0] = (uint8_t)(from->len >> 8);
	out[1] = (uint8_t)from->len;
	memcpy(out + 2, from->b, from->len);
	return from->len + 2;
}

START_TEST(over_tcp)
{
	const struct protocol *row = &protocol_dns_tcp;
	size_t step = (size_t)_i;
	static uint8_t b[4096];
	void *s = row->open(NULL, stamp_sec(0));
	size_t n;

	make_query(&m, 5, NAME, DNS_A);
	n = framed(&m, b);
	ck_assert_int_eq(row->recognise(bytes_of(b, n), 0, 40000, 53),
			 RECOGNISE_YES);
	ck_assert_int_eq(row->recognise(bytes_of(b, 2), 0, 40000, 53),
			 RECOGNISE_YES);
	ck_assert_int_eq(row->recognise(bytes_of(b, n), 0, 40000, 443),
			 RECOGNISE_NO);
	feed(row, s, 0, bytes_of(b, n), 1);
	make_answer(&m, 5, NAME, TARGET, "192.0.2.1");
	n = framed(&m, b);
	n += framed(&m, b + n);
	for (size_t at = 0; at < n; at += step)
		feed(row, s, 1, bytes_head(bytes_of(b + at, n - at), step), 1);
	for (int i = 0; i < 2; i++) {
		struct dns_message *d = next(row, s);

		ck_assert_ptr_nonnull(d);
		ck_assert_int_eq(d->asked, i == 0);
		ck_assert_uint_eq(d->num_records, 2);
		dns_message_free(d);
	}
	ck_assert_ptr_null(next(row, s));
	ck_assert(!row->done(s));
	row->close(s, CLOSE_FIN, 0, stamp_sec(2));
	ck_assert(!row->done(s));
	row->close(s, CLOSE_FIN, 1, stamp_sec(2));
	ck_assert(row->done(s));
	row->free(s);
}
END_TEST

/* Behind a hole no length is found again; TLS on port 53 is not DNS. */
START_TEST(tcp_gap)
{
	static const uint8_t hello[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3,
					 0, 0, 0, 0, 0 };
	const struct protocol *row = &protocol_dns_tcp;
	struct chunk gap = { .dir = 1, .gap = 3 };
	static uint8_t b[4096];
	void *s = row->open(NULL, stamp_sec(0));
	size_t n;

	ck_assert_int_eq(row->recognise(bytes_of(hello, sizeof hello), 0,
					40000, 53), RECOGNISE_NO);
	make_answer(&m, 5, NAME, TARGET, "192.0.2.1");
	n = framed(&m, b);
	feed(row, s, 1, bytes_of(b, n / 2), 1);
	row->feed(s, &gap);
	feed(row, s, 1, bytes_of(b, n), 1);
	ck_assert_ptr_null(next(row, s));
	row->free(s);
}
END_TEST

/* CPU time to feed 2.5 MB of empty messages in chunks of n bytes. */
static clock_t empty_ones(size_t n)
{
	static const uint8_t zeros[UINT16_MAX - 1];
	const struct protocol *row = &protocol_dns_tcp;
	void *s = row->open(NULL, stamp_sec(0));
	clock_t begin = clock();

	for (size_t i = 0; i < 40 * sizeof zeros; i += n)
		feed(row, s, 0, bytes_of(zeros, n), 1);
	row->free(s);
	return clock() - begin;
}

START_TEST(tcp_empty)
{
	clock_t some = empty_ones(UINT16_MAX / 64);

	ck_assert_int_lt(empty_ones(UINT16_MAX - 1),
			 8 * some + CLOCKS_PER_SEC / 20);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, answer);
	tcase_add_test(t, ladder);
	tcase_add_test(t, truncated);
	tcase_add_test(t, https_record);
	tcase_add_test(t, odd_data);
	tcase_add_test(t, pointers);
	tcase_add_test(t, long_names);
	tcase_add_test(t, odd_characters);
	tcase_add_test(t, asked);
	tcase_add_test(t, waits);
	tcase_add_test(t, over_without_a_tick);
	tcase_add_test(t, recognised);
	tcase_add_loop_test(t, over_tcp, 1, 40);
	tcase_add_test(t, tcp_gap);
	tcase_add_test(t, tcp_empty);
}

TEST_MAIN("dns", cases)
