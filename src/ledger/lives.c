/* lives.c: see ledger_parts.h. */
#include "ledger/ledger_parts.h"

static void uncount(struct life *life)
{
	life->kept->num--;
	life->kept->bytes -= life->last_bytes;
	judgement_unref(life->last);
	life->last = NULL;
}

void lives_count_kept(struct ledger *l, struct life *life)
{
	life->kept = &l->kept;
	life->last_bytes = judgement_memory(life->last);
	l->kept.num++;
	l->kept.bytes += life->last_bytes;
}

void lives_drop(void *value)
{
	struct life *life = value;

	state_forget(life);
	if (life->last)
		uncount(life);
}

/* Was this finding of this very handshake counted before? */
static bool is_copy(struct ledger *l, const struct log_event *e)
{
	char key[66];
	bool fresh;

	memcpy(key, e->finding->id, 33);
	memcpy(key + 33, e->judgement->handshake_id, 33);
	(void)lru_put(l->handshakes, bytes_of(key, sizeof key), &fresh);
	if (fresh)
		state_counted(l, bytes_of(key, sizeof key));
	return !fresh;
}

/* What a later event of the finding is rendered from, as long as there is room
 * for it: LIMIT_LEDGER_KEPT handshakes, LIMIT_LEDGER_HELD bytes. */
static void keep(struct ledger *l, struct life *life, const struct log_event *e)
{
	if (!life->last && (l->kept.num >= LIMIT_LEDGER_KEPT ||
			    l->kept.bytes >= l->kept.max)) {
		l->forgotten++;
		return;
	}
	judgement_ref(e->judgement); /* it may be the one that is held */
	if (life->last)
		uncount(life);
	life->last = e->judgement;
	lives_count_kept(l, life);
	life->finding = (size_t)(e->finding - e->judgement->findings);
}

void lives_let_go(struct life *life)
{
	if (life->last)
		uncount(life);
}

static void tell_finding(struct ledger *l, struct life *life,
			 struct log_event *e, enum action action,
			 enum severity severity)
{
	judgement_word(e->judgement);
	if (e->finding->severity != severity) {
		e->raised = *e->finding;
		e->raised.severity = severity;
		e->finding = &e->raised;
	}
	e->action = action;
	e->occurrences = life->seen;
	e->has_occurrences = true;
	log_event_settle(e);
	if (l->exhibits &&
	    (action == ACTION_OPENED || action == ACTION_ESCALATED))
		exhibits_keep(l->exhibits, e, life->evidence);
	memcpy(e->evidence, life->evidence, sizeof e->evidence);
	life_told(life, action, severity, l->now);
	l->told[action]++;
	state_tell(l, life, e);
	ledger_tell(l, e);
}

static void resolve(struct ledger *l, struct life *life, const char *because)
{
	struct log_event *e;

	if (life->last && !life->resolved) {
		e = log_event_of(life->last, DATASET_FINDING, ACTION_RESOLVED,
				 &life->last->findings[life->finding]);
		if (e) {
			e->time = l->now;
			e->because = because;
			tell_finding(l, life, e, ACTION_RESOLVED,
				     life->severity);
			log_event_unref(e);
		}
	}
	life->resolved = true;
	state_change(l, life);
	lives_let_go(life);
}

struct bytes lives_key(const struct endpoint *e, struct bytes name,
		       uint8_t key[static PLACE_KEY])
{
	size_t n = 0;

	name = bytes_head(name, 256);
	memcpy(key, e->addr.b, 16);
	key[16] = (uint8_t)(e->port >> 8);
	key[17] = (uint8_t)e->port;
	for (n = 0; n < name.len; n++)
		key[18 + n] = (uint8_t)(name.p[n] | 0x20);
	return bytes_of(key, 18 + n);
}

struct bytes lives_client_key(const struct witness *w,
			      uint8_t key[static PLACE_KEY])
{
	memset(key, 0, PLACE_KEY);
	memcpy(key, w->leaf->sha256, 32);
	return bytes_of(key, PLACE_KEY);
}

struct bytes lives_place_key(const struct judgement *j,
			     uint8_t key[static PLACE_KEY])
{
	return lives_key(observation_server(j->obs), j->ev.name.reference,
			 key);
}

