/*
 * test_hints_more.c: each choice of a hint: who renews, where a name ends up,
 * why a chain fails, who refused; that all of it is said, with a page that
 * helps; and what clients print, word by word as it was measured.
 */
#include "judge/client_errors.h"
#include "judge/gateways.h"
#include "judge/renewal.h"
#include "test_judge_make.h"
#include "test_run.h"

static struct knowledge *knowledge;

static void setup(void)
{
	static const char *const share[] = { "share" };
	struct knowledge_options o = { .dirs = share, .num_dirs = 1 };
	char err[512] = "";

	scene_setup();
	knowledge = knowledge_load(&o, err, sizeof err);
	ck_assert_msg(knowledge != NULL, "%s", err);
	policy.knowledge = knowledge;
}

static void teardown(void)
{
	scene_teardown();
	knowledge_free(knowledge);
}

static void issued_by(const char *organization)
{
	static char *o[1];

	o[0] = (char *)(uintptr_t)organization;
	leaf.issuer.organization.v = o;
	leaf.issuer.organization.num = organization != NULL;
}

/* Judges, with DNS: api.example.com is an alias of target (NULL: unknown). */
static void judge_behind(const char *target, bool older)
{
	struct evidence *ev;

	judgement_unref(judged);
	judged = judgement_new(obs, &policy);
	ck_assert_ptr_nonnull(judged);
	ev = &judged->ev;
	if (target) {
		ev->dns_chain[0] = "api.example.com";
		ev->dns_chain[1] = target;
		ev->num_dns_chain = 2;
	}
	ev->fleet.older = older;
	gateway_complete(ev);
	policy_complete(ev, &judged->arena);
	judgement_run(judged);
	judgement_word(judged);
}

#define CUSTOM "d-yg54udirl4.execute-api.us-east-1.amazonaws.com"
#define LETS "Let's Encrypt"

static const struct renewed {
	const char *issuer, *target;
	bool is_public, self_signed, older;
	const char *expired, *expiring;
} renewals[] = {
	{ "Amazon", NULL, true, false, false,
	  "acm_renewal_failed", "acm_renewal_pending" },
	{ "Amazon", CUSTOM, true, false, false,
	  "acm_renewal_failed", "acm_renewal_pending" },
	{ "DigiCert Inc", CUSTOM, true, false, false,
	  "imported_not_renewed", "imported_not_renewed_yet" },
	{ LETS, CUSTOM, true, false, false,
	  "imported_not_renewed", "imported_not_renewed_yet" },
	{ "Example", CUSTOM, false, false, false,
	  "imported_not_renewed", "imported_not_renewed_yet" },
	{ NULL, "d111111abcdef8.cloudfront.net", false, true, false,
	  "imported_not_renewed", "imported_not_renewed_yet" },
	/* a load balancer may hand TLS on */
	{ LETS, "lb-1.us-east-1.elb.amazonaws.com", true, false, false,
	  "acme_renewal_failed", "acme_renewal_pending" },
	{ LETS, NULL, true, false, false,
	  "acme_renewal_failed", "acme_renewal_pending" },
	{ "ZeroSSL GmbH", NULL, true, false, false,
	  "acme_renewal_failed", "acme_renewal_pending" },
	{ "Buypass AS-983163327", NULL, true, false, false,
	  "acme_renewal_failed", "acme_renewal_pending" },
	{ "Google Trust Services", NULL, true, false, false,
	  "managed_renewal_failed", "managed_renewal_pending" },
	{ "Microsoft Corporation", NULL, true, false, false,
	  "managed_renewal_failed", "managed_renewal_pending" },
	/* it may be the provider's own, or uploaded there */
	{ "DigiCert Inc", "svc.azure-api.net", true, false, false,
	  "provider_renewal_failed", "provider_renewal_pending" },
	{ LETS, "x.global.fastly.net", true, false, false,
	  "provider_renewal_failed", "provider_renewal_pending" },
	{ "Example", "svc.azure-api.net", false, false, false,
	  "private_ca_not_renewed", "private_ca_not_renewed_yet" },
	{ "DigiCert Inc", NULL, true, false, false,
	  "not_renewed", "not_renewed_yet" },
	{ "Example", NULL, false, false, false,
	  "private_ca_not_renewed", "private_ca_not_renewed_yet" },
	{ NULL, NULL, false, true, false,
	  "self_signed_not_renewed", "self_signed_not_renewed_yet" },
	{ NULL, "svc.azure-api.net", false, true, false,
	  "self_signed_not_renewed", "self_signed_not_renewed_yet" },
	/* a newer one is served elsewhere: then nothing else counts */
	{ LETS, NULL, true, false, true,
	  "renewed_not_loaded", "renewed_not_loaded" },
	{ "Amazon", CUSTOM, true, false, true,
	  "renewed_not_loaded", "renewed_not_loaded" },
};

