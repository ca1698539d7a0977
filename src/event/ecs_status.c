/* ecs_status.c: the wirecert object of a status event: counters by group. */
#include "event/ecs.h"

static bool is_first_of_group(const struct status *s, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(s->counters[i].group, s->counters[at].group))
			return false;
	return true;
}

static void put_group(struct json *j, const struct status *s, size_t first)
{
	const char *group = s->counters[first].group;

	jw_object(j, group);
	for (size_t i = first; i < s->num_counters; i++)
		if (!strcmp(s->counters[i].group, group))
			jw_uint(j, s->counters[i].name, s->counters[i].value);
	jw_end(j);
}

static void put_sources(struct json *j, const struct status *s)
{
	jw_array_lazy(j, "sources");
	for (size_t i = 0; i < s->num_sources; i++) {
		const struct status_source *src = &s->sources[i];

		jw_object(j, NULL);
		jw_str(j, "name", src->name);
		jw_str(j, "state", src->away ? "away" : "open");
		jw_uint(j, "packets", src->frames);
		jw_uint(j, "received", src->received);
		jw_uint(j, "dropped_kernel", src->dropped);
		jw_uint(j, "dropped_interface", src->if_dropped);
		jw_uint(j, "cut", src->cut);
		jw_uint(j, "lost", src->lost);
		jw_end(j);
	}
	jw_end(j);
}

static void put_outputs(struct json *j, const struct status *s)
{
	jw_array_lazy(j, "outputs");
	for (size_t i = 0; i < s->num_outputs; i++) {
		const struct status_output *o = &s->outputs[i];

		jw_object(j, NULL);
		jw_str(j, "name", o->name);
		jw_str(j, "type", o->type);
		jw_str(j, "state", o->failing ? "failing" : "good");
		jw_uint(j, "written", o->written);
		jw_uint(j, "waiting", o->waiting);
		jw_uint(j, "waiting_bytes", o->waiting_bytes);
		jw_object(j, "dropped");
		for (int d = 0; d < DATASET_NUM; d++)
			jw_uint(j, dataset_words[d], o->dropped[d]);
		jw_end(j);
		jw_uint(j, "failed_writes", o->failed_writes);
		jw_uint(j, "rotated", o->rotated);
		jw_uint(j, "reopened", o->reopened);
		jw_uint(j, "slowest_write_us", o->slowest / 1000);
		jw_end(j);
	}
	jw_end(j);
}

static void put_names(struct json *j, const struct status *s)
{
	jw_array_lazy(j, "hidden_names");
	for (size_t i = 0; i < s->num_names; i++) {
		const struct status_name *n = &s->names[i];

		jw_object(j, NULL);
		jw_text(j, "name", bytes_of(n->name, n->len), LIMIT_EVENT_TEXT);
		jw_uint(j, "handshakes", n->handshakes);
		jw_uint(j, "judged", n->judged);
		jw_uint(j, "hidden", n->hidden);
		jw_str_opt(j, "hidden_because", n->why);
		jw_end(j);
	}
	jw_end(j);
}

void ecs_status(struct json *j, const struct log_event *e)
{
	const struct status *s = e->status;

	jw_object(j, "wirecert");
	jw_object(j, "status");
	for (size_t i = 0; i < s->num_texts; i++)
		jw_str(j, s->texts[i][0], s->texts[i][1]);
	put_sources(j, s);
	put_outputs(j, s);
	put_names(j, s);
	for (size_t i = 0; i < s->num_counters; i++)
		if (is_first_of_group(s, i))
			put_group(j, s, i);
	jw_end(j);
	jw_end(j);
}
