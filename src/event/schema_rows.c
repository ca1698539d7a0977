/* schema_rows.c: a row for each field of an event (CONTRACT.md, ECS 9). Their
 * texts are the manual: man/wirecert.events.5 is made of them. */
#include "decode/decode.h"
#include "event/event.h"
#include "event/schema.h"
#include "event/words.h"

#define H      (1u << DATASET_HANDSHAKE)
#define C      (1u << DATASET_CERTIFICATE)
#define F      (1u << DATASET_FINDING)
#define S      (1u << DATASET_STATUS)
#define JUDGED (H | C | F)
#define ALL    (JUDGED | S)

#define MAY    SCHEMA_MAY
#define WITHIN SCHEMA_WITHIN
#define ALWAYS SCHEMA_ALWAYS

#define WORDS(first, num) (first), (size_t)(num)
#define ONE(word)	  (const char *const[]){ word }, 1
#define TWO(a, b)	  (const char *const[]){ a, b }, 2
#define NONE		  NULL, 0

#define ROW(path, type, in, presence, what)                                    \
	{                                                                      \
		path, type, in, presence, NONE, what                           \
	}
#define TEXT(path, in, presence, what)                                         \
	ROW(path, SCHEMA_TEXT, in, presence, what)
#define DATE(path, in, presence, what)                                         \
	ROW(path, SCHEMA_DATE, in, presence, what)
#define IP(path, in, presence, what) ROW(path, SCHEMA_IP, in, presence, what)
#define HASH(path, in, presence, what)                                         \
	ROW(path, SCHEMA_HASH, in, presence, what)
#define COUNT(path, in, presence, what)                                        \
	ROW(path, SCHEMA_COUNT, in, presence, what)
#define BOOL(path, in, presence, what)                                         \
	ROW(path, SCHEMA_BOOL, in, presence, what)
#define WORD(path, in, presence, words, what)                                  \
	{                                                                      \
		path, SCHEMA_WORD, in, presence, words, what                   \
	}

#define ENDPOINT(who)                                                          \
	TEXT(who ".address", JUDGED, ALWAYS,                                   \
	     "source opened the connection; client and server are those of "   \
	     "TLS, by the PROXY protocol where it was spoken"),                \
		IP(who ".ip", JUDGED, ALWAYS, "the same, as an address"),      \
		COUNT(who ".port", JUDGED, ALWAYS, "its port"),                \
		TEXT(who ".domain", JUDGED, MAY,                               \
		     "the name that the server was asked for; none of the "    \
		     "client")

#define NAME(who)                                                              \
	TEXT(who ".distinguished_name", JUDGED, WITHIN,                        \
	     "in the form of RFC 4514"),                                       \
		TEXT(who ".common_name[]", JUDGED, MAY, "CN"),                 \
		TEXT(who ".organization[]", JUDGED, MAY, "O"),                 \
		TEXT(who ".organizational_unit[]", JUDGED, MAY, "OU"),         \
		TEXT(who ".locality[]", JUDGED, MAY, "L"),                     \
		TEXT(who ".state_or_province[]", JUDGED, MAY, "ST"),           \
		TEXT(who ".country[]", JUDGED, MAY, "C")

