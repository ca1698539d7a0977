#!/usr/bin/env python3
"""What --evidence keeps of a finding gives the finding again.

evidence.py WIRECERT PCAPS [EVERY]: every n-th case of pcaps/ is replayed with
--evidence, by one worker and by four: the files have to be the same to the
byte, one for each finding opened or escalated, and each, replayed alone, has to
give its finding (the same id) again. What rests on other connections cannot:
see ELSEWHERE and FOLDED.
"""
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import packets as pk
from packets import golden


# findings that compare several connections, and what one of them says alone
ELSEWHERE = {"cert.changed": None, "cert.mixed": None,
             "chain.incomplete": "chain.untrusted",
             "name.refused": "handshake.refused"}
# cases whose findings of many connections become one, with an id of its own;
# one connection alone gives that of its name
FOLDED = {"peace-captive-portal", "peace-scanner"}


def replay(exe, folder, capture, *more):
    cmd = [exe, "-r", capture, "-f", "ecs", "-e", "finding"]
    root = os.path.join(folder, "root.pem")
    cmd += ["-t", root if os.path.exists(root) else "none", *more]
    run = subprocess.run(cmd, capture_output=True, timeout=120)
    events = [json.loads(line) for line in run.stdout.splitlines()]
    return events, run.stderr.decode(errors="replace")


def key_options(folder, scratch):
    """A copy of the keys that only we can read, or wirecert warns."""
    keys = os.path.join(folder, "keys.log")
    if not os.path.exists(keys):
        return []
    path = os.path.join(scratch, "keys.log")
    with open(keys, "rb") as source:
        data = source.read()
    with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as copy:
        copy.write(data)
    return ["-k", path]


def contents(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            found[name] = f.read()
    return found


def check_event(exe, folder, kept, event, options):
    code, name = event["event"]["code"], event["wirecert"].get("evidence")
    if not name:
        return ["%s has no evidence" % code]
    path = os.path.join(kept, name)
    if not re.fullmatch(r"[0-9a-f]{32}(-escalated)?\.pcapng", name):
        return ["%s: a name out of line: %s" % (code, name)]
    if not os.path.exists(path):
        return ["%s: %s is not there" % (code, name)]
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if mode & 0o137:
        return ["%s has mode %o" % (name, mode)]
    again, err = replay(exe, folder, path, *options)
    wanted = event["wirecert"]["finding"]["id"]
    if wanted in [e["wirecert"]["finding"]["id"] for e in again]:
        return []
    if code in ELSEWHERE and ELSEWHERE[code] in [None] + [
            e["event"]["code"] for e in again]:
        return []
    if os.path.basename(folder) in FOLDED and code in [
            e["event"]["code"] for e in again]:
        return []
    return ["%s (%s) is not found again in %s, but %s" % (
        code, event["event"]["action"], name,
        [e["event"]["code"] for e in again]), err]


def check(exe, folder):
    """What is wrong, and how many findings there were."""
    with tempfile.TemporaryDirectory() as scratch:
        kept, other = scratch + "/1", scratch + "/4"
        os.mkdir(kept)
        os.mkdir(other)
        options = key_options(folder, scratch)
        capture = golden.capture_of(folder)
        events, err = replay(exe, folder, capture, "--evidence", kept,
                             *options)
        plain, _ = replay(exe, folder, capture, *options)
        replay(exe, folder, capture, "--evidence", other, "-w", "4", *options)
        wrong = [err] if err else []
        if contents(kept) != contents(other):
            wrong.append("four workers keep something else")
        names = set()
        for event in events:
            if event["event"]["action"] in ("opened", "escalated"):
                wrong += check_event(exe, folder, kept, event, options)
            names.add(event["wirecert"].pop("evidence", None))
        if events != plain:
            wrong.append("the events are others with --evidence")
        if set(os.listdir(kept)) != names - {None}:
            wrong.append("files that no event names")
    return wrong, len(events)


def main():
    exe, pcaps = sys.argv[1:3]
    every = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    tap = pk.Tap()
    names = golden.cases(pcaps, matrix=10)[::every]
    total = 0
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda c: check(exe, os.path.join(pcaps, c)), names)
        for case, (wrong, num) in zip(names, results):
            tap.case(not wrong, case, wrong)
            total += num
    tap.case(total > 2 * len(names) // 3, "%d findings" % total, [])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
