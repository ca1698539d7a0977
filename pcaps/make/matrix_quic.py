#!/usr/bin/python3
# QUIC, the secrets of the handshake kept: quic-*.  HTTP/3: Chromium, Firefox
# and quic-go against caddy (quic-go), ngtcp2's client and server on GnuTLS;
# DNS over QUIC: kdig, quinn and quiche against knot (ngtcp2). Good and bad
# certificates, Retry, Version Negotiation, version 2 (its draft), a client
# certificate, HelloRetryRequest, the three suites, a close in an Initial.
# An argument, a glob, makes only the cases whose name fits.
import fnmatch
import os
import re
import subprocess
import sys

import lib
import matrixclients
import quicpeers
from lib import CLIENT4, SERVER4
from matrixlab import CERTIFICATE_ALERTS, Lab, NAME, path

BOTH = "udp port 443 or tcp port 443 or udp port 853"
GOT = re.compile(r'"status":"ok"|^192\.0\.2\.7$|IN\s+A\s+192\.0\.2\.7', re.M)
SAYS = {"good": "The certificate is good.",
        "good-rsa": "The certificate is good.",
        "expired": "The certificate expired three days before.",
        "expired-rsa": "The certificate expired three days before.",
        "notyet": "The certificate begins three days later.",
        "wrongname": "The certificate is for shop.example.net.",
        "wrongname-rsa": "The certificate is for shop.example.net.",
        "selfsigned": "The certificate is self-signed.",
        "unknown": "The authority is unknown to the client."}
CODE = {"good": [], "expired": ["cert.expired"], "notyet":
        ["cert.not_yet_valid"], "wrongname": ["name.mismatch"],
        "unknown": ["chain.untrusted"],
        "selfsigned": ["chain.self_signed"]}


def caddy(lab, cert):
    leaf = lab.certs[cert]
    lib.write(path("Caddyfile"), """
{
	admin off
	auto_https off
	default_bind 0.0.0.0
	servers {
		protocols h1 h2 h3
	}
}
:443 {
	tls %s %s
	respond "{\\"status\\":\\"ok\\"}"
}
""" % (leaf.chain, leaf.key))
    return lab.server("caddy", "run", "--adapter", "caddyfile", "--config",
                      path("Caddyfile"), udp=True,
                      env={"HOME": path("home"), "XDG_DATA_HOME":
                           path("home"), "XDG_CONFIG_HOME": path("home")})


def ngtcp2(lab, cert, *more):
    leaf = lab.certs[cert]
    return lab.server("gtlsserver", "-q", "-d", path("www"),
                      "--max-gso-dgrams=1", "--no-pmtud", *more, SERVER4,
                      "443", leaf.key, leaf.chain, udp=True)


def gtlsclient(*more):
    return ["gtlsclient", "-q", "--no-pmtud", "--exit-on-all-streams-close",
            "--download=" + path("home"), *more, NAME, "443",
            matrixclients.URL]


def chromium():
    return matrixclients.chromium(
        "--enable-quic", "--origin-to-force-quic-on=%s:443" % NAME)


def closes(rec, keys):
    """[(from the client?, packet types, code)] of the CONNECTION_CLOSEs."""
    argv = ["tshark", "-r", rec.file, "-d", "udp.port==443,quic", "-d",
            "udp.port==853,quic", "-Y",
            "quic.frame_type==28 || quic.frame_type==29", "-T", "fields"]
    if keys:
        argv += ["-o", "tls.keylog_file:" + rec.keys]
    for field in ("ip.src", "quic.long.packet_type", "quic.cc.error_code"):
        argv += ["-e", field]
    text = subprocess.run(argv, capture_output=True, text=True).stdout
    found = []
    for line in text.splitlines():
        src, kinds, code = (line.split("\t") + ["", ""])[:3]
        for one in code.split(","):
            if one:
                found.append((src == CLIENT4, kinds, int(one, 0)))
    return found


def one(lab, name, server, client, cert, says, codes=None, meant=None):
    """meant: whether the client shall get an answer; None: whatever comes"""
    if not any(fnmatch.fnmatch(name, p) for p in sys.argv[1:] or ["*"]):
        return
    env = {"SSLKEYLOGFILE": path("secrets")}
    with server, lab.record(name, BOTH) as rec:
        code, out = lab.run(*client, env=env)
    got = GOT.search(out) or os.path.exists(path("home/status")) or (
        "firefox-esr" in client and code == 0)
    if os.path.exists(path("home/status")):
        os.unlink(path("home/status"))
    bare, opened = closes(rec, False), closes(rec, True)
    print(name, code, "got it" if got else "", bare, opened)
    said = any(client and c >= 0x100 for client, _, c in bare)
    refused = any(client and c - 0x100 in CERTIFICATE_ALERTS
                  for client, _, c in opened)
    if meant is not None and bool(got) != meant:
        print(name + ": NOT AS MEANT", out[-400:])
        return
    if got:
        reaction = "accepted"
    elif refused:
        reaction = "rejected"
    else:
        reaction = "abandoned"
    kind = cert.removesuffix("-rsa")
    text = "Made by make/matrix_quic.py.\n%s %s The client %s (status %d). " % (
        says, SAYS[cert], "got its answer" if got else "refused", code)
    if refused:
        text += "Its CONNECTION_CLOSE has TLS alert %d, %s." % (
            [c - 0x100 for cl, _, c in opened if cl][0], "readable without "
            "keys" if said else "in a Handshake packet, so that without "
            "keys nothing tells it")
    text = text.replace("refused (status 124)", "refused and showed no page")
    if "-trap-" in name:
        text = text.replace("The client refused", "The client closed")
    tcp = "firefox" in name and not got
    if tcp:
        text += (" It tries again, and over TCP, where its encrypted alert "
                 "tells by its size.")
    if codes is None:
        codes = list(CODE[kind])
    if got and codes:
        codes.append("client.accepts_invalid")
    rec.publish(text, reaction, ["client.rejected"] if refused and
                (said or tcp) else [], codes, limit=40000)


