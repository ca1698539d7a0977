#!/usr/bin/env python3
"""The log of the whole corpus holds no two lines that tell the same thing.

duplicates.py WIRECERT CORPUS: one replay of all its captures with the default
events. Between two lines of one finding that open it there is one that
resolves it; where that says "replaced", the server has shown another
certificate meanwhile. No two findings of one certificate that are open have the
same words. A certificate is new
for a name (an endpoint, where none was asked for) once, and replaces another
one only. Ids are not compared: they are made of randoms, and some captures of
the corpus are made with the same ones.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
from tap import Tap  # noqa: E402


def place(event):
    """The name, or the endpoint where none was asked for."""
    name = event["wirecert"].get("name", {}).get("reference", "").lower()
    return name or (event["server"]["ip"], event["server"]["port"])


def finding(state, words, changes, event):
    """What is told twice, or None."""
    key = event["wirecert"]["finding"]["id"]
    action, code = event["event"]["action"], event["event"]["code"]
    before, because, then = state.get(key, (None, None, None))
    now = changes.get(place(event), 0)
    state[key] = action, event["event"]["reason"], now
    if action != "opened":
        if action == "resolved":
            for said in [w for w in words if words[w] == key]:
                del words[said]
        return before in (None, "resolved") and \
            "%s %s after %s" % (code, action, before)
    if before not in (None, "resolved"):
        return "%s opened after %s" % (code, before)
    if because == "replaced" and then == now:
        return "%s opened again, and nothing changed" % code
    leaf = event.get("tls", {}).get("server", {}).get("hash", {}).get("sha256")
    said = words.setdefault((code, event["message"], leaf), key)
    return said != key and "%s in the same words: %s" % (code,
                                                         event["message"])


def certificate(state, event):
    key = place(event)
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
    words, changes = {}, {}
    for line in run.stdout:
        event, again = json.loads(line), None
        lines += 1
        if event["event"]["dataset"] == "wirecert.finding":
            again = finding(found, words, changes, event)
        elif event["event"]["dataset"] == "wirecert.certificate":
            again = certificate(certs, event)
            changes[place(event)] = changes.get(place(event), 0) + 1
        if again:
            bad.append("line %d: %s" % (lines, again))
    run.wait()
    tap.case(not bad and len(found) > 100 and len(certs) > 100,
             "%d lines, none twice" % lines, bad)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
