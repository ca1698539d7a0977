#!/usr/bin/env python3
"""journald's message catalogue knows every finding and dataset.

catalog.py WIRECERT ROOT [--write]: contrib/systemd/wirecert.catalog is made of
--list-findings and its rows; its ids are those that sink_syslog.c sends as MESSAGE_ID.
"""
import glob
import hashlib
import os
import re
import subprocess
import sys

import house

FILE = "contrib/systemd/wirecert.catalog"
HEAD = """# Message catalogue of wirecert for journald: journalctl -x shows it behind each
# event. Install as /usr/lib/systemd/catalog/wirecert.catalog, then run
# journalctl --update-catalog. Made by tests/lint/catalog.py --write.
"""
DATASETS = {
    "handshake": "A TLS handshake was seen",
    "certificate": "A certificate is first seen, or replaces another",
    "status": "How the sensor is",
}


def entry(word, title, more):
    digest = hashlib.sha256(("wirecert " + word).encode()).hexdigest()[:32]
    return """
-- %s
Subject: %s
Defined-By: wirecert
Documentation: man:wirecert(8)

%s
""" % (digest, title, more)


def text_of(row, member):
    """A member of a row: the pieces of its string."""
    found = re.search(r'\.%s =((?:\s*"[^"]*")+)' % member, row)
    return "".join(re.findall(r'"([^"]*)"', found[1]))


def findings(exe, root):
    """Every listed code, with the title of its row: columns may run over."""
    rows = {}
    for path in glob.glob(os.path.join(root, "src/judge/check_*.c")):
        for row in open(path, encoding="utf-8").read().split(
                "const struct check ")[1:]:
            rows[text_of(row, "code")] = text_of(row, "title"), \
                text_of(row, "reference")
    run = subprocess.run([exe, "--list-findings"], capture_output=True,
                         text=True, check=True)
    for line in run.stdout.splitlines():
        code = line.split(" ")[0]
        if re.match(r"[a-z]+\.[a-z_]+$", code):
            yield code, *rows[code]


def make(exe, root):
    out = HEAD
    for code, title, rule in findings(exe, root):
        out += entry(code, title, "Finding @WIRECERT_CODE@ "
                     "(@WIRECERT_FINDING_ID@), by %s.\n"
                     "The message says where, and what to do." % rule)
    for word, title in DATASETS.items():
        out += entry(word, title, "An event of the dataset wirecert.%s." % word)
    return out


def main():
    exe, root = sys.argv[1:3]
    path = os.path.join(root, FILE)
    want = make(exe, root)
    if "--write" in sys.argv:
        with open(path, "w", encoding="utf-8") as out:
            out.write(want)
    tap = house.Tap()
    have = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    tap.case(have == want and want.count("\n-- ") > 20,
             FILE + " has every finding", ["make it again: tests/lint/"
                                           "catalog.py WIRECERT . --write"])
    ids = re.findall(r"(?m)^-- ([0-9a-f]{32})$", have)
    tap.case(len(ids) == len(set(ids)), "each has an id of its own")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
