/* suffix_psl.c: see suffix.h. */
#include "cert/suffix.h"

#include <ctype.h>
#include <libpsl.h>

bool suffix_is_public(struct bytes name)
{
	const psl_ctx_t *list = psl_builtin();
	char text[256];

	if (!list || !name.len || name.len >= sizeof text)
		return false;
	for (size_t i = 0; i < name.len; i++)
		text[i] = (char)tolower(name.p[i]);
	text[name.len] = '\0';
	return psl_is_public_suffix2(list, text,
				     PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}
