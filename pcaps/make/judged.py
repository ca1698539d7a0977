#!/usr/bin/python3
# Captures of what is judged beyond names and dates: faulty keys and
# extensions, chains that break a rule or are not tidy, stapled OCSP responses
# of nginx, a configured gateway. Run as root: make/judged.py [NAME...].
import os
import sys

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

import clients
import faults
from authorities import Authorities
from lib import Net, days, scratch, version, write
from special import MUST, POLICY
from staple import response

HOST = "https://api.example.com/"
POLICIES = b"\x06\x03\x55\x1d\x20"
OWN_POLICY = [(x509.CertificatePolicies([x509.PolicyInformation(
    x509.ObjectIdentifier("2.999.1"), None)]), False)]
ANY_USAGE = [(x509.ExtendedKeyUsage(
    [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), False)]
NAMES = ["api.example.com", "shop.example.co.uk", "shop.co.uk"]
CONF = """[gateway "orders API"]
names = api.example.com
provider = aws
issuer = *O=Amazon*
owner = team-orders@example.com
"""


class Maker:
    made_by = "judged.py"

    def __init__(self, net, chosen):
        self.net, self.chosen, self.to = net, chosen, Authorities()
        self.server = version("nginx") + " (server)"

    def case(self, name, says, findings, leaf, *directives, url=HOST, more=(),
             tls="1.2", with_keys=None, conf=None, root=None, client="curl",
             between=()):
        """nginx with this leaf, and one call of the client; or two, and one
        of each of those that are between."""
        if self.chosen and not any(name.startswith(c) for c in self.chosen):
            return
        keylog = scratch(".keys") if tls == "1.3" else None
        root = root or self.to.root.pem
        server = self.net.nginx(leaf, "ssl_protocols TLSv" + tls,
                                "ssl_ciphers DEFAULT:@SECLEVEL=0",
                                *directives, env=clients.NO_CONF)
        with self.net.case(name, proves=says, findings=findings, root=root,
                           programs=[clients.client_text(c) for c in
                                     (client, *between)] + [self.server],
                           made_by=self.made_by,
                           with_keys=with_keys, keylog=keylog) as case, \
                server:
            calls = [(client, more)]
            calls += [(c, ()) for c in between] + calls * bool(between)
            for kind, words in calls:
                done = clients.CLIENTS[kind][0](self.net, url, root,
                                                more=words, keylog=keylog)
        if conf:
            write(os.path.join(case.folder, "wirecert.conf"), conf)
        print(name, done.returncode, done.stdout.strip()[-100:])

    def leaf(self, above=None, **options):
        options.setdefault("sans", ["api.example.com"])
        return (above or self.to.sub).leaf("api.example.com", **options)

    # --- the leaf

    def leaves(self):
        self.case("judged-roca-curl", "The server's RSA key is one of "
                  "Infineon's faulty library (ROCA); curl does not mind.",
                  ["key.weak (medium)"], self.leaf(key=faults.roca_key()))
        self.case("judged-any-usage-curl", "The leaf's extended key usage "
                  "says anyExtendedKeyUsage and no more: OpenSSL refuses it "
                  "as of an unsupported purpose, Go, Java and GnuTLS take it.",
                  ["cert.wrong_usage (medium)"],
                  self.leaf(eku=(), extensions=ANY_USAGE))
        self.case("judged-extension-twice-curl", "certificatePolicies is "
                  "there twice: OpenSSL, at both ends here, does not look at "
                  "it; Go and GnuTLS would refuse.", ["cert.malformed (low)"],
                  faults.Twice(self.leaf(extensions=OWN_POLICY), POLICIES))
        self.case("judged-wildcard-suffix-curl", "A wildcard over a public "
                  "suffix, *.co.uk; curl here has no such list.",
                  ["cert.wildcard_too_wide (info)"],
                  self.leaf(sans=["*.co.uk"]), url="https://shop.co.uk/")
        self.case("judged-no-scts-openssl", "A certificate with the "
                  "CA/Browser Forum's policy, but without timestamps of a "
                  "log. Two clients ask for them, and for a staple; one "
                  "between them does not, which ends nothing.",
                  ["cert.no_scts (info)"], self.leaf(extensions=POLICY),
                  client="s_client", between=("curl",), more=(
                      "-ct", "-ctlogfile",
                      write(scratch(".conf"), "enabled_logs =\n")))
        self.case("judged-no-scts-curl", "A certificate with the CA/Browser "
                  "Forum's policy, but without timestamps of a log: curl "
                  "does not ask, so that nobody can say whether the server "
                  "has some beside it.", [], self.leaf(extensions=POLICY))
        self.case("judged-gateway-issuer-curl", "The gateway of the "
                  "configuration (wirecert.conf) is to have certificates of "
                  "Amazon, but shows one of another issuer.",
                  ["cert.unexpected_issuer (medium)"], self.leaf(), conf=CONF)

    # --- the chain

    def chains(self):
        to = self.to
        short = to.root.sub("Example Lab Short S1", path_length=0)
        self.case("judged-path-length-curl", "An intermediate below one that "
                  "may only issue leaves (path length 0).",
                  ["chain.untrusted (medium)"],
                  self.leaf(short.sub("Example Lab Below S1")))
        self.case("judged-weak-above-curl", "An intermediate with an RSA key "
                  "of 1024 bits.", ["key.weak (medium)"],
                  self.leaf(to.root.sub("Example Lab Weak W1",
                                        key="rsa1024")))
        tied = to.root.sub("Example Lab Tied T1", extensions=[(
            x509.NameConstraints([x509.DNSName("example.net")], None), True)])
        self.case("judged-name-constraints-curl", "An intermediate that may "
                  "only issue for example.net.",
                  ["chain.untrusted (medium)"], self.leaf(tied))
        for word, says, members in (
                ("order", "The second intermediate stands before the first.",
                 lambda leaf: (leaf, to.sub, to.subsub)),
                ("no-use", "An intermediate that has nothing to do with the "
                 "leaf is sent along.",
                 lambda leaf: (leaf, to.subsub, to.sub, to.amazon)),
                ("twice", "The leaf is sent twice.",
                 lambda leaf: (leaf, leaf, to.subsub, to.sub))):
            leaf = self.leaf(to.subsub)
            leaf.chain = faults.chain_of(*members(leaf))
            self.case("judged-chain-%s-curl" % word, says,
                      ["chain.untidy (info)"], leaf)
        for word, name, organization, until, cross in (
                ("dst", "DST Root CA X3", "Digital Signature Trust Co.",
                 -days(1800), days(400)),
                ("addtrust", "AddTrust External CA Root", "AddTrust AB",
                 -days(2300), -days(2300 - 300))):
            leaf = self.leaf()
            leaf.chain = faults.chain_of(leaf, to.sub, faults.crossed(
                to.root, name, organization, until, cross))
            self.case("judged-crossed-%s-curl" % word, "The root is sent as "
                      "%s issued it, which has expired; the root itself is "
                      "trusted, so that curl finds its way." % name,
                      ["chain.untidy (info)"], leaf)

    # --- staples of nginx (RFC 6066 8, RFC 6960)

    def staple(self, word, says, findings, leaf, der, **more):
        lines = ["ssl_stapling on", "ssl_stapling_file "
                 + write(scratch(".ocsp"), der)] if der else []
        self.case("judged-staple-%s" % word, says, findings, leaf, *lines,
                  more=("--cert-status",), **more)

    def staples(self):
        leaf = self.leaf()
        other, stranger = self.leaf(), self.leaf(self.to.clients)
        self.staple("good-nginx", "A staple that says good.", [], leaf,
                    response(leaf, "good"))
        self.staple("revoked-nginx", "A staple that says revoked.",
                    ["staple.revoked (high)"], leaf,
                    response(leaf, "revoked"))
        self.staple("expired-nginx", "A staple whose nextUpdate was "
                    "yesterday.", ["staple.expired (low)"], leaf,
                    response(leaf, "good", since=-days(8), until=-days(1)))
        self.staple("other-nginx", "A staple for another certificate of the "
                    "same issuer, as it stays behind after a renewal.",
                    ["staple.invalid (low)"], leaf, response(other, "good"))
        self.staple("forged-nginx", "A staple about the right certificate, "
                    "signed by somebody else.", ["staple.invalid (low)"],
                    leaf, response(leaf, "good", signer=stranger))
        must = self.leaf(extensions=MUST)
        self.staple("missing-nginx", "Must-staple, and nginx staples "
                    "nothing.", ["staple.missing (low)"], must, None)
        self.staple("revoked-tls13", "A staple that says revoked, in TLS "
                    "1.3, beside the leaf; curl closes.", [], leaf,
                    response(leaf, "revoked"), tls="1.3",
                    with_keys=["staple.revoked (high)"])


def main(chosen):
    with Net("judged", names=NAMES) as net:
        maker = Maker(net, chosen)
        maker.leaves()
        maker.chains()
        maker.staples()


if __name__ == "__main__":
    main(sys.argv[1:])
