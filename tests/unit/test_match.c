/*
 * test_match.c: host names against certificates (RFC 9525). The vectors of
 * others are in test_cert_limbo.c; here are the reasons and the hints.
 */
#include "cert/match.h"
#include "test_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LIST_MAX 8

/* "DNS:a IP:1.2.3.4 URI:x CN:y", as a certificate. */
struct fake {
	struct cert cert;
	struct cert_san san[LIST_MAX];
	char text[256];
	uint8_t ip[LIST_MAX][4];
	char *cn[LIST_MAX];
};

static void fake_add(struct fake *f, char *item)
{
	char *value = strchr(item, ':') + 1;
	struct cert_san *s = &f->san[f->cert.num_san];
	unsigned b[4];

	if (!strncmp(item, "CN:", 3)) {
		f->cn[f->cert.subject.common_name.num++] = value;
		return;
	}
	f->cert.has_san = true;
	f->cert.num_san++;
	s->value = bytes_str(value);
	if (!strncmp(item, "DNS:", 4)) {
		s->type = CERT_SAN_DNS;
	} else if (!strncmp(item, "URI:", 4)) {
		s->type = CERT_SAN_URI;
	} else if (!strncmp(item, "email:", 6)) {
		s->type = CERT_SAN_EMAIL;
	} else if (!strncmp(item, "other:", 6)) {
		s->type = CERT_SAN_OTHER;
	} else if (sscanf(value, "%u.%u.%u.%u", b, b + 1, b + 2, b + 3) == 4) {
		uint8_t *ip = f->ip[f->cert.num_san - 1];

		for (int i = 0; i < 4; i++)
			ip[i] = (uint8_t)b[i];
		s->type = CERT_SAN_IP;
		s->value = bytes_of(ip, 4);
	} else {
		ck_abort_msg("%s", item);
	}
}

static void fake_init(struct fake *f, const char *list)
{
	char *save, *item;

	memset(f, 0, sizeof *f);
	f->cert.san = f->san;
	f->cert.subject.common_name.v = f->cn;
	snprintf(f->text, sizeof f->text, "%s", list);
	for (item = strtok_r(f->text, " ", &save); item;
	     item = strtok_r(NULL, " ", &save))
		fake_add(f, item);
}

