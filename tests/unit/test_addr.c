/* test_addr.c: addresses as text (RFC 5952), in order, and in networks. */
#include "base/addr.h"
#include "test_run.h"

#include <string.h>

static struct addr addr(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, strlen(text), &a), "%s", text);
	return a;
}

START_TEST(text)
{
	static const char *const rows[][2] = {
		{ "10.0.0.1", "10.0.0.1" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "::", "::" },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1" },
		{ "2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6" },
	};
	char out[ADDR_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct addr a = addr(rows[i][0]);

		addr_format(&a, out);
		ck_assert_str_eq(out, rows[i][1]);
	}
	addr_format(&(struct addr){ .family = 0 }, out);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(no_address)
{
	static const char *const bad[] = { "",	   "1.2.3",	  "1.2.3.4.5",
					   "256.1.1.1", "1.2.3.4 ", "[::1]",
					   "fe80::1%eth0", "::1::", "a.b.c.d",
					   "10.0.0.1/8", "1.2.3.04x" };
	struct addr a = { .family = 99 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!addr_parse(bad[i], strlen(bad[i]), &a), "%s",
			      bad[i]);
	ck_assert(!addr_parse("1.2.3.4\0x", 9, &a));
	ck_assert(!addr_parse("1.2.3.4\0", 8, &a));
	ck_assert_uint_eq(a.family, 99); /* nothing was stored */
	ck_assert(addr_parse("1.2.3.45", 7, &a)); /* its length counts */
	ck_assert_uint_eq(a.b[3], 4);
}
END_TEST

START_TEST(order)
{
	static const char *const sorted[] = { "0.0.0.0",  "9.255.0.0",
					      "10.0.0.1", "::",
					      "::1",	  "2001:db8::1",
					      "ff02::1" };
	const size_t num = sizeof sorted / sizeof *sorted;

	for (size_t i = 0; i < num; i++) {
		for (size_t j = 0; j < num; j++) {
			struct addr a = addr(sorted[i]), b = addr(sorted[j]);
			int c = addr_cmp(&a, &b);

			ck_assert_int_eq((c > 0) - (c < 0), (i > j) - (i < j));
			ck_assert_int_eq(addr_eq(&a, &b), i == j);
		}
	}
}
END_TEST

START_TEST(bytes_in_network_order)
{
	const uint8_t b[16] = { 192, 0, 2, 1, 9, 9 };
	struct addr four = addr_v4(b), six = addr_v6(b);
	struct addr same = addr("192.0.2.1");

	ck_assert(addr_eq(&four, &same));
	ck_assert(!addr_eq(&four, &six));
}
END_TEST

START_TEST(networks)
{
	static const struct {
		const char *network, *address;
		bool in;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.0/8", "a00::", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "0.0.0.0/0", "255.1.2.3", true },
		{ "0.0.0.0/0", "::1", false },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "fc00::/7", "fdff::1", true },
		{ "fc00::/7", "fe00::1", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::/127", "2001:db8::2", false },
		{ "::/0", "ffff::", true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct network n;
		struct addr a = addr(rows[i].address);

		ck_assert(network_parse(rows[i].network, &n));
		ck_assert_msg(network_has(&n, &a) == rows[i].in, "%s in %s",
			      rows[i].address, rows[i].network);
	}
}
END_TEST

START_TEST(no_network)
{
	static const char *const bad[] = { "10.0.0.0/33",
					   "10.0.0.0/",
					   "10.0.0.0/-1",
					   "::/129",
					   "10.0.0.0/8x",
					   "/8",
					   "",
					   "10/8" };
	struct network n;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!network_parse(bad[i], &n), "%s", bad[i]);
}
END_TEST

START_TEST(endpoints)
{
	struct endpoint a = { addr("10.0.0.1"), 443 }, b = a;

	ck_assert(endpoint_eq(&a, &b));
	b.port = 444;
	ck_assert(!endpoint_eq(&a, &b));
	b = a;
	b.addr.b[3] = 2;
	ck_assert(!endpoint_eq(&a, &b));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, text);
	tcase_add_test(t, no_address);
	tcase_add_test(t, order);
	tcase_add_test(t, bytes_in_network_order);
	tcase_add_test(t, networks);
	tcase_add_test(t, no_network);
	tcase_add_test(t, endpoints);
}

TEST_MAIN("addr", cases)