static const char *cause(const char *code)
{
	const struct finding *f = find(code);

	ck_assert_msg(f != NULL, "%s", code);
	ck_assert(f->hint.fix && *f->hint.fix && f->message);
	return f->hint.cause;
}

START_TEST(renewal)
{
	const struct renewed *r = &renewals[_i];

	issued_by(r->issuer);
	leaf.has_cab_policy = leaf.has_scts = r->is_public;
	if (r->self_signed)
		name_make(&leaf, "CN=api", "CN=api");
	leaf.not_after = NOW - DAY;
	judge_behind(r->target, r->older);
	ck_assert_str_eq(cause("cert.expired"), r->expired);
	leaf.not_after = NOW + DAY;
	judge_behind(r->target, r->older);
	ck_assert_str_eq(cause("cert.expiring"), r->expiring);
}
END_TEST

/* A gateway of the configuration, of which nothing else is known. */
START_TEST(configured_provider)
{
	struct policy_gateway g = { .name = "orders", .provider = "aws" };

	g.names.text[g.names.num++] = "api.example.com";
	policy.gateways = &g;
	issued_by("DigiCert Inc");
	leaf.has_scts = true;
	leaf.not_after = NOW - DAY;
	judge_behind(NULL, false);
	ck_assert_str_eq(cause("cert.expired"), "imported_not_renewed");
	g.provider = "example";
	judge_behind(NULL, false);
	ck_assert_str_eq(cause("cert.expired"), "not_renewed");
}
END_TEST

/* The article's words. */
START_TEST(article)
{
	const struct finding *f;

	issued_by("DigiCert Inc");
	leaf.has_scts = true;
	leaf.not_after = NOW - DAY;
	judge_behind(CUSTOM, false);
	f = find("cert.expired");
	ck_assert_ptr_nonnull(strstr(f->hint.fix, "import it again into"));
	ck_assert_ptr_nonnull(strstr(f->hint.fix, "same ARN"));
	ck_assert_ptr_nonnull(strstr(f->hint.fix, "watch such ones for"));
	ck_assert_str_eq(f->hint.url,
			 "https://repost.aws/knowledge-center/"
			 "api-gateway-certificate-domain");
	ck_assert_msg(strstr(f->hint.verify, "openssl x509 -noout -dates") !=
			      NULL,
		      "%s", f->hint.verify);
	issued_by("Amazon");
	judge_behind(CUSTOM, false);
	f = find("cert.expired");
	ck_assert_ptr_nonnull(strstr(f->hint.fix, "validation must stay"));
	ck_assert_ptr_nonnull(strstr(f->hint.fix, "a service must use"));
	/* the wrong target */
	leaf.not_after = NOW + 60 * DAY;
	set_san(&leaf, "*.execute-api.us-east-1.amazonaws.com");
	judge_behind("abc123def4.execute-api.us-east-1.amazonaws.com", false);
	f = find("name.misrouted");
	ck_assert_str_eq(f->hint.cause, "aws_default_endpoint");
	ck_assert_ptr_nonnull(strstr(f->hint.fix,
				     "d-xxxxxxxxxx.execute-api.us-east-1"));
	ck_assert_ptr_nonnull(strstr(f->hint.fix, "A as an alias"));
	ck_assert_ptr_nonnull(strstr(f->hint.fix,
				     "wildcard one label above"));
}
END_TEST

static const struct {
	const char *name, *san, *cause, *fix;
} mismatches[] = {
	{ "a.b.example.com", "*.example.com", "wildcard_depth",
	  "one label only" },
	{ "api.example.com", "a*.example.com", "partial_wildcard",
	  "whole leftmost label" },
	{ "api.example.com", "www.example.net", "different_name",
	  "DNS record" },
	{ "203.0.113.20", "api.example.com", "address_not_listed",
	  "iPAddress" },
	{ "www.example.com", "example.com", "www_or_apex", "-d " },
};

START_TEST(mismatch)
{
	set_name(mismatches[_i].name);
	set_san(&leaf, mismatches[_i].san);
	judge();
	ck_assert_str_eq(cause("name.mismatch"), mismatches[_i].cause);
	ck_assert_ptr_nonnull(strstr(find("name.mismatch")->hint.fix,
				     mismatches[_i].fix));
}
END_TEST

START_TEST(no_san)
{
	leaf.num_san = 0;
	leaf.has_san = false;
	judge();
	ck_assert_str_eq(cause("name.mismatch"), "no_san");
}
END_TEST

