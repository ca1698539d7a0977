/*
 * text.h: words for the sentences of findings. All text is printable UTF-8 or
 * ASCII, lives in the arena, and is never NULL ("" without memory, and without
 * an arena: then nobody reads it).
 */
#ifndef JUDGE_TEXT_H
#define JUDGE_TEXT_H

#include "judge/check.h"

/* A name from the wire: anything but printable ASCII becomes \xNN. */
const char *text_name(struct arena *a, struct bytes name);
/* A distinguished name as the certificate has it, UTF-8 with spaces; control
 * characters become \xNN. */
const char *text_dn(struct arena *a, const char *dn);
/* "api.example.com at 203.0.113.20:443", or the endpoint alone. */
const char *text_where(const struct evidence *ev, struct arena *a);
/* "203.0.113.20:443", "[2001:db8::1]:443" */
const char *text_endpoint(struct arena *a, const struct endpoint *e);
/* "10.9.0.10": the TLS client, without its passing port */
const char *text_client(const struct evidence *ev, struct arena *a);
/* "2 days 3 hours", "5 minutes": the two largest units. */
const char *text_duration(struct arena *a, int64_t sec);
/* "2026-11-21T09:36:15Z" */
const char *text_time(struct arena *a, int64_t sec);
/* " Client 10.9.0.10 refused it (alert certificate_expired)." or "" */
const char *text_reaction(const struct evidence *ev, struct arena *a);
/* "api.example.com, *.example.net and 3 more"; or the CN, or "no name" */
const char *text_names(const struct cert *c, struct arena *a);
/* The name to be written into a command: the reference or the address. */
const char *text_target(const struct evidence *ev, struct arena *a);
/*
 * text_command.c: "" where there is none. "openssl s_client -servername NAME
 * -connect ADDR:PORT ... -noout WHAT", through the client's proxy and behind
 * STARTTLS as it went.
 */
const char *text_verify(const struct evidence *ev, struct arena *a,
			const char *what);
/* "openssl s_client ... -showcerts": the chain as sent, and what it says */
const char *text_verify_chain(const struct evidence *ev, struct arena *a);
/* "openssl s_client ... -status": with the stapled OCSP response */
const char *text_verify_status(const struct evidence *ev, struct arena *a);
/* "openssl s_client ... -tls1": does the server take the version, TLS 1.0 or
 * 1.1? Of others, which s_client does not offer, what it speaks by itself */
const char *text_verify_version(const struct evidence *ev, struct arena *a,
				uint16_t version);
/* "dig +noall +answer NAME", or "" where the name is none for a command */
const char *text_dig(const struct evidence *ev, struct arena *a);

#endif
