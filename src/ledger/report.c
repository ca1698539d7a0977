/* report.c: collects; see report.h. */
#include "ledger/report_parts.h"

#include "base/lru.h"
#include "cert/cert.h"

#include <stdlib.h>

static void drop_name(void *value)
{
	struct report_name *n = value;

	cert_unref(n->leaf);
}

static void drop_finding(void *value)
{
	struct report_finding *f = value;

	judgement_unref(f->judgement);
}

struct report *report_new(struct ledger *l)
{
	struct report *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->names = lru_new(LIMIT_REPORT_NAMES, sizeof(struct report_name),
			   drop_name);
	r->findings = lru_new(LIMIT_REPORT_FINDINGS,
			      sizeof(struct report_finding), drop_finding);
	r->ledger = l;
	if (r->names && r->findings) {
		ledger_set_report(l, r);
		return r;
	}
	report_free(r);
	return NULL;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->num_inputs; i++) {
		free(r->inputs[i].path);
		free(r->inputs[i].why);
	}
	free(r->inputs);
	if (r->names)
		lru_free(r->names);
	if (r->findings)
		lru_free(r->findings);
	log_event_unref(r->end);
	free(r->by_expiry);
	free(r->by_cause);
	free(r);
}

void report_input(struct report *r, const char *path, const char *why)
{
	if (r->num_inputs == r->size_inputs) {
		size_t size = r->size_inputs ? 2 * r->size_inputs : 16;
		struct report_input *more =
			realloc(r->inputs, size * sizeof *more);

		if (!more)
			return;
		r->inputs = more;
		r->size_inputs = size;
	}
	r->inputs[r->num_inputs++] = (struct report_input){
		.path = strdup(path), .why = why ? strdup(why) : NULL
	};
}

static void copy_name(char to[static REPORT_NAME], struct bytes name)
{
	name = bytes_head(name, REPORT_NAME - 1);
	/* a NUL, which would end it here, is shown as another control */
	for (size_t i = 0; i < name.len; i++)
		to[i] = name.p[i] ? (char)name.p[i] : '\1';
	to[name.len] = '\0';
}

/* NULL: there are too many already (counted). */
static struct report_name *name_of(struct report *r, const struct judgement *v)
{
	const struct endpoint *server = observation_server(v->obs);
	char text[REPORT_NAME] = { 0 };
	struct report_name *n;
	uint8_t key[18];
	struct bytes k = v->ev.name.reference;
	bool fresh;

	copy_name(text, k);
	if (!k.len) {
		memcpy(key, server->addr.b, 16);
		key[16] = (uint8_t)(server->port >> 8);
		key[17] = (uint8_t)server->port;
		k = bytes_of(key, sizeof key);
	}
	n = lru_get(r->names, k);
	if (!n && lru_count(r->names) < LIMIT_REPORT_NAMES)
		n = lru_put(r->names, k, &fresh);
	if (!n) {
		r->names_left++;
		return NULL;
	}
	memcpy(n->name, text, sizeof text);
	n->server = *server;
	return n;
}

static void note_leaf(struct report_name *n, const struct judgement *v)
{
	struct cert *leaf = v->carried ? v->carried
				       : observation_leaf(v->obs, TLS_SERVER);

	if (!leaf)
		return;
	n->at = v->ev.at;
	if (n->leaf && !memcmp(n->leaf->sha256, leaf->sha256, 32))
		return;
	n->changes += n->leaf != NULL;
	cert_ref(leaf);
	cert_unref(n->leaf);
	n->leaf = leaf;
}

static void note_name(struct report *r, const struct judgement *v)
{
	const struct tls_sight *s = &v->obs->sight;
	struct report_name *n = name_of(r, v);

	if (!n)
		return;
	n->handshakes++;
	n->rejected += v->obs->reaction.verdict == TLS_REJECTED;
	note_leaf(n, v);
	if (v->ev.leaf) {
		n->judged++;
		return;
	}
	n->hidden += s->hidden != TLS_HIDDEN_NOT;
	n->absent += s->absent != TLS_ABSENT_NOT;
	n->hidden_by[s->hidden]++;
	n->absent_by[s->absent]++;
}

