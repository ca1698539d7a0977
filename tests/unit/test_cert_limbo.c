/*
 * test_cert_limbo.c: x509-limbo's vectors (names, dates, chains) and those of
 * Chromium, Go and curl, out of the corpus.
 *
 * Names and dates: all that the sources agree on have to be right. Chains:
 * where the expectation is also what OpenSSL's verifier says, ours has to say
 * so too; the features that only others check (CRLs, CA/B rules) are told, not
 * judged.
 */
#include "cert/chain.h"
#include "cert/match.h"
#include "test_cert_corpus.h"

#include <string.h>
#include <unistd.h>

#include <openssl/x509v3.h>

static unsigned wrong;

static void report(const char *test, const char *id, const char *got)
{
	printf("WRONG %s: %s: %s\n", test, id, got);
	wrong++;
}

static const char *field(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void check_name(const char *test, const json_t *v, const char *id,
		       const json_t *name)
{
	struct cert *c = corpus_pem(json_object_get(v, "leaf"));
	bool want = !strcmp(field(v, "expect"), "match");
	struct match m;

	if (!c || c->error) {
		report(test, id, c ? c->error : "no memory");
	} else {
		match_name(c, json_bytes(name), &m);
		if ((m.state == MATCH_TRUE) != want)
			report(test, id, want ? "mismatch" : "match");
		if (m.state == MATCH_FALSE && !match_reasons[m.reason])
			report(test, id, "no reason");
	}
	cert_unref(c);
}

static size_t run_name_vectors(const json_t *all)
{
	size_t i, num = 0;
	json_t *v;

	json_array_foreach(all, i, v) {
		if (!json_is_true(json_object_get(v, "agreed")))
			continue;
		check_name("name_vectors", v, field(v, "host"),
			   json_object_get(v, "host"));
		num++;
	}
	return num;
}

static size_t run_name_matching(const json_t *cases)
{
	size_t i;
	json_t *v;

	json_array_foreach(cases, i, v)
		check_name("name_matching", v, field(v, "id"),
			   json_object_get(v, "name"));
	return json_array_size(cases);
}

/*
 * As instants: half a second after notAfter is after it. RFC 5280 4.1.2.5 has
 * whole seconds only; limbo's notafter-fractional names both readings, and the
 * corpus (and OpenSSL) take this one.
 */
static bool is_after(const json_t *at, int64_t sec)
{
	int64_t whole = corpus_time(at);
	const char *dot = strchr(json_string_value(at), '.');

	return whole > sec ||
	       (whole == sec && dot && strtod(dot, NULL) > 0);
}

static void check_dates(const json_t *v, const char *id, const json_t *pem,
			const json_t *at, const json_t *expired,
			const json_t *early)
{
	struct cert *c = corpus_pem(pem);

	if (!c || c->error) {
		report("validity", id, c ? c->error : "no memory");
	} else {
		if (is_after(at, c->not_after) != json_is_true(expired))
			report("validity", id, "expired");
		if ((corpus_time(at) < c->not_before) != json_is_true(early))
			report("validity", id, "not yet valid");
		if (v && c->not_before !=
				 corpus_time(json_object_get(v, "not_before")))
			report("validity", id, "not_before");
		if (v && c->not_after !=
				 corpus_time(json_object_get(v, "not_after")))
			report("validity", id, "not_after");
	}
	cert_unref(c);
}

static size_t run_validity(const json_t *cases)
{
	size_t i, k, num = 0;
	json_t *v, *o;

	json_array_foreach(cases, i, v) {
		const json_t *at = json_object_get(v, "at");

		check_dates(v, field(v, "id"), json_object_get(v, "leaf"), at,
			    json_object_get(v, "leaf_expired"),
			    json_object_get(v, "leaf_not_yet_valid"));
		num++;
		json_array_foreach(json_object_get(v, "others"), k, o) {
			check_dates(NULL, field(v, "id"),
				    json_object_get(o, "pem"), at,
				    json_object_get(o, "expired"),
				    json_object_get(o, "not_yet_valid"));
			num++;
		}
	}
	return num;
}

static struct chain_store *store_of(const json_t *pems)
{
	char path[] = "/tmp/test-cert-limbo-XXXXXX", err[256];
	const char *paths[] = { path };
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	struct chain_store *s;
	size_t i;
	json_t *pem;

	if (!f)
		exit(1);
	json_array_foreach(pems, i, pem)
		fputs(json_string_value(pem), f);
	fclose(f);
	s = chain_store_load(paths, 1, err, sizeof err);
	unlink(path);
	return s;
}

/* What others than chain_judge() judge: name, the leaf's dates and usage. */
static bool leaf_is_fine(const json_t *v, const struct cert *leaf, int64_t at)
{
	const json_t *peer = json_object_get(v, "peer_name");
	const json_t *name = json_object_get(peer, "value");
	unsigned eku = strcmp(field(v, "kind"), "CLIENT") ? CERT_EKU_SERVER :
							    CERT_EKU_CLIENT;
	unsigned ku = X509v3_KU_DIGITAL_SIGNATURE |
		      X509v3_KU_KEY_ENCIPHERMENT | X509v3_KU_KEY_AGREEMENT;
	struct match m;

	if (at < leaf->not_before || at > leaf->not_after)
		return false;
	if (leaf->has_eku && !(leaf->eku & (eku | CERT_EKU_ANY)))
		return false;
	if (leaf->has_key_usage && !(leaf->key_usage & ku))
		return false;
	if (!json_is_string(name))
		return true;
	match_name(leaf, json_bytes(name), &m);
	return m.state == MATCH_TRUE;
}

static bool judge(const json_t *v, struct chain_result *r)
{
	struct chain_store *s = store_of(json_object_get(v, "trusted"));
	const json_t *rest = json_object_get(v, "untrusted");
	const json_t *at_text = json_object_get(v, "at");
	int64_t at = json_is_string(at_text) ? corpus_time(at_text) :
					       1735689600; /* 2025-01-01 */
	struct cert *chain[32] = { corpus_pem(json_object_get(v, "leaf")) };
	size_t i, num = 1;
	bool good = false;
	json_t *pem;

	json_array_foreach(rest, i, pem) {
		if (num < 32)
			chain[num++] = corpus_pem(pem);
	}
	chain_judge(s, chain, num, NULL, 0, at,
		    strcmp(field(v, "kind"), "CLIENT") != 0, r);
	if (!chain[0]->error)
		good = r->state == CHAIN_TRUSTED &&
		       leaf_is_fine(v, chain[0], at);
	for (i = 0; i < num; i++)
		cert_unref(chain[i]);
	chain_store_free(s);
	return good;
}

static bool limits_depth(const json_t *v)
{
	return json_is_integer(json_object_get(v, "max_chain_depth"));
}

static size_t run_chains(const json_t *cases)
{
	size_t i, num = 0, agree = 0, elsewhere = 0;
	json_t *v;

	json_array_foreach(cases, i, v) {
		struct chain_result r;
		bool want = !strcmp(field(v, "expected"), "SUCCESS"), got;

		if (strcmp(field(v, "expected"), field(v, "openssl30"))) {
			elsewhere++;
			continue;
		}
		num++;
		got = judge(v, &r);
		if (got == want) {
			agree++;
			continue;
		}
		printf("chain %s: wanted %s, got state %d (%s)\n",
		       field(v, "id"), field(v, "expected"), (int)r.state,
		       r.detail ? r.detail : "no error");
		if (!limits_depth(v)) /* an option that we do not have */
			wrong++;
	}
	printf("chains: %zu of %zu agree; of %zu OpenSSL says otherwise\n",
	       agree, num, elsewhere);
	return num;
}

int main(void)
{
	json_t *names = corpus_json("limbo/name_vectors.json");
	json_t *matching = corpus_json("limbo/name_matching.json");
	json_t *validity = corpus_json("limbo/validity.json");
	json_t *chains = corpus_json("limbo/chains.json");
	size_t num[4];

	if (!names || !matching || !validity || !chains) {
		printf("skipped: no corpus in %s\n", corpus_root());
		return TEST_SKIPPED;
	}
	num[0] = run_name_vectors(names);
	num[1] = run_name_matching(json_object_get(matching, "cases"));
	num[2] = run_validity(json_object_get(validity, "cases"));
	num[3] = run_chains(json_object_get(chains, "cases"));
	printf("%zu name vectors, %zu names, %zu dates, %zu chains: %u wrong\n",
	       num[0], num[1], num[2], num[3], wrong);
	json_decref(names);
	json_decref(matching);
	json_decref(validity);
	json_decref(chains);
	return wrong || !num[0] || !num[1] || !num[2] || !num[3];
}
