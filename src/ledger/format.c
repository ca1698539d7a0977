/* format.c: the rows of formats.inc (ledger.h). */
#include "ledger/ledger.h"

const struct format_row format_rows[FORMAT_NUM] = {
#define FORMAT(id, word, render, datasets) [FORMAT_##id] = { render, datasets },
#include "ledger/formats.inc"
#undef FORMAT
};

const char *const format_words[] = {
#define FORMAT(id, word, render, datasets) [FORMAT_##id] = word,
#include "ledger/formats.inc"
#undef FORMAT
};

bool format_parse(const char *word, enum format *out)
{
	for (int i = 0; i < FORMAT_NUM; i++) {
		if (strcmp(word, format_words[i]) != 0)
			continue;
		*out = (enum format)i;
		return true;
	}
	return false;
}
