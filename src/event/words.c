/* words.c: in the order of the enums of tls/handshake.h. */
#include "event/words.h"

const char *const visibility_words[] = { "cleartext", "decrypted", "absent",
					 "hidden" };
const char *const absent_words[] = { "",    "resumed",	"anonymous",
				     "psk", "not_x509", "refused" };
const char *const flight_words[] = { "", "certificate", "flight" };
const char *const hidden_words[] = {
	"",	"no_secret", "unsupported", "ech",	 "quic",
	"tls13", "gap",	     "truncated",   "one_sided", "ended_early",
};
const char *const verdict_words[] = { "unknown", "accepted", "rejected",
				      "abandoned", "server_refused" };
const char *const evidence_words[] = {
	"",
	"application_data",
	"plaintext_alert",
	"encrypted_alert",
	"quic_close",
	"closed_without_data",
	"closed_before_finished",
	"server_alert",
	"server_closed",
};
const char *const ech_words[] = { "", "offered", "rejected", "accepted" };
const char *const carrier_words[] = { "tls", "dtls", "quic" };
const char *const side_words[] = { "client", "server" };