/* Can another certificate at the same place end it? */
static bool ends_by_place(const struct check *c)
{
	return !c->news && (c->key == KEY_LEAF || c->key == KEY_NAME_LEAF ||
			    c->key == KEY_ISSUER);
}

/* The place shows the finding: it is bad until it shows something better. */
static void mark_place(struct ledger *l, struct life *life,
		       const struct log_event *e)
{
	uint8_t key[PLACE_KEY];
	struct bytes bytes;
	struct place *p;
	bool fresh;

	if (!ends_by_place(e->finding->check))
		return;
	bytes = lives_place_key(e->judgement, key);
	p = lru_put(l->places, bytes, &fresh);
	if (!p)
		return;
	for (uint32_t i = 0; i < p->num; i++)
		if (!strcmp(p->ids[i], e->finding->id))
			return;
	if (p->num == PLACE_FINDINGS)
		return;
	memcpy(p->ids[p->num++], e->finding->id, sizeof p->ids[0]);
	life->bad_places++;
	state_place(l, bytes, e->finding->id, true);
}

/* Also one that the configuration hides since it was told. */
static bool has_finding(const struct judgement *j, const char *id)
{
	char hidden[33];

	for (size_t i = 0; i < j->num_findings; i++)
		if (!strcmp(j->findings[i].id, id))
			return true;
	for (size_t i = 0; i < j->num_excepted; i++) {
		const struct check *c = j->excepted[i];

		judgement_id(j, c->code, c->key, hidden);
		if (!strcmp(hidden, id))
			return true;
	}
	return false;
}

static bool has_check(const struct judgement *j, const struct check *check)
{
	for (size_t i = 0; i < j->num_findings; i++)
		if (j->findings[i].check == check)
			return true;
	for (size_t i = 0; i < j->num_excepted; i++)
		if (j->excepted[i] == check)
			return true;
	return false;
}

/* Was this wrong at the place before, beside the finding? Another one of its
 * own kind is no better. */
static bool stood_here(const struct place *p, const struct judgement *j,
		       const struct check *check, const struct life *life)
{
	const struct judgement *last = life->last;
	char id[33];

	if (!last || last->findings[life->finding].check == check)
		return false;
	if (has_check(last, check))
		return true;
	/* what came from the state has its own finding only */
	judgement_id(j, check->code, check->key, id);
	for (uint32_t i = 0; i < p->before; i++)
		if (!strcmp(p->ids[i], id))
			return true;
	return false;
}

/*
 * Only a good certificate replaces a bad one: nothing makes clients refuse it,
 * or only what did so before: who renews a certificate of an authority that is
 * in no store has it renewed.
 */
static bool is_good(const struct place *p, const struct judgement *j,
		    const struct life *life)
{
	for (size_t i = 0; i < num_checks; i++)
		if (checks[i]->explains && has_check(j, checks[i]) &&
		    !stood_here(p, j, checks[i], life))
			return false;
	return true;
}

/* The same leaf, shown to a client that did not ask for what the finding is
 * about: nothing is over for that. */
static bool tells_nothing(const struct judgement *j, const struct life *life)
{
	const struct check *check;

	if (!life->last || !life->last->ev.leaf ||
	    memcmp(life->last->ev.leaf->sha256, j->ev.leaf->sha256, 32) != 0)
		return false;
	check = life->last->findings[life->finding].check;
	return check->told_by && !check->told_by(&j->ev);
}

/* Does the place now show a good certificate, without what was wrong before? */
void lives_check_place(struct ledger *l, const struct judgement *j)
{
	uint8_t key[PLACE_KEY];
	struct bytes bytes;
	struct place *p;
	uint32_t kept = 0;

	if (!j->ev.leaf || j->ev.carried)
		return;
	bytes = lives_place_key(j, key);
	p = lru_get(l->places, bytes);
	for (uint32_t i = 0; p && i < p->num; i++) {
		struct life *life = lru_get(l->findings,
					    bytes_str(p->ids[i]));

		if (life && (has_finding(j, p->ids[i]) ||
			     tells_nothing(j, life) ||
			     !is_good(p, j, life))) {
			memmove(p->ids[kept++], p->ids[i], sizeof p->ids[0]);
			continue;
		}
		state_place(l, bytes, p->ids[i], false);
		if (life && life->bad_places && !--life->bad_places)
			resolve(l, life, "replaced");
	}
	if (p)
		p->num = p->before = kept;
}

