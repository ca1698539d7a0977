#!/usr/bin/python3
# QUIC version 2 (RFC 9369), the secrets of the handshake kept: quic-v2-*.
# Chromium begins with it; Firefox and ngtcp2's client begin with version 1 and
# offer it, and the server changes the version (RFC 9368 2.3): the keys of its
# Initial packets change too. Debian's ngtcp2 knows the last draft of version 2
# only, so the servers are copies of it with the RFC's number, salt and keys of
# Retry put in: that browsers finish their handshakes with them proves it right.
# An argument, a glob, makes only the cases whose name fits.
import fnmatch
import os
import re
import subprocess
import sys

import lib
import matrixclients
from lib import CLIENT4, SERVER4
from matrixlab import CERTIFICATE_ALERTS, Lab, NAME, path

FOLDER = path("rfc9369")
PROGRAMS = ("/usr/sbin/gtlsserver", "/usr/bin/gtlsclient",
            "/usr/lib/x86_64-linux-gnu/libngtcp2.so.9",
            "/usr/lib/x86_64-linux-gnu/libngtcp2_crypto_gnutls.so.2")
# what the drafts have, and RFC 9369 3.1, 3.3.1, 3.3.3 and RFC 9368 3
CONSTANTS = (
    ("c4509a70", "cf43336b"),       # the number, as amd64 has it in code
    ("a707c203a59b47184a1d62ca570406ea7ae3e5d3",
     "0dede3def700a6db819381be6e269dcbf9bd2ed9"),
    ("ba858dc7b43de5dbf87617ff4ab253db", "8fb4b01b56ac48e260fbcbcead7ccc92"),
    ("141b99c239b03e785d6a2e9f", "d86969bc2d7c6d9990efb04a"),
    # the transport parameter, and the largest that is looked for in a table
    ("db73ff00", "11000000"), ("4883f8200f87ca050000", "4883f8100f87ca050000"),
)
SAYS = {"good": "is good", "expired": "expired three days before"}
USE = {"LD_LIBRARY_PATH": FOLDER}


def prepare():
    os.makedirs(FOLDER)
    for program in PROGRAMS:
        with open(program, "rb") as file:
            code = file.read()
        for draft, rfc in CONSTANTS:
            print(os.path.basename(program), draft,
                  code.count(bytes.fromhex(draft)))
            code = code.replace(bytes.fromhex(draft), bytes.fromhex(rfc))
        target = os.path.join(FOLDER, os.path.basename(program))
        os.chmod(lib.write(target, code), 0o755)


def server(lab, cert, *more):
    leaf = lab.certs[cert]
    return lab.server(
        FOLDER + "/gtlsserver", "-q", "-d", path("www"), "--max-gso-dgrams=1",
        "--no-pmtud", "--preferred-versions=v2draft,v1", *more, SERVER4,
        "443", leaf.key, leaf.chain, udp=True, env=USE)


def gtlsclient(*more):
    return [FOLDER + "/gtlsclient", "-q", "--no-pmtud",
            "--exit-on-all-streams-close", "--download=" + path("home"),
            "--other-versions=v2draft,v1", "--delay-stream=200ms", *more, NAME, "443",
            matrixclients.URL]


def chromium():
    return matrixclients.chromium(
        "--enable-quic", "--origin-to-force-quic-on=%s:443" % NAME,
        "--quic-version=RFCv2")


def firefox():
    argv = matrixclients.firefox(http3=True)
    with open(path("firefox-run/user.js"), "a") as prefs:
        prefs.write('user_pref("network.http.http3.version_negotiation.'
                    'enabled", true);\n')
    return argv


def tshark(rec, *argv):
    return subprocess.run(
        ["tshark", "-r", rec.file, "-d", "udp.port==443,quic", "-o",
         "tls.keylog_file:" + rec.keys, "-T", "fields", *argv],
        capture_output=True, text=True).stdout


def versions(rec):
    """The versions on the wire, in their order."""
    found = []
    for line in tshark(rec, "-e", "quic.version").split():
        found += [int(v, 0) for v in line.split(",")]
    return list(dict.fromkeys(found))


def refused(rec):
    text = tshark(rec, "-e", "ip.src", "-e", "quic.cc.error_code")
    return any(int(code, 0) - 0x100 in CERTIFICATE_ALERTS for src, code in
               re.findall(r"(\S+)\t(\w+)", text) if src == CLIENT4)


def one(lab, name, client, cert, says, *more):
    if not any(fnmatch.fnmatch(name, p) for p in sys.argv[1:] or ["*"]):
        return
    page = path("home/status")
    env = dict(USE, **matrixclients.KEYLOG) if "ngtcp2" in name else \
        matrixclients.KEYLOG
    with server(lab, cert, *more), lab.record(name, "udp port 443") as rec:
        code, out = lab.run(*client, env=env)
    got = '"status":"ok"' in out or os.path.exists(page) or (
        "firefox" in name and code == 0)
    if os.path.exists(page):
        os.unlink(page)
    seen = versions(rec)
    print(name, code, "got it" if got else "", ["%#x" % v for v in seen])
    if 0x6b3343cf not in seen or got != (cert == "good" or "ngtcp2" in name):
        print(name + ": NOT AS MEANT", out[-400:])
        return
    text = "Made by make/matrix_quicv2.py.\n%s The certificate %s. " % (
        says, SAYS[cert])
    text += "The client %s (status %d)." % (
        "got its answer" if got else "refused", code)
    codes = ["cert.expired"] if cert == "expired" else []
    if got and codes:
        codes.append("client.accepts_invalid")
    rec.publish(text.replace("refused (status 124)", "refused and showed no "
                             "page"), "accepted" if got else "rejected" if
                refused(rec) else "abandoned", [], codes, limit=40000)


def main():
    with Lab() as lab:
        matrixclients.prepare()
        prepare()
        for cert in ("good", "expired"):
            one(lab, "quic-v2-chromium-" + cert, chromium(), cert,
                "Chromium, told to speak version 2, against ngtcp2.")
            one(lab, "quic-v2-firefox-" + cert, firefox(), cert, "Firefox "
                "begins with version 1 and offers 2, which ngtcp2's server "
                "takes.")
            one(lab, "quic-v2-ngtcp2-" + cert, gtlsclient(), cert, "ngtcp2 "
                "on both sides, from version 1 to 2; this client does not "
                "verify.")
        one(lab, "quic-v2-ngtcp2-retry-expired", gtlsclient(), "expired",
            "ngtcp2 on both sides: a Retry of version 1, then version 1, "
            "then 2; this client does not verify.", "-V")
        one(lab, "quic-v2-chromium-retry-good", chromium(), "good",
            "Chromium, told to speak version 2; ngtcp2's server sends a "
            "Retry of it.", "-V")


main()