static const struct row {
	const char *cert, *name;
	enum match_state state;
	enum match_reason reason;
	const char *value; /* matched or closest; "" for none */
} rows[] = {
	{ "DNS:a.example.com", "a.example.com", MATCH_TRUE, MATCH_OK,
	  "a.example.com" },
	{ "DNS:A.Example.com", "a.eXAMPLE.com.", MATCH_TRUE, MATCH_OK,
	  "A.Example.com" },
	{ "DNS:*.example.com", "a.example.com", MATCH_TRUE, MATCH_OK,
	  "*.example.com" },
	{ "DNS:*.example.com", "_a-b.example.com", MATCH_TRUE, MATCH_OK,
	  "*.example.com" },
	{ "DNS:*.example.com", "xn--bcher-kva.example.com", MATCH_TRUE,
	  MATCH_OK, "*.example.com" },
	{ "DNS:localhost", "localhost", MATCH_TRUE, MATCH_OK, "localhost" },
	{ "DNS:my_host.example", "my_host.example", MATCH_TRUE, MATCH_OK,
	  "my_host.example" },
	/* the order of the certificate decides which one is told */
	{ "DNS:*.x.com DNS:a.x.com", "a.x.com", MATCH_TRUE, MATCH_OK,
	  "*.x.com" },
	{ "IP:10.0.0.1", "10.0.0.1", MATCH_TRUE, MATCH_OK, NULL },
	{ "IP:10.0.0.1", "[10.0.0.1]", MATCH_TRUE, MATCH_OK, NULL },

	/* one label deep, and never the name itself */
	{ "DNS:b.c.example DNS:*.example.com", "x.a.example.com", MATCH_FALSE,
	  MATCH_WILDCARD_DEPTH, "*.example.com" },
	{ "DNS:*.example.com DNS:example.org", "example.com", MATCH_FALSE,
	  MATCH_WILDCARD_DEPTH, "*.example.com" },
	{ "DNS:*.example.com", "a.bexample.com", MATCH_FALSE,
	  MATCH_DIFFERENT_NAME, "*.example.com" },
	/* "*.com" is nobody's, and no reason to speak of depth */
	{ "DNS:*.com", "example.com", MATCH_FALSE, MATCH_DIFFERENT_NAME,
	  "*.com" },
	{ "DNS:*.com", "a.example.com", MATCH_FALSE, MATCH_DIFFERENT_NAME,
	  "*.com" },
	{ "DNS:*", "com", MATCH_FALSE, MATCH_DIFFERENT_NAME, "*" },
	/* part of a label, or not the leftmost */
	{ "DNS:f*.example.com", "foo.example.com", MATCH_FALSE,
	  MATCH_PARTIAL_WILDCARD, "f*.example.com" },
	{ "DNS:b*z.example.com", "buzz.EXAMPLE.com", MATCH_FALSE,
	  MATCH_PARTIAL_WILDCARD, "b*z.example.com" },
	{ "DNS:a.*.example.com", "a.b.example.com", MATCH_FALSE,
	  MATCH_PARTIAL_WILDCARD, "a.*.example.com" },
	{ "DNS:f*.example.com", "f.o.example.com", MATCH_FALSE,
	  MATCH_DIFFERENT_NAME, "f*.example.com" },
	{ "DNS:bb*b.example.com", "bb.example.com", MATCH_FALSE,
	  MATCH_DIFFERENT_NAME, "bb*b.example.com" },
	{ "DNS:*.*.example.com", "a.b.example.com", MATCH_FALSE,
	  MATCH_DIFFERENT_NAME, "*.*.example.com" },
	/* the CN counts for telling why only */
	{ "CN:a.example.com", "a.example.com", MATCH_FALSE, MATCH_CN_ONLY,
	  "a.example.com" },
	{ "CN:*.example.com", "a.example.com", MATCH_FALSE, MATCH_CN_ONLY,
	  "*.example.com" },
	{ "IP:10.0.0.1 CN:a.example.com", "a.example.com", MATCH_FALSE,
	  MATCH_CN_ONLY, "a.example.com" },
	{ "URI:spiffe://m/a CN:a.example.com", "a.example.com", MATCH_FALSE,
	  MATCH_CN_ONLY, "a.example.com" },
	{ "DNS:b.example.com CN:a.example.com", "a.example.com", MATCH_FALSE,
	  MATCH_DIFFERENT_NAME, "b.example.com" },
	{ "CN:b.example.com", "a.example.com", MATCH_FALSE, MATCH_NO_SAN,
	  "b.example.com" },
	{ "CN:x\\00.com", "x", MATCH_FALSE, MATCH_NO_SAN, "" },
	{ "", "a.example.com", MATCH_FALSE, MATCH_NO_SAN, "" },
	{ "other:x", "a.example.com", MATCH_FALSE, MATCH_NO_SAN, "" },
	{ "IP:10.0.0.1", "a.example.com", MATCH_FALSE, MATCH_DIFFERENT_NAME,
	  "" },
	/* addresses only against addresses */
	{ "DNS:10.0.0.1", "10.0.0.1", MATCH_FALSE, MATCH_ADDRESS_NOT_LISTED,
	  "10.0.0.1" },
	{ "DNS:*.0.0.1 CN:10.0.0.1", "10.0.0.1", MATCH_FALSE,
	  MATCH_ADDRESS_NOT_LISTED, "10.0.0.1" },
	{ "DNS:a.example IP:10.0.0.2", "10.0.0.1", MATCH_FALSE,
	  MATCH_ADDRESS_NOT_LISTED, "a.example" },
	{ "IP:10.0.0.1", "::ffff:10.0.0.1", MATCH_FALSE,
	  MATCH_ADDRESS_NOT_LISTED, "" },
	/* a mesh or a person: nothing can be said */
	{ "URI:spiffe://m/a", "a.example.com", MATCH_NOT_DNS_IDENTITY,
	  MATCH_OK, "" },
	{ "email:a@example.com CN:Ann", "a.example.com",
	  MATCH_NOT_DNS_IDENTITY, MATCH_OK, "" },
	{ "URI:spiffe://m/a", "10.0.0.1", MATCH_NOT_DNS_IDENTITY, MATCH_OK,
	  "" },
	{ "URI:spiffe://m/a CN:b.example.com", "a.example.com", MATCH_FALSE,
	  MATCH_NO_SAN, "b.example.com" },
	/* no references */
	{ "DNS:a.example", "", MATCH_NO_REFERENCE, MATCH_OK, "" },
	{ "DNS:a.example", ".", MATCH_NO_REFERENCE, MATCH_OK, "" },
	{ "DNS:a..b", "a..b", MATCH_NO_REFERENCE, MATCH_OK, "" },
	{ "DNS:.a.b", ".a.b", MATCH_NO_REFERENCE, MATCH_OK, "" },
	{ "DNS:*.a.b", "*.a.b", MATCH_NO_REFERENCE, MATCH_OK, "" },
	{ "DNS:a.b", "https://a.b", MATCH_NO_REFERENCE, MATCH_OK, "" },
	/* U-labels are compared as they are, and no wildcard stands for one */
	{ "DNS:b\xc3\xbc.de", "B\xc3\xbc.de", MATCH_TRUE, MATCH_OK,
	  "b\xc3\xbc.de" },
	{ "DNS:b\xc3\xbc.de", "b\xc3\x9c.de", MATCH_FALSE,
	  MATCH_DIFFERENT_NAME, "b\xc3\xbc.de" },
	{ "DNS:*.ex.de", "b\xc3\xbc.ex.de", MATCH_FALSE, MATCH_DIFFERENT_NAME,
	  "*.ex.de" },
	/* closest: labels from the right first, then letters */
	{ "DNS:api.other.net DNS:www.example.com DNS:a.x.com",
	  "api.example.com", MATCH_FALSE, MATCH_DIFFERENT_NAME,
	  "www.example.com" },
	{ "DNS:www.zzz.com DNS:api.example.com DNS:mail.example.com",
	  "api.exmaple.com", MATCH_FALSE, MATCH_DIFFERENT_NAME,
	  "api.example.com" },
	{ "DNS:aexample.com DNS:b.example.com", "example.com", MATCH_FALSE,
	  MATCH_DIFFERENT_NAME, "b.example.com" },
};