#define CERTIFICATE(who)                                                       \
	TEXT(who ".subject", JUDGED, MAY, "of the leaf certificate"),          \
		TEXT(who ".issuer", JUDGED, MAY, "who issued it"),             \
		DATE(who ".not_before", JUDGED, MAY, "its validity begins"),   \
		DATE(who ".not_after", JUDGED, MAY, "its validity ends"),      \
		HASH(who ".hash.sha1", JUDGED, WITHIN, "of its DER"),          \
		HASH(who ".hash.sha256", JUDGED, WITHIN, "of its DER"),        \
		TEXT(who ".x509.version_number", JUDGED, WITHIN, "3, mostly"), \
		TEXT(who ".x509.serial_number", JUDGED, MAY, "in hex"),        \
		NAME(who ".x509.subject"), NAME(who ".x509.issuer"),           \
		DATE(who ".x509.not_before", JUDGED, WITHIN,                   \
		     "its validity begins"),                                   \
		DATE(who ".x509.not_after", JUDGED, WITHIN,                    \
		     "its validity ends"),                                     \
		TEXT(who ".x509.alternative_names[]", JUDGED, MAY,             \
		     "names and addresses that it is for"),                    \
		TEXT(who ".x509.public_key_algorithm", JUDGED, MAY,            \
		     "of its key"),                                            \
		COUNT(who ".x509.public_key_size", JUDGED, MAY, "in bits"),    \
		COUNT(who ".x509.public_key_exponent", JUDGED, MAY, "of RSA"), \
		TEXT(who ".x509.public_key_curve", JUDGED, MAY, "of EC"),      \
		TEXT(who ".x509.signature_algorithm", JUDGED, MAY,             \
		     "with which it was signed")

static const char *const outcome_words[] = { "success", "failure", "unknown" };

