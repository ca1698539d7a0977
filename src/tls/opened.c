/*
 * opened.c: messages of TLS 1.3 that were read with keys (RFC 8446 4.3, 4.4),
 * the same over TCP and QUIC.
 */
#include "base/reader.h"
#include "tls/extension.h"
#include "tls/message.h"

static void encrypted_extensions(struct tls_handshake *hs,
				 const struct tls_body *body)
{
	struct reader r = rd_whole(body->b), list = rd_vec16(&r);
	struct tls_extension_ctx ctx = { .hs = hs,
					 .server = &hs->server,
					 .in = TLS_EXT_ENCRYPTED };

	tls_extensions_read(&list, &ctx, TLS_SERVER, body->offset, NULL, NULL);
	if (!rd_close(&r, &list) || !rd_end(&r))
		tls_anomaly_add(hs, TLS_SERVER, "extensions_malformed",
				body->offset + rd_offset(&r));
}

static void certificate(struct tls_handshake *hs, enum tls_side side,
			bool compressed, const struct tls_body *body)
{
	struct tls_chain *chain = &hs->chain[side];

	if (chain->state != TLS_CHAIN_NONE)
		return;
	if (!compressed)
		tls_read_certificate(hs, side, true, body);
	else if (!body->cut)
		tls_read_compressed_certificate(hs, side, body);
	chain->decrypted = true;
	/* the keys fit, and still nothing can be seen */
	if (side == TLS_SERVER &&
	    (chain->state == TLS_CHAIN_BAD || hs->compressed_unread))
		hs->unsupported = true;
}

bool tls_opened_is_read(uint8_t type)
{
	return type == TLS_ENCRYPTED_EXTENSIONS || type == TLS_CERTIFICATE ||
	       type == TLS_COMPRESSED_CERTIFICATE;
}

void tls_read_opened(struct tls_handshake *hs, enum tls_side side,
		     uint8_t type, const struct tls_body *body)
{
	struct tls_side_facts *f = &hs->side[side];

	switch (type) {
	case TLS_ENCRYPTED_EXTENSIONS:
		if (side == TLS_SERVER && !body->cut)
			encrypted_extensions(hs, body);
		break;
	case TLS_CERTIFICATE:
		certificate(hs, side, false, body);
		break;
	case TLS_COMPRESSED_CERTIFICATE:
		certificate(hs, side, true, body);
		break;
	case TLS_CERTIFICATE_REQUEST:
		f->certificate_request = true;
		break;
	case TLS_CERTIFICATE_VERIFY:
		f->certificate_verify = true;
		break;
	default:
		break;
	}
}
