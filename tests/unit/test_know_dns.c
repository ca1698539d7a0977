/* test_know_dns.c: what is remembered of DNS answers, for whom, how long. */
#include "know/dns.h"

#include "test_dns_make.h"
#include "test_run.h"

#define NAME   "api.example.com"
#define TARGET "abc123def4.execute-api.us-east-1.amazonaws.com"

/* what a TTL of 60 comes to, in seconds */
#define LIFE ((LIMIT_DNS_TTL_FLOOR + LIMIT_DNS_GRACE) / NSEC_PER_SEC)

static struct make m;
static struct know_dns *k;
static struct arena a;

static void setup(void)
{
	k = know_dns_new();
	ck_assert_ptr_nonnull(k);
	arena_init(&a, 1u << 20);
}

static void teardown(void)
{
	know_dns_free(k);
	arena_fini(&a);
}

static struct addr addr(const char *text)
{
	struct addr x;

	ck_assert(addr_parse(text, strlen(text), &x));
	return x;
}

/* The message that was made, told to a client (NULL: multicast). */
static void take(const char *client, bool is_asked, int64_t sec)
{
	struct dns_message *d = make_read(m.b, m.len, false);
	struct addr c = addr(client ? client : "0.0.0.0");

	d->asked = is_asked;
	d->time = stamp_sec(sec);
	know_dns_take(k, d, client ? &c : NULL);
	dns_message_free(d);
}

static void told(const char *client, const char *name, const char *target,
		 const char *address, int64_t sec)
{
	make_answer(&m, 1, name, target, address);
	take(client, true, sec);
}

/* "a > b > c", "(...)" where it is a hint only, "" where there is no way */
static const char *chain(const char *client, const char *name,
			 const char *address, int64_t sec)
{
	static char text[4096];
	struct addr c = addr(client), x = addr(address);
	struct know_dns_chain out;
	size_t n = 0;

	know_dns_chain(k, &c, bytes_str(name), &x, stamp_sec(sec), &a, &out);
	text[0] = '\0';
	for (size_t i = 0; i < out.num; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
				      i ? " > " : out.own ? "" : "hint ",
				      out.name[i]);
	return text;
}

static const char *name_of(const char *client, const char *address,
			   int64_t sec)
{
	static char text[512];
	struct addr c = addr(client), x = addr(address);
	struct bytes b = know_dns_name(k, &c, &x, stamp_sec(sec));

	snprintf(text, sizeof text, "%.*s", (int)b.len,
		 b.len ? (const char *)b.p : "");
	return text;
}

START_TEST(own_answer)
{
	told("10.0.0.1", NAME, TARGET, "192.0.2.1", 100);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 100),
			 NAME " > " TARGET);
	ck_assert_str_eq(chain("10.0.0.1", "API.example.com.", "192.0.2.1",
			       101), "API.example.com > " TARGET);
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 100), NAME);
	/* another address, another name */
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.2", 100), "");
	ck_assert_str_eq(chain("10.0.0.1", "www.example.com", "192.0.2.1",
			       100), "");
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.2", 100), "");
	/* another client has only heard of it */
	ck_assert_str_eq(chain("10.0.0.2", NAME, "192.0.2.1", 100),
			 "hint " NAME " > " TARGET);
	ck_assert_str_eq(name_of("10.0.0.2", "192.0.2.1", 100), "");
	ck_assert_uint_eq(know_dns_counters(k)->answers, 1);
}
END_TEST

START_TEST(lives_for_its_ttl)
{
	told("10.0.0.1", NAME, TARGET, "192.0.2.1", 100);
	ck_assert_str_ne(chain("10.0.0.1", NAME, "192.0.2.1", 100 + LIFE), "");
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 101 + LIFE), "");
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 100 + LIFE), NAME);
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 101 + LIFE), "");
	/* a TTL of years is cut at the cap */
	make_head(&m, 1, 0x8180, 1, 0);
	make_question(&m, NAME, DNS_A);
	make_addr(&m, "@12", INT32_MAX, "192.0.2.9");
	take("10.0.0.1", true, 0);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.9", 86400), NAME);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.9", 86400 * 2), "");
}
END_TEST

/* What nobody asked for explains, but is no name and does not accuse. */
START_TEST(unasked)
{
	make_answer(&m, 1, NAME, TARGET, "192.0.2.1");
	take("10.0.0.1", false, 100);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 100),
			 "hint " NAME " > " TARGET);
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 100), "");
	ck_assert_uint_eq(know_dns_counters(k)->hints, 1);
	/* it does not push out what was asked for ... */
	told("10.0.0.1", NAME, "d-x.example.net", "192.0.2.1", 100);
	make_answer(&m, 1, NAME, TARGET, "192.0.2.1");
	take("10.0.0.1", false, 101);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 101),
			 NAME " > d-x.example.net");
	/* ... but a name that may be another makes the name doubtful */
	make_answer(&m, 1, "www.example.com", NULL, "192.0.2.1");
	take("10.0.0.1", false, 101);
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 101), "");
}
END_TEST

