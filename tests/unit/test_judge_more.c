/*
 * test_judge_more.c: what is judged beside dates, names and paths: a gateway's
 * issuer, transparency, wildcards, untidy chains, staples that say nothing,
 * malformed extensions, keys of faulty libraries, portals.
 */
#include "judge/gateways.h"
#include "test_judge_make.h"
#include "test_run.h"

static const struct chain_result trusted = { .state = CHAIN_TRUSTED };
static const struct chain_result refused = {
	.state = CHAIN_INVALID, .error = 41, .detail = "invalid extension",
	.top_issuer = "CN=Inter",
};

static const char *cause(const char *code)
{
	const struct finding *f = find(code);

	return f ? f->hint.cause : "";
}

START_TEST(unexpected_issuer)
{
	struct policy_gateway g = { .name = "orders",
				    .owner = "team-orders" };

	g.names.text[g.names.num++] = "api.example.*";
	g.issuers.text[g.issuers.num++] = "*O=Amazon*";
	policy.gateways = &g;
	judgement_unref(judged);
	judged = judgement_new(obs, &policy);
	policy_complete(&judged->ev, &judged->arena);
	judgement_run(judged);
	judgement_word(judged);
	ck_told("cert.unexpected_issuer", "medium");
	ck_assert_ptr_nonnull(strstr(find("cert.unexpected_issuer")->message,
				     "of team-orders"));
	ck_assert_str_eq(judged->ev.gateway_owner, "team-orders");
	/* one of several fits */
	g.issuers.text[g.issuers.num++] = "CN=Inter";
	judgement_unref(judged);
	judged = judgement_new(obs, &policy);
	policy_complete(&judged->ev, &judged->arena);
	judgement_run(judged);
	judgement_word(judged);
	ck_told("cert.unexpected_issuer", "");
	ck_assert_str_eq(judged->ev.gateway_name, "orders");
	/* nothing is said, nothing is expected */
	g.issuers.num = 0;
	judge();
	ck_told("cert.unexpected_issuer", "");
}
END_TEST

START_TEST(no_scts)
{
	judge();
	ck_told("cert.no_scts", ""); /* not public */
	leaf.has_cab_policy = true;
	judge();
	ck_told("cert.no_scts", ""); /* nobody asked for them */
	hs->client.sct = true;
	judge();
	ck_told("cert.no_scts", "info");
	ck_assert(find("cert.no_scts")->inferred); /* nor for a staple */
	hs->client.status_request = true;
	judge();
	ck_assert(!find("cert.no_scts")->inferred);
	hs->scts = true;
	judge();
	ck_told("cert.no_scts", "");
	hs->scts = false;
	hs->staple = bytes_str("it may have some");
	judge();
	ck_told("cert.no_scts", "");
	hs->staple.len = 0;
	leaf.has_scts = true;
	judge();
	ck_told("cert.no_scts", "");
	leaf.has_scts = false;
	leaf.not_before = 1525132799; /* 2018-04-30 */
	judge();
	ck_told("cert.no_scts", "");
	leaf.not_before++;
	judge();
	ck_told("cert.no_scts", "info");
}
END_TEST

START_TEST(wildcard)
{
	set_san(&leaf, "*.co.uk");
	judge();
	ck_told("cert.wildcard_too_wide", "");
	leaf.wide = leaf.san; /* as cert_read() finds it, with libpsl */
	judge();
	ck_told("cert.wildcard_too_wide", "info");
	ck_assert_ptr_nonnull(strstr(find("cert.wildcard_too_wide")->message,
				     "*.co.uk"));
	hs->client.srtp = true;
	judge();
	ck_told("cert.wildcard_too_wide", "");
}
END_TEST

static void members(const char *const (*m)[2], size_t num)
{
	static struct cert c[4];

	for (size_t i = 0; i < num; i++) {
		cert_make(&c[i], m[i][0], m[i][1]);
		c[i].subject.der = bytes_str(m[i][0]);
		c[i].issuer.der = bytes_str(m[i][1]);
		obs->chain[TLS_SERVER][i + 1] = &c[i];
	}
	leaf.issuer.der = bytes_str(leaf.issuer.text);
	leaf.subject.der = bytes_str(leaf.subject.text);
	obs->num_chain[TLS_SERVER] = obs->num_chain_sent[TLS_SERVER] = num + 1;
}

