/*
 * chain.c: judging a chain as sent against a trust store (see chain.h).
 *
 * OpenSSL builds and checks the path (RFC 5280 6); here is decided what counts:
 * the time is the packet's, the leaf's own validity and usage are findings of
 * their own, and keys and hashes of any strength pass (key.weak and
 * signature.weak tell of them), so that old captures are judged by structure.
 *
 * Authorities are parsed, and their signatures verified, once (authority.h); of
 * a chain only the leaf is new. Results by chain are the caller's to remember.
 */
#include "cert/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "cert/store.h"

#define CERTS_MAX (LIMIT_TLS_CHAIN + LIMIT_CHAIN_POOL)
#define NOT_SENT  SIZE_MAX

struct path {
	const struct chain_store *store;
	int64_t at;
	bool server;
	/* x[0] is the leaf; parallel, borrowed and owned */
	const struct cert *cert[CERTS_MAX];
	X509 *x[CERTS_MAX];
	size_t place[CERTS_MAX]; /* among those sent; NOT_SENT */
	bool left_out[CERTS_MAX];
	size_t num;
};

/* What one run of the verifier found. */
struct run {
	int error, depth;	    /* the first that is not about dates */
	int expired, expired_depth; /* a member outside its validity */
	const X509 *expired_cert;   /* compared only, as is the next */
	const X509 *top;	    /* the last member that was found */
	struct sibling_above above;
	int64_t until; /* when the first member above the leaf ends */
	uint64_t on_path;
	const struct path *path;
	X509_STORE_CTX_verify_fn verify; /* OpenSSL's: signatures, dates */
};

static bool is_date_error(int error)
{
	return error == X509_V_ERR_CERT_HAS_EXPIRED ||
	       error == X509_V_ERR_CERT_NOT_YET_VALID;
}

/* Of the leaf: judged elsewhere, as findings of their own. */
static bool is_leaf_matter(int error)
{
	return is_date_error(error) || error == X509_V_ERR_INVALID_PURPOSE ||
	       error == X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD ||
	       error == X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD;
}

/* RFC 5280 4.1.2.5: valid "through notAfter (inclusive)"; for OpenSSL that
 * second is too late, so it is asked about the one before. */
static bool is_before_end(const X509 *x, int64_t at)
{
	time_t t = (time_t)at - 1;

	return X509_cmp_time(X509_get0_notAfter(x), &t) > 0;
}

static int on_error(int ok, X509_STORE_CTX *ctx)
{
	struct run *run = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);

	if (ok || (depth == 0 && is_leaf_matter(error)))
		return 1;
	if (error == X509_V_ERR_CERT_HAS_EXPIRED &&
	    is_before_end(X509_STORE_CTX_get_current_cert(ctx), run->path->at))
		return 1;
	if (is_date_error(error)) {
		if (!run->expired) {
			run->expired = error;
			run->expired_depth = depth;
			run->expired_cert =
				X509_STORE_CTX_get_current_cert(ctx);
		}
		return 1; /* go on: a forged member is the worse news */
	}
	run->error = error;
	run->depth = depth;
	return 0;
}

static bool is_valid_at(const X509 *x, int64_t at)
{
	time_t t = (time_t)at;

	return X509_cmp_time(X509_get0_notBefore(x), &t) < 0 &&
	       is_before_end(x, at);
}

/*
 * Is the chain one that OpenSSL's step cannot object to? That is: all members
 * valid, authorities' signatures found good before (with it, that the issuer
 * may sign: RFC 5280 6.1.4 n), and the leaf's found good here. The topmost is
 * trusted as it is: its signature never counts.
 */
static bool is_known_good(const struct run *run, STACK_OF(X509) *built)
{
	struct authorities *a = run->path->store->authorities;
	X509 *leaf = sk_X509_value(built, 0), *issuer = sk_X509_value(built, 1);
	int num = sk_X509_num(built);
	EVP_PKEY *key;

	for (int i = 0; i < num; i++) {
		if (!is_valid_at(sk_X509_value(built, i), run->path->at))
			return false;
		if (i > 0 && i < num - 1 &&
		    !authority_is_signed(a, sk_X509_value(built, i),
					 sk_X509_value(built, i + 1)))
			return false;
	}
	key = X509_get0_pubkey(issuer);
	return key && X509_check_issued(issuer, leaf) == X509_V_OK &&
	       X509_verify(leaf, key) > 0;
}

/* In place of OpenSSL's step, which is asked wherever there is any doubt. */
static int on_verify(X509_STORE_CTX *ctx)
{
	struct run *run = X509_STORE_CTX_get_app_data(ctx);
	STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(ctx);
	int num = sk_X509_num(built), good;

	if (num > 2 && is_known_good(run, built)) {
		X509_STORE_CTX_set_error_depth(ctx, 0);
		X509_STORE_CTX_set_current_cert(ctx, sk_X509_value(built, 0));
		return 1;
	}
	good = run->verify(ctx);
	/* on_error() lets dates pass, but no signature */
	for (int i = 1; good > 0 && i < num - 1; i++)
		authority_add_signed(run->path->store->authorities,
				     sk_X509_value(built, i),
				     sk_X509_value(built, i + 1));
	return good;
}

