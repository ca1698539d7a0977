#!/usr/bin/python3
# Real clients against good and bad certificates, TLS 1.2 and 1.3:
# matrix-CLIENT-CERTIFICATE-tls12|tls13.  An argument, a glob, makes only the
# cases whose name fits.
import fnmatch
import os
import sys

import lib
import matrixclients
import matrixmore
import matrixpeers
from matrixlab import Lab, path

ALL = ["good", "expired", "notyet", "wrongname", "unknown", "selfsigned"]
FEW = ["good", "expired", "wrongname", "unknown"]
TWO = ["good", "wrongname"]
BAD = ["expired", "wrongname"]
# who takes what it should refuse: these look at no name, or at nothing (botan
# tls_client prints what is wrong and goes on)
TAKES = {"curl-k": ALL, "botan": ALL, "redis": ["wrongname"],
         "tcl": ["wrongname"], "lua": ["wrongname"], "pike": ["selfsigned"]}
# client: server, certificates with TLS 1.3, certificates with TLS 1.2;
# clients of the same library are asked only what could differ
PLAN = {
    "curl": ("nginx", ALL, ALL),
    "curl-k": ("nginx", BAD + ["selfsigned"], BAD + ["selfsigned"]),
    "s_client": ("s_server", ALL, ALL),
    "wget": ("nginx", ALL, ALL),
    "gnutls-cli": ("s_server", ALL, ALL),
    "python": ("s_server", ALL, ALL),
    "node": ("nginx", ALL, ALL),
    "java": ("s_server", ALL, ALL),
    "go": ("nginx-h2", ALL, ALL),
    "chromium": ("nginx-h2", ALL, ALL),
    "firefox": ("nginx-h2", ALL, ALL),
    "php": ("nginx", ALL, ALL),
    "perl": ("s_server", ALL, ALL),
    "ruby": ("s_server", ALL, ALL),
    "mbedtls": ("s_server", [], ALL),       # Debian's has no TLS 1.3
    "wolfssl": ("s_server", ALL, ALL),
    "rustls": ("s_server", ALL, ALL),
    "nss": ("s_server", ALL, ALL),
    "curl-gnutls": ("s_server", ALL, ALL),
    "curl-nss": ("s_server", ALL, ALL),
    "erlang": ("s_server", ALL, ALL),
    "deno": ("s_server", ALL, ALL),
    "bun": ("s_server", ALL, ALL),
    "node26": ("s_server", ALL, ALL),
    "wget2": ("s_server", ALL, ALL),
    "aria2": ("s_server", ALL, ALL),
    "lynx": ("s_server", ALL, ALL),
    "w3m": ("s_server", ALL, ALL),
    "botan": ("s_server", [], FEW),         # 2.19: no TLS 1.3
    "bearssl": ("s_server", [], ALL),       # none at all
    "pike": ("s_server", [], ALL),          # nor 8.0
    "haskell": ("s_server", ALL, ALL),
    "bouncycastle": ("s_server", ALL, ALL),
    "noncompat": ("s_server", ALL, []),
    "git": ("git", FEW, TWO),
    "libgit2": ("git", [], ALL),            # over Debian's mbedTLS
    "apt": ("nginx", FEW, TWO),
    "libsoup": ("s_server", FEW, TWO),
    "qt": ("nginx", FEW, TWO),
    "emacs": ("s_server", FEW, TWO),
    "tcl": ("nginx", FEW, TWO),
    "lua": ("s_server", FEW, TWO),
    "links": ("s_server", FEW, TWO),
    "socat": ("s_server", FEW, TWO),
    "ncat": ("s_server", FEW, TWO),
    "stunnel": ("s_server", FEW, TWO),
    "nginx": ("s_server", FEW, TWO),
    "haproxy": ("s_server", FEW, TWO),
    "workerd": ("s_server", FEW, TWO),
    "psql": ("own", FEW, TWO),
    "mariadb": ("own", FEW, TWO),
    "ldapsearch": ("own", FEW, TWO),
    "redis": ("own", FEW, TWO),
    "mosquitto": ("own", FEW, TWO),
    "msmtp": ("own", FEW, TWO),
    "kdig": ("own", FEW, TWO),
}
SAYS = {
    "good": "is good",
    "expired": "expired three days before",
    "notyet": "begins three days later",
    "wrongname": "is for shop.example.net and www.shop.example.net, and the "
                 "client asked for api.example.com",
    "unknown": "comes from an authority that the client does not know",
    "selfsigned": "is self-signed",
}
FINDING = {
    "good": [], "expired": ["cert.expired"],
    "notyet": ["cert.not_yet_valid"], "wrongname": ["name.mismatch"],
    "unknown": ["chain.untrusted"], "selfsigned": ["chain.self_signed"],
}


