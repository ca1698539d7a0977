/*
 * config_judge.c: what findings are about and weigh: [networks], [names],
 * [thresholds], [gateway], [except], [severity]; see config_rows.c.
 */
#include "app/config_apply.h"
#include "judge/check.h"

#include <stdio.h>

bool config_own_networks(struct config_value *v)
{
	struct policy *p = &v->config->policy;
	const char *at = v->text, *one;

	if (!v->config->own_given)
		p->num_own = 0; /* instead of the default */
	v->config->own_given = true;
	while ((one = config_member(&v->config->arena, &at))) {
		struct network n;

		snprintf(v->why, CONFIG_WHY,
			 "networks like 10.0.0.0/8 or 2001:db8::/32");
		if (!network_parse(one, &n))
			return false;
		snprintf(v->why, CONFIG_WHY, "at most %d networks",
			 LIMIT_POLICY_OWN);
		if (p->num_own == LIMIT_POLICY_OWN)
			return false;
		p->own[p->num_own++] = n;
	}
	return true;
}

bool config_own_names(struct config_value *v)
{
	struct policy *p = &v->config->policy;
	const char *at = v->text, *one;

	snprintf(v->why, CONFIG_WHY, "at most %d names", LIMIT_POLICY_OWN);
	while ((one = config_member(&v->config->arena, &at))) {
		if (p->num_own_names == LIMIT_POLICY_OWN)
			return false;
		p->own_names[p->num_own_names++] = one;
	}
	return true;
}

bool config_expiring(struct config_value *v)
{
	return config_duration(v->text, &v->config->policy.expiring, v->why);
}

bool config_expiring_high(struct config_value *v)
{
	return config_duration(v->text, &v->config->policy.expiring_high,
			       v->why);
}

bool config_mixed_after(struct config_value *v)
{
	return config_duration(v->text, &v->config->policy.mixed_after,
			       v->why);
}

bool config_resolve_after(struct config_value *v)
{
	return config_duration(v->text, &v->config->policy.resolve_after,
			       v->why);
}

bool config_repeat_every(struct config_value *v)
{
	return config_duration(v->text, &v->config->policy.repeat_every,
			       v->why);
}

static bool add_text(struct policy_list *l, const char *text, char *why)
{
	snprintf(why, CONFIG_WHY, "at most %d of them", LIMIT_POLICY_LIST);
	if (l->num == LIMIT_POLICY_LIST)
		return false;
	l->text[l->num++] = text;
	return true;
}

static bool add_texts(struct config_value *v, struct policy_list *l)
{
	const char *at = v->text, *one;

	while ((one = config_member(&v->config->arena, &at)))
		if (!add_text(l, one, v->why))
			return false;
	return true;
}

static bool add_networks(struct config_value *v, struct policy_networks *l)
{
	const char *at = v->text, *one;

	while ((one = config_member(&v->config->arena, &at))) {
		snprintf(v->why, CONFIG_WHY,
			 "at most %d networks like 10.0.0.0/8 or "
			 "2001:db8::/32",
			 LIMIT_POLICY_LIST);
		if (l->num == LIMIT_POLICY_LIST ||
		    !network_parse(one, &l->network[l->num]))
			return false;
		l->num++;
	}
	return true;
}

/* A word of a severity, or off. */
static bool read_severity(struct config_value *v, bool *off,
			  enum severity *severity)
{
	snprintf(v->why, CONFIG_WHY, "info, low, medium, high or off");
	*off = !strcmp(v->text, "off");
	return *off || severity_parse(v->text, severity);
}

/* A list in the order of the file: at its end there is room for one more. */
void *config_gateway_begin(struct config *c, const char *title, char *why)
{
	struct policy_gateway *g, **at = &c->gateways;

	snprintf(why, CONFIG_WHY, "at most %d gateways, each named once",
		 LIMIT_CONFIG_SECTIONS);
	for (size_t n = 0; *at; at = (struct policy_gateway **)&(*at)->next)
		if (++n == LIMIT_CONFIG_SECTIONS ||
		    !strcmp((*at)->name, title))
			return NULL;
	g = arena_alloc(&c->arena, sizeof *g);
	if (!g)
		return NULL;
	g->name = title;
	*at = g;
	c->policy.gateways = c->gateways;
	return g;
}

bool config_gateway_end(const struct config *c, const void *object, char *why)
{
	const struct policy_gateway *g = object;

	(void)c;
	snprintf(why, CONFIG_WHY, "names or networks, to know it by");
	return g->names.num || g->networks.num;
}

bool config_gateway_names(struct config_value *v)
{
	return add_texts(v, &((struct policy_gateway *)v->object)->names);
}

