/*
 * render_ecs.c: one event as a line of JSON in ECS 9 field names. The order of
 * members is fixed; what was not seen is absent.
 */
#include "event/community.h"
#include "event/ecs.h"
#include "event/words.h"

static const char *const kind_words[] = { "event", "asset", "alert",
					  "metric" };
static const char *const dataset_names[] = {
	"wirecert.handshake",
	"wirecert.certificate",
	"wirecert.finding",
	"wirecert.status",
};

static void put_stamp(struct json *j, const char *key, struct stamp t)
{
	char text[STAMP_TEXT];

	stamp_format(t, text);
	jw_str(j, key, text);
}

static const char *outcome(const struct log_event *e)
{
	if (!e->judgement)
		return NULL;
	switch (e->judgement->obs->reaction.verdict) {
	case TLS_ACCEPTED:
		return "success";
	case TLS_REJECTED:
	case TLS_SERVER_REFUSED:
		return "failure";
	default:
		return "unknown";
	}
}

static void put_event(struct json *j, const struct log_event *e)
{
	const struct finding *f = e->finding;

	jw_object(j, "event");
	jw_str(j, "kind", kind_words[e->dataset]);
	jw_array(j, "category");
	jw_str(j, NULL, "network");
	jw_end(j);
	jw_array(j, "type");
	jw_str(j, NULL, "info");
	if (e->dataset != DATASET_STATUS)
		jw_str(j, NULL, "protocol");
	jw_end(j);
	jw_str(j, "module", "wirecert");
	jw_str(j, "dataset", dataset_names[e->dataset]);
	jw_str(j, "id", e->id);
	jw_str_opt(j, "action", action_words[e->action]);
	if (f) {
		jw_str(j, "code", f->check->code);
		jw_int(j, "severity", severity_numbers[f->severity]);
		jw_str_opt(j, "reason", e->because ? e->because : f->reason);
		jw_str_opt(j, "url", f->hint.url ? f->hint.url : f->check->url);
	}
	if (e->dataset != DATASET_CERTIFICATE)
		jw_str_opt(j, "outcome", outcome(e));
	if (e->created.ns)
		put_stamp(j, "created", e->created);
	jw_end(j);
}

static void put_rule(struct json *j, const struct check *c)
{
	jw_object(j, "rule");
	jw_str(j, "id", c->code);
	jw_str(j, "name", c->title);
	jw_str(j, "reference", c->reference);
	jw_end(j);
}

static void put_observer(struct json *j, const struct log_event *e,
			 const struct observer *o)
{
	uint32_t n = e->judgement ? e->judgement->obs->interface : 0;

	jw_object(j, "observer");
	jw_str(j, "type", "sensor");
	jw_str(j, "vendor", "wirecert");
	jw_str(j, "product", "wirecert");
	jw_str(j, "version", o->version);
	jw_str(j, "name", o->name);
	if (n && n < o->num_interfaces && o->interfaces[n]) {
		jw_object(j, "ingress");
		jw_object(j, "interface");
		jw_str(j, "name", o->interfaces[n]);
		jw_end(j);
		jw_end(j);
	}
	jw_end(j);
}

static void put_network(struct json *j, const struct observation *o)
{
	char id[COMMUNITY_TEXT];
	bool udp = o->transport == PACKET_UDP;

	jw_object(j, "network");
	jw_str(j, "transport", udp ? "udp" : "tcp");
	jw_str(j, "type", o->source.addr.family == 6 ? "ipv6" : "ipv4");
	jw_str(j, "protocol", carrier_words[o->hs->carrier]);
	community_id(&o->source, &o->destination, udp ? 17 : 6, id);
	jw_str_opt(j, "community_id", id);
	jw_end(j);
}

static void put_endpoint(struct json *j, const char *key,
			 const struct endpoint *e, struct bytes domain)
{
	char text[ADDR_TEXT];

	addr_format(&e->addr, text);
	jw_object(j, key);
	jw_str(j, "address", text);
	jw_str(j, "ip", text);
	jw_uint(j, "port", e->port);
	if (domain.len)
		jw_text(j, "domain", domain, 255);
	jw_end(j);
}

/* RFC PROXY protocol: the true ends are behind the connection's. */
static void put_endpoints(struct json *j, const struct observation *o,
			  struct bytes name)
{
	const struct prelude *p = &o->hs->prelude;
	bool server_is_target = o->hs->client_dir == 0;

	put_endpoint(j, "source", &o->source, bytes_of(NULL, 0));
	put_endpoint(j, "destination", &o->destination,
		     server_is_target ? name : bytes_of(NULL, 0));
	put_endpoint(j, "client",
		     p->has_proxy ? &p->proxy_source : observation_client(o),
		     bytes_of(NULL, 0));
	put_endpoint(j, "server",
		     p->has_proxy ? &p->proxy_destination
				  : observation_server(o),
		     name);
}

static void put_related(struct json *j, const struct log_event *e)
{
	const struct observation *o = e->judgement->obs;
	char text[ADDR_TEXT];

	jw_object(j, "related");
	jw_array(j, "ip");
	addr_format(&o->source.addr, text);
	jw_str(j, NULL, text);
	addr_format(&o->destination.addr, text);
	jw_str(j, NULL, text);
	jw_end(j);
	if (e->judgement->ev.name.reference.len) {
		jw_array(j, "hosts");
		jw_text(j, NULL, e->judgement->ev.name.reference, 255);
		jw_end(j);
	}
	if (e->judgement->ev.leaf) {
		jw_array(j, "hash");
		jw_hex(j, NULL, bytes_of(e->judgement->ev.leaf->sha256, 32),
		       true);
		jw_end(j);
	}
	jw_end(j);
}

static void put_all(struct json *j, const struct log_event *e,
		    const struct observer *o)
{
	jw_object(j, NULL);
	put_stamp(j, "@timestamp", e->time);
	jw_object(j, "ecs");
	jw_str(j, "version", "9.4.0");
	jw_end(j);
	if (e->finding)
		jw_str(j, "message", e->finding->message);
	put_event(j, e);
	if (e->finding)
		put_rule(j, e->finding->check);
	put_observer(j, e, o);
	if (e->judgement) {
		put_network(j, e->judgement->obs);
		put_endpoints(j, e->judgement->obs,
			      e->judgement->ev.name.reference);
		ecs_tls(j, e);
		put_related(j, e);
		ecs_wirecert(j, e);
	} else {
		ecs_status(j, e);
	}
	jw_end(j);
}

bool render_ecs(const struct log_event *e, const struct observer *o,
		struct buf *out)
{
	size_t before = out->len;
	struct json j;

	jw_init(&j, out);
	put_all(&j, e, o);
	buf_add_char(out, '\n');
	if (!out->failed)
		return true;
	out->failed = false;
	out->len = before;
	return false;
}
