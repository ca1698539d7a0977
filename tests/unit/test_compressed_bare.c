/*
 * test_compressed_bare.c: built without brotli and zstd. The files that meson
 * takes then (compressed_no*.c) are linked before the library's, whatever this
 * build has: what they cannot read is told, what zlib packed is read.
 */
#include "test_open_make.h"
#include "tls/message.h"
#include "test_run.h"

#include <zlib.h>

static struct tls_handshake *hs;
static struct make *cert, *msg;

static void setup(void)
{
	hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(1));
	cert = calloc(1, sizeof *cert);
	msg = calloc(1, sizeof *msg);
	ck_assert(hs && cert && msg);
	make_certificate_13(cert, 1, 500, NULL);
}

static void teardown(void)
{
	tls_handshake_free(hs);
	free(cert);
	free(msg);
}

static void read_message(uint16_t algorithm, struct bytes in)
{
	struct tls_body body = { .time = stamp_sec(2) };

	make_num(msg, algorithm, 2);
	make_num(msg, cert->len, 3);
	make_num(msg, in.len, 3);
	make_bytes(msg, in.p, in.len);
	body.b = of(msg);
	tls_read_opened(hs, TLS_SERVER, TLS_COMPRESSED_CERTIFICATE, &body);
	hs->server.seen = true;
	hs->server.version = TLS_1_3;
}

/* RFC 8879 7.3: 2 is brotli, 3 zstd. */
START_TEST(not_built_in)
{
	struct tls_sight s;

	read_message((uint16_t)_i, of(cert));
	ck_assert(hs->compressed_unread && hs->unsupported);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 0);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_sight(hs, &s);
	ck_assert_int_eq(s.hidden, TLS_HIDDEN_UNSUPPORTED);
}
END_TEST

START_TEST(zlib_stays)
{
	uint8_t packed[2 * 1024];
	uLongf n = sizeof packed;

	ck_assert_int_eq(compress(packed, &n, cert->p, cert->len), Z_OK);
	read_message(1, bytes_of(packed, n));
	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_WHOLE);
	ck_assert(!hs->unsupported);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, not_built_in, 2, 4);
	tcase_add_test(t, zlib_stays);
}

TEST_MAIN("compressed_bare", cases)
