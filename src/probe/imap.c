/* imap.c: STARTTLS of IMAP (RFC 9051 6.2.1): "a STARTTLS", "a OK ...". */
#include "probe/text.h"

static enum text_line imap_client(struct bytes line, size_t number)
{
	/* what may be said before a mailbox is selected */
	static const char *const commands[] = {
		"STARTTLS", "CAPABILITY",   "NOOP",   "LOGOUT",	  "ID",
		"LOGIN",    "AUTHENTICATE", "ENABLE", "LANGUAGE", NULL,
	};
	struct bytes rest = line, tag = text_word(&rest);

	(void)number;
	if (tag.len == 0 || !text_word_in(rest, commands))
		return TEXT_ALIEN;
	if (text_is(text_word(&rest), "STARTTLS") && rest.len == 0)
		return TEXT_START;
	return TEXT_PLAIN;
}

static enum text_line imap_server(struct bytes line, size_t number)
{
	static const char *const status[] = { "OK", "NO", "BAD", NULL };
	static const char *const greeting[] = { "OK", "PREAUTH", "BYE", NULL };
	struct bytes rest = line, tag = text_word(&rest);

	if (text_is(tag, "*")) {
		if (number == 0 && !text_word_in(rest, greeting))
			return TEXT_ALIEN;
		return TEXT_MARK;
	}
	if (number == 0)
		return TEXT_ALIEN;
	if (text_is(tag, "+"))
		return TEXT_PLAIN;
	if (tag.len == 0 || !text_word_in(rest, status))
		return TEXT_ALIEN;
	return text_is(text_word(&rest), "OK") ? TEXT_START : TEXT_PLAIN;
}

static enum probe_step imap_step(const struct probe_view *v,
				 struct probe_finding *out)
{
	static const struct text_dialect rules = {
		.client = imap_client,
		.server = imap_server,
	};

	return text_step(&rules, v, out);
}

const struct probe_dialect probe_imap = { "imap", imap_step };
