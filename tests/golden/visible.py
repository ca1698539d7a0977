#!/usr/bin/env python3
"""No handshake is passed over in silence: it shows the server's certificate, or
says why there is none (absent_because) or why it cannot be read
(hidden_because), and just one of the three, as wirecert.visibility says.

visible.py WIRECERT PCAPS [CORPUS]   every capture of both, without keys and,
                                     where there are some, with them
And the names that hid most are listed by the last status event, with the
numbers that the handshake events give.
"""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run  # noqa: E402
import tshark  # noqa: E402
from tap import Tap  # noqa: E402

MOST = 16       # LIMIT_STATUS_NAMES
PREFIXES = ("sealed-", "trap-", "dns-", "quic-", "peace-", "tls13-")
SHOWN = {"cleartext": "certificate", "decrypted": "certificate",
         "absent": "absent_because", "hidden": "hidden_because"}


def captures(pcaps, corpus):
    """(name, capture, key log or None)"""
    for case in run.cases(pcaps, matrix=10):
        yield case, run.capture_of(os.path.join(pcaps, case)), None
    root = os.path.join(corpus or "", "pcap")
    for folder, _, names in sorted(os.walk(root) if corpus else []):
        for name in sorted(names):
            path = os.path.join(folder, name)
            yield os.path.relpath(path, root), path, None
    for name, capture, log in tshark.pairs(pcaps, corpus):
        yield name + " with keys", capture, log


def reasons(event):
    """What the event says of the server's certificate."""
    wirecert = event["wirecert"]
    out = [k for k in ("absent_because", "hidden_because") if k in wirecert]
    if "sha256" in event.get("tls", {}).get("server", {}).get("hash", {}):
        # a resumed session repeats the certificate of its first handshake
        if "carried_from" not in wirecert:
            out.append("certificate")
    return out


def replay(exe, capture, log):
    with tempfile.NamedTemporaryFile() as copy:  # that only we can read
        keys = []
        if log:
            with open(log, "rb") as f:
                copy.write(f.read())
            copy.flush()
            keys = ["-k", copy.name]
        done = subprocess.run([exe, "-r", capture, *keys, "-t", "none", "-f",
                               "ecs", "-e", "handshake"],
                              capture_output=True, text=True, timeout=120)
    return [json.loads(line) for line in done.stdout.splitlines()]


def look(exe, item):
    """(name, {visibility and why: number}, what is wrong)"""
    name, capture, log = item
    seen, wrong = collections.Counter(), []
    for event in replay(exe, capture, log):
        said = reasons(event)
        visibility = event["wirecert"].get("visibility")
        if said != [SHOWN.get(visibility)]:
            wrong.append("%s: %s, %s" % (event["@timestamp"], visibility,
                                         said))
        seen[" ".join([str(visibility)] + [
            event["wirecert"][r] for r in said if r != "certificate"])] += 1
    return name, seen, wrong


def listed(events):
    """hidden_names as the handshake events have it."""
    names = collections.defaultdict(lambda: [0, 0, collections.Counter()])
    for event in events:
        of = names[event["wirecert"].get("name", {}).get("reference")]
        of[0] += 1
        of[1] += "hash" in event["tls"].get("server", {})
        of[2].update([event["wirecert"].get("hidden_because")])
    out = []
    for name, (number, judged, why) in names.items():
        why.pop(None, None)
        if name and why:
            out.append({"name": name, "handshakes": number, "judged": judged,
                        "hidden": sum(why.values()), "hidden_because":
                        why.most_common(1)[0][0]})
    return sorted(out, key=lambda n: (-n["hidden"], n["name"]))[:MOST]


def check_names(tap, exe, pcaps):
    """One replay of many cases, and what it lists."""
    with tempfile.TemporaryDirectory() as folder:
        for case in run.cases(pcaps):
            if case.startswith(PREFIXES):
                capture = os.path.abspath(run.capture_of(
                    os.path.join(pcaps, case)))
                os.symlink(capture, os.path.join(folder, case + ".pcap"))
        out = subprocess.run([exe, "-r", folder, "-t", "none", "-f", "ecs",
                              "-e", "handshake,status"], capture_output=True,
                             text=True, timeout=120).stdout
    events = [json.loads(line) for line in out.splitlines()]
    last = events.pop()["wirecert"]["status"]
    want = listed(e for e in events
                  if e["event"]["dataset"] == "wirecert.handshake")
    got = last.get("hidden_names", [])
    tap.case(want and got == want, "%d names are listed" % len(got),
             [str(got), str(want)])


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    tap, total = Tap(), collections.Counter()
    todo = captures(sys.argv[2], sys.argv[3] if sys.argv[3:] else None)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, seen, wrong in pool.map(lambda i: look(sys.argv[1], i),
                                          todo):
            total += seen
            if wrong:
                tap.case(False, name, wrong)
    for what, number in sorted(total.items()):
        tap.case(True, "%s: %d handshakes" % (what, number))
    check_names(tap, sys.argv[1], sys.argv[2])
    tap.case(sum(total.values()) > 500, "there are handshakes to look at",
             [str(total)])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
