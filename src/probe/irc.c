/*
 * irc.c: STARTTLS of IRC (ircv3.net, tls-3.1): "STARTTLS", numeric 670.
 */
#include "probe/text.h"

static enum text_line irc_client(struct bytes line, size_t number)
{
	static const char *const mark[] = { "CAP", "NICK", "USER", NULL };
	static const char *const other[] = { "STARTTLS", "PASS", "PING",
					     "PONG",	 "QUIT", "WEBIRC",
					     NULL };

	(void)number;
	if (text_word_in(line, mark))
		return TEXT_MARK;
	if (!text_word_in(line, other))
		return line.len ? TEXT_ALIEN : TEXT_PLAIN;
	return text_begins(line, "STARTTLS") ? TEXT_START : TEXT_PLAIN;
}

static enum text_line irc_server(struct bytes line, size_t number)
{
	static const char *const bare[] = { "NOTICE", "ERROR",	      "PING",
					    "CAP",    "AUTHENTICATE", NULL };
	struct bytes rest = line, source = text_word(&rest);

	(void)number;
	if (!text_begins(source, ":")) /* RFC 2812 2.3: the source may lack */
		return text_word_in(line, bare) ? TEXT_MARK : TEXT_ALIEN;
	return text_is(text_word(&rest), "670") ? TEXT_START : TEXT_MARK;
}

static enum probe_step irc_step(const struct probe_view *v,
				struct probe_finding *out)
{
	static const struct text_dialect rules = {
		.client = irc_client,
		.server = irc_server,
		.client_shared = true,
	};

	return text_step(&rules, v, out);
}

const struct probe_dialect probe_irc = { "irc", irc_step };
