/* known.c: see known.h. */
#include "app/known.h"

static void know_name(void *arg, struct bytes name)
{
	joint_know_name(arg, name);
}

static void know_shown(void *arg, struct bytes name,
		       const struct endpoint *where, const struct cert *leaf,
		       bool trusted, struct stamp first, struct stamp last)
{
	joint_know_shown(arg, name, where, leaf, trusted, first, last);
}

bool known_open(struct ledger *l, struct joint *j, const struct options *o,
		char *err)
{
	const struct ledger_known known = { .arg = j,
					    .own_name = know_name,
					    .shown = know_shown };

	return !o->state || ledger_open_state(l, o->state, o->retention,
					      &known, err);
}
