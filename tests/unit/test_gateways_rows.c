/*
 * test_gateways_rows.c: each row of share/ by an example of its own: every
 * pattern of it has one, no other row takes it, and no two rows contradict each
 * other about a name or a certificate.
 */
#include "test_gateways_make.h"
#include "test_run.h"

#include <stdio.h>

/* As the vendors write them, or as they were seen. */
static const struct {
	const char *name, *id, *role;
	enum gateway_target target;
} names[] = {
#define API "aws_api_gateway"
#define CHINA "aws_api_gateway_china"
	{ "d-yg54udirl4.execute-api.us-east-1.amazonaws.com", API,
	  "custom_domain", TARGET_RIGHT },
	{ "vpce-0a1b-2c.execute-api.us-gov-west-1.vpce.amazonaws.com", API,
	  "private_endpoint", TARGET_OTHER },
	{ "abc123.execute-api.us-east-1.vpce.amazonaws.com", API,
	  "private_endpoint", TARGET_OTHER },
	{ "vpce-0a1b-2c.execute-api.us-east-1.amazonaws.com", API,
	  "private_endpoint", TARGET_OTHER },
	{ "abc123-vpce-0a1b.execute-api.us-east-1.amazonaws.com", API,
	  "private_endpoint", TARGET_OTHER },
	{ "abc123def4.execute-api.us-gov-east-1.amazonaws.com", API,
	  "default_endpoint", TARGET_WRONG },
	{ "d-abc.execute-api.cn-north-1.amazonaws.com.cn", CHINA,
	  "custom_domain", TARGET_RIGHT },
	{ "vpce-0a-1b.execute-api.cn-north-1.vpce.amazonaws.com.cn", CHINA,
	  "private_endpoint", TARGET_OTHER },
	{ "abc.execute-api.cn-north-1.vpce.amazonaws.com.cn", CHINA,
	  "private_endpoint", TARGET_OTHER },
	{ "vpce-0a-1b.execute-api.cn-north-1.amazonaws.com.cn", CHINA,
	  "private_endpoint", TARGET_OTHER },
	{ "abc-vpce-0a.execute-api.cn-north-1.amazonaws.com.cn", CHINA,
	  "private_endpoint", TARGET_OTHER },
	{ "abc123.execute-api.cn-northwest-1.amazonaws.com.cn", CHINA,
	  "default_endpoint", TARGET_WRONG },
	{ "d111111abcdef8.cloudfront.net", "aws_cloudfront", "distribution",
	  TARGET_RIGHT },
	{ "d111111abcdef8.cloudfront.cn", "aws_cloudfront", "distribution",
	  TARGET_RIGHT },
	{ "my-nlb-1234.elb.us-east-2.amazonaws.com", "aws_load_balancer",
	  "load_balancer", TARGET_RIGHT },
	{ "my-alb-1234.us-east-2.elb.amazonaws.com", "aws_load_balancer",
	  "load_balancer", TARGET_RIGHT },
	{ "old-1234.elb.amazonaws.com", "aws_load_balancer", "load_balancer",
	  TARGET_RIGHT },
	{ "nlb-1.elb.cn-north-1.amazonaws.com.cn", "aws_load_balancer",
	  "load_balancer", TARGET_RIGHT },
	{ "alb-1.cn-north-1.elb.amazonaws.com.cn", "aws_load_balancer",
	  "load_balancer", TARGET_RIGHT },
	{ "qiqnp6dc4m.us-east-1.awsapprunner.com", "aws_app_runner",
	  "default_endpoint", TARGET_RIGHT },
	{ "qiqnp6dc4m.awsapprunner.com", "aws_app_runner", "default_endpoint",
	  TARGET_RIGHT },
	{ "abcd.appsync-api.eu-west-1.amazonaws.com", "aws_app_sync",
	  "default_endpoint", TARGET_OTHER },
	{ "abcd.lambda-url.eu-west-1.on.aws", "aws_lambda_url",
	  "default_endpoint", TARGET_OTHER },
	{ "my.bucket.s3.eu-west-1.amazonaws.com", "aws_s3", "bucket",
	  TARGET_OTHER },
	{ "bucket.s3.cn-north-1.amazonaws.com.cn", "aws_s3", "bucket",
	  TARGET_OTHER },
	{ "bucket.s3.amazonaws.com", "aws_s3", "bucket", TARGET_OTHER },
	{ "s3.amazonaws.com", "aws_s3", "bucket", TARGET_OTHER },
#define APIM "azure_api_management"
	{ "contoso.azure-api.net", APIM, "gateway", TARGET_RIGHT },
	{ "contoso.azure-api.cn", APIM, "gateway", TARGET_RIGHT },
	{ "contoso.azure-api.us", APIM, "gateway", TARGET_RIGHT },
	{ "contoso.developer.azure-api.net", APIM, "management",
	  TARGET_OTHER },
	{ "contoso.scm.azure-api.cn", APIM, "management", TARGET_OTHER },
	{ "contoso.management.azure-api.us", APIM, "management",
	  TARGET_OTHER },
#define DOOR "azure_front_door"
	{ "app-h1h2.z01.azurefd.net", DOOR, "gateway", TARGET_RIGHT },
	{ "app.azurefd.net", DOOR, "gateway", TARGET_RIGHT },
	{ "app.azureedge.net", DOOR, "cdn", TARGET_RIGHT },
	{ "app-h1h2.z01.azurefd.us", DOOR, "gateway", TARGET_RIGHT },
	{ "app.azurefd.us", DOOR, "gateway", TARGET_RIGHT },
	{ "app.azureedge.us", DOOR, "cdn", TARGET_RIGHT },
#define SERVICE "azure_app_service"
	{ "app.scm.azurewebsites.net", SERVICE, "management", TARGET_OTHER },
	{ "app-h1h2.westeurope-01.azurewebsites.net", SERVICE, "application",
	  TARGET_RIGHT },
	{ "app.azurewebsites.us", SERVICE, "application", TARGET_RIGHT },
	{ "app.chinacloudsites.cn", SERVICE, "application", TARGET_RIGHT },
	{ "vm1.westeurope.cloudapp.azure.com", "azure_virtual_machine",
	  "virtual_machine", TARGET_OTHER },
	{ "shop.trafficmanager.net", "azure_traffic_manager",
	  "traffic_manager", TARGET_OTHER },
	{ "app.happyhill-1a2b.eastus.azurecontainerapps.io",
	  "azure_container_apps", "application", TARGET_OTHER },
	{ "gw-3f2k.uc.gateway.dev", "google_api_gateway", "default_endpoint",
	  TARGET_WRONG },
	{ "svc-abc-uc.a.run.app", "google_cloud_run", "application",
	  TARGET_OTHER },
	{ "ghs.googlehosted.com", "google_cloud_run", "custom_domain",
	  TARGET_RIGHT },
	{ "api.endpoints.my-project.cloud.goog", "google_endpoints",
	  "gateway", TARGET_OTHER },
	{ "org-test.apigee.net", "google_apigee", "gateway", TARGET_RIGHT },
	{ "storage.googleapis.com", "google_frontend", "api", TARGET_OTHER },
	{ "www.example.com.cdn.cloudflare.net", "cloudflare", "cdn",
	  TARGET_RIGHT },
	{ "job.someone.workers.dev", "cloudflare", "application",
	  TARGET_OTHER },
	{ "site.pages.dev", "cloudflare", "application", TARGET_OTHER },
	{ "github.map.fastly.net", "fastly", "cdn", TARGET_RIGHT },
	{ "x.sni.fastlylb.net", "fastly", "cdn", TARGET_RIGHT },
	{ "www.example.com.edgekey.net", "akamai", "cdn", TARGET_RIGHT },
	{ "www.example.com.edgesuite.net", "akamai", "cdn", TARGET_RIGHT },
	{ "e3891.g.akamaiedge.net", "akamai", "cdn", TARGET_RIGHT },
	{ "www.example.com.akamaized.net", "akamai", "cdn", TARGET_RIGHT },
	{ "a248.e.akamai.net", "akamai", "cdn", TARGET_RIGHT },
};

