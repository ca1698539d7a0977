/* outputs.c: see outputs.h. */
#include "app/outputs.h"

#include <stdlib.h>
#include <unistd.h>

bool outputs_open(struct ledger *l, const struct options *o, bool live,
		  char *err)
{
	struct sink_options s = {
		.path = o->output,
		.format = o->format,
		.datasets = o->datasets,
		.colour = !strcmp(o->output, "-") && isatty(STDOUT_FILENO) &&
			  !getenv("NO_COLOR"),
	};
	const struct sink_options one = s, *all = o->num_sinks ? o->sinks : &one;
	size_t num = o->num_sinks ? o->num_sinks : 1;

	if (o->evidence && !ledger_set_evidence(l, o->evidence, err))
		return false;
	for (size_t i = 0; i < num; i++) {
		s = all[i];
		s.patient = !live;
		if (!ledger_add_sink(l, &s, err))
			return false;
	}
	return true;
}