/* Every fallback certificate that is known says what to do, with a page or
 * without, and no word of its text is left unfilled. */
START_TEST(every_fallback)
{
	for (size_t i = 0; i < knowledge->num_fallbacks; i++) {
		const struct fallback *f = &knowledge->fallbacks[i];

		ck_assert(*f->who && *f->cause && *f->means && *f->fix);
		ck_assert_msg(!f->url || !strncmp(f->url, "https://", 8), "%s",
			      f->id);
	}
	for (size_t i = 0; i < knowledge->num_gateways; i++) {
		const struct gateway *g = &knowledge->gateways[i];

		ck_assert_msg(!g->url || !strncmp(g->url, "https://", 8), "%s",
			      g->id);
		for (size_t n = 0; n < g->num_names; n++)
			ck_assert_msg(g->names[n].renews != NULL, "%s", g->id);
	}
}
END_TEST

/* event.url leads somewhere for each code, and each cites its rule. */
START_TEST(every_check)
{
	for (size_t i = 0; i < num_checks; i++) {
		const struct check *c = checks[i];

		ck_assert_msg(c->url && !strncmp(c->url, "https://", 8), "%s",
			      c->code);
		ck_assert_msg(c->reference && *c->reference && c->severity &&
				      c->title,
			      "%s", c->code);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(checks[k]->code, c->code);
	}
}
END_TEST

/* FACTS: what the kinds of client print; {name} and {SAN} filled in. */
static const struct {
	const char *code, *client, *text;
} words[] = {
	{ "cert.expired", "curl",
	  "curl: (60) SSL certificate problem: certificate has expired" },
	{ "cert.expired", "openssl",
	  "verify error:num=10:certificate has expired" },
	{ "cert.expired", "node", "CERT_HAS_EXPIRED: certificate has expired" },
	{ "cert.expired", "chrome", "NET::ERR_CERT_DATE_INVALID" },
	{ "cert.expired", "firefox", "SEC_ERROR_EXPIRED_CERTIFICATE" },
	{ "cert.expired", "wget",
	  "ERROR: The certificate of 'api.example.com' has expired." },
	{ "name.mismatch", "curl",
	  "curl: (60) SSL: no alternative certificate subject name matches "
	  "target host name 'api.example.com'" },
	{ "name.mismatch", "openssl",
	  "verify error:num=62:hostname mismatch" },
	{ "name.mismatch", "python",
	  "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
	  "Hostname mismatch, certificate is not valid for "
	  "'api.example.com'. (_ssl.c:...)" },
	{ "name.mismatch", "node",
	  "ERR_TLS_CERT_ALTNAME_INVALID: Hostname/IP does not match "
	  "certificate's altnames: Host: api.example.com. is not in the "
	  "cert's altnames: DNS:shop.example.net" },
	{ "name.mismatch", "go",
	  "x509: certificate is valid for shop.example.net, not "
	  "api.example.com" },
	{ "name.mismatch", "java",
	  "java.security.cert.CertificateException: No subject alternative "
	  "DNS name matching api.example.com found." },
	{ "name.mismatch", "chrome", "NET::ERR_CERT_COMMON_NAME_INVALID" },
	{ "name.mismatch", "firefox", "SSL_ERROR_BAD_CERT_DOMAIN" },
	{ "name.mismatch", "wget",
	  "The certificate's owner does not match hostname "
	  "'api.example.com'" },
	{ "name.mismatch", "gnutls",
	  "The certificate is NOT trusted. The name in the certificate does "
	  "not match the expected." },
	{ "name.mismatch", "dotnet",
	  "The remote certificate is invalid according to the validation "
	  "procedure: RemoteCertificateNameMismatch" },
	{ "cert.expired", "dotnet",
	  "The remote certificate is invalid because of errors in the "
	  "certificate chain: NotTimeValid" },
};

START_TEST(client_words)
{
	const struct finding *f;
	const char *said = "";

	if (!strcmp(words[_i].code, "cert.expired"))
		leaf.not_after = NOW - DAY;
	else
		set_san(&leaf, "shop.example.net");
	judge();
	f = find(words[_i].code);
	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < f->hint.num_client_errors; i++)
		if (!strcmp(f->hint.client_errors[i].client, words[_i].client))
			said = f->hint.client_errors[i].text;
	ck_assert_str_eq(said, words[_i].text);
}
END_TEST

static const struct {
	uint8_t alert;
	bool seen_leaf;
	const char *cause;
} rejections[] = {
	{ 45, false, "certificate_expired" },
	{ 48, false, "issuer_unknown_to_client" },
	{ 44, false, "certificate_revoked" },
	{ 42, false, "certificate_not_seen" },
	{ 46, true, "client_policy" },
	{ 45, true, "expired_for_client" },
};

