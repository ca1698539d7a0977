/* outputs.h: where events go: the command line's one output, or those of the
 * configuration. */
#ifndef APP_OUTPUTS_H
#define APP_OUTPUTS_H

#include "app/options.h"

/* False and a line in err: one cannot be opened. A replay waits for who reads
 * it; live nothing does. */
bool outputs_open(struct ledger *l, const struct options *o, bool live,
		  char *err);

#endif