def server(lab, kind, cert, tls, client):
    if kind == "s_server":
        return lab.s(cert, tls, "-WWW")
    if kind == "git":
        return lab.s(cert, tls, "-HTTP")
    if kind == "own":
        protocol, port = matrixmore.SPEAKS[client]
        leaf = lab.certs[cert]
        return lab.server(
            "/usr/bin/python3", os.path.join(lib.HERE, "matrixserver.py"),
            protocol, str(port), leaf.chain, leaf.key, str(tls),
            path("secrets"), port=port)
    return lab.web(cert, tls, kind == "nginx-h2")


def findings(cert, tls, reaction):
    if tls == 13:       # nothing to see without keys but the refusal
        return ["client.rejected"] if reaction == "rejected" else []
    codes = list(FINDING[cert])
    if reaction == "accepted" and cert in BAD:
        codes.append("client.accepts_invalid")
    return codes


def on_the_wire(alerts):
    said = ["%s alert %d" % ("client's" if client else "server's", code)
            for sent in list(alerts.values())[:1]
            for client, level, code in sent]
    return ", ".join(said) or "no alert of the client that can be read"


def cases():
    """(name, client, server, certificate, version) of all that is asked for"""
    for client, (kind, tls13, tls12) in PLAN.items():
        for tls, certs in ((13, tls13), (12, tls12)):
            for cert in certs:
                name = "matrix-%s-%s-tls%d" % (client.replace("_", ""), cert,
                                               tls)
                if any(fnmatch.fnmatch(name, p)
                       for p in sys.argv[1:] or ["*"]):
                    yield name, client, kind, cert, tls


def one(lab, name, client, kind, cert, tls):
    # NSS wants keyEncipherment of an RSA certificate, which ours have not
    rsa = tls == 12 and client not in ("nss", "curl-nss")
    leaf = cert + ("-rsa" if rsa else "")
    port = matrixmore.SPEAKS.get(client, ("", 443))[1]
    with server(lab, kind, leaf, tls, client):
        with lab.record(name, "tcp port %d" % port) as rec:
            ok, code, why = matrixclients.fetch(lab, client)
    if ok != (cert == "good" or cert in TAKES.get(client, [])):
        print(name + ": NOT AS MEANT, status %s %s" % (code, why))
        return
    if os.path.getsize(rec.file) < 100:
        print(name + ": NOT AS MEANT, no packets, %s" % why)
        return
    reaction = rec.reaction(ok, tls, refused=not ok)
    http = {"nginx": "HTTP/1.1", "nginx-h2": "HTTP/2"}.get(kind, "")
    text = "Made by make/matrix.py: %s, %s %s.\n" % (
        matrixclients.version(client),
        lib.version("openssl" if kind == "s_server" else "nginx"),
        http or "s_server")
    text += "TLS 1.%d. The certificate %s. " % (tls - 10, SAYS[cert])
    text += ("The client got its answer and ended with status %d.\n" % code
             if ok else "The client refused and ended with status %d%s.\n" %
             (code, ', saying "%s"' % why if why else ""))
    text = text.replace("ended with status 124", "showed no page")
    text += "On the wire%s: %s." % (
        ", with the secrets of the run" if tls == 13 else "",
        on_the_wire(rec.alerts(tls == 13)))
    if cert == "good" and client in ("chromium", "firefox"):
        text += (" The browser opened a second connection ahead and did not "
                 "need it; expected-reaction is of the first.")
    rec.publish(text, reaction, findings(cert, tls, reaction))


def main():
    with Lab() as lab:
        os.makedirs(os.path.join(lib.WORK, "v1"))
        lib.write(os.path.join(lib.WORK, "v1/status"), '{"status":"ok"}\n')
        os.makedirs(os.path.join(lib.WORK, "repo/info"))
        lib.write(os.path.join(lib.WORK, matrixmore.REPO), matrixmore.REFS)
        wanted = {case[1] for case in cases()}
        for module in (matrixclients, matrixpeers, matrixmore):
            module.prepare(wanted)
        for case in cases():
            one(lab, *case)


main()