const struct schema_row schema_rows[] = {
	DATE("@timestamp", ALL, ALWAYS,
	     "when, by the packets; of a status event without packets, the "
	     "clock's, in a replay 1970's begin"),
	TEXT("ecs.version", ALL, ALWAYS,
	     "of the Elastic Common Schema that the names are of"),
	TEXT("message", F, ALWAYS, "a sentence to act on"),
	WORD("event.kind", H, ALWAYS, ONE("event"),
	     "event (handshake), asset (certificate), alert (finding), metric "
	     "(status)"),
	WORD("event.kind", C, ALWAYS, ONE("asset"),
	     "event (handshake), asset (certificate), alert (finding), metric "
	     "(status)"),
	WORD("event.kind", F, ALWAYS, ONE("alert"),
	     "event (handshake), asset (certificate), alert (finding), metric "
	     "(status)"),
	WORD("event.kind", S, ALWAYS, ONE("metric"),
	     "event (handshake), asset (certificate), alert (finding), metric "
	     "(status)"),
	WORD("event.category[]", ALL, ALWAYS, ONE("network"),
	     "what ECS sorts events by"),
	WORD("event.type[]", ALL, ALWAYS, TWO("info", "protocol"),
	     "what ECS sorts events by"),
	WORD("event.module", ALL, ALWAYS, ONE("wirecert"), "the program"),
	WORD("event.dataset", H, ALWAYS, ONE("wirecert.handshake"),
	     "the kind of event"),
	WORD("event.dataset", C, ALWAYS, ONE("wirecert.certificate"),
	     "the kind of event"),
	WORD("event.dataset", F, ALWAYS, ONE("wirecert.finding"),
	     "the kind of event"),
	WORD("event.dataset", S, ALWAYS, ONE("wirecert.status"),
	     "the kind of event"),
	ROW("event.id", SCHEMA_ID, ALL, ALWAYS,
	    "of the event; the same handshake, seen again or replayed, gives "
	    "the same one"),
	WORD("event.action", C, ALWAYS,
	     WORDS(action_words + ACTION_FIRST_SEEN, 2),
	     "what happened: to the finding; first_seen or replaced of a "
	     "certificate; of status the start, an interval, the end"),
	WORD("event.action", F, ALWAYS, WORDS(action_words + ACTION_OPENED, 4),
	     "what happened: to the finding; first_seen or replaced of a "
	     "certificate; of status the start, an interval, the end"),
	WORD("event.action", S, ALWAYS, WORDS(action_words + ACTION_STARTED, 3),
	     "what happened: to the finding; first_seen or replaced of a "
	     "certificate; of status the start, an interval, the end"),
	ROW("event.code", SCHEMA_CODE, F, ALWAYS, "the finding's code"),
	COUNT("event.severity", F, ALWAYS,
	      "a number: info 10, low 21, medium 47, high 73"),
	TEXT("event.reason", F, MAY,
	     "why it is judged so; of a resolved one replaced, superseded or "
	     "not_seen"),
	TEXT("event.url", F, MAY, "where more is to be read"),
	WORD("event.outcome", H | F, ALWAYS, WORDS(outcome_words, 3),
	     "success: the client accepted the certificate; failure: it, or "
	     "the server, refused; else unknown"),
	DATE("event.created", ALL, MAY,
	     "the clock's time at which the event was made; not in a replay"),
	ROW("rule.id", SCHEMA_CODE, F, ALWAYS, "the finding's code"),
	TEXT("rule.name", F, ALWAYS, "its title"),
	TEXT("rule.reference", F, ALWAYS,
	     "the RFC's section or the vendor's page that it rests on"),
	WORD("observer.type", ALL, ALWAYS, ONE("sensor"), "what looked"),
	WORD("observer.vendor", ALL, ALWAYS, ONE("wirecert"), "whose it is"),
	WORD("observer.product", ALL, ALWAYS, ONE("wirecert"), "the program"),
	TEXT("observer.version", ALL, ALWAYS, "its version"),
	TEXT("observer.name", ALL, ALWAYS,
	     "which sensor: [sensor] name, else the host's name"),
	TEXT("observer.ingress.interface.name", JUDGED, WITHIN,
	     "the interface or file that it was seen on"),

	WORD("network.transport", JUDGED, ALWAYS, TWO("tcp", "udp"),
	     "what carries it"),
	WORD("network.type", JUDGED, ALWAYS, TWO("ipv4", "ipv6"),
	     "of the innermost packets"),
	WORD("network.protocol", JUDGED, ALWAYS,
	     WORDS(carrier_words, TLS_OVER_QUIC + 1),
	     "TLS over TCP, DTLS, or TLS inside of QUIC"),
	TEXT("network.community_id", JUDGED, MAY,
	     "Community ID 1 of the innermost flow, as Zeek and Suricata make "
	     "it"),
	ENDPOINT("source"),
	ENDPOINT("destination"),
	ENDPOINT("client"),
	ENDPOINT("server"),

	TEXT("tls.version", JUDGED, MAY, "negotiated, like 1.3"),
	WORD("tls.version_protocol", JUDGED, MAY,
	     WORDS(((const char *const[]){ "tls", "ssl", "dtls" }), 3),
	     "what the version is of"),
	TEXT("tls.cipher", JUDGED, MAY, "negotiated, by IANA's name"),
	TEXT("tls.curve", JUDGED, MAY, "the group of the key exchange"),
	TEXT("tls.next_protocol", JUDGED, MAY, "by ALPN, in lower case"),
	BOOL("tls.resumed", JUDGED, MAY, "an earlier session goes on"),
	BOOL("tls.established", JUDGED, ALWAYS,
	     "it is proven that the handshake was completed"),
	TEXT("tls.client.server_name", JUDGED, MAY,
	     "the name that the client asked for (SNI)"),
	TEXT("tls.client.ja3", H, MAY, "fingerprint of the ClientHello, MD5"),
	TEXT("tls.client.supported_ciphers[]", H, MAY,
	     "what it offered, in its order"),
	CERTIFICATE("tls.client"),
	CERTIFICATE("tls.server"),
	TEXT("tls.server.certificate_chain[]", C, WITHIN,
	     "as it was sent, leaf first, in PEM"),

	IP("related.ip[]", JUDGED, ALWAYS,
	   "the addresses of source and destination"),
	TEXT("related.hosts[]", JUDGED, MAY,
	     "the name that it is judged against"),
	HASH("related.hash[]", JUDGED, MAY, "every certificate of it"),

	WORD("wirecert.severity", F, ALWAYS,
	     WORDS(severity_words, SEVERITY_HIGH + 1),
	     "the word for event.severity"),
	WORD("wirecert.confidence", F, ALWAYS, TWO("observed", "inferred"),
	     "inferred: not seen itself, but what was seen has no other likely "
	     "cause"),
	ROW("wirecert.finding.id", SCHEMA_ID, F, ALWAYS,
	    "the same from its opening to its end, and after a restart"),
	TEXT("wirecert.evidence", F, MAY,
	     "the file in the folder of --evidence"),
	COUNT("wirecert.occurrences.count", F, WITHIN,
	      "handshakes that showed it so far"),
	DATE("wirecert.occurrences.first_seen", F, WITHIN, "the first of them"),
	DATE("wirecert.occurrences.last_seen", F, WITHIN, "the last of them"),
	IP("wirecert.occurrences.clients[]", F, WITHIN, "the first 16 clients"),
	COUNT("wirecert.occurrences.num_clients", F, WITHIN,
	      "how many different clients; beyond the 16 an estimate, some "
	      "per cent off up to 5000"),
	COUNT("wirecert.occurrences.num_rejected", F, WITHIN,
	      "handshakes in which the client refused the certificate and, as "
	      "far as its alert tells, may have done so for this"),
	TEXT("wirecert.occurrences.names[]", F, MAY,
	     "names that it was seen for"),
	TEXT("wirecert.hint.cause", F, MAY, "what is likely the cause"),
	TEXT("wirecert.hint.fix", F, MAY, "what to do"),
	TEXT("wirecert.hint.verify", F, MAY,
	     "a command with which a person can check it, the way that the "
	     "client went (STARTTLS, a proxy); absent where openssl s_client "
	     "cannot go it. The sensor never runs it"),
	TEXT("wirecert.hint.client_errors[].client", F, WITHIN,
	     "a kind of client that is affected"),
	TEXT("wirecert.hint.client_errors[].text", F, WITHIN,
	     "what such a client prints"),

	WORD("wirecert.visibility", JUDGED, ALWAYS,
	     WORDS(visibility_words, TLS_HIDDEN + 1),
	     "whether the certificate could be seen: in the clear, opened with "
	     "keys, not sent at all, or hidden"),
	WORD("wirecert.absent_because", JUDGED, MAY,
	     WORDS(absent_words, TLS_ABSENT_REFUSED + 1), "why none was sent"),
	WORD("wirecert.hidden_because", JUDGED, MAY,
	     WORDS(hidden_words, TLS_HIDDEN_NUM), "why it cannot be seen"),
	COUNT("wirecert.chain_length", JUDGED, MAY,
	      "certificates that the server sent"),
	HASH("wirecert.chain_sha256", JUDGED, MAY,
	     "of the chain as it was sent"),
	TEXT("wirecert.name.reference", JUDGED, MAY,
	     "the name that the certificate is judged against"),
	WORD("wirecert.name.source", JUDGED, MAY,
	     WORDS(name_source_words, NAME_DNS + 1),
	     "who said so: SNI, CONNECT or SOCKS, the PROXY protocol, DNS"),
	BOOL("wirecert.name.match", JUDGED, MAY,
	     "is the certificate for that name (RFC 9525)? Absent where it "
	     "cannot be judged"),
	WORD("wirecert.name.unjudged_because", JUDGED, MAY,
	     WORDS(name_unjudged_words, NAME_NOT_MEANT + 1), "why it cannot"),
	TEXT("wirecert.name.matched_value", JUDGED, MAY,
	     "the name of the certificate that matched"),
	TEXT("wirecert.name.closest", JUDGED, MAY,
	     "where none matched, the nearest one"),
	WORD("wirecert.name.reason", JUDGED, MAY,
	     WORDS(match_reasons, MATCH_ADDRESS_NOT_LISTED + 1),
	     "why that is none"),
	WORD("wirecert.validity.unjudged_because", JUDGED, MAY, ONE("clock"),
	     "clock: the capture's time is before 2000"),
	ROW("wirecert.validity.expires_in_seconds", SCHEMA_INTEGER, JUDGED, MAY,
	    "negative: it ended before"),
	DATE("wirecert.validity.at", JUDGED, WITHIN,
	     "the time it is counted from"),
	WORD("wirecert.reaction.verdict", JUDGED, ALWAYS,
	     WORDS(verdict_words, TLS_SERVER_REFUSED + 1),
	     "what the client did about the certificate, no more than the "
	     "bytes prove"),
	WORD("wirecert.reaction.evidence", JUDGED, MAY,
	     WORDS(evidence_words, TLS_EVIDENCE_NUM), "what proves it"),
	WORD("wirecert.reaction.confidence", JUDGED, MAY,
	     TWO("observed", "inferred"),
	     "inferred: from the lengths of encrypted records"),
	WORD("wirecert.alert.from", JUDGED, WITHIN, WORDS(side_words, 2),
	     "who ended it by an alert"),
	BOOL("wirecert.alert.encrypted", JUDGED, WITHIN,
	     "then level, code and name cannot be read"),
	WORD("wirecert.alert.level", JUDGED, MAY, TWO("warning", "fatal"),
	     "of the alert"),
	COUNT("wirecert.alert.code", JUDGED, MAY, "its number"),
	ROW("wirecert.alert.name", SCHEMA_ALERT, JUDGED, MAY,
	    "its name by IANA"),
	TEXT("wirecert.dns.chain[]", JUDGED, MAY,
	     "from the name that was asked for to the one that has the "
	     "address"),
	BOOL("wirecert.dns.hint", JUDGED, MAY,
	     "true: an answer whose question was not seen; it may explain, "
	     "never accuse"),
	TEXT("wirecert.gateway.name", JUDGED, MAY,
	     "the gateway, by [gateway] or by what is built in"),
	TEXT("wirecert.gateway.provider", JUDGED, MAY, "who runs it"),
	TEXT("wirecert.gateway.role", JUDGED, MAY, "what the name is there"),
	TEXT("wirecert.gateway.owner", JUDGED, MAY,
	     "whom to ask, by [gateway]"),
	WORD("wirecert.ech", JUDGED, MAY,
	     WORDS(ech_words, TLS_ECH_ACCEPTED + 1),
	     "Encrypted Client Hello: see TLS SECRETS in wirecert(8)"),
	TEXT("wirecert.carried_from", JUDGED, MAY,
	     "event.id of the handshake that a resumed session began with; its "
	     "certificate is repeated here"),
	WORD("wirecert.sealed_changed.of", H, WITHIN,
	     WORDS(flight_words, TLS_FLIGHT_WHOLE + 1),
	     "what is of another length than at the last like handshake"),
	COUNT("wirecert.sealed_changed.from", H, WITHIN, "bytes before"),
	COUNT("wirecert.sealed_changed.to", H, WITHIN, "bytes now"),
	HASH("wirecert.sealed_like", JUDGED, MAY,
	     "the certificate that is as long as the encrypted one: a hint"),
	WORD("wirecert.tunnels[].type", JUDGED, WITHIN,
	     WORDS(tunnel_names, TUNNEL_NUM),
	     "what it was inside of, from the outermost in"),
	COUNT("wirecert.tunnels[].id", JUDGED, MAY,
	      "the tunnel's number: VNI, key, session"),
	TEXT("wirecert.tunnels[].gwlb_endpoint", JUDGED, MAY,
	     "of an AWS gateway load balancer, in hex"),
	TEXT("wirecert.tunnels[].gwlb_attachment", JUDGED, MAY, "likewise"),
	TEXT("wirecert.tunnels[].gwlb_flow_cookie", JUDGED, MAY, "likewise"),
	TEXT("wirecert.inside", JUDGED, MAY,
	     "the protocol in which TLS began: smtp, http_connect ..."),
	TEXT("wirecert.ja4", H, MAY, "fingerprint of the ClientHello"),
	BOOL("wirecert.partial", JUDGED, ALWAYS,
	     "the capture cut or lost some of it"),
	TEXT("wirecert.anomalies[].code", JUDGED, WITHIN, "what is malformed"),
	WORD("wirecert.anomalies[].from", JUDGED, WITHIN, WORDS(side_words, 2),
	     "in whose messages"),
	COUNT("wirecert.anomalies[].offset", JUDGED, WITHIN,
	      "at which byte of its direction"),
	HASH("wirecert.previous_sha256", C, MAY,
	     "the certificate before it there"),
	ROW("wirecert.findings[]", SCHEMA_CODE, H | F, ALWAYS,
	    "codes of what holds for this handshake"),

	TEXT("wirecert.status.sources[].name", S, WITHIN,
	     "of an interface, mirror or file that is open or waited for"),
	WORD("wirecert.status.sources[].state", S, WITHIN, TWO("open", "away"),
	     "away: it is gone, and waited for"),
	COUNT("wirecert.status.sources[].packets", S, WITHIN, "taken from it"),
	COUNT("wirecert.status.sources[].received", S, WITHIN,
	      "that the kernel saw there"),
	COUNT("wirecert.status.sources[].dropped_kernel", S, WITHIN,
	      "for want of room in the ring (see buffer)"),
	COUNT("wirecert.status.sources[].dropped_interface", S, WITHIN,
	      "by the interface or its driver"),
	COUNT("wirecert.status.sources[].cut", S, WITHIN, "by the snap length"),
	COUNT("wirecert.status.sources[].lost", S, WITHIN,
	      "times that it went away"),
	TEXT("wirecert.status.outputs[].name", S, WITHIN,
	     "of the output, by [output]"),
	TEXT("wirecert.status.outputs[].type", S, WITHIN, "its type"),
	WORD("wirecert.status.outputs[].state", S, WITHIN,
	     TWO("good", "failing"), "failing: what comes waits"),
	COUNT("wirecert.status.outputs[].written", S, WITHIN, "events"),
	COUNT("wirecert.status.outputs[].waiting", S, WITHIN,
	      "events that wait now"),
	COUNT("wirecert.status.outputs[].waiting_bytes", S, WITHIN,
	      "their bytes"),
	COUNT("wirecert.status.outputs[].dropped.handshake", S, WITHIN,
	      "events that could wait no longer"),
	COUNT("wirecert.status.outputs[].dropped.certificate", S, WITHIN,
	      "likewise"),
	COUNT("wirecert.status.outputs[].dropped.finding", S, WITHIN,
	      "likewise"),
	COUNT("wirecert.status.outputs[].dropped.status", S, WITHIN,
	      "likewise"),
	COUNT("wirecert.status.outputs[].failed_writes", S, WITHIN,
	      "writes that failed"),
	COUNT("wirecert.status.outputs[].rotated", S, WITHIN,
	      "files that were rotated"),
	COUNT("wirecert.status.outputs[].reopened", S, WITHIN,
	      "times that it was opened anew"),
	COUNT("wirecert.status.outputs[].slowest_write_us", S, WITHIN,
	      "the longest write since the last status event, microseconds"),
	TEXT("wirecert.status.hidden_names[].name", S, WITHIN,
	     "a server name whose certificate was hidden; at most 16, those "
	     "with most such handshakes first"),
	COUNT("wirecert.status.hidden_names[].handshakes", S, WITHIN,
	      "all that had the name"),
	COUNT("wirecert.status.hidden_names[].judged", S, WITHIN,
	      "by a certificate, seen or carried over from a session's first"),
	COUNT("wirecert.status.hidden_names[].hidden", S, WITHIN,
	      "that hid theirs"),
	WORD("wirecert.status.hidden_names[].hidden_because", S, WITHIN,
	     WORDS(hidden_words, TLS_HIDDEN_NUM), "the reason of most of them"),
#include "event/status_rows.inc"
};
const size_t num_schema_rows = sizeof schema_rows / sizeof *schema_rows;