START_TEST(several_names)
{
	told("10.0.0.1", "a.example.com", NULL, "192.0.2.1", 100);
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 100),
			 "a.example.com");
	told("10.0.0.1", "b.example.com", NULL, "192.0.2.1", 150);
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 150), "");
	/* the first is over: one is left */
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 110 + LIFE),
			 "b.example.com");
	/* more names than are kept: in doubt as long as they could live */
	for (int i = 0; i < 3 * LIMIT_DNS_NAMES; i++) {
		char name[32];

		snprintf(name, sizeof name, "n%d.example.com", i);
		told("10.0.0.2", name, NULL, "192.0.2.1", 100);
	}
	ck_assert_uint_eq(know_dns_counters(k)->crowded, 2 * LIMIT_DNS_NAMES);
	ck_assert_str_eq(name_of("10.0.0.2", "192.0.2.1", 100 + LIFE), "");
	ck_assert_str_eq(name_of("10.0.0.2", "192.0.2.1", 101 + LIFE), "");
	told("10.0.0.2", "z.example.com", NULL, "192.0.2.1", 101 + LIFE);
	ck_assert_str_eq(name_of("10.0.0.2", "192.0.2.1", 102 + LIFE),
			 "z.example.com");
}
END_TEST

/* Records beside the thread from the question are not learnt (poison). */
START_TEST(beside_the_question)
{
	make_head(&m, 1, 0x8180, 2, 2);
	make_question(&m, "evil.example.net", DNS_A);
	make_addr(&m, "@12", 60, "192.0.2.66");
	make_alias(&m, NAME, 60, TARGET);
	make_addr(&m, TARGET, 60, "192.0.2.1");
	make_addr(&m, "www.example.com", 60, "192.0.2.1");
	take("10.0.0.1", true, 100);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 100), "");
	ck_assert_str_eq(chain("10.0.0.1", "www.example.com", "192.0.2.1",
			       100), "");
	ck_assert_str_eq(chain("10.0.0.1", "evil.example.net", "192.0.2.66",
			       100), "evil.example.net");
}
END_TEST

START_TEST(negative)
{
	make_head(&m, 1, 0x8183, 0, 0); /* NXDOMAIN: a search list at work */
	make_question(&m, NAME ".corp.example", DNS_A);
	take("10.0.0.1", true, 100);
	make_head(&m, 1, 0x8180, 0, 0); /* no data */
	make_question(&m, NAME, DNS_AAAA);
	take("10.0.0.1", true, 100);
	told("10.0.0.1", NAME, TARGET, "192.0.2.1", 100);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 100),
			 NAME " > " TARGET);
	ck_assert_str_eq(name_of("10.0.0.1", "192.0.2.1", 100), NAME);
	ck_assert_uint_eq(know_dns_counters(k)->negative, 1);
}
END_TEST

/* Aliases in a row, in any order of records, and in a ring. */
START_TEST(many_aliases)
{
	char name[32] = "n0.example.com", next[32];

	make_head(&m, 1, 0x8180, 5, 0);
	make_question(&m, name, DNS_A);
	make_addr(&m, "n4.example.com", 60, "192.0.2.1");
	for (int i = 3; i >= 0; i--) {
		snprintf(name, sizeof name, "n%d.example.com", i);
		snprintf(next, sizeof next, "n%d.example.com", i + 1);
		make_alias(&m, name, 60, next);
	}
	take("10.0.0.1", true, 100);
	ck_assert_str_eq(chain("10.0.0.1", "n0.example.com", "192.0.2.1", 100),
			 "n0.example.com > n1.example.com > n2.example.com > "
			 "n3.example.com > n4.example.com");
	make_head(&m, 1, 0x8180, 2, 0);
	make_question(&m, "r0.example.com", DNS_A);
	make_alias(&m, "r0.example.com", 60, "r1.example.com");
	make_alias(&m, "r1.example.com", 60, "r0.example.com");
	take("10.0.0.1", true, 100);
	ck_assert_str_eq(chain("10.0.0.1", "r0.example.com", "192.0.2.1", 100),
			 "");
}
END_TEST

/* Of a longer row of aliases the end is not known, and that is counted. */
static void row_of_aliases(int num, const char *address)
{
	make_head(&m, 1, 0x8180, (uint16_t)num, 0);
	make_question(&m, "n0.example.com", DNS_A);
	for (int i = 0; i < num - 1; i++) {
		char name[32], next[32];

		snprintf(name, sizeof name, "n%d.example.com", i);
		snprintf(next, sizeof next, "n%d.example.com", i + 1);
		make_alias(&m, name, 60, next);
		if (i == num - 2)
			make_addr(&m, next, 60, address);
	}
	take("10.0.0.1", true, 100);
}

