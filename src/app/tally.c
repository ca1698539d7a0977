/* tally.c: see tally.h. */
#include "app/tally.h"

#include <stdio.h>

void tally_add(struct source_stats *sum, const struct source_stats *s)
{
	sum->received += s->received;
	sum->dropped += s->dropped;
	sum->if_dropped += s->if_dropped;
	sum->frames += s->frames;
	sum->bytes += s->bytes;
	sum->filtered += s->filtered;
	sum->cut += s->cut;
	sum->bad_blocks += s->bad_blocks;
	sum->failed += s->failed;
	sum->ended_early += s->ended_early;
	if (s->cut_len > sum->cut_len)
		sum->cut_len = s->cut_len;
}

void tally_source(struct status *s, const char *name,
		  const struct source_stats *stats,
		  const struct source_stats *before, uint64_t lost, bool away)
{
	struct source_stats sum = *stats;
	struct status_source *out;

	if (s->num_sources == LIMIT_STATUS_SOURCES)
		return;
	if (before)
		tally_add(&sum, before);
	out = &s->sources[s->num_sources++];
	snprintf(out->name, sizeof out->name, "%s", name);
	out->away = away;
	out->lost = lost;
	out->received = sum.received;
	out->dropped = sum.dropped;
	out->if_dropped = sum.if_dropped;
	out->frames = sum.frames;
	out->cut = sum.cut;
}

void tally_put(struct status *s, const struct source_stats *sum)
{
	status_count(s, "packets", "received", sum->frames);
	status_count(s, "packets", "bytes", sum->bytes);
	status_count(s, "packets", "dropped", sum->dropped + sum->if_dropped);
	status_count(s, "packets", "dropped_kernel", sum->dropped);
	status_count(s, "packets", "dropped_interface", sum->if_dropped);
	status_count(s, "packets", "filtered", sum->filtered);
	status_count(s, "packets", "cut", sum->cut);
	status_count(s, "packets", "cut_at", sum->cut_len);
	status_count(s, "packets", "bad_blocks", sum->bad_blocks);
	status_count(s, "inputs", "failed", sum->failed);
	status_count(s, "inputs", "ended_early", sum->ended_early);
}
