/* test_cert.c: cert_read(), its dates and names, and the cache. */
#include "cert/cert.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "base/limits.h"
#include "cert/der.h"
#include "test_cert_make.h"
#include "test_run.h"

static EVP_PKEY *key;

static void setup(void)
{
	key = make_key();
}

static void teardown(void)
{
	EVP_PKEY_free(key);
}

/* Ours against OpenSSL's reading of the same text. */
static void check_time(const char *text, bool utc)
{
	ASN1_TIME *t = ASN1_STRING_type_new(utc ? V_ASN1_UTCTIME :
						  V_ASN1_GENERALIZEDTIME);
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds, good;
	int64_t got = 0;

	ASN1_STRING_set(t, text, -1);
	good = ASN1_TIME_diff(&days, &seconds, epoch, t);
	ck_assert_msg(der_time(bytes_str(text), utc, &got) == good, "%s", text);
	if (good)
		ck_assert_msg(got == (int64_t)days * 86400 + seconds,
			      "%s: %lld", text, (long long)got);
	ASN1_STRING_free(t);
	ASN1_STRING_free(epoch);
}

START_TEST(time_like_openssl)
{
	static const char *const utc[] = {
		"700101000000Z", "491231235959Z", "500101000000Z",
		"991231235959Z", "000229120000Z", "2311141213Z",
		"231114121314+0130", "231114121314-0800", "2311141213+0000",
		"010229120000Z", "231301000000Z", "230001000000Z",
		"230100000000Z", "230132000000Z", "230431000000Z",
		"230101240000Z", "230101006000Z", "230101000060Z",
		"23010100000Z", "230101000000", "23o101000000Z",
		"230101000000z", "230101000000ZZ", "230101000000+01", "", "Z",
		"230101000000+0160", "230101000000.5Z",
	};
	static const char *const general[] = {
		"20500101000000Z", "99991231235959Z", "00000101000000Z",
		"19691231235959Z", "16010101000000Z", "21000228235959Z",
		"21000229000000Z", "20000229000000Z", "202311141213Z",
		"20231114121314.5Z", "20231114121314.123456Z",
		"20231114121314.Z", "20231114121314+0130",
		"20231114121314-1200", "20231114121314.25-0100",
		"2023111412Z", "20231114121361Z", "20231114121314,5Z",
	};

	for (size_t i = 0; i < sizeof utc / sizeof *utc; i++) {
		if (strcmp(utc[i], "230101000000")) /* see time_tolerant */
			check_time(utc[i], true);
	}
	for (size_t i = 0; i < sizeof general / sizeof *general; i++)
		check_time(general[i], false);
}
END_TEST

START_TEST(time_random)
{
	char text[64];

	srand(1);
	for (int i = 0; i < 20000; i++) {
		/* a tenth of the fields are out of range */
		snprintf(text, sizeof text, "%02d%02d%02d%02d%02d%02d%02dZ",
			 rand() % 100, rand() % 100, rand() % 13,
			 rand() % 32, rand() % 25, rand() % 61, rand() % 61);
		check_time(text, false);
		check_time(text + 2, true);
	}
}
END_TEST

/* What OpenSSL refuses and is seen in the wild. */
START_TEST(time_tolerant)
{
	int64_t t = 42;

	ck_assert(der_time(bytes_str("231114221320"), true, &t));
	ck_assert_int_eq(t, 1700000000);
	ck_assert(!der_time(bytes_str("2311142213x0Z"), true, &t));
	ck_assert_int_eq(t, 1700000000); /* written only on success */
}
END_TEST

