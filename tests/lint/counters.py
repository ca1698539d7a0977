#!/usr/bin/env python3
"""Every counter that tells of a loss has its row in the manual.

counters.py ROOT: the counters of src/ that say by their name that something
was left out, and all of the group "limits", are in man/wirecert.8, LIMITS; and
each of its rows has such a counter.
"""
import glob
import os
import re
import sys

import house

LOSS = re.compile(r"(^|_)(dropped|evicted|refused|forgotten|overwritten|gaps?|"
                  r"bytes|cut|crowded|left|early|failed|aside|bad|long|outside|"
                  r"blocks|expired|out)(_|$)")
# counted for other reasons: a size, what is no loss, or is told elsewhere
OTHER = {"packets.bytes", "packets.cut_at", "decoded.cut", "decoded.cut_at",
         "dns.bad", "flows.expired", "state.expired", "keys.failed"}


def counters(root):
    found = set()
    for path in glob.glob(os.path.join(root, "src/*/*.c")):
        text = open(path).read()
        for group, name in re.findall(
                r'status_count\(\s*\w+,\s*"(\w+)",\s*"(\w+)"', text):
            if group == "limits" or LOSS.search(name):
                found.add(group + "." + name)
        for group, name in re.findall(
                r'\.drops_group = "(\w+)",\s*\.drops = "(\w+)"', text):
            found.add(group + "." + name)
    text = open(os.path.join(root, "src/sensor/reached.c")).read()
    names = re.findall(r'\{ "\w+", "(\w+)" \}', text) + \
        re.findall(r'\[REACHED_[^]]*\] = "(\w+)"', text)
    return (found | {"limits." + n for n in names}) - OTHER


def manual_rows(root):
    page = open(os.path.join(root, "man/wirecert.8")).read()
    table = page[page.index(".SH LIMITS"):]
    table = table[table.index("l l.\n") + 5:table.index("\n.TE")]
    for line in table.splitlines():
        first, *others = line.split("\t")[0].split(", ")
        group = first.split(".")[0]
        yield from [first] + [group + o for o in others]


def main():
    tap = house.Tap()
    found, rows = counters(sys.argv[1]), list(manual_rows(sys.argv[1]))
    wild = [r for r in rows if "*" in r]
    match = re.compile("|".join(re.escape(w).replace(r"\*", r"\w+")
                                for w in wild))
    missing = sorted(f for f in found if f not in rows and
                     not match.fullmatch(f))
    tap.case(len(found) > 40 and not missing,
             "each counter of a loss is in the manual", missing)
    stale = sorted(r for r in rows if r not in found and r not in wild)
    tap.case(rows and not stale, "each row of the manual has its counter",
             stale)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
