/*
 * joint.c: observations -> events: what is known completes the evidence, the
 * judges judge, and events are made; see sensor.h.
 */
#include "sensor/sensor.h"

#include "event/words.h"
#include "base/hash.h"
#include "know/catchall.h"
#include "know/coverage.h"
#include "know/fleet.h"
#include "know/places.h"
#include "know/sessions.h"
#include "know/unseen.h"
#include "know/verified.h"
#include "sensor/answers.h"
#include "sensor/complete.h"

#include <stdlib.h>

#define MAX_READY (MAX_FINDINGS + 2)

struct joint {
	const struct sensor_config *config;
	struct places *places;
	struct sessions *sessions;
	struct unseen *unseen;
	struct fleet *fleet;
	struct catchall *catchall;
	struct coverage *coverage;
	struct verified *verified;
	struct know_dns *dns;
	struct answers *answers; /* NULL: no evidence is wanted */
	struct log_event *ready[MAX_READY];
	size_t num_ready, first;
	unsigned want;
	uint64_t handshakes, visibility[4], hidden[TLS_HIDDEN_NUM], absent[6];
	uint64_t judged_names, reaction[5], dropped_memory, excepted;
};

static size_t know_memory(const struct joint *j, bool full)
{
	return places_memory(j->places, full) +
	       sessions_memory(j->sessions, full) +
	       unseen_memory(j->unseen, full) + fleet_memory(j->fleet, full) +
	       catchall_memory(j->catchall, full) +
	       coverage_memory(j->coverage, full) +
	       verified_memory(j->verified, full) +
	       know_dns_memory(j->dns, full);
}

/*
 * A memory limit: half of what is known may be certificates (of sessions, by
 * name, of authorities) and names in DNS answers, whose size others choose; by
 * what that leaves the tables become smaller, each alike.
 */
static void know_share(struct joint *j, size_t bytes)
{
	size_t each = bytes / 8, tables;
	unsigned parts;

	if (!bytes)
		return;
	sessions_share(j->sessions, 1024, each);
	unseen_share(j->unseen, 1024, each);
	verified_share(j->verified, 1024, each);
	know_dns_share(j->dns, 1024, each);
	if (know_memory(j, true) <= bytes)
		return;
	tables = know_memory(j, true) - 4 * each;
	parts = (unsigned)((bytes - 4 * each) * 1024 / tables);
	places_share(j->places, parts);
	sessions_share(j->sessions, parts, each);
	unseen_share(j->unseen, parts, each);
	fleet_share(j->fleet, parts);
	catchall_share(j->catchall, parts);
	coverage_share(j->coverage, parts);
	verified_share(j->verified, parts, each);
	know_dns_share(j->dns, parts, each);
}

struct joint *joint_new(const struct sensor_config *c)
{
	struct joint *j = calloc(1, sizeof *j);

	if (!j)
		return NULL;
	j->config = c;
	j->want = (1u << DATASET_NUM) - 1;
	j->places = places_new();
	j->sessions = sessions_new();
	j->unseen = unseen_new();
	j->fleet = fleet_new();
	j->catchall = catchall_new();
	j->coverage = coverage_new();
	j->verified = verified_new();
	j->dns = know_dns_new();
	j->answers = c->keep_packets ? answers_new() : NULL;
	if (!j->places || !j->sessions || !j->unseen || !j->fleet ||
	    !j->catchall || !j->coverage || !j->verified || !j->dns ||
	    (c->keep_packets && !j->answers)) {
		joint_free(j);
		return NULL;
	}
	know_share(j, c->pools.know);
	return j;
}

void joint_free(struct joint *j)
{
	struct log_event *e;

	if (!j)
		return;
	while ((e = joint_next(j)))
		log_event_unref(e);
	places_free(j->places);
	sessions_free(j->sessions);
	unseen_free(j->unseen);
	fleet_free(j->fleet);
	catchall_free(j->catchall);
	coverage_free(j->coverage);
	verified_free(j->verified);
	know_dns_free(j->dns);
	answers_free(j->answers);
	free(j);
}

void joint_know_name(struct joint *j, struct bytes name)
{
	places_own_name(j->places, name);
}

/* Nothing of it is news. */
/* Is the certificate the name's, though it may say so in its CN only? */
static bool names_it(const struct match *m)
{
	return m->state == MATCH_TRUE ||
	       (m->state == MATCH_FALSE && m->reason == MATCH_CN_ONLY);
}