#define NUM_NAMES (sizeof names / sizeof *names)

START_TEST(name_examples)
{
	struct gateway_hit hit;
	struct knowledge one = *k;

	ck_assert(gateway_find(k, bytes_str(names[_i].name), &hit));
	ck_assert_str_eq(hit.gateway->id, names[_i].id);
	ck_assert_str_eq(hit.name->role, names[_i].role);
	ck_assert_int_eq(hit.name->target, names[_i].target);
	/* nobody else says something about it */
	one.num_gateways = 1;
	for (size_t i = 0; i < k->num_gateways; i++) {
		one.gateways = &k->gateways[i];
		if (strcmp(one.gateways->id, names[_i].id) != 0)
			ck_assert_msg(!gateway_find(&one,
						    bytes_str(names[_i].name),
						    &hit),
				      "%s", one.gateways->id);
	}
}
END_TEST

static bool has_example(const struct gateway_name *n)
{
	struct gateway_hit hit;

	for (size_t i = 0; i < NUM_NAMES; i++)
		if (gateway_find(k, bytes_str(names[i].name), &hit) &&
		    hit.name == n)
			return true;
	return false;
}

START_TEST(name_coverage)
{
	for (size_t i = 0; i < k->num_gateways; i++) {
		const struct gateway *g = &k->gateways[i];

		ck_assert_msg(g->url != NULL, "%s: no source", g->id);
		for (size_t n = 0; n < g->num_names; n++)
			ck_assert_msg(has_example(&g->names[n]),
				      "%s: %s has no example", g->id,
				      g->names[n].pattern.text);
		for (size_t n = 0; n < i; n++)
			ck_assert_str_ne(g->id, k->gateways[n].id);
	}
}
END_TEST