START_TEST(facts_of_a_leaf)
{
	struct make m = {
		.cn = "api.example.com",
		.key = key,
		.ext = {
			{ "subjectAltName",
			  "DNS:api.example.com,DNS:*.example.org,IP:10.0.0.1,"
			  "IP:2001:db8::1,email:a@example.com,"
			  "URI:spiffe://mesh/x,otherName:1.3.6.1.5.5.7.8.7;"
			  "IA5:_sip.example.com,RID:1.2.3.4,"
			  "otherName:1.2.3.4;UTF8:other" },
			{ "keyUsage", "digitalSignature,decipherOnly" },
			{ "extendedKeyUsage", "serverAuth,codeSigning" },
			{ "tlsfeature", "status_request" },
			{ "certificatePolicies", "1.2.3,2.23.140.1.2.1" },
			{ "basicConstraints", "critical,CA:FALSE" },
		},
	};
	static const enum cert_san_type types[] = {
		CERT_SAN_DNS, CERT_SAN_DNS, CERT_SAN_IP,  CERT_SAN_IP,
		CERT_SAN_EMAIL, CERT_SAN_URI, CERT_SAN_SRV, CERT_SAN_OTHER,
		CERT_SAN_OTHER,
	};
	struct cert *c = make_cert(&m);

	ck_assert_ptr_null(c->error);
	ck_assert_int_eq(c->version, 3);
	ck_assert_str_eq(c->subject.text, "CN=api.example.com");
	ck_assert(c->self_issued && c->has_san && !c->no_expiry);
	ck_assert_int_eq(c->not_after, MAKE_NOW + 15 * MAKE_DAY);
	ck_assert_uint_eq(c->num_san, 9);
	for (size_t i = 0; i < c->num_san; i++)
		ck_assert_int_eq(c->san[i].type, types[i]);
	ck_assert(bytes_is(c->san[1].value, "*.example.org"));
	ck_assert(bytes_is(c->san[6].value, "_sip.example.com"));
	ck_assert_uint_eq(c->san[3].value.len, 16);
	ck_assert(c->has_eku && c->has_key_usage && c->must_staple &&
		  c->has_cab_policy && c->has_basic_constraints);
	ck_assert(!c->is_ca && !c->has_scts);
	ck_assert_uint_eq(c->eku, CERT_EKU_SERVER | CERT_EKU_OTHER);
	ck_assert_uint_eq(c->key_usage, X509v3_KU_DIGITAL_SIGNATURE |
						X509v3_KU_DECIPHER_ONLY);
	ck_assert_int_eq(c->key_type, CERT_KEY_EC);
	ck_assert_str_eq(c->key_name, "ECDSA");
	ck_assert_uint_eq(c->key_bits, 256);
	ck_assert_str_eq(c->key_curve, "secp256r1");
	ck_assert_str_eq(c->signature_name, "ECDSA-SHA256");
	ck_assert_str_eq(c->signature_hash, "SHA256");
	ck_assert_uint_eq(strlen(c->serial) % 2, 0);
	cert_unref(c);
}
END_TEST

START_TEST(facts_of_a_ca)
{
	struct make m = {
		.cn = "A CA",
		.key = EVP_RSA_gen(2048),
		.ext = { { "basicConstraints", "CA:TRUE,pathlen:0" },
			 { "subjectKeyIdentifier", "hash" },
			 { "authorityKeyIdentifier", "keyid:always" },
			 { "certificatePolicies", "2.23.140.1.4.1" },
			 { "extendedKeyUsage",
			   "clientAuth,anyExtendedKeyUsage" } },
	};
	struct cert *c = make_cert(&m);

	ck_assert(c->is_ca && !c->has_san && !c->has_cab_policy);
	ck_assert_uint_eq(c->eku, CERT_EKU_CLIENT | CERT_EKU_ANY);
	ck_assert_str_eq(c->key_name, "RSA");
	ck_assert_uint_eq(c->key_bits, 2048);
	ck_assert_uint_eq(c->key_exponent, 65537);
	ck_assert_str_eq(c->signature_name, "SHA256-RSA");
	ck_assert_uint_eq(c->subject_key_id.len, 20);
	ck_assert(bytes_eq(c->subject_key_id, c->authority_key_id));
	cert_unref(c);
	EVP_PKEY_free(m.key);
}
END_TEST

