/*
 * test_tls_extension.c: every row of extensions: what a good one tells, the
 * ladder over it, and that a bad one costs only itself.
 */
#include "test_tls_make.h"
#include "tls/extension.h"
#include "test_run.h"

struct sample {
	uint16_t code;
	enum tls_extension_in in;
	const char *data;
	size_t len;
	bool any; /* every prefix of it is good, too */
};

#define D(text) text, sizeof text - 1

static const struct sample samples[] = {
	{ 0, TLS_EXT_CLIENT_HELLO, D("\0\6\0\0\3a.b"), false },
	{ 5, TLS_EXT_CLIENT_HELLO, D("\1\0\0\0\0"), true },
	{ 5, TLS_EXT_CERTIFICATE, D("\1\0\0\3xyz"), false },
	{ 9, TLS_EXT_SERVER_HELLO, D("\1"), false },
	{ 10, TLS_EXT_CLIENT_HELLO, D("\0\4\0\x1d\0\x17"), false },
	{ 11, TLS_EXT_CLIENT_HELLO, D("\2\0\1"), false },
	{ 13, TLS_EXT_CLIENT_HELLO, D("\0\4\4\3\x08\4"), false },
	{ 14, TLS_EXT_CLIENT_HELLO, D("\0\2\0\1\0"), true },
	{ 16, TLS_EXT_CLIENT_HELLO, D("\0\x0c\2h2\x08http/1.1"), false },
	{ 16, TLS_EXT_SERVER_HELLO, D("\0\3\2h2"), false },
	{ 18, TLS_EXT_CLIENT_HELLO, D(""), true },
	{ 18, TLS_EXT_SERVER_HELLO, D("\0\4\0\2xx"), true },
	{ 18, TLS_EXT_CERTIFICATE, D("\0\4\0\2xx"), true },
	{ 20, TLS_EXT_CLIENT_HELLO, D("\2\2\0"), false },
	{ 20, TLS_EXT_SERVER_HELLO, D("\2"), false },
	{ 25, TLS_EXT_SERVER_HELLO, D("\0\1\1"), false },
	{ 27, TLS_EXT_CLIENT_HELLO, D("\4\0\2\0\1"), false },
	{ 35, TLS_EXT_CLIENT_HELLO, D("ticket"), true },
	{ 35, TLS_EXT_SERVER_HELLO, D(""), true },
	{ 41, TLS_EXT_CLIENT_HELLO,
	  D("\0\x0a\0\4abcd\0\0\0\1\0\5\4wxyz"), false },
	{ 41, TLS_EXT_SERVER_HELLO, D("\0\0"), false },
	{ 42, TLS_EXT_CLIENT_HELLO, D(""), false },
	{ 43, TLS_EXT_CLIENT_HELLO, D("\4\3\4\3\3"), false },
	{ 43, TLS_EXT_SERVER_HELLO, D("\3\4"), false },
	{ 51, TLS_EXT_CLIENT_HELLO, D("\0\6\0\x1d\0\2kk"), false },
	{ 51, TLS_EXT_SERVER_HELLO, D("\0\x1d\0\2kk"), false },
	{ 54, TLS_EXT_CLIENT_HELLO, D("\4abcd"), false },
	{ 54, TLS_EXT_SERVER_HELLO, D("\0"), false },
	{ 65037, TLS_EXT_CLIENT_HELLO, D("\0\0\1\0\1\7\0\2ab\0\3cde"), true },
	{ 65486, TLS_EXT_CLIENT_HELLO, D("xyz"), true },
};

static struct tls_handshake *hs;
static struct tls_client_hello client;
static struct tls_server_hello server;
static struct make m;
static uint8_t *block;
static uint16_t *ids;
static size_t num;

static void fresh(void)
{
	tls_handshake_free(hs);
	hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(0));
	ck_assert_ptr_nonnull(hs);
	client = (struct tls_client_hello){ .count = 1 };
	server = (struct tls_server_hello){ .seen = true };
	ids = NULL;
	num = 0;
}

static void teardown(void)
{
	tls_handshake_free(hs);
	hs = NULL;
	free(block);
	block = NULL;
}

static void add(uint16_t code, const void *data, size_t n)
{
	make_num(&m, code, 2);
	make_num(&m, n, 2);
	make_bytes(&m, data, n);
}

/* Reads what is in m, from a block of exactly its size. */
static void read_list(enum tls_extension_in in)
{
	bool is_client = in == TLS_EXT_CLIENT_HELLO;
	struct tls_extension_ctx ctx = {
		.hs = hs,
		.client = is_client ? &client : NULL,
		.server = is_client ? NULL : &server,
		.in = in,
	};
	struct reader r;

	free(block);
	block = malloc(m.len + !m.len);
	ck_assert_ptr_nonnull(block);
	memcpy(block, m.p, m.len);
	r = rd_whole(bytes_of(block, m.len));
	tls_extensions_read(&r, &ctx, TLS_CLIENT, 0, &ids, &num);
}

START_TEST(rows)
{
	const struct sample *s = &samples[_i];

	for (size_t n = 0; n <= s->len + 1; n++) {
		uint8_t data[64] = { 0 };
		/* an empty ECH has not even a type */
		bool good = n == s->len ||
			    (s->any && (n || s->code != 65037));

		memcpy(data, s->data, s->len);
		if (s->any && n > s->len)
			break;
		fresh();
		m.len = 0;
		add(s->code, data, n);
		add(0x1234, "xx", 2);
		read_list(s->in);
		ck_assert_uint_eq(num, 2);
		ck_assert_uint_eq(ids[0], s->code);
		ck_assert_uint_eq(ids[1], 0x1234);
		if (good)
			ck_assert_msg(!hs->num_anomalies, "%u at %zu: %s",
				      s->code, n, hs->anomalies[0].code);
		else
			ck_assert_msg(hs->num_anomalies == 1 ||
					      (s->code == 51 && n == 2),
				      "%u at %zu: not noticed", s->code, n);
	}
}
END_TEST

