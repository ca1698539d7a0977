/* outputs.c: see outputs.h. */
#include "app/outputs.h"

#include <stdlib.h>
#include <unistd.h>

bool outputs_open(struct ledger *l, const struct options *o, char *err)
{
	struct sink_options s = {
		.path = o->output,
		.format = o->format,
		.datasets = o->datasets,
		.colour = !strcmp(o->output, "-") && isatty(STDOUT_FILENO) &&
			  !getenv("NO_COLOR"),
	};

	if (o->evidence && !ledger_set_evidence(l, o->evidence, err))
		return false;
	if (!o->num_sinks)
		return ledger_add_sink(l, &s, err);
	for (size_t i = 0; i < o->num_sinks; i++)
		if (!ledger_add_sink(l, &o->sinks[i], err))
			return false;
	return true;
}
