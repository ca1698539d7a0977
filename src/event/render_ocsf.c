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
	json_object(j, "metadata");
	json_str(j, "version", OCSF_VERSION);
	json_object(j, "product");
	json_str(j, "name", "wirecert");
	json_str(j, "vendor_name", "wirecert");
	json_str(j, "version", o->version);
	json_end(j);
	json_str(j, "uid", e->id);
	json_str(j, "log_name", dataset_words[e->dataset]);
	json_str(j, "log_provider", o->name);
	if (e->created.ns)
		json_int(j, "logged_time", millis(e->created));
	json_end(j);
}

/* 1 informational, 2 low, 3 medium, 4 high. */
static void put_severity(struct json *j, const struct finding *f)
{
	static const char *const words[] = { "Informational", "Low", "Medium",
					     "High" };
	enum severity s = f ? f->severity : SEVERITY_INFO;

	json_int(j, "severity_id", (int)s + 1);
	json_str(j, "severity", words[s]);
}

static void put_class(struct json *j, int category, int class, int activity)
{
	json_int(j, "category_uid", category);
	json_int(j, "class_uid", class);
	json_int(j, "activity_id", activity);
	json_int(j, "type_uid", class * 100 + activity);
}

static void put_endpoint(struct json *j, const char *key,
			 const struct endpoint *e, struct bytes name)
{
	char text[ADDR_TEXT];

	addr_format(&e->addr, text);
	json_object(j, key);
	json_str(j, "ip", text);
	json_uint(j, "port", e->port);
	if (name.len)
		json_text(j, "hostname", name, 255);
	json_end(j);
}

static void put_connection(struct json *j, const struct observation *o)
{
	bool udp = compat_is_udp(o);
	char id[COMMUNITY_TEXT];

	json_object(j, "connection_info");
	json_int(j, "direction_id", 0);
	json_int(j, "protocol_num", udp ? 17 : 6);
	json_str(j, "protocol_name", udp ? "udp" : "tcp");
	json_int(j, "protocol_ver_id", o->source.addr.family);
	community_id(&o->source, &o->destination, udp ? 17 : 6, id);
	json_str_opt(j, "community_uid", id);
	json_end(j);
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
	json_object(j, key);
	json_int(j, "algorithm_id", id);
	json_str(j, "algorithm", algorithm);
	json_hex(j, "value", hash, false);
	json_end(j);
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

	json_array_lazy(j, "sans");
	for (size_t i = 0; i < c->num_san && told < LIMIT_EVENT_NAMES; i++) {
		const struct cert_san *s = &c->san[i];

		if (!types[s->type])
			continue;
		told++;
		json_object(j, NULL);
		json_str(j, "type", types[s->type]);
		json_text(j, "name", cert_san_text(s, ip), LIMIT_EVENT_TEXT);
		json_end(j);
	}
	json_end(j);
}

/* issuer and serial_number are required: a certificate that cannot be parsed
 * has none, and is left to its fingerprints in unmapped. */
static void put_certificate(struct json *j, const struct cert *c)
{
	char version[4];

	if (!c || c->error || !c->serial)
		return;
	snprintf(version, sizeof version, "%d", c->version % 100);
	json_object(j, "certificate");
	json_text(j, "subject", bytes_str(c->subject.text), LIMIT_EVENT_TEXT);
	json_text(j, "issuer", bytes_str(c->issuer.text), LIMIT_EVENT_TEXT);
	json_str(j, "serial_number", c->serial);
	json_str(j, "version", version);
	json_int(j, "created_time", c->not_before * 1000);
	json_int(j, "expiration_time", c->not_after * 1000);
	json_bool(j, "is_self_signed", c->self_issued);
	json_array(j, "fingerprints");
	put_fingerprint(j, NULL, FINGERPRINT_SHA256, "SHA-256",
			bytes_of(c->sha256, 32));
	put_fingerprint(j, NULL, FINGERPRINT_SHA1, "SHA-1",
			bytes_of(c->sha1, 20));
	json_end(j);
	put_sans(j, c);
	json_end(j);
}

static void put_chain(struct json *j, const struct observation *o)
{
	json_array_lazy(j, "certificate_chain");
	for (size_t i = 1; i < o->num_chain[TLS_SERVER]; i++)
		if (o->chain[TLS_SERVER][i]->serial)
			json_str(j, NULL, o->chain[TLS_SERVER][i]->serial);
	json_end(j);
}

