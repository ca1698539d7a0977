/*
 * render_ocsf.c: one event as a line of OCSF 1.8: a finding as Detection
 * Finding (class 2004; opened is Create, escalated and repeated are Update,
 * resolved is Close), a handshake and a certificate as Network Activity (class
 * 4001). Status has no class there and gives no line. What OCSF has no name for
 * is in unmapped.wirecert.
 */
#include "event/community.h"
#include "event/compat.h"
#include "event/ecs.h"
#include "event/words.h"
#include "tls/fingerprint.h"

#include <stdio.h>

#define OCSF_VERSION "1.8.0"

enum { /* numbers of OCSF */
       CLASS_FINDING = 2004,
       CLASS_NETWORK = 4001,
       CATEGORY_FINDINGS = 2,
       CATEGORY_NETWORK = 4,
       FINDING_CREATE = 1,
       FINDING_UPDATE = 2,
       FINDING_CLOSE = 3,
       NETWORK_TRAFFIC = 6,
       FINGERPRINT_MD5 = 1,
       FINGERPRINT_SHA1 = 2,
       FINGERPRINT_SHA256 = 3,
};

static int64_t millis(struct stamp t)
{
	int64_t sec = stamp_to_sec(t);

	return sec * 1000 + (t.ns - sec * 1000000000LL) / 1000000;
}

static void put_metadata(struct json *j, const struct log_event *e,
			 const struct observer *o)
{
	jw_object(j, "metadata");
	jw_str(j, "version", OCSF_VERSION);
	jw_object(j, "product");
	jw_str(j, "name", "wirecert");
	jw_str(j, "vendor_name", "wirecert");
	jw_str(j, "version", o->version);
	jw_end(j);
	jw_str(j, "uid", e->id);
	jw_str(j, "log_name", dataset_words[e->dataset]);
	jw_str(j, "log_provider", o->name);
	if (e->created.ns)
		jw_int(j, "logged_time", millis(e->created));
	jw_end(j);
}

/* 1 informational, 2 low, 3 medium, 4 high. */
static void put_severity(struct json *j, const struct finding *f)
{
	static const char *const words[] = { "Informational", "Low", "Medium",
					     "High" };
	enum severity s = f ? f->severity : SEVERITY_INFO;

	jw_int(j, "severity_id", (int)s + 1);
	jw_str(j, "severity", words[s]);
}

static void put_class(struct json *j, int category, int class, int activity)
{
	jw_int(j, "category_uid", category);
	jw_int(j, "class_uid", class);
	jw_int(j, "activity_id", activity);
	jw_int(j, "type_uid", class * 100 + activity);
}

static void put_endpoint(struct json *j, const char *key,
			 const struct endpoint *e, struct bytes name)
{
	char text[ADDR_TEXT];

	addr_format(&e->addr, text);
	jw_object(j, key);
	jw_str(j, "ip", text);
	jw_uint(j, "port", e->port);
	if (name.len)
		jw_text(j, "hostname", name, 255);
	jw_end(j);
}

static void put_connection(struct json *j, const struct observation *o)
{
	bool udp = compat_is_udp(o);
	char id[COMMUNITY_TEXT];

	jw_object(j, "connection_info");
	jw_int(j, "direction_id", 0);
	jw_int(j, "protocol_num", udp ? 17 : 6);
	jw_str(j, "protocol_name", udp ? "udp" : "tcp");
	jw_int(j, "protocol_ver_id", o->source.addr.family);
	community_id(&o->source, &o->destination, udp ? 17 : 6, id);
	jw_str_opt(j, "community_uid", id);
	jw_end(j);
}

static void put_ends(struct json *j, const struct judgement *v)
{
	bool is_target = v->obs->hs->client_dir == 0;
	struct bytes none = bytes_of(NULL, 0);

	put_endpoint(j, "src_endpoint", &v->obs->source,
		     is_target ? none : v->ev.name.reference);
	put_endpoint(j, "dst_endpoint", &v->obs->destination,
		     is_target ? v->ev.name.reference : none);
	put_connection(j, v->obs);
}

static void put_fingerprint(struct json *j, const char *key, int id,
			    const char *algorithm, struct bytes hash)
{
	jw_object(j, key);
	jw_int(j, "algorithm_id", id);
	jw_str(j, "algorithm", algorithm);
	jw_hex(j, "value", hash, false);
	jw_end(j);
}

