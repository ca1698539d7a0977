#!/usr/bin/env python3
"""The findings of the default replay of ../shared/corpus: a test of noise.

findings.py WIRECERT CORPUS            compare with findings.txt
findings.py --update WIRECERT CORPUS   write its counts anew

Each capture is replayed by itself with default options, and once more with its
key log where there is one. findings.txt has the count of each code and
severity, and every high finding, below the reason why it is true; a high one
that is not in it fails the test, and so does another count. What depends on
the machine's trust store (chain.*) is not counted.
"""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
from tap import Tap  # noqa: E402

LIST = os.path.join(HERE, "findings.txt")


def replay(exe, capture, more):
    run = subprocess.run([exe, "-r", capture, "-f", "ecs", "-e", "finding",
                          *more], capture_output=True, text=True, timeout=120)
    if run.returncode not in (0, 3):    # 3: a file that cannot be read
        raise RuntimeError("%s: %s" % (capture, run.stderr[-300:]))
    for line in run.stdout.splitlines():
        event = json.loads(line)
        if event["event"].get("action") == "opened":
            yield event


def captures(corpus):
    top = os.path.join(corpus, "pcap")
    for folder, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), top)


def of_one(exe, corpus, name):
    """The lines "KEYS count/high ..." of one capture."""
    path = os.path.join(corpus, "pcap", name)
    keys = os.path.join(corpus, "keylogs", name + ".keys")
    counts, high = collections.Counter(), collections.Counter()
    for prefix, more in (("", []), ("keys: ", ["-k", keys])):
        if more and not os.path.exists(keys):
            continue
        for event in replay(exe, path, more):
            code = event["event"]["code"]
            severity = event["wirecert"]["severity"]
            if not code.startswith("chain."):
                counts["%s%s %s" % (prefix, code, severity)] += 1
            if severity == "high":
                reference = event["wirecert"]["name"].get("reference", "-")
                high["%s%s %s %s" % (prefix, name, code, reference)] += 1
    return counts, high


def of_all(exe, corpus):
    counts, high = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for c, h in pool.map(lambda n: of_one(exe, corpus, n),
                             captures(corpus)):
            counts += c
            high += h
    return counts, high


def known():
    """The counts, and the high ones with how often each is there."""
    counts, high = collections.Counter(), collections.Counter()
    for line in open(LIST, encoding="utf-8"):
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        number, _, rest = line.partition(" ")
        if number.isdigit():
            counts[rest] = int(number)
        else:
            high[line] += 1
    return counts, high


def check(tap, exe, corpus):
    want_counts, want_high = known()
    counts, high = of_all(exe, corpus)
    wrong = ["%s: %d, not %d" % (k, counts[k], want_counts[k])
             for k in sorted(set(counts) | set(want_counts))
             if counts[k] != want_counts[k]]
    tap.case(not wrong, "the counts of findings are those of findings.txt",
             wrong, 40)
    fresh = sorted((high - want_high).elements())
    tap.case(not fresh, "every high finding is known, and why it is true (%d)"
             % sum(high.values()), fresh, 40)
    gone = sorted((want_high - high).elements())
    tap.case(not gone, "what was high still is", gone, 40)


def update(exe, corpus):
    counts, high = of_all(exe, corpus)
    out, rest = [], collections.Counter(high)
    for line in open(LIST, encoding="utf-8").read().splitlines():
        if line[:1].isdigit() and line.split(" ")[0].isdigit():
            continue
        if line and not line.startswith("#"):
            if not rest[line]:
                continue
            rest[line] -= 1
        out.append(line)
    out += ["%d %s" % (n, k) for k, n in sorted(counts.items())]
    open(LIST, "w", encoding="utf-8").write("\n".join(out) + "\n")
    for line in sorted(rest.elements()):
        print("not explained: " + line)


def main():
    if sys.argv[1] == "--update":
        return update(*sys.argv[2:4])
    exe, corpus = sys.argv[1:3]
    tap = Tap()
    if not os.path.isdir(os.path.join(corpus, "pcap")):
        tap.skip("findings", "skipped: no ../shared/corpus")
    else:
        check(tap, exe, corpus)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
