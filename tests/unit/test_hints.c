/*
 * test_hints.c: the misrouted findings, condition by condition, and the hints:
 * who renews a certificate, and what clients say.
 */
#include "judge/client_errors.h"
#include "judge/judgement.h"
#include "judge/renewal.h"
#include "test_gateways_make.h"
#include "test_run.h"

#include <stdio.h>

/* An observation and its evidence, as far as the hints look at them. */
struct scene {
	struct observation obs;
	struct tls_handshake hs;
	struct policy policy;
	struct evidence ev;
	struct fake leaf;
	struct finding f;
	struct check check;
};

static struct scene s;

static void scene_init(const char *code)
{
	memset(&s, 0, sizeof s);
	s.obs.hs = &s.hs;
	s.hs.server.seen = true;
	s.hs.server.version = 0x0303;
	policy_init(&s.policy);
	s.policy.knowledge = k;
	s.ev.obs = &s.obs;
	s.ev.policy = &s.policy;
	s.ev.clock_known = true;
	fake_init(&s.leaf, "api.example.com", NULL, "api.example.com");
	s.ev.leaf = &s.leaf.c;
	s.ev.name.reference = bytes_str("api.example.com");
	s.ev.name.source = NAME_SNI;
	s.check.code = code;
	s.f.check = &s.check;
}

static void issuer(const char *o)
{
	put(&s.leaf.c.issuer.organization, s.leaf.issuer_o, o);
}

START_TEST(renewals)
{
	scene_init("cert.expired");
	issuer("Amazon");
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_ACM);
	issuer("Let's Encrypt");
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_ACME);
	issuer("Google Trust Services");
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_MANAGED);
	issuer("Example Corp");
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_PRIVATE);
	s.leaf.c.has_scts = true;
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_UNKNOWN);
	s.leaf.c.has_scts = false;
	s.leaf.c.self_issued = true;
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_SELF);
}
END_TEST

/* Who is behind a custom domain of API Gateway has imported it into ACM; a load
 * balancer may hand TLS on to servers with certificates of their own. */
START_TEST(imported)
{
	scene_init("cert.expired");
	issuer("Let's Encrypt");
	s.ev.dns_chain[0] = "api.example.com";
	s.ev.dns_chain[1] = "d-abc.execute-api.us-east-1.amazonaws.com";
	s.ev.num_dns_chain = 2;
	gateway_complete(&s.ev);
	ck_assert_str_eq(s.ev.gateway_provider, "aws");
	ck_assert_str_eq(s.ev.gateway_role, "custom_domain");
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_IMPORTED);
	renewal_hint(&s.ev, true, &s.f.hint);
	ck_assert_str_eq(s.f.hint.cause, "imported_not_renewed");
	ck_assert_ptr_nonnull(strstr(s.f.hint.fix, "same ARN"));
	renewal_hint(&s.ev, false, &s.f.hint);
	ck_assert_str_eq(s.f.hint.cause, "imported_not_renewed_yet");
	issuer("Amazon");
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_ACM);
	issuer("Let's Encrypt");
	s.ev.dns_chain[1] = "lb-1.us-east-1.elb.amazonaws.com";
	gateway_complete(&s.ev);
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_ACME);
}
END_TEST

