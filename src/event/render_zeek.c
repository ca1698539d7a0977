/*
 * render_zeek.c: one event as lines of JSON as Zeek streams its logs, "_path"
 * first: a handshake as a line of ssl.log, a certificate event as lines of
 * x509.log (one for each member of the chain), a finding as a line of
 * notice.log. Status has no log of that kind and gives no line.
 */
#include "event/community.h"
#include "event/compat.h"
#include "event/zeek.h"
#include "tls/fingerprint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static void put_uid(struct json *j, const struct judgement *v)
{
	static const char digit[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz";
	char hex[16], uid[18] = "C";
	uint64_t n[2];
	int at = 1;

	/* twice 48 bits: two times 8 digits of base 62 */
	for (int i = 0; i < 2; i++) {
		snprintf(hex, sizeof hex, "%.12s", v->handshake_id + 12 * i);
		n[i] = strtoull(hex, NULL, 16);
		for (int k = 0; k < 8; k++, n[i] /= 62)
			uid[at++] = digit[n[i] % 62];
	}
	uid[at] = '\0';
	jw_str(j, "uid", uid);
}

static void put_conn(struct json *j, const struct judgement *v)
{
	const struct observation *o = v->obs;
	char text[ADDR_TEXT];

	put_uid(j, v);
	addr_format(&o->source.addr, text);
	jw_str(j, "id.orig_h", text);
	jw_uint(j, "id.orig_p", o->source.port);
	addr_format(&o->destination.addr, text);
	jw_str(j, "id.resp_h", text);
	jw_uint(j, "id.resp_p", o->destination.port);
}

static void put_line(struct json *j, const char *path, struct stamp time)
{
	jw_object(j, NULL);
	jw_str(j, "_path", path);
	compat_seconds(j, "ts", time);
}

static const char *version_word(uint16_t version, char text[static 24])
{
	static const struct {
		uint16_t version;
		const char *word;
	} rows[] = {
		{ TLS_SSL2, "SSLv2" },	 { TLS_SSL3, "SSLv3" },
		{ TLS_1_0, "TLSv10" },	 { TLS_1_1, "TLSv11" },
		{ TLS_1_2, "TLSv12" },	 { TLS_1_3, "TLSv13" },
		{ DTLS_1_0, "DTLSv10" }, { DTLS_1_2, "DTLSv12" },
		{ DTLS_1_3, "DTLSv13" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].version == version)
			return rows[i].word;
	if (version >> 8 == 0x7f)
		snprintf(text, 24, "TLSv13-draft%u", version & 0xff);
	else
		snprintf(text, 24, "unknown-%u", version);
	return text;
}

static void put_fingerprints(struct json *j, const char *key,
			     struct cert *const *chain, size_t num)
{
	jw_array_lazy(j, key);
	for (size_t i = 0; i < num; i++)
		jw_hex(j, NULL, bytes_of(chain[i]->sha256, 32), false);
	jw_end(j);
}

static void put_names(struct json *j, const struct cert *c, const char *subject,
		      const char *issuer)
{
	if (!c || c->error)
		return;
	compat_dn(j, subject, &c->subject, ",", false);
	compat_dn(j, issuer, &c->issuer, ",", false);
}

/* validation_status has OpenSSL's words, as Zeek's policy script logs them. */
static void put_validation(struct json *j, const struct evidence *ev)
{
	if (ev->chain.state == CHAIN_UNJUDGED)
		return;
	if (ev->chain.state == CHAIN_TRUSTED)
		jw_str(j, "validation_status", "ok");
	else
		jw_str_opt(j, "validation_status", ev->chain.detail);
}

/* sni_matches_cert: unset without an SNI. */
static void put_matches(struct json *j, const struct name_evidence *n)
{
	if (n->source == NAME_SNI && n->unjudged == NAME_JUDGED)
		jw_bool(j, "sni_matches_cert", n->match.state == MATCH_TRUE);
}

static void put_version(struct json *j, const struct tls_handshake *hs)
{
	uint16_t version = tls_negotiated(hs);
	char text[24];

	if (!version)
		return;
	jw_str(j, "version", version_word(version, text));
	compat_suite(j, "cipher", hs->server.suite);
	jw_str_opt(j, "curve",
		   hs->server.group ? tls_group_name(hs->server.group) : NULL);
}

static void put_last_alert(struct json *j, const struct tls_alert *a)
{
	char text[24];

	if (!a->seen || (a->encrypted && !a->level))
		return;
	snprintf(text, sizeof text, "unknown-%u", a->code);
	jw_str(j, "last_alert",
	       tls_alert_name(a->code) ? tls_alert_name(a->code) : text);
}

static void put_ssl(struct json *j, const struct log_event *e)
{
	const struct observation *o = e->judgement->obs;
	const struct evidence *ev = &e->judgement->ev;
	const struct tls_client_hello *hello = tls_hello(o->hs);
	char id[COMMUNITY_TEXT];
	struct tls_fingerprint fp;

	put_line(j, "ssl", e->time);
	put_conn(j, e->judgement);
	put_version(j, o->hs);
	if (hello->has_sni)
		jw_text(j, "server_name", hello->sni, LIMIT_EVENT_TEXT);
	jw_bool(j, "resumed", o->sight.resumed);
	put_last_alert(j, &o->hs->alert);
	if (o->hs->server.alpn.len)
		jw_text(j, "next_protocol", o->hs->server.alpn, 255);
	jw_bool(j, "established", o->sight.established);
	put_fingerprints(j, "cert_chain_fps", o->chain[TLS_SERVER],
			 o->num_chain[TLS_SERVER]);
	put_fingerprints(j, "client_cert_chain_fps", o->chain[TLS_CLIENT],
			 o->num_chain[TLS_CLIENT]);
	if (!ev->carried)
		put_names(j, ev->leaf, "subject", "issuer");
	put_names(j, ev->client_leaf, "client_subject", "client_issuer");
	put_matches(j, &ev->name);
	put_validation(j, ev);
	tls_fingerprint(o->hs, &fp);
	jw_str_opt(j, "ja3", fp.ja3);
	jw_str_opt(j, "ja4", fp.ja4);
	community_id(&o->source, &o->destination, compat_is_udp(o) ? 17 : 6,
		     id);
	jw_str_opt(j, "community_id", id);
	jw_end(j);
}

/* Zeek has the long names of OpenSSL where ECS has those of Go. */
static const char *word_of(const char *const rows[][2], const char *name)
{
	for (; (*rows)[0]; rows++)
		if (!strcmp((*rows)[0], name))
			return (*rows)[1];
	return name;
}

static const char *const signatures[][2] = {
	{ "MD5-RSA", "md5WithRSAEncryption" },
	{ "SHA1-RSA", "sha1WithRSAEncryption" },
	{ "SHA224-RSA", "sha224WithRSAEncryption" },
	{ "SHA256-RSA", "sha256WithRSAEncryption" },
	{ "SHA384-RSA", "sha384WithRSAEncryption" },
	{ "SHA512-RSA", "sha512WithRSAEncryption" },
	{ "SHA1-RSAPSS", "rsassaPss" },
	{ "SHA256-RSAPSS", "rsassaPss" },
	{ "SHA384-RSAPSS", "rsassaPss" },
	{ "SHA512-RSAPSS", "rsassaPss" },
	{ "ECDSA-SHA1", "ecdsa-with-SHA1" },
	{ "ECDSA-SHA256", "ecdsa-with-SHA256" },
	{ "ECDSA-SHA384", "ecdsa-with-SHA384" },
	{ "ECDSA-SHA512", "ecdsa-with-SHA512" },
	{ "Ed25519", "ED25519" },
	{ "Ed448", "ED448" },
	{ NULL, NULL },
};
static const char *const algorithms[][2] = {
	{ "RSA", "rsaEncryption" }, { "ECDSA", "id-ecPublicKey" },
	{ "DSA", "dsaEncryption" }, { "Ed25519", "ED25519" },
	{ "Ed448", "ED448" },	    { NULL, NULL },
};
static const char *const curves[][2] = {
	{ "secp256r1", "prime256v1" },
	{ "secp192r1", "prime192v1" },
	{ NULL, NULL },
};

static void put_key(struct json *j, const struct cert *c)
{
	static const char *const types[] = {
		[CERT_KEY_RSA] = "rsa",
		[CERT_KEY_DSA] = "dsa",
		[CERT_KEY_EC] = "ecdsa",
		[CERT_KEY_ED448] = NULL,
	};
	char exponent[24];

	if (c->key_name)
		jw_str(j, "certificate.key_alg",
		       word_of(algorithms, c->key_name));
	if (c->signature_name)
		jw_str(j, "certificate.sig_alg",
		       word_of(signatures, c->signature_name));
	jw_str_opt(j, "certificate.key_type", types[c->key_type]);
	if (c->key_bits)
		jw_uint(j, "certificate.key_length", c->key_bits);
	if (c->key_exponent) {
		snprintf(exponent, sizeof exponent, "%llu",
			 (unsigned long long)c->key_exponent);
		jw_str(j, "certificate.exponent", exponent);
	}
	if (c->key_curve)
		jw_str(j, "certificate.curve", word_of(curves, c->key_curve));
}

static void put_sans(struct json *j, const struct cert *c, const char *key,
		     enum cert_san_type type)
{
	char ip[ADDR_TEXT];
	size_t told = 0;

	jw_array_lazy(j, key);
	for (size_t i = 0; i < c->num_san && told < LIMIT_EVENT_NAMES; i++) {
		if (c->san[i].type != type)
			continue;
		told++;
		jw_text(j, NULL, cert_san_text(&c->san[i], ip),
			LIMIT_EVENT_TEXT);
	}
	jw_end(j);
}

static void put_date(struct json *j, const char *key, int64_t sec)
{
	/* beyond the year 2262 a stamp ends; a certificate does not */
	jw_int(j, key, sec);
	buf_add_str(j->out, ".0");
}

static void put_x509(struct json *j, const struct log_event *e,
		     const struct cert *c, enum tls_side side, bool host)
{
	put_line(j, "x509", e->time);
	jw_hex(j, "fingerprint", bytes_of(c->sha256, 32), false);
	if (!c->error) {
		jw_int(j, "certificate.version", c->version);
		jw_str_opt(j, "certificate.serial", c->serial);
		put_names(j, c, "certificate.subject", "certificate.issuer");
		put_date(j, "certificate.not_valid_before", c->not_before);
		put_date(j, "certificate.not_valid_after", c->not_after);
		put_key(j, c);
		put_sans(j, c, "san.dns", CERT_SAN_DNS);
		put_sans(j, c, "san.uri", CERT_SAN_URI);
		put_sans(j, c, "san.email", CERT_SAN_EMAIL);
		put_sans(j, c, "san.ip", CERT_SAN_IP);
		if (c->has_basic_constraints)
			jw_bool(j, "basic_constraints.ca", c->is_ca);
	}
	jw_bool(j, "host_cert", host);
	jw_bool(j, "client_cert", side == TLS_CLIENT);
	jw_end(j);
}

void zeek_note(const char *code, char out[static ZEEK_NOTE])
{
	static const char *const own[][2] = {
		{ "cert.expired", "SSL::Certificate_Expired" },
		{ "cert.expiring", "SSL::Certificate_Expires_Soon" },
		{ "cert.not_yet_valid", "SSL::Certificate_Not_Valid_Yet" },
		{ "chain.untrusted", "SSL::Invalid_Server_Cert" },
		{ "chain.incomplete", "SSL::Invalid_Server_Cert" },
		{ "chain.self_signed", "SSL::Invalid_Server_Cert" },
		{ "chain.expired", "SSL::Invalid_Server_Cert" },
		{ "key.weak", "SSL::Weak_Key" },
		{ NULL, NULL },
	};
	const char *word = word_of(own, code);
	bool first = true;
	size_t n;

	if (word != code) {
		snprintf(out, ZEEK_NOTE, "%s", word);
		return;
	}
	n = (size_t)snprintf(out, ZEEK_NOTE, "Wirecert::");
	for (; *code && n + 1 < ZEEK_NOTE; code++) {
		bool part = *code == '.' || *code == '_';

		out[n++] = part	   ? '_'
			   : first ? (char)toupper((unsigned char)*code)
				   : *code;
		first = part;
	}
	out[n] = '\0';
}

static void put_notice(struct json *j, const struct log_event *e,
		       const struct observer *o)
{
	const struct finding *f = e->finding;
	const struct judgement *v = e->judgement;
	const struct cert *leaf = v->ev.leaf;
	char note[ZEEK_NOTE], text[ADDR_TEXT];

	put_line(j, "notice", e->time);
	put_conn(j, v);
	jw_str(j, "proto", compat_is_udp(v->obs) ? "udp" : "tcp");
	zeek_note(f->check->code, note);
	jw_str(j, "note", note);
	jw_str(j, "msg", f->message);
	if (leaf && !leaf->error)
		compat_dn(j, "sub", &leaf->subject, ",", false);
	addr_format(&v->obs->source.addr, text);
	jw_str(j, "src", text);
	addr_format(&v->obs->destination.addr, text);
	jw_str(j, "dst", text);
	jw_uint(j, "p", v->obs->destination.port);
	if (e->has_occurrences)
		jw_uint(j, "n", e->occurrences.count);
	jw_str(j, "peer_descr", o->name);
	jw_array(j, "actions");
	jw_str(j, NULL, "Notice::ACTION_LOG");
	jw_end(j);
	jw_str(j, "wirecert.code", f->check->code);
	jw_str(j, "wirecert.severity", severity_words[f->severity]);
	jw_str(j, "wirecert.confidence", f->inferred ? "inferred" : "observed");
	jw_str_opt(j, "wirecert.action", action_words[e->action]);
	jw_str_opt(j, "wirecert.reason", e->because ? e->because : f->reason);
	jw_str(j, "wirecert.finding_id", f->id);
	jw_str_opt(j, "wirecert.fix", f->hint.fix);
	jw_end(j);
}

static void put_chains(struct json *j, const struct log_event *e)
{
	const struct observation *o = e->judgement->obs;

	for (int side = TLS_SERVER; side >= TLS_CLIENT; side--) {
		for (size_t i = 0; i < o->num_chain[side]; i++) {
			jw_init(j, j->out);
			put_x509(j, e, o->chain[side][i], (enum tls_side)side,
				 i == 0);
			buf_add_char(j->out, '\n');
		}
	}
}

bool render_zeek(const struct log_event *e, const struct observer *o,
		 struct buf *out)
{
	size_t before = out->len;
	struct json j;

	jw_init(&j, out);
	switch (e->dataset) {
	case DATASET_HANDSHAKE:
		put_ssl(&j, e);
		buf_add_char(out, '\n');
		break;
	case DATASET_CERTIFICATE:
		put_chains(&j, e);
		break;
	case DATASET_FINDING:
		put_notice(&j, e, o);
		buf_add_char(out, '\n');
		break;
	default:
		break;
	}
	return compat_end(out, before);
}
