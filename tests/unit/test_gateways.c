/*
 * test_gateways.c: the data files of share/, what they know, what is refused in
 * them, and the hints chosen by it: who renews a certificate, what clients say.
 */
#include "judge/client_errors.h"
#include "judge/gateways.h"
#include "judge/judgement.h"
#include "judge/renewal.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const share[] = { "share" };
static struct knowledge *k;
static struct arena a;

static void setup(void)
{
	char err[512] = "";

	k = knowledge_load(share, 1, err, sizeof err);
	ck_assert_msg(k != NULL, "%s", err);
	arena_init(&a, 1u << 20);
}

static void teardown(void)
{
	knowledge_free(k);
	arena_fini(&a);
}

/* "aws_api_gateway custom_domain right us-east-1" */
static const char *know(const char *name)
{
	static const char *const targets[] = { "", " right", " wrong" };
	static char text[256];
	struct gateway_hit h;

	if (!gateway_find(k, bytes_str(name), &h))
		return "";
	snprintf(text, sizeof text, "%s %s%s%s%.*s", h.gateway->id,
		 h.name->role, targets[h.name->target], h.word.len ? " " : "",
		 (int)h.word.len,
		 h.word.len ? (const char *)h.word.p : "");
	return text;
}

static const struct {
	const char *name, *known;
} names[] = {
	{ "d-yg54udirl4.execute-api.us-east-1.amazonaws.com",
	  "aws_api_gateway custom_domain right us-east-1" },
	{ "D-YG54udirl4.Execute-API.us-east-1.amazonaws.com.",
	  "aws_api_gateway custom_domain right us-east-1" },
	{ "abc123def4.execute-api.eu-west-3.amazonaws.com",
	  "aws_api_gateway default_endpoint wrong eu-west-3" },
	{ "abc123def4.execute-api.us-gov-west-1.amazonaws.com",
	  "aws_api_gateway default_endpoint wrong us-gov-west-1" },
	{ "abc123def4.execute-api.cn-north-1.amazonaws.com.cn",
	  "aws_api_gateway_china default_endpoint wrong cn-north-1" },
	{ "d-abc.execute-api.cn-northwest-1.amazonaws.com.cn",
	  "aws_api_gateway_china custom_domain right cn-northwest-1" },
	{ "vpce-0a-1b.execute-api.us-east-1.vpce.amazonaws.com",
	  "aws_api_gateway private_endpoint us-east-1" },
	{ "abc123-vpce-0a1b.execute-api.us-east-1.amazonaws.com",
	  "aws_api_gateway private_endpoint us-east-1" },
	{ "d111111abcdef8.cloudfront.net", "aws_cloudfront distribution" },
	{ "lb-1234.us-east-1.elb.amazonaws.com",
	  "aws_load_balancer load_balancer us-east-1" },
	{ "lb-1234.elb.us-east-1.amazonaws.com",
	  "aws_load_balancer load_balancer us-east-1" },
	{ "svc.azure-api.net", "azure_api_management gateway right" },
	{ "svc.developer.azure-api.net",
	  "azure_api_management management developer" },
	{ "gw-3f2k.uc.gateway.dev",
	  "google_api_gateway default_endpoint wrong" },
	{ "app-abc-uc.a.run.app", "google_cloud_run application" },
	/* nobody's */
	{ "execute-api.us-east-1.amazonaws.com", "" },
	{ "a.b.execute-api.us-east-1.amazonaws.com", "" },
	{ "abc.execute-api.us-east-1.amazonaws.com.evil.example", "" },
	{ "abcexecute-api.us-east-1.amazonaws.com", "" },
	{ ".execute-api.us-east-1.amazonaws.com", "" },
	{ "gateway.dev", "" },
	{ "api.example.com", "" },
	{ ".", "" },
	{ "", "" },
};

START_TEST(known_names)
{
	ck_assert_str_eq(know(names[_i].name), names[_i].known);
}
END_TEST

/* A made-up leaf; lists are static. */
struct fake {
	struct cert c;
	struct cert_san san[4];
	char *cn[1], *o[1], *issuer_cn[1], *issuer_o[1];
};

static void put(struct cert_values *v, char **slot, const char *s)
{
	*slot = (char *)(uintptr_t)s;
	v->v = slot;
	v->num = s ? 1 : 0;
}

static void fake_init(struct fake *f, const char *cn, const char *o,
		      const char *san)
{
	memset(f, 0, sizeof *f);
	put(&f->c.subject.common_name, f->cn, cn);
	put(&f->c.subject.organization, f->o, o);
	put(&f->c.issuer.common_name, f->issuer_cn, NULL);
	put(&f->c.issuer.organization, f->issuer_o, NULL);
	f->c.subject.text = arena_printf(&a, "%s%s%s%s", cn ? "CN=" : "",
					 cn ? cn : "", o ? ", O=" : "",
					 o ? o : "");
	f->c.issuer.text = f->c.subject.text;
	f->c.san = f->san;
	f->c.not_after = 365 * 86400;
	if (san) {
		f->san[0].value = bytes_str(san);
		f->c.num_san = 1;
		f->c.has_san = true;
	}
}

