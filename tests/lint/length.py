#!/usr/bin/env python3
"""Functions have at most 60 lines, files 500; nothing is left out of the lists.

length.py ROOT: over src/, capture/, include/ and tests/. exceptions.txt names
what is longer, with its length: it may only shrink, and a row that is not
needed any more has to go.
"""
import os
import re
import sys

import house

FUNCTION, FILE = 60, 500


def functions(lines):
    """(name, length) of C functions: their braces stand in column 0."""
    start = None
    for n, line in enumerate(lines):
        if line.startswith("{"):
            start = n
        elif line.startswith("}") and start is not None:
            yield name_before(lines, start), n - start + 1
            start = None


def name_before(lines, at):
    head = ""
    while at > 0 and lines[at - 1].strip() and \
            not lines[at - 1].startswith(("}", "#", " */", "/*")):
        at -= 1
        head = lines[at].strip() + " " + head
        if re.match(r"\w", lines[at]):
            break
    found = re.search(r"(\w+)\s*\(", head)
    return found.group(1) if found else "?"


def python_functions(lines):
    start, name = None, ""
    for n, line in enumerate(lines + ["end"]):
        if start is not None and re.match(r"\S", line) and line[0] not in ")#":
            last = n
            while not lines[last - 1].strip():
                last -= 1
            yield name, last - start
            start = None
        found = re.match(r"def (\w+)", line)
        if found:
            start, name = n, found.group(1)


def too_long(root):
    for path in house.sources(root, ["src", "capture", "include", "tests",
                                     "pcaps/make"], (".c", ".h", ".py")):
        name = os.path.relpath(path, root)
        lines = open(path, encoding="utf-8").read().splitlines()
        if len(lines) > FILE:
            yield name, len(lines)
        inside = python_functions if path.endswith(".py") else functions
        for function, length in inside(lines):
            if length > FUNCTION:
                yield name + ":" + function, length


def exceptions():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "exceptions.txt")
    rows = {}
    for line in open(path):
        if line.strip() and not line.startswith("#"):
            what, length = line.split()
            rows[what] = int(length)
    return rows


def check_lengths(tap, root):
    allowed = exceptions()
    found = dict(too_long(root))
    wrong = ["%s has %d lines" % (w, n) for w, n in sorted(found.items())
             if n > allowed.get(w, 0)]
    stale = ["%s: %s" % (w, "now %d lines: write that" % found[w]
                         if w in found else "no longer needed")
             for w, n in sorted(allowed.items()) if found.get(w, 0) < n]
    tap.case(not wrong, "no function above %d lines, no file above %d"
             % (FUNCTION, FILE), wrong)
    tap.case(not stale, "exceptions.txt names what is there", stale)


def check_lists(tap, root, folder, prefix):
    """Meson cannot glob: a test that no list names would never run."""
    text = open(os.path.join(root, folder, "meson.build")).read()
    wrong = []
    for path in house.sources(root, [folder], (".c",)):
        name = os.path.basename(path)[:-2]
        word = name[len(prefix):] if name.startswith(prefix) else name
        if not re.search(r"'(%s|%s\.c)'" % (word, name), text):
            wrong.append("%s/%s.c is in no list" % (folder, name))
    tap.case(not wrong, "every source of %s is built" % folder, wrong)


def main():
    root = sys.argv[1]
    tap = house.Tap()
    check_lengths(tap, root)
    check_lists(tap, root, "tests/unit", "test_")
    check_lists(tap, root, "tests/fuzz", "fuzz_")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
