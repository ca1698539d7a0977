#!/usr/bin/python3
# QUIC with HTTP/3, the secrets of the handshake kept: quic-*.  Chromium
# against caddy (quic-go), ngtcp2's client and server on GnuTLS; good, expired
# and wrong-name certificates, Retry, version 2 (its draft), a client
# certificate, HelloRetryRequest, the three suites.
import fnmatch
import os
import subprocess
import sys

import lib
import matrixclients
from lib import CLIENT4, SERVER4
from matrixlab import CERTIFICATE_ALERTS, Lab, NAME, path

BOTH = "udp port 443 or tcp port 443"
SAYS = {"good": "The certificate is good.",
        "good-rsa": "The certificate is good.",
        "expired": "The certificate expired three days before.",
        "expired-rsa": "The certificate expired three days before.",
        "wrongname": "The certificate is for shop.example.net.",
        "wrongname-rsa": "The certificate is for shop.example.net.",
        "selfsigned": "The certificate is self-signed.",
        "unknown": "The authority is unknown to the client."}
CODE = {"good": [], "expired": ["cert.expired"], "wrongname":
        ["name.mismatch"], "unknown": ["chain.untrusted"],
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
    argv = ["tshark", "-r", rec.file, "-d", "udp.port==443,quic", "-Y",
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


def one(lab, name, server, client, cert, says, codes=None):
    if not any(fnmatch.fnmatch(name, p) for p in sys.argv[1:] or ["*"]):
        return
    env = {"SSLKEYLOGFILE": path("secrets")}
    with server, lab.record(name, BOTH) as rec:
        code, out = lab.run(*client, env=env)
    got = '"status":"ok"' in out or (
        client[2] == "firefox-esr" and code == 0) or os.path.exists(path("home/status"))
    if os.path.exists(path("home/status")):
        os.unlink(path("home/status"))
    bare, opened = closes(rec, False), closes(rec, True)
    print(name, code, "got it" if got else "", bare, opened)
    said = any(client and c >= 0x100 for client, _, c in bare)
    refused = any(client and c - 0x100 in CERTIFICATE_ALERTS
                  for client, _, c in opened)
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
        one(lab, "quic-ngtcp2-chromium-expired", ngtcp2(lab, "expired"),
            chromium(), "expired", "Chromium against ngtcp2's server.")


main()
