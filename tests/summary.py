#!/usr/bin/env python3
"""What the tests of a build said, as a line; or all such lines added up.

summary.py NAME BUILD STATUS    STATUS is meson test's exit status; a line
                                for each that failed comes before the sums
summary.py --total FILE         what failed, and why, comes last but for
                                "N passed, N failed": of a long log often
                                no more than the end is kept
"""
import json
import os
import re
import sys
import xml.etree.ElementTree as tree

FAILURES = 40   # lines of a build
WORDS = 600     # characters of a line's reason
SUMS = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped$")


def kind(case):
    children = {child.tag for child in case}
    if children & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in children else "passed"


def count(build):
    path = os.path.join(build, "meson-logs", "testlog.junit.xml")
    sums = {"passed": 0, "failed": 0, "skipped": 0}
    if os.path.exists(path):
        for case in tree.parse(path).getroot().iter("testcase"):
            sums[kind(case)] += 1
    return sums


def failures(build):
    """What failed: a test's cases, or the test as such where it died."""
    path = os.path.join(build, "meson-logs", "testlog.json")
    for line in open(path) if os.path.exists(path) else ():
        test = json.loads(line)
        if test["result"] not in ("FAIL", "ERROR", "TIMEOUT"):
            continue
        parts = re.split(r"^(?=not ok )", test.get("stdout", ""), flags=re.M)
        reasons = [part[:WORDS] for part in parts[1:]]
        if not reasons or test["result"] != "FAIL":
            reasons.append((test.get("stdout", "")[-WORDS // 2:] +
                            test.get("stderr", ""))[-WORDS:])
        for reason in reasons:
            yield "FAILED %s (%s, %.0f s): %s" % (
                test["name"], test["result"], test["duration"],
                " ".join(reason.split()))


def one(name, build, status):
    sums = count(build)
    failed = list(failures(build))
    sums["failed"] = max(sums["failed"], len(failed), 1 if status else 0)
    for line in failed[:FAILURES]:
        print(line)
    print("%s: %d passed, %d failed, %d skipped" % (
        name, sums["passed"], sums["failed"], sums["skipped"]))
    return 0


def total(path):
    sums = [0, 0, 0]
    lines = open(path).read().splitlines()
    for line in lines:
        found = SUMS.search(line)
        if found and not line.startswith("FAILED "):
            print(line)
            sums = [a + int(b) for a, b in zip(sums, found.groups())]
    if sums[2]:
        print("%d skipped: what and why is in build*/meson-logs/testlog.txt"
              % sums[2])
    for line in lines:
        if line.startswith("FAILED "):
            print(line)
    print("%d passed, %d failed" % (sums[0], sums[1]))
    return 1 if sums[1] or not sums[0] else 0


if __name__ == "__main__":
    if sys.argv[1] == "--total":
        sys.exit(total(sys.argv[2]))
    sys.exit(one(sys.argv[1], sys.argv[2], int(sys.argv[3])))
