#!/usr/bin/env python3
"""Each instrument of tests/bench runs, over next to nothing: no time is judged.

smoke.py PROGRAM MICRO
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
from tap import Tap  # noqa: E402

TEMPLATE = os.path.join(HERE, "training")


def run(command):
    r = subprocess.run(command, stdout=subprocess.PIPE, timeout=240,
                       stderr=subprocess.STDOUT, text=True, errors="replace")
    return r.returncode, r.stdout


def smoke_micro(tap, micro):
    """Every row gives a line of seven fields, whose time is a time."""
    status, text = run([micro, "-t", TEMPLATE, "-r", "1", "-m", "0.01", "-s",
                        "1000"])
    rows = [line.split("\t") for line in text.splitlines()]
    good = all(len(r) == 7 and float(r[3]) > 0 for r in rows)
    tap.case(status == 0 and good and len(rows) > 25,
             "micro: %d rows" % len(rows), [status, text])
    for part in ("flow", "stream", "reader", "judge", "cert", "name", "hash",
                 "event"):
        tap.case(any(r[0].startswith(part + ":") for r in rows),
                 "micro: there are rows of " + part)


def main():
    tap = Tap()
    smoke_micro(tap, sys.argv[2])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
