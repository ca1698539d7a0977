/*
 * config_rows.c: every key of the configuration file, a row each; see
 * config.h. wirecert.conf(5) and the commented example are checked against it.
 */
#include "app/config.h"
#include "app/config_apply.h"

#define MANY	CONFIG_MANY
#define RESTART CONFIG_RESTART
#define MISSING CONFIG_MISSING

const struct config_row config_rows[] = {
	{ "sensor", "name", "TEXT",
	  "what events call this sensor (observer.name); default the host name",
	  RESTART, config_name },
	{ "sensor", "interface", "LIST",
	  "interfaces to listen on (\"any\"), or udp:ADDR:PORT for a mirror",
	  MANY | RESTART, config_interface },
	{ "sensor", "filter", "BPF",
	  "what is captured, outside of tunnels; given again, it goes on",
	  MANY | RESTART, config_filter },
	{ "sensor", "inner_filter", "BPF",
	  "what is looked at inside of tunnels; given again, it goes on",
	  MANY | RESTART, config_filter },
	{ "sensor", "workers", "NUMBER", "capture workers; default 1", RESTART,
	  config_option },
	{ "sensor", "snaplen", "BYTES",
	  "bytes captured of a packet; default 262144", RESTART,
	  config_option },
	{ "sensor", "buffer", "SIZE",
	  "ring of a live capture; default 64M", RESTART, config_option },
	{ "sensor", "promiscuous", "YES|NO",
	  "set the interfaces to promiscuous mode; default yes", RESTART,
	  config_promiscuous },
	{ "sensor", "memory_limit", "SIZE",
	  "the most memory that is used, see MEMORY; default as the limits "
	  "are",
	  RESTART, config_memory },
	{ "sensor", "keylog", "FILE",
	  "TLS secrets (SSLKEYLOGFILE format), followed while it grows",
	  MANY | RESTART, config_option },
	{ "sensor", "trust", "STORE",
	  "FILE, DIR, system or none; default system where there is one",
	  MANY | RESTART, config_option },
	{ "sensor", "now", "packet|TIME",
	  "what \"now\" means when judging; default packet", RESTART,
	  config_option },

	{ "sensor", "evidence", "DIR",
	  "a folder where each finding's handshake is kept as a small capture",
	  RESTART, config_option },
	{ "sensor", "gateways", "FILE",
	  "more gateways, in the form of gateways.json; a row replaces the "
	  "one of the same id; none leaves out what comes with the program",
	  MANY | RESTART, config_knowledge },
	{ "sensor", "fallback_certificates", "FILE",
	  "the same for fallback-certificates.json", MANY | RESTART,
	  config_knowledge },
	{ "sensor", "weak_keys", "FILE",
	  "keys that are known to be weak, in the form of Debian's "
	  "openssl-blacklist, which is used where it is installed (none: "
	  "not)",
	  MANY | RESTART, config_knowledge },

	{ "networks", "own", "NETWORKS",
	  "networks that are ours; default the private, loopback, link-local "
	  "and shared ranges",
	  MANY, config_own_networks },
	{ "names", "own", "GLOBS",
	  "names that are ours, though no server here showed them yet", MANY,
	  config_own_names },

	{ "thresholds", "expiring", "TIME",
	  "cert.expiring: so long before the end (or a quarter of the "
	  "lifetime, if that is less); default 30d",
	  0, config_expiring },
	{ "thresholds", "expiring_high", "TIME",
	  "cert.expiring is high: so long before the end (or a tenth of the "
	  "lifetime, if that is less); default 7d",
	  0, config_expiring_high },
	{ "thresholds", "mixed_after", "TIME",
	  "cert.mixed: so long after the newer certificate; default 1d", 0,
	  config_mixed_after },
	{ "thresholds", "resolve_after", "TIME",
	  "a finding is over when it was not seen for so long; default 7d", 0,
	  config_resolve_after },
	{ "thresholds", "repeat_every", "TIME",
	  "an open finding is told again so often, the first time after an "
	  "hour; default 1d",
	  0, config_repeat_every },

	{ "gateway", "names", "GLOBS", "names that are asked for there", MANY,
	  config_gateway_names },
	{ "gateway", "networks", "NETWORKS", "addresses that it has", MANY,
	  config_gateway_networks },
	{ "gateway", "provider", "TEXT", "who runs it, like aws or azure", 0,
	  config_gateway_provider },
	{ "gateway", "issuer", "GLOB",
	  "over the issuer's distinguished name: who is to issue its "
	  "certificates (cert.unexpected_issuer)",
	  MANY, config_gateway_issuer },
	{ "gateway", "owner", "TEXT", "whom to ask about it", 0,
	  config_gateway_owner },
	{ "gateway", "severity", "WORD",
	  "the most that findings there weigh: info, low, medium or high; off "
	  "tells none",
	  0, config_gateway_severity },

	{ "except", "code", "GLOBS", "codes of findings, like name.*", MANY,
	  config_except_code },
	{ "except", "name", "GLOBS", "the name that was asked for", MANY,
	  config_except_name },
	{ "except", "issuer", "GLOB",
	  "over the distinguished name of the certificate's issuer", MANY,
	  config_except_issuer },
	{ "except", "certificate", "SHA256S", "the leaf certificate", MANY,
	  config_except_certificate },
	{ "except", "network", "NETWORKS", "of the client or the server", MANY,
	  config_except_network },
	{ "except", "until", "DAY", "the last day on which it holds", 0,
	  config_except_until },

	{ "severity", NULL, "WORD",
	  "CODE = what such findings weigh: info, low, medium or high; off "
	  "tells none",
	  0, config_severity },

	{ "output", "type", "TYPE",
	  "file, stdout, unix_stream, unix_dgram, syslog or journald; default "
	  "file",
	  RESTART, config_output_type },
	{ "output", "path", "FILE",
	  "the file, or the socket (syslog: default /dev/log; journald: "
	  "default /run/systemd/journal/socket)",
	  RESTART, config_output_path },
	{ "output", "format", "FORMAT",
	  "ecs, text, eve, zeek or ocsf; default ecs", RESTART,
	  config_output_format },
	{ "output", "events", "LIST",
	  "of finding, certificate, handshake, status; default finding, "
	  "certificate, status; with eve and zeek handshake, too",
	  RESTART, config_output_events },
	{ "output", "min_severity", "WORD",
	  "findings below it are left out; default info", RESTART,
	  config_output_min_severity },
	{ "output", "rotate_size", "SIZE",
	  "a file so large becomes FILE.1, and FILE begins anew", RESTART,
	  config_output_rotate_size },
	{ "output", "rotate_age", "TIME", "the same for a file so old",
	  RESTART, config_output_rotate_age },
	{ "output", "keep", "NUMBER",
	  "how many of FILE.1, FILE.2 ... are kept; default 7", RESTART,
	  config_output_keep },

	{ "tunnels", "vxlan_ports", "PORTS", "UDP ports besides 4789 and 8472",
	  MANY | RESTART, config_ports },
	{ "tunnels", "geneve_ports", "PORTS", "UDP ports besides 6081",
	  MANY | RESTART, config_ports },
	{ "tunnels", "gtpu_ports", "PORTS", "UDP ports besides 2152",
	  MANY | RESTART, config_ports },
	{ "tunnels", "vlan_in_key", "YES|NO",
	  "the same addresses and ports in two VLANs are two connections; "
	  "default no",
	  RESTART, config_vlan_in_key },

	{ "state", "directory", "DIR",
	  "what is known outlives a restart there; default none", RESTART,
	  config_state_directory },
	{ "state", "retention", "TIME",
	  "how long what was not seen again is kept; default 90d", RESTART,
	  config_state_retention },
	{ "web", "listen", "ADDR:PORT", "where metrics are served", MISSING,
	  NULL },
};
const size_t num_config_rows = sizeof config_rows / sizeof *config_rows;

_Static_assert(sizeof config_rows / sizeof *config_rows <= CONFIG_MAX_ROWS,
	       "the digests need a place each");

const struct config_section config_sections[] = {
	{ "sensor", NULL, NULL, NULL },
	{ "networks", NULL, NULL, NULL },
	{ "names", NULL, NULL, NULL },
	{ "thresholds", NULL, NULL, NULL },
	{ "gateway", "NAME", config_gateway_begin, config_gateway_end },
	{ "except", "WHY", config_except_begin, config_except_end },
	{ "severity", NULL, NULL, NULL },
	{ "output", "NAME", config_output_begin, config_output_end },
	{ "tunnels", NULL, NULL, NULL },
	{ "state", NULL, NULL, config_state_end },
	{ "web", NULL, NULL, NULL },
};
const size_t num_config_sections =
	sizeof config_sections / sizeof *config_sections;