static void run_prepare(const struct path *p, X509_STORE_CTX *ctx,
			struct run *run)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	run->path = p;
	run->verify = X509_STORE_CTX_get_verify(ctx);
	X509_STORE_CTX_set_app_data(ctx, run);
	X509_STORE_CTX_set_verify_cb(ctx, on_error);
	X509_STORE_CTX_set_verify(ctx, on_verify);
	/* intermediates may be confined to other purposes (RFC 5280 4.2.1.12,
	 * as all verifiers read it); the leaf's usage is not judged here */
	X509_STORE_CTX_set_purpose(ctx, p->server ? X509_PURPOSE_SSL_SERVER :
						    X509_PURPOSE_SSL_CLIENT);
	X509_VERIFY_PARAM_set_time(param, (time_t)p->at);
	X509_VERIFY_PARAM_set_auth_level(param, 0);
	X509_VERIFY_PARAM_set_depth(param, LIMIT_TLS_CHAIN);
	/* what the user trusts need not be a root */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN |
						   X509_V_FLAG_TRUSTED_FIRST);
}

/* What OpenSSL took from those sent, and not from the store. */
static uint64_t sent_on_path(X509_STORE_CTX *ctx, const struct path *p)
{
	STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(ctx);
	int num = X509_STORE_CTX_get_num_untrusted(ctx);
	uint64_t on_path = 0;

	if (num > sk_X509_num(built))
		num = sk_X509_num(built);
	for (int i = 1; i < num; i++)
		for (size_t k = 1; k < p->num; k++)
			if (p->x[k] == sk_X509_value(built, i) &&
			    p->place[k] < 64)
				on_path |= 1ull << p->place[k];
	return on_path;
}

static void run_verify(X509_STORE_CTX *ctx, struct run *run)
{
	STACK_OF(X509) *built;

	if (X509_verify_cert(ctx) <= 0 && !run->error) {
		run->error = X509_STORE_CTX_get_error(ctx);
		run->depth = X509_STORE_CTX_get_error_depth(ctx);
		if (!run->error)
			run->error = X509_V_ERR_UNSPECIFIED;
	}
	built = X509_STORE_CTX_get0_chain(ctx);
	if (sk_X509_num(built) > 0)
		run->top = sk_X509_value(built, sk_X509_num(built) - 1);
	sibling_above(built, &run->above);
	run->until = sibling_until(built);
	run->on_path = sent_on_path(ctx, run->path);
}

static struct run run_path(const struct path *p)
{
	STACK_OF(X509) *sent = sk_X509_new_null();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	struct run run = { .error = 0 };
	bool good = sent && ctx;

	for (size_t i = 1; i < p->num && good; i++)
		good = p->left_out[i] || sk_X509_push(sent, p->x[i]) > 0;
	if (good && X509_STORE_CTX_init(ctx, p->store->x, p->x[0], sent) == 1) {
		run_prepare(p, ctx, &run);
		run_verify(ctx, &run);
	} else {
		run.error = X509_V_ERR_OUT_OF_MEM;
	}
	X509_STORE_CTX_free(ctx);
	sk_X509_free(sent);
	return run;
}

/* "Expired" needs every path to have an expired member: leave out the one that
 * is (a cross-certificate, mostly) and look for another way. */
static struct run run_detours(struct path *p)
{
	struct run first = run_path(p), run = first;

	for (int n = 0; n < LIMIT_CHAIN_DETOURS && !run.error && run.expired;
	     n++) {
		bool found = false;

		for (size_t i = 1; i < p->num; i++) { /* sent twice: both */
			if (p->x[i] == run.expired_cert)
				found = p->left_out[i] = true;
		}
		if (!found)
			break; /* it is the store's: there was no better */
		run = run_path(p);
	}
	memset(p->left_out, 0, sizeof p->left_out);
	return run.error || run.expired ? first : run;
}

static enum chain_state run_state(const struct path *p, const struct run *run)
{
	const struct cert *leaf = p->cert[0];

	switch (run->error) {
	case X509_V_OK:
		return run->expired ? CHAIN_EXPIRED : CHAIN_TRUSTED;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return CHAIN_SELF_SIGNED;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_REJECTED:
		break;
	case X509_V_ERR_OUT_OF_MEM:
	case X509_V_ERR_UNSPECIFIED:
	case X509_V_ERR_INVALID_CALL:
	case X509_V_ERR_STORE_LOOKUP:
		return CHAIN_UNJUDGED;
	default:
		return CHAIN_INVALID;
	}
	/* its own issuer, as far as names and key ids tell */
	if (run->top == p->x[0] && leaf->self_issued &&
	    (leaf->authority_key_id.len == 0 ||
	     bytes_eq(leaf->authority_key_id, leaf->subject_key_id)))
		return CHAIN_SELF_SIGNED;
	return CHAIN_UNTRUSTED;
}

