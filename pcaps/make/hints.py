#!/usr/bin/python3
# Captures for the causes that wirecert tells apart: who was to renew what has
# expired, what is wrong with a name, and the certificates that gateways and
# servers show when they have none for the name asked for. Authorities and
# providers are look-alikes of our own, but for Debian's ssl-cert. Run as root: make/hints.py [NAME...].
import os
import sys

from cryptography import x509

import clients
from judged import HOST, Maker
from lib import (CA, SERVER4, SERVER6, Net, days, digest, general_name, new_key,
                 scratch, sh, when, write, Leaf)

NAMES = ["api.example.com", "www.example.com", "example.com",
         "v1.api.example.com"]
PAST = dict(not_before=-days(92), not_after=-days(2))
SOON = dict(not_before=-days(87), not_after=days(3))
MISMATCH = ["name.mismatch (high)"]
MISROUTED = ["name.misrouted (high)"]
EXPIRED = ["cert.expired (high)"]
GATEWAY = """[gateway "orders API"]
names = api.example.com
provider = %s
"""


def made_by_hand(subject, sans=(), life=days(365), key="rsa2048"):
    """A self-signed certificate as installers make them, with any subject."""
    private = new_key(key)
    name = x509.Name.from_rfc4514_string(subject)
    since = -days(10)
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
               .public_key(private.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(when(since))
               .not_valid_after(when(since + life)))
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(
            [general_name(n) for n in sans]), False)
    return Leaf(private, builder.sign(private, digest(private)), None)


