#!/usr/bin/env python3
"""The line of the manual that reduces a key log does what it says.

filter.py WIRECERT MANUAL PCAPS: the pattern is taken from the manual; a log
with all labels there are is reduced to those of the handshake, without a loss,
and opens what the whole one opens.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run  # noqa: E402
from tap import Tap  # noqa: E402

OTHERS = ["CLIENT_RANDOM", "CLIENT_EARLY_TRAFFIC_SECRET",
          "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0",
          "EARLY_EXPORTER_SECRET", "EXPORTER_SECRET", "RSA",
          "XSERVER_HANDSHAKE_TRAFFIC_SECRET"]


def pattern(manual):
    text = open(manual).read().replace("\\-", "-").replace("\\\n", " ")
    return re.search(r"grep --line-buffered -aE\s+'([^']+)'", text)[1]


def whole_of(kept):
    """All labels that a client may write, for every session."""
    lines = ["# a comment"]
    for line in kept:
        _, random, secret = line.split()
        lines += ["%s %s %s" % (o, random, secret) for o in OTHERS]
        lines.append(line)
    return "\n".join(lines) + "\n"


def events(exe, folder, log):
    with tempfile.NamedTemporaryFile("w") as out:
        out.write(log)
        out.flush()
        done = subprocess.run(
            [exe, "-r", run.capture_of(folder), "-t", "none", "-f", "ecs",
             "-e", "handshake,finding", "-k", out.name],
            capture_output=True, text=True)
    return done.stdout


def main():
    exe, manual, pcaps = sys.argv[1:]
    tap, wanted = Tap(), pattern(manual)
    for case in ("keys-hrr-tls13", "ech-nss-accepted-tls13"):
        folder = os.path.join(pcaps, case)
        kept = open(os.path.join(folder, "keys.log")).read().splitlines()
        whole = whole_of(kept)
        done = subprocess.run(["grep", "--line-buffered", "-aE", wanted],
                              input=whole, capture_output=True, text=True)
        tap.case(done.stdout.splitlines() == kept,
                 case + ": those of the handshake stay, no other", [done])
        said = events(exe, folder, done.stdout)
        tap.case(said == events(exe, folder, whole) and
                 '"decrypted"' in said, case + ": and open the certificate",
                 [said])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
