/* config_sensor.c: [sensor], [tunnels] and [state]; see config_rows.c. */
#include "app/config_apply.h"

#include <stdio.h>
#include <stdlib.h>

bool config_name(struct config_value *v)
{
	snprintf(v->why, CONFIG_WHY, "a name of at most 64 bytes");
	v->config->set.name = v->text;
	return strlen(v->text) <= 64;
}

/* The same words and limits as on the command line. */
bool config_option(struct config_value *v)
{
	const char *why = "";

	if (options_take(&v->config->set, v->key, v->text, &why))
		return true;
	snprintf(v->why, CONFIG_WHY, "%s", why);
	return false;
}

bool config_interface(struct config_value *v)
{
	const char *at = v->text, *one;

	while ((one = config_member(&v->config->arena, &at))) {
		struct config_value member = *v;

		member.text = one;
		if (!config_option(&member))
			return false;
	}
	return true;
}

bool config_filter(struct config_value *v)
{
	const char **at = v->key[0] == 'i' ? &v->config->set.inner_filter
					   : &v->config->filter;

	*at = *at ? arena_printf(&v->config->arena, "%s %s", *at, v->text)
		  : v->text;
	snprintf(v->why, CONFIG_WHY, "a filter that fits into memory");
	return *at;
}

/* Files of knowledge: read, and checked, when all of the configuration is. */
bool config_knowledge(struct config_value *v)
{
	struct knowledge_options *o = &v->config->knowledge;
	struct knowledge_files *f = v->key[0] == 'g'   ? &o->gateways
				    : v->key[0] == 'f' ? &o->fallbacks
						       : &o->weak_keys;

	snprintf(v->why, CONFIG_WHY, "at most %d files",
		 LIMIT_KNOWLEDGE_FILES);
	if (f->num == LIMIT_KNOWLEDGE_FILES)
		return false;
	f->path[f->num++] = v->text;
	return true;
}

bool config_memory(struct config_value *v)
{
	return config_size(v->text, &v->config->set.memory, v->why);
}

bool config_promiscuous(struct config_value *v)
{
	bool on;

	if (!config_bool(v->text, &on, v->why))
		return false;
	v->config->set.no_promiscuous = !on;
	return true;
}

bool config_vlan_in_key(struct config_value *v)
{
	return config_bool(v->text, &v->config->decode.vlan_in_key, v->why);
}

/* the last one ends the list */
#define MAX_PORTS (LIMIT_TUNNEL_PORTS - 1)

/* Of another kind: who is asked first would be a matter of luck. */
static bool is_of_another(const struct decode_config *d, const uint16_t *own,
			  unsigned long port)
{
	const uint16_t *kinds[] = { d->vxlan_ports, d->geneve_ports,
				    d->gtpu_ports };

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; kinds[k] != own && kinds[k][i]; i++)
			if (kinds[k][i] == port)
				return true;
	return false;
}

bool config_ports(struct config_value *v)
{
	struct decode_config *d = &v->config->decode;
	uint16_t *ports = v->key[0] == 'v'   ? d->vxlan_ports
			  : v->key[1] == 'e' ? d->geneve_ports
					     : d->gtpu_ports;
	const char *at = v->text, *one;
	size_t num = 0;

	snprintf(v->why, CONFIG_WHY, "at most %d ports from 1 to 65535",
		 MAX_PORTS);
	while (ports[num])
		num++;
	while ((one = config_member(&v->config->arena, &at))) {
		char *end;
		unsigned long n = strtoul(one, &end, 10);

		if (*one < '0' || *one > '9' || *end || !n || n > 65535 ||
		    num == MAX_PORTS)
			return false;
		if (is_of_another(d, ports, n)) {
			snprintf(v->why, CONFIG_WHY,
				 "ports of its own: %lu is listed for another "
				 "tunnel",
				 n);
			return false;
		}
		ports[num++] = (uint16_t)n;
	}
	return true;
}

bool config_state_directory(struct config_value *v)
{
	snprintf(v->why, CONFIG_WHY, "a directory by its whole path, from / "
				     "on");
	v->config->set.state = v->text;
	return v->text[0] == '/';
}

/* What is shorter than a finding's life would forget what is open. */
bool config_state_retention(struct config_value *v)
{
	int64_t *out = &v->config->set.retention;

	if (!config_duration(v->text, out, v->why))
		return false;
	snprintf(v->why, CONFIG_WHY, "a day at least, like 90d");
	return *out >= 86400;
}

bool config_state_end(const struct config *c, const void *object, char *why)
{
	(void)object;
	snprintf(why, CONFIG_WHY, "directory");
	return c->set.state;
}
