/*
 * complete.h: what DNS and the knowledge of gateways add to a judgement before
 * it is run: the reference name where none was stated, the way from the name to
 * the address called, and whose gateway that is.
 */
#ifndef SENSOR_COMPLETE_H
#define SENSOR_COMPLETE_H

#include "judge/judgement.h"
#include "know/dns.h"

/* An answer seen by a worker: learnt. */
void complete_learn(struct know_dns *k, const struct observation *o);
void complete_dns(struct know_dns *k, struct judgement *v);

#endif
