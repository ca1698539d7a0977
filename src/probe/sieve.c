/*
 * sieve.c: STARTTLS of ManageSieve (RFC 5804 2.2): the server begins with its
 * capabilities in quotes; "STARTTLS", "OK ...".
 */
#include "probe/text.h"

static enum text_line sieve_client(struct bytes line, size_t number)
{
	static const char *const commands[] = { "STARTTLS", "NOOP", "LOGOUT",
						NULL };

	(void)number;
	if (text_is(line, "CAPABILITY"))
		return TEXT_MARK;
	if (!text_word_in(line, commands))
		return TEXT_ALIEN;
	return text_is(line, "STARTTLS") ? TEXT_START : TEXT_PLAIN;
}

static enum text_line sieve_server(struct bytes line, size_t number)
{
	static const char *const answers[] = { "NO", "BYE", NULL };

	if (text_begins(line, "\"")) /* RFC 5804 1.7 */
		return TEXT_MARK;
	if (number == 0)
		return TEXT_ALIEN;
	if (text_word_in(line, (const char *const[]){ "OK", NULL }))
		return TEXT_START;
	return text_word_in(line, answers) ? TEXT_PLAIN : TEXT_ALIEN;
}

static enum probe_step sieve_step(const struct probe_view *v,
				  struct probe_finding *out)
{
	static const struct text_dialect rules = {
		.client = sieve_client,
		.server = sieve_server,
		.client_shared = true,
	};

	return text_step(&rules, v, out);
}

const struct probe_dialect probe_sieve = { "sieve", sieve_step };
