/* schema_rows.c: a row for each field of an event (CONTRACT.md, ECS 9). */
#include "event/event.h"
#include "event/schema.h"
#include "event/words.h"

#define H (1u << DATASET_HANDSHAKE)
#define C (1u << DATASET_CERTIFICATE)
#define F (1u << DATASET_FINDING)
#define S (1u << DATASET_STATUS)
#define JUDGED (H | C | F)
#define ALL (JUDGED | S)

#define MAY SCHEMA_MAY
#define WITHIN SCHEMA_WITHIN
#define ALWAYS SCHEMA_ALWAYS

#define WORDS(first, num) (first), (size_t)(num)
#define ONE(word) (const char *const[]){ word }, 1
#define TWO(a, b) (const char *const[]){ a, b }, 2
#define NONE NULL, 0

#define TEXT(path, in, presence) { path, SCHEMA_TEXT, in, presence, NONE }
#define WORD(path, in, presence, words) \
	{ path, SCHEMA_WORD, in, presence, words }
#define DATE(path, in, presence) { path, SCHEMA_DATE, in, presence, NONE }
#define IP(path, in, presence) { path, SCHEMA_IP, in, presence, NONE }
#define HASH(path, in, presence) { path, SCHEMA_HASH, in, presence, NONE }
#define COUNT(path, in, presence) { path, SCHEMA_COUNT, in, presence, NONE }
#define BOOL(path, in, presence) { path, SCHEMA_BOOL, in, presence, NONE }
#define OTHER(path, type, in, presence) { path, type, in, presence, NONE }

#define ENDPOINT(who)                                                          \
	TEXT(who ".address", JUDGED, ALWAYS), IP(who ".ip", JUDGED, ALWAYS),   \
		COUNT(who ".port", JUDGED, ALWAYS),                            \
		TEXT(who ".domain", JUDGED, MAY)

#define NAME(who)                                                              \
	TEXT(who ".distinguished_name", JUDGED, WITHIN),                       \
		TEXT(who ".common_name[]", JUDGED, MAY),                       \
		TEXT(who ".organization[]", JUDGED, MAY),                      \
		TEXT(who ".organizational_unit[]", JUDGED, MAY),               \
		TEXT(who ".locality[]", JUDGED, MAY),                          \
		TEXT(who ".state_or_province[]", JUDGED, MAY),                 \
		TEXT(who ".country[]", JUDGED, MAY)

#define CERTIFICATE(who)                                                       \
	TEXT(who ".subject", JUDGED, MAY), TEXT(who ".issuer", JUDGED, MAY),   \
		DATE(who ".not_before", JUDGED, MAY),                          \
		DATE(who ".not_after", JUDGED, MAY),                           \
		HASH(who ".hash.sha1", JUDGED, WITHIN),                        \
		HASH(who ".hash.sha256", JUDGED, WITHIN),                      \
		TEXT(who ".x509.version_number", JUDGED, WITHIN),              \
		TEXT(who ".x509.serial_number", JUDGED, MAY),                  \
		NAME(who ".x509.subject"), NAME(who ".x509.issuer"),           \
		DATE(who ".x509.not_before", JUDGED, WITHIN),                  \
		DATE(who ".x509.not_after", JUDGED, WITHIN),                   \
		TEXT(who ".x509.alternative_names[]", JUDGED, MAY),            \
		TEXT(who ".x509.public_key_algorithm", JUDGED, MAY),           \
		COUNT(who ".x509.public_key_size", JUDGED, MAY),               \
		COUNT(who ".x509.public_key_exponent", JUDGED, MAY),           \
		TEXT(who ".x509.public_key_curve", JUDGED, MAY),               \
		TEXT(who ".x509.signature_algorithm", JUDGED, MAY)

static const char *const outcome_words[] = { "success", "failure", "unknown" };