START_TEST(rejected)
{
	set_alert(TLS_CLIENT, rejections[_i].alert);
	obs->reaction = (struct tls_reaction){
		.verdict = TLS_REJECTED, .evidence = TLS_PLAINTEXT_ALERT
	};
	if (!rejections[_i].seen_leaf) {
		obs->num_chain[TLS_SERVER] = 0;
		obs->num_chain_sent[TLS_SERVER] = 0;
		hs->chain[TLS_SERVER].state = TLS_CHAIN_NONE;
	}
	judge();
	ck_assert_str_eq(cause("client.rejected"), rejections[_i].cause);
	ck_assert(rejections[_i].seen_leaf ||
		  strstr(find("client.rejected")->message, "cannot be seen"));
}
END_TEST

/* It has not expired: nobody is to renew it. */
START_TEST(rejected_as_expired)
{
	set_alert(TLS_CLIENT, 45);
	obs->reaction = (struct tls_reaction){
		.verdict = TLS_REJECTED, .evidence = TLS_PLAINTEXT_ALERT
	};
	judge_behind(CUSTOM, false);
	ck_assert_ptr_nonnull(strstr(find("client.rejected")->hint.fix,
				     "clock"));
	ck_assert_ptr_null(strstr(find("client.rejected")->hint.fix, "renew"));
	hs->chain[TLS_SERVER].time = stamp_sec(0); /* no clock to tell it by */
	judge_behind(CUSTOM, false);
	ck_assert_str_eq(cause("client.rejected"), "certificate_expired");
}
END_TEST

/* Each alert has its own remedy. */
START_TEST(handshake_refused)
{
	static const struct {
		uint8_t alert;
		const char *cause, *fix;
	} rows[] = {
		{ 40, "no_common_parameters", "cipher suite" },
		{ 47, "hello_not_understood", "malformed" },
		{ 50, "hello_not_understood", "malformed" },
		{ 70, "version", "enable TLS 1.2" },
		{ 71, "no_common_parameters", "cipher suite" },
		{ 80, "server_error", "log" },
		{ 86, "fallback", "first try" },
		{ 120, "no_common_application_protocol", "ALPN" },
	};

	obs->num_chain[TLS_SERVER] = obs->num_chain_sent[TLS_SERVER] = 0;
	hs->chain[TLS_SERVER].state = TLS_CHAIN_NONE;
	hs->server.seen = hs->side[TLS_SERVER].hello_done = false;
	set_alert(TLS_SERVER, rows[_i].alert);
	judge();
	ck_told("handshake.refused", "info");
	ck_assert_str_eq(cause("handshake.refused"), rows[_i].cause);
	ck_assert_ptr_nonnull(strstr(find("handshake.refused")->hint.fix,
				     rows[_i].fix));
}
END_TEST

/* What the client says, joined with where the name leads. */
START_TEST(rejected_behind)
{
	set_alert(TLS_CLIENT, 45);
	obs->reaction = (struct tls_reaction){
		.verdict = TLS_REJECTED, .evidence = TLS_PLAINTEXT_ALERT
	};
	obs->num_chain[TLS_SERVER] = obs->num_chain_sent[TLS_SERVER] = 0;
	hs->chain[TLS_SERVER].state = TLS_CHAIN_NONE;
	judge_behind(CUSTOM, false);
	ck_assert_str_eq(cause("client.rejected"), "certificate_expired");
	ck_assert_ptr_nonnull(strstr(find("client.rejected")->hint.fix,
				     "same ARN"));
	judge_behind("svc.azure-api.net", false);
	ck_assert_ptr_null(strstr(find("client.rejected")->hint.fix, "ARN"));
	set_alert(TLS_CLIENT, 48);
	judge_behind(CUSTOM, false);
	ck_assert_ptr_null(strstr(find("client.rejected")->hint.fix, "ARN"));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, renewal, 0, NUM(renewals));
	tcase_add_test(t, configured_provider);
	tcase_add_test(t, article);
	tcase_add_loop_test(t, mismatch, 0, NUM(mismatches));
	tcase_add_test(t, no_san);
	tcase_add_test(t, every_fallback);
	tcase_add_test(t, every_check);
	tcase_add_loop_test(t, client_words, 0, NUM(words));
	tcase_add_loop_test(t, rejected, 0, NUM(rejections));
	tcase_add_test(t, rejected_as_expired);
	tcase_add_loop_test(t, handshake_refused, 0, 8);
	tcase_add_test(t, rejected_behind);
}

TEST_MAIN("hints_more", cases)