#define DST "CN=DST Root CA X3, O=Digital Signature Trust Co."

static const struct tidy {
	const char *cause; /* "": nothing is told */
	const char *m[3][2];
	size_t num;
} tidies[] = {
	{ "", { { "CN=Inter", "CN=Root" } }, 1 },
	{ "", { { "CN=Inter", "CN=Root" }, { "CN=Root", "CN=Root" } }, 2 },
	{ "", { { NULL } }, 0 },
	/* two ways up from one member are in order */
	{ "", { { "CN=Inter", "CN=Root" }, { "CN=Inter", "CN=Other" } }, 2 },
	{ "no_use", { { "CN=Stray", "CN=Root" } }, 1 },
	{ "no_use", { { "CN=Inter", "CN=Root" }, { "CN=Stray", "CN=X" } }, 2 },
	{ "wrong_order",
	  { { "CN=Root", "CN=Top" }, { "CN=Inter", "CN=Root" } }, 2 },
	{ "crossed_by_expired_root",
	  { { "CN=Inter", "CN=Root" }, { "CN=Root", DST } }, 2 },
	/* the old root itself, sent along, leads nowhere else */
	{ "", { { "CN=Inter", "CN=Root" }, { "CN=Root", "CN=DST Root CA X3" } },
	  2 },
};

START_TEST(untidy)
{
	const struct tidy *t = &tidies[_i];

	members(t->m, t->num);
	judge_with(&trusted, NULL);
	ck_told("chain.untidy", *t->cause ? "info" : "");
	ck_assert_str_eq(cause("chain.untidy"), t->cause);
	hs->client.srtp = true; /* WebRTC: no chain is judged */
	judge_with(&trusted, NULL);
	ck_told("chain.untidy", "");
}
END_TEST

START_TEST(untidy_members)
{
	static const char *const m[2][2] = { { "CN=Inter", "CN=Root" },
					     { "CN=Inter", "CN=Other" } };
	static const struct chain_result expired = { .state = CHAIN_EXPIRED };
	static const struct chain_result unknown = {
		.state = CHAIN_UNTRUSTED, .top_issuer = "CN=Root"
	};
	struct cert *c;

	members(m, 2);
	c = obs->chain[TLS_SERVER][2];
	memcpy(c->sha256, obs->chain[TLS_SERVER][1]->sha256, 32);
	judge_with(&trusted, NULL);
	ck_assert_str_eq(cause("chain.untidy"), "twice");
	/* one finding of the issuer tells all; else one for each leaf */
	judge_with(&unknown, NULL);
	ck_assert_ptr_nonnull(find("chain.untrusted"));
	ck_assert_str_eq(cause("chain.untidy"), "");
	c->sha256[0]++;
	c->not_after = NOW - 1;
	judge_with(&trusted, NULL);
	ck_assert_str_eq(cause("chain.untidy"), "expired_member");
	/* there, or not to be known: chain.expired, or nothing */
	judge_with(&expired, NULL);
	ck_assert_str_eq(cause("chain.untidy"), "");
	judge();
	ck_assert_str_eq(cause("chain.untidy"), "");
	c->no_expiry = true;
	judge_with(&trusted, NULL);
	ck_assert_str_eq(cause("chain.untidy"), "");
	c->error = "bad length"; /* not to be read: nothing is said of it */
	judge_with(&trusted, NULL);
	ck_assert_str_eq(cause("chain.untidy"), "");
}
END_TEST

static const struct {
	enum staple_state state;
	enum staple_status status;
	const char *cause;
} staples[] = {
	{ STAPLE_NONE, STAPLE_GOOD, "" },
	{ STAPLE_OTHER, STAPLE_GOOD, "staple_for_other" },
	{ STAPLE_FORGED, STAPLE_GOOD, "staple_not_signed" },
	{ STAPLE_BAD, STAPLE_GOOD, "staple_not_readable" },
	{ STAPLE_UNVERIFIED, STAPLE_UNKNOWN, "" },
	{ STAPLE_VERIFIED, STAPLE_GOOD, "" },
	{ STAPLE_VERIFIED, STAPLE_REVOKED, "" },
	{ STAPLE_VERIFIED, STAPLE_UNKNOWN, "staple_unknown" },
};

