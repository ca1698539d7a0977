#!/usr/bin/env python3
"""The captures and answers of ../shared/corpus, where they are.

run.py --score WIRECERT CORPUS   events compared with the reference answers
run.py --robust WIRECERT CORPUS [PART/PARTS]   captures without TLS: no event, no crash
run.py --parity WIRECERT CORPUS  the same events from 1, 2 and 4 workers
run.py --update WIRECERT CORPUS  differences.txt without what differs no more

differences.txt lists every difference that is known, below its cause; one that
is not in it fails the test. What no longer differs is told, so that it goes.
"""
import collections
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
sys.path.insert(0, os.path.join(HERE, "..", "shape"))
from tap import Tap  # noqa: E402
import parity  # noqa: E402

LIST = os.path.join(HERE, "differences.txt")


def score(exe, corpus, keys):
    """The differences, a line each, and the line of figures."""
    cmd = [sys.executable, os.path.join(corpus, "score.py"), exe,
           os.path.join(corpus, "pcap"), os.path.join(corpus, "oracle"),
           "--show", "1000000"]
    if keys:
        cmd += ["--keys", os.path.join(corpus, "keylogs")]
    run = subprocess.run(cmd, capture_output=True, text=True)
    lines = run.stdout.splitlines()
    if run.returncode not in (0, 1) or not lines or \
            not lines[-1].startswith("files "):
        return [], "score.py: " + run.stderr[-800:]
    return [" ".join(line.split()) for line in lines
            if line.startswith(("wrong ", "missing "))], lines[-1]


def known():
    rows = collections.Counter()
    for line in open(LIST, encoding="utf-8"):
        line = line.rstrip("\n")
        if line and not line.startswith("#"):
            rows[line] += 1
    return rows


def check_score(tap, exe, corpus):
    allowed = known()
    for prefix, keys in (("", False), ("keys: ", True)):
        lines, figures = score(exe, corpus, keys)
        name = "answers" + (" with keys" if keys else "")
        if not figures.startswith("files "):
            tap.case(False, name, [figures])
            continue
        print("# " + figures)
        found = collections.Counter(prefix + line for line in lines)
        fresh = found - allowed
        gone = collections.Counter({
            k: n for k, n in (allowed - found).items()
            if k.startswith("keys: ") == keys})
        for line in sorted(gone):
            print("# no longer differs: " + line)
        tap.case(not fresh, "%s: nothing new differs (%d known)"
                 % (name, sum(found.values())), sorted(fresh), 100)


def update(exe, corpus):
    found = collections.Counter()
    for prefix, keys in (("", False), ("keys: ", True)):
        found += collections.Counter(
            prefix + line for line in score(exe, corpus, keys)[0])
    if not found or (found - known()).total() > known().total():
        sys.exit("%s told next to nothing: differences.txt is left" % exe)
    out = []
    for line in open(LIST, encoding="utf-8").read().splitlines():
        if not line or line.startswith("#"):
            out.append(line)
        elif found[line]:
            found[line] -= 1
            out.append(line)
    with open(LIST, "w", encoding="utf-8") as text:
        text.write("\n".join(out) + "\n")
    for line in sorted(found.elements()):
        print("not listed: " + line)


def part_of(folder, part, into):
    """A folder of links to each n-th file, for slow builds."""
    n, parts = (int(x) for x in part.split("/"))
    files = sorted(os.path.join(d, f) for d, _, fs in os.walk(folder)
                   for f in fs)
    for i, path in enumerate(files):
        if i % parts == n:
            os.symlink(path, os.path.join(
                into, "%d-%s" % (i, os.path.basename(path))))
    return into


def check_robust(tap, exe, corpus, part):
    with tempfile.TemporaryDirectory() as into:
        folder = os.path.join(corpus, "robust")
        if part:
            folder = part_of(folder, part, into)
        run = subprocess.run([sys.executable, os.path.join(
            corpus, "score_robust.py"), exe, folder],
            capture_output=True, text=True)
    lines = (run.stdout + run.stderr[-800:]).splitlines()
    tap.case(run.returncode == 0, "robust: no event, no crash: "
             + (lines[-1] if lines else "?"), lines)


def check_parity(tap, exe, corpus):
    files = sorted(os.path.join(d, f) for d, _, fs in os.walk(
        os.path.join(corpus, "pcap")) for f in fs)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda f: parity.compare(exe, f), files))
    wrong = [line for path, lines in zip(files, results) if lines
             for line in [path] + lines]
    tap.case(len(files) > 100 and not wrong,
             "%d captures: any number of workers tells the same"
             % len(files), wrong)


def main():
    what, exe, corpus = sys.argv[1:4]
    tap = Tap()
    if not os.path.exists(os.path.join(corpus, "score.py")):
        tap.skip("corpus", "skipped: no ../shared/corpus")
    elif what == "--score":
        check_score(tap, exe, corpus)
    elif what == "--parity":
        check_parity(tap, exe, corpus)
    elif what == "--update":
        return update(exe, corpus)
    else:
        check_robust(tap, exe, corpus, sys.argv[4] if len(sys.argv) > 4
                     else None)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
