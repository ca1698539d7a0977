/* tally.h: the counters of several sources as one. */
#ifndef APP_TALLY_H
#define APP_TALLY_H

#include "capture/source.h"
#include "event/event.h"

void tally_add(struct source_stats *sum, const struct source_stats *s);
/* As the group "packets" of a status event. */
void tally_put(struct status *s, const struct source_stats *sum);

#endif
