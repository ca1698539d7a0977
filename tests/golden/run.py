#!/usr/bin/env python3
"""Golden tests: every case of pcaps/ gives the events that it is known to give.

run.py --events WIRECERT PCAPS      compare with expect.jsonl, expect-keys.jsonl
run.py --reactions WIRECERT PCAPS   compare with expected-reaction
run.py --bless CASE... [--wirecert WIRECERT] [--pcaps PCAPS]   write the files

A case is a folder with capture.*; root.pem is the trust store, wirecert.conf
the configuration, keys.log gives a second run with its own file. Cases with the
name of a library (brotli, zstd) are skipped where the program is built
--without it. The version in observer.version is replaced by "@": a release is
no change of events. Review what --bless changes by git diff.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def capture_of(folder):
    for name in sorted(os.listdir(folder)):
        if name.startswith("capture."):
            return os.path.join(folder, name)
    return None


def cases(pcaps, matrix=1):
    """The cases; of the client matrix, whose rows differ little on the wire,
    every so manieth only."""
    names = [c for c in sorted(os.listdir(pcaps))
             if os.path.isdir(os.path.join(pcaps, c))
             and capture_of(os.path.join(pcaps, c))]
    rows = [c for c in names if c.startswith("matrix-")]
    return sorted(set(names) - set(rows) | set(rows[::matrix]))


def needs(case, without):
    """What the case needs and the program was built without."""
    return next((w for w in without if w in case.split("-")), None)


def replay(exe, folder, keys, events="finding,certificate,handshake"):
    """Lines of events and what is wrong with the run ('' for nothing)."""
    cmd = [exe, "-r", capture_of(folder), "-f", "ecs", "-e", events]
    root = os.path.join(folder, "root.pem")
    cmd += ["-t", root if os.path.exists(root) else "none"]
    config = os.path.join(folder, "wirecert.conf")
    if os.path.exists(config):
        cmd += ["-c", config]
    with tempfile.NamedTemporaryFile() as log:
        if keys:  # a copy that only we can read, or wirecert warns
            log.write(open(os.path.join(folder, "keys.log"), "rb").read())
            log.flush()
            cmd += ["-k", log.name]
        run = subprocess.run(cmd, capture_output=True, timeout=120)
    if run.returncode or run.stderr:
        return [], "exit %d: %s" % (run.returncode,
                                    run.stderr.decode(errors="replace"))
    return run.stdout.decode().splitlines(), ""


def without_version(line):
    version = json.loads(line)["observer"]["version"]
    return line.replace('"version":"%s","name"' % version,
                        '"version":"@","name"', 1)


def members(value, path=""):
    """Flat {path: value}, to say where two events differ."""
    if isinstance(value, dict):
        items = [(path + "." + k if path else k, v) for k, v in value.items()]
    elif isinstance(value, list):
        items = [("%s[%d]" % (path, i), v) for i, v in enumerate(value)]
    else:
        return {path: value}
    flat = {}
    for key, item in items:
        flat.update(members(item, key))
    return flat


def difference(n, want, got):
    if want is None or got is None:
        event = json.loads(want or got)["event"]
        return ["line %d: %s event %s %s" % (
            n, "missing" if got is None else "unexpected", event["dataset"],
            event.get("code", ""))]
    a, b = members(json.loads(want)), members(json.loads(got))
    out = ["line %d: %s: expected %r, got %r" % (n, k, a.get(k), b.get(k))
           for k in list(a) + [k for k in b if k not in a]
           if a.get(k) != b.get(k)]
    return out or ["line %d: only the order of members or their text" % n]


def compare(want, got):
    out = []
    for i in range(max(len(want), len(got))):
        w = want[i] if i < len(want) else None
        g = got[i] if i < len(got) else None
        if w != g:
            out += difference(i + 1, w, g)
    return out


def runs_of(folder):
    yield "expect.jsonl", False
    if os.path.exists(os.path.join(folder, "keys.log")):
        yield "expect-keys.jsonl", True


def test_events(exe, pcaps, without):
    tap = Tap()
    for case in cases(pcaps):
        folder = os.path.join(pcaps, case)
        if needs(case, without):
            tap.skip(case, "built without " + needs(case, without))
            continue
        for expect, keys in runs_of(folder):
            name = case + (" with keys" if keys else "")
            path = os.path.join(folder, expect)
            if not os.path.exists(path):
                tap.skip(name, "no " + expect)
                continue
            got, wrong = replay(exe, folder, keys)
            if wrong:
                tap.case(False, name, [wrong])
                continue
            want = open(path, encoding="utf-8").read().splitlines()
            diff = compare(want, [without_version(g) for g in got])
            tap.case(not diff, name, diff)
    return tap.end()


def first_reaction(lines):
    """The verdict of the first handshake and what it rests on."""
    for line in lines:
        event = json.loads(line)
        if event["event"]["dataset"] == "wirecert.handshake":
            reaction = event["wirecert"].get("reaction", {})
            return (reaction.get("verdict", "none"),
                    reaction.get("evidence", "nothing"))
    return "no handshake", "nothing"


def test_reactions(exe, pcaps, without):
    tap = Tap()
    for case in cases(pcaps):
        folder = os.path.join(pcaps, case)
        path = os.path.join(folder, "expected-reaction")
        if not os.path.exists(path) or needs(case, without):
            continue
        want = open(path).read().split()[0]
        for _, keys in runs_of(folder):
            name = "%s is %s%s" % (case, want, " with keys" if keys else "")
            lines, wrong = replay(exe, folder, keys, "handshake")
            verdict, evidence = first_reaction(lines)
            # QUIC hides who said what; where that is too little, CONTRACT.md
            # wants "unknown", never a guess
            if verdict == "unknown" and case.startswith("quic-"):
                tap.skip(name, "QUIC: not to be known from these packets")
                continue
            tap.case(not wrong and verdict == want, name,
                     [wrong or "got %s by %s" % (verdict, evidence)])
    return tap.end()


def bless(exe, pcaps, names):
    for case in names:
        folder = os.path.join(pcaps, case)
        if not os.path.isdir(folder) or not capture_of(folder):
            sys.exit("%s: no such case in %s" % (case, pcaps))
        for expect, keys in runs_of(folder):
            lines, wrong = replay(exe, folder, keys)
            if wrong:
                sys.exit("%s: %s" % (case, wrong))
            path = os.path.join(folder, expect)
            with open(path, "w", encoding="utf-8") as out:
                out.writelines(without_version(g) + "\n" for g in lines)
            print("%s: %d events" % (path, len(lines)))
    return 0


def main():
    ap = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("--events", action="store_true")
    ap.add_argument("--reactions", action="store_true")
    ap.add_argument("--bless", action="store_true")
    ap.add_argument("--wirecert",
                    default=os.path.join(ROOT, "build/src/app/wirecert"))
    ap.add_argument("--pcaps", default=os.path.join(ROOT, "pcaps"))
    ap.add_argument("--without", action="append", default=[])
    ap.add_argument("names", nargs="*")
    a = ap.parse_args()
    if a.bless and a.names:
        return bless(a.wirecert, a.pcaps, a.names)
    if len(a.names) != 2 or a.events == a.reactions:
        ap.error("give --bless CASE..., or --events or --reactions with "
                 "WIRECERT PCAPS")
    test = test_events if a.events else test_reactions
    return test(*a.names, a.without)


if __name__ == "__main__":
    sys.exit(main())
