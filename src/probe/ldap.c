/*
 * ldap.c: StartTLS of LDAP (RFC 4511 4.14): an extended request by its OID,
 * and an extended response with success.
 */
#include "probe/hello.h"

enum {
	LDAP_MESSAGE = 0x30,
	LDAP_INTEGER = 0x02,
	LDAP_ENUMERATED = 0x0a,
	LDAP_EXTENDED_REQUEST = 0x77,
	LDAP_EXTENDED_RESPONSE = 0x78,
	LDAP_REQUEST_NAME = 0x80,
};

/* A BER element of definite length (RFC 4511 5.1). */
static struct reader ldap_element(struct reader *r, uint8_t *tag)
{
	size_t len;
	uint8_t first;

	*tag = rd_u8(r);
	first = rd_u8(r);
	len = first;
	if (first & 0x80) {
		if ((first & 0x7f) == 0 || (first & 0x7f) > 4)
			rd_reject(r);
		len = 0;
		for (uint8_t i = first & 0x7f; i && rd_ok(r); i--)
			len = len << 8 | rd_u8(r);
	}
	return rd_sub(r, len);
}

static bool ldap_is_starttls(struct reader *op, uint8_t tag)
{
	struct reader child;
	uint8_t inner;

	child = ldap_element(op, &inner);
	if (tag == LDAP_EXTENDED_REQUEST)
		return inner == LDAP_REQUEST_NAME &&
		       bytes_is(rd_rest(&child), "1.3.6.1.4.1.1466.20037");
	return inner == LDAP_ENUMERATED && rd_u8(&child) == 0 && rd_end(&child);
}

/*
 * One message. STEP_TLS: it is whole, and *starts says whether it is the one
 * with this tag. What is there of a cut one is judged too.
 */
static enum probe_step ldap_message(struct reader *r, uint8_t wanted,
				    bool *starts)
{
	uint8_t tag;
	struct reader message = ldap_element(r, &tag), child;

	if (tag != LDAP_MESSAGE || r->state == RD_BAD)
		return STEP_NOT_ME;
	child = ldap_element(&message, &tag);
	if (tag && (tag != LDAP_INTEGER ||
		    (rd_ok(&message) && rd_left(&child).len > 4)))
		return STEP_NOT_ME;
	child = ldap_element(&message, &tag);
	if (tag && ((tag & 0xc0) != 0x40 || message.state == RD_BAD))
		return STEP_NOT_ME;
	if (!rd_ok(r))
		return r->state == RD_SHORT ? STEP_MORE : STEP_NOT_ME;
	if (!rd_ok(&message))
		return STEP_NOT_ME;
	*starts = tag == wanted && ldap_is_starttls(&child, tag);
	return STEP_TLS;
}

static enum probe_step ldap_side(struct bytes b, uint8_t wanted, size_t *start)
{
	struct reader r = rd_window(b);

	while (rd_more(&r)) {
		bool starts = false;
		enum probe_step step = ldap_message(&r, wanted, &starts);

		if (step != STEP_TLS)
			return step;
		if (!starts || probe_is_answer(rd_left(&r)) == STEP_NOT_ME)
			continue;
		*start = rd_offset(&r);
		return STEP_TLS;
	}
	return STEP_MORE;
}

static enum probe_step ldap_step(const struct probe_view *v,
				 struct probe_finding *out)
{
	enum probe_step c, s;

	c = ldap_side(v->client, LDAP_EXTENDED_REQUEST, &out->client_start);
	s = ldap_side(v->server, LDAP_EXTENDED_RESPONSE, &out->server_start);
	return probe_sides(c, s);
}

const struct probe_dialect probe_ldap = { "ldap", ldap_step };
