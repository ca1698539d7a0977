#!/usr/bin/env python3
"""The log of the whole corpus holds no two lines that tell the same thing.

duplicates.py WIRECERT CORPUS: one replay of all its captures with the default
events. Between two lines of one finding that open it there is one that
resolves it; a certificate is new for a name (an endpoint, where none was asked
for) once, and replaces another one only. Ids are not compared: they are made of
randoms, and some captures of the corpus are made with the same ones.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
from tap import Tap  # noqa: E402


def finding(state, event):
    """What is told twice, or None."""
    key = event["wirecert"]["finding"]["id"]
    action = event["event"]["action"]
    before = state.get(key)
    state[key] = action
    if action == "opened":
        again = before not in (None, "resolved")
    else:
        again = before in (None, "resolved")
    return again and "%s %s after %s" % (event["event"]["code"], action,
                                         before)


def certificate(state, event):
    server = event["server"]
    name = event["wirecert"].get("name", {}).get("reference", "").lower()
    key = name or (server["ip"], server["port"])
    sha = event["tls"]["server"]["hash"]["sha256"]
    before = state.get(key)
    state[key] = sha
    if before == sha:
        return "the certificate of %s again" % (key,)
    return (event["event"]["action"] == "first_seen") != (before is None) and \
        "%s for %s" % (event["event"]["action"], key)


def main():
    exe, corpus = sys.argv[1:3]
    pcaps = os.path.join(corpus, "pcap")
    tap = Tap()
    if not os.path.isdir(pcaps):
        tap.skip("duplicates", "the corpus is not here")
        return tap.end()
    run = subprocess.Popen([exe, "-r", pcaps, "-f", "ecs", "-t", "none"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found, certs, bad, lines = {}, {}, [], 0
    for line in run.stdout:
        event, again = json.loads(line), None
        lines += 1
        if event["event"]["dataset"] == "wirecert.finding":
            again = finding(found, event)
        elif event["event"]["dataset"] == "wirecert.certificate":
            again = certificate(certs, event)
        if again:
            bad.append("line %d: %s" % (lines, again))
    run.wait()
    tap.case(not bad and len(found) > 100 and len(certs) > 100,
             "%d lines, none twice" % lines, bad)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
