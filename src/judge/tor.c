/* tor.c: see tor.h. */
#include "judge/tor.h"

#define RANDOM_LEAST 8
#define RANDOM_MOST  20

/* "www." 8 to 20 letters of base32 and the suffix. */
static bool is_random(struct bytes name, const char *suffix)
{
	size_t n = strlen(suffix), len;

	if (name.len < 4 + n || !bytes_is(bytes_head(name, 4), "www.") ||
	    !bytes_is(bytes_tail(name, name.len - n), suffix))
		return false;
	len = name.len - 4 - n;
	if (len < RANDOM_LEAST || len > RANDOM_MOST)
		return false;
	for (size_t i = 4; i < 4 + len; i++)
		if (!(name.p[i] >= 'a' && name.p[i] <= 'z') &&
		    !(name.p[i] >= '2' && name.p[i] <= '7'))
			return false;
	return true;
}

/* Nothing but one CN of that form. */
static bool is_random_name(const struct cert_name *n, const char *suffix)
{
	const char *cn;

	if (n->common_name.num != 1)
		return false;
	cn = n->common_name.v[0];
	return !strncmp(n->text, "CN=", 3) && !strcmp(n->text + 3, cn) &&
	       is_random(bytes_str(cn), suffix);
}

bool tor_is_link(const struct tls_handshake *hs, const struct cert *leaf)
{
	if (!leaf || leaf->error || leaf->has_san || leaf->self_issued)
		return false;
	if (hs->client.has_sni && !is_random(hs->client.sni, ".com"))
		return false;
	return is_random_name(&leaf->subject, ".net") &&
	       is_random_name(&leaf->issuer, ".com");
}