static void put_sans(struct json *j, const struct cert *c)
{
	static const char *const types[] = {
		[CERT_SAN_DNS] = "dNSName",
		[CERT_SAN_IP] = "iPAddress",
		[CERT_SAN_EMAIL] = "rfc822Name",
		[CERT_SAN_URI] = "uniformResourceIdentifier",
		[CERT_SAN_SRV] = "otherName",
		[CERT_SAN_OTHER] = NULL,
		[CERT_SAN_DIRECTORY] = NULL,
	};
	char ip[ADDR_TEXT];
	size_t told = 0;

	jw_array_lazy(j, "sans");
	for (size_t i = 0; i < c->num_san && told < LIMIT_EVENT_NAMES; i++) {
		const struct cert_san *s = &c->san[i];

		if (!types[s->type])
			continue;
		told++;
		jw_object(j, NULL);
		jw_str(j, "type", types[s->type]);
		jw_text(j, "name", cert_san_text(s, ip), LIMIT_EVENT_TEXT);
		jw_end(j);
	}
	jw_end(j);
}

/* issuer and serial_number are required: a certificate that cannot be parsed
 * has none, and is left to its fingerprints in unmapped. */
static void put_certificate(struct json *j, const struct cert *c)
{
	char version[4];

	if (!c || c->error || !c->serial)
		return;
	snprintf(version, sizeof version, "%d", c->version % 100);
	jw_object(j, "certificate");
	jw_text(j, "subject", bytes_str(c->subject.text), LIMIT_EVENT_TEXT);
	jw_text(j, "issuer", bytes_str(c->issuer.text), LIMIT_EVENT_TEXT);
	jw_str(j, "serial_number", c->serial);
	jw_str(j, "version", version);
	jw_int(j, "created_time", c->not_before * 1000);
	jw_int(j, "expiration_time", c->not_after * 1000);
	jw_bool(j, "is_self_signed", c->self_issued);
	jw_array(j, "fingerprints");
	put_fingerprint(j, NULL, FINGERPRINT_SHA256, "SHA-256",
			bytes_of(c->sha256, 32));
	put_fingerprint(j, NULL, FINGERPRINT_SHA1, "SHA-1",
			bytes_of(c->sha1, 20));
	jw_end(j);
	put_sans(j, c);
	jw_end(j);
}

static void put_chain(struct json *j, const struct observation *o)
{
	jw_array_lazy(j, "certificate_chain");
	for (size_t i = 1; i < o->num_chain[TLS_SERVER]; i++)
		if (o->chain[TLS_SERVER][i]->serial)
			jw_str(j, NULL, o->chain[TLS_SERVER][i]->serial);
	jw_end(j);
}

static void put_ja3(struct json *j, const struct tls_fingerprint *fp)
{
	if (!*fp->ja3)
		return;
	jw_object(j, "ja3_hash");
	jw_int(j, "algorithm_id", FINGERPRINT_MD5);
	jw_str(j, "algorithm", "MD5");
	jw_str(j, "value", fp->ja3);
	jw_end(j);
}

static void put_tls(struct json *j, const struct log_event *e,
		    const struct tls_fingerprint *fp)
{
	const struct observation *o = e->judgement->obs;
	const struct tls_client_hello *hello = tls_hello(o->hs);
	uint16_t version = tls_negotiated(o->hs);
	const char *text = tls_version_text(version);
	const struct tls_alert *a = &o->hs->alert;

	jw_object(j, "tls");
	jw_str(j, "version", text ? text : "unknown");
	if (version)
		compat_suite(j, "cipher", o->hs->server.suite);
	if (hello->has_sni)
		jw_text(j, "sni", hello->sni, LIMIT_EVENT_TEXT);
	if (a->seen && (!a->encrypted || a->level))
		jw_uint(j, "alert", a->code);
	put_ja3(j, fp);
	put_certificate(j, compat_leaf(e, TLS_SERVER));
	put_chain(j, o);
	jw_end(j);
}

static void put_ja4(struct json *j, const struct tls_fingerprint *fp)
{
	if (!*fp->ja4)
		return;
	jw_array(j, "ja4_fingerprint_list");
	jw_object(j, NULL);
	jw_int(j, "type_id", 1);
	jw_str(j, "type", "JA4");
	jw_str(j, "value", fp->ja4);
	jw_end(j);
	jw_end(j);
}

