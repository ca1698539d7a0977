/*
 * reaction.c: what the client did with the certificate, from record types,
 * lengths and order alone. The rule is CONTRACT.md's table; whatever does not
 * meet it is unknown.
 */
#include "tls/handshake.h"

/* RFC 8446 5.2: two bytes, the content type and the tag. */
static bool is_alert_sized(unsigned len, unsigned tag)
{
	return len == 2 + 1 + tag || len == 2 + 1 + tag + TLS_JSSE_PADDING;
}

static bool is_finished_sized(unsigned len, unsigned hash, unsigned tag)
{
	return len == 4 + hash + 1 + tag ||
	       len == 4 + hash + 1 + tag + TLS_JSSE_PADDING;
}

static unsigned num_kept(const struct tls_side_facts *s)
{
	return s->num_sealed < LIMIT_TLS_SEALED ? s->num_sealed
						: LIMIT_TLS_SEALED;
}

static bool any_loss(const struct tls_handshake *hs)
{
	for (int i = 0; i < 2; i++)
		if (!hs->side[i].seen || hs->side[i].gap ||
		    hs->side[i].truncated || hs->side[i].midstream)
			return true;
	return false;
}

/* RFC 8446 6.2, RFC 5246 7.2.2: alerts about the server's certificate. */
static bool is_certificate_alert(uint8_t code)
{
	return (code >= 42 && code <= 46) || code == 48 || code == 49 ||
	       code == 113 || code == 114;
}

/* Did the server send anything but a lone alert after that record? */
static bool server_data_after(const struct tls_handshake *hs, uint32_t order,
			      unsigned tag)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];
	unsigned num = 0, alerts = 0;

	for (unsigned i = 0; i < num_kept(s); i++) {
		if (s->sealed_order[i] < order ||
		    s->sealed_type[i] != TLS_APPLICATION_DATA)
			continue;
		num++;
		if (tag && is_alert_sized(s->sealed[i], tag))
			alerts++;
	}
	if (s->num_sealed > LIMIT_TLS_SEALED && s->last_order > order)
		return true; /* far more than a lone alert */
	return num > alerts || num > 1;
}

static bool data_12(const struct tls_handshake *hs)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];

	if (!c->finished || !hs->side[TLS_SERVER].finished)
		return false;
	for (unsigned i = 0; i < num_kept(c); i++)
		if (c->sealed_type[i] == TLS_APPLICATION_DATA &&
		    server_data_after(hs, c->sealed_order[i], 0))
			return true;
	return false;
}

/* What the client's encrypted records of TLS 1.3 show. */
struct client_13 {
	unsigned hash, tag;
	bool known;	    /* suite and lengths are known */
	int finished;	    /* index of the first Finished-sized record, -1 */
	int data;	    /* of the first record behind it that is no alert */
	bool alert_first;   /* the first record is alert-sized */
	uint32_t alert_order;
};

/* The same where keys opened the client's flight: Finished is known. */
static void client_opened(const struct tls_side_facts *c, struct client_13 *r)
{
	if (!c->finished_at)
		return;
	r->finished = (int)c->finished_at - 1;
	for (unsigned i = c->finished_at; i < num_kept(c) && r->data < 0; i++)
		if (!is_alert_sized(c->sealed[i], r->tag))
			r->data = (int)i;
}

static struct client_13 client_records(const struct tls_handshake *hs)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];
	struct client_13 r = { .finished = -1, .data = -1 };

	r.known = tls_suite_13(hs->server.suite, &r.hash, &r.tag);
	if (!r.known)
		return r;
	if (c->opened) { /* with keys: no need to guess by lengths */
		client_opened(c, &r);
		return r;
	}
	for (unsigned i = 0; i < num_kept(c); i++) {
		if (r.finished < 0 &&
		    is_finished_sized(c->sealed[i], r.hash, r.tag)) {
			r.finished = (int)i;
		} else if (r.finished >= 0 && r.data < 0 &&
			   !is_alert_sized(c->sealed[i], r.tag)) {
			r.data = (int)i;
		}
	}
	if (num_kept(c) && is_alert_sized(c->sealed[0], r.tag)) {
		r.alert_first = true;
		r.alert_order = c->sealed_order[0];
	}
	return r;
}

static bool server_flight_before(const struct tls_handshake *hs,
				 uint32_t order)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];
	uint32_t bytes = 0;

	for (unsigned i = 0; i < num_kept(s); i++)
		if (s->sealed_order[i] < order)
			bytes += s->sealed[i];
	/* EncryptedExtensions, Certificate, CertificateVerify and Finished of
	 * the smallest real chains are well above this */
	return bytes >= 300;
}

/* 0-RTT records come first: their lengths mislead. */
static bool data_13(const struct tls_handshake *hs)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];
	struct client_13 r = client_records(hs);

	return r.known && !hs->client.early_data && r.data >= 0 &&
	       server_data_after(hs, c->sealed_order[r.data], r.tag);
}

