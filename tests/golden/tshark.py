#!/usr/bin/env python3
"""The certificates that keys open are those that tshark opens.

tshark.py WIRECERT PCAPS [CORPUS [EVERY]]

Every n-th case of PCAPS with a keys.log (and capture of CORPUS/pcap with its
log in CORPUS/keylogs) is read by both; the SHA-256 of all leaves must be the
same set, but for what BEYOND says that tshark cannot open. Skipped where there is no tshark: it is no part of CI, whose golden
events hold the same certificates.
"""
import concurrent.futures
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run  # noqa: E402
from tap import Tap  # noqa: E402

QUIC = [a for port in (443, 853, 4433) for a in
        ("-d", "udp.port==%d,quic" % port)]
# (capture, why tshark 4.0 has no certificate of it)
BEYOND = (
    ("ech-", "the inner random of Encrypted Client Hello"),
    ("quic-go-v2draft", "QUIC version 0x709a50c4"),
    ("quic-ngtcp2-v2draft", "QUIC version 0x709a50c4"),
    ("quic-quiche-good", "a connection behind a Retry of quiche"),
    ("quic-go-negotiation", "such a Retry, and Version Negotiation"),
    ("keys-compressed-zlib", "it decompresses brotli only"),
    ("keys-compressed-zstd", "it decompresses brotli only"),
)
# tshark reads certificates out of 16 MiB, wirecert no message of that length
REFUSED = ("keys-compressed-brotli-bomb",)


def theirs(capture, log):
    """Leaves by tshark: the first certificate of each frame that has some."""
    out = subprocess.run(
        ["tshark", "-n", "-r", capture, *QUIC, "-o", "tls.keylog_file:" + log,
         "-Y", "tls.handshake.certificate", "-T", "fields", "-E",
         "occurrence=f", "-e", "tls.handshake.certificate"],
        capture_output=True, text=True, timeout=120).stdout
    return {hashlib.sha256(bytes.fromhex(line.replace(":", ""))).hexdigest()
            .upper() for line in out.split()}


def ours(exe, capture, log):
    with tempfile.NamedTemporaryFile() as copy:  # that only we can read
        with open(log, "rb") as f:
            copy.write(f.read())
        copy.flush()
        out = subprocess.run([exe, "-r", capture, "-k", copy.name, "-t",
                              "none", "-f", "ecs", "-e", "handshake"],
                             capture_output=True, text=True, timeout=120)
    found = set()
    for line in out.stdout.splitlines():
        tls = json.loads(line).get("tls", {})
        for side in ("server", "client"):
            found.add(tls.get(side, {}).get("hash", {}).get("sha256"))
    return found - {None}


def pairs(pcaps, corpus):
    """(name, capture, key log)"""
    for case in run.cases(pcaps):
        log = os.path.join(pcaps, case, "keys.log")
        if os.path.exists(log):
            yield case, run.capture_of(os.path.join(pcaps, case)), log
    logs = os.path.join(corpus or "", "keylogs")
    for folder, _, names in sorted(os.walk(logs) if corpus else []):
        for name in sorted(names):
            log = os.path.join(folder, name)
            stem = os.path.splitext(os.path.relpath(log, logs))[0]
            capture = os.path.join(corpus, "pcap", stem)
            if os.path.exists(capture):
                yield stem, capture, log


def compare(exe, pair):
    name, capture, log = pair
    a, b = ours(exe, capture, log), theirs(capture, log)
    beyond = [why for start, why in BEYOND if name.startswith(start)]
    wrong = ["only tshark: " + h for h in sorted(b - a)
             if not name.startswith(REFUSED)]
    if not beyond:
        wrong += ["only wirecert: " + h for h in sorted(a - b)]
    said = "%d the same" % len(a & b)
    if a - b and beyond:
        said += ", %d beyond tshark: %s" % (len(a - b), beyond[0])
    return name, said, wrong


def main():
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    tap = Tap()
    if not shutil.which("tshark"):
        tap.skip("certificates that keys open", "no tshark here")
        return tap.end()
    every = int(sys.argv[4]) if sys.argv[4:] else 1
    todo = list(pairs(sys.argv[2], sys.argv[3] if sys.argv[3:] else None))
    todo = todo[::every]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, said, wrong in pool.map(
                lambda p: compare(sys.argv[1], p), todo):
            tap.case(not wrong, "%s: %s" % (name, said), wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
