#!/usr/bin/env python3
"""No floor calls or includes what lies above or beside it.

floors.py ROOT BUILD: by nm over BUILD's static libraries (every undefined
symbol is defined on a lower floor or outside, and outside libraries have their
owners), and by the #include lines of ROOT.
"""
import os
import re
import subprocess
import sys

import house

# what compilers call on their own: 128-bit arithmetic, the linker's tables
COMPILER = r"_GLOBAL_OFFSET_TABLE_$|__u?(div|mod|mul)[a-z]*[dt]i[34]$"


def symbols(path, *options):
    run = subprocess.run(["nm", *options, "--format=posix", path],
                         capture_output=True, text=True, check=True)
    return {line.split()[0].split("@")[0]
            for line in run.stdout.splitlines()
            if len(line.split()) > 1 and not line.endswith(":")}


def libraries(build):
    """{floor: path}; app has no library but its objects' folder."""
    found = {}
    for floor in house.FLOOR:
        folder = "capture" if floor == "capture" else "src/" + floor
        path = os.path.join(build, folder, "lib%s.a" % floor)
        if os.path.exists(path):
            found[floor] = path
    return found


def check_calls(tap, libs):
    defined = {}
    for floor, path in libs.items():
        for name in symbols(path, "--defined-only", "--extern-only"):
            defined.setdefault(name, set()).add(floor)
    for floor, path in libs.items():
        wrong = []
        for name in sorted(symbols(path, "--undefined-only")):
            homes = defined.get(name)
            if homes and not any(house.may_use(floor, h) for h in homes):
                wrong.append("%s calls %s of %s" % (floor, name,
                                                    ", ".join(sorted(homes))))
            if homes:
                continue
            for pattern, owners, why in house.OWNERS:
                if re.match(pattern, name) and floor not in owners:
                    wrong.append("%s calls %s: %s" % (floor, name, why))
        tap.case(not wrong, "calls of " + floor, wrong)
    twice = ["%s: %s" % (n, ", ".join(sorted(h)))
             for n, h in sorted(defined.items()) if len(h) > 1]
    tap.case(not twice, "a symbol has one home", twice)


def check_outside(tap, libs, program):
    """What no floor defines has to come from a library the program loads."""
    run = subprocess.run(["ldd", program], capture_output=True, text=True)
    outside = set()
    for path in re.findall(r"(/\S+)", run.stdout):
        outside |= symbols(path, "-D", "--defined-only")
    inside = set()
    for path in libs.values():
        inside |= symbols(path, "--defined-only", "--extern-only")
    wrong = ["%s of %s" % (name, floor) for floor, path in libs.items()
             for name in sorted(symbols(path, "--undefined-only"))
             if name not in inside and name not in outside
             and not re.match(COMPILER, name)]
    tap.case(not wrong, "nothing is undefined everywhere", wrong)


def check_includes(tap, root):
    wrong = {}
    for path in house.sources(root, ["src", "capture"], (".c", ".h", ".inc")):
        user = house.folder_of(path, root)
        if not user:
            continue
        wrong.setdefault(user, [])
        for n, header in house.includes(path):
            used = header.split("/")[0] if "/" in header else user
            where = "%s:%d includes %s" % (os.path.relpath(path, root), n,
                                           header)
            if header == "wirecert/wirecert.h":
                if user != "sensor":
                    wrong[user].append(where + ": the public header")
            elif used not in house.FLOOR:
                if os.path.exists(os.path.join(root, "src", user, header)):
                    continue  # a folder of the own floor
                wrong[user].append(where + ", which is on no floor")
            elif not house.may_use(user, used):
                wrong[user].append(where)
    for user, lines in sorted(wrong.items()):
        tap.case(not lines, "includes of " + user, lines)


def main():
    root, build = sys.argv[1:3]
    tap = house.Tap()
    libs = libraries(build)
    tap.case(len(libs) >= 12, "the floors' libraries are there",
             ["only " + ", ".join(libs)])
    check_calls(tap, libs)
    check_outside(tap, libs, os.path.join(build, "src/app/wirecert"))
    check_includes(tap, root)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
