/*
 * test_judge_chain.c: chains and staples, as verified elsewhere: which code,
 * how severe, for whom; and what is not judged at all.
 */
#include "judge/standing.h"
#include "judge/tor.h"

#include "test_judge_make.h"
#include "test_run.h"

static const struct chain_result untrusted = {
	.state = CHAIN_UNTRUSTED, .error = 20,
	.detail = "unable to get local issuer certificate", .depth = 1,
	.top_issuer = "CN=Root",
};
static const struct chain_result invalid = {
	.state = CHAIN_INVALID, .error = 24, .detail = "invalid CA certificate",
	.depth = 1, .top_issuer = "CN=Root",
};
static const struct chain_result incomplete = {
	.state = CHAIN_INCOMPLETE, .error = 20, .detail = "no issuer",
	.top_issuer = "CN=Inter",
};
static const struct chain_result self_signed = {
	.state = CHAIN_SELF_SIGNED, .error = 18, .detail = "self-signed",
};
static const struct chain_result expired = {
	.state = CHAIN_EXPIRED, .error = 10, .detail = "expired", .depth = 1,
	.on_path = 1 << 1,
};
static const struct chain_result trusted = { .state = CHAIN_TRUSTED };
static const struct chain_result unjudged = { .state = CHAIN_UNJUDGED };

static const struct {
	const char *name;
	bool is_public;
} names[] = {
	{ "api.example.com", true },	{ "example.com", true },
	{ "API.Example.COM.", true },	{ "xn--bcher-kva.example.org", true },
	{ "localhost", false },		{ "intranet", false },
	{ "printer.local", false },	{ "db.prod.internal", false },
	{ "nas.lan", false },		{ "router.home", false },
	{ "dc1.ad.corp", false },	{ "a.test", false },
	{ "www.example", false },	{ "a.localhost", false },
	{ "1.0.0.10.in-addr.arpa", false }, { "nas.home.arpa", false },
	{ "PRINTER.LOCAL", false },	{ "10.1.2.3", false },
	{ "2001:db8::1", false },	{ "[2001:db8::1]", false },
	{ "host.123", false },		{ "", false },
	{ "xyz.onion", false },		{ "api.ns.svc", false },
	{ "a..com", false },		{ "notlocal", false },
	{ "my.notlocal", true },	{ "local.example.com", true },
};

START_TEST(public_name)
{
	ck_assert_msg(standing_is_public_name(bytes_str(names[_i].name)) ==
			      names[_i].is_public,
		      "%s", names[_i].name);
}
END_TEST

static const struct row {
	const struct chain_result *chain;
	const char *code;
	const char *public, *inner; /* severity by the name asked for */
} rows[] = {
	{ &untrusted, "chain.untrusted", "medium", "info" },
	{ &invalid, "chain.untrusted", "medium", "info" },
	{ &self_signed, "chain.self_signed", "medium", "info" },
	{ &incomplete, "chain.incomplete", "medium", "medium" },
	{ &expired, "chain.expired", "medium", "medium" },
	{ &trusted, NULL, "", "" },
	{ &unjudged, NULL, "", "" },
};

static size_t num_chain_findings(void)
{
	size_t n = 0;

	for (size_t i = 0; i < judged->num_findings; i++)
		n += !strncmp(judged->findings[i].check->code, "chain.", 6);
	return n;
}

static void judge_row(const struct row *r, const char *severity)
{
	judge_with(r->chain, NULL);
	ck_assert_uint_eq(num_chain_findings(), *severity != 0);
	if (r->code)
		ck_told(r->code, severity);
}

START_TEST(chain)
{
	const struct row *r = &rows[_i];

	judge_row(r, r->public);
	set_name("api.prod.internal");
	set_san(&leaf, "api.prod.internal");
	judge_row(r, r->inner);
	policy.own_names[policy.num_own_names++] = "*.internal"; /* ours */
	judge_row(r, r->public);
	policy.num_own_names = 0;
	obs->reaction.verdict = TLS_REJECTED; /* a client cared */
	set_alert(TLS_CLIENT, 48);
	judge_row(r, r->public);
	set_alert(TLS_CLIENT, 45); /* but for another reason */
	judge_row(r, r->inner);
}
END_TEST

