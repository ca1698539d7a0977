/* reached.c: see reached.h. */
#include "sensor/reached.h"

#include <string.h>

/* The anomalies that are limits: the code, and the counter's name. */
static const struct {
	const char *code, *name;
} rows[REACHED_CODES] = {
	{ "message_too_long", "message_too_long" },
	{ "chain_too_long", "chain_too_long" },
	{ "extensions_too_many", "extensions_too_many" },
	{ "handshakes_too_many", "handshakes_too_many" },
	{ "messages_too_many", "messages_too_many" },
	{ "memory", "handshake_memory" },
	{ "crypto_limit", "crypto_too_long" },
	{ "no_record_after_gap", "no_record_after_gap" },
	{ "packets_too_many", "packets_too_many" },
};

static const char *const probe_names[REACHED_PROBE_NUM] = {
	[REACHED_DATAGRAMS] = "datagrams_unknown",
	[REACHED_PROBE + PROBE_LIMIT_BYTES] = "probe_too_long",
	[REACHED_PROBE + PROBE_LIMIT_LAYERS] = "probe_too_deep",
	[REACHED_PROBE + PROBE_LIMIT_SEALED] = "probe_sealed",
};

void reached_note(struct reached *r, const struct tls_handshake *hs)
{
	r->anomalies += hs->anomalies_left_out;
	for (size_t i = 0; i < hs->num_anomalies; i++)
		for (size_t k = 0; k < REACHED_CODES; k++)
			if (!strcmp(hs->anomalies[i].code, rows[k].code))
				r->code[k]++;
}

void reached_probe(struct reached *r, const struct probe *p)
{
	unsigned limits = probe_limits(p);

	for (unsigned i = 0; i < PROBE_NUM_LIMITS; i++)
		r->probe[REACHED_PROBE + i] += limits >> i & 1;
}

void reached_drops(struct reached *r, const struct protocol *row,
		   void *session)
{
	uint32_t n = row->dropped ? row->dropped(session) : 0;

	for (size_t i = 0; n && i < REACHED_DROPS; i++) {
		if (r->drop[i].row && r->drop[i].row != row)
			continue;
		r->drop[i].row = row;
		r->drop[i].n += n;
		return;
	}
}

void reached_status(const struct reached *r, struct status *s)
{
	for (size_t i = 0; i < REACHED_CODES; i++)
		if (r->code[i])
			status_count(s, "limits", rows[i].name, r->code[i]);
	for (size_t i = 0; i < REACHED_PROBE_NUM; i++)
		if (r->probe[i])
			status_count(s, "limits", probe_names[i], r->probe[i]);
	for (size_t i = 0; i < REACHED_DROPS && r->drop[i].row; i++)
		status_count(s, r->drop[i].row->drops_group,
			     r->drop[i].row->drops, r->drop[i].n);
	if (r->anomalies)
		status_count(s, "limits", "anomalies_untold", r->anomalies);
}
