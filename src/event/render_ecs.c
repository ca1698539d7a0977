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
	json_str(j, key, text);
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

	json_object(j, "event");
	json_str(j, "kind", kind_words[e->dataset]);
	json_array(j, "category");
	json_str(j, NULL, "network");
	json_end(j);
	json_array(j, "type");
	json_str(j, NULL, "info");
	if (e->dataset != DATASET_STATUS)
		json_str(j, NULL, "protocol");
	json_end(j);
	json_str(j, "module", "wirecert");
	json_str(j, "dataset", dataset_names[e->dataset]);
	json_str(j, "id", e->id);
	json_str_opt(j, "action", action_words[e->action]);
	if (f) {
		json_str(j, "code", f->check->code);
		json_int(j, "severity", severity_numbers[f->severity]);
		json_str_opt(j, "reason",
			     e->because ? e->because : f->reason);
		json_str_opt(j, "url",
			     f->hint.url ? f->hint.url : f->check->url);
	}
	if (e->dataset != DATASET_CERTIFICATE)
		json_str_opt(j, "outcome", outcome(e));
	if (e->created.ns)
		put_stamp(j, "created", e->created);
	json_end(j);
}

static void put_rule(struct json *j, const struct check *c)
{
	json_object(j, "rule");
	json_str(j, "id", c->code);
	json_str(j, "name", c->title);
	json_str(j, "reference", c->reference);
	json_end(j);
}

static void put_observer(struct json *j, const struct log_event *e,
			 const struct observer *o)
{
	uint32_t n = e->judgement ? e->judgement->obs->interface : 0;

	json_object(j, "observer");
	json_str(j, "type", "sensor");
	json_str(j, "vendor", "wirecert");
	json_str(j, "product", "wirecert");
	json_str(j, "version", o->version);
	json_str(j, "name", o->name);
	if (n && n < o->num_interfaces && o->interfaces[n]) {
		json_object(j, "ingress");
		json_object(j, "interface");
		json_str(j, "name", o->interfaces[n]);
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

static void put_network(struct json *j, const struct observation *o)
{
	char id[COMMUNITY_TEXT];
	bool udp = o->transport == PACKET_UDP;

	json_object(j, "network");
	json_str(j, "transport", udp ? "udp" : "tcp");
	json_str(j, "type", o->source.addr.family == 6 ? "ipv6" : "ipv4");
	json_str(j, "protocol", carrier_words[o->hs->carrier]);
	community_id(&o->source, &o->destination, udp ? 17 : 6, id);
	json_str_opt(j, "community_id", id);
	json_end(j);
}

static void put_endpoint(struct json *j, const char *key,
			 const struct endpoint *e, struct bytes domain)
{
	char text[ADDR_TEXT];

	addr_format(&e->addr, text);
	json_object(j, key);
	json_str(j, "address", text);
	json_str(j, "ip", text);
	json_uint(j, "port", e->port);
	if (domain.len)
		json_text(j, "domain", domain, 255);
	json_end(j);
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

	json_object(j, "related");
	json_array(j, "ip");
	addr_format(&o->source.addr, text);
	json_str(j, NULL, text);
	addr_format(&o->destination.addr, text);
	json_str(j, NULL, text);
	json_end(j);
	if (e->judgement->ev.name.reference.len) {
		json_array(j, "hosts");
		json_text(j, NULL, e->judgement->ev.name.reference, 255);
		json_end(j);
	}
	if (e->judgement->ev.leaf) {
		json_array(j, "hash");
		json_hex(j, NULL,
			 bytes_of(e->judgement->ev.leaf->sha256, 32), true);
		json_end(j);
	}
	json_end(j);
}

static void put_all(struct json *j, const struct log_event *e,
		    const struct observer *o)
{
	json_object(j, NULL);
	put_stamp(j, "@timestamp", e->time);
	json_object(j, "ecs");
	json_str(j, "version", "9.4.0");
	json_end(j);
	if (e->finding)
		json_str(j, "message", e->finding->message);
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
	json_end(j);
}

bool render_ecs(const struct log_event *e, const struct observer *o,
		struct buf *out)
{
	size_t before = out->len;
	struct json j;

	json_init(&j, out);
	put_all(&j, e, o);
	buf_add_char(out, '\n');
	if (!out->failed)
		return true;
	out->failed = false;
	out->len = before;
	return false;
}