/* Who else the finding concerns. */
static void note_place(struct report_finding *f, const struct judgement *v)
{
	const struct endpoint *server = observation_server(v->obs);
	char name[REPORT_NAME];
	size_t i = 0;

	copy_name(name, v->ev.name.reference);
	while (name[0] && i < f->num_names && strcmp(f->names[i], name))
		i++;
	if (name[0] && i == f->num_names && i < REPORT_SERVERS)
		memcpy(f->names[f->num_names++], name, sizeof name);
	else if (name[0] && i == REPORT_SERVERS)
		f->more_names++;
	for (i = 0; i < f->num_servers; i++)
		if (addr_eq(&f->servers[i].addr, &server->addr) &&
		    f->servers[i].port == server->port)
			return;
	if (i < REPORT_SERVERS)
		f->servers[f->num_servers++] = *server;
	else
		f->more_servers++;
}

static void take_handshake(struct report *r, const struct judgement *v)
{
	const struct tls_sight *s = &v->obs->sight;

	r->handshakes++;
	if (v->ev.leaf) {
		r->judged++;
	} else {
		r->hidden[s->hidden]++;
		r->absent[s->absent]++;
	}
	note_name(r, v);
	for (size_t i = 0; i < v->num_findings; i++) {
		struct report_finding *f = lru_get(
			r->findings, bytes_str(v->findings[i].id));

		if (f)
			note_place(f, v);
	}
}

static void take_finding(struct report *r, const struct log_event *e)
{
	struct bytes id = bytes_str(e->finding->id);
	struct report_finding *f = lru_get(r->findings, id);
	bool fresh;

	if (!f && lru_count(r->findings) < LIMIT_REPORT_FINDINGS)
		f = lru_put(r->findings, id, &fresh);
	if (!f) {
		r->findings_left++;
		return;
	}
	judgement_ref(e->judgement);
	judgement_unref(f->judgement);
	f->judgement = e->judgement;
	f->finding = *e->finding;
	f->seen = e->occurrences;
	f->because = e->action == ACTION_RESOLVED ? e->because : NULL;
	memcpy(f->evidence, e->evidence, sizeof f->evidence);
	note_place(f, e->judgement);
}

void report_take(struct report *r, const struct log_event *e)
{
	switch (e->dataset) {
	case DATASET_HANDSHAKE:
		take_handshake(r, e->judgement);
		break;
	case DATASET_FINDING:
		take_finding(r, e);
		break;
	case DATASET_STATUS:
		if (!r->has_first)
			r->first = e->time;
		r->has_first = true;
		r->last = e->time;
		log_event_unref(r->end);
		r->end = log_event_ref((struct log_event *)(uintptr_t)e);
		break;
	default:
		break;
	}
}

static void (*const writers[REPORT_NUM])(const struct report *r,
					 struct buf *out) = {
	[REPORT_MARKDOWN] = report_markdown,
	[REPORT_HTML] = report_html,
	[REPORT_JSON] = report_json,
};

bool report_format_of(const char *path, enum report_format *out)
{
	static const char *const endings[] = { ".md", ".html", ".json" };
	struct bytes p = bytes_str(path);

	for (int i = 0; i < REPORT_NUM; i++) {
		size_t n = strlen(endings[i]);

		if (p.len <= n || !bytes_is(bytes_tail(p, p.len - n),
					    endings[i]))
			continue;
		*out = (enum report_format)i;
		return true;
	}
	return false;
}

bool report_write(struct report *r, enum report_format format,
		  struct buf *out)
{
	if (!report_order(r))
		return false;
	writers[format](r, out);
	return !out->failed;
}