static const char *fallback(const struct cert *c)
{
	struct fallback_hit h;

	return fallback_find(k, c, &h) ? h.fallback->id : "";
}

static const struct {
	const char *cn, *o, *san;
	bool self_issued;
	int days;
	const char *id;
} shown[] = {
	{ "*.execute-api.us-east-1.amazonaws.com", NULL,
	  "*.execute-api.us-east-1.amazonaws.com", false, 198,
	  "aws_execute_api" },
	{ NULL, NULL, "*.execute-api.cn-north-1.amazonaws.com.cn", false, 198,
	  "aws_execute_api_china" },
	{ "*.cloudfront.net", NULL, "*.cloudfront.net", false, 198,
	  "aws_cloudfront" },
	{ "Kubernetes Ingress Controller Fake Certificate", "Acme Co",
	  "ingress.local", true, 365, "k8s_ingress_nginx" },
	{ "TRAEFIK DEFAULT CERT", NULL, "0a.0b.traefik.default", true, 365,
	  "traefik_default" },
	{ "localhost", "Kong", NULL, true, 7300, "kong_default" },
	{ "localhost", "WSO2", NULL, true, 3650, "wso2_default" },
	{ "invalid2.invalid", NULL, NULL, true, 5479, "google_no_sni" },
	{ "web1", NULL, "web1", true, 3650, "debian_snakeoil" },
	{ "x", "Internet Widgits Pty Ltd", NULL, true, 365,
	  "openssl_default" },
	{ "localhost", NULL, "localhost", true, 365, "generic_localhost" },
	{ "svc", NULL, "*.azure-api.net", false, 365, "azure_apim" },
	/* like them, but not they */
	{ "api.example.com", NULL, "api.example.com", false, 198, "" },
	{ "api.example.com", NULL, "api.example.com", true, 365, "" },
	{ "web1", "Example", "web1", true, 3650, "" },
	{ "web1", NULL, "web1", true, 3651, "" },
	{ "web1", NULL, "web1", false, 3650, "" },
	{ "localhost", NULL, "localhost", false, 365, "" },
	{ NULL, NULL, "abc.execute-api.us-east-1.amazonaws.com", false, 198,
	  "" },
	{ NULL, NULL, "*.execute-api.example.com", false, 198, "" },
	{ NULL, NULL, "d1.cloudfront.net", false, 198, "" },
	{ NULL, NULL, NULL, false, 198, "" },
};

START_TEST(known_certificates)
{
	struct fake f;

	fake_init(&f, shown[_i].cn, shown[_i].o, shown[_i].san);
	f.c.self_issued = shown[_i].self_issued;
	f.c.not_after = (int64_t)shown[_i].days * 86400;
	ck_assert_str_eq(fallback(&f.c), shown[_i].id);
}
END_TEST

START_TEST(texts)
{
	struct gateway_hit h;
	const char *s;

	ck_assert(gateway_find(
		k, bytes_str("abc.execute-api.eu-west-3.amazonaws.com"), &h));
	s = gateway_text(&a, h.name->fix, bytes_str("api.example.com"),
			 bytes_str("abc.execute-api.eu-west-3.amazonaws.com"),
			 h.word);
	ck_assert(strstr(s, "d-xxxxxxxxxx.execute-api.eu-west-3.amazonaws.com"
			    " ") ||
		  strstr(s, "d-xxxxxxxxxx.execute-api.eu-west-3.amazonaws.com"
			    ","));
	ck_assert_ptr_nonnull(strstr(s, "record of api.example.com"));
	ck_assert_ptr_null(strchr(s, '{'));
	/* what came from the wire stays harmless */
	s = gateway_text(&a, "{name}!{other}{", bytes_str("a\n{target}"),
			 bytes_of(NULL, 0), bytes_of(NULL, 0));
	ck_assert_str_eq(s, "a\\x0a{target}!{other}{");
	/* every text has only words that are known */
	for (size_t i = 0; i < k->num_fallbacks; i++) {
		const struct fallback *f = &k->fallbacks[i];

		s = gateway_text(&a, f->fix, bytes_str("n"), bytes_str("t"),
				 bytes_str("w"));
		ck_assert_msg(!strchr(s, '{'), "%s: %s", f->id, s);
		ck_assert_msg(!strchr(f->means, '{'), "%s", f->id);
	}
}
END_TEST

