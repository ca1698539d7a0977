/*
 * test_cert_oracle.c: every certificate that the corpus' captures show, read by
 * cert_read() and compared with what other parsers said of it; every server
 * name with X509_check_host() under the same rules as ours.
 */
#include "cert/match.h"
#include "test_cert_corpus.h"

#include <ctype.h>
#include <ftw.h>
#include <string.h>

#include "base/addr.h"

static unsigned wrong, num_files, num_certs, num_names;
static char root[4096];

static void report(const char *what, const char *sha256, const char *got)
{
	printf("WRONG %s of %s: %s\n", what, sha256, got ? got : "(none)");
	wrong++;
}

static const char *field(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void hex_of(const uint8_t *b, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", b[i]);
}

static struct cert *read_der(const char *sha256)
{
	char path[8192];
	static uint8_t der[1u << 20];
	struct cert *c;
	FILE *f;
	size_t len;

	snprintf(path, sizeof path, "%s/oracle/certs/%s.der", root, sha256);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	len = fread(der, 1, sizeof der, f);
	fclose(f);
	c = cert_read(bytes_of(der, len));
	return c;
}

/* The i-th SAN of a type, or empty. */
static struct bytes san_nth(const struct cert *c, enum cert_san_type type,
			    size_t n)
{
	for (size_t i = 0; i < c->num_san; i++) {
		if (c->san[i].type == type && n-- == 0)
			return c->san[i].value;
	}
	return bytes_of(NULL, 0);
}

static void check_sans(const struct cert *c, const json_t *leaf,
		       const char *id)
{
	const json_t *dns = json_object_get(leaf, "san_dns");
	const json_t *ips = json_object_get(leaf, "san_ip");
	char text[ADDR_TEXT];
	size_t i;
	json_t *v;

	json_array_foreach(dns, i, v) {
		if (c->num_san_left && i >= c->num_san)
			break; /* beyond LIMIT_CERT_NAMES */
		if (!bytes_eq(json_bytes(v), san_nth(c, CERT_SAN_DNS, i)))
			report("san_dns", id, json_string_value(v));
	}
	if (san_nth(c, CERT_SAN_DNS, json_array_size(dns)).p)
		report("san_dns", id, "too many");
	json_array_foreach(ips, i, v) {
		struct bytes b = san_nth(c, CERT_SAN_IP, i);
		struct addr a = { .family = 0 }, want;

		if (b.len == 4)
			a = addr_v4(b.p);
		else if (b.len == 16)
			a = addr_v6(b.p);
		addr_format(&a, text);
		if (!addr_parse(json_string_value(v), json_string_length(v),
				&want) || !addr_eq(&a, &want))
			report("san_ip", id, text);
	}
	if (san_nth(c, CERT_SAN_IP, json_array_size(ips)).p)
		report("san_ip", id, "too many");
	if (json_is_boolean(json_object_get(leaf, "san_present")) &&
	    json_is_true(json_object_get(leaf, "san_present")) != c->has_san)
		report("san_present", id, c->has_san ? "yes" : "no");
}

/* "RSA2048", "EC256", "DSA1024" and "sha256"; absent for what the oracle's
 * parser refused. */
static void check_key(const struct cert *c, const json_t *leaf, const char *id)
{
	const char *key = field(leaf, "key"), *hash = field(leaf, "sig_hash");
	const char *kind = c->key_type == CERT_KEY_RSA ? "RSA" :
			   c->key_type == CERT_KEY_EC  ? "EC" :
			   c->key_type == CERT_KEY_DSA ? "DSA" :
							 c->key_name;
	char text[64];

	snprintf(text, sizeof text, "%s%u", kind ? kind : "?", c->key_bits);
	if (key && strcmp(key, text))
		report("key", id, text);
	if (key && c->key_type == CERT_KEY_EC && !c->key_curve)
		report("curve", id, NULL);
	if (key && c->key_type == CERT_KEY_RSA && c->key_exponent < 3)
		report("exponent", id, NULL);
	if (hash && (!c->signature_hash ||
		     strcasecmp(hash, c->signature_hash)))
		report("sig_hash", id, c->signature_hash);
	if (!c->signature_name || (hash && isdigit(c->signature_name[0])))
		report("signature_name", id, c->signature_name);
}

/* The oracle writes numbers without leading zeros; zero as nothing. */
static bool same_serial(const char *want, const char *got)
{
	while (*want == '0')
		want++;
	while (*got == '0')
		got++;
	return !strcasecmp(want, got);
}

static void check_names(const struct cert *c, const json_t *leaf,
			const char *id)
{
	const json_t *cns = json_object_get(leaf, "subject_cn");
	const struct cert_values *cn = &c->subject.common_name;
	size_t i;
	json_t *v;

	json_array_foreach(cns, i, v) {
		if (i >= cn->num || strcmp(cn->v[i], json_string_value(v)))
			report("subject_cn", id, i < cn->num ? cn->v[i] : NULL);
	}
	if (cn->num != json_array_size(cns))
		report("subject_cn", id, "count");
	if (json_is_true(json_object_get(leaf, "self_issued")) !=
	    c->self_issued)
		report("self_issued", id, c->self_issued ? "yes" : "no");
}

static void check_leaf(const struct cert *c, const json_t *leaf)
{
	const char *id = field(leaf, "sha256");
	char sha256[65], sha1[41];

	num_certs++;
	hex_of(c->sha256, 32, sha256);
	hex_of(c->sha1, 20, sha1);
	if (strcmp(sha256, id) || strcmp(sha1, field(leaf, "sha1")))
		report("hash", id, sha256);
	if (!json_is_true(json_object_get(leaf, "openssl_parse"))) {
		if (!c->error || c->serial || c->subject.text || c->num_san)
			report("error", id, c->error);
		return;
	}
	if (c->error) {
		report("error", id, c->error);
		return;
	}
	if (field(leaf, "serial") && !same_serial(field(leaf, "serial"),
						  c->serial))
		report("serial", id, c->serial);
	if (c->not_before != corpus_time(json_object_get(leaf, "not_before")))
		report("not_before", id, NULL);
	if (c->not_after != corpus_time(json_object_get(leaf, "not_after")))
		report("not_after", id, NULL);
	if (json_is_boolean(json_object_get(leaf, "is_ca")) &&
	    json_is_true(json_object_get(leaf, "is_ca")) != c->is_ca)
		report("is_ca", id, c->is_ca ? "yes" : "no");
	check_sans(c, leaf, id);
	check_key(c, leaf, id);
	check_names(c, leaf, id);
}

static void check_host(const struct cert *c, const json_t *judged,
		       const char *id)
{
	const char *want = field(judged, "host_strict");
	const json_t *name = json_object_get(judged, "name");
	struct match m;

	if (!want || !json_is_string(name) || c->error)
		return;
	num_names++;
	match_name(c, json_bytes(name), &m);
	if ((m.state == MATCH_TRUE) != !strcmp(want, "match"))
		report("host_strict", id, json_string_value(name));
}

static void check_side(const json_t *side)
{
	const json_t *leaf = json_object_get(side, "leaf");
	struct cert *c;

	if (!leaf)
		return;
	c = read_der(field(leaf, "sha256"));
	if (!c) {
		report("file", field(leaf, "sha256"), NULL);
		return;
	}
	check_leaf(c, leaf);
	check_host(c, json_object_get(side, "judged"), field(leaf, "sha256"));
	cert_unref(c);
}

static int on_file(const char *path, const struct stat *st, int type,
		   struct FTW *ftw)
{
	static const char *const lists[] = { "connections", "with_keys" };
	size_t len = strlen(path), i;
	json_t *j, *conn;

	(void)st;
	(void)ftw;
	if (type != FTW_F || len < 5 || strcmp(path + len - 5, ".json"))
		return 0;
	j = json_load_file(path, JSON_ALLOW_NUL, NULL);
	if (!j) {
		report("JSON", path, NULL);
		return 0;
	}
	num_files++;
	for (size_t k = 0; k < 2; k++) {
		json_array_foreach(json_object_get(j, lists[k]), i, conn) {
			check_side(json_object_get(conn, "server_cert"));
			check_side(json_object_get(conn, "client_cert"));
		}
	}
	json_decref(j);
	return 0;
}

/* All other members of chains: read without an error, or why not. */
static int on_cert(const char *path, const struct stat *st, int type,
		   struct FTW *ftw)
{
	static unsigned num, unparsable;
	const char *name = path + ftw->base;
	char sha256[65] = "";
	struct cert *c;

	(void)st;
	if (type != FTW_F || strlen(name) != 68)
		return 0;
	memcpy(sha256, name, 64);
	c = read_der(sha256);
	if (!c)
		return 1;
	num++;
	unparsable += c->error != NULL;
	if (c->error)
		printf("%u of %u: %s: %s at %u\n", unparsable, num, sha256,
		       c->error, c->error_at);
	else if (!c->serial || !c->subject.text || !c->issuer.text ||
		 !c->subject.der.p || !c->signature_name)
		report("facts", sha256, NULL);
	cert_unref(c);
	return 0;
}

int main(void)
{
	char path[8192];

	snprintf(root, sizeof root, "%s", corpus_root());
	snprintf(path, sizeof path, "%s/oracle", root);
	if (nftw(path, on_file, 16, FTW_PHYS) || !num_files) {
		printf("skipped: no corpus in %s\n", root);
		return TEST_SKIPPED;
	}
	snprintf(path, sizeof path, "%s/oracle/certs", root);
	if (nftw(path, on_cert, 16, FTW_PHYS))
		report("folder", path, NULL);
	printf("%u files, %u certificates, %u names: %u wrong\n", num_files,
	       num_certs, num_names, wrong);
	return wrong || !num_certs || !num_names;
}
