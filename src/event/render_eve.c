/*
 * render_eve.c: one event as a line of Suricata's EVE JSON (doc/userguide,
 * eve-json-format): handshakes as "tls" with the extended fields, findings as
 * "alert" with the same tls object, certificates as "tls_certificate", status
 * as "stats". What EVE has no name for is in our own object, wirecert.
 */
#include "base/reader.h"
#include "event/base64.h"
#include "event/community.h"
#include "event/compat.h"
#include "event/ecs.h"
#include "event/eve.h"
#include "tls/fingerprint.h"

#include <stdio.h>
#include <stdlib.h>

/* not Suricata's own rules: their generator is 1 */
#define EVE_GENERATOR 443

static const char *const type_words[] = { "tls", "tls_certificate", "alert",
					  "stats" };

/* Microseconds and "+0000". */
static void put_timestamp(struct json *j, struct stamp t)
{
	int64_t sec = stamp_to_sec(t);
	char text[STAMP_TEXT], all[STAMP_TEXT + 16];

	stamp_format_short(sec, text);
	snprintf(all, sizeof all, "%.*s.%06u+0000", (int)strlen(text) - 1, text,
		 (unsigned)((t.ns - sec * 1000000000LL) / 1000));
	jw_str(j, "timestamp", all);
}

/* "2017-03-29T10:18:00" */
static void put_date(struct json *j, const char *key, int64_t sec)
{
	char text[STAMP_TEXT];

	stamp_format_short(sec, text);
	text[strlen(text) - 1] = '\0';
	jw_str(j, key, text);
}

static void put_endpoint(struct json *j, const char *ip, const char *port,
			 const struct endpoint *e)
{
	char text[ADDR_TEXT];

	addr_format(&e->addr, text);
	jw_str(j, ip, text);
	jw_uint(j, port, e->port);
}

static void put_vlans(struct json *j, const struct observation *o)
{
	jw_array_lazy(j, "vlan");
	for (uint8_t i = 0; i < o->num_tunnels; i++)
		if (o->tunnels[i].type == TUNNEL_VLAN && o->tunnels[i].has_id)
			jw_uint(j, NULL, o->tunnels[i].id);
	jw_end(j);
}

/* The same for all that is told of one handshake; JSON numbers are exact up to
 * 2^53 (RFC 8259 6). */
static void put_flow_id(struct json *j, const struct judgement *v)
{
	char digits[14];

	snprintf(digits, sizeof digits, "%.13s", v->handshake_id);
	jw_uint(j, "flow_id", strtoull(digits, NULL, 16));
}

static void put_envelope(struct json *j, const struct log_event *e,
			 const struct observer *o)
{
	const struct judgement *v = e->judgement;
	const struct observation *obs = v ? v->obs : NULL;
	uint32_t n = obs ? obs->interface : 0;
	char id[COMMUNITY_TEXT];

	put_timestamp(j, e->time);
	if (v)
		put_flow_id(j, v);
	if (n && n < o->num_interfaces && o->interfaces[n])
		jw_str(j, "in_iface", o->interfaces[n]);
	jw_str(j, "event_type", type_words[e->dataset]);
	if (obs) {
		bool udp = compat_is_udp(obs);

		put_vlans(j, obs);
		put_endpoint(j, "src_ip", "src_port", &obs->source);
		put_endpoint(j, "dest_ip", "dest_port", &obs->destination);
		jw_str(j, "proto", udp ? "UDP" : "TCP");
		jw_uint(j, "ip_v", obs->source.addr.family);
		community_id(&obs->source, &obs->destination, udp ? 17 : 6, id);
		jw_str_opt(j, "community_id", id);
	}
	jw_str(j, "host", o->name);
}

uint32_t eve_signature_id(const char *code)
{
	uint32_t h = 2166136261u; /* FNV-1a: the same in every version */

	for (; *code; code++)
		h = (h ^ (uint8_t)*code) * 16777619u;
	return 1000000 + h % 1000000;
}

static void put_words(struct json *j, const char *key, const char *word)
{
	jw_array_lazy(j, key);
	jw_str_opt(j, NULL, word);
	jw_end(j);
}

