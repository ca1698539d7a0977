/* config_use.c: from the file, and into the options; see config.h. */
#include "app/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RETENTION (90 * 86400LL) /* [state]: a quarter, a certificate's life */

/* False: err says why. A file that grows without end is cut off and refused. */
static bool read_file(const char *path, struct buf *b, char *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && b->len <= LIMIT_CONFIG_BYTES) {
		uint8_t *room = buf_room(b, 16384);

		n = room ? read(fd, room, 16384) : -1;
		if (n > 0)
			b->len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	if (n < 0)
		snprintf(err, CONFIG_ERROR_TEXT,
			 "%.300s: the configuration cannot be read: %s", path,
			 strerror(errno));
	else if (n > 0)
		snprintf(err, CONFIG_ERROR_TEXT,
			 "%.300s: too large for a configuration: at most %u "
			 "bytes are read",
			 path, LIMIT_CONFIG_BYTES);
	if (fd >= 0)
		(void)close(fd);
	return n == 0;
}

struct config *config_read(const char *path, char *err)
{
	struct config *c = NULL;
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES + 65536);
	if (read_file(path, &b, err))
		c = config_parse(buf_bytes(&b), path, err);
	buf_fini(&b);
	return c;
}

static void fill_lists(const struct options *set, struct options *o)
{
	if (!o->num_interfaces && !o->num_files) {
		memcpy(o->interfaces, set->interfaces, sizeof o->interfaces);
		o->num_interfaces = set->num_interfaces;
	}
	if (!o->num_keylogs) {
		memcpy(o->keylogs, set->keylogs, sizeof o->keylogs);
		o->num_keylogs = set->num_keylogs;
	}
	if (!o->num_trust) {
		memcpy(o->trust, set->trust, sizeof o->trust);
		o->num_trust = set->num_trust;
	}
}

/* -o, -f or -e say what the one output is; else those of the file. */
static void fill_outputs(const struct config *c, struct options *o)
{
	if (o->output || o->format_given || o->events_given)
		return;
	for (size_t i = 0; i < c->num_outputs; i++) {
		o->sinks[i] = c->outputs[i].sink;
		if (!c->outputs[i].has_events)
			o->sinks[i].datasets |=
				format_rows[o->sinks[i].format].datasets;
	}
	o->num_sinks = c->num_outputs;
}

void config_fill(const struct config *c, struct options *o)
{
	const struct options *set = &c->set;

	fill_lists(set, o);
	fill_outputs(c, o);
	o->settings = c;
	o->name = set->name;
	if (!o->filter && c->filter)
		o->filter = strdup(c->filter);
	if (!o->inner_filter)
		o->inner_filter = set->inner_filter;
	if (!o->workers)
		o->workers = set->workers;
	if (!o->snaplen)
		o->snaplen = set->snaplen;
	if (!o->buffer)
		o->buffer = set->buffer;
	o->no_promiscuous |= set->no_promiscuous;
	o->memory = set->memory;
	o->state = set->state;
	o->retention = set->retention ? set->retention : RETENTION;
	if (o->now_given)
		return;
	o->now_fixed = set->now_fixed;
	o->now = set->now;
}

void config_differs(const struct config *a, const struct config *b, char *out,
		    size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < num_config_rows; i++) {
		const struct config_row *r = &config_rows[i];
		int n;

		if (!(r->flags & CONFIG_RESTART) ||
		    a->digest[i] == b->digest[i] || at >= size)
			continue;
		n = snprintf(out + at, size - at, "%s[%s] %s", at ? ", " : "",
			     r->section, r->key);
		at += (size_t)n;
	}
}