class Hints(Maker):
    made_by = "hints.py"

    # --- who was to renew it

    def expired(self):
        root = self.to.root
        for word, says, organization, cn in (
                ("acme", "Let's Encrypt", "Let's Encrypt", "R11"),
                ("managed", "Google's managed certificates",
                 "Google Trust Services", "WR3"),
                ("amazon", "Amazon", "Amazon", "Amazon RSA 2048 M03")):
            above = root.sub(cn, organization=organization)
            self.case("hint-expired-%s-curl" % word, "Expired two days ago; "
                      "issued by a look-alike of %s." % says, EXPIRED,
                      self.leaf(above, **PAST))
            self.case("hint-expiring-%s-curl" % word, "Three days left of "
                      "90; issued by a look-alike of %s." % says,
                      ["cert.expiring (high)"], self.leaf(above, **SOON))
        for word, provider in (("imported", "aws"), ("provider", "azure")):
            for state, dates, finding in (
                    ("expired", PAST, EXPIRED),
                    ("expiring", SOON, ["cert.expiring (high)"])):
                self.case(
                    "hint-%s-%s-curl" % (state, word), "%s; the gateway of "
                    "the configuration (wirecert.conf) is of %s, the issuer "
                    "is none of its own." % (
                        "Expired two days ago" if state == "expired"
                        else "Three days left of 90", provider), finding,
                    self.leaf(root.sub("R11", organization="Let's Encrypt")
                              if provider == "azure" else None, **dates),
                    conf=GATEWAY % provider)
        self.case("hint-expired-self-signed-curl", "Expired two days ago and "
                  "self-signed.", EXPIRED + ["chain.self_signed (medium)"],
                  self.leaf(self_signed=True, **PAST))
        self.case("hint-expired-private-curl", "Expired two days ago; its "
                  "authority is not in the sensor's trust store.",
                  EXPIRED + ["chain.untrusted (medium)"],
                  self.leaf(CA("Example Private CA"), **PAST))

    def served_old(self):
        """Two addresses of one name; one was never reloaded."""
        name = "hint-expired-served-old-curl"
        if self.chosen and not any(name.startswith(c) for c in self.chosen):
            return
        above = self.to.root.sub("R11", organization="Let's Encrypt")
        old, new = self.leaf(above, **PAST), self.leaf(above)
        block = ("server { listen %s:443 ssl; ssl_protocols TLSv1.2;\n"
                 "ssl_certificate %s; ssl_certificate_key %s;\n"
                 "location / { return 200 \"hello\\n\"; } }\n")
        root = self.to.root.pem
        server = self.net.nginx(servers="".join(
            block % (at, leaf.chain, leaf.key)
            for at, leaf in ((SERVER4, old), ("[%s]" % SERVER6, new))))
        with self.net.case(name, "The IPv6 address has the renewed "
                           "certificate, the IPv4 address still the old one, "
                           "which expired two days ago.", EXPIRED,
                           self.programs, "hints.py", root=root), server:
            for address in (SERVER6, SERVER4):
                clients.curl(self.net, HOST, root, more=(
                    "--resolve", "api.example.com:443:" + address))
        print(name)

    # --- what is wrong with the name

    def names(self):
        for word, says, sans, host in (
                ("www", "example.com only, and www.example.com is asked for",
                 ["example.com"], "www.example.com"),
                ("apex", "www.example.com only, and example.com is asked for",
                 ["www.example.com"], "example.com"),
                ("depth", "*.example.com, and v1.api.example.com is asked "
                 "for", ["*.example.com"], "v1.api.example.com"),
                ("partial", "ap*.example.com, and api.example.com is asked "
                 "for", ["ap*.example.com"], "api.example.com")):
            self.case("hint-name-%s-curl" % word, "The certificate is for %s."
                      % says, MISMATCH, self.leaf(sans=sans),
                      url="https://%s/" % host)
        leaf = self.to.sub.leaf("Example gateway")
        self.case("hint-name-no-san-curl", "The certificate has no "
                  "subjectAltName, and its CN is no name either.", MISMATCH,
                  leaf)

    # --- what is shown where there is none for the name

    def shown(self):
        amazon = self.to.root.sub("Amazon RSA 2048 M02", key="rsa2048",
                                  organization="Amazon")
        google = self.to.root.sub("WR2", organization="Google Trust Services")
        azure = self.to.root.sub("Microsoft Azure RSA TLS Issuing CA 04",
                                 organization="Microsoft Corporation")
        for word, who, leaf in (
                ("cloudfront", "CloudFront", amazon.leaf(
                    "*.cloudfront.net", ["*.cloudfront.net"])),
                ("elb", "a load balancer of AWS", amazon.leaf(
                    "*.us-east-1.elb.amazonaws.com",
                    ["*.us-east-1.elb.amazonaws.com"])),
                ("cloud-run", "Cloud Run", google.leaf(
                    "*.a.run.app", ["*.a.run.app", "*.run.app"])),
                ("api-management", "Azure API Management", azure.leaf(
                    "*.azure-api.net", ["*.azure-api.net"])),
                ("websites", "Azure App Service", azure.leaf(
                    "*.azurewebsites.net", ["*.azurewebsites.net",
                                            "*.scm.azurewebsites.net"])),
                ("traefik", "Traefik", made_by_hand(
                    "CN=TRAEFIK DEFAULT CERT", ["%s.%s.traefik.default" % (
                        "5c" * 16, "a7" * 16)])),
                ("kong", "Kong", made_by_hand(
                    "CN=localhost,OU=IT Department,O=Kong,L=San Francisco,"
                    "ST=California,C=US", life=days(7300)))):
            self.case("hint-shown-%s-curl" % word, "What %s shows for a name "
                      "that it does not serve (a look-alike)." % who,
                      MISROUTED, leaf)

    def snakeoil(self):
        """What the package's own script makes, under another host's name."""
        base = scratch("")
        os.unlink(base)
        os.mkdir(base)
        with open("/usr/share/ssl-cert/ssleay.cnf") as template:
            host = "web-7.example.net"
            conf = write(base + "/conf", template.read().replace(
                "@HostName@", host).replace("@SubjectAltName@",
                                            "DNS:" + host))
        sh("openssl", "req", "-config", conf, "-new", "-x509", "-days",
           "3650", "-nodes", "-sha256", "-out", base + "/cert", "-keyout",
           base + "/key", stderr=-3)
        leaf = Leaf.__new__(Leaf)
        leaf.key, leaf.chain = base + "/key", base + "/cert"
        self.case("hint-shown-snakeoil-curl", "What Debian's ssl-cert makes "
                  "at the installation (openssl req with its ssleay.cnf).",
                  MISROUTED, leaf)


def main(chosen):
    with Net("hints", names=NAMES) as net:
        maker = Hints(net, chosen)
        maker.expired()
        maker.served_old()
        maker.names()
        maker.shown()
        maker.snakeoil()


if __name__ == "__main__":
    main(sys.argv[1:])