/* Suricata's severities: 1 is the worst. */
static int eve_severity(enum severity s)
{
	return s == SEVERITY_HIGH ? 1 : s == SEVERITY_MEDIUM ? 2 : 3;
}

static void put_alert(struct json *j, const struct log_event *e)
{
	const struct finding *f = e->finding;

	jw_object(j, "alert");
	jw_str(j, "action", "allowed");
	jw_uint(j, "gid", EVE_GENERATOR);
	jw_uint(j, "signature_id", eve_signature_id(f->check->code));
	jw_uint(j, "rev", 1);
	jw_str(j, "signature", f->check->title);
	jw_str(j, "category", "TLS certificates and names");
	jw_int(j, "severity", eve_severity(f->severity));
	jw_object(j, "metadata");
	put_words(j, "code", f->check->code);
	put_words(j, "action", action_words[e->action]);
	put_words(j, "confidence", f->inferred ? "inferred" : "observed");
	put_words(j, "finding_id", f->id);
	put_words(j, "reference", f->check->reference);
	put_words(j, "url", f->hint.url ? f->hint.url : f->check->url);
	if (f->hint.fix)
		put_words(j, "fix", f->hint.fix);
	put_words(j, "reason", e->because ? e->because : f->reason);
	jw_end(j);
	jw_end(j);
	jw_str(j, "message", f->message);
}

static const char *version_word(uint16_t version, char hex[static 8])
{
	switch (version) {
	case TLS_SSL2:
		return "SSLv2";
	case TLS_SSL3:
		return "SSLv3";
	case TLS_1_0:
		return "TLSv1";
	case TLS_1_1:
		return "TLS 1.1";
	case TLS_1_2:
		return "TLS 1.2";
	case DTLS_1_0:
		return "DTLS 1.0";
	case DTLS_1_2:
		return "DTLS 1.2";
	case DTLS_1_3:
		return "DTLS 1.3";
	case 0:
		return "UNDETERMINED";
	default:
		if (tls_version_is_13(version))
			return "TLS 1.3";
		snprintf(hex, 8, "0x%04x", version);
		return hex;
	}
}

static void put_names(struct json *j, const struct cert *c)
{
	char ip[ADDR_TEXT];
	size_t told = 0;

	jw_array_lazy(j, "subjectaltname");
	for (size_t i = 0; i < c->num_san && told < LIMIT_EVENT_NAMES; i++) {
		if (c->san[i].type == CERT_SAN_OTHER ||
		    c->san[i].type == CERT_SAN_DIRECTORY)
			continue;
		told++;
		jw_text(j, NULL, cert_san_text(&c->san[i], ip),
			LIMIT_EVENT_TEXT);
	}
	jw_end(j);
}

static void put_cert(struct json *j, const struct cert *c)
{
	char colons[COMPAT_COLONS];

	compat_colons(bytes_of(c->sha1, 20), false, colons);
	if (c->error) {
		jw_str(j, "fingerprint", colons);
		return;
	}
	compat_dn(j, "subject", &c->subject, ", ", true);
	compat_dn(j, "issuerdn", &c->issuer, ", ", true);
	jw_str(j, "fingerprint", colons);
	if (c->serial) {
		compat_colons_hex(c->serial, colons);
		jw_str(j, "serial", colons);
	}
	put_date(j, "notbefore", c->not_before);
	put_date(j, "notafter", c->not_after);
	put_names(j, c);
}

static void put_chain(struct json *j, const struct observation *o)
{
	struct buf text;

	buf_init(&text, LIMIT_EVENT_BYTES);
	jw_array_lazy(j, "chain");
	for (size_t i = 0; i < o->num_chain[TLS_SERVER]; i++) {
		buf_reset(&text);
		base64_add(&text, o->chain[TLS_SERVER][i]->der);
		if (!text.failed)
			jw_text(j, NULL, buf_bytes(&text), 0);
	}
	jw_end(j);
	buf_fini(&text);
}

