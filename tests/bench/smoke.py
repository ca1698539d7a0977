#!/usr/bin/env python3
"""Each instrument of tests/bench runs, over next to nothing: no time is judged.

smoke.py PROGRAM MICRO
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
import bench  # noqa: E402
import floods  # noqa: E402
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


class Bench:
    """bench.py with the shipped template of twelve leaves and small traces."""

    def __init__(self, tap, program, folder):
        self.tap, self.program, self.folder = tap, program, folder
        for name in os.listdir(TEMPLATE):  # newer than their maker
            shutil.copyfile(os.path.join(TEMPLATE, name),
                            os.path.join(folder, name))

    def run(self, name, options, *words):
        """It ends well and says these words; or says what it leaves out."""
        status, text = run([
            sys.executable, os.path.join(HERE, "bench.py"), "--program",
            self.program, "--folder", self.folder, "--runs", "1", "--size",
            "2", "--handshakes", "200", "--quic", "50", "--live-size", "2"] +
            options)
        if status == 0 and not all(w in text for w in words) and \
                "left out: " in text:
            self.tap.skip(name, text.partition("left out: ")[2].splitlines()[0])
            return
        self.tap.case(status == 0 and all(w in text for w in words), name,
                      [status, text])


def main():
    tap = Tap()
    smoke_micro(tap, sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        b = Bench(tap, sys.argv[1], folder)
        b.run("speed", ["--traces", "mixed,handshakes,bulk,quic"],
              "bare loop", "wirecert")
        b.run("others", ["--traces", "handshakes", "--vs", "all"],
              *[name for name in bench.OTHERS if shutil.which(name)])
        b.run("stages", ["--traces", "handshakes", "--stages"],
              "judge, know", "two workers", "on paper")
        b.run("floods", ["--traces", "", "--floods", ",".join(
            "%s=300" % k for k in floods.KINDS)], "flows-crc", "names-alike",
            "two workers")
        b.run("latency", ["--latency", "1000", "--latency-seconds", "1"],
              "connection", "reached", "dropped 0")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