/* The walk over GeneralNames goes on where OpenSSL gives up. */
START_TEST(san_one_bad)
{
	static const struct {
		const char *der;
		size_t num;
		enum cert_san_type first;
	} rows[] = {
		/* iPAddress of 3 bytes, then dNSName "a.b" */
		{ "DER:300a8703010203 8203612e62", 2, CERT_SAN_OTHER },
		/* dNSName with NUL, an empty one, "a.b" */
		{ "DER:300c8203610062 8200 8203612e62", 3, CERT_SAN_DNS },
		/* an otherName that is no such thing, then "a.b" */
		{ "DER:300aa003ffffff 8203612e62", 2, CERT_SAN_OTHER },
		/* unknown tag [9], then "a.b" */
		{ "DER:30088901ff 8203612e62", 2, CERT_SAN_OTHER },
		/* the second overruns: the first stands */
		{ "DER:30078203612e62 82 7f", 1, CERT_SAN_DNS },
		{ "DER:3000", 0, CERT_SAN_DNS },
		{ "DER:0400", 0, CERT_SAN_DNS },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[80];
		size_t len = 0;
		struct make m = { .cn = "x", .key = key };
		struct cert *c;

		for (const char *s = rows[i].der; *s; s++) {
			if (*s != ' ')
				text[len++] = *s;
		}
		text[len] = '\0';
		m.ext[0][0] = "subjectAltName";
		m.ext[0][1] = text;
		c = make_cert(&m);
		ck_assert_ptr_null(c->error);
		ck_assert(c->has_san);
		ck_assert_msg(c->num_san == rows[i].num, "%s: %zu",
			      rows[i].der, c->num_san);
		if (c->num_san)
			ck_assert_int_eq(c->san[0].type, rows[i].first);
		if (c->num_san > 1)
			ck_assert(bytes_is(c->san[c->num_san - 1].value,
					   "a.b"));
		cert_unref(c);
	}
}
END_TEST

START_TEST(san_many)
{
	static char text[40 + 8 * (LIMIT_CERT_NAMES + 5)];
	struct make m = { .cn = "x", .key = key,
			  .ext = { { "subjectAltName", text } } };
	size_t body = 4 * (LIMIT_CERT_NAMES + 5), len;
	struct cert *c;

	len = (size_t)snprintf(text, sizeof text, "DER:3083%06zx", body);
	for (int i = 0; i < LIMIT_CERT_NAMES + 5; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
					"82026162");
	c = make_cert(&m);
	ck_assert_ptr_null(c->error);
	ck_assert_uint_eq(c->num_san, LIMIT_CERT_NAMES);
	ck_assert_uint_eq(c->num_san_left, 5);
	cert_unref(c);
}
END_TEST

static void add(X509_NAME *n, const char *type, int tag, const char *value,
		int len, int set)
{
	ck_assert_int_eq(X509_NAME_add_entry_by_txt(
				 n, type, tag, (const unsigned char *)value,
				 len, -1, set), 1);
}

START_TEST(name_text)
{
	static const char bmp[] = { 0x01, 0x51, 0x20, 0x22, 0, 'x' };
	X509_NAME *n = X509_NAME_new();
	struct make m = { .key = key, .subject = n };
	struct cert *c;

	add(n, "C", V_ASN1_PRINTABLESTRING, "US", -1, 0);
	add(n, "O", V_ASN1_UTF8STRING, " A, \"B\" <+;\\ ", -1, 0);
	add(n, "OU", V_ASN1_UTF8STRING, "#one", -1, 0);
	add(n, "OU", V_ASN1_BMPSTRING, bmp, sizeof bmp, 0);
	add(n, "L", V_ASN1_T61STRING, "K\xf6ln", -1, 0);
	add(n, "ST", V_ASN1_PRINTABLESTRING, "a\0b\x1b[m", 6, 0);
	add(n, "1.2.3.4", V_ASN1_UTF8STRING, "odd", -1, 0);
	add(n, "street", V_ASN1_IA5STRING, "bad \xff\xc3", -1, 0);
	add(n, "CN", V_ASN1_UTF8STRING, "one.example", -1, 0);
	add(n, "emailAddress", V_ASN1_IA5STRING, "a@b", -1, -1);
	c = make_cert(&m);
	ck_assert_ptr_null(c->error);
	ck_assert_str_eq(c->subject.text,
			 "emailAddress=a@b+CN=one.example, "
			 "STREET=bad \xef\xbf\xbd\xef\xbf\xbd, 1.2.3.4=odd, "
			 "ST=a\\00b\\1B[m, L=K\xc3\xb6ln, "
			 "OU=\xc5\x91\xe2\x80\xa2x, OU=\\#one, "
			 "O=\\ A\\, \\\"B\\\" \\<\\+\\;\\\\\\ , C=US");
	ck_assert_uint_eq(c->subject.organizational_unit.num, 2);
	ck_assert_str_eq(c->subject.organizational_unit.v[0], "#one");
	ck_assert_str_eq(c->subject.common_name.v[0], "one.example");
	ck_assert_str_eq(c->subject.state_or_province.v[0], "a\\00b\\1B[m");
	ck_assert_str_eq(c->subject.organization.v[0], " A, \"B\" <+;\\ ");
	ck_assert(c->self_issued);
	ck_assert(bytes_eq(c->subject.der, c->issuer.der));
	cert_unref(c);
	X509_NAME_free(n);
}
END_TEST

