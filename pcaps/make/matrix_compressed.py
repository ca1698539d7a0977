#!/usr/bin/python3
# Compressed certificates (RFC 8879), which need TLS 1.3 and thus the keys:
# keys-compressed-*. The server is tls13server.py; the clients are Chromium,
# which offers brotli, and Firefox, which offers zlib, brotli and zstd. An
# argument, a glob, makes only the cases whose name fits.
import fnmatch
import os
import sys

import lib
import matrixclients
from matrixlab import Lab, path

SERVER = os.path.join(lib.HERE, "tls13server.py")
FAULTS = {
    "long": "The message declares 100 bytes more than come out.",
    "short": "The message declares 100 bytes less than come out.",
    "tail": "There are bytes behind the compressed stream.",
    "bomb": "The message declares 16 MiB, and zeros of that length come out.",
    "hidden-bomb": "The message declares its certificates' length, and 16 "
    "MiB come out.",
}


def clients():
    yield "chromium", ("brotli",), matrixclients.chromium("--disable-quic")
    yield "chromium-k", ("brotli",), matrixclients.chromium(
        "--disable-quic", "--ignore-certificate-errors")
    yield "firefox", ("zlib", "brotli", "zstd"), matrixclients.firefox()


def play(lab, name, argv, cert, how, *fault):
    """One case: the words of the server tell whether it saw a Finished."""
    if not any(fnmatch.fnmatch(name, p) for p in sys.argv[1:] or ["*"]):
        return
    leaf, firefox = lab.certs[cert], "firefox" in name
    ignored = "-k-" in name
    with lab.server("/usr/bin/python3", SERVER, leaf.key, leaf.chain, how,
                    *fault) as server:
        with lab.record(name) as rec:
            code, out = lab.run(*argv, env=matrixclients.KEYLOG)
        words = open(server.log).read().split("\n")
    got = code == 0 if firefox else '"status":"ok"' in out
    print(name, code, "got it" if got else "", words)
    if got != (not fault and (ignored or cert == "good")):
        print(name + ": NOT AS MEANT", out[-500:])
        return
    text = "Made by make/matrix_compressed.py: %s, make/tls13server.py.\n" % (
        lib.version("firefox-esr" if firefox else "chromium"))
    text += "TLS 1.3. The certificate %s, and its message is %s. " % (
        "is good" if cert == "good" else "expired three days before",
        "not compressed" if how == "none" else "compressed with " + how)
    text += " ".join(FAULTS[f] for f in fault)
    text += (" The client got its answer%s." % (
        ", told to ignore errors of certificates" if ignored else "")
        if got else " The client refused%s." % (
            " the message" if fault else " the certificate"))
    codes = ["cert.expired"] if cert == "expired" and not fault else []
    if got and codes:
        codes.append("client.accepts_invalid")
    reaction = rec.reaction(got, 13)
    refused = ["client.rejected"] if reaction == "rejected" else []
    rec.publish(text, reaction, refused, codes or refused)


def main():
    with Lab() as lab:
        matrixclients.prepare()
        for client, offered, argv in clients():
            for how in ("none", *offered):
                play(lab, "keys-compressed-%s-%s-expired-tls13" % (
                    how, client), argv, "expired", how)
        firefox = matrixclients.firefox()
        play(lab, "keys-compressed-zstd-firefox-good-tls13", firefox, "good",
             "zstd")
        for how, fault in (("zlib", "short"), ("brotli", "long"),
                           ("zstd", "tail"), ("brotli", "bomb"),
                           ("zstd", "hidden-bomb")):
            play(lab, "keys-compressed-%s-%s-tls13" % (how, fault),
                 matrixclients.firefox(), "expired", how, fault)


main()