def peers(lab):
    """Clients and servers of quicpeers.py."""
    quicpeers.prepare()
    for cert in ("good", "expired", "notyet", "wrongname", "unknown"):
        good = cert == "good"
        one(lab, "quic-go-" + cert, caddy(lab, cert), quicpeers.quic_go(),
            cert, "quic-go 0.29's client (HTTP/3) against caddy 2.6.",
            meant=good)
        for client, argv, says in (
                ("kdig", quicpeers.kdig(), "kdig 3.2.6 (ngtcp2, GnuTLS)"),
                ("quinn", quicpeers.quinn(), "deno's quinn (rustls)"),
                ("quiche", quicpeers.quiche(), "quiche (BoringSSL)")):
            if good and client == "quiche":     # knot ignores its late FIN
                continue
            one(lab, "quic-%s-%s" % (client, cert), quicpeers.knot(
                lab, cert), argv, cert, says + " asks knot 3.2.6 by DNS over "
                "QUIC, port 853.", meant=good)
            lab.tap_ns = lab.server_ns
    small = "a small server on quiche, which sends a Retry"
    one(lab, "quic-quiche-good", quicpeers.quiche_server(lab, "good"),
        quicpeers.quiche(), "good", "quiche on both sides: " + small + ".",
        meant=True)
    one(lab, "quic-go-negotiation", quicpeers.quiche_server(lab, "good"),
        quicpeers.quic_go("draft29,v1", NAME), "good", "quic-go begins with "
        "draft 29 at %s, is answered with Version Negotiation, and begins "
        "again with version 1." % small, meant=True)
    for wait in ("0s", "1s"):
        one(lab, "quic-trap-closes-" + wait, quicpeers.quiche_server(
            lab, "good"), quicpeers.quic_go("v1", NAME, wait), "good",
            "A health check: quic-go makes the handshake with a small server "
            "on quiche and closes %s later, without a stream." % wait,
            meant=False)
    one(lab, "quic-go-v2draft-good", caddy(lab, "good"), quicpeers.quic_go(
        "v2draft"), "good", "quic-go on both sides, the last draft's version "
        "2, 0x709a50c4.", meant=True)


def main():
    with Lab() as lab:
        matrixclients.prepare()
        browser = "Chromium, HTTP/3 forced, against caddy 2.6 (quic-go)."
        for cert in ("good", "expired", "wrongname", "unknown", "good-rsa"):
            one(lab, "quic-chromium-" + cert, caddy(lab, cert), chromium(),
                cert, browser)
        for cert in ("good", "expired", "wrongname", "selfsigned"):
            one(lab, "quic-firefox-" + cert, caddy(lab, cert),
                matrixclients.firefox(http3=True), cert, "Firefox, told that "
                "the name speaks HTTP/3, against caddy 2.6 (quic-go).")
        mine = "ngtcp2 0.12 with GnuTLS on both sides."
        for cert in ("good", "expired", "wrongname", "expired-rsa"):
            one(lab, "quic-ngtcp2-" + cert, ngtcp2(lab, cert), gtlsclient(),
                cert, mine)
        one(lab, "quic-ngtcp2-retry", ngtcp2(lab, "good", "-V"),
            gtlsclient(), "good", mine + " The server validates the address "
            "with a Retry.")
        one(lab, "quic-ngtcp2-v2draft-expired", ngtcp2(
            lab, "expired", "--preferred-versions=v2draft"), gtlsclient(
                "--other-versions=v2draft,v1"), "expired", mine +
            " Version 1 is changed to the last draft's version 2, 0x709a50c4 "
            "(not RFC 9369's number and keys).", codes=[])
        one(lab, "quic-ngtcp2-clientcert", ngtcp2(
            lab, "good", "--verify-client"), gtlsclient(
                "--cert=" + lab.certs["client"].cert,
                "--key=" + lab.certs["client"].key), "good", mine +
            " The client shows a certificate.")
        one(lab, "quic-ngtcp2-chacha20", ngtcp2(lab, "good"), gtlsclient(
            "--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:"
            "+CHACHA20-POLY1305"), "good", mine + " ChaCha20-Poly1305.")
        one(lab, "quic-ngtcp2-aes256", ngtcp2(lab, "good"), gtlsclient(
            "--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:"
            "+AES-256-GCM"), "good", mine + " AES-256-GCM with SHA-384.")
        one(lab, "quic-ngtcp2-hrr", ngtcp2(
            lab, "good", "--groups=-GROUP-ALL:+GROUP-SECP521R1"),
            gtlsclient(), "good", mine + " HelloRetryRequest.")
        peers(lab)
        one(lab, "quic-ngtcp2-chromium-expired", ngtcp2(lab, "expired"),
            chromium(), "expired", "Chromium against ngtcp2's server.")


main()
