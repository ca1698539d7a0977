#!/usr/bin/env python3
"""Every finding code has a case in pcaps/ and a place in the manual.

codes.py WIRECERT ROOT
"""
import glob
import os
import re
import subprocess
import sys

import house


def main():
    exe, root = sys.argv[1:3]
    tap = house.Tap()
    run = subprocess.run([exe, "--list-findings"], capture_output=True,
                         text=True, check=True)
    codes = [line.split()[0] for line in run.stdout.splitlines()
             if re.match(r"[a-z]+\.[a-z_]+\s", line)]
    tap.case(len(codes) >= 5, "--list-findings lists the codes", [run.stdout])
    expected = glob.glob(os.path.join(root, "pcaps/*/expect*.jsonl"))
    seen = set()
    for path in expected:
        for line in open(path, encoding="utf-8"):
            seen.update(re.findall(r'"action":"opened","code":"([^"]+)"',
                                   line))
    manual = open(os.path.join(root, "man/wirecert.8")).read()
    for code in codes:
        if expected:
            tap.case(code in seen, "%s has a case" % code,
                     ["no pcaps/*/expect.jsonl opens it"])
        else:
            tap.skip("%s has a case" % code, "no case is blessed")
        tap.case(code in manual.replace("\\", ""), "%s is in the manual"
                 % code, ["man/wirecert.8 does not name it"])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
