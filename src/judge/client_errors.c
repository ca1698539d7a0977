/* client_errors.c: see client_errors.h; what they say is in the .inc. */
#include "judge/client_errors.h"

#include "judge/text.h"

/* Bits: a row may be of several. */
enum trouble {
	TROUBLE_NONE = 0,
	TROUBLE_EXPIRED = 1 << 0,
	TROUBLE_NOT_YET = 1 << 1,
	TROUBLE_NAME = 1 << 2,
	TROUBLE_NO_NAME = 1 << 3,    /* the certificate has none in its SAN */
	TROUBLE_ADDRESS = 1 << 4,    /* an address was called; it has others ... */
	TROUBLE_NO_ADDRESS = 1 << 5, /* ... or none */
	TROUBLE_CN_ONLY = 1 << 6,
	TROUBLE_ISSUER = 1 << 7,
	TROUBLE_SELF_SIGNED = 1 << 8,
};

#define TROUBLE_NAMES	  (TROUBLE_NAME | TROUBLE_NO_NAME)
#define TROUBLE_ADDRESSES (TROUBLE_ADDRESS | TROUBLE_NO_ADDRESS)
#define TROUBLE_OTHER	  (TROUBLE_NAMES | TROUBLE_ADDRESSES)

/* What is seen of a client that gives up. */
enum shape {
	SHAPE_ANY,    /* not told, or not measured */
	SHAPE_PLAIN,  /* an alert in the clear */
	SHAPE_19,     /* TLS 1.3: a sealed record of 19 (CCM_8: 11) bytes */
	SHAPE_35,     /* the same, padded by JSSE */
	SHAPE_CLOSE,  /* an end before its Finished, without a word */
	SHAPE_SILENT, /* Finished, then an end without data */
};

struct row {
	unsigned troubles;
	const char *client, *text;
	uint8_t alert12, alert13; /* 0: it sends none */
	enum shape shape12, shape13;
};

#define PLAIN12(alert12, alert13, shape13) \
	alert12, alert13, SHAPE_PLAIN, shape13

#define GNUTLS "The certificate is NOT trusted. "
#define DOTNET_CHAIN                                                           \
	"The remote certificate is invalid because of errors in the "          \
	"certificate chain: "

static const struct row rows[] = {
#include "judge/client_errors.inc"
};

#define NUM_ROWS (sizeof rows / sizeof *rows)

static const struct {
	const char *code;
	enum trouble trouble;
} codes[] = {
	{ "cert.expired", TROUBLE_EXPIRED },
	{ "chain.expired", TROUBLE_EXPIRED },
	{ "cert.not_yet_valid", TROUBLE_NOT_YET },
	{ "name.mismatch", TROUBLE_NAME },
	{ "name.misrouted", TROUBLE_NAME },
	{ "dns.misrouted", TROUBLE_NAME },
	{ "name.cn_only", TROUBLE_CN_ONLY },
	{ "chain.untrusted", TROUBLE_ISSUER },
	{ "chain.incomplete", TROUBLE_ISSUER },
	{ "chain.self_signed", TROUBLE_SELF_SIGNED },
};

/* A refusal whose certificate was not seen: its alert tells, at times. */
static enum trouble trouble_of_alert(const struct evidence *ev)
{
	const struct tls_alert *alert = &ev->obs->hs->alert;

	if (!check_reads_alert(alert) || alert->from != TLS_CLIENT)
		return TROUBLE_NONE;
	if (alert->code == 45)
		return TROUBLE_EXPIRED;
	return alert->code == 48 ? TROUBLE_ISSUER : TROUBLE_NONE;
}

static bool has_san(const struct cert *c, enum cert_san_type type)
{
	for (size_t i = 0; i < c->num_san; i++)
		if (c->san[i].type == type)
			return true;
	return false;
}

/* Clients tell names from addresses, and a wrong one from none. */
static enum trouble trouble_of_name(const struct evidence *ev)
{
	const struct cert *leaf = ev->leaf;

	if (!leaf || leaf->error)
		return TROUBLE_NAME;
	if (ev->name.match.is_ip)
		return has_san(leaf, CERT_SAN_IP) ? TROUBLE_ADDRESS
						  : TROUBLE_NO_ADDRESS;
	return has_san(leaf, CERT_SAN_DNS) ? TROUBLE_NAME : TROUBLE_NO_NAME;
}

static enum trouble trouble_of(const struct evidence *ev, const char *code)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(codes[i].code, code))
			return codes[i].trouble == TROUBLE_NAME
				       ? trouble_of_name(ev)
				       : codes[i].trouble;
	return strcmp(code, "client.rejected") ? TROUBLE_NONE
					       : trouble_of_alert(ev);
}

/* The size of the client's last sealed record that could be an alert. */
static enum shape sealed_shape(const struct tls_handshake *hs)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];

	for (uint32_t i = 0; i < c->num_sealed && i < LIMIT_TLS_SEALED; i++) {
		if (c->sealed[i] == 35)
			return SHAPE_35;
		if (c->sealed[i] == 19 || c->sealed[i] == 11)
			return SHAPE_19;
	}
	return SHAPE_ANY;
}

