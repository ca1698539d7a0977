#!/usr/bin/env python3
"""What the tests of a build said, as a line; or all such lines added up.

summary.py NAME BUILD STATUS    STATUS is meson test's exit status; a line
                                for each that failed comes before the sums
                                (REPEATED: it passed then, alone)
summary.py --failed BUILD       the tests that failed, by name, if they are few
                                and all of them depend on time
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
REPEATED = 4    # tests that are worth a second try: more is no accident
TIMED = {"live", "sink", "state", "bench"}  # suites; the rest has no excuse
WORDS = 600     # characters of a line's reason
SUMS = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped$")


def kind(case):
    children = {child.tag for child in case}
    if children & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in children else "passed"


def suites(build, log):
    """{name: its cases} of a run, empty where there was none"""
    path = os.path.join(build, "meson-logs", log + ".junit.xml")
    if not os.path.exists(path):
        return {}
    return {suite.get("name"): list(suite.iter("testcase"))
            for suite in tree.parse(path).getroot().iter("testsuite")}


def count(build):
    """What was repeated counts as it was then."""
    sums = {"passed": 0, "failed": 0, "skipped": 0}
    last = {**suites(build, "testlog"), **suites(build, "again")}
    for case in (case for cases in last.values() for case in cases):
        sums[kind(case)] += 1
    return sums


def bad_tests(build, log):
    path = os.path.join(build, "meson-logs", log + ".json")
    for line in open(path) if os.path.exists(path) else ():
        test = json.loads(line)
        if test["result"] in ("FAIL", "ERROR", "TIMEOUT"):
            yield test


def failures(build, log, word):
    """What failed: a test's cases, or the test as such where it died."""
    for test in bad_tests(build, log):
        parts = re.split(r"^(?=not ok )", test.get("stdout", ""), flags=re.M)
        reasons = [part[:WORDS] for part in parts[1:]]
        if not reasons or test["result"] != "FAIL":
            reasons.append((test.get("stdout", "")[-WORDS // 2:] +
                            test.get("stderr", ""))[-WORDS:])
        for reason in reasons:
            yield "%s %s (%s, %.0f s): %s" % (
                word, test["name"], test["result"], test["duration"],
                " ".join(reason.split()))


def few_failed(build):
    """Names for meson test, without the suite."""
    suites, names = [], []
    for test in bad_tests(build, "testlog"):
        suite, _, name = test["name"].rpartition(" / ")
        suites.append(suite.split(":")[-1])
        names.append(name)
    return names if len(names) <= REPEATED and TIMED >= set(suites) else []


def one(name, build, status):
    sums = count(build)
    again = os.path.exists(os.path.join(build, "meson-logs", "again.json"))
    failed = list(failures(build, "again" if again else "testlog", "FAILED"))
    sums["failed"] = max(sums["failed"], len(failed), 1 if status else 0)
    for line in failed[:FAILURES]:
        print(line)
    for line in failures(build, "testlog", "REPEATED") if again else ():
        print(line)
    print("%s: %d passed, %d failed, %d skipped" % (
        name, sums["passed"], sums["failed"], sums["skipped"]))
    return 0


def total(path):
    sums = [0, 0, 0]
    lines = open(path).read().splitlines()
    for line in lines:
        found = SUMS.search(line)
        if found and not line.startswith(("FAILED ", "REPEATED ")):
            print(line)
            sums = [a + int(b) for a, b in zip(sums, found.groups())]
    if sums[2]:
        print("%d skipped: what and why is in build*/meson-logs/testlog.txt"
              % sums[2])
    for line in lines:
        if line.startswith(("FAILED ", "REPEATED ")):
            print(line)
    print("%d passed, %d failed" % (sums[0], sums[1]))
    return 1 if sums[1] or not sums[0] else 0


if __name__ == "__main__":
    if sys.argv[1] == "--total":
        sys.exit(total(sys.argv[2]))
    if sys.argv[1] == "--failed":
        print(" ".join(few_failed(sys.argv[2])))
        sys.exit(0)
    sys.exit(one(sys.argv[1], sys.argv[2], int(sys.argv[3])))
