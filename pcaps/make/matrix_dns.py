#!/usr/bin/python3
# DNS and TLS together, the article "wrong certificate from a custom domain of
# API Gateway": api.example.com points at the stage's own endpoint, which
# answers with *.execute-api.us-east-1.amazonaws.com; and, beside it, at the
# custom domain's endpoint (d-...), which answers rightly.  The issuer is a
# look-alike of our own.  Captured: UDP and TCP 53, TCP 443.
import fnmatch
import sys

import lib
import matrixclients
from lib import SERVER4
from matrixlab import AWS, Lab, NAME, RESOLVER, TRUST, path

STAGE = "abc123def4." + AWS
GOOGLE = "orders-1a2b3c4d.uc.gateway.dev"
CUSTOM = "d-yg54udirl4." + AWS
URL = matrixclients.URL
GET = matrixclients.GET
CURL = ["curl", "-4", "-sS", "--cacert", TRUST, URL]
NO_SNI = ["sh", "-c", "printf '%s' | openssl s_client -4 -quiet -ign_eof "
          "-noservername -connect %s:443 -CAfile %s"
          % (GET, NAME, TRUST)]
NO_SNI_CHECKED = ["sh", "-c", NO_SNI[2] + " -verify_return_error "
                  "-verify_hostname " + NAME]
PYTHON = ["/usr/bin/python3", path("fetch.py"), URL]

# name: (DNS target, certificate, client, resolver option, what it shows,
#        findings with TLS 1.2, findings with TLS 1.3; None: not made)
CASES = {
    "wrong-target": (STAGE, "aws-default", CURL, "",
                     "The name points at the stage's endpoint, whose "
                     "certificate does not cover it; curl checks names after "
                     "the handshake, closes, and ends with %d: \"%s\".",
                     ["name.misrouted"], ["dns.misrouted"]),
    "wrong-target-python": (STAGE, "aws-default", PYTHON, "",
                            "The same with the article's client: Python ends "
                            "with %d: \"%s\".",
                            ["name.misrouted"], ["dns.misrouted"]),
    "wrong-target-insecure": (STAGE, "aws-default",
                              ["curl", "-4", "-sSk", URL], "",
                              "The same with a client that does not verify, "
                              "which gets its answer (status %d).%s",
                              ["name.misrouted", "client.accepts_invalid"],
                              ["dns.misrouted"]),
    "right-target": (CUSTOM, "aws-custom", CURL, "",
                     "The name points at the custom domain's endpoint; all "
                     "is well, curl ends with %d.%s", [], []),
    "expired": (CUSTOM, "aws-expired", CURL, "",
                "The right endpoint, but its certificate expired two days "
                "before (renewal failed); curl ends with %d: \"%s\".",
                ["cert.expired"], ["client.rejected"]),
    "imported-expired": (CUSTOM, "imported-expired", CURL, "",
                         "The right endpoint, but its certificate, not of "
                         "Amazon, expired two days before: imported into ACM "
                         "and never renewed; curl ends with %d: \"%s\".",
                         ["cert.expired"], ["client.rejected"]),
    "google-wrong-target": (GOOGLE, "google-default", CURL, "",
                            "The name points straight at Google's API "
                            "Gateway, which serves no custom names; curl "
                            "ends with %d: \"%s\".",
                            ["name.misrouted"], ["dns.misrouted"]),
    "no-sni": (CUSTOM, "aws-custom", NO_SNI, "",
               "The client states no server name; only its DNS question "
               "tells the name that the certificate covers (status %d).%s",
               [], []),
    "no-sni-wrong-target": (STAGE, "aws-default", NO_SNI_CHECKED, "",
                            "The client states no server name, only its DNS "
                            "question tells it; it checks the name itself "
                            "and ends with %d: \"%s\".",
                            ["name.misrouted"], ["client.rejected"]),
    "tcp-wrong-target": (STAGE, "aws-default", CURL, "options use-vc",
                         "The DNS question goes over TCP; else as "
                         "wrong-target, curl ends with %d: \"%s\".",
                         ["name.misrouted"], ["dns.misrouted"]),
    "single-request-wrong-target": (STAGE, "aws-default", CURL,
                                    "options single-request edns0",
                                    "A and AAAA are asked one after the "
                                    "other, with EDNS; else as wrong-target, "
                                    "curl ends with %d: \"%s\".",
                                    ["name.misrouted"], ["dns.misrouted"]),
    "other-address": (STAGE, "aws-custom", CURL, "",
                      "The name points at the stage's endpoint and yet a "
                      "certificate for the name answers (a proxy before it, "
                      "say): nothing is wrong for the client, curl ends with "
                      "%d.%s", [], None),
}


def resolver(lab, target):
    return lab.server(
        "dnsmasq", "-k", "-u", "root", "--conf-file=/dev/null", "--no-hosts",
        "--no-resolv", "--local=/#/", "--listen-address=" + RESOLVER,
        "--bind-interfaces", "--local-ttl=60", "--log-facility=-",
        "--pid-file=", "--cname=%s,%s" % (NAME, target),
        "--host-record=%s,%s" % (target, SERVER4), port=53, udp=True)


def one(lab, case, tls):
    target, cert, client, option, says, tls12, tls13 = CASES[case]
    name = "dns-%s-tls%d" % (case, tls)
    found = tls12 if tls == 12 else tls13
    if found is None or not any(fnmatch.fnmatch(name, p)
                                for p in sys.argv[1:] or ["*"]):
        return
    lab.resolve_by_dns(option)
    with resolver(lab, target), lab.web(cert, tls):
        with lab.record(name, "tcp port 443 or port 53") as rec:
            code, out = lab.run(*client, env=matrixclients.KEYLOG)
    ok = '"status":"ok"' in out
    why = "" if ok else matrixclients.complaint(out)
    text = ("Made by make/matrix_dns.py: %s, dnsmasq 2.90, nginx.\n"
            "%s is an alias of %s, %s. TLS 1.%d. %s"
            % (lib.version(client[0]) if client[0] != "sh" else
               lib.version("openssl"), NAME, target, SERVER4, tls - 10,
               says % (code, why)))
    rec.publish(text, rec.reaction(ok, tls), found)


def main():
    with Lab() as lab:
        lib.write(path("fetch.py"), matrixclients.PYTHON)
        for case in CASES:
            for tls in (12, 13):
                one(lab, case, tls)


main()
