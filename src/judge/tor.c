/* tor.c: see tor.h. */
#include "judge/tor.h"

/* How long tor makes the names that it makes up: of the server, of subject and
 * issuer. */
static const struct span {
	size_t least, most;
} sni_span = { 4, 25 }, cert_span = { 8, 20 };

/* "www.", so many letters of base32, and the suffix. */
static bool is_random(struct bytes name, const char *suffix,
		      const struct span *span)
{
	size_t n = strlen(suffix), len;

	if (name.len < 4 + n || !bytes_is(bytes_head(name, 4), "www.") ||
	    !bytes_is(bytes_tail(name, name.len - n), suffix))
		return false;
	len = name.len - 4 - n;
	if (len < span->least || len > span->most)
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
	       is_random(bytes_str(cn), suffix, &cert_span);
}

bool tor_is_link(const struct tls_handshake *hs, const struct cert *leaf)
{
	if (!leaf || leaf->error || leaf->has_san || leaf->self_issued)
		return false;
	if (hs->client.has_sni &&
	    !is_random(hs->client.sni, ".com", &sni_span))
		return false;
	return is_random_name(&leaf->subject, ".net") &&
	       is_random_name(&leaf->issuer, ".com");
}
