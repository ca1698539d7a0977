/*
 * test_gateways.c: the data files of share/: what they know, and what is
 * refused in them.
 */
#include "judge/blocklist.h"
#include "test_gateways_make.h"
#include "test_run.h"

#include <stdio.h>
#include <unistd.h>

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
	{ "d111111abcdef8.cloudfront.net",
	  "aws_cloudfront distribution right" },
	{ "lb-1234.us-east-1.elb.amazonaws.com",
	  "aws_load_balancer load_balancer right us-east-1" },
	{ "lb-1234.elb.us-east-1.amazonaws.com",
	  "aws_load_balancer load_balancer right us-east-1" },
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
	{ "x", "Internet Widgits Pty Ltd", NULL, true, 365,
	  "openssl_default" },
	{ "localhost", NULL, "localhost", true, 365, "generic_localhost" },
	{ "svc", NULL, "*.azure-api.net", false, 365, "azure_apim" },
	/* like them, but not they */
	{ "api.example.com", NULL, "api.example.com", false, 198, "" },
	{ "api.example.com", NULL, "api.example.com", true, 365, "" },
	{ "localhost", NULL, "localhost", false, 365, "" },
	/* the companies themselves */
	{ "api.lyft.example", "Lyft", "api.lyft.example", false, 365, "" },
	{ "unifi.ui.example", "Ubiquiti Inc.", "unifi.ui.example", false, 198,
	  "" },
	{ "synology.com", "Synology Inc.", "synology.com", false, 198, "" },
	{ "www.qnap.example", "QNAP Systems Inc.", NULL, false, 198, "" },
	{ "www.dell.example", "Dell Inc.", NULL, false, 198, "" },
	{ "www.supermicro.example", "Super Micro Computer, Inc.", NULL, false,
	  198, "" },
	{ "rancher.example.com", "dynamic", "rancher.example.com", false, 365,
	  "" },
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

/* make-ssl-cert's: CA:FALSE, which openssl req -x509 does not say by itself */
START_TEST(snakeoil)
{
	static const struct {
		const char *o;
		bool self_issued, basic, is_ca;
		int days;
		const char *id;
	} rows[] = {
		{ NULL, true, true, false, 3650, "debian_snakeoil" },
		{ "Example", true, true, false, 3650, "" },
		{ NULL, true, true, false, 3651, "" },
		{ NULL, false, true, false, 3650, "" },
		{ NULL, true, true, true, 3650, "" },
		{ NULL, true, false, false, 3650, "" },
	};
	struct fake f;

	fake_init(&f, "web1", rows[_i].o, "web1");
	f.c.self_issued = rows[_i].self_issued;
	f.c.has_basic_constraints = rows[_i].basic;
	f.c.is_ca = rows[_i].is_ca;
	f.c.not_after = (int64_t)rows[_i].days * 86400;
	ck_assert_str_eq(fallback(&f.c), rows[_i].id);
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
	{ "{\"gateways\":[{\"id\":\"x\",\"provider\":\"p\",\"name\":\"n\","
	  "\"renews\":\"me\",\"names\":[{\"pattern\":\"a\","
	  "\"role\":\"r\"}]}]}",
	  NULL, "renews: \"me\" is not known; right are acm, provider" },
	{ NULL, "{\"certificates\":[{\"id\":\"y\",\"who\":7}]}",
	  "who: must be a string" },
	{ "{\"gateways\":[{\"id\":\"x\",\"provider\":\"p\",\"name\":\"n\","
	  "\"names\":[{\"pattern\":\"**.a\",\"role\":\"r\"}]},\n\n"
	  "{\"id\":\"\\\"{[\",\"provider\":\"p\",\"name\":\"n\","
	  "\"names\":[{\"pattern\":\"**.a\",\"role\":\"r\"}]},\n"
	  "{\"id\":\"x\",\"provider\":\"p\",\"name\":\"n\","
	  "\"names\":[{\"pattern\":\"**.a\",\"role\":\"r\"}]}]}",
	  NULL, "line 4: gateways[2] (x): id: is there twice" },
	{ "{\"gateways\":[{\"id\":\"x\",\"provider\":\"p\",\"name\":\"n\","
	  "\"names\":[{\"pattern\":\"**.a\",\"role\":\"r\"}]}],"
	  "\"more\":1}",
	  NULL, "only the list gateways may stand there" },
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
	struct knowledge_options o = { .dirs = dirs, .num_dirs = 2 };

	ck_assert_ptr_nonnull(mkdtemp(dir));
	write_file(dir, "gateways.json",
		   wrong[_i].gateways ? wrong[_i].gateways : good);
	write_file(dir, "fallback-certificates.json", wrong[_i].certificates);
	ck_assert_ptr_null(knowledge_load(&o, err, sizeof err));
	ck_assert_msg(strstr(err, wrong[_i].complaint) != NULL, "%s", err);
	ck_assert_ptr_null(strchr(err, '\n'));
	ck_assert_ptr_nonnull(strstr(err, dir));
	write_file(dir, "gateways.json", NULL);
	write_file(dir, "fallback-certificates.json", NULL);
	ck_assert_int_eq(rmdir(dir), 0);
	/* no folder has them */
	ck_assert_ptr_null(knowledge_load(&o, err, sizeof err));
	ck_assert_ptr_nonnull(strstr(err, "install it again"));
}
END_TEST

