/*
 * test_tls_alerts.c: readable alerts (RFC 5246 7.2), fatal and warning, of
 * either side, at every step of a handshake of TLS 1.2.
 */
#include "test_tls_stream.h"
#include "test_run.h"

enum { BAD_CERTIFICATE = 42, EXPIRED = 45, HANDSHAKE_FAILURE = 40,
       UNRECOGNIZED_NAME = 112, NO_RENEGOTIATION = 100, CLOSE_NOTIFY = 0 };

static const uint8_t codes[] = { CLOSE_NOTIFY,	    HANDSHAKE_FAILURE,
				 BAD_CERTIFICATE,   EXPIRED,
				 NO_RENEGOTIATION,  UNRECOGNIZED_NAME };

/* Parts of parts_full() behind which a side's records are sealed. */
static const int last_readable[2] = { 2, 3 };
/* ... behind which the client's flight came. */
#define ANSWERED 3

static struct part *parts;
static struct tcp t;

static void setup(void)
{
	parts = calloc(PARTS + 1, sizeof *parts);
	ck_assert_ptr_nonnull(parts);
	parts_full(parts, NULL);
	tcp_init(&t);
}

static void teardown(void)
{
	free(parts);
	tcp_fini(&t);
}

/* The handshake with an alert behind the first parts; a fatal one ends it. */
static struct tls_handshake *alert_at(int step, uint8_t dir, uint8_t level,
				      uint8_t code)
{
	struct part *alert = &parts[PARTS];

	tcp_init(&t);
	alert->dir = dir;
	alert->m.len = 0;
	part_alert(alert, level, code);
	for (int i = 0; i < step; i++)
		tcp_part(&t, &parts[i], 4096);
	tcp_part(&t, alert, 4096);
	if (level == 2) {
		tcp_close(&t, dir, CLOSE_FIN);
		tcp_close(&t, !dir, CLOSE_FIN);
	}
	for (int i = step; level != 2 && i < PARTS; i++)
		tcp_part(&t, &parts[i], 4096);
	return tcp_one(&t);
}

static bool is_about_certificate(uint8_t code)
{
	return code == BAD_CERTIFICATE || code == EXPIRED;
}

static void check_fatal(const struct tls_handshake *hs, int step, uint8_t dir,
			uint8_t code)
{
	struct tls_reaction r;

	ck_assert(hs->alert.seen);
	ck_assert_int_eq(hs->alert.from, dir);
	ck_assert_int_eq(hs->alert.level, 2);
	ck_assert_int_eq(hs->alert.code, code);
	ck_assert_int_eq(hs->warning[dir], 0);
	tls_handshake_reaction(hs, &r);
	/* at any step: what it refuses may not have been captured */
	if (dir == CLIENT && is_about_certificate(code)) {
		ck_assert_int_eq(r.verdict, TLS_REJECTED);
		ck_assert_int_eq(r.evidence, TLS_PLAINTEXT_ALERT);
	} else if (dir == SERVER && step == ANSWERED && code) {
		ck_assert_int_eq(r.verdict, TLS_SERVER_REFUSED);
		ck_assert_int_eq(r.evidence, TLS_SERVER_ALERT);
	} else {
		ck_assert_int_ne(r.verdict, TLS_REJECTED);
		ck_assert_int_ne(r.verdict, TLS_ACCEPTED);
	}
	ck_assert(!r.inferred);
}

/* unrecognized_name among them: a warning refuses nothing (RFC 6066 3). */
static void check_warning(const struct tls_handshake *hs, uint8_t dir,
			  uint8_t code)
{
	struct tls_reaction r;

	ck_assert(!hs->alert.seen);
	if (code != CLOSE_NOTIFY)
		ck_assert_int_eq(hs->warning[dir], code + 1);
	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_WHOLE);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_ne(r.verdict, TLS_REJECTED);
	ck_assert_int_ne(r.verdict, TLS_SERVER_REFUSED);
	if (code != CLOSE_NOTIFY)
		ck_assert_int_eq(r.verdict, TLS_ACCEPTED);
}

/* _i: the step, the side, the code. */
START_TEST(fatal)
{
	int step = _i / 2;
	uint8_t dir = (uint8_t)(_i % 2);
	struct tls_handshake *hs;

	for (size_t i = 0; i < sizeof codes; i++) {
		if (step == 0 || step > last_readable[dir])
			continue;
		hs = alert_at(step, dir, 2, codes[i]);
		check_fatal(hs, step, dir, codes[i]);
		tls_handshake_free(hs);
	}
}
END_TEST

START_TEST(warning)
{
	int step = _i / 2;
	uint8_t dir = (uint8_t)(_i % 2);
	struct tls_handshake *hs;

	for (size_t i = 0; i < sizeof codes; i++) {
		if (step == 0 || step > last_readable[dir])
			continue;
		hs = alert_at(step, dir, 1, codes[i]);
		check_warning(hs, dir, codes[i]);
		tls_handshake_free(hs);
	}
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, fatal, 0, 2 * (ANSWERED + 1));
	tcase_add_loop_test(c, warning, 0, 2 * (ANSWERED + 1));
}

TEST_MAIN("tls_alerts", cases)
