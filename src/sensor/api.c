/*
 * api.c: the public API (include/wirecert/wirecert.h) over sensor.h: one
 * worker and its joint half, stepped by the caller.
 */
#include <wirecert/wirecert.h>

#include "cert/chain.h"
#include "crypt/keylog.h"
#include "judge/gateways.h"
#include "sensor/sensor.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_TEXTS 64

struct wirecert_options {
	struct policy policy; /* texts of it are in own_names */
	bool has_network, vlan_in_key;
	unsigned datasets; /* bits 1 << enum dataset */
	char *name;
	char *own_names[MAX_TEXTS], *trust[MAX_TEXTS];
	size_t num_own_names, num_trust;
};

/* The event at hand and its text, rendered when it is asked for. */
struct wirecert_event {
	struct log_event *e;
	const struct observer *observer;
	struct buf *text;
};

struct wirecert {
	struct sensor_config config;
	struct observer observer;
	struct wirecert_options *options; /* a copy: owns all texts */
	struct chain_store *trust;
	struct knowledge *knowledge;
	struct worker *worker;
	struct joint *joint;
	struct keyring *ring;
	struct keylog keylog;
	struct wirecert_event event;
	struct buf text;
	struct stamp now; /* stream time: never goes back */
	int64_t second;
	uint64_t frames, statuses;
};

const char *wirecert_version(void)
{
	return WIRECERT_VERSION;
}

struct wirecert_options *wirecert_options_new(void)
{
	struct wirecert_options *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	policy_init(&o->policy);
	o->datasets = 1u << DATASET_HANDSHAKE | 1u << DATASET_CERTIFICATE |
		      1u << DATASET_FINDING;
	return o;
}

void wirecert_options_free(struct wirecert_options *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->num_own_names; i++)
		free(o->own_names[i]);
	for (size_t i = 0; i < o->num_trust; i++)
		free(o->trust[i]);
	free(o->name);
	free(o);
}

int wirecert_options_name(struct wirecert_options *o, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return -1;
	free(o->name);
	o->name = copy;
	return 0;
}

int wirecert_options_network(struct wirecert_options *o, const char *network)
{
	struct policy *p = &o->policy;
	struct network n;

	if (!network_parse(network, &n))
		return -1;
	if (!o->has_network)
		p->num_own = 0;
	o->has_network = true;
	if (p->num_own == sizeof p->own / sizeof *p->own)
		return -1;
	p->own[p->num_own++] = n;
	return 0;
}

static int add_text(char **list, size_t *num, const char *text)
{
	if (*num == MAX_TEXTS)
		return -1;
	list[*num] = strdup(text);
	if (!list[*num])
		return -1;
	++*num;
	return 0;
}

int wirecert_options_own_name(struct wirecert_options *o, const char *glob)
{
	return add_text(o->own_names, &o->num_own_names, glob);
}

int wirecert_options_trust(struct wirecert_options *o, const char *path)
{
	return add_text(o->trust, &o->num_trust, path);
}

int wirecert_options_now(struct wirecert_options *o, int64_t ns)
{
	o->policy.now_fixed = true;
	o->policy.now.ns = ns;
	return 0;
}

int wirecert_options_vlan_in_key(struct wirecert_options *o, int yes)
{
	o->vlan_in_key = yes != 0;
	return 0;
}

int wirecert_options_events(struct wirecert_options *o, const char *list)
{
	unsigned datasets = 0;

	while (*list) {
		struct bytes word = bytes_of(list, strcspn(list, ","));
		int found = -1;

		for (int i = 0; i < DATASET_STATUS; i++)
			if (bytes_is(word, dataset_words[i]))
				found = i;
		if (found < 0)
			return -1;
		datasets |= 1u << found;
		list += word.len + (list[word.len] == ',');
	}
	o->datasets = datasets;
	return 0;
}

static struct wirecert_options *options_copy(const struct wirecert_options *o)
{
	struct wirecert_options *c = wirecert_options_new();
	int bad = 0;

	if (!c || !o)
		return c;
	c->policy = o->policy;
	c->vlan_in_key = o->vlan_in_key;
	c->datasets = o->datasets;
	if (o->name)
		bad |= wirecert_options_name(c, o->name);
	for (size_t i = 0; i < o->num_own_names; i++)
		bad |= wirecert_options_own_name(c, o->own_names[i]);
	for (size_t i = 0; i < o->num_trust; i++)
		bad |= wirecert_options_trust(c, o->trust[i]);
	if (!bad)
		return c;
	wirecert_options_free(c);
	return NULL;
}

static void configure(struct wirecert *w)
{
	const struct wirecert_options *o = w->options;
	struct policy *p = &w->config.policy;
	const size_t room = sizeof p->own_names / sizeof *p->own_names;

	*p = o->policy;
	for (size_t i = 0; i < o->num_own_names && i < room; i++)
		p->own_names[p->num_own_names++] = o->own_names[i];
	w->config.decode.vlan_in_key = o->vlan_in_key;
	p->knowledge = w->knowledge;
	w->config.trust = w->trust;
	w->observer.name = o->name ? o->name : "wirecert";
	w->observer.version = WIRECERT_VERSION;
	buf_init(&w->text, LIMIT_EVENT_BYTES);
	w->event.observer = &w->observer;
	w->event.text = &w->text;
}