bool config_gateway_networks(struct config_value *v)
{
	return add_networks(v, &((struct policy_gateway *)v->object)->networks);
}

bool config_gateway_provider(struct config_value *v)
{
	((struct policy_gateway *)v->object)->provider = v->text;
	return true;
}

bool config_gateway_issuer(struct config_value *v)
{
	struct policy_gateway *g = v->object;

	return add_text(&g->issuers, v->text, v->why);
}

bool config_gateway_owner(struct config_value *v)
{
	((struct policy_gateway *)v->object)->owner = v->text;
	return true;
}

bool config_gateway_severity(struct config_value *v)
{
	struct policy_gateway *g = v->object;

	if (!read_severity(v, &g->off, &g->severity))
		return false;
	g->limited = !g->off;
	return true;
}

void *config_except_begin(struct config *c, const char *title, char *why)
{
	struct policy_except *x, **at = &c->excepts;

	snprintf(why, CONFIG_WHY, "at most %d exceptions, each named once",
		 LIMIT_CONFIG_SECTIONS);
	for (size_t n = 0; *at; at = (struct policy_except **)&(*at)->next)
		if (++n == LIMIT_CONFIG_SECTIONS ||
		    !strcmp((*at)->why, title))
			return NULL;
	x = arena_alloc(&c->arena, sizeof *x);
	if (!x)
		return NULL;
	x->why = title;
	*at = x;
	c->policy.excepts = c->excepts;
	return x;
}

bool config_except_end(const struct config *c, const void *object, char *why)
{
	const struct policy_except *x = object;

	(void)c;
	snprintf(why, CONFIG_WHY,
		 "a code, name, issuer, certificate or network: without any "
		 "it would switch off every finding");
	return x->codes.num || x->names.num || x->issuers.num ||
	       x->num_certificates || x->networks.num;
}

/* Is there a code that the glob means? */
static bool is_code(struct config_value *v, const char *glob)
{
	const char *words[128], *near;
	size_t num = 0;

	for (size_t i = 0; i < num_checks; i++) {
		if (policy_glob(glob, bytes_str(checks[i]->code)))
			return true;
		if (num < sizeof words / sizeof *words)
			words[num++] = checks[i]->code;
	}
	near = config_nearest(glob, words, num);
	snprintf(v->why, CONFIG_WHY,
		 "the code of a finding%s%s%s (--list-findings lists them)",
		 near ? ", maybe \"" : "", near ? near : "", near ? "\"" : "");
	return false;
}

bool config_except_code(struct config_value *v)
{
	struct policy_except *x = v->object;
	const char *at = v->text, *one;

	while ((one = config_member(&v->config->arena, &at)))
		if (!is_code(v, one) || !add_text(&x->codes, one, v->why))
			return false;
	return true;
}

bool config_except_name(struct config_value *v)
{
	return add_texts(v, &((struct policy_except *)v->object)->names);
}

bool config_except_issuer(struct config_value *v)
{
	struct policy_except *x = v->object;

	return add_text(&x->issuers, v->text, v->why);
}

bool config_except_certificate(struct config_value *v)
{
	struct policy_except *x = v->object;
	const char *at = v->text, *one;

	while ((one = config_member(&v->config->arena, &at))) {
		snprintf(v->why, CONFIG_WHY, "at most %d of them",
			 LIMIT_POLICY_LIST);
		if (x->num_certificates == LIMIT_POLICY_LIST ||
		    !config_sha256(one, x->certificates[x->num_certificates],
				   v->why))
			return false;
		x->num_certificates++;
	}
	return true;
}

bool config_except_network(struct config_value *v)
{
	return add_networks(v, &((struct policy_except *)v->object)->networks);
}

bool config_except_until(struct config_value *v)
{
	struct policy_except *x = v->object;

	x->has_until = true;
	return config_day(v->text, &x->until, v->why);
}

/* [severity] CODE = word: the key is the code. */
bool config_severity(struct config_value *v)
{
	struct config *c = v->config;
	struct policy_severity *s, **at = &c->severities;
	size_t n = 0;

	if (!is_code(v, v->key))
		return false;
	snprintf(v->why, CONFIG_WHY, "at most %d codes, each once",
		 LIMIT_CONFIG_SECTIONS);
	for (; *at; at = (struct policy_severity **)&(*at)->next)
		if (++n == LIMIT_CONFIG_SECTIONS ||
		    !strcmp((*at)->code, v->key))
			return false;
	s = arena_alloc(&c->arena, sizeof *s);
	if (!s || !read_severity(v, &s->off, &s->severity))
		return false;
	s->code = v->key;
	*at = s;
	c->policy.severities = c->severities;
	return true;
}
