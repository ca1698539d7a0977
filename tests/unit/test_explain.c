/*
 * test_explain.c: which finding explains a client's refusal, by its alert.
 */
#include "judge/explain.h"

#include "test_judge_make.h"
#include "test_run.h"

static struct chain_result chain;
static struct staple staple;

static void is_expired(void)
{
	leaf.not_after = NOW - DAY;
}

static void is_early(void)
{
	leaf.not_before = NOW + DAY;
}

static void is_misnamed(void)
{
	set_san(&leaf, "api.example.org");
}

static void is_too_deep(void)
{
	set_san(&leaf, "*.example.com");
	set_name("api.v2.example.com");
}

static void is_untrusted(void)
{
	chain = (struct chain_result){ .state = CHAIN_UNTRUSTED, .error = 20,
				       .detail = "no issuer",
				       .top_issuer = "CN=Root" };
}

static void has_expired_issuer(void)
{
	chain = (struct chain_result){ .state = CHAIN_EXPIRED, .error = 10,
				       .detail = "expired", .depth = 1 };
}

static void is_weak(void)
{
	leaf.key_type = CERT_KEY_RSA;
	leaf.key_bits = 1024;
}

static void is_sha1(void)
{
	leaf.signature_hash = "SHA1";
}

static void is_a_clients(void)
{
	leaf.has_eku = true;
	leaf.eku = CERT_EKU_CLIENT;
}

static void is_malformed(void)
{
	leaf.flaw = "subjectAltName twice";
}

static void must_staple(void)
{
	leaf.must_staple = true;
	hs->client.status_request = true;
}

static void has_old_staple(void)
{
	must_staple();
	hs->staple = bytes_str("x");
	staple = (struct staple){ .state = STAPLE_VERIFIED,
				  .has_next_update = true,
				  .next_update = NOW - DAY };
}

static void has_forged_staple(void)
{
	must_staple();
	hs->staple = bytes_str("x");
	staple = (struct staple){ .state = STAPLE_FORGED };
}

static void is_revoked(void)
{
	must_staple();
	hs->staple = bytes_str("x");
	staple = (struct staple){ .state = STAPLE_VERIFIED,
				  .status = STAPLE_REVOKED, .reason = 1,
				  .has_next_update = true,
				  .next_update = NOW + DAY };
}

static void is_old_protocol(void)
{
	hs->server.version = hs->server.legacy_version = TLS_1_0;
}

static void is_about_to_expire(void)
{
	leaf.not_after = NOW + 3600;
}

static void is_excessive(void)
{
	leaf.has_cab_policy = true;
	leaf.not_after = leaf.not_before + 2000 * DAY;
}

static const uint8_t alerts[] = { 42, 43, 44, 45, 46, 48, 49, 113, 114 };

/* one digit for each of these alerts: does it explain it? */
static const struct trouble {
	void (*make)(void);
	const char *code, *explains;
} troubles[] = {
	{ is_expired, "cert.expired", "100110000" },
	{ is_early, "cert.not_yet_valid", "100110000" },
	/* another host, so another issuer; the same one's, but too narrow */
	{ is_misnamed, "name.mismatch", "100011100" },
	{ is_too_deep, "name.mismatch", "100010100" },
	{ is_untrusted, "chain.untrusted", "100011100" },
	{ has_expired_issuer, "chain.expired", "100111100" },
	{ is_weak, "key.weak", "110010000" },
	{ is_sha1, "signature.weak", "110010000" },
	{ is_a_clients, "cert.wrong_usage", "110010000" },
	{ is_malformed, "cert.malformed", "110010000" },
	{ must_staple, "staple.missing", "100010010" },
	{ has_old_staple, "staple.expired", "100010010" },
	{ has_forged_staple, "staple.invalid", "100010010" },
	{ is_revoked, "staple.revoked", "101010010" },
	{ is_old_protocol, "tls.obsolete", "000000000" },
	{ is_about_to_expire, "cert.expiring", "000000000" },
	{ is_excessive, "cert.lifetime_excessive", "000000000" },
};

START_TEST(by_alert)
{
	const struct trouble *t = &troubles[_i];

	chain = (struct chain_result){ .state = CHAIN_TRUSTED };
	staple = (struct staple){ .state = STAPLE_NONE };
	t->make();
	obs->reaction.verdict = TLS_REJECTED;
	for (size_t i = 0; i < NUM(alerts); i++) {
		bool explains = t->explains[i] == '1';

		set_alert(TLS_CLIENT, alerts[i]);
		judge_with(&chain, &staple);
		ck_assert_msg(find(t->code) != NULL, "no %s", t->code);
		ck_assert_msg(!find("client.rejected") == explains,
			      "%s, alert %u", t->code, alerts[i]);
		ck_assert(explain_refusal(find(t->code), obs) == explains);
	}
}
END_TEST

/* What cannot be read may be about anything that a client fails by. */
START_TEST(unreadable)
{
	const struct trouble *t = &troubles[_i];

	chain = (struct chain_result){ .state = CHAIN_TRUSTED };
	staple = (struct staple){ .state = STAPLE_NONE };
	t->make();
	obs->reaction.verdict = TLS_REJECTED;
	obs->reaction.inferred = true;
	judge_with(&chain, &staple);
	ck_assert(!find("client.rejected") == (t->explains[0] == '1'));
	obs->reaction.verdict = TLS_ACCEPTED; /* then there is none */
	judge_with(&chain, &staple);
	ck_assert(!explain_refusal(find(t->code), obs));
}
END_TEST

/* RSA with 1024 bits and SHA-1 were what everybody took once. */
START_TEST(of_old_days)
{
	obs->reaction.verdict = TLS_REJECTED;
	set_alert(TLS_CLIENT, 42);
	hs->chain[TLS_SERVER].time = stamp_sec(1388534399); /* 2013 */
	leaf.not_before = 0;
	is_weak();
	is_sha1();
	judge();
	ck_told("key.weak", "info");
	ck_told("signature.weak", "info");
	ck_told("client.rejected", "high");
	leaf.key_bits = 512; /* that never was */
	judge();
	ck_told("client.rejected", "");
}
END_TEST

/* "Sound" is said of it only where the alert says nothing else. */
START_TEST(words)
{
	is_expired();
	obs->reaction.verdict = TLS_REJECTED;
	set_alert(TLS_CLIENT, 48);
	judge();
	ck_assert_ptr_nonnull(strstr(find("client.rejected")->message,
				     "nothing seen of it from here explains"));
	leaf.not_after = NOW + 60 * DAY;
	set_alert(TLS_CLIENT, 46);
	judge();
	ck_assert_ptr_nonnull(strstr(find("client.rejected")->message,
				     "which looks sound from here"));
	set_alert(TLS_CLIENT, 113);
	judge();
	ck_assert_str_eq(find("client.rejected")->hint.cause,
			 "staple_refused");
	set_alert(TLS_CLIENT, 43);
	judge();
	ck_assert_str_eq(find("client.rejected")->hint.cause,
			 "certificate_unsupported");
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, scene_setup, scene_teardown);
	tcase_add_loop_test(t, by_alert, 0, NUM(troubles));
	tcase_add_loop_test(t, unreadable, 0, NUM(troubles));
	tcase_add_test(t, of_old_days);
	tcase_add_test(t, words);
}

TEST_MAIN("explain", cases)