static bool open_trust(struct wirecert *w, char *error, size_t size)
{
	const char *paths[MAX_TEXTS];

	if (!w->options->num_trust)
		return true;
	for (size_t i = 0; i < w->options->num_trust; i++)
		paths[i] = w->options->trust[i];
	w->trust = chain_store_load(paths, w->options->num_trust, error, size);
	return w->trust != NULL;
}

struct wirecert *wirecert_new(const struct wirecert_options *o, char *error,
			      size_t size)
{
	struct wirecert *w = calloc(1, sizeof *w);
	char unread[256];

	if (!error || !size) {
		error = unread;
		size = sizeof unread;
	}
	snprintf(error, size, "out of memory");
	if (!w)
		return NULL;
	w->options = options_copy(o);
	if (!w->options || !open_trust(w, error, size))
		goto fail;
	w->knowledge = knowledge_load(NULL, error, size);
	if (!w->knowledge)
		goto fail;
	configure(w);
	w->ring = keyring_new(0);
	if (!w->ring)
		goto fail;
	keylog_init(&w->keylog, w->ring);
	w->config.keys = w->ring;
	w->worker = worker_new(&w->config);
	w->joint = joint_new(&w->config);
	if (!w->worker || !w->joint)
		goto fail;
	joint_want(w->joint, w->options->datasets);
	error[0] = '\0';
	return w;
fail:
	wirecert_free(w);
	return NULL;
}

void wirecert_free(struct wirecert *w)
{
	if (!w)
		return;
	log_event_unref(w->event.e);
	worker_free(w->worker);
	joint_free(w->joint);
	keylog_fini(&w->keylog);
	keyring_free(w->ring);
	chain_store_free(w->trust);
	knowledge_free(w->knowledge);
	buf_fini(&w->text);
	wirecert_options_free(w->options);
	free(w);
}

int wirecert_keylog(struct wirecert *w, const void *data, size_t len)
{
	const struct keylog_counters *c = &w->keylog.counters;
	uint64_t bad = c->malformed + c->too_long;

	keyring_set_given(w->ring);
	if (len)
		keylog_feed(&w->keylog, bytes_of(data, len));
	return c->malformed + c->too_long == bad ? 0 : -1;
}

void wirecert_tick(struct wirecert *w, int64_t now_ns)
{
	struct stamp t = { .ns = now_ns };
	int64_t second = stamp_to_sec(t);

	if (stamp_before(t, w->now))
		return; /* captures go back in time; the stream does not */
	w->now = t;
	if (second == w->second)
		return;
	w->second = second;
	worker_tick(w->worker, w->now, w->frames + 1);
}

void wirecert_feed(struct wirecert *w, int linktype, int64_t time_ns,
		   const void *data, size_t len, size_t wire_len)
{
	struct frame f = {
		.data = bytes_of(data, len < LIMIT_FRAME ? len : LIMIT_FRAME),
		.linktype = linktype,
		.time = { .ns = time_ns },
	};

	if (wire_len < len)
		wire_len = len;
	f.len = wire_len < UINT32_MAX ? (uint32_t)wire_len : UINT32_MAX;
	wirecert_tick(w, time_ns);
	w->frames++;
	worker_frame(w->worker, &f, w->frames, w->now);
}

void wirecert_end(struct wirecert *w)
{
	while (worker_end(w->worker, w->now, w->frames + 1))
		;
}

static void let_go(struct wirecert *w)
{
	log_event_unref(w->event.e);
	w->event.e = NULL;
	buf_reset(&w->text);
}

const struct wirecert_event *wirecert_next(struct wirecert *w)
{
	struct observation *o;

	let_go(w);
	while (!(w->event.e = joint_next(w->joint))) {
		o = worker_next(w->worker);
		if (!o)
			return NULL;
		joint_take(w->joint, o);
	}
	log_event_settle(w->event.e);
	return &w->event;
}

const char *wirecert_event_json(const struct wirecert_event *e, size_t *len)
{
	struct buf *b = e->text;

	if (!b->len && render_ecs(e->e, e->observer, b) && b->len)
		b->p[--b->len] = '\0'; /* the newline */
	if (!b->len)
		return NULL;
	if (len)
		*len = b->len;
	return (const char *)b->p;
}

const char *wirecert_event_dataset(const struct wirecert_event *e)
{
	return dataset_words[e->e->dataset];
}

int64_t wirecert_event_time(const struct wirecert_event *e)
{
	return e->e->time.ns;
}

const char *wirecert_event_code(const struct wirecert_event *e)
{
	return e->e->finding ? e->e->finding->check->code : NULL;
}

const char *wirecert_event_severity(const struct wirecert_event *e)
{
	return e->e->finding ? severity_words[e->e->finding->severity] : NULL;
}

const char *wirecert_event_message(const struct wirecert_event *e)
{
	return e->e->finding ? e->e->finding->message : NULL;
}

const char *wirecert_status(struct wirecert *w)
{
	let_go(w);
	w->event.e = log_event_new(DATASET_STATUS, ACTION_INTERVAL);
	if (!w->event.e)
		return NULL;
	w->event.e->time = w->now;
	status_count(w->event.e->status, "packets", "received", w->frames);
	worker_status(w->worker, w->event.e->status);
	joint_status(w->joint, w->event.e->status);
	log_event_status_id(w->event.e, w->statuses++);
	return wirecert_event_json(&w->event, NULL);
}
