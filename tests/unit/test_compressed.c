/*
 * test_compressed.c: CompressedCertificate (RFC 8879): its declared length is
 * enforced, bombs cost nothing, what is not built in is told.
 */
#include "test_open_make.h"
#include "tls/message.h"
#include "test_run.h"

#include <zlib.h>

static struct tls_handshake *hs;
static struct make *cert, *msg;
static uint8_t *packed;

static void setup(void)
{
	hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(1));
	cert = calloc(1, sizeof *cert);
	msg = calloc(1, sizeof *msg);
	packed = malloc(2 * MAKE_MAX);
	ck_assert(hs && cert && msg && packed);
}

static void teardown(void)
{
	tls_handshake_free(hs);
	free(cert);
	free(msg);
	free(packed);
}

static void make_message(uint16_t algorithm, size_t declared, struct bytes in)
{
	msg->len = 0;
	make_num(msg, algorithm, 2);
	make_num(msg, declared, 3);
	make_num(msg, in.len, 3);
	make_bytes(msg, in.p, in.len);
}

static struct bytes pack(struct bytes b)
{
	uLongf n = 2 * MAKE_MAX;

	ck_assert_int_eq(compress(packed, &n, b.p, b.len), Z_OK);
	return bytes_of(packed, n);
}

static void read_message(void)
{
	struct tls_body body = { .b = of(msg), .time = stamp_sec(2) };

	tls_read_opened(hs, TLS_SERVER, TLS_COMPRESSED_CERTIFICATE, &body);
}

static void check_bad(const char *code)
{
	struct tls_sight s;

	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_BAD);
	ck_assert_uint_eq(hs->num_anomalies, 1);
	ck_assert_str_eq(hs->anomalies[0].code, code);
	ck_assert(hs->unsupported);
	hs->server.seen = true;
	hs->server.version = TLS_1_3;
	tls_handshake_sight(hs, &s);
	ck_assert_int_eq(s.hidden, TLS_HIDDEN_UNSUPPORTED);
}

START_TEST(sound)
{
	make_certificate_13(cert, 3, 1200, "staple");
	make_message(1, cert->len, pack(of(cert)));
	read_message();
	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_WHOLE);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 3);
	ck_assert(hs->chain[TLS_SERVER].decrypted);
	ck_assert_int_eq(hs->chain[TLS_SERVER].time.ns, 2 * NSEC_PER_SEC);
	ck_assert(bytes_is(hs->staple, "staple"));
	ck_assert_uint_eq(hs->num_anomalies, 0);
}
END_TEST

START_TEST(length)
{
	make_certificate_13(cert, 1, 500, NULL);
	make_message(1, _i ? cert->len + 1 : cert->len - 1, pack(of(cert)));
	read_message();
	check_bad("compressed_malformed");
}
END_TEST

START_TEST(trailing)
{
	struct bytes b;

	make_certificate_13(cert, 1, 500, NULL);
	b = pack(of(cert));
	packed[b.len] = 0;
	make_message(1, cert->len, bytes_of(packed, b.len + 1));
	read_message();
	check_bad("compressed_malformed");
}
END_TEST

START_TEST(cut)
{
	make_certificate_13(cert, 1, 500, NULL);
	make_message(1, cert->len, bytes_head(pack(of(cert)), (size_t)_i));
	read_message();
	check_bad("compressed_malformed");
}
END_TEST

/* A hundred thousand to one: neither memory nor time. */
START_TEST(bomb)
{
	size_t n = 64u << 20;
	uint8_t *zeros = calloc(1, n);
	uLongf len = 2 * MAKE_MAX;

	ck_assert_ptr_nonnull(zeros);
	ck_assert_int_eq(compress(packed, &len, zeros, n), Z_OK);
	free(zeros);
	make_message(1, _i ? 0xffffff : 1000, bytes_of(packed, len));
	read_message();
	check_bad(_i ? "compressed_too_long" : "compressed_malformed");
	ck_assert_uint_lt(hs->arena.used, 100000);
}
END_TEST

START_TEST(unknown)
{
	struct tls_sight s;

	make_certificate_13(cert, 1, 500, NULL);
	make_message(99, cert->len, of(cert));
	read_message();
	ck_assert(hs->compressed_unread && hs->unsupported);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	hs->server.seen = true;
	hs->server.version = TLS_1_3;
	tls_handshake_sight(hs, &s);
	ck_assert_int_eq(s.hidden, TLS_HIDDEN_UNSUPPORTED);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, sound);
	tcase_add_loop_test(t, length, 0, 2);
	tcase_add_test(t, trailing);
	tcase_add_loop_test(t, cut, 0, 60);
	tcase_add_loop_test(t, bomb, 0, 2);
	tcase_add_test(t, unknown);
}

TEST_MAIN("compressed", cases)
