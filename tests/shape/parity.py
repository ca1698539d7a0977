#!/usr/bin/env python3
"""Any number of workers tells the same, in the same order.

parity.py WIRECERT PCAPS: every capture alone with 1, 2 and 4 workers, and many
as one stream, with 7, too, byte for byte.
"""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import packets as pk

WORKERS = (2, 4)


def output(exe, workers, path, *options):
    run = subprocess.run(
        [exe, "-r", path, "-f", "ecs", "-t", "none", "-e",
         "finding,certificate,handshake", "--workers", str(workers),
         *options], capture_output=True, timeout=300)
    return run.stdout.splitlines(), run.returncode, run.stderr


def compare(exe, path):
    want, status, _ = output(exe, 1, path)
    for workers in WORKERS:
        got, s, err = output(exe, workers, path)
        if (got, s) == (want, status):
            continue
        wrong = ["%d workers: exit %d, %d events; 1 worker: exit %d, %d "
                 "events" % (workers, s, len(got), status, len(want)),
                 err.decode(errors="replace")[-500:]]
        if sorted(got) == sorted(want):
            wrong.append("the same events, in another order")
        for n, (a, b) in enumerate(zip(want, got), 1):
            if a != b:
                wrong += ["event %d" % n, a.decode()[:700], b.decode()[:700]]
                break
        return wrong
    return []


def main():
    exe, pcaps = sys.argv[1:3]
    tap = pk.Tap()
    names = pk.cases(pcaps)
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda c: compare(exe, os.path.join(
            pcaps, c, "capture.pcap")), names)
        for case, wrong in zip(names, results):
            tap.case(not wrong, case, wrong)
    wrong = compare_all(exe, pcaps, names)
    tap.case(not wrong, "all captures as one stream", wrong)
    return tap.end()


def compare_all(exe, pcaps, names):
    options = []
    for case in names[1::1 + len(names) // 60]:
        options += ["-r", os.path.join(pcaps, case, "capture.pcap")]
    first = os.path.join(pcaps, names[0], "capture.pcap")
    want = output(exe, 1, first, *options)
    for workers in WORKERS + (7,):
        got = output(exe, workers, first, *options)
        if got != want:
            bad = [n for n, (a, b) in enumerate(zip(want[0], got[0]), 1)
                   if a != b]
            return ["%d workers: %d events, 1: %d; first at %s" % (
                workers, len(got[0]), len(want[0]), bad[:1])]
    return [] if len(want[0]) > 60 else ["only %d events" % len(want[0])]


if __name__ == "__main__":
    sys.exit(main())
