/*
 * ftp.c: the control connection of FTP (RFC 4217 4): "AUTH TLS", "234 ...".
 *
 * Data connections begin with TLS at once and are no concern of this file.
 */
#include "probe/text.h"

static enum text_line ftp_client(struct bytes line, size_t number)
{
	static const char *const commands[] = {
		"AUTH", "USER", "PASS", "ACCT", "FEAT", "SYST", "OPTS", "HOST",
		"CLNT", "LANG", "NOOP", "HELP", "QUIT", "CSID", NULL,
	};
	/* RFC 4217 17 and the drafts before it */
	static const char *const kinds[] = { "TLS", "SSL", "TLS-C", "TLS-P",
					     NULL };
	struct bytes rest = line;

	(void)number;
	if (!text_word_in(line, commands))
		return TEXT_ALIEN;
	if (!text_is(text_word(&rest), "AUTH"))
		return TEXT_PLAIN;
	return text_word_in(rest, kinds) ? TEXT_START : TEXT_PLAIN;
}

static enum text_line ftp_server(struct bytes line, size_t number)
{
	if (number == 0) /* RFC 959 5.4 */
		return text_begins(line, "220") || text_begins(line, "120")
			       ? TEXT_PLAIN
			       : TEXT_ALIEN;
	if (text_begins(line, "234") && !text_begins(line, "234-"))
		return TEXT_START;
	return TEXT_PLAIN; /* the lines within a long answer are free text */
}

static enum probe_step ftp_step(const struct probe_view *v,
				struct probe_finding *out)
{
	static const struct text_dialect rules = {
		.client = ftp_client,
		.server = ftp_server,
	};

	return text_step(&rules, v, out);
}

const struct probe_dialect probe_ftp = { "ftp", ftp_step };