static const struct {
	const char *gateways, *certificates, *complaint;
} wrong[] = {
	{ "{", NULL, "gateways.json: line 1" },
	{ "[]", NULL, "gateways: missing" },
	{ "{\"gateways\":[1]}", NULL, "gateways[0]: must be an object" },
	{ "{\"gateways\":[{\"id\":\"x\",\"provider\":\"p\",\"name\":\"n\","
	  "\"names\":[{\"pattern\":\"*.a\",\"role\":\"r\","
	  "\"target\":\"left\"}]}]}",
	  NULL, "gateways[0] (x): target: \"left\" is not known; right are" },
	{ "{\"gateways\":[{\"id\":\"x\",\"provider\":\"p\",\"name\":\"n\","
	  "\"names\":[{\"pattern\":\"a..b\",\"role\":\"r\"}]}]}",
	  NULL, "pattern: \"a..b\" is no pattern; right is" },
	{ "{\"gateways\":[{\"id\":\"x\",\"provider\":\"p\",\"name\":\"n\","
	  "\"names\":[{\"pattern\":\"a.**.b\",\"role\":\"r\"}]}]}",
	  NULL, "pattern: \"a.**.b\" is no pattern" },
	{ "{\"gateways\":[{\"id\":\"x\",\"provider\":\"p\",\"name\":\"n\","
	  "\"names\":[{\"pattern\":\"a\",\"role\":\"r\","
	  "\"target\":\"wrong\"}]}]}",
	  NULL, "cause: missing" },
	{ "{\"gateways\":[{\"id\":\"x\",\"nmae\":\"n\"}]}", NULL,
	  "gateways[0] (x): nmae: no such key" },
	{ "{\"gateways\":[{\"id\":\"x\",\"id\":\"y\"}]}", NULL, "line 1" },
	{ NULL, "{\"certificates\":[{\"id\":\"y\",\"who\":\"w\","
		"\"cause\":\"c\",\"means\":\"m\",\"fix\":\"f\","
		"\"match\":{\"no_san\":true}}]}",
	  "certificates[0] (y): match: fits nearly everything" },
	{ NULL, "{\"certificates\":[{\"id\":\"y\",\"who\":\"w\","
		"\"cause\":\"c\",\"means\":\"m\",\"fix\":\"f\","
		"\"match\":{\"san\":[]}}]}",
	  "san: the list is empty" },
	{ NULL, "{\"certificates\":[{\"id\":\"y\",\"who\":\"w\","
		"\"cause\":\"c\",\"means\":\"m\",\"fix\":\"f\","
		"\"match\":{\"san\":\"a\",\"days\":[1]}}]}",
	  "days: must be two numbers" },
	{ NULL, "{\"certificates\":[{\"id\":\"y\",\"who\":7}]}",
	  "who: must be a string" },
	{ NULL, NULL, "fallback-certificates.json: " },
};

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (!text) {
		(void)unlink(path);
		return;
	}
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(refused)
{
	static const char good[] =
		"{\"gateways\":[{\"id\":\"x\",\"provider\":\"p\","
		"\"name\":\"n\",\"names\":[{\"pattern\":\"**.a\","
		"\"role\":\"r\"}]}]}";
	char dir[] = "/tmp/wirecert-test-XXXXXX", err[512] = "";
	const char *dirs[] = { "/nonexistent", dir };

	ck_assert_ptr_nonnull(mkdtemp(dir));
	write_file(dir, "gateways.json",
		   wrong[_i].gateways ? wrong[_i].gateways : good);
	write_file(dir, "fallback-certificates.json", wrong[_i].certificates);
	ck_assert_ptr_null(knowledge_load(dirs, 2, err, sizeof err));
	ck_assert_msg(strstr(err, wrong[_i].complaint) != NULL, "%s", err);
	ck_assert_ptr_null(strchr(err, '\n'));
	ck_assert_ptr_nonnull(strstr(err, dir));
	write_file(dir, "gateways.json", NULL);
	write_file(dir, "fallback-certificates.json", NULL);
	ck_assert_int_eq(rmdir(dir), 0);
	/* no folder has them */
	ck_assert_ptr_null(knowledge_load(dirs, 2, err, sizeof err));
	ck_assert_ptr_nonnull(strstr(err, "install it again"));
}
END_TEST

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
	s.hs.server.version = version;
	s.obs.reaction.verdict = TLS_ABANDONED;
	s.obs.reaction.evidence = evidence;
	s.hs.side[TLS_CLIENT].num_sealed = 1;
	s.hs.side[TLS_CLIENT].sealed[0] = sealed;
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

static TCase *hints(void)
{
	TCase *c = tcase_create("hints");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, renewals);
	tcase_add_test(c, imported);
	tcase_add_test(c, renewal_texts);
	tcase_add_test(c, narrowed);
	tcase_add_test(c, rejected_unseen);
	tcase_add_test(c, filled_in);
	tcase_add_test(c, dns_misrouted);
	tcase_add_loop_test(c, dns_targets, 0,
			    sizeof targets / sizeof *targets);
	tcase_add_test(c, dns_own_name);
	tcase_add_test(c, name_misrouted);
	return c;
}

int main(void)
{
	Suite *suite = suite_create("gateways");
	TCase *c = tcase_create("gateways");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, known_names, 0, sizeof names / sizeof *names);
	tcase_add_loop_test(c, known_certificates, 0,
			    sizeof shown / sizeof *shown);
	tcase_add_test(c, texts);
	tcase_add_loop_test(c, refused, 0, sizeof wrong / sizeof *wrong);
	suite_add_tcase(suite, c);
	suite_add_tcase(suite, hints());
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
