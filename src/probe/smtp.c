/*
 * smtp.c: STARTTLS of SMTP (RFC 3207) and LMTP (RFC 2033).
 *
 * "STARTTLS" is answered by "220"; the server's greeting is a 220 as well,
 * which no TLS follows.
 */
#include "probe/text.h"

static enum text_line smtp_client(struct bytes line, size_t number)
{
	static const char *const hello[] = { "EHLO", "LHLO", "HELO", NULL };
	/* AUTH and DATA are missing: their lines are data, not commands, and
	 * no client starts TLS after them */
	static const char *const other[] = {
		"STARTTLS", "NOOP",	"RSET", "HELP", "QUIT",
		"VRFY",	    "EXPN",	"MAIL", "RCPT", "ETRN",
		"XCLIENT",  "XFORWARD", NULL,
	};
	struct bytes rest = line;

	(void)number;
	if (text_word_in(line, hello))
		return TEXT_MARK;
	if (!text_word_in(line, other))
		return TEXT_ALIEN;
	if (text_is(text_word(&rest), "STARTTLS") && rest.len == 0)
		return TEXT_START;
	return TEXT_PLAIN;
}

static enum text_line smtp_server(struct bytes line, size_t number)
{
	uint32_t code;

	/* RFC 5321 4.2: three digits, then "-" in all but the last line */
	if (!text_number(bytes_head(line, 3), 599, &code) || code < 200)
		return TEXT_ALIEN;
	if (line.len > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return TEXT_ALIEN;
	if (number == 0)
		return code == 220 ? TEXT_MARK : TEXT_ALIEN;
	return code == 220 && !text_begins(line, "220-") ? TEXT_START
							 : TEXT_PLAIN;
}

static enum probe_step smtp_step(const struct probe_view *v,
				 struct probe_finding *out)
{
	static const struct text_dialect rules = {
		.client = smtp_client,
		.server = smtp_server,
		.client_shared = true,
		.server_shared = true,
		.opportunistic = true,
	};

	return text_step(&rules, v, out);
}

const struct probe_dialect probe_smtp = { "smtp", smtp_step };