static void put_unmapped(struct json *j, const struct log_event *e)
{
	jw_object(j, "unmapped");
	ecs_wirecert(j, e);
	jw_end(j);
}

static void put_finding_info(struct json *j, const struct log_event *e)
{
	const struct finding *f = e->finding;
	const char *url = f->hint.url ? f->hint.url : f->check->url;

	jw_object(j, "finding_info");
	jw_str(j, "uid", f->id);
	jw_str(j, "title", f->check->title);
	jw_str(j, "desc", f->message);
	jw_array(j, "types");
	jw_str(j, NULL, f->check->code);
	jw_end(j);
	jw_object(j, "analytic");
	jw_str(j, "uid", f->check->code);
	jw_str(j, "name", f->check->title);
	jw_int(j, "type_id", 1);
	jw_str(j, "type", "Rule");
	jw_end(j);
	jw_str_opt(j, "src_url", url);
	if (e->has_occurrences) {
		jw_int(j, "first_seen_time", millis(e->occurrences.first));
		jw_int(j, "last_seen_time", millis(e->occurrences.last));
	}
	jw_end(j);
}

static void put_remediation(struct json *j, const struct finding *f)
{
	const char *url = f->hint.url ? f->hint.url : f->check->url;

	if (!f->hint.fix)
		return;
	jw_object(j, "remediation");
	jw_str(j, "desc", f->hint.fix);
	jw_array_lazy(j, "references");
	jw_str_opt(j, NULL, f->check->reference);
	jw_str_opt(j, NULL, url);
	jw_end(j);
	jw_end(j);
}

static void put_finding(struct json *j, const struct log_event *e,
			const struct tls_fingerprint *fp)
{
	const struct finding *f = e->finding;
	bool over = e->action == ACTION_RESOLVED;
	bool fresh = e->action == ACTION_OPENED;

	put_class(j, CATEGORY_FINDINGS, CLASS_FINDING,
		  over	  ? FINDING_CLOSE
		  : fresh ? FINDING_CREATE
			  : FINDING_UPDATE);
	put_severity(j, f);
	jw_int(j, "status_id", over ? 4 : fresh ? 1 : 2);
	jw_str(j, "status", over ? "Resolved" : fresh ? "New" : "In Progress");
	jw_str_opt(j, "status_detail", e->because);
	jw_int(j, "confidence_id", f->inferred ? 2 : 3);
	jw_str(j, "confidence", f->inferred ? "Medium" : "High");
	jw_bool(j, "is_alert", !over);
	jw_str(j, "message", f->message);
	if (e->has_occurrences)
		jw_uint(j, "count", e->occurrences.count);
	put_finding_info(j, e);
	jw_array(j, "evidences");
	jw_object(j, NULL);
	put_ends(j, e->judgement);
	put_tls(j, e, fp);
	put_ja4(j, fp);
	jw_end(j);
	jw_end(j);
	put_remediation(j, f);
}

static void put_network(struct json *j, const struct log_event *e,
			const struct tls_fingerprint *fp)
{
	enum tls_verdict verdict = e->judgement->obs->reaction.verdict;
	bool failed = verdict == TLS_REJECTED || verdict == TLS_SERVER_REFUSED;
	int status = verdict == TLS_ACCEPTED ? 1 : failed ? 2 : 0;

	put_class(j, CATEGORY_NETWORK, CLASS_NETWORK, NETWORK_TRAFFIC);
	put_severity(j, NULL);
	jw_int(j, "status_id", status);
	jw_str(j, "status_detail", verdict_words[verdict]);
	/* a mirror or a tap: neither end */
	jw_int(j, "observation_point_id", 3);
	put_ends(j, e->judgement);
	put_tls(j, e, fp);
	put_ja4(j, fp);
}

bool render_ocsf(const struct log_event *e, const struct observer *o,
		 struct buf *out)
{
	size_t before = out->len;
	struct tls_fingerprint fp;
	struct json j;

	if (!e->judgement)
		return true;
	tls_fingerprint(e->judgement->obs->hs, &fp);
	jw_init(&j, out);
	jw_object(&j, NULL);
	jw_int(&j, "time", millis(e->time));
	put_metadata(&j, e, o);
	if (e->finding)
		put_finding(&j, e, &fp);
	else
		put_network(&j, e, &fp);
	put_unmapped(&j, e);
	jw_end(&j);
	buf_add_char(out, '\n');
	return compat_end(out, before);
}
