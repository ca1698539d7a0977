/* known.h: hands what was known before a restart to ledger and sensor. */
#ifndef APP_KNOWN_H
#define APP_KNOWN_H

#include "app/options.h"
#include "sensor/sensor.h"

/* Opens the state directory, where the configuration has one: a replay has none
 * but then. False and a line in err (size 512). */
bool known_open(struct ledger *l, struct joint *j, const struct options *o,
		char *err);

#endif
