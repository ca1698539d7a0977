/*
 * key.c: public key and signature algorithm of a certificate.
 *
 * RSA and the curves of the Web PKI are read here, in the form that everybody
 * writes; all else is left to OpenSSL, for whom a key is expensive to make.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "base/limits.h"
#include "cert/der.h"
#include "cert/parts.h"
#include "cert/rsa.h"

static const struct key_row {
	int nid;
	enum cert_key_type type;
	const char *name;
} key_rows[] = {
	{ NID_rsaEncryption, CERT_KEY_RSA, "RSA" },
	{ NID_rsa, CERT_KEY_RSA, "RSA" }, /* X.500's OID, seen in the wild */
	{ NID_rsassaPss, CERT_KEY_RSA, "RSA" },
	{ NID_dsa, CERT_KEY_DSA, "DSA" },
	{ NID_dsa_2, CERT_KEY_DSA, "DSA" },
	{ NID_X9_62_id_ecPublicKey, CERT_KEY_EC, "ECDSA" },
	{ NID_ED25519, CERT_KEY_ED25519, "Ed25519" },
	{ NID_ED448, CERT_KEY_ED448, "Ed448" },
};

/* The words of Go's crypto/x509, as ECS has them in its examples. */
static const struct signature_row {
	int nid;
	const char *name, *hash;
} signature_rows[] = {
	{ NID_sha256WithRSAEncryption, "SHA256-RSA", "SHA256" },
	{ NID_sha384WithRSAEncryption, "SHA384-RSA", "SHA384" },
	{ NID_sha512WithRSAEncryption, "SHA512-RSA", "SHA512" },
	{ NID_sha224WithRSAEncryption, "SHA224-RSA", "SHA224" },
	{ NID_sha1WithRSAEncryption, "SHA1-RSA", "SHA1" },
	{ NID_sha1WithRSA, "SHA1-RSA", "SHA1" },
	{ NID_md5WithRSAEncryption, "MD5-RSA", "MD5" },
	{ NID_md5WithRSA, "MD5-RSA", "MD5" },
	{ NID_md4WithRSAEncryption, "MD4-RSA", "MD4" },
	{ NID_md2WithRSAEncryption, "MD2-RSA", "MD2" },
	{ NID_ecdsa_with_SHA256, "ECDSA-SHA256", "SHA256" },
	{ NID_ecdsa_with_SHA384, "ECDSA-SHA384", "SHA384" },
	{ NID_ecdsa_with_SHA512, "ECDSA-SHA512", "SHA512" },
	{ NID_ecdsa_with_SHA224, "ECDSA-SHA224", "SHA224" },
	{ NID_ecdsa_with_SHA1, "ECDSA-SHA1", "SHA1" },
	{ NID_dsaWithSHA1, "DSA-SHA1", "SHA1" },
	{ NID_dsaWithSHA1_2, "DSA-SHA1", "SHA1" },
	{ NID_dsa_with_SHA224, "DSA-SHA224", "SHA224" },
	{ NID_dsa_with_SHA256, "DSA-SHA256", "SHA256" },
	{ NID_ED25519, "Ed25519", NULL },
	{ NID_ED448, "Ed448", NULL },
};

/* RSASSA-PSS names its hash in parameters (RFC 4055 3.1). */
static const struct signature_row pss_rows[] = {
	{ NID_sha256, "SHA256-RSAPSS", "SHA256" },
	{ NID_sha384, "SHA384-RSAPSS", "SHA384" },
	{ NID_sha512, "SHA512-RSAPSS", "SHA512" },
	{ NID_sha224, "SHA224-RSAPSS", "SHA224" },
	{ NID_sha1, "SHA1-RSAPSS", "SHA1" },
};

#define NUM(rows) (sizeof(rows) / sizeof *(rows))

char *cert_oid_text(struct arena *a, const ASN1_OBJECT *oid)
{
	char text[128];
	int n = oid ? OBJ_obj2txt(text, sizeof text, oid, 1) : 0;

	return arena_str(a, n > 0 ? bytes_str(text) : bytes_str("?"));
}

/* What is known of a key that was read here. */
struct plain_key {
	unsigned bits;
	uint64_t exponent;
	struct bytes modulus; /* in the certificate that was parsed */
	const char *curve;
};

/* A positive INTEGER in its shortest form, without its sign octet. */
static bool plain_integer(struct reader *r, struct bytes *out)
{
	struct reader n;
	bool padded;

	if (!der_expect(r, DER_INTEGER, &n) || !rd_more(&n))
		return false;
	padded = rd_peek8(&n) == 0;
	if (padded)
		rd_skip(&n, 1);
	if (!rd_more(&n) || padded != (rd_peek8(&n) >= 0x80))
		return false;
	*out = rd_rest(&n);
	return true;
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent } (RFC 3279 2.3.1) */
static bool plain_rsa(struct bytes der, struct plain_key *out)
{
	struct reader r = rd_whole(der), seq, e;
	struct bytes n, exponent;

	if (!der_expect(&r, DER_SEQUENCE, &seq) || !rd_end(&r) ||
	    !plain_integer(&seq, &n) || !plain_integer(&seq, &exponent) ||
	    !rd_end(&seq) || n.len > LIMIT_CERT_RSA_BYTES || exponent.len > 8)
		return false;
	out->bits = (unsigned)n.len * 8;
	for (uint8_t top = n.p[0]; top < 0x80; top = (uint8_t)(top << 1))
		out->bits--;
	out->modulus = n;
	for (e = rd_whole(exponent); rd_more(&e);)
		out->exponent = out->exponent << 8 | rd_u8(&e);
	return true;
}

