/*
 * advice.h: what a user would want to know of sources that say too little.
 *
 * One line each on standard error: what it is, and what to set.
 */
#ifndef APP_ADVICE_H
#define APP_ADVICE_H

#include "app/pipeline.h"

/* TLS packets came cut? True: it was told. */
bool advise_cut(struct pipeline *p, bool live);
/* The filter took none of so many packets; name: of whose, or NULL. */
void advise_filter(const struct pipeline *p, const char *filter,
		   const char *name, uint64_t packets);

#endif