void joint_know_shown(struct joint *j, struct bytes name,
		      const struct endpoint *where, const struct cert *leaf,
		      bool trusted, struct stamp first, struct stamp last)
{
	struct fleet_news news;
	uint8_t previous[32];
	struct match m;

	if (leaf->error)
		return;
	(void)places_see(j->places, name, where, leaf->sha256, previous);
	match_name(leaf, name, &m);
	if (!names_it(&m))
		return;
	fleet_see(j->fleet, name, where->port, leaf, trusted, first, &news);
	fleet_see(j->fleet, name, where->port, leaf, trusted, last, &news);
}

void joint_want(struct joint *j, unsigned datasets)
{
	j->want = datasets;
}

struct log_event *joint_next(struct joint *j)
{
	if (j->first == j->num_ready) {
		j->first = j->num_ready = 0;
		return NULL;
	}
	return j->ready[j->first++];
}

static void put(struct joint *j, struct log_event *e)
{
	if (!e)
		j->dropped_memory++;
	else if (j->num_ready < MAX_READY)
		j->ready[j->num_ready++] = e;
	else
		log_event_unref(e);
}

static void count(struct joint *j, const struct observation *o)
{
	j->handshakes++;
	j->visibility[o->sight.visibility]++;
	j->hidden[o->sight.hidden]++;
	j->absent[o->sight.absent]++;
	j->reaction[o->reaction.verdict]++;
}

/*
 * Scanners: the client is outside, the server inside, and the name is neither
 * configured nor was it ever served there with a matching certificate. What is
 * served outside is nothing of ours: scanners like to ask for those names.
 */
static void judge_stranger(struct joint *j, struct judgement *v)
{
	const struct policy *p = &j->config->policy;
	struct evidence *ev = &v->ev;
	const struct observation *o = v->obs;
	struct bytes name = ev->name.reference;
	bool inside = policy_is_own(p, &observation_server(o)->addr);
	bool outside = !policy_is_own(p, &observation_client(o)->addr);

	ev->own_name = inside && name.len &&
		       ev->name.unjudged == NAME_JUDGED &&
		       ev->name.match.state == MATCH_TRUE;
	if (ev->own_name)
		places_own_name(j->places, name);
	ev->stranger = outside && inside &&
		       !(name.len && (policy_is_own_name(p, name) ||
				      places_is_own_name(j->places, name)));
}

/* A resumed handshake is judged by the certificate its session began with. */
static void resume(struct joint *j, struct judgement *v)
{
	const struct session_origin *o = sessions_find(j->sessions, v->obs);

	if (o)
		judgement_carry(v, o->leaf, o->handshake_id);
}

static void learn_session(struct joint *j, struct judgement *v)
{
	struct cert *leaf = v->carried;

	if (!leaf)
		leaf = observation_leaf(v->obs, TLS_SERVER);
	if (leaf)
		sessions_learn(j->sessions, v->obs, leaf,
			       v->carried ? v->ev.carried_from
					  : v->handshake_id);
}

/* What a server is offered, but for the name: suites, versions, groups. */
static uint64_t likeness(const struct tls_client_hello *c)
{
	static const struct hash_key key = { 0x6f66666572, 0x6c696b65 };
	uint64_t h = hash_bytes(&key, c->suites);

	h = hash_u64(&key, h, hash_bytes(&key, c->versions));
	h = hash_u64(&key, h, hash_bytes(&key, c->groups));
	return hash_u64(&key, h, hash_bytes(&key, c->signature_algorithms));
}

static void compare_offers(struct joint *j, struct judgement *v)
{
	const struct tls_handshake *hs = v->obs->hs;
	const struct endpoint *server = observation_server(v->obs);

	if (!hs->client.count || hs->client.cut)
		return;
	if (hs->server.seen)
		places_completed(j->places, server, likeness(&hs->client),
				 v->ev.name.reference);
	else
		v->ev.completed_other = places_completed_other(
			j->places, server, likeness(&hs->client),
			v->ev.name.reference);
}

/*
 * The chain and the staple, at the time of judging. Here and not in the worker
 * (where HOUSE.md has it): what is remembered of chains is then one for all
 * workers, and the intermediates seen elsewhere are known. Each costs its
 * signatures once a day.
 */