START_TEST(too_many_aliases)
{
	const char *c;

	row_of_aliases(LIMIT_DNS_CHAIN, "192.0.2.1");
	c = chain("10.0.0.1", "n0.example.com", "192.0.2.1", 100);
	ck_assert_ptr_nonnull(strstr(c, "> n15.example.com"));
	ck_assert_uint_eq(know_dns_counters(k)->cut, 0);
	row_of_aliases(LIMIT_DNS_CHAIN + 1, "192.0.2.2");
	ck_assert_uint_eq(know_dns_counters(k)->cut, 1);
	ck_assert_str_eq(chain("10.0.0.1", "n0.example.com", "192.0.2.2", 100),
			 "");
	/* following it, too: as this client was told, and as anyone was */
	ck_assert_uint_eq(know_dns_counters(k)->cut, 3);
}
END_TEST

/* The record was put right while the client's old answer still lives. */
START_TEST(changed)
{
	told("10.0.0.1", NAME, TARGET, "192.0.2.1", 100);
	told("10.0.0.1", NAME, "d-x.example.net", "192.0.2.1", 110);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 111),
			 NAME " > d-x.example.net");
	/* no alias any more */
	told("10.0.0.1", NAME, NULL, "192.0.2.1", 120);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 121), NAME);
	/* and back again */
	told("10.0.0.1", NAME, TARGET, "192.0.2.1", 130);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "192.0.2.1", 131),
			 NAME " > " TARGET);
	/* an alias (HTTPS, say) that leads elsewhere leaves the address */
	told("10.0.0.1", "w.example.com", NULL, "192.0.2.7", 130);
	told("10.0.0.1", "w.example.com", "v.example.net", "192.0.2.8", 131);
	ck_assert_str_eq(chain("10.0.0.1", "w.example.com", "192.0.2.7", 132),
			 "w.example.com");
}
END_TEST

/* Two clients, two worlds: split horizon. */
START_TEST(split_horizon)
{
	told("10.0.0.1", NAME, NULL, "10.1.1.1", 100);
	told("198.51.100.1", NAME, TARGET, "192.0.2.1", 100);
	ck_assert_str_eq(chain("10.0.0.1", NAME, "10.1.1.1", 100), NAME);
	ck_assert_str_eq(chain("198.51.100.1", NAME, "192.0.2.1", 100),
			 NAME " > " TARGET);
}
END_TEST

START_TEST(multicast)
{
	make_head(&m, 0, 0x8400, 1, 0);
	m.b[5] = 0; /* mDNS answers have no question */
	make_addr(&m, "printer.local", 120, "10.0.0.9");
	take(NULL, false, 100);
	ck_assert_str_eq(chain("10.0.0.1", "printer.local", "10.0.0.9", 100),
			 "hint printer.local");
	ck_assert_str_eq(name_of("10.0.0.1", "10.0.0.9", 100), "");
}
END_TEST

START_TEST(served)
{
	ck_assert(!know_dns_is_served(k, bytes_str(NAME), TARGET));
	know_dns_served(k, bytes_str("API.example.com"), TARGET);
	ck_assert(know_dns_is_served(k, bytes_str(NAME), TARGET));
	ck_assert(!know_dns_is_served(k, bytes_str(NAME), "d-x.example.net"));
	ck_assert(!know_dns_is_served(k, bytes_str("x.example.com"), TARGET));
}
END_TEST

/* Bounded: the oldest goes, and is counted. */
START_TEST(bounded)
{
	char name[64];

	told("10.0.0.1", "first.example.com", NULL, "192.0.2.1", 1);
	for (int i = 0; i <= LIMIT_KNOW_DNS; i++) {
		snprintf(name, sizeof name, "n%d.example.com", i);
		told("10.0.0.1", name, NULL, "192.0.2.2", 1);
	}
	ck_assert_uint_gt(know_dns_evicted(k), 0);
	ck_assert_str_eq(chain("10.0.0.1", "first.example.com", "192.0.2.1",
			       1), "");
	ck_assert_str_eq(chain("10.0.0.1", name, "192.0.2.2", 1), name);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, own_answer);
	tcase_add_test(t, lives_for_its_ttl);
	tcase_add_test(t, unasked);
	tcase_add_test(t, several_names);
	tcase_add_test(t, beside_the_question);
	tcase_add_test(t, negative);
	tcase_add_test(t, many_aliases);
	tcase_add_test(t, too_many_aliases);
	tcase_add_test(t, changed);
	tcase_add_test(t, split_horizon);
	tcase_add_test(t, multicast);
	tcase_add_test(t, served);
	tcase_add_test(t, bounded);
}

TEST_MAIN("know_dns", cases)
