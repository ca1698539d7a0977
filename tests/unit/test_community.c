/*
 * test_community.c: Community ID v1 against values of the specification's own
 * baseline (github.com/corelight/community-id-spec), and what has none.
 */

#include "event/community.h"
#include "test_run.h"

static struct endpoint end(const char *ip, uint16_t port)
{
	struct endpoint e = { .port = port };

	ck_assert(addr_parse(ip, strlen(ip), &e.addr));
	return e;
}

static const struct {
	const char *a;
	uint16_t a_port;
	const char *b;
	uint16_t b_port;
	uint8_t protocol;
	const char *id;
} rows[] = {
	{ "128.232.110.120", 34855, "66.35.250.204", 80, 6,
	  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ "192.168.1.52", 54585, "8.8.8.8", 53, 17,
	  "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ "2607:f8b0:400c:c03::1a", 25,
	  "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, 6,
	  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
};

START_TEST(baseline)
{
	struct endpoint a = end(rows[_i].a, rows[_i].a_port);
	struct endpoint b = end(rows[_i].b, rows[_i].b_port);
	char id[COMMUNITY_TEXT];

	community_id(&a, &b, rows[_i].protocol, id);
	ck_assert_str_eq(id, rows[_i].id);
	community_id(&b, &a, rows[_i].protocol, id); /* both directions */
	ck_assert_str_eq(id, rows[_i].id);
}
END_TEST

START_TEST(one_address)
{
	struct endpoint a = end("10.0.0.1", 443), b = end("10.0.0.1", 50000);
	char there[COMMUNITY_TEXT], back[COMMUNITY_TEXT];

	community_id(&a, &b, 6, there);
	community_id(&b, &a, 6, back);
	ck_assert_str_eq(there, back);
	community_id(&a, &b, 17, back);
	ck_assert_str_ne(there, back);
}
END_TEST

START_TEST(none)
{
	struct endpoint a = end("10.0.0.1", 443), b = end("::1", 443);
	struct endpoint nobody = { .port = 443 };
	char id[COMMUNITY_TEXT] = "x";

	community_id(&a, &b, 6, id);
	ck_assert_str_eq(id, "");
	community_id(&nobody, &nobody, 6, id);
	ck_assert_str_eq(id, "");
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_loop_test(t, baseline, 0, NUM(rows));
	tcase_add_test(t, one_address);
	tcase_add_test(t, none);
}

TEST_MAIN("community", cases)
