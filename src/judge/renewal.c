/* renewal.c: see renewal.h. */
#include "judge/renewal.h"

struct issuer {
	const char *glob; /* over O of the issuer's name */
	enum renewal_kind kind;
};

/* Issuers whose certificates something renews without being told. */
static const struct issuer issuers[] = {
	{ "Amazon", RENEWAL_ACM },
	{ "Let's Encrypt", RENEWAL_ACME },
	{ "(STAGING) Let's Encrypt", RENEWAL_ACME },
	{ "ZeroSSL*", RENEWAL_ACME },
	{ "Buypass*", RENEWAL_ACME },
	{ "Google Trust Services*", RENEWAL_MANAGED },
	{ "Microsoft Corporation", RENEWAL_MANAGED },
	{ "Cloudflare*", RENEWAL_MANAGED },
};

static bool is_public(const struct evidence *ev)
{
	return ev->leaf->has_cab_policy || ev->leaf->has_scts ||
	       ev->chain.state == CHAIN_TRUSTED;
}

/* Does the gateway say who renews what it shows (gateways.json: renews)? */
static bool is_renewed_by(const struct evidence *ev, const char *who)
{
	return ev->gateway_renews && !strcmp(ev->gateway_renews, who);
}

/*
 * ACM takes certificates from a private CA of one's own (AWS Private CA) and
 * renews them by itself: each is valid for 13 months, 395 days; notBefore is an
 * hour early. Other lives are of what was imported, or issued past ACM.
 */
static bool is_acm_private(const struct evidence *ev)
{
	const struct cert *c = ev->leaf;
	int64_t days = (c->not_after - c->not_before) / 86400;

	return !c->self_issued && !c->has_cab_policy && !c->has_scts &&
	       days >= 394 && days <= 397;
}

static enum renewal_kind kind_of_issuer(const struct cert *c)
{
	const struct cert_values *o = &c->issuer.organization;

	for (size_t i = 0; i < sizeof issuers / sizeof *issuers && o->num;
	     i++)
		if (policy_glob(issuers[i].glob, bytes_str(o->v[0])))
			return issuers[i].kind;
	return RENEWAL_UNKNOWN;
}

enum renewal_kind renewal_of(const struct evidence *ev)
{
	enum renewal_kind kind;

	if (!ev->leaf)
		return RENEWAL_UNKNOWN;
	kind = kind_of_issuer(ev->leaf);
	if (kind != RENEWAL_ACM && is_renewed_by(ev, "acm"))
		return !kind && is_acm_private(ev) ? RENEWAL_ACM_PRIVATE
						   : RENEWAL_IMPORTED;
	if (is_renewed_by(ev, "provider") && !ev->leaf->self_issued &&
	    (kind || is_public(ev)))
		return RENEWAL_PROVIDER;
	if (kind)
		return kind;
	if (ev->leaf->self_issued)
		return RENEWAL_SELF;
	return is_public(ev) ? RENEWAL_UNKNOWN : RENEWAL_PRIVATE;
}

#define ARTICLE                                                                \
	"https://repost.aws/knowledge-center/api-gateway-certificate-domain"
#define INELIGIBLE                                                             \
	"https://repost.aws/knowledge-center/acm-certificate-ineligible"
#define ACM_PRIVATE                                                            \
	"https://docs.aws.amazon.com/acm/latest/userguide/"                    \
	"renew-private-cert.html"
#define ACME "https://letsencrypt.org/docs/integration-guide/"

static const struct hint expired_hints[] = {
	[RENEWAL_UNKNOWN] = {
		.cause = "not_renewed",
		.fix = "Order the certificate again, install it, and reload "
		       "what serves it. If it was renewed already, the server "
		       "still serves the old one: reload it.",
	},
	[RENEWAL_ACM] = {
		.cause = "acm_renewal_failed",
		.url = ARTICLE,
		.fix = "Request a new certificate in ACM and choose it in the "
		       "custom domain name: ACM renews what Amazon issued by "
		       "itself, but not once it has expired. For its managed "
		       "renewal the CNAME record of the DNS validation must "
		       "stay in place, no CAA record may exclude amazon.com, "
		       "and a service must use the certificate.",
	},
	[RENEWAL_IMPORTED] = {
		.cause = "imported_not_renewed",
		.url = ARTICLE,
		.fix = "Renew it with its issuer and import it again into "
		       "ACM, under the same ARN, so that what uses it stays as "
		       "it is. Amazon did not issue it, and ACM never renews "
		       "an imported certificate: watch such ones for their "
		       "expiry, or replace them by ones that ACM issues.",
	},
	[RENEWAL_ACM_PRIVATE] = {
		.cause = "acm_private_renewal_failed",
		.url = ACM_PRIVATE,
		.fix = "See in ACM what it is. If ACM issued it from a private "
		       "CA, its managed renewal has failed, and what has "
		       "expired it does not renew: request a new one and "
		       "choose it in what uses it. The CA must be active and "
		       "permit acm.amazonaws.com to issue (create-permission). "
		       "If it was imported, or issued by the CA itself "
		       "(IssueCertificate), ACM never renews it: import the "
		       "new one under the same ARN.",
	},
	[RENEWAL_ACME] = {
		.cause = "acme_renewal_failed",
		.url = ACME,
		.fix = "Run the job that renews certificates of this issuer "
		       "(certbot, acme.sh, cert-manager, Caddy, Traefik ...) "
		       "and look at its log: port 80 or the DNS record of its "
		       "challenge must be reachable. If it did renew the "
		       "certificate, the server still has the old one in "
		       "memory: reload it, and let the job do so from now on.",
	},
	[RENEWAL_MANAGED] = {
		.cause = "managed_renewal_failed",
		.fix = "Look at the certificate's status at the provider, who "
		       "renews it by itself, or at the log of the ACME client "
		       "that ordered it (Google Trust Services takes those, "
		       "too): that renewal has failed. Mostly the DNS record "
		       "of the name, its validation record, or a CAA record "
		       "has changed.",
	},
	[RENEWAL_PROVIDER] = {
		.cause = "provider_renewal_failed",
		.fix = "Look at the certificate of the name at the provider "
		       "that serves it: one that was uploaded it never "
		       "renews, so upload the new one. What the provider "
		       "ordered by itself it also renews: then the DNS record "
		       "of the name, its validation record, or a CAA record "
		       "stands in the way.",
	},
	[RENEWAL_PRIVATE] = {
		.cause = "private_ca_not_renewed",
		.fix = "Issue it again at its private issuer, install it, and "
		       "reload what serves it. Let the issuer renew it on a "
		       "schedule (ACME, cert-manager, Vault ...).",
	},
	[RENEWAL_SELF] = {
		.cause = "self_signed_not_renewed",
		.fix = "Make it again (it signed itself), install it, and "
		       "give it to every client that trusts it. Better is one "
		       "of an issuer that clients know and a job renews.",
	},
};