const struct schema_row schema_rows[] = {
	DATE("@timestamp", ALL, ALWAYS),
	TEXT("ecs.version", ALL, ALWAYS),
	TEXT("message", F, ALWAYS),
	WORD("event.kind", H, ALWAYS, ONE("event")),
	WORD("event.kind", C, ALWAYS, ONE("asset")),
	WORD("event.kind", F, ALWAYS, ONE("alert")),
	WORD("event.kind", S, ALWAYS, ONE("metric")),
	WORD("event.category[]", ALL, ALWAYS, ONE("network")),
	WORD("event.type[]", ALL, ALWAYS, TWO("info", "protocol")),
	WORD("event.module", ALL, ALWAYS, ONE("wirecert")),
	WORD("event.dataset", H, ALWAYS, ONE("wirecert.handshake")),
	WORD("event.dataset", C, ALWAYS, ONE("wirecert.certificate")),
	WORD("event.dataset", F, ALWAYS, ONE("wirecert.finding")),
	WORD("event.dataset", S, ALWAYS, ONE("wirecert.status")),
	OTHER("event.id", SCHEMA_ID, ALL, ALWAYS),
	WORD("event.action", C, ALWAYS,
	     WORDS(action_words + ACTION_FIRST_SEEN, 2)),
	WORD("event.action", F, ALWAYS, WORDS(action_words + ACTION_OPENED, 4)),
	WORD("event.action", S, ALWAYS,
	     WORDS(action_words + ACTION_STARTED, 3)),
	OTHER("event.code", SCHEMA_CODE, F, ALWAYS),
	COUNT("event.severity", F, ALWAYS),
	TEXT("event.reason", F, MAY),
	TEXT("event.url", F, MAY),
	WORD("event.outcome", H | F, ALWAYS, WORDS(outcome_words, 3)),
	DATE("event.created", ALL, MAY),
	OTHER("rule.id", SCHEMA_CODE, F, ALWAYS),
	TEXT("rule.name", F, ALWAYS),
	TEXT("rule.reference", F, ALWAYS),
	WORD("observer.type", ALL, ALWAYS, ONE("sensor")),
	WORD("observer.vendor", ALL, ALWAYS, ONE("wirecert")),
	WORD("observer.product", ALL, ALWAYS, ONE("wirecert")),
	TEXT("observer.version", ALL, ALWAYS),
	TEXT("observer.name", ALL, ALWAYS),
	TEXT("observer.ingress.interface.name", JUDGED, WITHIN),

	WORD("network.transport", JUDGED, ALWAYS, TWO("tcp", "udp")),
	WORD("network.type", JUDGED, ALWAYS, TWO("ipv4", "ipv6")),
	WORD("network.protocol", JUDGED, ALWAYS,
	     WORDS(carrier_words, TLS_OVER_QUIC + 1)),
	TEXT("network.community_id", JUDGED, MAY),
	ENDPOINT("source"),
	ENDPOINT("destination"),
	ENDPOINT("client"),
	ENDPOINT("server"),

	TEXT("tls.version", JUDGED, MAY),
	WORD("tls.version_protocol", JUDGED, MAY,
	     WORDS(((const char *const[]){ "tls", "ssl", "dtls" }), 3)),
	TEXT("tls.cipher", JUDGED, MAY),
	TEXT("tls.curve", JUDGED, MAY),
	TEXT("tls.next_protocol", JUDGED, MAY),
	BOOL("tls.resumed", JUDGED, ALWAYS),
	BOOL("tls.established", JUDGED, ALWAYS),
	TEXT("tls.client.server_name", JUDGED, MAY),
	TEXT("tls.client.ja3", H, MAY),
	TEXT("tls.client.supported_ciphers[]", H, MAY),
	CERTIFICATE("tls.client"),
	CERTIFICATE("tls.server"),
	TEXT("tls.server.certificate_chain[]", C, WITHIN),

	IP("related.ip[]", JUDGED, ALWAYS),
	TEXT("related.hosts[]", JUDGED, MAY),
	HASH("related.hash[]", JUDGED, MAY),

	WORD("wirecert.severity", F, ALWAYS,
	     WORDS(severity_words, SEVERITY_HIGH + 1)),
	WORD("wirecert.confidence", F, ALWAYS, TWO("observed", "inferred")),
	OTHER("wirecert.finding.id", SCHEMA_ID, F, ALWAYS),
	TEXT("wirecert.evidence", F, MAY),
	COUNT("wirecert.occurrences.count", F, WITHIN),
	DATE("wirecert.occurrences.first_seen", F, WITHIN),
	DATE("wirecert.occurrences.last_seen", F, WITHIN),
	IP("wirecert.occurrences.clients[]", F, WITHIN),
	COUNT("wirecert.occurrences.num_clients", F, WITHIN),
	COUNT("wirecert.occurrences.num_rejected", F, WITHIN),
	TEXT("wirecert.occurrences.names[]", F, MAY),
	TEXT("wirecert.hint.cause", F, MAY),
	TEXT("wirecert.hint.fix", F, MAY),
	TEXT("wirecert.hint.verify", F, MAY),
	TEXT("wirecert.hint.client_errors[].client", F, WITHIN),
	TEXT("wirecert.hint.client_errors[].text", F, WITHIN),

	WORD("wirecert.visibility", JUDGED, ALWAYS,
	     WORDS(visibility_words, TLS_HIDDEN + 1)),
	WORD("wirecert.absent_because", JUDGED, MAY,
	     WORDS(absent_words, TLS_ABSENT_REFUSED + 1)),
	WORD("wirecert.hidden_because", JUDGED, MAY,
	     WORDS(hidden_words, TLS_HIDDEN_NUM)),
	COUNT("wirecert.chain_length", JUDGED, MAY),
	HASH("wirecert.chain_sha256", JUDGED, MAY),
	TEXT("wirecert.name.reference", JUDGED, MAY),
	WORD("wirecert.name.source", JUDGED, MAY,
	     WORDS(name_source_words, NAME_DNS + 1)),
	BOOL("wirecert.name.match", JUDGED, MAY),
	WORD("wirecert.name.unjudged_because", JUDGED, MAY,
	     WORDS(name_unjudged_words, NAME_NOT_MEANT + 1)),
	TEXT("wirecert.name.matched_value", JUDGED, MAY),
	TEXT("wirecert.name.closest", JUDGED, MAY),
	WORD("wirecert.name.reason", JUDGED, MAY,
	     WORDS(match_reasons, MATCH_ADDRESS_NOT_LISTED + 1)),
	WORD("wirecert.validity.unjudged_because", JUDGED, MAY, ONE("clock")),
	OTHER("wirecert.validity.expires_in_seconds", SCHEMA_INTEGER, JUDGED,
	      MAY),
	DATE("wirecert.validity.at", JUDGED, WITHIN),
	WORD("wirecert.reaction.verdict", JUDGED, ALWAYS,
	     WORDS(verdict_words, TLS_SERVER_REFUSED + 1)),
	WORD("wirecert.reaction.evidence", JUDGED, MAY,
	     WORDS(evidence_words, TLS_EVIDENCE_NUM)),
	WORD("wirecert.reaction.confidence", JUDGED, MAY,
	     TWO("observed", "inferred")),
	WORD("wirecert.alert.from", JUDGED, WITHIN, WORDS(side_words, 2)),
	BOOL("wirecert.alert.encrypted", JUDGED, WITHIN),
	WORD("wirecert.alert.level", JUDGED, MAY, TWO("warning", "fatal")),
	COUNT("wirecert.alert.code", JUDGED, MAY),
	OTHER("wirecert.alert.name", SCHEMA_ALERT, JUDGED, MAY),
	TEXT("wirecert.dns.chain[]", JUDGED, MAY),
	BOOL("wirecert.dns.hint", JUDGED, MAY),
	TEXT("wirecert.gateway.name", JUDGED, MAY),
	TEXT("wirecert.gateway.provider", JUDGED, MAY),
	TEXT("wirecert.gateway.role", JUDGED, MAY),
	TEXT("wirecert.gateway.owner", JUDGED, MAY),
	WORD("wirecert.ech", JUDGED, MAY,
	     WORDS(ech_words, TLS_ECH_ACCEPTED + 1)),
	TEXT("wirecert.carried_from", JUDGED, MAY),
	WORD("wirecert.sealed_changed.of", H, WITHIN,
	     WORDS(flight_words, TLS_FLIGHT_WHOLE + 1)),
	COUNT("wirecert.sealed_changed.from", H, WITHIN),
	COUNT("wirecert.sealed_changed.to", H, WITHIN),
	HASH("wirecert.sealed_like", JUDGED, MAY),
	WORD("wirecert.tunnels[].type", JUDGED, WITHIN,
	     WORDS(tunnel_names, TUNNEL_NUM)),
	COUNT("wirecert.tunnels[].id", JUDGED, MAY),
	TEXT("wirecert.tunnels[].gwlb_endpoint", JUDGED, MAY),
	TEXT("wirecert.tunnels[].gwlb_attachment", JUDGED, MAY),
	TEXT("wirecert.tunnels[].gwlb_flow_cookie", JUDGED, MAY),
	TEXT("wirecert.inside", JUDGED, MAY),
	TEXT("wirecert.ja4", H, MAY),
	BOOL("wirecert.partial", JUDGED, ALWAYS),
	TEXT("wirecert.anomalies[].code", JUDGED, WITHIN),
	WORD("wirecert.anomalies[].from", JUDGED, WITHIN, WORDS(side_words, 2)),
	COUNT("wirecert.anomalies[].offset", JUDGED, WITHIN),
	HASH("wirecert.previous_sha256", C, MAY),
	OTHER("wirecert.findings[]", SCHEMA_CODE, H | F, ALWAYS),

	TEXT("wirecert.status.sources[].name", S, WITHIN),
	WORD("wirecert.status.sources[].state", S, WITHIN, TWO("open", "away")),
	COUNT("wirecert.status.sources[].packets", S, WITHIN),
	COUNT("wirecert.status.sources[].received", S, WITHIN),
	COUNT("wirecert.status.sources[].dropped_kernel", S, WITHIN),
	COUNT("wirecert.status.sources[].dropped_interface", S, WITHIN),
	COUNT("wirecert.status.sources[].cut", S, WITHIN),
	COUNT("wirecert.status.sources[].lost", S, WITHIN),
	TEXT("wirecert.status.outputs[].name", S, WITHIN),
	TEXT("wirecert.status.outputs[].type", S, WITHIN),
	WORD("wirecert.status.outputs[].state", S, WITHIN,
	     TWO("good", "failing")),
	COUNT("wirecert.status.outputs[].written", S, WITHIN),
	COUNT("wirecert.status.outputs[].waiting", S, WITHIN),
	COUNT("wirecert.status.outputs[].waiting_bytes", S, WITHIN),
	COUNT("wirecert.status.outputs[].dropped.handshake", S, WITHIN),
	COUNT("wirecert.status.outputs[].dropped.certificate", S, WITHIN),
	COUNT("wirecert.status.outputs[].dropped.finding", S, WITHIN),
	COUNT("wirecert.status.outputs[].dropped.status", S, WITHIN),
	COUNT("wirecert.status.outputs[].failed_writes", S, WITHIN),
	COUNT("wirecert.status.outputs[].rotated", S, WITHIN),
	COUNT("wirecert.status.outputs[].reopened", S, WITHIN),
	COUNT("wirecert.status.outputs[].slowest_write_us", S, WITHIN),
	OTHER("wirecert.status.*", SCHEMA_COUNTERS, S, ALWAYS),
};
const size_t num_schema_rows = sizeof schema_rows / sizeof *schema_rows;
