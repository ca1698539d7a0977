/* path.c: see path.h. */
#include "judge/path.h"

/* The chain was verified: is this one of the path that was found? */
static bool is_on_path(const struct evidence *ev, size_t i)
{
	return ev->chain.state == CHAIN_UNJUDGED || chain_has(&ev->chain, i);
}

const struct cert *path_next(const struct evidence *ev, const struct cert *c)
{
	const struct observation *o = ev->obs;
	const struct cert *next = NULL;

	if (ev->carried || c->self_issued)
		return NULL;
	for (size_t i = 1; i < o->num_chain[TLS_SERVER]; i++) {
		const struct cert *m = o->chain[TLS_SERVER][i];

		if (!is_on_path(ev, i) || !cert_may_issue(m, c) ||
		    (next && !memcmp(next->sha256, m->sha256, 32)))
			continue;
		if (next)
			return NULL; /* cross-certificates: one is enough */
		next = m;
	}
	return next && !next->self_issued ? next : NULL;
}