static const struct hint expiring_hints[] = {
	[RENEWAL_UNKNOWN] = {
		.cause = "not_renewed_yet",
		.fix = "Order the certificate again and load it on the server "
		       "before then. If it was renewed already, the server "
		       "still serves the old one: reload it.",
	},
	[RENEWAL_ACM] = {
		.cause = "acm_renewal_pending",
		.url = INELIGIBLE,
		.fix = "Look at its renewal status in ACM, which should have "
		       "renewed it 45 to 60 days before the end. The CNAME "
		       "record of the DNS validation must be in place, no CAA "
		       "record may exclude amazon.com, and a service must use "
		       "the certificate: after the expiry ACM renews it no "
		       "more.",
	},
	[RENEWAL_IMPORTED] = {
		.cause = "imported_not_renewed_yet",
		.url = INELIGIBLE,
		.fix = "Renew it with its issuer and import it again into ACM "
		       "before then, under the same ARN: Amazon did not issue "
		       "it, and ACM never renews an imported certificate.",
	},
	[RENEWAL_ACM_PRIVATE] = {
		.cause = "acm_private_renewal_pending",
		.url = ACM_PRIVATE,
		.fix = "See in ACM what it is. If ACM issued it from a private "
		       "CA, it should have renewed it 60 days before the end: "
		       "the CA must be active and permit acm.amazonaws.com to "
		       "issue (create-permission), and a service must use the "
		       "certificate, or it was exported. If it was imported, "
		       "or issued by the CA itself (IssueCertificate), ACM "
		       "never renews it: import the new one under the same "
		       "ARN.",
	},
	[RENEWAL_ACME] = {
		.cause = "acme_renewal_pending",
		.url = ACME,
		.fix = "Look at the log of the job that should have renewed "
		       "it by now (certbot, acme.sh, cert-manager, Caddy, "
		       "Traefik ...). If it did, the server still has the old "
		       "one in memory: reload it.",
	},
	[RENEWAL_MANAGED] = {
		.cause = "managed_renewal_pending",
		.fix = "Look at the certificate's status at the provider, who "
		       "renews it by itself and is late, or at the log of the "
		       "ACME client that ordered it (Google Trust Services "
		       "takes those, too). Mostly the DNS record of the name, "
		       "its validation record, or a CAA record has changed.",
	},
	[RENEWAL_PROVIDER] = {
		.cause = "provider_renewal_pending",
		.fix = "Look at the certificate of the name at the provider "
		       "that serves it: one that was uploaded has to be "
		       "uploaded again before then; one that it ordered "
		       "itself is late, mostly because of the name's DNS "
		       "record, its validation record, or a CAA record.",
	},
	[RENEWAL_PRIVATE] = {
		.cause = "private_ca_not_renewed_yet",
		.fix = "Issue the certificate again at its private issuer and "
		       "load it on the server before then.",
	},
	[RENEWAL_SELF] = {
		.cause = "self_signed_not_renewed_yet",
		.fix = "Make it again (it signed itself) and give it to every "
		       "client that trusts it before then.",
	},
};

/* It was renewed: a newer one for the name is served elsewhere. */
static const struct hint loaded_elsewhere = {
	.cause = "renewed_not_loaded",
	.fix = "Load the renewed certificate on this server, too, and reload "
	       "it: a newer one for the name is served elsewhere already, so "
	       "its renewal works and only this server was left out. Have "
	       "the renewal job copy it there and reload the server (certbot "
	       "--deploy-hook, for instance).",
};

void renewal_hint(const struct evidence *ev, bool expired, struct hint *out)
{
	enum renewal_kind kind = renewal_of(ev);
	const struct hint *h = expired ? &expired_hints[kind]
				       : &expiring_hints[kind];

	if (ev->fleet.older)
		h = &loaded_elsewhere;
	out->cause = h->cause;
	out->fix = h->fix;
	out->url = h->url;
}

void renewal_unseen(const struct evidence *ev, struct hint *out)
{
	if (!is_renewed_by(ev, "acm"))
		return;
	out->fix = "Check its dates with the command below, and look at the "
		   "custom domain name's certificate in ACM: its managed "
		   "renewal needs the CNAME record of the DNS validation in "
		   "place and a service that uses the certificate; an "
		   "imported one is never renewed: import the new one again, "
		   "under the same ARN.";
	out->url = ARTICLE;
}