START_TEST(chain_not_judged)
{
	const struct row *r = &rows[_i];

	set_name(NULL); /* no stated reference */
	judge_row(r, "");
	set_name("api.example.com");
	hs->client.srtp = true;
	judge_row(r, "");
	hs->client.srtp = false;
	hs->client.alpn = bytes_str("\x0a" "acme-tls/1");
	judge_row(r, "");
}
END_TEST

START_TEST(chain_by_dns_is_no_statement)
{
	set_name(NULL);
	judged = judgement_new(obs, &policy);
	judgement_set_name(judged, bytes_str("api.example.com"), NAME_DNS);
	judged->ev.chain = self_signed;
	judgement_run(judged);
	judgement_word(judged);
	ck_told("chain.self_signed", "info");
}
END_TEST

START_TEST(chain_opportunistic)
{
	hs->prelude.opportunistic = true;
	judge_row(&rows[_i], *rows[_i].public ? "low" : "");
}
END_TEST

START_TEST(store_younger)
{
	struct chain_result c = untrusted;

	c.store_younger = true; /* a capture of days when it may have been */
	judge_with(&c, NULL);
	ck_told("chain.untrusted", "info");
	obs->reaction.verdict = TLS_REJECTED;
	set_alert(TLS_CLIENT, 48);
	judge_with(&c, NULL);
	ck_told("chain.untrusted", "medium");
	obs->reaction.verdict = TLS_UNKNOWN;
	c = self_signed; /* nobody ever trusted that */
	c.store_younger = true;
	judge_with(&c, NULL);
	ck_told("chain.self_signed", "medium");
}
END_TEST

/* One finding per issuer, not per name; self-signed ones are the leaf's. */
START_TEST(ids)
{
	char a[33], b[33];

	judge_with(&untrusted, NULL);
	memcpy(a, find("chain.untrusted")->id, sizeof a);
	judge_with(&self_signed, NULL);
	memcpy(b, find("chain.self_signed")->id, sizeof b);
	set_name("b.example.com");
	leaf.sha256[7] ^= 1;
	obs->destination.port = 8443;
	judge_with(&untrusted, NULL);
	ck_assert_str_eq(find("chain.untrusted")->id, a);
	judge_with(&self_signed, NULL);
	ck_assert_str_ne(find("chain.self_signed")->id, b);
}
END_TEST

START_TEST(rejection_is_explained)
{
	obs->reaction.verdict = TLS_REJECTED;
	set_alert(TLS_CLIENT, 48);
	judge_with(&trusted, NULL);
	ck_told("client.rejected", "high");
	judge_with(&untrusted, NULL);
	ck_told("client.rejected", "");
	ck_told("chain.untrusted", "medium");
}
END_TEST

/* An alert that says why is not explained by something else. */
START_TEST(rejection_of_another_kind)
{
	static const struct staple revoked = {
		.state = STAPLE_VERIFIED, .status = STAPLE_REVOKED, .reason = 1
	};

	obs->reaction.verdict = TLS_REJECTED;
	set_alert(TLS_CLIENT, 45);
	judge_with(&untrusted, NULL);
	ck_told("chain.untrusted", "medium");
	ck_told("client.rejected", "high");
	set_name("api.corp"); /* nor does it say that trust is missing */
	hs->alert.encrypted = true; /* opened with keys */
	judge_with(&untrusted, NULL);
	ck_told("chain.untrusted", "info");
	ck_told("client.rejected", "high");
	set_name("api.example.com");
	hs->alert.encrypted = false;
	judge_with(&expired, NULL);
	ck_told("client.rejected", "");
	leaf.not_after = NOW - 1;
	judge_with(&untrusted, NULL);
	ck_told("client.rejected", "");
	leaf.not_after = NOW + DAY;
	set_alert(TLS_CLIENT, 44);
	judge_with(&untrusted, NULL);
	ck_told("client.rejected", "high");
	judge_with(&untrusted, &revoked);
	ck_told("client.rejected", "");
}
END_TEST

START_TEST(expired_names_the_member)
{
	above.not_after = NOW - 2 * DAY;
	judge_with(&expired, NULL);
	ck_assert_ptr_nonnull(strstr(find("chain.expired")->message,
				     "CN=Inter expired 2 days ago"));
	ck_told("cert.expired", ""); /* the leaf is in order */
	above.not_after = NOW + DAY;
	above.not_before = NOW + 3600;
	judge_with(&expired, NULL);
	ck_assert_ptr_nonnull(strstr(find("chain.expired")->message,
				     "not valid before"));
	above.not_before = NOW - DAY; /* it is the store's */
	judge_with(&expired, NULL);
	ck_told("chain.expired", "medium");
}
END_TEST