static void put_ja3(struct json *j, const struct tls_fingerprint *fp)
{
	if (!*fp->ja3)
		return;
	json_object(j, "ja3_hash");
	json_int(j, "algorithm_id", FINGERPRINT_MD5);
	json_str(j, "algorithm", "MD5");
	json_str(j, "value", fp->ja3);
	json_end(j);
}

static void put_tls(struct json *j, const struct log_event *e,
		    const struct tls_fingerprint *fp)
{
	const struct observation *o = e->judgement->obs;
	const struct tls_client_hello *hello = tls_hello(o->hs);
	uint16_t version = tls_negotiated(o->hs);
	const char *text = tls_version_text(version);
	const struct tls_alert *a = &o->hs->alert;

	json_object(j, "tls");
	json_str(j, "version", text ? text : "unknown");
	if (version)
		compat_suite(j, "cipher", o->hs->server.suite);
	if (hello->has_sni)
		json_text(j, "sni", hello->sni, LIMIT_EVENT_TEXT);
	if (a->seen && (!a->encrypted || a->level))
		json_uint(j, "alert", a->code);
	put_ja3(j, fp);
	put_certificate(j, compat_leaf(e, TLS_SERVER));
	put_chain(j, o);
	json_end(j);
}

static void put_ja4(struct json *j, const struct tls_fingerprint *fp)
{
	if (!*fp->ja4)
		return;
	json_array(j, "ja4_fingerprint_list");
	json_object(j, NULL);
	json_int(j, "type_id", 1);
	json_str(j, "type", "JA4");
	json_str(j, "value", fp->ja4);
	json_end(j);
	json_end(j);
}

static void put_unmapped(struct json *j, const struct log_event *e)
{
	json_object(j, "unmapped");
	ecs_wirecert(j, e);
	json_end(j);
}

static void put_finding_info(struct json *j, const struct log_event *e)
{
	const struct finding *f = e->finding;
	const char *url = f->hint.url ? f->hint.url : f->check->url;

	json_object(j, "finding_info");
	json_str(j, "uid", f->id);
	json_str(j, "title", f->check->title);
	json_str(j, "desc", f->message);
	json_array(j, "types");
	json_str(j, NULL, f->check->code);
	json_end(j);
	json_object(j, "analytic");
	json_str(j, "uid", f->check->code);
	json_str(j, "name", f->check->title);
	json_int(j, "type_id", 1);
	json_str(j, "type", "Rule");
	json_end(j);
	json_str_opt(j, "src_url", url);
	if (e->has_occurrences) {
		json_int(j, "first_seen_time", millis(e->occurrences.first));
		json_int(j, "last_seen_time", millis(e->occurrences.last));
	}
	json_end(j);
}

static void put_remediation(struct json *j, const struct finding *f)
{
	const char *url = f->hint.url ? f->hint.url : f->check->url;

	if (!f->hint.fix)
		return;
	json_object(j, "remediation");
	json_str(j, "desc", f->hint.fix);
	json_array_lazy(j, "references");
	json_str_opt(j, NULL, f->check->reference);
	json_str_opt(j, NULL, url);
	json_end(j);
	json_end(j);
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
	json_int(j, "status_id", over ? 4 : fresh ? 1 : 2);
	json_str(j, "status",
		 over	 ? "Resolved"
		 : fresh ? "New"
			 : "In Progress");
	json_str_opt(j, "status_detail", e->because);
	json_int(j, "confidence_id", f->inferred ? 2 : 3);
	json_str(j, "confidence", f->inferred ? "Medium" : "High");
	json_bool(j, "is_alert", !over);
	json_str(j, "message", f->message);
	if (e->has_occurrences)
		json_uint(j, "count", e->occurrences.count);
	put_finding_info(j, e);
	json_array(j, "evidences");
	json_object(j, NULL);
	put_ends(j, e->judgement);
	put_tls(j, e, fp);
	put_ja4(j, fp);
	json_end(j);
	json_end(j);
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
	json_int(j, "status_id", status);
	json_str(j, "status_detail", verdict_words[verdict]);
	/* a mirror or a tap: neither end */
	json_int(j, "observation_point_id", 3);
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
	json_init(&j, out);
	json_object(&j, NULL);
	json_int(&j, "time", millis(e->time));
	put_metadata(&j, e, o);
	if (e->finding)
		put_finding(&j, e, &fp);
	else
		put_network(&j, e, &fp);
	put_unmapped(&j, e);
	json_end(&j);
	buf_add_char(out, '\n');
	return compat_end(out, before);
}