static struct chain_result run_result(const struct path *p,
				      const struct run *run)
{
	struct chain_result r = { .state = run_state(p, run),
				  .on_path = run->on_path };

	r.until = r.state == CHAIN_TRUSTED ? run->until : 0;
	r.error = run->error ? run->error : run->expired;
	r.depth = run->error ? run->depth : run->expired_depth;
	if (r.error)
		r.detail = X509_verify_cert_error_string(r.error);
	for (size_t i = 0; i < p->num; i++) {
		if (p->x[i] == run->top)
			r.top_issuer = p->cert[i]->issuer.text;
	}
	if (r.state == CHAIN_TRUSTED)
		r.top_issuer = NULL;
	return r;
}

/* Ways around a member that ends before the leaf, asked for so many times. */
#define LATER_MAX 4

/*
 * When a trusted chain is none any more, though the leaf lasts: asked of the
 * verifier as of an instant after the first member ends, so that another path
 * counts. Most leaves end before all that is above them: they cost nothing.
 */
static void find_end(struct path *p, struct chain_result *r)
{
	int64_t at = p->at;

	for (int n = 0; n < LATER_MAX && r->until < p->cert[0]->not_after; n++) {
		struct run run;
		enum chain_state state;

		p->at = r->until + 1;
		run = run_detours(p);
		state = run_state(p, &run);
		r->until_last = state == CHAIN_EXPIRED;
		if (state != CHAIN_TRUSTED || run.until <= r->until)
			break;
		r->until = run.until;
	}
	p->at = at;
}

/* Adds a certificate; one that cannot be read is passed over. */
static void path_add(struct path *p, const struct cert *c, size_t place)
{
	X509 *x;

	if (c->error || p->num >= CERTS_MAX)
		return;
	x = authority_parse(p->store->authorities, c);
	if (!x)
		return;
	p->cert[p->num] = c;
	p->place[p->num] = place;
	p->x[p->num++] = x;
}

static bool path_has(const struct path *p, const struct cert *c)
{
	for (size_t i = 0; i < p->num; i++) {
		if (bytes_eq(p->cert[i]->der, c->der))
			return true;
	}
	return false;
}

/* Adds those of the pool that can have issued a member: upwards from the leaf,
 * so that a large pool costs comparisons and not parsing. */
static size_t path_add_pool(struct path *p, struct cert *const *pool,
			    size_t num_pool)
{
	size_t before = p->num;

	for (size_t i = 0; i < p->num && p->num < before + LIMIT_CHAIN_POOL;
	     i++) {
		if (p->cert[i]->self_issued)
			continue;
		for (size_t k = 0; k < num_pool &&
				   p->num < before + LIMIT_CHAIN_POOL; k++) {
			if (bytes_eq(pool[k]->subject.der,
				     p->cert[i]->issuer.der) &&
			    !path_has(p, pool[k]))
				path_add(p, pool[k], NOT_SENT);
		}
	}
	return p->num - before;
}

void chain_judge(const struct chain_store *s, struct cert *const *certs,
		 size_t num_certs, struct cert *const *pool, size_t num_pool,
		 int64_t at, bool server, struct chain_result *out)
{
	struct path p = { .store = s, .at = at, .server = server };
	struct chain_result r = { .state = CHAIN_UNJUDGED };
	const struct sibling_chain chain = { certs, num_certs, num_pool, at,
					     server };
	struct run run;

	if (s && num_certs && sibling_find(s->siblings, &chain, out)) {
		out->store_younger = at < s->newest;
		return;
	}
	ERR_set_mark();
	if (s && num_certs)
		path_add(&p, certs[0], 0);
	if (p.num) {
		for (size_t i = 1; i < num_certs && i < LIMIT_TLS_CHAIN; i++)
			path_add(&p, certs[i], i);
		run = run_detours(&p);
		r = run_result(&p, &run);
		if (r.state == CHAIN_TRUSTED)
			find_end(&p, &r);
		if (p.num > 1 && p.cert[1] == certs[1])
			sibling_learn(s->siblings, &chain, &run.above, p.x[1],
				      &r);
	}
	if (r.state == CHAIN_UNTRUSTED && path_add_pool(&p, pool, num_pool)) {
		run = run_detours(&p);
		if (run_state(&p, &run) == CHAIN_TRUSTED)
			r.state = CHAIN_INCOMPLETE;
	}
	r.store_younger = s && at < s->newest;
	for (size_t i = 0; i < p.num; i++)
		X509_free(p.x[i]);
	ERR_pop_to_mark();
	*out = r;
}
