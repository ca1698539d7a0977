/*
 * test_fingerprint.c: JA3 and JA4 against the examples of their authors
 * (github.com/salesforce/ja3, github.com/FoxIO-LLC/ja4: README), GREASE, and
 * the versions and ends of ALPN that JA4 writes in its own way.
 */
#include "test_tls_make.h"
#include "tls/fingerprint.h"
#include "test_run.h"

static struct tls_handshake *hs;
static struct tls_fingerprint print;

static void setup(void)
{
	hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(0));
	ck_assert_ptr_nonnull(hs);
	hs->client.count = 1;
}

static void teardown(void)
{
	tls_handshake_free(hs);
}

/* A list of uint16 in wire form; ended by 0xffff. */
/* not inlined: gcc 12 would think that the literals come uninitialized */
static __attribute__((noinline)) struct bytes list(const uint16_t *v)
{
	size_t n = 0;
	uint8_t *p;

	while (v[n] != 0xffff)
		n++;
	p = arena_alloc(&hs->arena, 2 * n);
	for (size_t i = 0; i < n; i++) {
		p[2 * i] = (uint8_t)(v[i] >> 8);
		p[2 * i + 1] = (uint8_t)v[i];
	}
	return bytes_of(p, 2 * n);
}

#define LIST(...) list((const uint16_t[]){ __VA_ARGS__, 0xffff })

static void extensions(const uint16_t *v)
{
	size_t n = 0;

	while (v[n] != 0xffff)
		n++;
	hs->client.ext = arena_alloc(&hs->arena, n * sizeof *v);
	memcpy(hs->client.ext, v, n * sizeof *v);
	hs->client.num_ext = n;
}

#define EXTENSIONS(...) extensions((const uint16_t[]){ __VA_ARGS__, 0xffff })

START_TEST(ja3_readme)
{
	static const uint8_t formats[] = { 0 };

	hs->client.legacy_version = TLS_1_0;
	hs->client.suites = LIST(47, 53, 5, 10, 49161, 49162, 49171, 49172,
				 50, 56, 19, 4);
	EXTENSIONS(0, 10, 11);
	hs->client.groups = LIST(23, 24, 25);
	hs->client.point_formats = bytes_of(formats, 1);
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja3, "ada70206e40642a3e4461f35503241d5");
	/* GREASE anywhere changes nothing */
	hs->client.suites = LIST(0x1a1a, 47, 53, 5, 10, 49161, 49162, 49171,
				 49172, 50, 56, 19, 4, 0xfafa);
	EXTENSIONS(0x0a0a, 0, 10, 11, 0xeaea);
	hs->client.groups = LIST(23, 24, 0x5a5a, 25);
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja3, "ada70206e40642a3e4461f35503241d5");
}
END_TEST

START_TEST(ja3_bare)
{
	hs->client.legacy_version = TLS_1_0;
	hs->client.suites = LIST(4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99);
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja3, "de350869b8c85de67a350c8d186f11e6");
}
END_TEST

static void chrome(void)
{
	static const uint8_t alpn[] = "\x02h2\x08http/1.1";

	hs->client.legacy_version = TLS_1_2;
	hs->client.versions = LIST(0x7a7a, TLS_1_3, TLS_1_2);
	hs->client.suites = LIST(0x6a6a, 0x1301, 0x1302, 0x1303, 0xc02b,
				 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
				 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
				 0x0035);
	EXTENSIONS(0x9a9a, 0x001b, 0, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d,
		   0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b,
		   0x000a, 0x0015, 0x2a2a);
	hs->client.has_sni = true;
	hs->client.alpn = bytes_of(alpn, sizeof alpn - 1);
	hs->client.signature_algorithms =
		LIST(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806,
		     0x0601);
}

START_TEST(ja4_readme)
{
	chrome();
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
}
END_TEST

static char versions_of(uint16_t version, enum tls_carrier carrier,
			char out[3])
{
	hs->carrier = carrier;
	hs->client.versions = bytes_of(NULL, 0);
	hs->client.legacy_version = version;
	tls_fingerprint(hs, &print);
	out[0] = print.ja4[1];
	out[1] = print.ja4[2];
	out[2] = 0;
	return print.ja4[0];
}

