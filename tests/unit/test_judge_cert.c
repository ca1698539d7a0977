/*
 * test_judge_cert.c: what is judged of the leaf alone: key, signature, usage,
 * lifetime; and the version.
 */
#include "test_judge_make.h"
#include "test_run.h"

/* notBefore, life in seconds (both ends counted), told? Before 2020-09 notAfter
 * may be so many days or months behind notBefore to the second. */
static const struct life {
	const char *from;
	int64_t life;
	bool excessive;
} lives[] = {
	{ "2016-06-30T23:59:59Z", 4000 * DAY, false }, /* older: not judged */
	/* 39 months from there are 1187 days, from 2018-02-28 1185 */
	{ "2016-07-01", 1187 * DAY + 1, false },
	{ "2016-07-01", 1187 * DAY + 2, true },
	{ "2018-02-28T23:59:59Z", 1185 * DAY + 1, false },
	{ "2018-02-28T23:59:59Z", 1185 * DAY + 2, true },
	{ "2018-03-01", 825 * DAY + 1, false },
	{ "2018-03-01", 825 * DAY + 2, true },
	{ "2020-08-31T23:59:59Z", 825 * DAY + 1, false },
	{ "2020-09-01", 398 * DAY, false },
	{ "2020-09-01", 398 * DAY + 1, true },
	{ "2026-03-14T23:59:59Z", 398 * DAY, false },
	{ "2026-03-15", 200 * DAY, false },
	{ "2026-03-15", 200 * DAY + 1, true },
	{ "2027-03-14T23:59:59Z", 200 * DAY, false },
	{ "2027-03-15", 100 * DAY, false },
	{ "2027-03-15", 100 * DAY + 1, true },
	{ "2029-03-14T23:59:59Z", 100 * DAY, false },
	{ "2029-03-15", 47 * DAY, false },
	{ "2029-03-15", 47 * DAY + 1, true },
};

START_TEST(lifetime)
{
	const struct life *l = &lives[_i];
	struct stamp from;

	ck_assert(stamp_parse(l->from, &from));
	leaf.not_before = stamp_to_sec(from);
	leaf.not_after = leaf.not_before + l->life - 1;
	judge();
	ck_told("cert.lifetime_excessive", ""); /* not public */
	leaf.has_cab_policy = true;
	judge();
	ck_told("cert.lifetime_excessive", l->excessive ? "info" : "");
	leaf.has_cab_policy = false;
	leaf.has_scts = true;
	judge();
	ck_told("cert.lifetime_excessive", l->excessive ? "info" : "");
	leaf.is_ca = true;
	judge();
	ck_told("cert.lifetime_excessive", "");
}
END_TEST

static const struct key {
	enum cert_key_type type;
	unsigned bits;
	uint64_t exponent;
	const char *severity;
} keys[] = {
	{ CERT_KEY_RSA, 2048, 65537, "" },
	{ CERT_KEY_RSA, 2047, 65537, "medium" },
	{ CERT_KEY_RSA, 1024, 65537, "medium" },
	{ CERT_KEY_RSA, 512, 3, "medium" },
	{ CERT_KEY_RSA, 4096, 1, "medium" },
	{ CERT_KEY_RSA, 4096, 3, "" },
	{ CERT_KEY_RSA, 4096, 0, "" }, /* larger than 64 bits */
	{ CERT_KEY_RSA, 0, 0, "" },    /* not to be read */
	{ CERT_KEY_EC, 224, 0, "" },
	{ CERT_KEY_EC, 223, 0, "medium" },
	{ CERT_KEY_EC, 192, 0, "medium" },
	{ CERT_KEY_EC, 0, 0, "" },
	{ CERT_KEY_DSA, 3072, 0, "medium" },
	{ CERT_KEY_ED25519, 253, 0, "" },
	{ CERT_KEY_ED448, 456, 0, "" },
	{ CERT_KEY_OTHER, 0, 0, "" },
};

START_TEST(weak_key)
{
	const struct key *k = &keys[_i];

	leaf.key_type = k->type;
	leaf.key_bits = k->bits;
	leaf.key_exponent = k->exponent;
	judge();
	ck_told("key.weak", k->severity);
	set_name(NULL); /* a device, a peer */
	judge();
	ck_told("key.weak", *k->severity ? "info" : "");
}
END_TEST

static struct cert top, stray;

