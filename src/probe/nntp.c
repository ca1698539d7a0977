/* nntp.c: STARTTLS of NNTP (RFC 4642 2.2): "STARTTLS", "382 ...". */
#include "probe/text.h"

static enum text_line nntp_client(struct bytes line, size_t number)
{
	static const char *const commands[] = {
		"STARTTLS", "MODE", "HELP",	"DATE",
		"QUIT",	    "LIST", "AUTHINFO", NULL,
	};
	struct bytes rest = line;

	(void)number;
	if (text_is(text_word(&rest), "CAPABILITIES"))
		return TEXT_MARK;
	if (!text_word_in(line, commands))
		return TEXT_ALIEN;
	return text_is(line, "STARTTLS") ? TEXT_START : TEXT_PLAIN;
}

static enum text_line nntp_server(struct bytes line, size_t number)
{
	static const char *const greeting[] = { "200", "201", NULL };

	if (number == 0) /* RFC 3977 5.1.1 */
		return text_word_in(line, greeting) ? TEXT_MARK : TEXT_ALIEN;
	if (text_word_in(line, (const char *const[]){ "382", NULL }))
		return TEXT_START;
	return TEXT_PLAIN; /* lists are free text */
}

static enum probe_step nntp_step(const struct probe_view *v,
				 struct probe_finding *out)
{
	static const struct text_dialect rules = {
		.client = nntp_client,
		.server = nntp_server,
		.client_shared = true,
	};

	return text_step(&rules, v, out);
}

const struct probe_dialect probe_nntp = { "nntp", nntp_step };