START_TEST(ja4_versions)
{
	static const struct {
		uint16_t version;
		enum tls_carrier carrier;
		char kind;
		const char *text;
	} rows[] = {
		{ TLS_1_2, TLS_OVER_TCP, 't', "12" },
		{ TLS_1_1, TLS_OVER_TCP, 't', "11" },
		{ TLS_1_0, TLS_OVER_TCP, 't', "10" },
		{ TLS_SSL3, TLS_OVER_TCP, 't', "s3" },
		{ TLS_SSL2, TLS_OVER_TCP, 't', "s2" },
		{ TLS_1_3, TLS_OVER_QUIC, 'q', "13" },
		{ DTLS_1_0, TLS_OVER_DTLS, 'd', "d1" },
		{ DTLS_1_2, TLS_OVER_DTLS, 'd', "d2" },
		{ DTLS_1_3, TLS_OVER_DTLS, 'd', "d3" },
		{ 0x1234, TLS_OVER_TCP, 't', "00" },
	};
	char text[3];

	chrome();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_int_eq(versions_of(rows[i].version, rows[i].carrier,
					     text),
				 rows[i].kind);
		ck_assert_str_eq(text, rows[i].text);
	}
	/* DTLS counts downwards: the newest of the list is the smallest */
	hs->carrier = TLS_OVER_DTLS;
	hs->client.versions = LIST(DTLS_1_2, DTLS_1_3, DTLS_1_0);
	tls_fingerprint(hs, &print);
	ck_assert_int_eq(print.ja4[2], '3');
}
END_TEST

START_TEST(ja4_parts)
{
	static const uint8_t odd[] = "\x03\xabxy\x02h2";

	chrome();
	hs->client.has_sni = false;
	hs->client.alpn = bytes_of(NULL, 0);
	tls_fingerprint(hs, &print);
	ck_assert_mem_eq(print.ja4, "t13i151600_", 11);
	hs->client.alpn = bytes_of(odd, sizeof odd - 1);
	tls_fingerprint(hs, &print);
	/* not alphanumeric: first and last digit of its hex form */
	ck_assert_mem_eq(print.ja4, "t13i1516a9_", 11);
	/* no extensions: zeros instead of a hash */
	hs->client.num_ext = 0;
	hs->client.alpn = bytes_of(NULL, 0);
	hs->client.signature_algorithms = bytes_of(NULL, 0);
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja4, "t13i150000_8daaf6152771_000000000000");
	/* no suites: not a hello that can be told apart */
	hs->client.suites = bytes_of(NULL, 0);
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja4, "");
}
END_TEST

START_TEST(cut)
{
	chrome();
	hs->client.cut = true;
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja3, "");
	ck_assert_str_eq(print.ja4, "");
}
END_TEST

/* RFC 8446 4.1.2: what answers a retry is another hello than the first */
START_TEST(second)
{
	char first[sizeof print.ja4];

	chrome();
	hs->client.key_share_groups = LIST(0x3a3a, 0x001d);
	tls_fingerprint(hs, &print);
	snprintf(first, sizeof first, "%s", print.ja4);
	hs->server.retry = true;
	hs->server.group = 0x0017;
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja4, first);
	hs->client.key_share_groups = LIST(0x0017);
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja3, "");
	ck_assert_str_eq(print.ja4, "");
	/* the retry itself is lost: the cookie tells */
	hs->server.retry = false;
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja4, first);
	EXTENSIONS(0x001b, 0, 0x0033, 0x002c, 0x002b);
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja4, "");
	/* or what it stands behind */
	EXTENSIONS(0x001b, 0, 0x0033, 0x002b);
	tls_fingerprint(hs, &print);
	ck_assert_str_ne(print.ja4, "");
	hs->client.second = true;
	tls_fingerprint(hs, &print);
	ck_assert_str_eq(print.ja3, "");
	ck_assert_str_eq(print.ja4, "");
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, ja3_readme);
	tcase_add_test(t, ja3_bare);
	tcase_add_test(t, ja4_readme);
	tcase_add_test(t, ja4_versions);
	tcase_add_test(t, ja4_parts);
	tcase_add_test(t, cut);
	tcase_add_test(t, second);
}

TEST_MAIN("fingerprint", cases)