/* san: up to three, with a space between; text: the issuer's name */
static const struct example {
	const char *id, *cn, *o, *ou, *l, *issuer_cn, *issuer_o, *issuer_ou,
		*issuer, *san;
	bool self_issued, not_ca;
	int days;
} certs[] = {
#include "test_gateways_rows.h"
};

#define NUM_CERTS (sizeof certs / sizeof *certs)

/* A leaf as the example says; what it points to lives as long as x. */
struct made {
	struct fake f;
	char *ou[1], *l[1], *issuer_ou[1];
	char san[256];
};

static void make(struct made *x, const struct example *e)
{
	struct cert *c = &x->f.c;
	char *rest = x->san, *one;

	fake_init(&x->f, e->cn, e->o, NULL);
	put(&c->subject.organizational_unit, x->ou, e->ou);
	put(&c->subject.locality, x->l, e->l);
	put(&c->issuer.common_name, x->f.issuer_cn, e->issuer_cn);
	put(&c->issuer.organization, x->f.issuer_o, e->issuer_o);
	put(&c->issuer.organizational_unit, x->issuer_ou, e->issuer_ou);
	if (e->issuer)
		c->issuer.text = (char *)(uintptr_t)e->issuer;
	snprintf(x->san, sizeof x->san, "%s", e->san ? e->san : "");
	while ((one = strsep(&rest, " ")) && *one)
		c->san[c->num_san++] = (struct cert_san){
			.type = CERT_SAN_DNS,
			.value = bytes_str(one),
		};
	c->self_issued = e->self_issued;
	c->has_basic_constraints = e->not_ca;
	c->not_after = (int64_t)(e->days ? e->days : 198) * 86400;
}

/* Told by general signs: comes after all that know the vendor. */
static bool is_general(const char *id)
{
	return !strncmp(id, "generic_", 8) || !strcmp(id, "debian_snakeoil") ||
	       !strcmp(id, "mod_ssl_example") || !strcmp(id, "openssl_default");
}

START_TEST(cert_examples)
{
	const struct example *e = &certs[_i];
	struct knowledge one = *k;
	struct fallback_hit hit;
	struct made x = { 0 };

	make(&x, e);
	ck_assert_msg(fallback_find(k, &x.f.c, &hit), "%s", e->id);
	ck_assert_str_eq(hit.fallback->id, e->id);
	ck_assert(fallback_is_foreign(hit.fallback,
				      bytes_str("api.customer.test")));
	one.num_fallbacks = 1;
	for (size_t i = 0; i < k->num_fallbacks; i++) {
		one.fallbacks = &k->fallbacks[i];
		if (!strcmp(one.fallbacks->id, e->id) ||
		    !fallback_find(&one, &x.f.c, &hit))
			continue;
		ck_assert_msg(is_general(one.fallbacks->id), "%s and %s",
			      e->id, one.fallbacks->id);
	}
}
END_TEST

static bool san_is_shown(const struct fallback *f, const struct pattern *p)
{
	for (size_t i = 0; i < NUM_CERTS; i++) {
		struct made x = { 0 };

		if (strcmp(certs[i].id, f->id) != 0)
			continue;
		make(&x, &certs[i]);
		for (size_t n = 0; n < x.f.c.num_san; n++)
			if (pattern_match(p, x.f.c.san[n].value, NULL))
				return true;
	}
	return false;
}

START_TEST(cert_coverage)
{
	for (size_t i = 0; i < k->num_fallbacks; i++) {
		const struct fallback *f = &k->fallbacks[i];
		size_t n = 0;

		ck_assert_msg(f->url != NULL, "%s: no source", f->id);
		while (n < NUM_CERTS && strcmp(certs[n].id, f->id) != 0)
			n++;
		ck_assert_msg(n < NUM_CERTS, "%s has no example", f->id);
		for (n = 0; n < f->san.num; n++)
			ck_assert_msg(san_is_shown(f, &f->san.pattern[n]),
				      "%s: %s has no example", f->id,
				      f->san.pattern[n].text);
		for (n = 0; n < i; n++)
			ck_assert_str_ne(f->id, k->fallbacks[n].id);
	}
}
END_TEST

/* A name that a row calls the server's own is not foreign to it. */
START_TEST(cert_own)
{
	for (size_t i = 0; i < k->num_fallbacks; i++) {
		const struct fallback *f = &k->fallbacks[i];

		for (size_t n = 0; n < f->own.num; n++) {
			const char *text = f->own.pattern[n].text;
			char name[128];

			snprintf(name, sizeof name, "%s%s",
				 strncmp(text, "**.", 3) ? "" : "a.b.",
				 strncmp(text, "**.", 3) ? text : text + 3);
			ck_assert_msg(!fallback_is_foreign(f, bytes_str(name)),
				      "%s: %s", f->id, name);
		}
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, make_setup, make_teardown);
	tcase_add_loop_test(t, name_examples, 0, NUM(names));
	tcase_add_test(t, name_coverage);
	tcase_add_loop_test(t, cert_examples, 0, NUM(certs));
	tcase_add_test(t, cert_coverage);
	tcase_add_test(t, cert_own);
}

TEST_MAIN("gateways_rows", cases)
