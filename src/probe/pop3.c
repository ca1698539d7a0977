/* pop3.c: STLS of POP3 (RFC 2595 4): "STLS" before login, "+OK ...". */
#include "probe/text.h"

static enum text_line pop3_client(struct bytes line, size_t number)
{
	/* RFC 1939 4: the authorization state */
	static const char *const commands[] = {
		"STLS", "CAPA", "AUTH", "USER", "PASS", "APOP",
		"NOOP", "LANG", "UTF8", "QUIT", NULL,
	};
	struct bytes rest = line;

	(void)number;
	if (!text_word_in(line, commands))
		return TEXT_ALIEN;
	if (text_is(text_word(&rest), "STLS") && rest.len == 0)
		return TEXT_START;
	return TEXT_PLAIN;
}

static enum text_line pop3_server(struct bytes line, size_t number)
{
	bool good = text_word_in(line, (const char *const[]){ "+OK", NULL });

	if (number == 0)
		return good ? TEXT_MARK : TEXT_ALIEN;
	return good ? TEXT_START : TEXT_PLAIN; /* CAPA lists anything */
}

static enum probe_step pop3_step(const struct probe_view *v,
				 struct probe_finding *out)
{
	static const struct text_dialect rules = {
		.client = pop3_client,
		.server = pop3_server,
	};

	return text_step(&rules, v, out);
}

const struct probe_dialect probe_pop3 = { "pop3", pop3_step };