/* A stray that is out of date, too, is not the cause. */
START_TEST(expired_names_no_stray)
{
	struct chain_result c = expired;

	client.not_after = NOW - DAY;
	obs->chain[TLS_SERVER][1] = &client;
	obs->chain[TLS_SERVER][2] = &above;
	obs->num_chain[TLS_SERVER] = obs->num_chain_sent[TLS_SERVER] = 3;
	above.not_after = NOW - 2 * DAY;
	c.on_path = 1 << 2;
	judge_with(&c, NULL);
	ck_assert_ptr_nonnull(strstr(find("chain.expired")->message,
				     "CN=Inter expired 2 days ago"));
	c.on_path = 0; /* the store's: neither of them */
	judge_with(&c, NULL);
	ck_assert_ptr_nonnull(strstr(find("chain.expired")->message,
				     "an authority above it is out of date"));
}
END_TEST

/* Names come from strangers: no control bytes in a sentence. */
START_TEST(hostile_issuer)
{
	struct chain_result c = untrusted;

	c.top_issuer = "CN=a\x1b[31mb\nc\xc2\x9b" "d\xc3\xa4";
	judge_with(&c, NULL);
	ck_told("chain.untrusted", "medium");
	ck_assert_ptr_nonnull(
		strstr(find("chain.untrusted")->message,
		       "CN=a\\x1b[31mb\\x0ac\\xc2\\x9bd\xc3\xa4"));
}
END_TEST

static void tor_names(const char *sni, const char *subject, const char *issuer)
{
	static char cn[2][64], *v[2];
	struct cert_values *values[2] = { &leaf.subject.common_name,
					  &leaf.issuer.common_name };
	const char *text[2] = { subject, issuer };

	for (int i = 0; i < 2; i++) {
		snprintf(cn[i], sizeof cn[i], "%s", text[i] + 3);
		v[i] = cn[i];
		values[i]->v = &v[i];
		values[i]->num = 1;
	}
	name_make(&leaf, subject, issuer);
	leaf.has_san = false;
	leaf.num_san = 0;
	set_name(sni);
}

START_TEST(tor)
{
	tor_names("www.2a3b4c5d6e.com", "CN=www.qrstuvwxyz27.net",
		  "CN=www.abcdefgh.com");
	ck_assert(tor_is_link(hs, &leaf));
	judge_with(&untrusted, NULL);
	ck_assert_uint_eq(judged->num_findings, 0);
	set_name(NULL);
	ck_assert(tor_is_link(hs, &leaf));
	/* the name that it asks for is 4 to 25 letters long */
	set_name("www.2a3b.com");
	ck_assert(tor_is_link(hs, &leaf));
	set_name("www.ylt64phdbumyjxy7tr2uwabcd.com");
	ck_assert(tor_is_link(hs, &leaf));
	set_name("www.ylt64phdbumyjxy7tr2uwabcde.com");
	ck_assert(!tor_is_link(hs, &leaf));
	set_name("www.2a3.com");
	ck_assert(!tor_is_link(hs, &leaf));
	set_name("www.example.org");
	ck_assert(!tor_is_link(hs, &leaf));
	tor_names("www.2a3b4c5d6e.com", "CN=www.abcdefg.net", /* 7 */
		  "CN=www.abcdefgh.com");
	ck_assert(!tor_is_link(hs, &leaf));
	tor_names("www.2a3b4c5d6e.com", "CN=www.abcd-fghi.net",
		  "CN=www.abcdefgh.com");
	ck_assert(!tor_is_link(hs, &leaf));
	tor_names("www.2a3b4c5d6e.com", "CN=www.abcdefghi.net",
		  "CN=www.abcdefgh.com");
	set_san(&leaf, "www.abcdefghi.net");
	ck_assert(!tor_is_link(hs, &leaf));
	ck_assert(!tor_is_link(hs, NULL));
}
END_TEST

