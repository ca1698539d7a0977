/* event.c: see event.h. */
#include "event/event.h"

#include "base/mem.h"
#include "crypt/digest.h"

#include <stdio.h>
#include <stdlib.h>

const char *const dataset_words[] = { "handshake", "certificate", "finding",
				      "status" };
const char *const action_words[] = {
	"",	      "opened",	  "escalated", "repeated", "resolved",
	"first_seen", "replaced", "started",   "interval", "ended",
};

struct log_event *log_event_new(enum dataset dataset, enum action action)
{
	struct log_event *e = mem_zeroed(sizeof *e);

	if (!e)
		return NULL;
	e->refs = 1;
	e->dataset = dataset;
	e->action = action;
	if (dataset == DATASET_STATUS) {
		e->status = calloc(1, sizeof *e->status);
		if (!e->status) {
			mem_give(e, sizeof *e);
			return NULL;
		}
	}
	return e;
}

struct log_event *log_event_ref(struct log_event *e)
{
	e->refs++;
	return e;
}

void log_event_unref(struct log_event *e)
{
	if (!e || --e->refs)
		return;
	judgement_unref(e->judgement);
	free(e->status);
	mem_give(e, sizeof *e);
}

static void make_id(struct log_event *e, const char *a, const char *b)
{
	uint8_t sha[32];
	const char *part[] = { dataset_words[e->dataset],
			       action_words[e->action], a, b };
	char text[256];
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		size_t len = strlen(part[i]);

		if (len > sizeof text - 1 - n)
			len = sizeof text - 1 - n;
		memcpy(text + n, part[i], len);
		n += len;
		if (i < 3 && n < sizeof text)
			text[n++] = '|';
	}
	digest_sha256(bytes_of(text, n), sha);
	bytes_hex(e->id, sha, 16);
}

struct log_event *log_event_of(struct judgement *j, enum dataset dataset,
		       enum action action, const struct finding *finding)
{
	struct log_event *e = log_event_new(dataset, action);

	if (!e)
		return NULL;
	e->judgement = judgement_ref(j);
	e->finding = finding;
	e->time = j->obs->hs->chain[TLS_SERVER].time;
	/* without a certificate of its own: as a resumed one */
	if (dataset == DATASET_HANDSHAKE || !e->time.ns)
		e->time = j->obs->time;
	return e;
}

void event_message_id(const char *word, char out[static 33])
{
	char text[64];
	uint8_t sha[32];
	int n = snprintf(text, sizeof text, "wirecert %.50s", word);

	digest_sha256(bytes_of(text, (size_t)n), sha);
	bytes_hex(out, sha, 16);
}

void log_event_settle(struct log_event *e)
{
	if (e->finding)
		judgement_word(e->judgement);
	make_id(e, e->finding ? e->finding->id : "",
		e->judgement->handshake_id);
}

void log_event_status_id(struct log_event *e, uint64_t n)
{
	char t[STAMP_TEXT], num[24];

	stamp_format(e->time, t);
	snprintf(num, sizeof num, "%llu", (unsigned long long)n);
	make_id(e, t, num);
}

void status_count(struct status *s, const char *group, const char *name,
		  uint64_t value)
{
	for (size_t i = 0; i < s->num_counters; i++) {
		struct counter *c = &s->counters[i];

		if (!strcmp(c->name, name) && !strcmp(c->group, group)) {
			c->value += value; /* another worker's */
			return;
		}
	}
	if (s->num_counters < LIMIT_STATUS_COUNTERS)
		s->counters[s->num_counters++] = (struct counter){
			.group = group, .name = name, .value = value
		};
}

uint64_t status_get(const struct status *s, const char *group,
		    const char *name)
{
	for (size_t i = 0; i < s->num_counters; i++)
		if (!strcmp(s->counters[i].group, group) &&
		    !strcmp(s->counters[i].name, name))
			return s->counters[i].value;
	return 0;
}

void status_text(struct status *s, const char *name, const char *text)
{
	char(*slot)[256];

	if (s->num_texts == sizeof s->texts / sizeof *s->texts)
		return;
	slot = s->texts[s->num_texts++];
	snprintf(slot[0], sizeof slot[0], "%s", name);
	snprintf(slot[1], sizeof slot[1], "%s", text);
}