#define WEAK_PRINT "a09055dad98904c922ab"

static char own_dir[32];

/* Tests may share a process. */
static void own_open(void)
{
	snprintf(own_dir, sizeof own_dir, "/tmp/wirecert-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(own_dir));
}

static const char *own_file(const char *name, const char *text)
{
	static char path[256];

	write_file(own_dir, name, text);
	snprintf(path, sizeof path, "%s/%s", own_dir, name);
	return path;
}

static struct knowledge *load_own(struct knowledge_options *o)
{
	static const char *const share[] = { "share" };
	char err[512] = "";
	struct knowledge *own;

	o->dirs = share;
	o->num_dirs = 1;
	own = knowledge_load(o, err, sizeof err);
	ck_assert_msg(own != NULL, "%s", err);
	return own;
}

/* The configuration's files come first; none leaves out the program's. */
START_TEST(own_files)
{
	static const char text[] =
		"{\"gateways\":[{\"id\":\"aws_cloudfront\","
		"\"provider\":\"us\",\"name\":\"n\",\"names\":["
		"{\"pattern\":\"*.edge.example\",\"role\":\"r\"}]}]}";
	struct knowledge_options o = { .num_dirs = 0 };
	struct knowledge *own;
	struct gateway_hit h;

	own_open();
	o.gateways.path[o.gateways.num++] = own_file("own.json", text);
	own = load_own(&o);
	ck_assert_uint_eq(own->num_gateways, k->num_gateways);
	ck_assert_uint_eq(own->num_fallbacks, k->num_fallbacks);
	ck_assert(gateway_find(own, bytes_str("a.edge.example"), &h));
	ck_assert_str_eq(h.gateway->provider, "us");
	/* replaced, not added to */
	ck_assert(!gateway_find(own, bytes_str("d1.cloudfront.net"), &h));
	ck_assert(gateway_find(own, bytes_str("svc.azure-api.net"), &h));
	knowledge_free(own);
	o.gateways.path[o.gateways.num++] = "none";
	own = load_own(&o);
	ck_assert_uint_eq(own->num_gateways, 1);
	knowledge_free(own);
	o.fallbacks.path[o.fallbacks.num++] = "none";
	own = load_own(&o);
	ck_assert_uint_eq(own->num_fallbacks, 0);
	knowledge_free(own);
	own_file("own.json", NULL);
	ck_assert_int_eq(rmdir(own_dir), 0);
}
END_TEST

/* "Modulus=C0DE\n": the end of its SHA-1. The key of a certificate by hand. */
START_TEST(weak_keys)
{
	static const uint8_t der[] = {
		0x30, 0x31, 0x30, 0x2f, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02,
		0x01, 0x01, 0x30, 0x00, 0x30, 0x00, 0x30, 0x00, 0x30, 0x00,
		0x30, 0x1d, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x0c, 0x00,
		0x30, 0x09, 0x02, 0x03, 0x00, 0xc0, 0xde, 0x02, 0x02, 0x01,
		0x01,
	};
	struct cert c = { .der = bytes_of(der, sizeof der) };
	struct knowledge_options o = { .num_dirs = 0 };
	struct knowledge *own;

	ck_assert(!blocklist_has(k, &c));
	ck_assert(!blocklist_has(NULL, &c));
	own_open();
	o.weak_keys.path[o.weak_keys.num++] = own_file(
		"weak", "# a comment\n" WEAK_PRINT "\n"
			"00112233445566778899\n");
	own = load_own(&o);
	ck_assert(blocklist_has(own, &c));
	c.der = bytes_head(c.der, c.der.len - 1);
	ck_assert(!blocklist_has(own, &c)); /* no key can be read */
	knowledge_free(own);
	own_file("weak", NULL);
	ck_assert_int_eq(rmdir(own_dir), 0);
}
END_TEST

static const char *const not_prints[] = {
	"0011223344556677889\n", "001122334455667788990\n", "x\n",
	"0011223344556677889g\n", "00112233445566778899 \n",
};

START_TEST(weak_keys_refused)
{
	static const char *const share[] = { "share" };
	struct knowledge_options o = { .dirs = share, .num_dirs = 1 };
	char err[512] = "", text[128];

	own_open();
	snprintf(text, sizeof text, "# none\n%s", not_prints[_i]);
	o.weak_keys.path[o.weak_keys.num++] = own_file("weak", text);
	ck_assert_ptr_null(knowledge_load(&o, err, sizeof err));
	ck_assert_ptr_nonnull(strstr(err, "weak: line 2: 20 hexadecimal"));
	own_file("weak", NULL);
	ck_assert_ptr_null(knowledge_load(&o, err, sizeof err));
	ck_assert_ptr_nonnull(strstr(err, "a file that can be read"));
	ck_assert_int_eq(rmdir(own_dir), 0);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, make_setup, make_teardown);
	tcase_add_loop_test(t, known_names, 0, NUM(names));
	tcase_add_loop_test(t, snakeoil, 0, 6);
	tcase_add_loop_test(t, known_certificates, 0, NUM(shown));
	tcase_add_test(t, texts);
	tcase_add_loop_test(t, refused, 0, NUM(wrong));
	tcase_add_test(t, own_files);
	tcase_add_test(t, weak_keys);
	tcase_add_loop_test(t, weak_keys_refused, 0, NUM(not_prints));
}

TEST_MAIN("gateways", cases)