/* ACM issues from a private CA as well, for 395 days each, and renews that. */
START_TEST(acm_private)
{
	static const struct {
		int64_t days;
		bool self, scts, is_private;
	} rows[] = {
		{ 395, false, false, true },  { 393, false, false, false },
		{ 398, false, false, false }, { 90, false, false, false },
		{ 395, true, false, false },  { 395, false, true, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cert *c = &s.leaf.c;

		scene_init("cert.expired");
		issuer("Example Corp");
		s.ev.dns_chain[0] = "api.example.com";
		s.ev.dns_chain[1] =
			"d-abc.execute-api.us-east-1.amazonaws.com";
		s.ev.num_dns_chain = 2;
		gateway_complete(&s.ev);
		c->not_before = 1700000000;
		c->not_after = c->not_before + rows[i].days * 86400 + 3600;
		c->self_issued = rows[i].self;
		c->has_scts = rows[i].scts;
		renewal_hint(&s.ev, true, &s.f.hint);
		ck_assert_str_eq(s.f.hint.cause,
				 rows[i].is_private
					 ? "acm_private_renewal_failed"
					 : "imported_not_renewed");
		renewal_hint(&s.ev, false, &s.f.hint);
		ck_assert_str_eq(s.f.hint.cause,
				 rows[i].is_private
					 ? "acm_private_renewal_pending"
					 : "imported_not_renewed_yet");
		s.ev.num_dns_chain = 0; /* nothing says that ACM has it */
		s.ev.gateway_renews = NULL;
		ck_assert_int_ne(renewal_of(&s.ev), RENEWAL_ACM_PRIVATE);
	}
	issuer("Let's Encrypt"); /* known by its name */
	s.leaf.c.has_scts = false;
	s.ev.gateway_renews = "acm";
	ck_assert_int_eq(renewal_of(&s.ev), RENEWAL_IMPORTED);
}
END_TEST

/* Every kind has both hints. */
START_TEST(renewal_texts)
{
	static const char *const orgs[] = { "Amazon", "ZeroSSL GmbH",
					    "Microsoft Corporation",
					    "Example" };

	for (size_t i = 0; i < 2 * sizeof orgs / sizeof *orgs; i++) {
		scene_init("cert.expired");
		issuer(orgs[i / 2]);
		renewal_hint(&s.ev, i % 2, &s.f.hint);
		ck_assert(s.f.hint.cause && s.f.hint.fix);
		ck_assert(*s.f.hint.cause && *s.f.hint.fix);
	}
	/* a cloud's own issuer that anybody's ACME client may ask */
	for (int expired = 0; expired < 2; expired++) {
		issuer("Google Trust Services");
		renewal_hint(&s.ev, expired, &s.f.hint);
		ck_assert_ptr_nonnull(strstr(s.f.hint.fix, "ACME"));
	}
}
END_TEST

/* "curl openssl ..." */
static const char *clients(void)
{
	static char text[512];
	size_t n = 0;

	text[0] = '\0';
	client_errors_add(&s.ev, &a, &s.f);
	for (size_t i = 0; i < s.f.hint.num_client_errors; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
				      i ? " " : "",
				      s.f.hint.client_errors[i].client);
	return text;
}

static void refuses(unsigned alert, uint16_t version)
{
	s.hs.server.version = version;
	s.hs.alert = (struct tls_alert){ .seen = true,
					 .from = TLS_CLIENT,
					 .level = 2,
					 .code = (uint8_t)alert };
	s.obs.reaction = (struct tls_reaction){
		.verdict = TLS_REJECTED, .evidence = TLS_PLAINTEXT_ALERT
	};
}

static void ends(enum tls_evidence evidence, uint16_t version, uint16_t sealed)
{
	static uint16_t len[LIMIT_TLS_SEALED];

	s.hs.server.version = version;
	s.obs.reaction.verdict = TLS_ABANDONED;
	s.obs.reaction.evidence = evidence;
	len[0] = sealed;
	s.hs.side[TLS_CLIENT].num_sealed = 1;
	s.hs.side[TLS_CLIENT].sealed = len;
}

START_TEST(narrowed)
{
	scene_init("cert.expired");
	refuses(45, 0x0303);
	ck_assert_str_eq(clients(), "curl openssl python java firefox rustls");
	refuses(45, 0x0304);
	ck_assert_str_eq(clients(), "curl openssl python");
	refuses(46, 0x0303);
	ck_assert_str_eq(clients(), "chrome");
	scene_init("cert.expired");
	ends(TLS_ENCRYPTED_ALERT, 0x0304, 35);
	ck_assert_str_eq(clients(), "java");
	ends(TLS_ENCRYPTED_ALERT, 0x0304, 19);
	ck_assert_str_eq(clients(), "go chrome firefox gnutls rustls");
	ends(TLS_CLOSED_BEFORE_FINISHED, 0x0304, 0);
	ck_assert_str_eq(clients(), "node");
	scene_init("name.mismatch");
	ends(TLS_CLOSED_WITHOUT_DATA, 0x0304, 69);
	ck_assert_str_eq(clients(), "curl wget");
	ends(TLS_CLOSED_WITHOUT_DATA, 0x0303, 40);
	ck_assert_str_eq(clients(), "curl node wget");
	/* a shape that none of them has: all that fail at it */
	refuses(50, 0x0303);
	ck_assert_ptr_nonnull(strstr(clients(), "python"));
	ck_assert_ptr_nonnull(strstr(clients(), "dotnet"));
	/* not seen, or not told: all */
	scene_init("name.cn_only");
	ck_assert_str_eq(clients(), "chrome firefox go");
	scene_init("tls.obsolete");
	ck_assert_str_eq(clients(), "");
}
END_TEST

START_TEST(rejected_unseen)
{
	scene_init("client.rejected");
	s.ev.leaf = NULL;
	refuses(45, 0x0304);
	ck_assert_str_eq(clients(), "curl openssl python");
	ck_assert_ptr_nonnull(strstr(s.f.hint.client_errors[0].text,
				     "expired"));
	s.f.hint.num_client_errors = 0;
	refuses(42, 0x0304); /* this may be anything */
	ck_assert_str_eq(clients(), "");
}
END_TEST

static const char *says(const char *client)
{
	for (size_t i = 0; i < s.f.hint.num_client_errors; i++)
		if (!strcmp(s.f.hint.client_errors[i].client, client))
			return s.f.hint.client_errors[i].text;
	return "";
}

START_TEST(filled_in)
{
	scene_init("name.mismatch");
	s.leaf.san[0].value = bytes_str("www.example.net");
	client_errors_add(&s.ev, &a, &s.f);
	ck_assert_str_eq(says("go"), "x509: certificate is valid for "
				     "www.example.net, not api.example.com");
	ck_assert_str_eq(says("curl"),
			 "curl: (60) SSL: no alternative certificate subject "
			 "name matches target host name 'api.example.com'");
	ck_assert_ptr_nonnull(strstr(says("node"), "DNS:www.example.net"));
	/* a certificate that signed itself: Go looks at the name first */
	s.leaf.c.self_issued = true;
	client_errors_add(&s.ev, &a, &s.f);
	ck_assert_ptr_nonnull(strstr(says("go"), "is valid for"));
	ck_assert_ptr_nonnull(strstr(says("curl"), "self-signed"));
	/* nothing is known of it */
	scene_init("dns.misrouted");
	s.ev.leaf = NULL;
	client_errors_add(&s.ev, &a, &s.f);
	ck_assert_str_eq(says("go"), "x509: certificate is valid for ..., not "
				     "api.example.com");
}
END_TEST

static const struct check *check_of(const char *code)
{
	for (size_t i = 0; i < num_checks; i++)
		if (!strcmp(checks[i]->code, code))
			return checks[i];
	ck_abort_msg("%s", code);
	return NULL;
}

static bool holds(const char *code)
{
	memset(&s.f, 0, sizeof s.f);
	s.f.check = check_of(code);
	return s.f.check->run(&s.ev, &a, &s.f);
}

static void points_at(const char *target)
{
	s.hs.client.count = 1;
	s.ev.dns_chain[0] = "api.example.com";
	s.ev.dns_chain[1] = target;
	s.ev.num_dns_chain = 2;
	s.ev.dns_own = true;
	s.ev.leaf = NULL;
	s.ev.name.unjudged = NAME_HIDDEN;
}

#define STAGE "abc123def4.execute-api.us-east-1.amazonaws.com"

/* CONTRACT.md's row, condition by condition. */
START_TEST(dns_misrouted)
{
	scene_init("");
	points_at(STAGE);
	ck_assert(holds("dns.misrouted"));
	ck_assert_int_eq(s.f.severity, SEVERITY_HIGH);
	ck_assert_str_eq(s.f.hint.cause, "aws_default_endpoint");
	ck_assert_ptr_nonnull(strstr(s.f.message, STAGE));
	ck_assert_str_eq(s.f.hint.verify, "dig +noall +answer "
					  "api.example.com");
	s.ev.name.source = NAME_CONNECT;
	ck_assert(holds("dns.misrouted"));
	s.ev.name.source = NAME_DNS; /* the client did not state the name */
	ck_assert(!holds("dns.misrouted"));
	s.ev.name.source = NAME_SNI;
	s.ev.dns_own = false; /* somebody else's answer, or an unasked one */
	ck_assert(!holds("dns.misrouted"));
	s.ev.dns_own = true;
	s.ev.dns_served = true; /* the certificate was seen to fit there */
	ck_assert(!holds("dns.misrouted"));
	s.ev.dns_served = false;
	s.ev.not_meant = true;
	ck_assert(!holds("dns.misrouted"));
	s.ev.not_meant = false;
	s.ev.num_dns_chain = 1;
	ck_assert(!holds("dns.misrouted"));
	s.ev.num_dns_chain = 2;
	s.ev.leaf = &s.leaf.c;
	s.ev.name.unjudged = NAME_JUDGED;
	s.ev.name.match.state = MATCH_TRUE;
	ck_assert(!holds("dns.misrouted"));
	s.ev.name.match.state = MATCH_FALSE;
	ck_assert(holds("dns.misrouted"));
}
END_TEST

static const struct {
	const char *target;
	bool wrong;
} targets[] = {
	{ STAGE, true },
	{ "gw-3f2k.uc.gateway.dev", true },
	{ "d-yg54udirl4.execute-api.us-east-1.amazonaws.com", false },
	{ "vpce-0a-1b.execute-api.us-east-1.vpce.amazonaws.com", false },
	{ "abc-vpce-0a.execute-api.us-east-1.amazonaws.com", false },
	{ "d111111abcdef8.cloudfront.net", false },
	{ "svc.azure-api.net", false },
	{ "lb-1234.us-east-1.elb.amazonaws.com", false },
	{ "www.example.net", false },
};

START_TEST(dns_targets)
{
	scene_init("");
	points_at(targets[_i].target);
	ck_assert_int_eq(holds("dns.misrouted"), targets[_i].wrong);
}
END_TEST

/* The API called by its own name is no custom name; over other aliases a
 * custom one is. */
START_TEST(dns_own_name)
{
	scene_init("");
	points_at(STAGE);
	s.ev.dns_chain[0] = "xyz.execute-api.us-east-1.amazonaws.com";
	ck_assert(!holds("dns.misrouted"));
	s.ev.dns_chain[0] = "api.example.com";
	s.ev.dns_chain[1] = "api.internal.example.com";
	s.ev.dns_chain[2] = STAGE;
	s.ev.num_dns_chain = 3;
	ck_assert(holds("dns.misrouted"));
	/* what a CDN does behind its own name is its business */
	s.ev.dns_chain[1] = "d111111abcdef8.cloudfront.net";
	ck_assert(!holds("dns.misrouted"));
}
END_TEST

START_TEST(name_misrouted)
{
	scene_init("");
	fake_init(&s.leaf, "*.execute-api.us-east-1.amazonaws.com", NULL,
		  "*.execute-api.us-east-1.amazonaws.com");
	s.ev.name.match.state = MATCH_FALSE;
	s.ev.name.match.reason = MATCH_DIFFERENT_NAME;
	ck_assert(holds("name.misrouted"));
	ck_assert_int_eq(s.f.severity, SEVERITY_HIGH);
	ck_assert(!s.f.inferred);
	ck_assert_str_eq(s.f.hint.cause, "aws_default_endpoint");
	ck_assert_ptr_nonnull(strstr(s.f.hint.fix, "us-east-1"));
	s.ev.name.source = NAME_DNS;
	ck_assert(holds("name.misrouted"));
	ck_assert_int_eq(s.f.severity, SEVERITY_MEDIUM);
	ck_assert(s.f.inferred);
	/* with DNS, its target is told */
	s.ev.dns_chain[0] = "api.example.com";
	s.ev.dns_chain[1] = STAGE;
	s.ev.num_dns_chain = 2;
	ck_assert(holds("name.misrouted"));
	ck_assert_ptr_nonnull(strstr(s.f.message, "DNS points it at " STAGE));
	/* for a name of the gateway's own it is a plain mismatch */
	s.ev.name.reference = bytes_str("a.b.execute-api.us-east-1."
					"amazonaws.com");
	ck_assert(!holds("name.misrouted"));
	s.ev.name.reference = bytes_str("api.example.com");
	s.ev.name.match.is_ip = true;
	ck_assert(!holds("name.misrouted"));
	s.ev.name.match.is_ip = false;
	s.ev.name.match.reason = MATCH_CN_ONLY;
	ck_assert(!holds("name.misrouted"));
	s.ev.name.match.reason = MATCH_DIFFERENT_NAME;
	s.ev.name.unjudged = NAME_ECH;
	ck_assert(!holds("name.misrouted"));
	/* without knowledge there is none */
	s.ev.name.unjudged = NAME_JUDGED;
	s.policy.knowledge = NULL;
	ck_assert(!holds("name.misrouted"));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, make_setup, make_teardown);
	tcase_add_test(t, renewals);
	tcase_add_test(t, imported);
	tcase_add_test(t, acm_private);
	tcase_add_test(t, renewal_texts);
	tcase_add_test(t, narrowed);
	tcase_add_test(t, rejected_unseen);
	tcase_add_test(t, filled_in);
	tcase_add_test(t, dns_misrouted);
	tcase_add_loop_test(t, dns_targets, 0, NUM(targets));
	tcase_add_test(t, dns_own_name);
	tcase_add_test(t, name_misrouted);
}

TEST_MAIN("hints", cases)
