#!/usr/bin/env python3
"""Every header compiles alone; libwirecert exports what its header declares.

headers.py ROOT LIBRARY CC...
"""
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import house


def compiles(compiler, root, path, *options):
    run = subprocess.run(
        [*compiler, "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
         "-I" + os.path.join(root, "src"), "-I" + root,
         "-I" + os.path.join(root, "include"), *options, path],
        capture_output=True, text=True)
    return run.returncode == 0, run.stderr.splitlines()[:6]


def check_alone(tap, root, compiler):
    paths = list(house.sources(root, ["src", "capture"], (".h",)))

    def one(path):
        return path, compiles(compiler, root, path, "-std=gnu17",
                              "-D_GNU_SOURCE", "-x", "c")

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one, paths))
    bad = ["%s: %s" % (os.path.relpath(p, root), line)
           for p, (good, lines) in results if not good for line in lines]
    tap.case(not bad and len(paths) > 20,
             "%d headers compile alone" % len(paths), bad)


def check_public(tap, root, compiler):
    path = os.path.join(root, "include/wirecert/wirecert.h")
    good, lines = compiles(compiler, root, path, "-std=c99",
                           "-pedantic-errors", "-x", "c")
    tap.case(good, "the public header is plain C99", lines)
    if shutil.which("c++"):
        good, lines = compiles(["c++"], root, path, "-std=c++11",
                               "-pedantic-errors", "-x", "c++")
        tap.case(good, "the public header is C++ too", lines)
    else:
        tap.skip("the public header is C++ too", "no c++")
    used = [h for _, h in house.includes(path)]
    tap.case(not used, "the public header needs no other of ours", used)


def check_exports(tap, root, library):
    run = subprocess.run(["nm", "-D", "--defined-only", "--format=posix",
                          library], capture_output=True, text=True, check=True)
    exported = {line.split()[0].split("@")[0]
                for line in run.stdout.splitlines()}
    text = open(os.path.join(root, "include/wirecert/wirecert.h")).read()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    declared = set(re.findall(r"\b(wirecert_\w+)\s*\(", text))
    wrong = ["exported, not declared: " + n for n in exported - declared]
    wrong += ["declared, not exported: " + n for n in declared - exported]
    tap.case(not wrong and exported, "libwirecert exports %d functions, those "
             "of its header" % len(exported), sorted(wrong))


def main():
    root, library, compiler = sys.argv[1], sys.argv[2], sys.argv[3:]
    tap = house.Tap()
    check_alone(tap, root, compiler)
    check_public(tap, root, compiler)
    check_exports(tap, root, library)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
