/* report_order.c: what was collected, in the order in which people want it. */
#include "ledger/report_parts.h"

#include "base/lru.h"
#include "cert/cert.h"
#include "event/words.h"

#include <stdlib.h>

struct list {
	void **at;
	size_t num;
};

static bool add(void *value, void *arg)
{
	struct list *l = arg;

	l->at[l->num++] = value;
	return true;
}

static void **all_of(struct lru *from, size_t *num)
{
	struct list l = { .num = 0 };

	l.at = calloc(lru_count(from) + 1, sizeof *l.at);
	if (!l.at)
		return NULL;
	lru_each(from, add, &l);
	*num = l.num;
	return l.at;
}

/* Those that end first; then those without an end, or that cannot be read;
 * then those whose certificate was not seen. */
static int64_t end_of(const struct report_name *n)
{
	if (!n->leaf)
		return INT64_MAX;
	if (n->leaf->error || n->leaf->no_expiry)
		return INT64_MAX - 1;
	return n->leaf->not_after;
}

static int compare_ends(const void *a, const void *b)
{
	const struct report_name *x = *(void *const *)a, *y = *(void *const *)b;
	int by_name = strcmp(x->name, y->name);

	if (end_of(x) != end_of(y))
		return end_of(x) < end_of(y) ? -1 : 1;
	if (by_name)
		return by_name;
	if (memcmp(x->server.addr.b, y->server.addr.b, 16))
		return memcmp(x->server.addr.b, y->server.addr.b, 16);
	return x->server.port - y->server.port;
}

static const char *cause_of(const struct report_finding *f)
{
	return f->finding.hint.cause ? f->finding.hint.cause : "";
}

/* What is resolved has its group behind what is open. */
static int compare_groups(const struct report_finding *x,
			  const struct report_finding *y)
{
	int by_code;

	if (!x->because != !y->because)
		return x->because ? 1 : -1;
	if (x->finding.severity != y->finding.severity)
		return x->finding.severity > y->finding.severity ? -1 : 1;
	by_code = strcmp(x->finding.check->code, y->finding.check->code);
	return by_code ? by_code : strcmp(cause_of(x), cause_of(y));
}

static int compare_causes(const void *a, const void *b)
{
	const struct report_finding *x = *(void *const *)a,
				    *y = *(void *const *)b;
	int by_group = compare_groups(x, y);

	if (by_group)
		return by_group;
	if (x->seen.num_clients != y->seen.num_clients)
		return x->seen.num_clients > y->seen.num_clients ? -1 : 1;
	return strcmp(x->finding.id, y->finding.id);
}

bool report_order(struct report *r)
{
	free(r->by_expiry);
	free(r->by_cause);
	r->by_expiry = (struct report_name **)all_of(r->names, &r->num_names);
	r->by_cause = (struct report_finding **)all_of(r->findings,
						       &r->num_findings);
	if (!r->by_expiry || !r->by_cause)
		return false;
	for (size_t i = 0; i < r->num_findings; i++)
		if (!r->by_cause[i]->because)
			(void)ledger_occurrences(
				r->ledger, r->by_cause[i]->finding.id,
				&r->by_cause[i]->seen);
	qsort(r->by_expiry, r->num_names, sizeof *r->by_expiry, compare_ends);
	qsort(r->by_cause, r->num_findings, sizeof *r->by_cause,
	      compare_causes);
	return true;
}

bool report_begins(const struct report *r, size_t at)
{
	return !at || compare_groups(r->by_cause[at - 1], r->by_cause[at]);
}

size_t report_same(const struct report *r, size_t at)
{
	size_t n = at + 1;

	while (n < r->num_findings && !report_begins(r, n))
		n++;
	return n - at;
}

bool report_same_fix(const struct report *r, size_t at)
{
	const char *fix = r->by_cause[at]->finding.hint.fix;

	for (size_t i = 1; i < report_same(r, at); i++) {
		const char *other = r->by_cause[at + i]->finding.hint.fix;

		if (!fix || !other || strcmp(fix, other))
			return false;
	}
	return true;
}

uint64_t report_counter(const struct report *r, const char *group,
			const char *name)
{
	return r->end ? status_get(r->end->status, group, name) : 0;
}

void report_severities(const struct report *r, size_t num[SEVERITY_HIGH + 1])
{
	memset(num, 0, (SEVERITY_HIGH + 1) * sizeof *num);
	for (size_t i = 0; i < r->num_findings; i++)
		if (!r->by_cause[i]->because)
			num[r->by_cause[i]->finding.severity]++;
}

