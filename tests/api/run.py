#!/usr/bin/env python3
"""The library says what the program says.

run.py WIRECERT EXPIRED ALL_EVENTS PCAPS
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
import run as golden  # noqa: E402
from tap import Tap  # noqa: E402

# what depends on who embeds it and how often a finding is told: ids of
# findings, not their life, are the library's business
OWN = ("observer", "event.action", "wirecert.occurrences")


def without_own(line):
    event = json.loads(line)
    return {k: v for k, v in golden.members(event).items()
            if not k.startswith(OWN)}


def once(events):
    """The ledger tells a finding once."""
    seen, out = set(), []
    for e in events:
        key = e.get("wirecert.finding.id")
        if key is None or key not in seen:
            out.append(e)
        seen.add(key)
    return out


def check_expired(tap, expired, pcaps):
    for case, status in (("tls12-expired-curl-reject", 0),
                         ("tls12-good-curl", 1)):
        run = subprocess.run([expired, os.path.join(
            pcaps, case, "capture.pcap")], capture_output=True, text=True)
        good = run.returncode == status and \
            ("expired" in run.stdout) == (status == 0)
        tap.case(good, "expired.c: " + case, [run.stdout, run.stderr])


def call(all_events, folder, *more):
    root = os.path.join(folder, "root.pem")
    return subprocess.run([all_events, golden.capture_of(folder),
                           root if os.path.exists(root) else "", *more],
                          capture_output=True, text=True)


def same_events(exe, all_events, folder, keys=False):
    log = [os.path.join(folder, "keys.log")] if keys else []
    run = call(all_events, folder, *log)
    if run.returncode:
        return ["exit %d: %s" % (run.returncode, run.stderr[-500:])]
    lines = run.stdout.splitlines()
    status = json.loads(lines.pop())
    if status["event"]["dataset"] != "wirecert.status":
        return ["the last line is no status"]
    want, wrong = golden.replay(exe, folder, keys)
    if wrong:
        return [wrong]
    mine = once([without_own(g) for g in lines])
    theirs = once([without_own(w) for w in want])
    return [str(sorted(set(a.items()) ^ set(b.items()))[:6])
            for a, b in zip(mine, theirs) if a != b] + (
        [] if len(mine) == len(theirs) else
        ["%d events, the program has %d" % (len(mine), len(theirs))])


def late_keys(all_events, folder):
    """Secrets behind the last packet open what waited for them."""
    run = call(all_events, folder, os.path.join(folder, "keys.log"), "late")
    seen = [json.loads(line).get("wirecert", {}).get("visibility")
            for line in run.stdout.splitlines()[:-1]]
    return [] if "decrypted" in seen and "hidden" not in seen else [
        str(seen), run.stderr]


def main():
    exe, expired, all_events, pcaps = sys.argv[1:5]
    tap = Tap()
    check_expired(tap, expired, pcaps)
    names = [c for c in golden.cases(pcaps) if c.startswith(
        ("tls", "story", "smtp", "proxy", "connect", "dtls"))]
    for case in names:
        wrong = same_events(exe, all_events, os.path.join(pcaps, case))
        tap.case(not wrong, "same events: " + case, wrong)
    for case in [c for c in golden.cases(pcaps) if c.startswith(
            ("keys", "quic", "ech"))]:
        folder = os.path.join(pcaps, case)
        if os.path.exists(os.path.join(folder, "keys.log")):
            wrong = same_events(exe, all_events, folder, True)
            tap.case(not wrong, "same events with keys: " + case, wrong)
    for case in ("keys-curl-expired-tls13", "quic-kdig-good"):
        wrong = late_keys(all_events, os.path.join(pcaps, case))
        tap.case(not wrong, "keys that come last: " + case, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