/*
 * A named curve (RFC 5480 2.1.1.1) and an uncompressed point (2.2). Whether the
 * point is on the curve is not computed.
 */
static bool plain_ec(int curve, struct bytes point, struct plain_key *out)
{
	static const struct {
		int nid;
		unsigned bits;
		const char *name;
	} rows[] = {
		{ NID_X9_62_prime256v1, 256, "secp256r1" },
		{ NID_secp384r1, 384, "secp384r1" },
		{ NID_secp521r1, 521, "secp521r1" },
	};
	struct reader r = rd_whole(point);

	for (size_t i = 0; i < NUM(rows); i++) {
		if (rows[i].nid != curve || rd_u8(&r) != 4 ||
		    rd_left(&r).len != (rows[i].bits + 7) / 8 * 2)
			continue;
		out->bits = rows[i].bits;
		out->curve = rows[i].name;
		return true;
	}
	return false;
}

static bool plain_key(const X509 *x, struct plain_key *out)
{
	const X509_PUBKEY *spki = X509_get_X509_PUBKEY(x);
	const unsigned char *der = NULL;
	const ASN1_OBJECT *oid;
	const void *value;
	X509_ALGOR *alg;
	int len = 0, type;

	*out = (struct plain_key){ .bits = 0 };
	if (X509_PUBKEY_get0_param(NULL, &der, &len, &alg, spki) != 1 ||
	    len <= 0)
		return false;
	X509_ALGOR_get0(&oid, &type, &value, alg);
	if (OBJ_obj2nid(oid) == NID_rsaEncryption && type == V_ASN1_NULL)
		return plain_rsa(bytes_of(der, (size_t)len), out);
	return OBJ_obj2nid(oid) == NID_X9_62_id_ecPublicKey &&
	       type == V_ASN1_OBJECT &&
	       plain_ec(OBJ_obj2nid(value), bytes_of(der, (size_t)len), out);
}

bool cert_key_is_plain(const X509 *x)
{
	struct plain_key key;

	/* the hash of PSS is in its parameters, which need digests */
	return X509_get_signature_nid(x) != NID_rsassaPss &&
	       plain_key(x, &key);
}

static void rsa_exponent(const EVP_PKEY *key, struct cert *c)
{
	BIGNUM *e = NULL;
	uint8_t b[8];

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return;
	if (BN_bn2binpad(e, b, sizeof b) == (int)sizeof b) {
		for (size_t i = 0; i < sizeof b; i++)
			c->key_exponent = c->key_exponent << 8 | b[i];
	}
	BN_free(e);
}

/* SECG's names, as in TLS (RFC 8422 5.1.1), for the two that ANSI named. */
static bool ec_curve(struct arena *a, const EVP_PKEY *key, struct cert *c)
{
	char name[80];
	size_t len;

	if (EVP_PKEY_get_group_name(key, name, sizeof name, &len) != 1)
		return true;
	if (!strcmp(name, "prime256v1"))
		c->key_curve = arena_str(a, bytes_str("secp256r1"));
	else if (!strcmp(name, "prime192v1"))
		c->key_curve = arena_str(a, bytes_str("secp192r1"));
	else
		c->key_curve = arena_str(a, bytes_str(name));
	return c->key_curve;
}

/* A key of any kind that OpenSSL can read. */
static bool any_key(struct arena *a, X509 *x, struct cert *c)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	int bits;

	if (!key) /* a kind or a form that OpenSSL cannot read */
		return true;
	bits = EVP_PKEY_get_bits(key);
	c->key_bits = bits > 0 ? (unsigned)bits : 0;
	if (c->key_type == CERT_KEY_RSA)
		rsa_exponent(key, c);
	return c->key_type != CERT_KEY_EC || ec_curve(a, key, c);
}

bool cert_key_read(struct arena *a, X509 *x, struct cert *c)
{
	ASN1_OBJECT *oid = NULL;
	struct plain_key plain;
	int nid;

	X509_PUBKEY_get0_param(&oid, NULL, NULL, NULL, X509_get_X509_PUBKEY(x));
	nid = OBJ_obj2nid(oid);
	for (size_t i = 0; i < NUM(key_rows); i++) {
		if (key_rows[i].nid == nid) {
			c->key_type = key_rows[i].type;
			c->key_name = key_rows[i].name;
		}
	}
	if (!plain_key(x, &plain))
		return any_key(a, x, c);
	c->key_bits = plain.bits;
	c->key_exponent = plain.exponent;
	c->key_roca = plain.modulus.len && rsa_is_roca(plain.modulus);
	if (plain.curve)
		c->key_curve = arena_str(a, bytes_str(plain.curve));
	return !plain.curve || c->key_curve;
}

static const struct signature_row *find_row(const struct signature_row *rows,
					    size_t num, int nid)
{
	for (size_t i = 0; i < num; i++) {
		if (rows[i].nid == nid)
			return &rows[i];
	}
	return NULL;
}

bool cert_signature_read(struct arena *a, const X509 *x, struct cert *c)
{
	const struct signature_row *row;
	const ASN1_OBJECT *oid = NULL;
	const X509_ALGOR *alg;
	int nid, hash = NID_undef;

	X509_get0_signature(NULL, &alg, x);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	nid = OBJ_obj2nid(oid);
	row = find_row(signature_rows, NUM(signature_rows), nid);
	if (nid == NID_rsassaPss &&
	    X509_get_signature_info((X509 *)x, &hash, NULL, NULL, NULL) == 1)
		row = find_row(pss_rows, NUM(pss_rows), hash);
	if (row) {
		c->signature_name = row->name;
		c->signature_hash = row->hash;
		return true;
	}
	c->signature_name = cert_oid_text(a, oid);
	return c->signature_name;
}
