/* test_reached.c: a limit that was reached is counted under its name. */
#include "base/limits.h"
#include "sensor/reached.h"
#include "test_run.h"

#include <stdlib.h>
#include <string.h>

static struct reached r;
static struct status s;

static uint64_t counted(const char *name)
{
	memset(&s, 0, sizeof s);
	reached_status(&r, &s);
	for (size_t i = 0; i < s.num_counters; i++) {
		ck_assert_str_eq(s.counters[i].group, "limits");
		if (!strcmp(s.counters[i].name, name))
			return s.counters[i].value;
	}
	return 0;
}

START_TEST(handshakes)
{
	static const char *const codes[] = {
		"message_too_long",
		"memory",
		"record_malformed",
	};
	struct tls_handshake *hs;

	memset(&r, 0, sizeof r);
	(void)counted("");
	ck_assert_uint_eq(s.num_counters, 0);
	for (int i = 0; i < 3; i++) {
		hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(1));
		ck_assert_ptr_nonnull(hs);
		for (int k = i; k < 3; k++)
			tls_anomaly_add(hs, TLS_SERVER, codes[k], 7);
		hs->anomalies_left_out = 2;
		reached_note(&r, hs);
		tls_handshake_free(hs);
	}
	ck_assert_uint_eq(counted("message_too_long"), 1);
	ck_assert_uint_eq(counted("handshake_memory"), 2);
	ck_assert_uint_eq(counted("anomalies_untold"), 6);
	/* what is wrong but no limit is none of these */
	ck_assert_uint_eq(s.num_counters, 3);
}
END_TEST

static void say(struct probe *p, uint64_t at, const char *text)
{
	struct chunk c = { .offset = at, .data = bytes_str(text) };

	(void)probe_feed(p, &c);
}

START_TEST(probes)
{
	static const char proxy[] = "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n";
	struct probe *p = probe_new();
	uint64_t at = 0;

	memset(&r, 0, sizeof r);
	ck_assert_ptr_nonnull(p);
	say(p, 0, "hello\r\n");
	reached_probe(&r, p);
	ck_assert_uint_eq(counted("probe_too_long"), 0);
	for (at = 7; at < LIMIT_PROBE_BYTES + 16; at += 8)
		say(p, at, "abcdefg\n");
	reached_probe(&r, p);
	ck_assert_uint_eq(counted("probe_too_long"), 1);
	probe_free(p);
	p = probe_new();
	for (at = 0; at < (sizeof proxy - 1) * LIMIT_PROBE_LAYERS;
	     at += sizeof proxy - 1)
		say(p, at, proxy);
	reached_probe(&r, p);
	ck_assert_uint_eq(counted("probe_too_deep"), 1);
	ck_assert_uint_eq(counted("probe_too_long"), 1);
	probe_free(p);
}
END_TEST

START_TEST(sealed)
{
	static const uint8_t record[] = { 0x17, 3, 3, 0, 1, 'x' };
	struct probe *p = probe_new();
	struct chunk c = { .data = bytes_of(record, sizeof record) };

	memset(&r, 0, sizeof r);
	ck_assert_ptr_nonnull(p);
	probe_midstream(p, 0);
	for (int i = 0; i < LIMIT_PROBE_SEALED; i++) {
		reached_probe(&r, p);
		ck_assert_uint_eq(counted("probe_sealed"), 0);
		(void)probe_feed(p, &c);
		c.offset += sizeof record;
	}
	reached_probe(&r, p);
	ck_assert_uint_eq(counted("probe_sealed"), 1);
	ck_assert_uint_eq(s.num_counters, 1);
	probe_free(p);
}
END_TEST

static uint32_t dropped(void *session)
{
	uint32_t *left = session, n = *left;

	*left = 0;
	return n;
}

START_TEST(drops)
{
	static const struct protocol a = { .dropped = dropped,
					   .drops_group = "limits",
					   .drops = "a_dropped" },
				     b = { .dropped = dropped,
					   .drops_group = "limits",
					   .drops = "b_dropped" },
				     none = { .dropped = NULL };
	uint32_t left = 0;

	memset(&r, 0, sizeof r);
	reached_drops(&r, &b, &left);
	(void)counted("");
	ck_assert_uint_eq(s.num_counters, 0);
	left = 3;
	reached_drops(&r, &none, &left);
	reached_drops(&r, &b, &left);
	left = 4;
	reached_drops(&r, &a, &left);
	left = 5;
	reached_drops(&r, &b, &left);
	ck_assert_uint_eq(counted("a_dropped"), 4);
	ck_assert_uint_eq(counted("b_dropped"), 8);
	ck_assert_uint_eq(s.num_counters, 2);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, handshakes);
	tcase_add_test(t, probes);
	tcase_add_test(t, sealed);
	tcase_add_test(t, drops);
}

TEST_MAIN("reached", cases)
