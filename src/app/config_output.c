/* config_output.c: [output "NAME"]; see config_rows.c. */
#include "app/config_apply.h"

#include <stdio.h>
#include <stdlib.h>

void *config_output_begin(struct config *c, const char *title, char *why)
{
	struct config_output *o;

	snprintf(why, CONFIG_WHY, "at most %d outputs, each named once",
		 MAX_OUTPUTS);
	for (size_t i = 0; i < c->num_outputs; i++)
		if (!strcmp(c->outputs[i].name, title))
			return NULL;
	if (c->num_outputs == MAX_OUTPUTS)
		return NULL;
	o = &c->outputs[c->num_outputs++];
	o->name = title;
	o->sink = (struct sink_options){
		.datasets = 1u << DATASET_FINDING | 1u << DATASET_CERTIFICATE |
			    1u << DATASET_STATUS,
		.keep = 7,
	};
	return o;
}

static bool is_same_place(const struct config_output *a,
			  const struct config_output *b)
{
	if (a->sink.type != b->sink.type || a->sink.type == SINK_SYSLOG ||
	    a->sink.type == SINK_JOURNALD)
		return false;
	return !a->sink.path || !b->sink.path ||
	       !strcmp(a->sink.path, b->sink.path);
}

bool config_output_end(const struct config *c, const void *object, char *why)
{
	const struct config_output *o = object;
	const struct sink_options *s = &o->sink;

	snprintf(why, CONFIG_WHY, "a path");
	if (!s->path && s->type != SINK_STDOUT && s->type != SINK_SYSLOG &&
	    s->type != SINK_JOURNALD)
		return false;
	snprintf(why, CONFIG_WHY, "no path, since it is standard output");
	if (s->path && s->type == SINK_STDOUT)
		return false;
	snprintf(why, CONFIG_WHY,
		 "the type file for rotate_size and rotate_age");
	if ((s->rotate_size || s->rotate_age) && s->type != SINK_FILE)
		return false;
	for (size_t i = 0; i + 1 < c->num_outputs; i++) {
		snprintf(why, CONFIG_WHY,
			 "another path: [output \"%.100s\"] writes there, too",
			 c->outputs[i].name);
		if (is_same_place(&c->outputs[i], o))
			return false;
	}
	return true;
}

static struct sink_options *sink_of(const struct config_value *v)
{
	return &((struct config_output *)v->object)->sink;
}

bool config_output_type(struct config_value *v)
{
	snprintf(v->why, CONFIG_WHY,
		 "file, stdout, unix_stream, unix_dgram, syslog or journald");
	for (int i = 0; i < SINK_NUM; i++) {
		if (strcmp(v->text, sink_words[i]) != 0)
			continue;
		sink_of(v)->type = (enum sink_type)i;
		return true;
	}
	return false;
}

bool config_output_path(struct config_value *v)
{
	snprintf(v->why, CONFIG_WHY,
		 "an absolute path, which begins with a slash");
	sink_of(v)->path = v->text;
	return v->text[0] == '/';
}

bool config_output_format(struct config_value *v)
{
	struct options o = { .format = FORMAT_ECS };
	const char *why = "";

	if (!options_take(&o, "format", v->text, &why)) {
		snprintf(v->why, CONFIG_WHY, "%s", why);
		return false;
	}
	sink_of(v)->format = o.format;
	return true;
}

bool config_output_events(struct config_value *v)
{
	struct options o = { .datasets = 0 };
	const char *at = v->text, *one, *why = "";
	unsigned all = 0;

	while ((one = config_member(&v->config->arena, &at))) {
		if (!options_take(&o, "events", one, &why)) {
			snprintf(v->why, CONFIG_WHY, "%s", why);
			return false;
		}
		all |= o.datasets;
	}
	sink_of(v)->datasets = all;
	((struct config_output *)v->object)->has_events = true;
	return true;
}

bool config_output_min_severity(struct config_value *v)
{
	snprintf(v->why, CONFIG_WHY, "info, low, medium or high");
	return severity_parse(v->text, &sink_of(v)->min_severity);
}

bool config_output_rotate_size(struct config_value *v)
{
	return config_size(v->text, &sink_of(v)->rotate_size, v->why);
}

bool config_output_rotate_age(struct config_value *v)
{
	return config_duration(v->text, &sink_of(v)->rotate_age, v->why);
}

bool config_output_keep(struct config_value *v)
{
	char *end;
	unsigned long n = strtoul(v->text, &end, 10);

	snprintf(v->why, CONFIG_WHY, "a number from 1 to 1000");
	if (v->text[0] < '0' || v->text[0] > '9' || *end || !n || n > 1000)
		return false;
	sink_of(v)->keep = (unsigned)n;
	return true;
}
