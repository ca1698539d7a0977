/* restore.c: what the store has, into memory again, and told again where it may
 * not have been written; see state.h. */
#include "ledger/state.h"

#include "base/reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct restore {
	struct ledger *l;
	const struct ledger_known *known;
	struct cert_cache *certs;
};

static const struct check *find_check(const char *code)
{
	for (size_t i = 0; i < num_checks; i++)
		if (!strcmp(checks[i]->code, code))
			return checks[i];
	return NULL;
}

static bool is_id(const char *id)
{
	size_t n = 0;

	while (isxdigit((unsigned char)id[n]))
		n++;
	return n == 32 && !id[n];
}

static void read_clients(struct occurrences *o, struct bytes b)
{
	struct reader r = rd_whole(b);

	while (rd_more(&r) && o->num_clients_kept < LIMIT_LEDGER_CLIENTS) {
		struct addr a = { .family = rd_u8(&r) };
		struct bytes address = rd_bytes(&r, 16);

		if (!address.len || (a.family != 4 && a.family != 6))
			return;
		memcpy(a.b, address.p, 16);
		o->clients[o->num_clients_kept++] = a;
	}
}

static const char *keep_text(struct judgement *j, const char *text)
{
	return text ? arena_str(&j->arena, bytes_str(text)) : NULL;
}

/* What a later event of the finding is rendered from. */
static struct judgement *judgement_from(struct restore *r,
					const struct store_finding *f,
					const struct check *check)
{
	struct judgement *j;
	struct finding *out;
	struct witness w;

	if (!f->message || !witness_read(f->witness, &w))
		return NULL;
	if (f->der.len)
		w.leaf = cert_cache_get(r->certs, f->der);
	j = witness_judgement(&w, r->l->policy);
	witness_fini(&w);
	if (!j)
		return NULL;
	out = &j->findings[0];
	*out = (struct finding){
		.check = check,
		.severity = (enum severity)f->severity,
		.inferred = f->inferred,
		.message = keep_text(j, f->message),
		.reason = keep_text(j, f->reason),
		.hint.cause = keep_text(j, f->cause),
		.hint.fix = keep_text(j, f->fix),
		.hint.verify = keep_text(j, f->verify),
		.hint.url = keep_text(j, f->url),
	};
	memcpy(out->id, f->id, sizeof out->id);
	j->num_findings = 1;
	j->worded = true;
	if (out->message)
		return j;
	judgement_unref(j);
	return NULL;
}

static const char *because_of(const char *text)
{
	static const char *const words[] = { "replaced", "superseded",
					     "not_seen" };

	for (size_t i = 0; text && i < 3; i++)
		if (!strcmp(text, words[i]))
			return words[i];
	return NULL;
}

static void fill_life(struct life *life, const struct store_finding *f)
{
	struct occurrences *o = &life->seen;

	memcpy(life->id, f->id, sizeof life->id);
	o->count = (uint64_t)f->count;
	o->first = f->first;
	o->last = f->last;
	o->num_clients = (uint64_t)f->num_clients;
	o->num_rejected = (uint64_t)f->num_rejected;
	read_clients(o, f->clients);
	life->severity = (enum severity)f->severity;
	life->told = f->told;
	life->resolved = f->resolved;
	life->repeats = (uint32_t)f->repeats;
	life->last_told = f->last_told;
	if (f->pending && f->action >= ACTION_OPENED &&
	    f->action <= ACTION_RESOLVED)
		life->pending = (enum action)f->action;
	life->because = because_of(f->because);
	snprintf(life->evidence, sizeof life->evidence, "%s",
		 f->evidence ? f->evidence : "");
}

static void restore_finding(void *arg, const struct store_finding *f)
{
	const struct check *check = find_check(f->code);
	struct restore *r = arg;
	struct ledger *l = r->l;
	struct life *life;
	bool fresh;

	if (!check || !is_id(f->id) || f->severity < SEVERITY_INFO ||
	    f->severity > SEVERITY_HIGH || f->count < 0)
		return; /* of another version, or made up */
	life = lru_put(l->findings, bytes_str(f->id), &fresh);
	if (!life || !fresh)
		return;
	fill_life(life, f);
	l->state->restored++;
	if (life->resolved && !life->pending)
		return;
	if (l->kept.num < LIMIT_LEDGER_KEPT && l->kept.bytes < l->kept.max)
		life->last = judgement_from(r, f, check);
	if (life->last)
		lives_count_kept(l, life);
	l->state->pending |= life->pending && life->last;
}

static void restore_place(void *arg, struct bytes key, const char *id)
{
	struct restore *r = arg;
	struct place *p;
	struct life *life;
	bool fresh;

	if (!is_id(id) || !key.len)
		return;
	life = lru_get(r->l->findings, bytes_str(id));
	p = life && !life->resolved ? lru_put(r->l->places, key, &fresh)
				    : NULL;
	if (!p || p->num == PLACE_FINDINGS)
		return;
	memcpy(p->ids[p->num++], id, sizeof p->ids[0]);
	p->before = p->num;
	life->bad_places++;
}

