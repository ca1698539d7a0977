/*
 * fuzz_cert.c: cert_read(), cert_cache_get(), der_time(), chain_judge() over
 * any bytes.
 *
 * Beyond memory errors it demands: an unparsable certificate has no facts, a
 * parsed one has those that are always there, all texts are valid UTF-8, and
 * the cache gives what cert_read() gives. OpenSSL is the referee of what is
 * read without it: the key's facts.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/limits.h"
#include "base/reader.h"
#include "cert/cert.h"
#include "cert/chain.h"
#include "cert/der.h"
#include "demand.h"

static volatile uint8_t sink;

static void demand_utf8(const char *s)
{
	struct reader r = rd_whole(bytes_str(s));

	while (rd_more(&r)) {
		uint8_t c = rd_u8(&r);
		int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

		demand(c >= 0x20 && c != 0x7f); /* controls are escaped */
		demand(c < 0x80 || (c >= 0xc2 && c <= 0xf4));
		while (more--)
			demand((rd_u8(&r) & 0xc0) == 0x80);
	}
	demand(rd_end(&r));
}

static void check_values(const struct cert_values *v)
{
	for (size_t i = 0; i < v->num; i++)
		demand_utf8(v->v[i]);
}

static void check_name(const struct cert_name *n)
{
	demand(n->text && strlen(n->text) <= LIMIT_CERT_DN + 3);
	demand_utf8(n->text);
	check_values(&n->common_name);
	check_values(&n->organization);
	check_values(&n->organizational_unit);
	check_values(&n->locality);
	check_values(&n->state_or_province);
	check_values(&n->country);
}

static void check(const struct cert *c)
{
	size_t bytes = 0;

	if (c->error) {
		demand(!c->serial && !c->num_san && !c->subject.text &&
		       !c->not_before && !c->not_after &&
		       c->error_at <= c->der.len);
		return;
	}
	demand(c->serial && strlen(c->serial) >= 2);
	demand(c->signature_name && c->version >= 0 && c->version <= 3);
	demand(c->num_san <= LIMIT_CERT_NAMES);
	check_name(&c->subject);
	check_name(&c->issuer);
	for (size_t i = 0; i < c->num_san; i++) {
		bytes += c->san[i].value.len;
		demand(c->san[i].type != CERT_SAN_IP ||
		       c->san[i].value.len == 4 || c->san[i].value.len == 16);
		if (c->san[i].value.len) /* readable to its end */
			sink = c->san[i].value.p[c->san[i].value.len - 1];
	}
	demand(bytes <= c->der.len);
}

/* A certificate exactly where OpenSSL sees one, and the same key in it. A point
 * that is not on its curve is no key to OpenSSL. */
static void referee(const struct cert *c)
{
	const unsigned char *p = c->der.p;
	X509 *x = d2i_X509(NULL, &p, (long)c->der.len);
	EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
	BIGNUM *e = NULL;

	demand(x || c->error);
	if (key && !c->error) {
		demand(c->key_bits == (unsigned)EVP_PKEY_get_bits(key));
		if (c->key_exponent && EVP_PKEY_get_bn_param(key, "e", &e) == 1)
			demand(BN_get_word(e) == c->key_exponent);
		demand(!c->key_exponent || e);
	} else if (!c->error && c->key_type != CERT_KEY_EC) {
		demand(c->key_bits == 0);
	}
	BN_free(e);
	X509_free(x);
	ERR_clear_error();
}

/* A store of the first certificate that could be read. */
static void judge(struct cert *c)
{
	static struct chain_store *store;
	static bool tried;
	const char *paths[] = { "system" };
	struct chain_result r = { .error = -1 };
	char err[128];

	if (!tried)
		store = chain_store_load(paths, 1, err, sizeof err);
	tried = true;
	chain_judge(store, &c, 1, &c, 1, 1700000000, true, &r);
	demand(r.error >= 0);
	demand(!c->error || r.state == CHAIN_UNJUDGED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cert_cache *cache;
	struct cert *c = cert_read(bytes_of(data, size)), *again;
	int64_t t = 42;

	if (!cache)
		cache = cert_cache_new();
	demand(c && cache);
	check(c);
	referee(c);
	again = cert_cache_get(cache, c->der);
	demand(again && bytes_eq(again->der, c->der));
	demand(!again->error == !c->error);
	judge(again);
	cert_unref(again);
	cert_unref(c);
	if (size < 40) {
		demand(der_time(bytes_of(data, size), size & 1, &t) || t == 42);
		demand(t >= -62167219200 - 86400 && t <= 253402300799 + 86400);
	}
	demand(ERR_peek_error() == 0);
	return 0;
}
