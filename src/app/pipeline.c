/* pipeline.c: see pipeline.h. With one worker every packet and every event is
 * looked at on one thread; only what is written live has threads (io_thread.h). */
#include "app/pipeline_parts.h"

#include "app/config.h"
#include "app/heap.h"
#include "app/known.h"
#include "app/outputs.h"
#include "app/tally.h"
#include "app/trust.h"
#include "app/version.h"
#include "base/mem.h"
#include "cert/chain.h"
#include "judge/gateways.h"
#include "ledger/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A clock that is behind by more was set back, for good. */
#define SET_BACK (3600 * NSEC_PER_SEC)

static bool match_inner(void *arg, struct bytes ip, uint32_t ip_len)
{
	return source_filter_match(arg, ip, ip_len);
}

static bool open_knowledge(struct pipeline *p, const struct options *o,
			   char *err)
{
	p->knowledge = knowledge_load(o->settings ? &o->settings->knowledge
						  : NULL,
				      err, SOURCE_ERROR_TEXT);
	p->config.policy.knowledge = p->knowledge;
	return p->knowledge;
}

/* A replay may find keys in its captures. */
static bool open_keys(struct pipeline *p, const struct options *o, char *err)
{
	if (p->live && !o->num_keylogs)
		return true;
	p->ring = keyring_new(0);
	p->keylogs = p->ring ? keylogs_new(o->keylogs, o->num_keylogs, p->ring)
			     : NULL;
	p->config.keys = p->ring;
	if (p->keylogs)
		return true;
	snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
	return false;
}

static void name_observer(struct pipeline *p, const char *name)
{
	/* a replay must not depend on the machine it runs on */
	snprintf(p->host, sizeof p->host, "%s", name ? name : "wirecert");
	if (p->live && !name && gethostname(p->host, sizeof p->host - 1) != 0)
		snprintf(p->host, sizeof p->host, "wirecert");
	p->observer.name = p->host;
	p->observer.version = version_text;
	p->observer.interfaces = p->interfaces;
	p->observer.num_interfaces = 1; /* 0 is no interface */
}

/* Live events say when they were made; a replay must not. */
static void tell_clock(struct pipeline *p)
{
	if (p->live)
		ledger_clock(p->ledger, clock_now());
}

/* One observation in its order: on the joint thread, where there is one. */
void pipeline_take(void *arg, struct observation *o)
{
	struct pipeline *p = arg;
	struct log_event *e;

	tell_clock(p);
	ledger_tick(p->ledger, o->order.time);
	joint_take(p->joint, observation_ref(o));
	while ((e = joint_next(p->joint)))
		ledger_take(p->ledger, e);
	/* the ledger keeps handshakes to tell of them again, not the packets */
	observation_drop_packets(o);
	observation_unref(o);
}

static void set_policy(struct pipeline *p, const struct options *o)
{
	struct policy *policy = &p->config.policy;

	policy_init(policy);
	if (o->settings)
		*policy = o->settings->policy;
	policy->now_fixed = o->now_fixed;
	policy->now = o->now;
	policy->knowledge = p->knowledge;
}

void pipeline_reload(struct pipeline *p, const struct options *o)
{
	intake_settle(p);
	set_policy(p, o);
	ledger_set_policy(p->ledger, &p->config.policy);
}

struct pipeline *pipeline_new(const struct options *o, bool live, char *err)
{
	struct pipeline *p = calloc(1, sizeof *p);

	if (!p) {
		snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
		return NULL;
	}
	p->memory = mem_cache_new();
	p->memory_before = mem_cache_use(p->memory);
	p->live = live;
	p->begin_pending = !live;
	p->filter = o->filter;
	p->inner_filter = o->inner_filter;
	if (p->filter)
		source_filter_excludes(p->filter, p->excludes,
				       sizeof p->excludes);
	if (o->settings)
		p->config.decode = o->settings->decode;
	set_policy(p, o);
	name_observer(p, o->name);
	p->ledger = ledger_new(&p->observer);
	p->config.keep_packets = o->evidence;
	if (!p->ledger || !outputs_open(p->ledger, o, live, err) ||
	    !trust_open(o, &p->trust, err) || !open_knowledge(p, o, err) ||
	    !open_keys(p, o, err))
		goto fail;
	ledger_set_status(p->ledger, pipeline_make_status, p);
	if (o->filter && !source_filter_check(o->filter, err))
		goto fail;
	if (o->inner_filter) {
		p->inner = source_filter_new(o->inner_filter, err);
		if (!p->inner)
			goto fail;
		p->config.decode.inner_filter = match_inner;
		p->config.decode.inner_filter_arg = p->inner;
	}
	p->decoder = decode_new(&p->config.decode);
	p->config.pools = o->pools;
	p->config.trust = p->trust;
	p->joint = joint_new(&p->config);
	if (o->workers > 1)
		p->deal = deal_new(&p->config, o->workers,
				   pipeline_take, p);
	else
		p->worker = worker_new(&p->config);
	if (!p->decoder || !(p->worker || p->deal) || !p->joint) {
		snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
		goto fail;
	}
	ledger_set_policy(p->ledger, &p->config.policy);
	joint_want(p->joint, ledger_wants(p->ledger) | 1u << DATASET_FINDING);
	if (!known_open(p->ledger, p->joint, o, err))
		goto fail;
	return p;
fail:
	pipeline_free(p);
	return NULL;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	deal_stop(p->deal);
	joint_free(p->joint);
	ledger_free(p->ledger);
	deal_free(p->deal);
	worker_free(p->worker);
	decode_free(p->decoder);
	chain_store_free(p->trust);
	knowledge_free(p->knowledge);
	source_filter_free(p->inner);
	keylogs_free(p->keylogs);
	keyring_free(p->ring);
	for (size_t i = 1; i < p->observer.num_interfaces; i++)
		free((void *)(uintptr_t)p->interfaces[i]);
	intake_free(p);
	free(p->told);
	(void)mem_cache_use(p->memory_before);
	mem_cache_free(p->memory);
	free(p);
}

