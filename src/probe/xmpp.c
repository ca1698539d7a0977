/*
 * xmpp.c: STARTTLS of XMPP (RFC 6120 5.4), between servers as well.
 *
 * <starttls/> of the client, <proceed/> of the server. The server offers TLS
 * with a <starttls/> too, which no TLS follows.
 */
#include "probe/hello.h"
#include "probe/text.h"

static enum probe_step xmpp_begins(struct bytes b)
{
	enum probe_step stream = text_expect(b, "<stream:stream");
	enum probe_step xml = text_expect(b, "<?xml");

	if (stream == STEP_TLS || xml == STEP_TLS)
		return STEP_TLS;
	if (stream == STEP_MORE || xml == STEP_MORE)
		return STEP_MORE;
	return STEP_NOT_ME;
}

/* The place behind an element that begins at b with "<name"; 0: not there. */
static size_t xmpp_element_end(struct bytes b, const char *close)
{
	size_t tag = text_find(b, ">") + 1, end;

	if (tag > b.len)
		return 0;
	if (tag >= 2 && b.p[tag - 2] == '/')
		return tag;
	end = text_find(b, close);
	return end < b.len ? end + strlen(close) : 0;
}

/* STEP_TLS: *start is behind the element (and white space). */
static enum probe_step xmpp_side(struct bytes b, const char *open,
				 const char *close, size_t *start)
{
	enum probe_step begins = xmpp_begins(b);
	size_t at = 0;

	if (begins != STEP_TLS)
		return begins;
	while ((at += text_find(bytes_tail(b, at), open)) < b.len) {
		struct bytes left = bytes_tail(b, at);
		size_t end = xmpp_element_end(left, close);

		if (end == 0)
			return STEP_MORE;
		while (end < left.len && memchr(" \t\r\n", left.p[end], 4))
			end++;
		at += end;
		if (probe_is_answer(bytes_tail(b, at)) == STEP_NOT_ME)
			continue;
		*start = at;
		return STEP_TLS;
	}
	return STEP_MORE;
}

/* A client that logs in or talks will not start TLS any more. */
static bool xmpp_is_late(struct bytes client)
{
	static const char *const stanzas[] = { "<auth", "<iq", "<message",
					       "<presence" };

	for (size_t i = 0; i < sizeof stanzas / sizeof *stanzas; i++) {
		if (text_find(client, stanzas[i]) < client.len)
			return true;
	}
	return false;
}

static enum probe_step xmpp_step(const struct probe_view *v,
				 struct probe_finding *out)
{
	enum probe_step c = xmpp_side(v->client, "<starttls", "</starttls>",
				      &out->client_start);
	enum probe_step s = xmpp_side(v->server, "<proceed", "</proceed>",
				      &out->server_start);

	if (c == STEP_MORE && xmpp_is_late(v->client))
		return STEP_NOT_ME;
	out->prelude.opportunistic = true;
	return probe_sides(c, s);
}

const struct probe_dialect probe_xmpp = { "xmpp", xmpp_step };
