/* ecs_cert.c: see ecs_cert.h. ECS 9 tls.* and x509.*. */
#include "event/ecs_cert.h"

#include "event/base64.h"

static void put_time(struct json *j, const char *key, int64_t sec)
{
	char t[STAMP_TEXT];

	stamp_format_sec(sec, t);
	jw_str(j, key, t);
}

static void put_values(struct json *j, const char *key,
		       const struct cert_values *v)
{
	jw_array_lazy(j, key);
	for (size_t i = 0; i < v->num; i++)
		jw_text(j, NULL, bytes_str(v->v[i]), LIMIT_EVENT_TEXT);
	jw_end(j);
}

static void put_name(struct json *j, const char *key,
		     const struct cert_name *n)
{
	jw_object(j, key);
	jw_text(j, "distinguished_name", bytes_str(n->text), LIMIT_EVENT_TEXT);
	put_values(j, "common_name", &n->common_name);
	put_values(j, "organization", &n->organization);
	put_values(j, "organizational_unit", &n->organizational_unit);
	put_values(j, "locality", &n->locality);
	put_values(j, "state_or_province", &n->state_or_province);
	put_values(j, "country", &n->country);
	jw_end(j);
}

static void put_names(struct json *j, const struct cert *c)
{
	char ip[ADDR_TEXT];
	size_t told = 0;

	jw_array_lazy(j, "alternative_names");
	for (size_t i = 0; i < c->num_san; i++) {
		if (c->san[i].type == CERT_SAN_OTHER ||
		    c->san[i].type == CERT_SAN_DIRECTORY)
			continue;
		if (told++ < LIMIT_EVENT_NAMES)
			jw_text(j, NULL, cert_san_text(&c->san[i], ip),
				LIMIT_EVENT_TEXT);
	}
	jw_end(j);
}

static void put_x509(struct json *j, const struct cert *c)
{
	char version[4] = { (char)('0' + c->version), '\0' };

	jw_object(j, "x509");
	jw_str(j, "version_number", version);
	jw_str_opt(j, "serial_number", c->serial);
	put_name(j, "subject", &c->subject);
	put_name(j, "issuer", &c->issuer);
	put_time(j, "not_before", c->not_before);
	put_time(j, "not_after", c->not_after);
	put_names(j, c);
	jw_str_opt(j, "public_key_algorithm", c->key_name);
	if (c->key_bits)
		jw_uint(j, "public_key_size", c->key_bits);
	if (c->key_exponent)
		jw_uint(j, "public_key_exponent", c->key_exponent);
	jw_str_opt(j, "public_key_curve", c->key_curve);
	jw_str_opt(j, "signature_algorithm", c->signature_name);
	jw_end(j);
}

void ecs_cert(struct json *j, const struct cert *c)
{
	if (!c->error) {
		jw_text(j, "subject", bytes_str(c->subject.text),
			LIMIT_EVENT_TEXT);
		jw_text(j, "issuer", bytes_str(c->issuer.text),
			LIMIT_EVENT_TEXT);
		put_time(j, "not_before", c->not_before);
		put_time(j, "not_after", c->not_after);
	}
	jw_object(j, "hash");
	jw_hex(j, "sha1", bytes_of(c->sha1, 20), true);
	jw_hex(j, "sha256", bytes_of(c->sha256, 32), true);
	jw_end(j);
	if (!c->error)
		put_x509(j, c);
}

#define PEM_LINE 48 /* bytes, 64 digits (RFC 7468 2) */

void ecs_pem(struct buf *out, struct bytes der)
{
	buf_add_str(out, "-----BEGIN CERTIFICATE-----\n");
	for (; der.len; der = bytes_tail(der, PEM_LINE)) {
		base64_add(out, bytes_head(der, PEM_LINE));
		buf_add_char(out, '\n');
	}
	buf_add_str(out, "-----END CERTIFICATE-----\n");
}

void ecs_chain_pem(struct json *j, struct cert *const *chain, size_t num)
{
	struct buf pem;

	buf_init(&pem, LIMIT_EVENT_BYTES);
	jw_array_lazy(j, "certificate_chain");
	for (size_t i = 0; i < num; i++) {
		buf_reset(&pem);
		ecs_pem(&pem, chain[i]->der);
		if (!pem.failed)
			jw_text(j, NULL, buf_bytes(&pem), 0);
	}
	jw_end(j);
	buf_fini(&pem);
}