START_TEST(name_bounded)
{
	static char big[3 * LIMIT_CERT_DN];
	X509_NAME *n = X509_NAME_new();
	struct make m = { .key = key, .subject = n };
	struct cert *c;
	size_t len;

	for (size_t i = 0; i + 2 < sizeof big; i += 2)
		memcpy(big + i, "\xc3\xb6", 2);
	add(n, "CN", V_ASN1_UTF8STRING, big, -1, 0);
	c = make_cert(&m);
	ck_assert_ptr_null(c->error);
	len = strlen(c->subject.text);
	ck_assert_uint_le(len, LIMIT_CERT_DN + 3);
	ck_assert_str_eq(c->subject.text + len - 5, "\xc3\xb6...");
	cert_unref(c);
	X509_NAME_free(n);

	m = (struct make){ .key = key };
	c = make_cert(&m);
	ck_assert_str_eq(c->subject.text, "");
	ck_assert_uint_eq(c->subject.common_name.num, 0);
	cert_unref(c);
}
END_TEST

START_TEST(no_expiry)
{
	ASN1_TIME *t = ASN1_TIME_new();
	struct make m = { .cn = "x", .key = key, .not_after = t };
	struct cert *c;

	ASN1_TIME_set_string(t, "99991231235959Z");
	c = make_cert(&m);
	ck_assert(c->no_expiry);
	ck_assert_int_eq(c->not_after, 253402300799);
	cert_unref(c);

	ASN1_STRING_set(t, "9999123123595xZ", -1); /* nonsense */
	c = make_cert(&m);
	ck_assert_str_eq(c->error, "unreadable validity");
	ck_assert_uint_gt(c->error_at, 0);
	/* the offset is that of the Validity, a SEQUENCE */
	ck_assert_uint_eq(c->der.p[c->error_at], 0x30);
	ck_assert(!c->serial && !c->subject.text && !c->not_before);
	cert_unref(c);
	ASN1_STRING_free(t);
}
END_TEST

/* Every prefix is "cut short"; one byte too many is "trailing data". */
START_TEST(ladder)
{
	struct make m = { .cn = "x", .key = key };
	struct cert *whole = make_cert(&m), *c;
	size_t len = whole->der.len;

	for (size_t n = 0; n <= len + 1; n++) {
		uint8_t *copy = malloc(n ? n : 1); /* exact: for ASan */

		memcpy(copy, whole->der.p, n < len ? n : len);
		if (n > len)
			copy[len] = 0;
		ERR_clear_error();
		c = cert_read(bytes_of(copy, n));
		free(copy);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		ck_assert_uint_eq(c->der.len, n);
		if (n == len)
			ck_assert_ptr_null(c->error);
		else
			ck_assert_str_eq(c->error, n == 0 ? "empty" :
						   n < len ? "cut short" :
							     "trailing data");
		if (n)
			ck_assert_uint_eq(c->error_at, n < len ? n :
						       n > len ? len : 0);
		ck_assert(!c->error == (c->serial != NULL));
		cert_unref(c);
	}
	cert_unref(whole);
}
END_TEST