START_TEST(table)
{
	const struct row *r = &rows[_i];
	struct fake f;
	struct match m;
	struct bytes told;

	fake_init(&f, r->cert);
	memset(&m, 0xee, sizeof m);
	match_name(&f.cert, bytes_str(r->name), &m);
	ck_assert_msg(m.state == r->state && m.reason == r->reason,
		      "%s / %s: %d %d", r->cert, r->name, (int)m.state,
		      (int)m.reason);
	told = m.state == MATCH_TRUE ? m.matched : m.closest;
	if (r->value)
		ck_assert_msg(bytes_is(told, r->value), "%s / %s: %.*s",
			      r->cert, r->name, (int)told.len, told.p);
	else
		ck_assert_uint_eq(told.len, 4);
	ck_assert((m.state == MATCH_FALSE) ==
		  (match_reasons[m.reason] != NULL));
}
END_TEST

/* Bytes that a table of strings cannot hold. */
START_TEST(embedded_nul)
{
	struct bytes nul = bytes_of("a.example\0.com", 14);

	ck_assert(!match_pattern(nul, nul));
	ck_assert(!match_pattern(nul, bytes_str("a.example")));
	ck_assert(!match_pattern(bytes_of("a.b\0", 4), bytes_str("a.b")));
	ck_assert(!match_pattern(bytes_of("*.a.b\0", 6), bytes_str("x.a.b")));
	ck_assert(match_pattern(bytes_of("*.a.b\0", 5), bytes_str("x.a.b.")));
	ck_assert(!match_pattern(bytes_of(NULL, 0), bytes_str("a")));
	ck_assert(!match_pattern(bytes_of(NULL, 0), bytes_of(NULL, 0)));
	ck_assert(!match_pattern(bytes_str("a.b."), bytes_str("a.b")));
}
END_TEST

START_TEST(dns_names)
{
	char label[65], name[300] = "";

	ck_assert(match_is_dns_name(bytes_str("a")));
	ck_assert(match_is_dns_name(bytes_str("_sip.A-b.example.")));
	ck_assert(!match_is_dns_name(bytes_str("")));
	ck_assert(!match_is_dns_name(bytes_str("a b")));
	ck_assert(!match_is_dns_name(bytes_str("a..b")));
	ck_assert(!match_is_dns_name(bytes_str("a..")));
	ck_assert(!match_is_dns_name(bytes_str("*.a")));
	ck_assert(!match_is_dns_name(bytes_str("b\xc3\xbc.de")));
	memset(label, 'a', 64);
	label[64] = '\0';
	ck_assert(!match_is_dns_name(bytes_str(label)));
	label[63] = '\0';
	ck_assert(match_is_dns_name(bytes_str(label)));
	for (int i = 0; i < 4; i++) {
		strcat(name, label);
		strcat(name, i < 3 ? "." : "");
	}
	ck_assert(!match_is_dns_name(bytes_of(name, 254)));
	ck_assert(match_is_dns_name(bytes_of(name, 253)));
}
END_TEST

/* A thousand names, and a miss with its hint, cost microseconds. */
START_TEST(many_names)
{
	static struct cert_san san[1000];
	static char names[1000][64];
	struct cert c = { .has_san = true, .san = san, .num_san = 1000 };
	struct timespec a, b;
	struct match m;
	double us;

	for (int i = 0; i < 1000; i++) {
		snprintf(names[i], sizeof *names, "host-%04d.example.com", i);
		san[i] = (struct cert_san){ .type = CERT_SAN_DNS,
					    .value = bytes_str(names[i]) };
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < 100; i++) {
		match_name(&c, bytes_str("host-0999.example.com"), &m);
		ck_assert_int_eq(m.state, MATCH_TRUE);
		match_name(&c, bytes_str("hots-0031.example.com"), &m);
		ck_assert_int_eq(m.state, MATCH_FALSE);
		ck_assert(bytes_is(m.closest, "host-0031.example.com"));
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	us = (double)(b.tv_sec - a.tv_sec) * 1e6 +
	     (double)(b.tv_nsec - a.tv_nsec) / 1e3;
	printf("1000 names: %.1f us for a match and a miss\n", us / 100);
	ck_assert(us / 100 < 20000); /* quadratic code is far beyond it */
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_loop_test(t, table, 0, NUM(rows));
	tcase_add_test(t, embedded_nul);
	tcase_add_test(t, dns_names);
	tcase_add_test(t, many_names);
}

TEST_MAIN("match", cases)
