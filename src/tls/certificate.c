/*
 * certificate.c: Certificate (RFC 5246 7.4.2, RFC 8446 4.4.2), its status
 * (RFC 6066 8) and NewSessionTicket (RFC 5077 3.3).
 */
#include "base/reader.h"
#include "tls/extension.h"
#include "tls/message.h"

/* RFC 7250 raw public keys, RFC 7924 cached: no X.509 in the message. */
static bool is_x509(const struct tls_handshake *hs, enum tls_side side)
{
	return side == TLS_CLIENT ||
	       (!hs->server.cert_type && !hs->server.cached_info);
}

/*
 * One member, with its extensions in TLS 1.3; false at the end or a fault. Of
 * the extensions only the leaf's are read: RFC 8446 4.4.2.1 lets each member
 * have a staple of its own.
 */
static bool read_member(struct tls_handshake *hs, enum tls_side side,
			struct reader *list, bool v13, bool leaf,
			uint64_t base, struct bytes *out)
{
	struct reader der = rd_vec24(list), ext;
	struct tls_extension_ctx ctx = { .hs = hs, .in = TLS_EXT_CERTIFICATE };

	if (!rd_ok(list))
		return false;
	*out = rd_left(&der);
	if (v13) {
		ext = rd_vec16(list);
		if (leaf && side == TLS_SERVER)
			tls_extensions_read(&ext, &ctx, side, base, NULL,
					    NULL);
	}
	return true;
}

static void read_list(struct tls_handshake *hs, enum tls_side side, bool v13,
		      struct reader *list, uint64_t base)
{
	struct tls_chain *chain = &hs->chain[side];
	struct bytes der;
	bool leaf = true;

	chain->certs = arena_alloc(&hs->arena,
				   LIMIT_TLS_CHAIN * sizeof *chain->certs);
	chain->at = arena_alloc(&hs->arena,
				LIMIT_TLS_CHAIN * sizeof *chain->at);
	if (!chain->certs || !chain->at) {
		chain->state = TLS_CHAIN_BAD;
		return;
	}
	while (rd_more(list)) {
		uint64_t at = base + rd_offset(list) + 3; /* its length */

		if (!read_member(hs, side, list, v13, leaf, base, &der))
			break;
		leaf = false;
		if (chain->num_certs == LIMIT_TLS_CHAIN) {
			tls_anomaly_add(hs, side, "chain_too_long",
					base + rd_offset(list));
			break;
		}
		chain->certs[chain->num_certs] = der;
		chain->at[chain->num_certs] = at;
		if (der.len)
			chain->num_certs++;
		else
			tls_anomaly_add(hs, side, "certificate_empty",
					base + rd_offset(list));
	}
}

void tls_read_certificate(struct tls_handshake *hs, enum tls_side side,
			  bool v13, const struct tls_body *body)
{
	struct reader r = body->cut ? rd_window(body->b) : rd_whole(body->b);
	struct tls_chain *chain = &hs->chain[side];
	struct reader list;
	bool sound;

	*chain = (struct tls_chain){ .time = body->time };
	if (!is_x509(hs, side)) {
		chain->state = TLS_CHAIN_NOT_X509;
		return;
	}
	if (v13)
		(void)rd_vec8(&r); /* certificate_request_context */
	list = rd_vec24(&r);
	read_list(hs, side, v13, &list, body->offset);
	sound = rd_close(&r, &list) && rd_end(&r);
	if (!sound && r.state == RD_BAD)
		tls_anomaly_add(hs, side, "certificate_malformed",
				body->offset + rd_offset(&r));
	if (chain->num_certs)
		chain->state = sound ? TLS_CHAIN_WHOLE : TLS_CHAIN_PARTIAL;
	else if (body->cut)
		chain->state = TLS_CHAIN_NONE;
	else
		chain->state = sound ? TLS_CHAIN_EMPTY : TLS_CHAIN_BAD;
}

void tls_read_certificate_status(struct tls_handshake *hs,
				 const struct tls_body *body)
{
	struct reader r = rd_whole(body->b), response;

	if (rd_u8(&r) != 1)
		return; /* ocsp_multi (RFC 6961) and others: not read */
	response = rd_vec24(&r);
	if (rd_ok(&r))
		hs->staple = rd_rest(&response);
}

void tls_read_new_session_ticket(struct tls_handshake *hs,
				 const struct tls_body *body)
{
	struct reader r = rd_whole(body->b), ticket;

	(void)rd_u32(&r); /* lifetime hint */
	ticket = rd_vec16(&r);
	if (rd_ok(&r))
		hs->new_ticket = rd_rest(&ticket);
}