static void restore_counted(void *arg, struct bytes key)
{
	struct restore *r = arg;
	bool fresh;

	(void)lru_put(r->l->handshakes, key, &fresh);
}

static void restore_own_name(void *arg, const char *name)
{
	struct restore *r = arg;

	r->known->own_name(r->known->arg, bytes_str(name));
}

/* The row's witness with its certificate, for witness_fini(). */
static bool restore_witness(struct restore *r, const struct store_shown *s,
			    struct witness *out)
{
	if (!s->der.len || !witness_read(s->witness, out))
		return false;
	out->leaf = cert_cache_get(r->certs, s->der);
	return out->leaf;
}

static void restore_shown(void *arg, const struct store_shown *s)
{
	struct restore *r = arg;
	uint8_t key[PLACE_KEY];
	struct witness w;

	if (!restore_witness(r, s, &w))
		return;
	r->known->shown(r->known->arg, bytes_of(w.name, w.name_len), &s->where,
			w.leaf, w.trusted, s->first, s->last);
	if (!w.leaf->error)
		aging_know(r->l->aging,
			   lives_key(&s->where, bytes_of(w.name, w.name_len),
				     key),
			   &w, r->l->policy, r->l->rules.resolve_after);
	witness_fini(&w);
}

/* A client's certificate: where, and to whom, its witness knows. */
static void restore_presented(void *arg, const struct store_shown *s)
{
	struct restore *r = arg;
	uint8_t key[PLACE_KEY];
	struct witness w;

	if (!restore_witness(r, s, &w))
		return;
	if (w.client && !w.leaf->error)
		aging_know(r->l->aging, lives_client_key(&w, key), &w,
			   r->l->policy, r->l->rules.resolve_after);
	witness_fini(&w);
}

static void restore_all(struct ledger *l, const struct ledger_known *known)
{
	struct restore r = { .l = l, .known = known,
			     .certs = cert_cache_new() };
	struct store_reader reader = {
		.arg = &r,
		.finding = restore_finding,
		.place = restore_place,
		.counted = restore_counted,
		.own_name = restore_own_name,
		.shown = restore_shown,
		.presented = restore_presented,
	};

	/* a damaged file is set aside; what was read of it counts */
	if (r.certs && !store_read(l->state->store, &reader))
		state_put_all(l);
	l->state->aged = store_newest(l->state->store);
	cert_cache_free(r.certs);
}

bool ledger_open_state(struct ledger *l, const char *dir, int64_t retention,
		       const struct ledger_known *known, char *err)
{
	struct state *st = calloc(1, sizeof *st);

	if (!st) {
		snprintf(err, STORE_ERROR_TEXT, "out of memory");
		return false;
	}
	st->retention = retention;
	st->store = store_open(dir, err);
	if (!st->store) {
		free(st);
		return false;
	}
	st->inventory = inventory_new(st->store, LIMIT_STATE_CACHE *
						       l->state_parts / 1024);
	if (!st->inventory) {
		snprintf(err, STORE_ERROR_TEXT, "out of memory");
		store_close(st->store);
		free(st);
		return false;
	}
	l->state = st;
	state_begin(l, l->sinks.threads);
	restore_all(l, known);
	return true;
}

static void retell(struct ledger *l, struct life *life)
{
	struct log_event *e;

	e = log_event_of(life->last, DATASET_FINDING, life->pending,
			 &life->last->findings[life->finding]);
	if (!e)
		return;
	e->time = life->last_told;
	e->because = life->pending == ACTION_RESOLVED ? life->because : NULL;
	e->occurrences = life->seen;
	e->has_occurrences = true;
	memcpy(e->evidence, life->evidence, sizeof e->evidence);
	ledger_tell(l, e);
	log_event_unref(e);
}

static bool retell_pending(void *value, void *arg)
{
	struct life *life = value;
	struct ledger *l = arg;

	if (life->pending && life->last)
		retell(l, life);
	life->pending = ACTION_NONE;
	if (life->resolved)
		lives_let_go(life);
	return true;
}

void state_retell(struct ledger *l)
{
	if (!l->state || !l->state->pending)
		return;
	l->state->pending = false;
	l->state->unsettled = true;
	lru_each(l->findings, retell_pending, l);
}

static bool put_whole(void *value, void *arg)
{
	struct life *life = value;
	struct log_event *e;

	if (!life->last)
		return true;
	e = log_event_of(life->last, DATASET_FINDING, ACTION_OPENED,
			 &life->last->findings[life->finding]);
	if (e) {
		judgement_word(life->last);
		state_tell(arg, life, e);
	}
	log_event_unref(e);
	return true;
}

void state_put_all(struct ledger *l)
{
	lru_each(l->findings, put_whole, l);
}
