/*
 * text.h: dialects that are lines of text, and what they share.
 *
 * Each side is read on its own, line by line, to the line that TLS follows: the
 * command on the client's side, its answer on the server's. A line like that
 * with more words behind it was none (the server refused, or it meant another
 * command), and the reading goes on. So one side alone is enough, and nothing
 * depends on how the two were interleaved.
 */
#ifndef PROBE_TEXT_H
#define PROBE_TEXT_H

#include "base/limits.h"
#include "probe/dialect.h"

enum text_line {
	TEXT_ALIEN, /* not this dialect, or TLS cannot begin any more */
	TEXT_PLAIN,
	TEXT_MARK,  /* only this dialect speaks so */
	TEXT_START, /* TLS may begin behind it */
};

struct text_dialect {
	/* number: of the line, from 0 */
	enum text_line (*client)(struct bytes line, size_t number);
	enum text_line (*server)(struct bytes line, size_t number);
	/* Other dialects have the same command (or answer): the side alone
	 * tells this one only with a TEXT_MARK on either side. */
	bool client_shared, server_shared;
	bool opportunistic;
};

enum probe_step text_step(const struct text_dialect *t,
			  const struct probe_view *v,
			  struct probe_finding *out);

/* The next line without its end (CR LF, or LF alone); false, nothing read:
 * not whole yet. */
bool text_next(struct reader *r, struct bytes *out);
/* ASCII, case ignored. */
bool text_is(struct bytes b, const char *s);
bool text_begins(struct bytes b, const char *s);
/* The first word of the line, and what follows the blanks behind it. */
struct bytes text_word(struct bytes *line);
/* Is the first word one of these (NULL-terminated)? */
bool text_word_in(struct bytes line, const char *const words[]);
/* STEP_TLS: b begins with s (exactly); STEP_MORE: as far as b goes. */
enum probe_step text_expect(struct bytes b, const char *s);
/* The place of s in b, case kept; b.len if it is not there. */
size_t text_find(struct bytes b, const char *s);
/* Decimal, all of b, not above max. */
bool text_number(struct bytes b, uint32_t max, uint32_t *out);

#endif
