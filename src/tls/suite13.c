/* suite13.c: see suite13.h. */
#include "tls/suite13.h"

/* RFC 8446 B.4; RFC 9001 5.3 leaves CCM_8 out of QUIC, which costs nothing to
 * read */
static const struct tls_suite13 suites[] = {
	{ 0x1301, HKDF_SHA256, AEAD_AES_128_GCM },
	{ 0x1302, HKDF_SHA384, AEAD_AES_256_GCM },
	{ 0x1303, HKDF_SHA256, AEAD_CHACHA20_POLY1305 },
	{ 0x1304, HKDF_SHA256, AEAD_AES_128_CCM },
	{ 0x1305, HKDF_SHA256, AEAD_AES_128_CCM_8 },
};

const struct tls_suite13 *tls_suite13_find(uint16_t suite)
{
	for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
		if (suites[i].suite == suite)
			return &suites[i];
	return NULL;
}
