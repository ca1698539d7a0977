/*
 * http_upgrade.c: "Upgrade: TLS/1.0" of HTTP (RFC 2817), as CUPS does it. Only
 * in the first request; all other HTTP is rejected at its first header's end.
 */
#include "probe/hello.h"
#include "probe/http.h"
#include "probe/text.h"

/* RFC 9110 9: no method that is in use is longer */
#define METHOD_MAX 20

static bool upgrade_is_method(struct bytes b)
{
	size_t len = text_find(bytes_head(b, METHOD_MAX + 1), " ");

	if (len > METHOD_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (b.p[i] < 'A' || b.p[i] > 'Z')
			return false;
	}
	return b.len == 0 || len > 0;
}

static enum probe_step upgrade_client(struct bytes b, size_t *start)
{
	struct reader r = rd_window(b);
	struct http_message m = { .status = 0 };
	enum probe_step step;

	if (!upgrade_is_method(b))
		return STEP_NOT_ME;
	step = http_read(&r, &m);
	if (step != STEP_TLS)
		return step;
	if (!m.upgrades_to_tls || m.status)
		return STEP_NOT_ME;
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step upgrade_server(struct bytes b, size_t *start)
{
	struct reader r = rd_window(b);
	struct http_message m = { .status = 0 };
	enum probe_step step;

	do {
		step = text_expect(rd_left(&r), "HTTP/1.");
		if (step == STEP_TLS)
			step = http_read(&r, &m);
		if (step != STEP_TLS)
			return step;
	} while (m.status == 100);
	if (m.status != 101 || !m.upgrades_to_tls)
		return STEP_NOT_ME;
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step upgrade_step(const struct probe_view *v,
				    struct probe_finding *out)
{
	enum probe_step c = upgrade_client(v->client, &out->client_start);
	enum probe_step s = upgrade_server(v->server, &out->server_start);

	return probe_sides(c, s);
}

const struct probe_dialect probe_http_upgrade = { "http_upgrade",
						  upgrade_step };
