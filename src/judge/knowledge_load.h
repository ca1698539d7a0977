/*
 * knowledge_load.h: what reading the files of knowledge is made of. Private to
 * knowledge*.c.
 *
 * Whatever is not as it should be is refused in one line: file, line, place,
 * key, and what would be right. The first fault is told; what is read behind it
 * does not count.
 */
#ifndef JUDGE_KNOWLEDGE_LOAD_H
#define JUDGE_KNOWLEDGE_LOAD_H

#include "judge/gateways.h"

#include <jansson.h>

struct load {
	struct knowledge *k;
	char path[1024];
	const char *text; /* of the file */
	char at[192];	  /* "line 7: gateways[3] (aws_x)" */
	char *err;
	size_t err_len;
	bool failed; /* told in err, once */
};

void load_fail(struct load *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* In the arena; NULL and failed where there is no more. */
void *load_room(struct load *l, size_t num, size_t size);
const char *load_copy(struct load *l, const char *s);
/* Every key is one of these; NULL-ended. */
void load_check_keys(struct load *l, json_t *o, const char *const *known);
const char *load_str(struct load *l, json_t *o, const char *key, bool needed);
bool load_bool(struct load *l, json_t *o, const char *key);
/* A string or a list of strings, as a list; its size. */
size_t load_list(struct load *l, json_t *o, const char *key,
		 const char *const **out);
/* Where the i-th member of the file's one list begins: a line, from 1. */
unsigned load_line(const char *text, size_t i);

/* One member of the list each, into its slot. */
void load_gateway(struct load *l, json_t *o, void *slot);
void load_fallback(struct load *l, json_t *o, void *slot);

#endif
