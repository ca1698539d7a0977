/*
 * client_errors.h: what the common kinds of client print when they meet what a
 * finding tells of, so that somebody who searches for the text finds the event.
 *
 * Only kinds that fail at it, and of these only those that would show on the
 * wire what this client showed (alert, size of its last record). It is never
 * said that this client printed it.
 */
#ifndef JUDGE_CLIENT_ERRORS_H
#define JUDGE_CLIENT_ERRORS_H

#include "judge/check.h"

struct client_error {
	const char *client;
	const char *text;
};

/* Adds them to the finding's hint; strings go to the arena or are static. */
void client_errors_add(const struct evidence *ev, struct arena *a,
		       struct finding *f);

#endif