/* state, status, reason, nextUpdate from NOW (0: none); revoked, expired */
static const struct {
	enum staple_state state;
	enum staple_status status;
	int reason;
	int64_t next;
	const char *revoked, *expired;
} staples[] = {
	{ STAPLE_NONE, STAPLE_REVOKED, 1, -DAY, "", "" },
	{ STAPLE_BAD, STAPLE_REVOKED, 1, -DAY, "", "" },
	{ STAPLE_OTHER, STAPLE_REVOKED, 1, -DAY, "", "" },
	{ STAPLE_UNVERIFIED, STAPLE_REVOKED, 1, DAY, "", "" },
	{ STAPLE_VERIFIED, STAPLE_GOOD, -1, DAY, "", "" },
	{ STAPLE_VERIFIED, STAPLE_UNKNOWN, -1, DAY, "", "" },
	{ STAPLE_VERIFIED, STAPLE_GOOD, -1, 0, "", "" },
	{ STAPLE_VERIFIED, STAPLE_GOOD, -1, -300, "", "" }, /* skew */
	{ STAPLE_VERIFIED, STAPLE_GOOD, -1, -301, "", "low" },
	{ STAPLE_UNVERIFIED, STAPLE_GOOD, -1, -301, "", "low" },
	{ STAPLE_VERIFIED, STAPLE_REVOKED, 1, DAY, "high", "" },
	{ STAPLE_VERIFIED, STAPLE_REVOKED, -1, DAY, "high", "" },
	{ STAPLE_VERIFIED, STAPLE_REVOKED, 99, DAY, "high", "" },
	/* for ever, unless it was a hold */
	{ STAPLE_VERIFIED, STAPLE_REVOKED, 1, -DAY, "high", "" },
	{ STAPLE_VERIFIED, STAPLE_REVOKED, 6, DAY, "high", "" },
	{ STAPLE_VERIFIED, STAPLE_REVOKED, 6, -DAY, "", "low" },
};

START_TEST(staple)
{
	struct staple s = {
		.state = staples[_i].state,
		.status = staples[_i].status,
		.reason = staples[_i].reason,
		.this_update = NOW - 7 * DAY,
		.revoked_at = NOW - 30 * DAY,
		.next_update = NOW + staples[_i].next,
		.has_next_update = staples[_i].next != 0,
	};

	judge_with(&trusted, &s);
	ck_told("staple.revoked", staples[_i].revoked);
	ck_told("staple.expired", staples[_i].expired);
	hs->chain[TLS_SERVER].time = stamp_sec(0); /* no clock */
	judge_with(&trusted, &s);
	ck_told("staple.revoked", "");
	ck_told("staple.expired", "");
}
END_TEST

START_TEST(staple_missing)
{
	static uint16_t v2[] = { 17 };

	judge();
	ck_told("staple.missing", "");
	leaf.must_staple = true;
	judge();
	ck_told("staple.missing", ""); /* the client did not ask */
	hs->client.status_request = true;
	judge();
	ck_told("staple.missing", "low");
	hs->staple = bytes_str("x");
	judge();
	ck_told("staple.missing", "");
	hs->staple.len = 0;
	hs->side[TLS_SERVER].gap = true; /* it may have been lost */
	judge();
	ck_told("staple.missing", "");
	hs->side[TLS_SERVER].gap = false;
	hs->side[TLS_SERVER].hello_done = false;
	judge();
	ck_told("staple.missing", "");
	hs->server.version = TLS_1_3; /* there it is in the Certificate */
	judge();
	ck_told("staple.missing", "low");
	hs->chain[TLS_SERVER].state = TLS_CHAIN_PARTIAL;
	judge();
	ck_told("staple.missing", "");
	hs->chain[TLS_SERVER].state = TLS_CHAIN_WHOLE;
	hs->server.ext = v2;
	hs->server.num_ext = 1;
	judge();
	ck_told("staple.missing", "");
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, scene_setup, scene_teardown);
	tcase_add_loop_test(t, public_name, 0, NUM(names));
	tcase_add_loop_test(t, chain, 0, NUM(rows));
	tcase_add_loop_test(t, chain_not_judged, 0, NUM(rows));
	tcase_add_loop_test(t, chain_opportunistic, 0, NUM(rows));
	tcase_add_test(t, chain_by_dns_is_no_statement);
	tcase_add_test(t, store_younger);
	tcase_add_test(t, ids);
	tcase_add_test(t, rejection_is_explained);
	tcase_add_test(t, rejection_of_another_kind);
	tcase_add_test(t, expired_names_the_member);
	tcase_add_test(t, expired_names_no_stray);
	tcase_add_test(t, hostile_issuer);
	tcase_add_test(t, tor);
	tcase_add_loop_test(t, staple, 0, NUM(staples));
	tcase_add_test(t, staple_missing);
}

TEST_MAIN("judge_chain", cases)
