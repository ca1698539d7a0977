#!/usr/bin/env python3
"""Losing a packet may cost knowledge, never give a wrong verdict.

drop.py WIRECERT PCAPS [EVERY [MOST]]: every n-th case, without one of its
packets (at most MOST of them, spread evenly; 0 is all): what is still told has
to be what the whole capture tells.
drop.py --files WIRECERT FOLDER [EVERY [MOST]]: the same for every n-th file of
a folder and below, connection by connection.
"""
import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import packets as pk

MOST = 14
# of a connection so many packets are looked at: the handshake is over by then
LONGEST = 250

# a verdict: once told, it has to be the whole capture's
VERDICTS = [
    "network.protocol", "tls.version", "tls.cipher", "tls.curve",
    "tls.next_protocol", "tls.resumed", "tls.established",
    "tls.client.server_name", "tls.client.ja3", "tls.client.hash.sha256",
    "tls.server.hash.sha256", "tls.server.not_after", "wirecert.ja4",
    "wirecert.chain_length", "wirecert.chain_sha256", "wirecert.ech",
    "wirecert.absent_because", "wirecert.name.match",
    "wirecert.name.matched_value", "wirecert.name.closest",
    "wirecert.name.reason", "wirecert.name.reference",
    "wirecert.reaction.verdict", "wirecert.reaction.evidence",
    "wirecert.reaction.confidence", "wirecert.alert.from",
    "wirecert.alert.level", "wirecert.alert.code", "wirecert.gateway.name",
]
# "we do not know" is no verdict, nor is what nothing proves
OPEN = {"wirecert.reaction.verdict": {"unknown"},
        "tls.established": {False}, "wirecert.ech": {"offered"}}
# a code that says that something was not seen, and so needs a loss
# (client.rejected, clientcert.refused: the certificate that explains it is
# lost, or the DNS answer; chain.untrusted: the handshake that had the missing
# intermediate is; handshake.refused: the one that shows that names decide)
OF_LOSS = {"client.rejected", "clientcert.refused", "handshake.refused",
           "chain.untrusted"}
# news: the first handshake that can tells it, or the old one was not seen
NEWS = {"cert.changed"}
# what only means something beside another: (value, whose value it was)
# (an Encrypted ClientHello that nothing confirms has told its outer name only)
OF_ANOTHER = {"wirecert.name.matched_value": "wirecert.name.reference",
              "wirecert.name.reference": "wirecert.ech",
              "tls.client.server_name": "wirecert.ech"}


# cases and files of the corpus that are exempt, and why
EXEMPT = {
    "peace-portal-device": "from the fifth name on its certificate is one that "
    "answers for everything: with a name lost, the fifth is the fourth",
    "ossfuzz_seed_fake_traces_1.pcapng": "a byte of the hello comes twice and "
    "differs: the first copy wins, and without it the second",
    "quic-go-negotiation": "its first version is negotiated away: where the "
    "second attempt's hello is lost, the first one's fingerprint is told",
    "pppoe-over-qinq.pcap": "a segment of zeros stands in one direction: the "
    "whole cannot prove that the handshake was completed, without it it can",
    "tls12-lying-record": "the whole ends at the lying length; where that is "
    "not known to be a record's start, the true records behind it are found",
}


def ends(e):
    return tuple(pk.get(e, k) for k in ("source.ip", "source.port",
                                        "destination.ip", "destination.port"))


def is_open(key, value):
    return any(value is v or value == v and not isinstance(value, bool)
               for v in OPEN.get(key, ()))


def told(e):
    # the outer name of an offer of ECH is told as such, and proves nothing
    outer = {"tls.client.server_name"} \
        if pk.get(e, "wirecert.ech") == "offered" else ()
    return {k: pk.get(e, k) for k in VERDICTS if pk.get(e, k) is not None
            and not is_open(k, pk.get(e, k)) and k not in outer}


def codes(e):
    return set(pk.get(e, "wirecert.findings", []))


def invented(part, whole):
    """Codes of the part alone; one of loss stands for one that is lost."""
    p, w = codes(part) - NEWS, codes(whole)
    return p - w - (OF_LOSS if w - p else set())


def handshakes(events):
    return [e for e in events if e["event"]["dataset"] == "wirecert.handshake"]


def same(part, whole, key):
    return not key or pk.get(part, key) == pk.get(whole, key)


def wrong_of(part, whole):
    """What a handshake of the part says that no whole one says."""
    best = None
    for w in whole:
        if {ends(w), ends(w)[2:] + ends(w)[:2]} & {ends(part)}:
            bad = ["%s is %r, whole %r" % (k, v, pk.get(w, k))
                   for k, v in told(part).items() if v != pk.get(w, k)
                   and same(part, w, OF_ANOTHER.get(k))]
            bad += ["finding %s" % c for c in invented(part, w)]
            if best is None or len(bad) < len(best):
                best = bad
    return ["a handshake that is not there"] if best is None else best


def lose(exe, folder, capture, most):
    """What is wrong without one of the packets, for most of them."""
    num = len(capture.packets)
    whole = handshakes(pk.events(exe, folder,
                                 capture.bytes_of(capture.packets)))
    out, tries = [], min(num, most or num)
    for k in range(tries if whole else 0):
        i = k * num // tries
        part = capture.bytes_of(capture.packets[:i] + capture.packets[i + 1:])
        try:
            for e in handshakes(pk.events(exe, folder, part)):
                out += ["without packet %d: %s" % (i + 1, w)
                        for w in wrong_of(e, whole)]
        except RuntimeError as e:
            out.append("without packet %d: %s" % (i + 1, e))
    return out


def check(exe, folder, most):
    capture = pk.read(os.path.join(folder, "capture.pcap"))
    if not capture or len(capture.packets) < 2 or \
            os.path.basename(folder) in EXEMPT:
        return None
    return lose(exe, folder, capture, most)


def check_file(exe, path, most):
    """Connection by connection: what one lost says nothing of others."""
    capture = pk.read(path)
    if not capture or os.path.basename(path) in EXEMPT:
        return None
    out = []
    for key, packets in pk.connections(capture).items():
        one = capture._replace(packets=packets[:LONGEST])
        out += ["%s: %s" % (name_of(key), w)
                for w in lose(exe, os.path.dirname(path), one, most)]
    return out


def name_of(key):
    if not key:
        return "others"
    return "%d-%d" % tuple(int.from_bytes(end[1], "big") for end in key[1:])


def files_of(folder):
    return sorted(os.path.relpath(os.path.join(d, f), folder)
                  for d, _, names in os.walk(folder) for f in names)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--files", action="store_true")
    ap.add_argument("exe")
    ap.add_argument("folder")
    ap.add_argument("every", type=int, nargs="?", default=1)
    ap.add_argument("most", type=int, nargs="?", default=MOST)
    a = ap.parse_args()
    tap = pk.Tap()
    if a.files and not os.path.isdir(a.folder):
        tap.skip(a.folder, "not there")
        return tap.end()
    names = files_of(a.folder)[::a.every] if a.files \
        else pk.cases(a.folder, a.every)
    look = check_file if a.files else check
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda c: look(a.exe, os.path.join(a.folder, c),
                                          a.most), names)
        for case, wrong in zip(names, results):
            if wrong is None:
                tap.skip(case, EXEMPT.get(os.path.basename(case),
                                          "nothing to drop"))
            else:
                tap.case(not wrong, case, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