START_TEST(staple_invalid)
{
	struct staple s = { .state = staples[_i].state, .reason = -1,
			    .status = staples[_i].status,
			    .has_next_update = true,
			    .next_update = NOW + DAY };

	hs->staple = bytes_str("x");
	judge_with(NULL, &s);
	ck_told("staple.invalid", *staples[_i].cause ? "low" : "");
	ck_assert_str_eq(cause("staple.invalid"), staples[_i].cause);
	/* ours is the bound beyond which it is not read */
	hs->staple = bytes_of("x", LIMIT_CERT_STAPLE + 1u);
	judge_with(NULL, &s);
	if (s.state == STAPLE_BAD)
		ck_told("staple.invalid", "");
}
END_TEST

START_TEST(malformed_extension)
{
	leaf.flaw = "the extension keyUsage is there twice";
	judge_with(&trusted, NULL);
	ck_told("cert.malformed", "low");
	judge_with(&refused, NULL); /* one cause, one finding */
	ck_told("cert.malformed", "medium");
	ck_told("chain.untrusted", "");
	obs->reaction = (struct tls_reaction){ .verdict = TLS_REJECTED };
	judge_with(&trusted, NULL);
	ck_told("cert.malformed", "medium");
	ck_told("client.rejected", "");
	obs->reaction.verdict = TLS_UNKNOWN;
	set_name(NULL);
	judge_with(&refused, NULL);
	ck_told("cert.malformed", "info");
	hs->client.srtp = true;
	judge_with(&trusted, NULL);
	ck_told("cert.malformed", "");
}
END_TEST

START_TEST(weak_roca)
{
	leaf.key_type = CERT_KEY_RSA;
	leaf.key_bits = 2048;
	leaf.key_exponent = 65537;
	judge();
	ck_told("key.weak", "");
	leaf.key_roca = true;
	judge();
	ck_told("key.weak", "medium");
	ck_assert_ptr_nonnull(strstr(find("key.weak")->message, "ROCA"));
}
END_TEST

static const struct {
	const char *name, *san, *cause;
} pairs[] = {
	{ "www.example.com", "example.com", "www_or_apex" },
	{ "example.com", "www.example.com", "www_or_apex" },
	{ "WWW.example.com", "Example.com", "www_or_apex" },
	{ "www.example.com", "www.example.net", "different_name" },
	{ "www.example.com", "api.example.com", "different_name" },
	{ "wwwexample.com", "example.com", "different_name" },
	{ "a.b.example.com", "*.example.com", "wildcard_depth" },
};

START_TEST(www)
{
	set_name(pairs[_i].name);
	set_san(&leaf, pairs[_i].san);
	judge();
	ck_told("name.mismatch", "high");
	ck_assert_str_eq(cause("name.mismatch"), pairs[_i].cause);
}
END_TEST

static void judge_portal(const char *name)
{
	set_name(name);
	judgement_unref(judged);
	judged = judgement_new(obs, &policy);
	judged->ev.catch_all = true;
	judgement_run(judged);
	judgement_word(judged);
}

/* A portal: whatever the name, it is one finding; alone it is its name's. */
START_TEST(portal)
{
	char first[33], second[33];

	judge_portal("news.example.org");
	ck_told("name.mismatch", "high");
	ck_assert_str_eq(cause("name.mismatch"), "answers_for_every_name");
	memcpy(first, find("name.mismatch")->id, 33);
	judge_portal("shop.example.net");
	ck_assert_str_eq(find("name.mismatch")->id, first);
	judge();
	ck_told("name.mismatch", "high");
	memcpy(second, find("name.mismatch")->id, 33);
	ck_assert_str_ne(first, second);
	set_name("news.example.org");
	judge();
	ck_assert_str_ne(find("name.mismatch")->id, second);
}
END_TEST

/* A gateway's default is a mistake of each name; a device that answers for all
 * of them is a portal. */