static void judge_chain(struct joint *j, struct judgement *v)
{
	struct evidence *ev = &v->ev;

	if (ev->clock_known)
		verified_chain(j->verified, j->config->trust, v->obs,
			       stamp_to_sec(ev->at), &ev->chain);
	verified_staple(j->verified, v->obs, &ev->staple);
}

/*
 * What else the length of an encrypted certificate depends on: the protocols
 * offered (the answer stands beside it), a staple, compression.
 */
static uint64_t likeness_sealed(const struct tls_client_hello *c)
{
	static const struct hash_key key = { 0x7365616c6564, 0x6c656e };
	uint64_t h = hash_u64(&key, likeness(c), hash_bytes(&key, c->alpn));

	h = hash_u64(&key, h, hash_bytes(&key, c->cert_compression));
	return hash_u64(&key, h, c->status_request);
}

/* Certificates that can be seen tell of those that cannot. */
static void compare_unseen(struct joint *j, struct judgement *v)
{
	const struct observation *o = v->obs;
	struct unseen_news news;

	if (v->ev.not_meant || !judgement_hello_whole(o->hs))
		return;
	/* an outer name is not the certificate's, unless it is known to be */
	if (o->hs->ech == TLS_ECH_OFFERED)
		return;
	if (!v->ev.carried && v->ev.leaf) {
		unseen_learn(j->unseen, o, v->ev.name.reference);
		return;
	}
	if (o->sight.visibility != TLS_HIDDEN)
		return;
	unseen_see(j->unseen, o, v->ev.name.reference,
		   likeness_sealed(&o->hs->client), &news);
	judgement_unseen(v, &news);
}

static void compare_fleet(struct joint *j, struct judgement *v)
{
	struct evidence *ev = &v->ev;

	if (!ev->leaf || ev->leaf->error || ev->carried ||
	    !ev->name.reference.len || ev->name.unjudged != NAME_JUDGED ||
	    !names_it(&ev->name.match))
		return;
	fleet_see(j->fleet, ev->name.reference,
		  observation_server(v->obs)->port, ev->leaf,
		  ev->chain.state == CHAIN_TRUSTED, v->obs->time, &ev->fleet);
}

/* Is the leaf one that answers to whatever is asked for? */
static void find_catchall(struct joint *j, struct judgement *v)
{
	struct evidence *ev = &v->ev;

	if (ev->name.source && ev->name.unjudged == NAME_JUDGED &&
	    ev->name.match.state == MATCH_FALSE &&
	    ev->name.match.reason != MATCH_CN_ONLY)
		ev->catch_all = catchall_see(j->catchall, ev->leaf->sha256,
					     ev->name.reference, v->obs->time);
}

static void certificate_event(struct joint *j, struct judgement *v)
{
	const struct cert *leaf = v->ev.leaf;
	uint8_t previous[32];
	enum place_news news;
	struct log_event *e;

	if (!leaf || leaf->error)
		return;
	news = places_see(j->places, v->ev.name.reference,
			  observation_server(v->obs), leaf->sha256, previous);
	if (news == PLACE_KNOWN || !(j->want & 1u << DATASET_CERTIFICATE))
		return;
	e = log_event_of(v, DATASET_CERTIFICATE,
		     news == PLACE_FIRST ? ACTION_FIRST_SEEN : ACTION_REPLACED,
		     NULL);
	if (e && news == PLACE_REPLACED) {
		e->has_previous = true;
		memcpy(e->previous, previous, 32);
	}
	put(j, e);
}

static void handshake(struct joint *j, struct observation *o)
{
	struct judgement *v;

	count(j, o);
	v = judgement_new(o, &j->config->policy);
	if (!v) {
		j->dropped_memory++;
		return;
	}
	resume(j, v);
	complete_dns(j->dns, v);
	policy_complete(&v->ev, &v->arena);
	compare_offers(j, v);
	compare_unseen(j, v);
	judge_stranger(j, v);
	find_catchall(j, v);
	judge_chain(j, v);
	compare_fleet(j, v);
	judgement_run(v);
	j->excepted += v->num_excepted;
	if (v->ev.name.unjudged == NAME_JUDGED && v->ev.name.source)
		j->judged_names++;
	coverage_see(j->coverage, v->ev.name.reference, v->ev.leaf != NULL,
		     o->sight.hidden);
	learn_session(j, v);
	if (j->answers && v->num_findings)
		answers_add(j->answers, v);
	certificate_event(j, v);
	for (size_t i = 0; i < v->num_findings; i++)
		if (j->want & 1u << DATASET_FINDING)
			put(j, log_event_of(v, DATASET_FINDING, ACTION_OPENED,
					&v->findings[i]));
	if (j->want & 1u << DATASET_HANDSHAKE)
		put(j, log_event_of(v, DATASET_HANDSHAKE, ACTION_NONE, NULL));
	judgement_unref(v);
}