/* leaf, above (CN=Inter), top (CN=Root, issued by CN=Old Root), a stray */
static void make_tall(void)
{
	cert_make(&top, "CN=Root", "CN=Old Root");
	cert_make(&stray, "CN=Stray", "CN=Old Root");
	obs->chain[TLS_SERVER][2] = &stray;
	obs->chain[TLS_SERVER][3] = &top;
	obs->num_chain[TLS_SERVER] = obs->num_chain_sent[TLS_SERVER] = 4;
}

static void make_weak(struct cert *c)
{
	c->key_type = CERT_KEY_RSA;
	c->key_exponent = 65537;
	c->key_bits = 1024;
	c->signature_hash = "SHA1";
}

static void ck_weak(const char *key, const char *signature)
{
	ck_told("key.weak", key);
	ck_told("signature.weak", signature);
}

START_TEST(weak_above)
{
	struct chain_result chain = { .state = CHAIN_TRUSTED, .on_path = 2 };

	make_tall();
	make_weak(&stray);
	judge();
	ck_weak("", "");
	make_weak(&top);
	judge(); /* there may be another way */
	ck_weak("low", "low");
	judge_with(&chain, NULL); /* and there is: it is not on the path */
	ck_weak("", "");
	make_weak(&above);
	judge_with(&chain, NULL);
	ck_weak("medium", "low");
	ck_assert_ptr_nonnull(strstr(find("key.weak")->message,
				     "The intermediate (CN=Inter) of api."));
	ck_assert_str_eq(find("key.weak")->hint.cause,
			 "weak_intermediate_key");
	chain.on_path = 0; /* the store has it */
	judge_with(&chain, NULL);
	ck_weak("", "");
	set_name(NULL);
	judge();
	ck_weak("info", "info");
}
END_TEST

START_TEST(weak_above_nobody_knows)
{
	make_tall();
	make_weak(&above);
	name_make(&stray, "CN=Inter", "CN=Other Root"); /* a cross one */
	judge();
	ck_weak("", "");
	stray.subject_key_id = bytes_str("1"); /* another key's */
	leaf.authority_key_id = bytes_str("2");
	judge();
	ck_weak("medium", "low");
	memcpy(stray.sha256, above.sha256, 32); /* sent twice */
	stray.subject_key_id = bytes_of(NULL, 0);
	judge();
	ck_weak("medium", "low");
	name_make(&above, "CN=Inter", "CN=Inter"); /* a root sent along */
	judge();
	ck_weak("", "");
	name_make(&above, "CN=Inter", "CN=Root"); /* a circle ends */
	above.key_bits = 2048;
	above.signature_hash = "SHA256";
	name_make(&top, "CN=Root", "CN=Inter");
	judge();
	ck_weak("", "");
}
END_TEST

START_TEST(weak_key_of_old_days)
{
	static const struct {
		int64_t at;
		unsigned bits;
		const char *severity;
	} rows[] = {
		{ 1388534399, 1024, "info" }, /* the end of 2013 */
		{ 1388534400, 1024, "medium" },
		{ 1388534399, 1023, "medium" },
	};

	for (size_t i = 0; i < 3; i++) {
		hs->chain[TLS_SERVER].time = stamp_sec(rows[i].at);
		leaf.key_type = CERT_KEY_RSA;
		leaf.key_exponent = 65537;
		leaf.key_bits = rows[i].bits;
		judge();
		ck_told("key.weak", rows[i].severity);
	}
}
END_TEST

START_TEST(weak_signature)
{
	static const char *const weak[] = { "SHA1", "MD5", "MD4", "MD2" };

	judge();
	ck_told("signature.weak", "");
	for (size_t i = 0; i < 4; i++) {
		leaf.signature_hash = weak[i];
		judge();
		ck_told("signature.weak", "medium");
	}
	set_name(NULL);
	judge();
	ck_told("signature.weak", "info");
	leaf.self_issued = true; /* what vouches for itself */
	judge();
	ck_told("signature.weak", "");
	leaf.self_issued = false;
	leaf.signature_hash = NULL; /* Ed25519 */
	judge();
	ck_told("signature.weak", "");
}
END_TEST

START_TEST(weak_signature_above)
{
	above.signature_hash = "SHA1";
	judge();
	ck_told("signature.weak", "low");
	ck_assert_ptr_nonnull(strstr(find("signature.weak")->message,
				     "intermediate (CN=Inter)"));
	above.self_issued = true; /* a root sent along */
	judge();
	ck_told("signature.weak", "");
}
END_TEST

