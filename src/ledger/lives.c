/* lives.c: see ledger_parts.h. */
#include "ledger/ledger_parts.h"

void lives_drop(void *value)
{
	struct life *life = value;

	if (life->last)
		--*life->num_kept;
	judgement_unref(life->last);
}

/* Was this finding of this very handshake counted before? */
static bool is_copy(struct ledger *l, const struct log_event *e)
{
	char key[66];
	bool fresh;

	memcpy(key, e->finding->id, 33);
	memcpy(key + 33, e->judgement->handshake_id, 33);
	(void)lru_put(l->handshakes, bytes_of(key, sizeof key), &fresh);
	return !fresh;
}

/* What a later event of the finding is rendered from, as long as there is room
 * for it: LIMIT_LEDGER_KEPT handshakes. */
static void keep(struct ledger *l, struct life *life, const struct log_event *e)
{
	if (!life->last && l->num_kept >= LIMIT_LEDGER_KEPT) {
		l->forgotten++;
		return;
	}
	if (!life->last)
		l->num_kept++;
	judgement_ref(e->judgement);
	judgement_unref(life->last);
	life->last = e->judgement;
	life->num_kept = &l->num_kept;
	life->finding = (size_t)(e->finding - e->judgement->findings);
}

static void let_go(struct ledger *l, struct life *life)
{
	if (!life->last)
		return;
	judgement_unref(life->last);
	life->last = NULL;
	l->num_kept--;
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
	let_go(l, life);
}

struct bytes lives_place_key(const struct judgement *j,
			     uint8_t key[static PLACE_KEY])
{
	const struct endpoint *e = observation_server(j->obs);
	struct bytes name = bytes_head(j->ev.name.reference, 256);
	size_t n = 0;

	memcpy(key, e->addr.b, 16);
	key[16] = (uint8_t)(e->port >> 8);
	key[17] = (uint8_t)e->port;
	for (n = 0; n < name.len; n++)
		key[18 + n] = (uint8_t)(name.p[n] | 0x20);
	return bytes_of(key, 18 + n);
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
	struct place *p;
	bool fresh;

	if (!ends_by_place(e->finding->check))
		return;
	p = lru_put(l->places, lives_place_key(e->judgement, key), &fresh);
	if (!p)
		return;
	for (uint32_t i = 0; i < p->num; i++)
		if (!strcmp(p->ids[i], e->finding->id))
			return;
	if (p->num == PLACE_FINDINGS)
		return;
	memcpy(p->ids[p->num++], e->finding->id, sizeof p->ids[0]);
	life->bad_places++;
}

static bool has_finding(const struct judgement *j, const char *id)
{
	for (size_t i = 0; i < j->num_findings; i++)
		if (!strcmp(j->findings[i].id, id))
			return true;
	return false;
}

/* Nothing that makes clients refuse it: only such a one replaces a bad one. */
static bool is_good(const struct judgement *j)
{
	for (size_t i = 0; i < j->num_findings; i++)
		if (j->findings[i].check->explains)
			return false;
	return true;
}

/* Does the place now show a good certificate, without what was wrong before? */
void lives_check_place(struct ledger *l, const struct judgement *j)
{
	uint8_t key[PLACE_KEY];
	struct place *p;
	uint32_t kept = 0;

	if (!j->ev.leaf || j->ev.carried || !is_good(j))
		return;
	p = lru_get(l->places, lives_place_key(j, key));
	for (uint32_t i = 0; p && i < p->num; i++) {
		struct life *life = lru_get(l->findings,
					    bytes_str(p->ids[i]));

		if (life && has_finding(j, p->ids[i])) {
			memmove(p->ids[kept++], p->ids[i], sizeof p->ids[0]);
			continue;
		}
		if (life && life->bad_places && !--life->bad_places)
			resolve(l, life, "replaced");
	}
	if (p)
		p->num = kept;
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
	life = lru_put(l->findings, bytes_str(e->finding->id), &fresh);
	if (!life)
		return;
	life_count(life, e);
	severity = life_severity(life, e->finding);
	if (!l->any || severity > l->worst)
		l->worst = severity;
	l->any = true;
	action = life_next(life, severity, l->now, &l->rules);
	keep(l, life, e);
	mark_place(l, life, e);
	if (action == ACTION_OPENED)
		supersede(l, e);
	if (action != ACTION_NONE)
		tell_finding(l, life, e, action, severity);
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