START_TEST(portal_of_device)
{
	static const struct {
		const char *cause, *misrouted, *mismatch;
	} rows[] = {
		{ "device_default", "", "high" },
		{ "ingress_default", "high", "" },
	};
	static const char *glob[] = { "CN=*" };
	struct fallback f = { .id = "x", .who = "x", .means = "x",
			      .fix = "x", .cause = rows[_i].cause,
			      .field[FIELD_SUBJECT] = { glob, 1 } };
	struct knowledge k = { .fallbacks = &f, .num_fallbacks = 1 };

	policy.knowledge = &k;
	set_name("news.example.org");
	judge();
	ck_told("name.misrouted", "high"); /* as long as it is alone */
	judge_portal("news.example.org");
	ck_told("name.misrouted", rows[_i].misrouted);
	ck_told("name.mismatch", rows[_i].mismatch);
	policy.knowledge = NULL;
}
END_TEST

/* What was stated is what counts, also where it is an address and the client
 * goes on. */
START_TEST(stated_address)
{
	static const enum tls_verdict rows[] = {
		TLS_ACCEPTED,  TLS_UNKNOWN,  TLS_SERVER_REFUSED,
		TLS_ABANDONED, TLS_REJECTED,
	};

	set_name("192.0.2.77");
	obs->reaction.verdict = rows[_i];
	judge();
	ck_told("name.mismatch", "high");
	set_name("other.example.org");
	judge();
	ck_told("name.mismatch", "high");
}
END_TEST

/* Dates weigh the same for a device without a name as for a named service. */
START_TEST(dates_of_things)
{
	set_name(NULL);
	name_make(&leaf, "CN=camera", "CN=camera");
	leaf.not_after = NOW - 10 * DAY;
	judge();
	ck_told("cert.expired", "high");
	leaf.not_after = NOW + DAY;
	judge();
	ck_told("cert.expiring", "high");
	leaf.not_before = NOW + DAY / 2;
	judge();
	ck_told("cert.not_yet_valid", "high");
	leaf.not_before = NOW + 60;
	judge();
	ck_told("cert.not_yet_valid", "low");
}
END_TEST

/* Names may hold NUL: it is not the glob's end (and nothing behind it is). */
START_TEST(globs)
{
	static const char with_nul[] = "api\0.example.com";
	static const char more[] = "api\0*"; /* behind the glob's end */
	struct bytes name = bytes_of(with_nul, sizeof with_nul - 1);

	ck_assert(policy_glob("api*", name));
	ck_assert(policy_glob("*.example.com", name));
	ck_assert(policy_glob("api?.example.com", name));
	ck_assert(!policy_glob(more, name));
	ck_assert(!policy_glob("", bytes_of(with_nul + 3, 1)));
	ck_assert(!policy_glob("*i", name));
	ck_assert(policy_glob("A?i", bytes_str("api")));
	ck_assert(policy_glob("", bytes_str("")));
	ck_assert(!policy_glob("api?", bytes_str("api")));
}
END_TEST

/* What a public authority signed does not begin in the future. */
START_TEST(clock_of_capture)
{
	leaf.not_before = NOW + 3 * DAY;
	judge();
	ck_told("cert.not_yet_valid", "high");
	leaf.has_scts = true;
	judge();
	ck_told("cert.not_yet_valid", "high");
	ck_assert(find("cert.not_yet_valid")->inferred);
	ck_assert_str_eq(cause("cert.not_yet_valid"), "capture_clock");
	leaf.not_before = NOW + 2 * DAY;
	judge();
	ck_assert(!find("cert.not_yet_valid")->inferred);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, scene_setup, scene_teardown);
	tcase_add_test(t, unexpected_issuer);
	tcase_add_test(t, no_scts);
	tcase_add_test(t, wildcard);
	tcase_add_loop_test(t, untidy, 0, NUM(tidies));
	tcase_add_test(t, untidy_members);
	tcase_add_loop_test(t, staple_invalid, 0, NUM(staples));
	tcase_add_test(t, malformed_extension);
	tcase_add_test(t, weak_roca);
	tcase_add_loop_test(t, www, 0, NUM(pairs));
	tcase_add_test(t, portal);
	tcase_add_loop_test(t, portal_of_device, 0, 2);
	tcase_add_loop_test(t, stated_address, 0, 5);
	tcase_add_test(t, dates_of_things);
	tcase_add_test(t, globs);
	tcase_add_test(t, clock_of_capture);
}

TEST_MAIN("judge_more", cases)