/* Each row has a sample, and each sample a row that is allowed there. */
START_TEST(complete)
{
	for (size_t i = 0; i < tls_num_extensions; i++) {
		const struct tls_extension *row = tls_extensions[i];
		bool found = false;

		for (size_t k = 0; k < sizeof samples / sizeof *samples; k++)
			found |= samples[k].code == row->code &&
				 samples[k].in & row->allowed;
		ck_assert_msg(found, "%s has no sample", row->name);
		ck_assert_ptr_nonnull(row->parse);
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(tls_extensions[k]->code, row->code);
	}
}
END_TEST

static void all(enum tls_extension_in in)
{
	fresh();
	m.len = 0;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		if (samples[i].in == in)
			add(samples[i].code, samples[i].data, samples[i].len);
	read_list(in);
	ck_assert_uint_eq(hs->num_anomalies, 0);
}

START_TEST(client_facts)
{
	all(TLS_EXT_CLIENT_HELLO);
	ck_assert(client.has_sni && bytes_is(client.sni, "a.b"));
	ck_assert(client.status_request && client.srtp && client.psk &&
		  client.early_data && client.esni && client.ech);
	ck_assert(!client.raw_public_key);
	ck_assert_uint_eq(client.groups.len, 4);
	ck_assert_uint_eq(client.point_formats.len, 2);
	ck_assert_uint_eq(client.signature_algorithms.len, 4);
	ck_assert_uint_eq(client.alpn.len, 12);
	ck_assert_uint_eq(client.cert_compression.len, 4);
	ck_assert(client.has_ticket && bytes_is(client.ticket, "ticket"));
	ck_assert(bytes_is(client.psk_identity, "abcd"));
	ck_assert_uint_eq(client.versions.len, 4);
	ck_assert_uint_eq(client.key_share_groups.len, 2);
	ck_assert_uint_eq(client.key_share_groups.p[1], 0x1d);
	ck_assert(client.has_cid && client.cid_len == 4);
	ck_assert_uint_eq(client.ech_outer.len, 15);
}
END_TEST

START_TEST(server_facts)
{
	all(TLS_EXT_SERVER_HELLO);
	ck_assert(bytes_is(server.alpn, "h2"));
	ck_assert_uint_eq(server.cert_type, 2);
	ck_assert(server.cached_info && server.ticket && server.psk);
	ck_assert_uint_eq(server.version, TLS_1_3);
	ck_assert_uint_eq(server.group, 0x1d);
	ck_assert(server.has_cid && server.cid_len == 0);
	all(TLS_EXT_CERTIFICATE);
	ck_assert(bytes_is(hs->staple, "xyz"));
}
END_TEST

/* A bad neighbour before it costs the name nothing. */
START_TEST(isolated)
{
	static const uint8_t junk[] = { 0xff, 0xff, 0xff };

	for (size_t i = 0; i < tls_num_extensions; i++) {
		if (!tls_extensions[i]->code)
			continue;
		fresh();
		m.len = 0;
		add(tls_extensions[i]->code, junk, sizeof junk);
		add(0, samples[0].data, samples[0].len);
		read_list(TLS_EXT_CLIENT_HELLO);
		ck_assert(bytes_is(client.sni, "a.b"));
	}
}
END_TEST

START_TEST(doubled)
{
	fresh();
	m.len = 0;
	add(0, samples[0].data, samples[0].len);
	add(0, "\0\6\0\0\3x.y", 8);
	add(43, "\2\3\4", 3);
	read_list(TLS_EXT_CLIENT_HELLO);
	ck_assert(bytes_is(client.sni, "a.b"));
	ck_assert_uint_eq(client.versions.len, 2);
	ck_assert_uint_eq(num, 2);
	ck_assert_str_eq(hs->anomalies[0].code, "extension_duplicate");
	/* more than are kept */
	fresh();
	m.len = 0;
	for (unsigned i = 0; i < LIMIT_TLS_EXTENSIONS + 9; i++)
		add((uint16_t)(1000 + i), NULL, 0);
	read_list(TLS_EXT_CLIENT_HELLO);
	ck_assert_uint_eq(num, LIMIT_TLS_EXTENSIONS);
	ck_assert_str_eq(hs->anomalies[0].code, "extensions_too_many");
}
END_TEST

/* RFC 7250: only a list that is there and has no X.509 in it says so. */
START_TEST(raw_public_key)
{
	fresh();
	m.len = 0;
	add(20, "\1\2", 2);
	read_list(TLS_EXT_CLIENT_HELLO);
	ck_assert(client.raw_public_key);
	fresh();
	m.len = 0;
	add(20, "\5", 1);
	read_list(TLS_EXT_CLIENT_HELLO);
	ck_assert(!client.raw_public_key);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, rows, 0, NUM(samples));
	tcase_add_test(t, complete);
	tcase_add_test(t, client_facts);
	tcase_add_test(t, server_facts);
	tcase_add_test(t, isolated);
	tcase_add_test(t, doubled);
	tcase_add_test(t, raw_public_key);
}

TEST_MAIN("tls_extension", cases)
