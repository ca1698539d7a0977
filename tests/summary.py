#!/usr/bin/env python3
"""What the tests of a build said, as a line; or all such lines added up.

summary.py NAME BUILD STATUS    STATUS is meson test's exit status
summary.py --total FILE         ends with "N passed, N failed"
"""
import os
import re
import sys
import xml.etree.ElementTree as tree


def kind(case):
    children = {child.tag for child in case}
    if children & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in children else "passed"


def count(build):
    path = os.path.join(build, "meson-logs", "testlog.junit.xml")
    sums = {"passed": 0, "failed": 0, "skipped": 0}
    if not os.path.exists(path):
        return sums
    for suite in tree.parse(path).getroot().iter("testsuite"):
        cases = list(suite.iter("testcase"))
        for case in cases:
            sums[kind(case)] += 1
        # a program that died tells no case of it
        known = sum(kind(c) == "failed" for c in cases)
        told = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        sums["failed"] += max(0, told - known)
    return sums


def one(name, build, status):
    sums = count(build)
    if status and not sums["failed"]:
        sums["failed"] = 1
    print("%s: %d passed, %d failed, %d skipped" % (
        name, sums["passed"], sums["failed"], sums["skipped"]))
    return 0


def total(path):
    sums = [0, 0, 0]
    for line in open(path):
        print(line.rstrip())
        found = re.search(r"(\d+) passed, (\d+) failed, (\d+) skipped", line)
        sums = [a + int(b) for a, b in zip(sums, found.groups())]
    if sums[2]:
        print("%d skipped: what and why is in build*/meson-logs/testlog.txt"
              % sums[2])
    print("%d passed, %d failed" % (sums[0], sums[1]))
    return 1 if sums[1] or not sums[0] else 0


if __name__ == "__main__":
    if sys.argv[1] == "--total":
        sys.exit(total(sys.argv[2]))
    sys.exit(one(sys.argv[1], sys.argv[2], int(sys.argv[3])))
