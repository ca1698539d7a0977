/* ecs_tls.c: the tls object (ECS 9 tls.*). */
#include "event/ecs.h"

#include "base/reader.h"
#include "event/ecs_cert.h"
#include "tls/fingerprint.h"

#include <stdio.h>

static void put_suite(struct json *j, const char *key, uint16_t suite)
{
	const char *name = tls_suite_name(suite);
	char hex[8];

	snprintf(hex, sizeof hex, "0x%04x", suite);
	jw_str(j, key, name ? name : hex);
}

static void put_suites(struct json *j, struct bytes list)
{
	struct reader r = rd_whole(list);
	unsigned told = 0;

	jw_array_lazy(j, "supported_ciphers");
	while (rd_more(&r)) {
		uint16_t suite = rd_u16(&r);

		if (rd_ok(&r) && !tls_is_grease(suite) && told++ < 256)
			put_suite(j, NULL, suite);
	}
	jw_end(j);
}

static void put_version(struct json *j, const struct tls_handshake *hs)
{
	uint16_t version = tls_negotiated(hs);
	const char *text = tls_version_text(version);
	char hex[8];

	if (!version)
		return;
	snprintf(hex, sizeof hex, "0x%04x", version);
	jw_str(j, "version", text ? text : hex);
	jw_str(j, "version_protocol",
	       hs->carrier == TLS_OVER_DTLS		    ? "dtls"
	       : version == TLS_SSL3 || version == TLS_SSL2 ? "ssl"
							    : "tls");
	put_suite(j, "cipher", hs->server.suite);
	jw_str_opt(j, "curve",
		   hs->server.group ? tls_group_name(hs->server.group) : NULL);
}

static void put_client(struct json *j, const struct log_event *e)
{
	const struct observation *o = e->judgement->obs;
	const struct tls_client_hello *c = tls_hello(o->hs);
	struct tls_fingerprint fp;

	jw_object_lazy(j, "client");
	if (c->has_sni)
		jw_text(j, "server_name", c->sni, 1024);
	if (e->dataset == DATASET_HANDSHAKE) {
		tls_fingerprint(o->hs, &fp);
		jw_str_opt(j, "ja3", fp.ja3);
		put_suites(j, o->hs->client.suites);
	}
	if (e->judgement->ev.client_leaf)
		ecs_cert(j, e->judgement->ev.client_leaf);
	jw_end(j);
}

static void put_server(struct json *j, const struct log_event *e)
{
	const struct observation *o = e->judgement->obs;

	jw_object_lazy(j, "server");
	if (e->judgement->ev.leaf)
		ecs_cert(j, e->judgement->ev.leaf);
	if (e->dataset == DATASET_CERTIFICATE)
		ecs_chain_pem(j, o->chain[TLS_SERVER],
			      o->num_chain[TLS_SERVER]);
	jw_end(j);
}

/* Where the certificate is not seen, only TLS 1.3's ServerHello says it. */
static bool is_resumed_known(const struct observation *o)
{
	return o->sight.visibility != TLS_HIDDEN ||
	       tls_version_is_13(tls_negotiated(o->hs));
}

void ecs_tls(struct json *j, const struct log_event *e)
{
	const struct observation *o = e->judgement->obs;
	const struct tls_handshake *hs = o->hs;

	jw_object(j, "tls");
	put_version(j, hs);
	if (hs->server.alpn.len)
		jw_text(j, "next_protocol", hs->server.alpn, 255);
	if (is_resumed_known(o))
		jw_bool(j, "resumed", o->sight.resumed);
	jw_bool(j, "established", o->sight.established);
	put_client(j, e);
	put_server(j, e);
	jw_end(j);
}
