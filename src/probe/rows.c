/*
 * rows.c: see rows.h. A row is asked until it says "not me"; the first one that
 * finds TLS is the connection's, and tells where the other side's begins.
 */
#include "probe/rows.h"

#include <stdlib.h>

#include "probe/dialect.h"
#include "probe/hello.h"

/* Every row reads what both sides have said from its beginning. */
static enum probe_step row_step(struct probe *p, unsigned role,
				const struct probe_dialect *row,
				struct probe_finding *out)
{
	const struct side *c = &p->side[role], *s = &p->side[!role];
	struct probe_view v = {
		.client = side_view(c),
		.server = side_view(s),
		.client_gap = c->gap,
		.server_gap = s->gap,
	};

	p->looked += v.client.len + v.server.len;
	return row->step(&v, out);
}

static struct bytes name_copy(struct probe *p, int which, struct bytes b)
{
	if (b.len == 0 || b.len > NAME_MAX_LEN)
		return bytes_of(NULL, 0);
	if (!p->names)
		p->names = calloc(NUM_NAMES, sizeof *p->names);
	if (!p->names)
		return bytes_of(NULL, 0);
	memcpy(p->names[which], b.p, b.len);
	return bytes_of(p->names[which], b.len);
}

/* Adds what one layer told to what those before it told. */
static void prelude_merge(struct probe *p, const struct probe_dialect *row,
			  const struct prelude *from)
{
	struct prelude *to = &p->prelude;

	to->dialect = from->dialect ? from->dialect : row->name;
	to->opportunistic |= from->opportunistic;
	if (from->in_frames)
		to->in_frames = from->in_frames;
	if (from->connect.len) {
		to->connect = name_copy(p, OF_CONNECT, from->connect);
		to->connect_port = from->connect_port;
	}
	if (from->proxy_authority.len)
		to->proxy_authority =
			name_copy(p, OF_PROXY, from->proxy_authority);
	if (from->has_proxy) {
		to->has_proxy = true;
		to->proxy_source = from->proxy_source;
		to->proxy_destination = from->proxy_destination;
	}
}

/* Has a side, whose TLS would start there, begun with its hello? */
static enum probe_step hello_at(struct bytes b, size_t start,
				enum hello_kind wanted)
{
	enum hello_kind kind = wanted;
	enum probe_step step;

	if (start > b.len) /* PROBE_UNSEEN too */
		return STEP_MORE;
	step = hello_read(bytes_tail(b, start), &kind);
	return kind == wanted ? step : STEP_NOT_ME;
}

/*
 * Asks one row. STEP_TLS only with TLS bytes on a side, or when a layer is over
 * that anything may follow.
 */
static enum probe_step row_ask(struct probe *p, unsigned role,
			       const struct probe_dialect *row,
			       struct probe_finding *out)
{
	enum probe_step step = row_step(p, role, row, out), client, server;
	struct bytes c = side_view(&p->side[role]);
	struct bytes s = side_view(&p->side[!role]);
	bool again = out->again;

	if (step != STEP_TLS)
		return step;
	if (out->prelude.in_frames) /* the row has looked into them */
		return STEP_TLS;
	if (again && out->client_start <= c.len && out->server_start <= s.len)
		return STEP_TLS;
	out->again = false;
	client = hello_at(c, out->client_start, HELLO_CLIENT);
	server = hello_at(s, out->server_start, HELLO_SERVER);
	if (client == STEP_TLS || server == STEP_TLS)
		return STEP_TLS;
	/* without the other side it may still be a layer with another dialect
	 * in it */
	return client == STEP_NOT_ME && !again ? STEP_NOT_ME : STEP_MORE;
}

static void layer_enter(struct probe *p, unsigned role,
			const struct probe_finding *f)
{
	p->side[role].skip += f->client_start;
	p->side[!role].skip += f->server_start;
	p->dead[0] = p->dead[1] = 0;
	for (unsigned d = 0; d < 2; d++) {
		p->side[d].indirect = false;
		p->side[d].scan[SCAN_HELLO].from = 0;
		p->side[d].scan[SCAN_FATAL].from = 0;
		if (!p->side[d].gap)
			p->side[d].scan[SCAN_LOST].from = 0;
	}
	p->layers++;
}

bool rows_ask(struct probe *p, unsigned role)
{
	for (size_t i = 0; i < probe_num_dialects; i++) {
		struct probe_finding f = {
			.client_start = PROBE_UNSEEN,
			.server_start = PROBE_UNSEEN,
		};
		const struct probe_dialect *row = probe_dialects[i];
		enum probe_step step;

		if (p->dead[role] & 1ull << i)
			continue;
		step = row_ask(p, role, row, &f);
		if (step == STEP_NOT_ME)
			p->dead[role] |= 1ull << i;
		if (step != STEP_TLS)
			continue;
		prelude_merge(p, row, &f.prelude);
		if (f.again) {
			layer_enter(p, role, &f);
			return true;
		}
		p->row = row;
		p->row_at[0] = p->row_at[1] = PROBE_UNSEEN;
		p->role = role;
		p->prelude.swapped = role == 1;
		p->result = PROBE_TLS;
		return true;
	}
	return false;
}

size_t rows_start(struct probe *p, unsigned dir)
{
	struct probe_finding f = {
		.client_start = PROBE_UNSEEN,
		.server_start = PROBE_UNSEEN,
	};
	size_t at;

	if (!p->row)
		return 0;
	/* said once is said: what follows it is TLS, no text of the row's */
	if (p->row_at[dir] == PROBE_UNSEEN &&
	    row_step(p, p->role, p->row, &f) == STEP_TLS) {
		at = dir == p->role ? f.client_start : f.server_start;
		p->row_at[dir] = at;
	}
	return p->row_at[dir];
}

uint64_t rows_alive(const struct probe *p, unsigned role)
{
	return ~p->dead[role] & ((1ull << probe_num_dialects) - 1);
}
