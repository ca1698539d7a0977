#!/usr/bin/env python3
"""Losing a packet may cost knowledge, never give a wrong verdict.

drop.py WIRECERT PCAPS [EVERY]: every n-th capture, without one of its packets
(at most MOST of them, spread evenly): what is still told has to be what the
whole capture tells.
"""
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import packets as pk

MOST = 14

# a verdict: once told, it has to be the whole capture's
VERDICTS = [
    "tls.version", "tls.cipher", "tls.client.server_name",
    "tls.server.hash.sha256", "wirecert.name.match",
    "wirecert.name.matched_value", "wirecert.name.reason",
    "wirecert.reaction.verdict", "wirecert.alert.code", "tls.client.ja3",
    "wirecert.ja4", "tls.next_protocol", "wirecert.gateway.name",
]
# "we do not know" is no verdict
OPEN = {"wirecert.reaction.verdict": {"unknown"}}
# a code that says that something was not seen, and so needs a loss
# (client.rejected, clientcert.refused: the certificate that explains it is
# lost, or the DNS answer; dns.misrouted: the certificate that shows it is;
# chain.untrusted: the handshake that had the missing intermediate is)
OF_LOSS = {"client.rejected", "clientcert.refused", "dns.misrouted",
           "chain.untrusted"}


def ends(e):
    return tuple(pk.get(e, k) for k in ("source.ip", "source.port",
                                        "destination.ip", "destination.port"))


def told(e):
    return {k: pk.get(e, k) for k in VERDICTS if pk.get(e, k) is not None
            and pk.get(e, k) not in OPEN.get(k, ())}


def codes(e):
    return set(pk.get(e, "wirecert.findings", []))


def invented(part, whole):
    """Codes of the part alone; one of loss stands for one that is lost."""
    p, w = codes(part), codes(whole)
    return p - w - (OF_LOSS if w - p else set())


def handshakes(events):
    return [e for e in events if e["event"]["dataset"] == "wirecert.handshake"]


def wrong_of(part, whole):
    """What a handshake of the part says that no whole one says."""
    best = None
    for w in whole:
        if {ends(w), ends(w)[2:] + ends(w)[:2]} & {ends(part)}:
            bad = ["%s is %r, whole %r" % (k, v, pk.get(w, k))
                   for k, v in told(part).items() if v != pk.get(w, k)]
            bad += ["finding %s" % c for c in invented(part, w)]
            if best is None or len(bad) < len(best):
                best = bad
    return ["a handshake that is not there"] if best is None else best


def check(exe, folder):
    capture = pk.read(os.path.join(folder, "capture.pcap"))
    if not capture or len(capture.packets) < 2:
        return None
    num = len(capture.packets)
    whole = handshakes(pk.events(exe, folder,
                                 capture.bytes_of(capture.packets)))
    out = []
    for k in range(min(num, MOST)):
        i = k * num // min(num, MOST)
        part = capture.bytes_of(capture.packets[:i] + capture.packets[i + 1:])
        try:
            for e in handshakes(pk.events(exe, folder, part)):
                out += ["without packet %d: %s" % (i + 1, w)
                        for w in wrong_of(e, whole)]
        except RuntimeError as e:
            out.append("without packet %d: %s" % (i + 1, e))
    return out


def main():
    exe, pcaps = sys.argv[1:3]
    names = pk.cases(pcaps, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    tap = pk.Tap()
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda c: check(exe, os.path.join(pcaps, c)),
                           names)
        for case, wrong in zip(names, results):
            if wrong is None:
                tap.skip(case, "nothing to drop")
            else:
                tap.case(not wrong, case, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
