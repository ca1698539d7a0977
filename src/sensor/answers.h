/*
 * answers.h: the packets of the last DNS answers, for the evidence of findings
 * that rest on one (only with --evidence). Bounded by LIMIT_EXHIBIT_ANSWERS;
 * the oldest goes first.
 */
#ifndef SENSOR_ANSWERS_H
#define SENSOR_ANSWERS_H

#include "judge/judgement.h"

struct answers;

/* NULL without memory. */
struct answers *answers_new(void);
void answers_free(struct answers *a);
/* Takes the packets of a DNS observation over. */
void answers_keep(struct answers *a, struct observation *o);
/* Puts the answers that the judgement rests on before its handshake's packets.
 */
void answers_add(const struct answers *a, const struct judgement *v);

#endif
