/* ecs_cert.h: the certificate parts of an ECS event (tls.*, x509.*). */
#ifndef EVENT_ECS_CERT_H
#define EVENT_ECS_CERT_H

#include "base/json.h"
#include "cert/cert.h"
#include "event/event.h"

/* Members subject, issuer, not_before, not_after, hash, x509 of an object. */
void ecs_cert(struct json *j, const struct cert *c);
/* certificate_chain: PEM texts. */
void ecs_chain_pem(struct json *j, struct cert *const *chain, size_t num);
/* One DER as PEM text. */
void ecs_pem(struct buf *out, struct bytes der);

#endif