/* With all that was handed out taken, so that what comes is later than this. */
static void tick_ledger(struct pipeline *p)
{
	intake_settle(p);
	tell_clock(p);
	if (p->now.ns)
		ledger_tick(p->ledger, p->now);
}

/* A replay begins with its first packet: its log has packet times only. */
static void pipeline_begin(struct pipeline *p)
{
	if (!p->begin_pending)
		return;
	p->begin_pending = false;
	pipeline_status(p, ACTION_STARTED, false);
}

static void tick_workers(struct pipeline *p)
{
	if (p->deal) {
		deal_tick(p->deal, p->now, p->frames + 1);
		return;
	}
	worker_tick(p->worker, p->now, p->frames + 1);
	intake_collect(p);
}

/* Moves the stream time on; ticks the worker in every new second, and the
 * ledger (where no handshake does) in every new hour. */
static void advance(struct pipeline *p, struct stamp t)
{
	int64_t second, before = p->second;

	if (stamp_before(t, p->now))
		return; /* captures go back in time; the stream does not */
	p->now = t;
	pipeline_begin(p);
	if (stamp_before(t, p->next_second))
		return;
	second = stamp_to_sec(t);
	p->next_second = stamp_sec(second + 1);
	if (second == before)
		return;
	p->second = second;
	tick_workers(p);
	if (second / 3600 != before / 3600)
		tick_ledger(p);
}

void pipeline_frame(struct pipeline *p, const struct frame *f)
{
	advance(p, f->time);
	pipeline_begin(p); /* also at a time before 1970 */
	p->frames++;
	intake_frame(p, f);
}

void pipeline_tick(struct pipeline *p, struct stamp now)
{
	/* the clock was set back: nobody waits until it was that late again */
	if (p->now.ns - now.ns > SET_BACK) {
		p->now = now;
		p->next_second = now;
	}
	advance(p, now);
}

void pipeline_lull(struct pipeline *p)
{
	if (p->frames)
		advance(p, (struct stamp){ p->now.ns + 2 * NSEC_PER_SEC });
}

bool pipeline_keys(struct pipeline *p)
{
	if (!p->keylogs)
		return true;
	if (!p->live)
		return keylogs_read(p->keylogs);
	if (keylogs_poll(p->keylogs))
		tick_workers(p); /* what waits for them is opened now */
	return true;
}

void pipeline_idle(struct pipeline *p)
{
	if (p->deal)
		deal_poke(p->deal);
}

bool pipeline_scan(struct pipeline *p, const char *path)
{
	intake_settle(p); /* every worker gets them at one place */
	return keylogs_scan(p->keylogs, path);
}

void pipeline_secrets(struct pipeline *p, struct source *s)
{
	struct bytes log;

	while (source_secrets(s, &log)) {
		intake_settle(p);
		keylogs_feed(p->keylogs, log);
	}
}

void pipeline_end(struct pipeline *p)
{
	pipeline_begin(p);
	if (p->deal) {
		deal_end(p->deal, p->now, p->frames + 1);
	} else {
		while (worker_end(p->worker, p->now, p->frames + 1))
			intake_collect(p);
		intake_collect(p);
	}
	tick_ledger(p);
}

bool pipeline_flush(struct pipeline *p)
{
	char news[SOURCE_ERROR_TEXT];
	bool good;

	heap_advise();
	tick_ledger(p);
	good = ledger_flush(p->ledger);
	while (good && ledger_news(p->ledger, news, sizeof news))
		fprintf(stderr, "wirecert: %s\n", news);
	if (good)
		return true;
	if (!p->told_error)
		fprintf(stderr, "wirecert: %s\n", ledger_error(p->ledger));
	p->told_error = true;
	return false;
}

void pipeline_reopen(struct pipeline *p)
{
	intake_settle(p);
	ledger_reopen(p->ledger);
}

void pipeline_retire(struct pipeline *p, struct source *s)
{
	struct source_stats stats = { .failed = 1 };

	if (s)
		source_stats(s, &stats);
	tally_add(&p->retired, &stats);
}

uint64_t pipeline_frames(const struct pipeline *p)
{
	return p->frames;
}

bool pipeline_failed(const struct pipeline *p, const struct options *o)
{
	enum severity worst;

	return o->fail_on_given && ledger_worst(p->ledger, &worst) &&
	       worst >= o->fail_on;
}

struct report *pipeline_report(struct pipeline *p)
{
	return report_new(p->ledger);
}

uint32_t pipeline_interface(struct pipeline *p, const char *name)
{
	size_t n = p->observer.num_interfaces;

	if (!name)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (!strcmp(p->interfaces[i], name))
			return (uint32_t)i;
	if (n == MAX_INTERFACES)
		return 0;
	p->interfaces[n] = strdup(name);
	if (!p->interfaces[n])
		return 0;
	p->observer.num_interfaces++;
	return (uint32_t)n;
}
