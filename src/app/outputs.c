/* outputs.c: see outputs.h. */
#include "app/outputs.h"

#include "app/io_thread.h"

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
			  options_wants_colour(),
	};
	const struct sink_options one = s,
				  *all = o->num_sinks ? o->sinks : &one;
	size_t num = o->num_sinks ? o->num_sinks : 1, num_sinks = 0;

	for (size_t i = 0; i < num; i++) /* a folder of Zeek's is three files */
		num_sinks += all[i].format == FORMAT_ZEEK ? 3 : 1;
	if (live)
		ledger_set_threads(l, &io_threads);
	ledger_share(l, o->pools.ledger, o->pools.outputs, num_sinks);
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