static void put_alpns(struct json *j, const struct tls_handshake *hs)
{
	struct reader r = rd_whole(tls_hello(hs)->alpn);

	jw_array_lazy(j, "client_alpns");
	while (rd_more(&r)) {
		struct reader name = rd_vec8(&r);
		struct bytes b = rd_rest(&name);

		if (rd_close(&r, &name))
			jw_text(j, NULL, b, 255);
	}
	jw_end(j);
	jw_array_lazy(j, "server_alpns");
	if (hs->server.alpn.len)
		jw_text(j, NULL, hs->server.alpn, 255);
	jw_end(j);
}

static void put_fingerprints(struct json *j, const struct tls_handshake *hs)
{
	struct tls_fingerprint fp;

	tls_fingerprint(hs, &fp);
	jw_object_lazy(j, "ja3");
	jw_str_opt(j, "hash", fp.ja3);
	jw_end(j);
	jw_str_opt(j, "ja4", fp.ja4);
}

/* Suricata's word for what was spoken before: STARTTLS, CONNECT. */
static void put_from(struct json *j, const char *dialect)
{
	if (dialect && strcmp(dialect, "starttls") != 0)
		jw_str(j, "from_proto",
		       strncmp(dialect, "http", 4) ? dialect : "http");
}

static void put_tls(struct json *j, const struct log_event *e)
{
	const struct observation *o = e->judgement->obs;
	const struct cert *leaf = compat_leaf(e, TLS_SERVER);
	const struct cert *client = compat_leaf(e, TLS_CLIENT);
	const struct tls_client_hello *hello = tls_hello(o->hs);
	char hex[8];

	jw_object(j, "tls");
	/* a resumed session has none of its own: EVE shows none there */
	if (leaf && (!o->sight.resumed || e->finding))
		put_cert(j, leaf);
	if (o->sight.resumed)
		jw_bool(j, "session_resumed", true);
	if (hello->has_sni)
		jw_text(j, "sni", hello->sni, LIMIT_EVENT_TEXT);
	jw_str(j, "version", version_word(tls_negotiated(o->hs), hex));
	put_fingerprints(j, o->hs);
	put_alpns(j, o->hs);
	put_from(j, o->hs->prelude.dialect);
	if (e->dataset == DATASET_CERTIFICATE)
		put_chain(j, o);
	jw_object_lazy(j, "client");
	if (client)
		put_cert(j, client);
	jw_end(j);
	jw_end(j);
}

static void put_stats(struct json *j, const struct status *s)
{
	jw_object(j, "stats");
	jw_object(j, "capture");
	jw_uint(j, "kernel_packets", status_get(s, "packets", "received"));
	jw_uint(j, "kernel_drops", status_get(s, "packets", "dropped_kernel"));
	jw_uint(j, "kernel_ifdrops",
		status_get(s, "packets", "dropped_interface"));
	jw_end(j);
	jw_object(j, "decoder");
	jw_uint(j, "pkts", status_get(s, "packets", "received"));
	jw_uint(j, "bytes", status_get(s, "packets", "bytes"));
	jw_uint(j, "tcp", status_get(s, "decoded", "tcp"));
	jw_uint(j, "udp", status_get(s, "decoded", "udp"));
	jw_end(j);
	jw_object(j, "detect");
	jw_uint(j, "alert", status_get(s, "findings", "opened"));
	jw_end(j);
	jw_end(j);
}

bool render_eve(const struct log_event *e, const struct observer *o,
		struct buf *out)
{
	size_t before = out->len;
	struct json j;

	jw_init(&j, out);
	jw_object(&j, NULL);
	put_envelope(&j, e, o);
	if (e->finding)
		put_alert(&j, e);
	if (e->judgement) {
		if (e->judgement->obs->hs->carrier == TLS_OVER_QUIC)
			jw_str(&j, "app_proto", "quic");
		else
			jw_str(&j, "app_proto", "tls");
		put_tls(&j, e);
		ecs_wirecert(&j, e);
	} else {
		put_stats(&j, e->status);
		ecs_status(&j, e);
	}
	jw_end(&j);
	buf_add_char(out, '\n');
	return compat_end(out, before);
}