/*
 * Who refuses a certificate says so in one alert. Two of JSSE's, padded, and
 * nothing else are user_canceled and close_notify (RFC 8446 6.1): its engine was
 * closed before it had verified, by a time limit for instance.
 */
static bool is_cancelled(const struct tls_handshake *hs,
			 const struct client_13 *r)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];
	unsigned padded = 2 + 1 + r->tag + TLS_JSSE_PADDING;

	return c->num_sealed == 2 && c->sealed[0] == padded &&
	       c->sealed[1] == padded;
}

static void reaction_13(const struct tls_handshake *hs,
			struct tls_reaction *out)
{
	struct client_13 r = client_records(hs);

	if (!r.known || hs->client.early_data)
		return;
	if (r.alert_first && r.finished < 0 && !is_cancelled(hs, &r) &&
	    !hs->server.psk && server_flight_before(hs, r.alert_order)) {
		out->verdict = TLS_REJECTED;
		out->evidence = TLS_ENCRYPTED_ALERT;
		out->inferred = true;
	}
}

/* RFC 9147 7: record numbers of 16 bytes each, their length, the type, tag. */
static bool is_ack_sized(unsigned len, unsigned tag)
{
	return len >= 2 + 1 + tag && (len - 2 - 1 - tag) % 16 == 0;
}

/* The first record of application data from order on; false: none is sure. */
static bool dtls_13_data(const struct tls_side_facts *f, uint32_t order,
			 unsigned tag, uint32_t *out)
{
	for (unsigned i = 0; i < num_kept(f); i++) {
		if (f->sealed_order[i] < order ||
		    f->sealed_type[i] != TLS_APPLICATION_DATA ||
		    is_ack_sized(f->sealed[i], tag))
			continue;
		*out = f->sealed_order[i];
		return true;
	}
	return false;
}

/*
 * DTLS 1.3 tells the epoch: data is sent in the third, but so are ACKs, alerts
 * and tickets. An ACK looks like an alert, so that no alert can be inferred.
 */
static bool data_dtls_13(const struct tls_handshake *hs)
{
	unsigned hash, tag;
	uint32_t order;

	return tls_suite_13(hs->server.suite, &hash, &tag) &&
	       !hs->client.early_data &&
	       dtls_13_data(&hs->side[TLS_CLIENT], 0, tag, &order) &&
	       dtls_13_data(&hs->side[TLS_SERVER], order, tag, &order);
}

bool tls_handshake_settled(const struct tls_handshake *hs)
{
	if (any_loss(hs) || !hs->server.seen)
		return false;
	if (!tls_version_is_13(hs->server.version))
		return data_12(hs);
	return hs->carrier == TLS_OVER_DTLS ? data_dtls_13(hs) : data_13(hs);
}

/* Only a full handshake shows a certificate that can be accepted. */
static bool is_full(const struct tls_handshake *hs)
{
	if (tls_version_is_13(hs->server.version))
		return !hs->server.psk;
	return hs->side[TLS_SERVER].hello_done ||
	       hs->chain[TLS_SERVER].state != TLS_CHAIN_NONE;
}

#define NEVER UINT32_MAX

/*
 * When a side said that it is over: by an alert, readable or not, or by closing
 * the connection, whichever came first. The other side closes in answer.
 */
static uint32_t ended_at(const struct tls_handshake *hs, enum tls_side side,
			 unsigned tag)
{
	const struct tls_side_facts *f = &hs->side[side];
	uint32_t at = f->close == TLS_OPEN ? NEVER : f->close_order;
	unsigned n = num_kept(f);

	if (hs->alert.seen && hs->alert.from == side && hs->alert.order < at)
		at = hs->alert.order;
	for (unsigned i = 0; i < n && f->num_sealed <= n; i++) {
		bool alert = f->sealed_type[i] == TLS_ALERT ||
			     (tag && is_alert_sized(f->sealed[i], tag));

		/* the last one, or all from here on: JSSE sends two */
		if (alert && f->sealed_order[i] < at &&
		    (i + 1 == n || is_alert_sized(f->sealed[n - 1], tag)))
			at = f->sealed_order[i];
	}
	return at;
}

/* Had the client sent its last flight (Finished, or a certificate)? */
static bool client_flight(const struct tls_handshake *hs, unsigned *tag)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];
	unsigned hash;

	*tag = 0;
	if (!tls_version_is_13(hs->server.version))
		return c->finished || c->ccs ||
		       hs->chain[TLS_CLIENT].state != TLS_CHAIN_NONE;
	return tls_suite_13(hs->server.suite, &hash, tag) && c->num_sealed > 0;
}

/* Who sends data in TLS 1.2 and below has taken the client's flight; in TLS 1.3
 * its flight and tickets look the same. */