START_TEST(sha1_of_old_days)
{
	leaf.signature_hash = "SHA1";
	hs->chain[TLS_SERVER].time = stamp_sec(1483228799); /* 2016 */
	judge();
	ck_told("signature.weak", "info");
	hs->chain[TLS_SERVER].time = stamp_sec(1483228800);
	judge();
	ck_told("signature.weak", "medium");
	leaf.signature_hash = "MD5";
	hs->chain[TLS_SERVER].time = stamp_sec(1483228799);
	judge();
	ck_told("signature.weak", "medium");
}
END_TEST

static const struct usage {
	bool has_eku;
	unsigned eku;
	bool is_ca, self_issued, has_ku;
	unsigned ku;
	uint16_t version, suite;
	const char *severity;
} usages[] = {
	{ false, 0, false, false, false, 0, TLS_1_2, 0xc02f, "" },
	{ true, CERT_EKU_SERVER, false, false, false, 0, TLS_1_2, 0xc02f, "" },
	/* any: OpenSSL refuses it; server gated cryptography: Go does */
	{ true, CERT_EKU_ANY, false, false, false, 0, TLS_1_2, 0xc02f, "low" },
	{ true, CERT_EKU_ANY | CERT_EKU_SERVER, false, false, false, 0,
	  TLS_1_2, 0xc02f, "" },
	{ true, CERT_EKU_SGC, false, false, false, 0, TLS_1_2, 0xc02f, "low" },
	{ true, CERT_EKU_SGC | CERT_EKU_SERVER, false, false, false, 0,
	  TLS_1_2, 0xc02f, "" },
	{ true, CERT_EKU_CLIENT | CERT_EKU_SERVER, false, false, false, 0,
	  TLS_1_2, 0xc02f, "" },
	{ true, CERT_EKU_CLIENT, false, false, false, 0, TLS_1_2, 0xc02f,
	  "medium" },
	{ true, CERT_EKU_OTHER, false, true, false, 0, TLS_1_2, 0xc02f,
	  "medium" },
	{ true, 0, false, false, false, 0, TLS_1_2, 0xc02f, "medium" },
	/* a CA's; openssl req -x509 makes one */
	{ false, 0, true, false, false, 0, TLS_1_2, 0xc02f, "low" },
	{ false, 0, true, true, false, 0, TLS_1_2, 0xc02f, "" },
	/* digitalSignature, for what signs */
	{ false, 0, false, false, true, 0x80, TLS_1_2, 0xc02f, "" },
	{ false, 0, false, false, true, 0x20, TLS_1_2, 0xc02f, "low" },
	{ false, 0, false, false, true, 0x20, TLS_1_3, 0x1301, "low" },
	/* RSA key transport (TLS_RSA_WITH_AES_128_GCM_SHA256): keyEncipherment */
	{ false, 0, false, false, true, 0x20, TLS_1_2, 0x009c, "" },
	{ false, 0, false, false, true, 0x80, TLS_1_2, 0x009c, "low" },
	{ false, 0, false, false, true, 0xa0, TLS_1_2, 0x009c, "" },
	{ false, 0, false, false, true, 0x06, TLS_1_2, 0x009c, "low" },
	{ false, 0, false, true, true, 0x06, TLS_1_2, 0xc02f, "" },
};

/* What was made before the BR may have it in place of serverAuth. */
START_TEST(gated_of_old_days)
{
	leaf.has_eku = true;
	leaf.eku = CERT_EKU_SGC | CERT_EKU_OTHER;
	leaf.not_before = 1341100799; /* 2012-06-30 */
	judge();
	ck_told("cert.wrong_usage", "");
	leaf.not_before++;
	judge();
	ck_told("cert.wrong_usage", "low");
}
END_TEST

/* Some clients refuse it: one was seen to, with an alert that may mean that. */
START_TEST(wrong_usage_refused)
{
	leaf.has_eku = true;
	leaf.eku = CERT_EKU_ANY;
	obs->reaction.verdict = TLS_REJECTED;
	set_alert(TLS_CLIENT, 48);
	judge();
	ck_told("cert.wrong_usage", "low");
	set_alert(TLS_CLIENT, 43);
	judge();
	ck_told("cert.wrong_usage", "medium");
	set_name(NULL);
	judge();
	ck_told("cert.wrong_usage", "info");
}
END_TEST

