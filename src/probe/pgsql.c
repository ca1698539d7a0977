/*
 * pgsql.c: SSLRequest of PostgreSQL (protocol documentation 55.2.11), answered
 * by one byte, 'S' or 'N'; a GSSENCRequest that was refused may stand before.
 */
#include "probe/hello.h"

enum {
	/* last bytes of the request codes 80877103 and 80877104 */
	PGSQL_SSL = 47,
	PGSQL_GSSENC = 48,
};

static enum probe_step pgsql_client(struct bytes b, size_t *start)
{
	/* length 8, and what both request codes have in common */
	static const uint8_t common[] = { 0, 0, 0, 8, 4, 210, 22 };
	struct reader r = rd_window(b);

	while (rd_more(&r)) {
		struct bytes left = rd_left(&r);
		uint8_t code;

		if (!bytes_eq(bytes_head(left, sizeof common),
			      bytes_head(bytes_of(common, sizeof common),
					 left.len)))
			return STEP_NOT_ME;
		rd_skip(&r, sizeof common);
		code = rd_u8(&r);
		if (!rd_ok(&r))
			return STEP_MORE;
		if (code != PGSQL_SSL && code != PGSQL_GSSENC)
			return STEP_NOT_ME;
		if (code == PGSQL_GSSENC ||
		    probe_is_hello(rd_left(&r)) == STEP_NOT_ME)
			continue;
		*start = rd_offset(&r);
		return STEP_TLS;
	}
	return STEP_MORE;
}

static enum probe_step pgsql_server(struct bytes b, size_t *start)
{
	struct reader r = rd_window(b);

	while (rd_more(&r)) {
		uint8_t answer = rd_u8(&r);

		if (answer == 'S' &&
		    probe_is_answer(rd_left(&r)) != STEP_NOT_ME) {
			*start = rd_offset(&r);
			return STEP_TLS;
		}
		if (answer != 'N')
			return STEP_NOT_ME;
	}
	return STEP_MORE;
}

static enum probe_step pgsql_step(const struct probe_view *v,
				  struct probe_finding *out)
{
	enum probe_step c = pgsql_client(v->client, &out->client_start);
	enum probe_step s = pgsql_server(v->server, &out->server_start);

	out->prelude.opportunistic = true;
	return probe_sides(c, s);
}

const struct probe_dialect probe_pgsql = { "pgsql", pgsql_step };
