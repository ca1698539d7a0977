#!/usr/bin/python3
# Captures of what is not wrong, or is wrong only once, though it looks like
# much: nothing here may flood. Run as root: make/peace.py [NAME...].
import base64
import os
import random
import sys

import clients
from lib import CA, Net, version, write

WORLD = ["news.example.org", "shop.example.net", "bank.example.com",
         "mail.example.org", "video.example.net", "weather.example.com",
         "maps.example.org"]
INNER = ["wiki.corp.example.net", "git.corp.example.net",
         "build.corp.example.net"]
OWN = """# seen from the server's side: strangers call
[networks]
own = 203.0.113.0/24
"""


class Maker:
    made_by = "peace.py"

    def __init__(self, net, chosen):
        self.net, self.chosen = net, chosen
        self.public = CA("Example Public Root")
        self.issuing = self.public.sub("Example Public Issuing 1")

    def case(self, name, says, findings, program, run, servers, conf=None,
             filter="tcp port 443"):
        if self.chosen and not any(name.startswith(c) for c in self.chosen):
            return
        with self.net.case(name, proves=says, findings=findings,
                           root=self.public.pem, made_by=self.made_by,
                           programs=program, filter=filter) as case, servers:
            run()
        if conf:
            write(os.path.join(case.folder, "wirecert.conf"), conf)
        print(name)

    def hosts(self, leaves):
        """nginx, a server block for each (name, leaf); the first answers to
        every other name."""
        return self.net.nginx(servers="".join(
            "server { listen 443 ssl; server_name %s; ssl_protocols TLSv1.2;"
            " ssl_certificate %s; ssl_certificate_key %s;\n"
            "location / { return 200 \"hello\\n\"; } }\n"
            % (name, leaf.chain, leaf.key) for name, leaf in leaves))

    def curl(self, names, root=None, accept=False):
        for name in names:
            clients.curl(self.net, "https://%s/" % name,
                         root or self.public.pem, accept=accept)

    def s_client(self, *more, stdin=""):
        self.net.client("openssl", "s_client", "-connect",
                        "203.0.113.20:443", "-tls1_2", *more, stdin=stdin)

    def pinned(self):
        own = CA("Example Corp Root", organization="Example Corp")
        sub = own.sub("Example Corp Issuing", organization="Example Corp")
        self.case("peace-pinned-ca", "Clients know and verify a private "
                  "authority that the trust store does not: three names, one "
                  "finding, and nothing more severe for clients are served.",
                  ["chain.untrusted (medium)"],
                  [clients.client_text("curl"), "nginx"],
                  lambda: self.curl(INNER, own.pem),
                  self.hosts([(n, sub.leaf(n, sans=[n])) for n in INNER]))

    def health(self):
        leaf = self.issuing.leaf("api.example.com", sans=["api.example.com"])

        def checks():
            for _ in range(3):
                self.s_client("-noservername")
                self.net.client("curl", "-sk", "https://203.0.113.20/")
        self.case("peace-health-check", "A load balancer's checks: by address, "
                  "without a server name, some close right after the "
                  "handshake. Nothing was stated, so nothing is wrong.", [],
                  [version("openssl"), clients.client_text("curl"), "nginx"],
                  checks, self.hosts([("_", leaf)]))

    def scanner(self):
        leaf = self.issuing.leaf("api.example.com", sans=["api.example.com"])

        def scan():
            for word in ("admin", "vpn", "owa", "git", "jira", "test"):
                self.s_client("-servername", word + ".example.org",
                              "-verify_return_error", "-verify_hostname",
                              word + ".example.org", "-CAfile",
                              self.public.pem)
        self.case("peace-scanner", "A stranger tries names that were never "
                  "served here: one low finding for all of them, of what the "
                  "server showed.", ["name.mismatch (low)"],
                  [version("openssl"), "nginx"], scan,
                  self.hosts([("_", leaf)]), conf=OWN)

    def portal(self):
        leaf = self.issuing.leaf("portal.example.com",
                                 sans=["portal.example.com"])
        self.case("peace-captive-portal", "A captive portal answers for every "
                  "name with its own certificate: four names are told, then "
                  "all others as one.",
                  ["name.mismatch"], [clients.client_text("curl"), "nginx"],
                  lambda: self.curl(WORLD), self.hosts([("_", leaf)]))

    def proxy(self):
        own = CA("Example Inspection CA", organization="Example Proxy")
        self.case("peace-inspecting-proxy", "A proxy inspects TLS: each name "
                  "has a certificate made for it by one authority, which the "
                  "clients trust: one finding.", ["chain.untrusted (medium)"],
                  [clients.client_text("curl"), "nginx"],
                  lambda: self.curl(WORLD, own.pem),
                  self.hosts([(n, own.leaf(n, sans=[n])) for n in WORLD]))

    def tor(self):
        rng = random.Random(9)

        def word():
            raw = bytes(rng.randrange(256) for _ in range(10))
            return base64.b32encode(raw).decode().lower()[:rng.randrange(
                8, 17)]
        signer = CA("www.%s.com" % word(), organization=None)
        leaf = signer.leaf("www.%s.net" % word(), organization=None, eku=())
        leaf.chain = leaf.cert

        def link():
            for _ in range(3):
                self.s_client("-servername", "www.%s.com" % word(),
                              stdin="\0" * 200)
        self.case("peace-tor", "Links between Tor relays: names made up on "
                  "both sides, the certificate as tor makes them (openssl "
                  "speaks in tor's place).", [],
                  [version("openssl"), "nginx"], link,
                  self.hosts([("_", leaf)]))

    def things(self):
        issuer = self.issuing

        def talk():
            for n in range(4):
                leaf = issuer.leaf("camera-%d" % n, self_signed=True,
                                   key="rsa2048")
                with self.net.s_server(leaf, "-tls1_2", "-quiet", "-rev"):
                    self.s_client("-noservername", stdin="hello\n")
        self.case("peace-things", "Devices and peers with self-signed "
                  "certificates, called by address without a server name.",
                  [], [version("openssl")], talk, _Nothing())

    def resolver(self):
        """DNS over TLS by address, whose certificate has it or has not."""
        named = self.issuing.leaf("dns.example.org", ["dns.example.org"])
        both = self.issuing.leaf("dns.example.org", [
            "dns.example.org", "203.0.113.20"])
        block = ("server { listen %d ssl; ssl_protocols TLSv1.2; "
                 "ssl_certificate %s; ssl_certificate_key %s; }\n")
        servers = self.net.nginx(servers="".join(
            block % (port, leaf.chain, leaf.key)
            for port, leaf in ((443, named), (853, both))))

        def ask():
            for port in (443, 853):
                self.net.client("openssl", "s_client", "-connect",
                                "203.0.113.20:%d" % port, "-noservername",
                                "-tls1_2", stdin="Q\n",
                                seconds=0.5)
        self.case("peace-resolver", "Resolvers are called by address (DNS "
                  "over TLS, over HTTPS): nobody stated a name, and the "
                  "address is one only where the certificate has it.", [],
                  [version("openssl") + " s_client", version("nginx")], ask,
                  servers, filter="tcp")


class _Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def main(chosen):
    names = WORLD + INNER + ["api.example.com"]
    with Net("peace", names=names) as net:
        maker = Maker(net, chosen)
        for make in (maker.pinned, maker.health, maker.scanner, maker.portal,
                     maker.proxy, maker.tor, maker.things,
                     maker.resolver):
            make()


if __name__ == "__main__":
    main(sys.argv[1:])