START_TEST(not_certificates)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *error;
		uint32_t at;
	} rows[] = {
		{ "GET / HTTP/1.1", 14, "not a certificate", 0 },
		{ "\x30\x80\x00\x00", 4, "bad length", 4 },
		{ "\x30\x03\x02\x01\x05", 5, "malformed", 0 },
		{ "\x30\x05\x30\x03\x02\x07\x05", 7, "bad length", 4 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cert *c = cert_read(bytes_of(rows[i].bytes,
						    rows[i].len));

		ck_assert_str_eq(c->error, rows[i].error);
		ck_assert_uint_eq(c->error_at, rows[i].at);
		cert_unref(c);
	}
}
END_TEST

START_TEST(cache_hits)
{
	struct cert_cache *cache = cert_cache_new();
	const struct cert_cache_counters *n = cert_cache_counters(cache);
	struct make m = { .cn = "x", .key = key };
	struct cert *c = make_cert(&m), *a, *b, *bad;

	a = cert_cache_get(cache, c->der);
	b = cert_cache_get(cache, c->der);
	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_ne(a, c);
	bad = cert_cache_get(cache, bytes_str("nonsense"));
	ck_assert_ptr_nonnull(bad->error);
	ck_assert_uint_eq(n->hits, 1);
	ck_assert_uint_eq(n->misses, 2);
	ck_assert_uint_eq(n->unparsable, 1);
	cert_cache_free(cache);
	/* references outlive the cache */
	ck_assert_str_eq(a->subject.text, "CN=x");
	cert_unref(a);
	cert_unref(b);
	cert_unref(bad);
	cert_unref(c);
	cert_unref(NULL);
	cert_cache_free(NULL);
}
END_TEST

static struct cert *get_number(struct cert_cache *c, uint8_t *der, size_t len,
			       uint32_t i)
{
	memcpy(der, &i, sizeof i);
	return cert_cache_get(c, bytes_of(der, len));
}

/* By number and by bytes; what was used last stays. */
START_TEST(cache_evicts)
{
	struct cert_cache *cache = cert_cache_new();
	const struct cert_cache_counters *n = cert_cache_counters(cache);
	static uint8_t der[LIMIT_CERT_CACHE_BYTES / 4 - 4096];
	struct cert *first, *again;

	first = get_number(cache, der, 8, 0);
	for (uint32_t i = 1; i < LIMIT_CERT_CACHE; i++)
		cert_unref(get_number(cache, der, 8, i));
	ck_assert_uint_eq(n->evicted, 0);
	cert_unref(get_number(cache, der, 8, 0)); /* 1 is the oldest now */
	cert_unref(get_number(cache, der, 8, LIMIT_CERT_CACHE));
	ck_assert_uint_eq(n->evicted, 1);
	again = get_number(cache, der, 8, 0);
	ck_assert_ptr_eq(first, again);
	cert_unref(again);
	ck_assert_uint_eq(n->hits, 2);
	cert_unref(get_number(cache, der, 8, 1));
	ck_assert_uint_eq(n->hits, 2);
	cert_unref(first);
	cert_cache_free(cache);

	cache = cert_cache_new();
	n = cert_cache_counters(cache);
	for (uint32_t i = 0; i < 6; i++)
		cert_unref(get_number(cache, der, sizeof der, i));
	ck_assert_uint_eq(n->evicted, 2);
	cert_unref(get_number(cache, der, sizeof der, 2));
	ck_assert_uint_eq(n->hits, 1);
	cert_cache_free(cache);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, time_like_openssl);
	tcase_add_test(t, time_random);
	tcase_add_test(t, time_tolerant);
	tcase_add_test(t, facts_of_a_leaf);
	tcase_add_test(t, facts_of_a_ca);
	tcase_add_test(t, san_one_bad);
	tcase_add_test(t, san_many);
	tcase_add_test(t, name_text);
	tcase_add_test(t, name_bounded);
	tcase_add_test(t, no_expiry);
	tcase_add_test(t, ladder);
	tcase_add_test(t, not_certificates);
	tcase_add_test(t, cache_hits);
	tcase_add_test(t, cache_evicts);
}

TEST_MAIN("cert", cases)
