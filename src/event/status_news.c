/*
 * status_news.c: what a status event says that the one before did not, for
 * people: packets and events that were lost, a limit that was reached for the
 * first time, an output that fails or does so no more.
 */
#include "event/event.h"

#include <stdarg.h>
#include <stdio.h>

static void add(struct status *s, const char *format, ...)
{
	size_t n = strlen(s->news);
	va_list args;

	if (n && n + 3 < sizeof s->news) {
		memcpy(s->news + n, ", ", 3);
		n += 2;
	}
	va_start(args, format);
	(void)vsnprintf(s->news + n, sizeof s->news - n, format, args);
	va_end(args);
}

static void lost(struct status *s, const struct status *before,
		 const char *group, const char *what)
{
	uint64_t now = status_get(s, group, "dropped");
	uint64_t then = before ? status_get(before, group, "dropped") : 0;

	if (now > then)
		add(s, "%llu %s dropped", (unsigned long long)(now - then),
		    what);
}

static void limits(struct status *s, const struct status *before)
{
	for (size_t i = 0; i < s->num_counters; i++) {
		const struct counter *c = &s->counters[i];

		if (!strcmp(c->group, "limits") && c->value &&
		    !(before && status_get(before, c->group, c->name)))
			add(s, "limit %s reached", c->name);
	}
}

static bool failed_before(const struct status *before, const char *name)
{
	for (size_t i = 0; before && i < before->num_outputs; i++)
		if (!strcmp(before->outputs[i].name, name))
			return before->outputs[i].failing;
	return false;
}

void status_news(struct status *s, const struct status *before)
{
	s->news[0] = '\0';
	lost(s, before, "packets", "packets");
	lost(s, before, "events", "events");
	limits(s, before);
	for (size_t i = 0; i < s->num_outputs; i++) {
		const struct status_output *o = &s->outputs[i];

		if (o->failing != failed_before(before, o->name))
			add(s, "%s %s", o->name,
			    o->failing ? "cannot be written"
				       : "is written again");
	}
}
