/*
 * text_command.c: commands that show a person what the sensor saw. They go the
 * way that the client went: through its proxy, behind STARTTLS. Where openssl
 * s_client cannot, there is none. Names from the wire are in them only where a
 * shell takes them as they are.
 */
#include "judge/text.h"
#include "tls/wire.h"

/* May the name stand in a shell command as it is? */
static bool is_plain(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || c == '.' || c == '_' ||
			  (c == '-' && i);

		if (!ok)
			return false;
	}
	return name.len > 0;
}

/* How s_client gets to the TLS inside of a protocol; the first that fits. */
struct way {
	const char *dialect;
	uint16_t port; /* 0: any */
	const char *option;
};

static const struct way ways[] = {
	{ "ftp", 0, "-starttls ftp " },
	{ "imap", 0, "-starttls imap " },
	{ "irc", 0, "-starttls irc " },
	{ "ldap", 0, "-starttls ldap " },
	{ "mysql", 0, "-starttls mysql " },
	{ "nntp", 0, "-starttls nntp " },
	{ "pop3", 0, "-starttls pop3 " },
	{ "pgsql", 0, "-starttls postgres " },
	{ "sieve", 0, "-starttls sieve " },
	{ "smtp", 24, "-starttls lmtp " },
	{ "smtp", 0, "-starttls smtp " },
	{ "xmpp", 5269, "-starttls xmpp-server " },
	{ "xmpp", 0, "-starttls xmpp " },
	{ "proxy_v1", 0, "" },
	{ "proxy_v2", 0, "" },
};

/* What was asked of a proxy is asked through it; of SOCKS, which s_client does
 * not know, without it. */
static const char *behind_proxy(const struct prelude *p, struct arena *a,
				const char *proxy)
{
	char target[256];

	if (!is_plain(p->connect) || p->connect.len >= sizeof target ||
	    !p->connect_port)
		return NULL;
	memcpy(target, p->connect.p, p->connect.len);
	target[p->connect.len] = '\0';
	if (bytes_is(bytes_str(p->dialect), "http_connect"))
		return arena_printf(a, "-proxy %s -connect %s:%u", proxy,
				    target, p->connect_port);
	return arena_printf(a, "-connect %s:%u", target, p->connect_port);
}

/* "-starttls smtp -connect ADDR:PORT"; NULL: s_client cannot get there. */
static const char *way_to(const struct evidence *ev, struct arena *a)
{
	const struct endpoint *server = observation_server(ev->obs);
	const char *where = text_endpoint(a, server);
	const struct tls_handshake *hs = ev->obs->hs;
	const struct prelude *p = &hs->prelude;

	if (!p->dialect)
		return arena_printf(a, "%s-connect %s",
				    hs->carrier == TLS_OVER_DTLS ? "-dtls "
								 : "",
				    where);
	if (p->connect.len)
		return behind_proxy(p, a, where);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		const struct way *w = &ways[i];

		if (!strcmp(w->dialect, p->dialect) &&
		    (!w->port || w->port == server->port))
			return arena_printf(a, "%s-connect %s", w->option,
					    where);
	}
	return NULL;
}

/* "openssl s_client -servername NAME WAY MORE", or "". */
static const char *s_client(const struct evidence *ev, struct arena *a,
			    const char *more)
{
	const char *way = a ? way_to(ev, a) : NULL, *s;

	if (!way)
		return "";
	if (is_plain(ev->name.reference))
		s = arena_printf(a, "openssl s_client -servername %s %s %s",
				 text_name(a, ev->name.reference), way, more);
	else
		s = arena_printf(a, "openssl s_client %s %s", way, more);
	return s ? s : "";
}

const char *text_verify(const struct evidence *ev, struct arena *a,
			const char *what)
{
	const char *more = arena_printf(a, "2>/dev/null </dev/null | openssl "
					   "x509 -noout %s",
					what);

	return more ? s_client(ev, a, more) : "";
}

const char *text_verify_chain(const struct evidence *ev, struct arena *a)
{
	return s_client(ev, a, "-showcerts </dev/null");
}

const char *text_verify_status(const struct evidence *ev, struct arena *a)
{
	return s_client(ev, a, "-status </dev/null");
}

/* OpenSSL 3 signs nothing of TLS 1.1 and below at its default level. */
const char *text_verify_version(const struct evidence *ev, struct arena *a,
				uint16_t version)
{
	switch (version) {
	case TLS_1_0:
		return s_client(ev, a, "-tls1 -cipher DEFAULT:@SECLEVEL=0 "
				       "</dev/null");
	case TLS_1_1:
		return s_client(ev, a, "-tls1_1 -cipher DEFAULT:@SECLEVEL=0 "
				       "</dev/null");
	default:
		return text_verify_chain(ev, a);
	}
}

const char *text_dig(const struct evidence *ev, struct arena *a)
{
	const char *s = NULL;

	if (!a)
		return "";
	if (is_plain(ev->name.reference))
		s = arena_printf(a, "dig +noall +answer %s",
				 text_name(a, ev->name.reference));
	return s ? s : "";
}