/* A certificate that expires soon has expired: one finding follows another. */
static void supersede(struct ledger *l, const struct log_event *e)
{
	char id[33];
	struct life *life;

	for (int i = 0; i < 4 && e->finding->check->silences[i]; i++) {
		judgement_id(e->judgement, e->finding->check->silences[i],
			     e->finding->check->key, id);
		life = lru_get(l->findings, bytes_str(id));
		if (life && life->told && !life->resolved)
			resolve(l, life, "superseded");
	}
}

static void note_worst(struct ledger *l, enum severity severity)
{
	if (!l->any || severity > l->worst)
		l->worst = severity;
	l->any = true;
}

static struct life *find_life(struct ledger *l, const char *id, bool *fresh)
{
	struct life *life = lru_put(l->findings, bytes_str(id), fresh);

	if (life && *fresh)
		memcpy(life->id, id, sizeof life->id);
	return life;
}

void lives_take(struct ledger *l, struct log_event *e)
{
	enum severity severity;
	struct life *life;
	enum action action;
	bool fresh;

	if (is_copy(l, e)) {
		l->copies++;
		return;
	}
	life = find_life(l, e->finding->id, &fresh);
	if (!life)
		return;
	life_count(life, e);
	severity = life_severity(life, e->finding);
	note_worst(l, severity);
	action = life_next(life, severity, l->now, &l->rules);
	keep(l, life, e);
	mark_place(l, life, e);
	state_change(l, life);
	if (action == ACTION_OPENED)
		supersede(l, e);
	if (action != ACTION_NONE)
		tell_finding(l, life, e, action, severity);
}

/*
 * A finding that time brought, at its moment: opened or escalated, never
 * repeated (nothing shows it), never opened again once it was over. It counts
 * no handshake and was seen when the certificate was.
 */
static void take_aged(struct ledger *l, struct log_event *e,
		      struct stamp shown)
{
	enum severity severity = e->finding->severity;
	struct life *life;
	enum action action;
	bool fresh;

	life = find_life(l, e->finding->id, &fresh);
	if (!life || life->resolved)
		return;
	if (!life->told)
		life->seen.first = life->seen.last = shown;
	action = life_next(life, severity, e->time, &l->rules);
	if (action != ACTION_OPENED && action != ACTION_ESCALATED)
		return;
	note_worst(l, severity);
	keep(l, life, e);
	mark_place(l, life, e);
	state_change(l, life);
	l->aged++;
	if (action == ACTION_OPENED)
		supersede(l, e);
	tell_finding(l, life, e, action, severity);
}

static void age(struct ledger *l, const struct witness *w, struct stamp due)
{
	struct judgement *j = witness_again(w, l->policy, due);
	struct log_event *e;

	for (size_t i = 0; j && i < j->num_findings; i++) {
		e = log_event_of(j, DATASET_FINDING, ACTION_OPENED,
				 &j->findings[i]);
		if (!e)
			break;
		e->time = due;
		take_aged(l, e, w->shown);
		log_event_unref(e);
	}
	judgement_unref(j);
}

/* Time that nobody watched (a hole between captures, a clock that was set)
 * tells nothing of what was still there by then. */
#define UNWATCHED (86400 * NSEC_PER_SEC)

void lives_age(struct ledger *l, struct stamp now)
{
	struct stamp due;
	struct witness w;

	while (l->policy && aging_next(l->aging, now, l->policy,
				       l->rules.resolve_after, &due, &w)) {
		if (now.ns - due.ns < UNWATCHED) {
			l->now = due; /* the tick goes on to its own */
			age(l, &w, due);
		}
		witness_fini(&w);
	}
}

static bool end_old(void *value, void *arg)
{
	struct life *life = value;
	struct ledger *l = arg;

	if (!life_is_over(life, l->now, &l->rules))
		return false; /* the rest was used later */
	if (life->told && !life->resolved)
		resolve(l, life, "not_seen");
	return true;
}

void lives_end_old(struct ledger *l)
{
	lru_each(l->findings, end_old, l);
}
