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

	json_object(j, group);
	for (size_t i = first; i < s->num_counters; i++)
		if (!strcmp(s->counters[i].group, group))
			json_uint(j, s->counters[i].name,
				  s->counters[i].value);
	json_end(j);
}

static void put_sources(struct json *j, const struct status *s)
{
	json_array_lazy(j, "sources");
	for (size_t i = 0; i < s->num_sources; i++) {
		const struct status_source *src = &s->sources[i];

		json_object(j, NULL);
		json_str(j, "name", src->name);
		json_str(j, "state", src->away ? "away" : "open");
		json_uint(j, "packets", src->frames);
		json_uint(j, "received", src->received);
		json_uint(j, "dropped_kernel", src->dropped);
		json_uint(j, "dropped_interface", src->if_dropped);
		json_uint(j, "cut", src->cut);
		json_uint(j, "lost", src->lost);
		json_end(j);
	}
	json_end(j);
}

static void put_outputs(struct json *j, const struct status *s)
{
	json_array_lazy(j, "outputs");
	for (size_t i = 0; i < s->num_outputs; i++) {
		const struct status_output *o = &s->outputs[i];

		json_object(j, NULL);
		json_str(j, "name", o->name);
		json_str(j, "type", o->type);
		json_str(j, "state", o->failing ? "failing" : "good");
		json_uint(j, "written", o->written);
		json_uint(j, "waiting", o->waiting);
		json_uint(j, "waiting_bytes", o->waiting_bytes);
		json_object(j, "dropped");
		for (int d = 0; d < DATASET_NUM; d++)
			json_uint(j, dataset_words[d], o->dropped[d]);
		json_end(j);
		json_uint(j, "failed_writes", o->failed_writes);
		json_uint(j, "rotated", o->rotated);
		json_uint(j, "reopened", o->reopened);
		json_uint(j, "slowest_write_us", o->slowest / 1000);
		json_end(j);
	}
	json_end(j);
}

static void put_names(struct json *j, const struct status *s)
{
	json_array_lazy(j, "hidden_names");
	for (size_t i = 0; i < s->num_names; i++) {
		const struct status_name *n = &s->names[i];

		json_object(j, NULL);
		json_text(j, "name", bytes_of(n->name, n->len),
			  LIMIT_EVENT_TEXT);
		json_uint(j, "handshakes", n->handshakes);
		json_uint(j, "judged", n->judged);
		json_uint(j, "hidden", n->hidden);
		json_str_opt(j, "hidden_because", n->why);
		json_end(j);
	}
	json_end(j);
}

void ecs_status(struct json *j, const struct log_event *e)
{
	const struct status *s = e->status;

	json_object(j, "wirecert");
	json_object(j, "status");
	for (size_t i = 0; i < s->num_texts; i++)
		json_str(j, s->texts[i][0], s->texts[i][1]);
	put_sources(j, s);
	put_outputs(j, s);
	put_names(j, s);
	for (size_t i = 0; i < s->num_counters; i++)
		if (is_first_of_group(s, i))
			put_group(j, s, i);
	json_end(j);
	json_end(j);
}