static bool server_went_on(const struct tls_handshake *hs, uint32_t end)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];

	if (tls_version_is_13(hs->server.version))
		return false;
	for (unsigned i = 0; i < num_kept(s); i++)
		if (s->sealed_type[i] == TLS_APPLICATION_DATA &&
		    s->sealed_order[i] < end)
			return true;
	return false;
}

/* The server ended it behind the client's last flight, before the client: then
 * nothing else is to be told. */
static bool server_ended(const struct tls_handshake *hs, unsigned tag,
			 uint32_t client_end, struct tls_reaction *out)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];
	uint32_t end = ended_at(hs, TLS_SERVER, tag);

	if (end == NEVER || end > client_end)
		return false;
	if (server_went_on(hs, end))
		return true; /* a listing of FTP, an answer: no refusal */
	out->verdict = TLS_SERVER_REFUSED;
	out->evidence = s->close != TLS_OPEN && s->close_order == end
				? TLS_SERVER_CLOSED
				: TLS_SERVER_ALERT;
	return true;
}

static bool sent_data(const struct tls_handshake *hs, const struct client_13 *r)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];

	if (tls_version_is_13(hs->server.version))
		return r->data >= 0;
	for (unsigned i = 0; i < num_kept(c); i++)
		if (c->sealed_type[i] == TLS_APPLICATION_DATA)
			return true;
	return false;
}

static void reaction_end(const struct tls_handshake *hs,
			 struct tls_reaction *out)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];
	bool is_13 = tls_version_is_13(hs->server.version), finished;
	struct client_13 r = { .finished = -1, .data = -1 };
	uint32_t client_end;
	unsigned tag;

	if (hs->client.early_data)
		return;
	if (is_13) {
		r = client_records(hs);
		if (!r.known)
			return;
	}
	finished = is_13 ? r.finished >= 0 : c->finished;
	client_end = ended_at(hs, TLS_CLIENT, r.tag);
	if (client_flight(hs, &tag) && server_ended(hs, tag, client_end, out))
		return;
	if (client_end == NEVER || sent_data(hs, &r))
		return;
	if (!(is_13 ? s->num_sealed > 0 : s->hello_done || s->finished))
		return; /* closed before the server's flight */
	if (is_13 && !finished && c->num_sealed && !is_cancelled(hs, &r))
		return; /* a shape we do not know */
	out->verdict = TLS_ABANDONED;
	out->evidence = finished ? TLS_CLOSED_WITHOUT_DATA
				 : TLS_CLOSED_BEFORE_FINISHED;
}

/*
 * Lost datagrams are not known, media of DTLS-SRTP is no record, and in DTLS
 * 1.3 an ACK looks like an alert: only an alert that can be read is one.
 */
static void reaction_end_dtls(const struct tls_handshake *hs,
			      struct tls_reaction *out)
{
	unsigned tag;

	if (hs->alert.seen && hs->alert.from == TLS_SERVER &&
	    client_flight(hs, &tag)) {
		out->verdict = TLS_SERVER_REFUSED;
		out->evidence = TLS_SERVER_ALERT;
	}
}

void tls_handshake_reaction(const struct tls_handshake *hs,
			    struct tls_reaction *out)
{
	*out = (struct tls_reaction){ .verdict = TLS_UNKNOWN };
	if (hs->alert.seen && !hs->alert.encrypted &&
	    hs->alert.from == TLS_CLIENT && hs->alert.level != 1 &&
	    is_certificate_alert(hs->alert.code)) {
		out->verdict = TLS_REJECTED;
		out->evidence = hs->carrier == TLS_OVER_QUIC
					? TLS_QUIC_CLOSE
					: TLS_PLAINTEXT_ALERT;
		return;
	}
	/* opened with keys: seen, not inferred */
	if (hs->alert.seen && hs->alert.encrypted && hs->alert.level == 2 &&
	    hs->alert.from == TLS_CLIENT && hs->side[TLS_CLIENT].opened &&
	    is_certificate_alert(hs->alert.code)) {
		out->verdict = TLS_REJECTED;
		out->evidence = TLS_ENCRYPTED_ALERT;
		return;
	}
	if (hs->carrier == TLS_OVER_QUIC) {
		if (hs->quic_both_ways) {
			out->verdict = TLS_ACCEPTED;
			out->evidence = TLS_APPLICATION_DATA_SEEN;
		}
		return;
	}
	if (any_loss(hs) || !hs->server.seen || !hs->client.count ||
	    hs->evicted)
		return;
	if (tls_handshake_settled(hs)) {
		if (is_full(hs)) {
			out->verdict = TLS_ACCEPTED;
			out->evidence = TLS_APPLICATION_DATA_SEEN;
		}
		return;
	}
	if (hs->carrier == TLS_OVER_DTLS) {
		reaction_end_dtls(hs, out);
		return;
	}
	if (tls_version_is_13(hs->server.version))
		reaction_13(hs, out);
	if (out->verdict == TLS_UNKNOWN)
		reaction_end(hs, out);
}
