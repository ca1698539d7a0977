#!/usr/bin/python3
# What is known of certificates that TLS 1.3 encrypts: the certificate of the
# same name in TLS 1.2 beside it, and the length of the encrypted one:
# sealed-*.  nginx in all of them.
import fnmatch
import sys

import matrixclients
from matrixlab import Lab, TRUST


def web(lab, cert):
    leaf = lab.certs[cert]
    return lab.nginx(servers=(
        "default_type application/json; server {\n"
        "listen 443 ssl; ssl_protocols TLSv1.2 TLSv1.3;\n"
        "ssl_certificate %s; ssl_certificate_key %s;\n"
        "location / { return 200 '{\"status\":\"ok\"}\\n'; } }"
        % (leaf.chain, leaf.key)))


def curl(tls, *more):
    return ["curl", "-sS", "--cacert", TRUST, "--tls-max", "1.%d" % tls,
            "--tlsv1.%d" % tls, *more, matrixclients.URL]


def play(lab, name, says, steps, findings=()):
    """steps: (certificate of the server, clients one after the other)."""
    if not any(fnmatch.fnmatch(name, p) for p in sys.argv[1:] or ["*"]):
        return
    with lab.record(name) as rec:
        for cert, clients in steps:
            with web(lab, cert):
                ends = [lab.run(*c)[0] for c in clients]
            print(name, cert, ends)
    rec.publish("Made by make/matrix_sealed.py.\n" + says,
                findings=findings)


def main():
    go = matrixclients.command("go")
    with Lab() as lab:
        matrixclients.prepare()
        play(lab, "sealed-like", "curl with TLS 1.2, then with TLS 1.3, at "
             "one server: the encrypted certificate is as long as the one "
             "that was seen (sealed_like).", [("good", [curl(2), curl(3)])])
        play(lab, "sealed-unlike", "curl with TLS 1.2 sees a certificate; "
             "with TLS 1.3 there is another one, of another length.",
             [("good", [curl(2)]), ("good-rsa", [curl(3)])])
        play(lab, "sealed-changed", "curl with TLS 1.3, twice; between the "
             "two the server got another certificate, and the length of the "
             "encrypted one changes (sealed_changed); a third time, and "
             "nothing does.",
             [("good", [curl(3)]), ("good-rsa", [curl(3), curl(3)])])
        play(lab, "sealed-rejected-expired", "curl -k with TLS 1.2 takes an "
             "expired certificate; Go with TLS 1.3 refuses what it is shown, "
             "and its alert is encrypted: most probably for that reason.",
             [("expired", [curl(2, "-k"), go])],
             ["cert.expired", "client.accepts_invalid", "client.rejected"])


main()
