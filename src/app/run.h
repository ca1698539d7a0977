/* run.h: the two ways to run: replay files, listen live. Exit statuses. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include "app/options.h"

int run_replay(const struct options *o);
int run_live(const struct options *o);

#endif