static enum shape seen_shape(const struct observation *o)
{
	if (o->hs->carrier != TLS_OVER_TCP)
		return SHAPE_ANY;
	switch (o->reaction.evidence) {
	case TLS_PLAINTEXT_ALERT:
		return SHAPE_PLAIN;
	case TLS_ENCRYPTED_ALERT:
		return sealed_shape(o->hs);
	case TLS_CLOSED_WITHOUT_DATA:
		return SHAPE_SILENT;
	case TLS_CLOSED_BEFORE_FINISHED:
		return SHAPE_CLOSE;
	default:
		return SHAPE_ANY;
	}
}

/*
 * A certificate that signed itself and is for another name: Go looks at the
 * name first, the others at the issuer.
 */
static bool concerns(const struct row *r, enum trouble trouble,
		     const struct cert *leaf)
{
	if ((trouble & TROUBLE_OTHER) && leaf && leaf->self_issued &&
	    strcmp(r->client, "go") != 0)
		trouble = TROUBLE_SELF_SIGNED;
	return r->troubles & trouble;
}

static bool fits(const struct row *r, const struct evidence *ev,
		 enum shape seen)
{
	const struct tls_alert *alert = &ev->obs->hs->alert;
	bool is13 = tls_negotiated(ev->obs->hs) >= 0x0304;
	enum shape shape = is13 ? r->shape13 : r->shape12;

	if (seen == SHAPE_ANY)
		return true;
	if (shape != seen)
		return false;
	return !check_reads_alert(alert) || alert->from != TLS_CLIENT ||
	       alert->code == (is13 ? r->alert13 : r->alert12);
}

/* "DNS:a, DNS:b", or addresses; the first eight of any kind. */
static const char *listed(const struct evidence *ev, struct arena *a,
			  enum cert_san_type type)
{
	const char *all = "";

	for (size_t i = 0; i < ev->leaf->num_san && i < 8; i++) {
		const struct cert_san *s = &ev->leaf->san[i];
		char text[ADDR_TEXT];
		const char *more;
		struct addr addr;

		if (s->type != type)
			continue;
		if (type == CERT_SAN_IP) {
			addr = s->value.len == 4 ? addr_v4(s->value.p)
						 : addr_v6(s->value.p);
			addr_format(&addr, text);
			more = arena_printf(a, "%s%s%s", all, *all ? ", " : "",
					    text);
		} else {
			more = arena_printf(a, "%s%sDNS:%s", all,
					    *all ? ", " : "",
					    text_name(a, s->value));
		}
		all = more ? more : all;
	}
	return all;
}

static const char *common_name(const struct evidence *ev, struct arena *a)
{
	const struct cert_values *cn = &ev->leaf->subject.common_name;

	return cn->num ? text_dn(a, cn->v[0]) : "...";
}

static const char *word_of(const struct evidence *ev, struct arena *a,
			   struct bytes word)
{
	if (bytes_is(word, "name"))
		return text_target(ev, a);
	if (!ev->leaf || ev->leaf->error)
		return "...";
	if (bytes_is(word, "names"))
		return text_names(ev->leaf, a);
	if (bytes_is(word, "altnames"))
		return listed(ev, a, CERT_SAN_DNS);
	if (bytes_is(word, "addresses"))
		return listed(ev, a, CERT_SAN_IP);
	if (bytes_is(word, "cn"))
		return common_name(ev, a);
	return text_time(a, bytes_is(word, "until") ? ev->leaf->not_after
						    : ev->leaf->not_before);
}

static const char *fill(const struct evidence *ev, struct arena *a,
			const char *text)
{
	const char *open = strchr(text, '{'), *close, *head, *s;

	if (!open)
		return text;
	close = strchr(open, '}');
	head = arena_str(a, bytes_of(text, (size_t)(open - text)));
	s = arena_printf(a, "%s%s%s", head ? head : "",
			 word_of(ev, a, bytes_of(open + 1, (size_t)(close -
							 open - 1))),
			 fill(ev, a, close + 1));
	return s ? s : "";
}

static size_t pick(const struct evidence *ev, struct arena *a,
		   enum trouble trouble, enum shape seen,
		   struct client_error out[NUM_ROWS])
{
	size_t num = 0;

	for (size_t i = 0; i < NUM_ROWS; i++)
		if (concerns(&rows[i], trouble, ev->leaf) &&
		    fits(&rows[i], ev, seen))
			out[num++] = (struct client_error){
				.client = rows[i].client,
				.text = fill(ev, a, rows[i].text),
			};
	return num;
}

void client_errors_add(const struct evidence *ev, struct arena *a,
		       struct finding *f)
{
	enum trouble trouble = trouble_of(ev, f->check->code);
	struct client_error *list;
	size_t num;

	if (!trouble)
		return;
	list = arena_alloc(a, NUM_ROWS * sizeof *list);
	if (!list)
		return;
	num = pick(ev, a, trouble, seen_shape(ev->obs), list);
	/* a kind of client that is not in the list: others meet it, too */
	if (!num)
		num = pick(ev, a, trouble, SHAPE_ANY, list);
	f->hint.client_errors = list;
	f->hint.num_client_errors = num;
}