/* Why, and what would help; by enum tls_hidden and enum tls_absent. */
static const char *const hidden_texts[][2] = {
	[TLS_HIDDEN_NO_SECRET] = {
		"the key logs have no secret for it",
		"log the secrets of that client (or server), too" },
	[TLS_HIDDEN_UNSUPPORTED] = {
		"it cannot be opened, though there is a secret for it",
		"" },
	[TLS_HIDDEN_ECH] = {
		"Encrypted ClientHello hides the name and the certificate",
		"give the client's or the server's secrets (-k)" },
	[TLS_HIDDEN_QUIC] = {
		"QUIC encrypts the certificate",
		"give the client's or the server's secrets (-k)" },
	[TLS_HIDDEN_TLS13] = {
		"TLS 1.3 encrypts the certificate",
		"give the client's or the server's secrets (-k)" },
	[TLS_HIDDEN_GAP] = {
		"packets of the certificate are missing",
		"look for drops where it was captured or mirrored" },
	[TLS_HIDDEN_TRUNCATED] = {
		"the capture cut the packets",
		"capture whole packets (tcpdump -s 0)" },
	[TLS_HIDDEN_ONE_SIDED] = {
		"the server's packets are missing",
		"capture or mirror both directions" },
	[TLS_HIDDEN_ENDED_EARLY] = {
		"the connection or the capture ended before the certificate",
		"" },
};
static const char *const absent_texts[][2] = {
	[TLS_ABSENT_RESUMED] = {
		"a session was resumed that began before the capture: no "
		"certificate is sent",
		"capture for longer, to see how sessions begin" },
	[TLS_ABSENT_ANONYMOUS] = {
		"the cipher suite knows no certificates", "" },
	[TLS_ABSENT_PSK] = {
		"both sides have a common key instead of a certificate", "" },
	[TLS_ABSENT_NOT_X509] = {
		"the server has a raw public key or the like", "" },
	[TLS_ABSENT_REFUSED] = {
		"the handshake was refused before the certificate", "" },
};

bool report_reason(const struct report *r, unsigned *at,
		   struct report_reason *out)
{
	while (*at < TLS_HIDDEN_NUM + TLS_ABSENT_REFUSED + 1) {
		unsigned n = (*at)++;
		bool hidden = n < TLS_HIDDEN_NUM;
		unsigned i = hidden ? n : n - TLS_HIDDEN_NUM;
		const char *const *text = hidden ? hidden_texts[i]
						 : absent_texts[i];

		if (!i || !(hidden ? r->hidden[i] : r->absent[i]))
			continue;
		*out = (struct report_reason){
			.word = hidden ? hidden_words[i] : absent_words[i],
			.why = text[0],
			.remedy = text[1],
			.num = hidden ? r->hidden[i] : r->absent[i],
		};
		return true;
	}
	return false;
}

bool report_loss(const struct report *r, unsigned *at,
		 struct report_loss *out)
{
	static const struct {
		const char *group, *name, *what;
	} rows[] = {
		{ "packets", "dropped", "packets were dropped" },
		{ "packets", "filtered", "packets were left out by the filter" },
		{ "packets", "cut", "packets were cut when they were captured" },
		{ "packets", "bad_blocks", "blocks of a file are damaged" },
		{ "not_decoded", "unknown_linktype",
		  "packets are of a link type that is not known" },
		{ "not_decoded", "cut", "packets were cut before their ports" },
		{ "not_decoded", "malformed", "packets contradict themselves" },
		{ "not_decoded", "encrypted",
		  "packets are encrypted as a whole (IPsec, Wi-Fi)" },
		{ "not_decoded", "too_deep",
		  "packets are inside of too many tunnels" },
		{ "not_decoded", "fragment_lost", "fragments were given up" },
		{ "fragments", "expired", "datagrams miss a fragment" },
		{ "reassembly", "gaps", "holes are in connections" },
		{ "connections", "evicted",
		  "connections were given up for room" },
		{ "connections", "refused",
		  "connections found no room" },
	};

	while (*at < sizeof rows / sizeof *rows) {
		unsigned i = (*at)++;
		uint64_t num = report_counter(r, rows[i].group, rows[i].name);

		if (!num)
			continue;
		*out = (struct report_loss){ rows[i].what, num };
		return true;
	}
	return false;
}
