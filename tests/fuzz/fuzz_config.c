/*
 * fuzz_config.c: src/app/config.h: any bytes are a configuration, or cost one
 * line that names the file and a line of it; what is given is within its
 * bounds, and the same bytes give the same again.
 */
#include "app/config.h"
#include "demand.h"

static void check_policy(const struct policy *p)
{
	demand(p->num_own <= LIMIT_POLICY_OWN);
	demand(p->num_own_names <= LIMIT_POLICY_OWN);
	demand(p->expiring > 0 && p->expiring_high > 0);
	demand(p->repeat_every > 0 && p->resolve_after > 0);
	for (const struct policy_gateway *g = p->gateways; g; g = g->next)
		demand(*g->name && (g->names.num || g->networks.num));
	for (const struct policy_except *x = p->excepts; x; x = x->next)
		demand(*x->why && x->codes.num <= LIMIT_POLICY_LIST &&
		       x->num_certificates <= LIMIT_POLICY_LIST);
	for (const struct policy_severity *s = p->severities; s; s = s->next)
		demand(*s->code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[CONFIG_ERROR_TEXT] = "", keys[64];
	struct config *c, *again;
	struct options o = { .workers = 0 };

	c = config_parse(bytes_of(data, size), "f", err);
	if (!c) {
		demand(!strncmp(err, "f:", 2) && err[2] >= '0' &&
		       err[2] <= '9' && !strchr(err, '\n'));
		return 0;
	}
	check_policy(&c->policy);
	config_fill(c, &o);
	demand(o.num_sinks <= MAX_OUTPUTS && o.num_interfaces <= MAX_INPUTS);
	again = config_parse(bytes_of(data, size), "f", err);
	demand(again);
	config_differs(c, again, keys, sizeof keys);
	demand(!keys[0]);
	options_fini(&o);
	config_free(c);
	config_free(again);
	return 0;
}
