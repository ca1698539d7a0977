/*
 * path.h: the members of a chain that clients have to follow; shared by
 * key.weak and signature.weak.
 */
#ifndef JUDGE_PATH_H
#define JUDGE_PATH_H

#include "judge/evidence.h"

/*
 * The member after c (the leaf to begin with) on the way to the root, of those
 * the server sent; NULL: there is none, or nobody can say which. Neither strays
 * nor the root or what else is trusted as it is: what is wrong with it harms
 * nobody.
 */
const struct cert *path_next(const struct evidence *ev, const struct cert *c);

#endif
