/* tally.h: the counters of several sources as one. */
#ifndef APP_TALLY_H
#define APP_TALLY_H

#include "capture/source.h"
#include "event/event.h"

void tally_add(struct source_stats *sum, const struct source_stats *s);
/* One more of a status event's sources; before: of earlier handles. */
void tally_source(struct status *s, const char *name,
		  const struct source_stats *stats,
		  const struct source_stats *before, uint64_t lost, bool away);
/* As the group "packets" of a status event. */
void tally_put(struct status *s, const struct source_stats *sum);

#endif
