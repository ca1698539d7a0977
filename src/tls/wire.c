/* wire.c: see wire.h. */
#include "tls/wire.h"

#include <stdlib.h>

struct number_name {
	uint16_t number;
	const char *name;
};

static const struct number_name suites[] = {
#define S(number, name) { number, name },
#include "tls/suites.inc"
#undef S
};

static const struct number_name groups[] = {
#define G(number, name) { number, name },
#include "tls/groups.inc"
#undef G
};

/* RFC 8446 6, RFC 5246 7.2, RFC 6066, RFC 7301, RFC 9849 11.2 */
static const struct number_name alerts[] = {
	{ 0, "close_notify" },
	{ 10, "unexpected_message" },
	{ 20, "bad_record_mac" },
	{ 21, "decryption_failed" },
	{ 22, "record_overflow" },
	{ 30, "decompression_failure" },
	{ 40, "handshake_failure" },
	{ 41, "no_certificate" },
	{ 42, "bad_certificate" },
	{ 43, "unsupported_certificate" },
	{ 44, "certificate_revoked" },
	{ 45, "certificate_expired" },
	{ 46, "certificate_unknown" },
	{ 47, "illegal_parameter" },
	{ 48, "unknown_ca" },
	{ 49, "access_denied" },
	{ 50, "decode_error" },
	{ 51, "decrypt_error" },
	{ 60, "export_restriction" },
	{ 70, "protocol_version" },
	{ 71, "insufficient_security" },
	{ 80, "internal_error" },
	{ 86, "inappropriate_fallback" },
	{ 90, "user_canceled" },
	{ 100, "no_renegotiation" },
	{ 109, "missing_extension" },
	{ 110, "unsupported_extension" },
	{ 111, "certificate_unobtainable" },
	{ 112, "unrecognized_name" },
	{ 113, "bad_certificate_status_response" },
	{ 114, "bad_certificate_hash_value" },
	{ 115, "unknown_psk_identity" },
	{ 116, "certificate_required" },
	{ 120, "no_application_protocol" },
	{ 121, "ech_required" },
};

static int compare(const void *key, const void *row)
{
	const uint16_t *k = key;
	const struct number_name *r = row;

	return *k < r->number ? -1 : *k > r->number;
}

#define FIND(table, number) find(table, sizeof table / sizeof *table, number)

static const char *find(const struct number_name *table, size_t num,
			uint16_t number)
{
	const struct number_name *row =
		bsearch(&number, table, num, sizeof *table, compare);

	return row ? row->name : NULL;
}

bool tls_version_is_13(uint16_t version)
{
	return version == TLS_1_3 || version >> 8 == 0x7f ||
	       version >> 8 == 0xfb || version == DTLS_1_3;
}

const char *tls_version_text(uint16_t version)
{
	switch (version) {
	case TLS_SSL2:
		return "2.0";
	case TLS_SSL3:
		return "3.0";
	case TLS_1_0:
	case DTLS_1_0:
	case DTLS_BAD:
		return "1.0";
	case TLS_1_1:
		return "1.1";
	case TLS_1_2:
	case DTLS_1_2:
		return "1.2";
	default:
		return tls_version_is_13(version) ? "1.3" : NULL;
	}
}

const char *tls_suite_name(uint16_t suite)
{
	return FIND(suites, suite);
}

const char *tls_group_name(uint16_t group)
{
	return FIND(groups, group);
}

const char *tls_alert_name(uint8_t code)
{
	return FIND(alerts, code);
}

bool tls_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

enum tls_auth tls_suite_auth(uint16_t suite)
{
	static const char *const psk[] = { "TLS_PSK_WITH", "TLS_DHE_PSK_WITH",
					   "TLS_ECDHE_PSK_WITH",
					   "TLS_PSK_DHE_WITH",
					   "TLS_SRP_SHA_WITH", "TLS_ECCPWD_" };
	const char *name = tls_suite_name(suite);

	if (!name)
		return TLS_AUTH_CERTIFICATE;
	if (strstr(name, "_anon_"))
		return TLS_AUTH_ANONYMOUS;
	for (size_t i = 0; i < sizeof psk / sizeof *psk; i++)
		if (!strncmp(name, psk[i], strlen(psk[i])))
			return TLS_AUTH_PSK;
	if (strstr(name, "KRB5"))
		return TLS_AUTH_OTHER;
	return TLS_AUTH_CERTIFICATE;
}

bool tls_suite_13(uint16_t suite, unsigned *hash_len, unsigned *tag_len)
{
	switch (suite) {
	case 0x1301: /* AES_128_GCM_SHA256 */
	case 0x1303: /* CHACHA20_POLY1305_SHA256 */
	case 0x1304: /* AES_128_CCM_SHA256 */
	case 0x00c6: /* SM4_GCM_SM3, RFC 8998 */
	case 0x00c7: /* SM4_CCM_SM3 */
		*hash_len = 32;
		*tag_len = 16;
		return true;
	case 0x1302: /* AES_256_GCM_SHA384 */
		*hash_len = 48;
		*tag_len = 16;
		return true;
	case 0x1305: /* AES_128_CCM_8_SHA256 */
		*hash_len = 32;
		*tag_len = 8;
		return true;
	default:
		return false;
	}
}