void joint_take(struct joint *j, struct observation *o)
{
	if (o->kind == OBSERVATION_HANDSHAKE) {
		handshake(j, o);
	} else if (o->kind == OBSERVATION_DNS) {
		complete_learn(j->dns, o);
		if (j->answers)
			answers_keep(j->answers, o);
	}
	observation_unref(o);
}

static void status_verified(const struct verified *v, struct status *s)
{
	struct verified_counters c;

	verified_count(v, &c);
	status_count(s, "know", "chains_verified", c.chains);
	status_count(s, "know", "staples_verified", c.staples);
	status_count(s, "know", "verified_before", c.remembered);
	status_count(s, "know", "verified_evicted", c.evicted);
	status_count(s, "know", "intermediates_evicted",
		     c.evicted_intermediates);
}

static void status_dns(const struct know_dns *k, struct status *s)
{
	const struct know_dns_counters *c = know_dns_counters(k);

	status_count(s, "dns", "answers", c->answers);
	status_count(s, "dns", "hints", c->hints);
	status_count(s, "dns", "negative", c->negative);
	status_count(s, "dns", "bad", c->bad);
	status_count(s, "dns", "left_out", c->left_out);
	status_count(s, "dns", "chains_cut", c->cut);
	status_count(s, "dns", "names_crowded", c->crowded);
	status_count(s, "know", "dns_evicted", know_dns_evicted(k));
}

/* Whose certificates are not seen, so that keys can be given for them. */
static void status_coverage(const struct joint *j, struct status *s)
{
	const struct coverage_name *most[LIMIT_STATUS_NAMES];

	s->num_names = coverage_most(j->coverage, most, LIMIT_STATUS_NAMES);
	for (size_t i = 0; i < s->num_names; i++) {
		struct status_name *n = &s->names[i];

		memcpy(n->name, most[i]->name, most[i]->len);
		n->len = most[i]->len;
		n->handshakes = most[i]->handshakes;
		n->judged = most[i]->judged;
		n->hidden = most[i]->hidden;
		n->why = hidden_words[coverage_why(most[i])];
	}
	status_count(s, "know", "coverage_evicted",
		     coverage_evicted(j->coverage));
}

void joint_status(const struct joint *j, struct status *s)
{
	status_count(s, "handshakes", "total", j->handshakes);
	for (int i = 0; i < 4; i++)
		status_count(s, "handshakes", visibility_words[i],
			     j->visibility[i]);
	status_count(s, "handshakes", "judged_names", j->judged_names);
	for (int i = 1; i < TLS_HIDDEN_NUM; i++)
		status_count(s, "hidden_because", hidden_words[i],
			     j->hidden[i]);
	for (int i = 1; i < 6; i++)
		status_count(s, "absent_because", absent_words[i],
			     j->absent[i]);
	for (int i = 0; i < 5; i++)
		status_count(s, "reactions", verdict_words[i], j->reaction[i]);
	status_count(s, "findings", "excepted", j->excepted);
	status_count(s, "know", "evicted", places_evicted(j->places));
	status_count(s, "know", "fleet_evicted", fleet_evicted(j->fleet));
	status_count(s, "know", "catchall_evicted",
		     catchall_evicted(j->catchall));
	status_coverage(j, s);
	status_count(s, "know", "unseen_evicted", unseen_evicted(j->unseen));
	status_count(s, "know", "sessions_evicted",
		     sessions_evicted(j->sessions));
	status_verified(j->verified, s);
	status_dns(j->dns, s);
	status_count(s, "memory", "known", know_memory(j, false));
	status_count(s, "memory", "dropped_joint", j->dropped_memory);
}
