/*
 * options_filter.c: the words behind the options are one BPF filter, joined as
 * tcpdump joins them.
 */
#include <ctype.h>
#include <stdio.h>

#include "app/options.h"
#include "base/buf.h"

/* It would become a part of the filter, and no BPF has one. */
static bool is_option(const char *word)
{
	return word[0] == '-' &&
	       (word[1] == '-' || isalpha((unsigned char)word[1]));
}

enum options_result options_filter(struct options *o, int num, char **words)
{
	struct buf b;

	if (!num)
		return OPTIONS_OK;
	buf_init(&b, 65536);
	for (int i = 0; i < num; i++) {
		if (is_option(words[i])) {
			fprintf(stderr,
				"wirecert: %s: options come before the "
				"filter\n",
				words[i]);
			buf_fini(&b);
			return OPTIONS_WRONG;
		}
		if (i)
			buf_add_char(&b, ' ');
		buf_add_str(&b, words[i]);
	}
	if (b.failed) {
		fprintf(stderr, "wirecert: the filter is too long: at most "
				"64 KiB\n");
		buf_fini(&b);
		return OPTIONS_WRONG;
	}
	o->filter = (char *)b.p;
	return OPTIONS_OK;
}
