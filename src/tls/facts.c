/* facts.c: see facts.h. */
#include "tls/facts.h"

void facts_set_client(struct tls_handshake *hs, uint8_t dir)
{
	struct tls_side_facts facts = hs->side[0];
	struct tls_chain chain = hs->chain[0];
	uint8_t warning = hs->warning[0];

	if (hs->client_dir == dir)
		return;
	hs->side[0] = hs->side[1];
	hs->side[1] = facts;
	hs->chain[0] = hs->chain[1];
	hs->chain[1] = chain;
	hs->warning[0] = hs->warning[1];
	hs->warning[1] = warning;
	hs->client_dir = dir;
	if (hs->alert.seen)
		hs->alert.from ^= 1;
	for (size_t i = 0; i < hs->num_anomalies; i++)
		hs->anomalies[i].side ^= 1;
}

static void keep_hello(struct tls_handshake *hs, enum tls_hello_slot slot,
		       const struct tls_body *body)
{
	hs->hello[slot] = body->cut ? bytes_of(NULL, 0) : body->b;
}

void facts_client_hello(struct tls_handshake *hs, const struct tls_body *body)
{
	keep_hello(hs, hs->server.retry ? TLS_HELLO_SECOND : TLS_HELLO_FIRST,
		   body);
	tls_read_client_hello(hs, body);
	/* RFC 8446 D.4: ChangeCipherSpec comes before the second flight */
	if (hs->side[TLS_CLIENT].ccs && hs->client.count == 1)
		hs->client.second = true;
	if (hs->client.ech && hs->ech == TLS_ECH_NONE)
		hs->ech = TLS_ECH_OFFERED;
}

void facts_server_hello(struct tls_handshake *hs, const struct tls_body *body)
{
	if (tls_read_server_hello(hs, body))
		keep_hello(hs, hs->server.seen ? TLS_HELLO_SERVER
					       : TLS_HELLO_RETRY, body);
	/* RFC 9849 6.1.6: a server below TLS 1.3 cannot have accepted ECH */
	if (hs->ech == TLS_ECH_OFFERED && hs->server.seen &&
	    !tls_version_is_13(hs->server.version))
		hs->ech = TLS_ECH_REJECTED;
}

static void certificate(struct tls_handshake *hs, enum tls_side side,
			const struct tls_body *body)
{
	/* seen in the wild: a second Certificate without a hello between, which
	 * only a lost renegotiation explains; the first one stands */
	if (hs->chain[side].state == TLS_CHAIN_WHOLE)
		return;
	if (body->cut && hs->chain[side].state != TLS_CHAIN_NONE)
		return;
	tls_read_certificate(hs, side, false, body);
}

void facts_distrust(struct tls_handshake *hs, enum tls_side side, uint64_t from)
{
	struct tls_chain *chain = &hs->chain[side];
	size_t n = 0;

	hs->side[side].gap = true;
	while (n < chain->num_certs &&
	       chain->at[n] + chain->certs[n].len <= from)
		n++;
	if (n < chain->num_certs) {
		chain->num_certs = n;
		chain->state = n ? TLS_CHAIN_PARTIAL : TLS_CHAIN_NONE;
	}
	/* the hello is all that comes first */
	if (side == TLS_CLIENT && !hs->side[side].key_exchange &&
	    chain->state == TLS_CHAIN_NONE) {
		hs->client.has_sni = false;
		hs->client.sni = bytes_of(NULL, 0);
		hs->client.cut = true;
	}
}

bool facts_is_read(uint8_t type)
{
	switch (type) {
	case TLS_CLIENT_HELLO:
	case TLS_SERVER_HELLO:
	case TLS_CERTIFICATE:
	case TLS_CERTIFICATE_STATUS:
	case TLS_NEW_SESSION_TICKET:
		return true;
	default:
		return false;
	}
}

void facts_message(struct tls_handshake *hs, enum tls_side side, uint8_t type,
		   const struct tls_body *body)
{
	struct tls_side_facts *f = &hs->side[side];

	switch (type) {
	case TLS_HELLO_RETRY_REQUEST:
		hs->server.retry = true;
		break;
	case TLS_CERTIFICATE:
		certificate(hs, side, body);
		break;
	case TLS_CERTIFICATE_STATUS:
		if (!body->cut)
			tls_read_certificate_status(hs, body);
		break;
	case TLS_NEW_SESSION_TICKET:
		if (!body->cut)
			tls_read_new_session_ticket(hs, body);
		break;
	case TLS_SERVER_KEY_EXCHANGE:
	case TLS_CLIENT_KEY_EXCHANGE:
		f->key_exchange = true;
		break;
	case TLS_CERTIFICATE_REQUEST:
		f->certificate_request = true;
		break;
	case TLS_CERTIFICATE_VERIFY:
		f->certificate_verify = true;
		break;
	case TLS_SERVER_HELLO_DONE:
		f->hello_done = true;
		break;
	default:
		break;
	}
}

static bool is_fatal(const struct tls_handshake *hs, uint8_t level,
		     uint8_t code)
{
	if (level == 2)
		return true;
	/* RFC 8446 6: the level means nothing in TLS 1.3 */
	return tls_version_is_13(tls_negotiated(hs)) && code != 0 &&
	       code != 90;
}

bool facts_alert(struct tls_handshake *hs, enum tls_side side, uint8_t level,
		 uint8_t code, uint64_t offset, uint32_t *order)
{
	hs->side[side].last_order = ++*order;
	if (level < 1 || level > 2) {
		tls_anomaly_add(hs, side, "alert_malformed", offset);
		return false;
	}
	if (!is_fatal(hs, level, code)) {
		hs->warning[side] = (uint8_t)(code + 1);
		return false;
	}
	if (hs->alert.seen)
		return false;
	hs->alert = (struct tls_alert){
		.seen = true,
		.from = side,
		.level = 2,
		.code = code,
		.order = *order,
	};
	return true;
}

void facts_sealed(struct tls_handshake *hs, enum tls_side side, uint8_t type,
		  uint16_t len, uint32_t *order)
{
	struct tls_side_facts *f = &hs->side[side];

	++*order;
	if (f->num_sealed < LIMIT_TLS_SEALED) {
		f->sealed[f->num_sealed] = len;
		f->sealed_type[f->num_sealed] = type;
		f->sealed_order[f->num_sealed] = *order;
	}
	f->num_sealed++;
	f->sealed_bytes += len;
	f->last_order = *order;
}

bool facts_enough(const struct tls_handshake *hs)
{
	uint32_t client = hs->side[TLS_CLIENT].num_sealed;
	uint32_t server = hs->side[TLS_SERVER].num_sealed;

	return client + server >= 2 &&
	       (client >= 4 * LIMIT_TLS_SEALED ||
		server >= 4 * LIMIT_TLS_SEALED || tls_handshake_settled(hs));
}
