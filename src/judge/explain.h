/*
 * explain.h: what a client's refusal can be about, by its alert. A finding
 * explains a refusal only where such an alert could be about it; one root
 * cause, one finding (CONTRACT.md).
 */
#ifndef JUDGE_EXPLAIN_H
#define JUDGE_EXPLAIN_H

#include "judge/check.h"

/*
 * The bits of enum about that the alert allows; none where it says something
 * that no certificate is to blame for. All of them where it cannot be read, or
 * is not the client's: then it may be about anything.
 */
unsigned explain_alert(const struct tls_alert *alert);
/* Did the client refuse, and may it be for this? */
bool explain_refusal(const struct finding *f, const struct observation *o);

#endif
