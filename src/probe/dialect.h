/*
 * dialect.h: one const row per protocol that TLS is started inside of.
 *
 * step() is pure: it reads the prefixes of both directions through struct
 * reader windows and says whether this is its protocol and where TLS begins.
 * It is called again from the start whenever more bytes have come, so it keeps
 * no state. Rows are listed in src/probe/meson.build; the order is that list's.
 */
#ifndef PROBE_DIALECT_H
#define PROBE_DIALECT_H

#include "base/reader.h"
#include "flow/prelude.h"

enum probe_step {
	STEP_NOT_ME, /* never again for this connection and these roles */
	STEP_MORE,   /* may be: wait for more bytes of either side */
	STEP_TLS,    /* *out is filled */
};

/* The prefixes by role: the engine tries both assignments of directions. */
struct probe_view {
	struct bytes client, server; /* from the first byte of the connection */
	bool client_gap, server_gap; /* the prefix ends at a lost byte */
};

/* A side that has not shown yet where its TLS begins; what both starts are
 * when step() is called. One known side is enough for STEP_TLS: the engine
 * makes sure that a hello is there, and asks for the other side again. */
#define PROBE_UNSEEN SIZE_MAX

struct probe_finding {
	size_t client_start, server_start; /* where TLS begins in each prefix */
	struct prelude prelude; /* may point into the view's bytes, or to ... */
	char text[ADDR_TEXT];	/* room for a text that is not in them */
	/* PROXY protocol, CONNECT and SOCKS may be followed by another dialect
	 * or by TLS at once: the engine then looks again behind the starts */
	bool again;
};

/*
 * What a dialect says whose sides are read on their own, each into its start:
 * no side may be another's, one that knows where its TLS begins is enough.
 */
static inline enum probe_step probe_sides(enum probe_step client,
					  enum probe_step server)
{
	if (client == STEP_NOT_ME || server == STEP_NOT_ME)
		return STEP_NOT_ME;
	return client == STEP_MORE && server == STEP_MORE ? STEP_MORE
							  : STEP_TLS;
}

struct probe_dialect {
	const char *name; /* as told in events: "smtp", "imap" ... */
	enum probe_step (*step)(const struct probe_view *v,
				struct probe_finding *out);
};

extern const struct probe_dialect *const probe_dialects[];
extern const size_t probe_num_dialects;

/*
 * Does a TLS record stream begin at b (a window)? A ClientHello (SSLv2 format
 * too) or ServerHello whose lengths and versions agree. STEP_MORE: too short.
 */
enum probe_step probe_is_hello(struct bytes b);
/* A record that may stand at the start of the other side's answer: a hello or
 * a fatal alert. */
enum probe_step probe_is_answer(struct bytes b);

#endif