START_TEST(wrong_usage)
{
	const struct usage *u = &usages[_i];

	leaf.has_eku = u->has_eku;
	leaf.eku = u->eku;
	leaf.is_ca = u->is_ca;
	leaf.self_issued = u->self_issued;
	leaf.has_key_usage = u->has_ku;
	leaf.key_usage = u->ku;
	hs->server.version = u->version;
	hs->server.suite = u->suite;
	judge();
	ck_told("cert.wrong_usage", u->severity);
	hs->client.srtp = true; /* WebRTC */
	judge();
	ck_told("cert.wrong_usage", "");
}
END_TEST

START_TEST(obsolete)
{
	static const struct {
		uint16_t version;
		enum tls_carrier carrier;
		const char *words;  /* NULL: not told */
		const char *verify; /* is in the command */
	} rows[] = {
		{ TLS_SSL2, TLS_OVER_TCP, "SSL 2.0", "-showcerts" },
		{ TLS_SSL3, TLS_OVER_TCP, "SSL 3.0", "-showcerts" },
		/* by itself s_client would speak the best that both have */
		{ TLS_1_0, TLS_OVER_TCP, "TLS 1.0", " -tls1 " },
		{ TLS_1_1, TLS_OVER_TCP, "TLS 1.1", " -tls1_1 " },
		{ TLS_1_2, TLS_OVER_TCP, NULL, NULL },
		{ TLS_1_3, TLS_OVER_TCP, NULL, NULL },
		{ DTLS_BAD, TLS_OVER_DTLS, "DTLS before 1.0", "-dtls" },
		{ DTLS_1_0, TLS_OVER_DTLS, "DTLS 1.0", "-dtls" },
		{ DTLS_1_2, TLS_OVER_DTLS, NULL, NULL },
		{ DTLS_1_3, TLS_OVER_DTLS, NULL, NULL },
	};
	const struct finding *f;

	hs->carrier = rows[_i].carrier;
	hs->server.version = rows[_i].version;
	judge();
	ck_told("tls.obsolete", rows[_i].words ? "low" : "");
	f = find("tls.obsolete");
	if (f) {
		ck_assert_ptr_nonnull(strstr(f->message, rows[_i].words));
		ck_assert_ptr_nonnull(strstr(f->hint.verify, rows[_i].verify));
	}
	set_name(NULL); /* needs no name */
	judge();
	ck_told("tls.obsolete", rows[_i].words ? "low" : "");
	hs->server.seen = false; /* nothing was negotiated */
	judge();
	ck_told("tls.obsolete", "");
}
END_TEST

START_TEST(obsolete_is_the_endpoints)
{
	char id[33];

	hs->server.version = TLS_1_0;
	judge();
	memcpy(id, find("tls.obsolete")->id, sizeof id);
	set_name("other.example.com");
	leaf.sha256[5] ^= 1;
	judge();
	ck_assert_str_eq(find("tls.obsolete")->id, id);
	obs->destination.port = 8443;
	judge();
	ck_assert_str_ne(find("tls.obsolete")->id, id);
}
END_TEST

START_TEST(opportunistic_is_low)
{
	hs->prelude.opportunistic = true;
	leaf.signature_hash = "MD5";
	leaf.key_type = CERT_KEY_DSA;
	judge();
	ck_told("signature.weak", "low");
	ck_told("key.weak", "low");
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, scene_setup, scene_teardown);
	tcase_add_loop_test(t, lifetime, 0, NUM(lives));
	tcase_add_loop_test(t, weak_key, 0, NUM(keys));
	tcase_add_test(t, weak_above);
	tcase_add_test(t, weak_above_nobody_knows);
	tcase_add_test(t, weak_key_of_old_days);
	tcase_add_test(t, weak_signature);
	tcase_add_test(t, weak_signature_above);
	tcase_add_test(t, sha1_of_old_days);
	tcase_add_test(t, gated_of_old_days);
	tcase_add_test(t, wrong_usage_refused);
	tcase_add_loop_test(t, wrong_usage, 0, NUM(usages));
	tcase_add_loop_test(t, obsolete, 0, 10);
	tcase_add_test(t, obsolete_is_the_endpoints);
	tcase_add_test(t, opportunistic_is_low);
}

TEST_MAIN("judge_cert", cases)
