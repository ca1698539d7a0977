#!/usr/bin/env python3
"""README.md tells the truth: its first commands print what it shows.

readme.py WIRECERT ROOT: the wirecert commands of the first sh block are run as
they stand there (with this build's program), and what they print is the block
that follows; the options of its other examples exist; its links lead somewhere.
"""
import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

BUILT = "build/src/app/wirecert"


def blocks(text):
    """(language, content) of the fenced blocks, in order."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)


def main():
    exe, root = sys.argv[1:3]
    tap = Tap()
    with open(os.path.join(root, "README.md"), encoding="utf-8") as f:
        text = f.read()
    found = blocks(text)
    commands = [c for c in found[0][1].replace("\\\n", "").splitlines()
                if c.startswith(BUILT)]
    printed = b""
    for command in commands:
        run = subprocess.run([exe] + shlex.split(command)[1:], cwd=root,
                             capture_output=True, timeout=60)
        tap.case(run.returncode == 0 and not run.stderr, command,
                 [run.stderr.decode()])
        printed += run.stdout
    shown = found[1][1]
    got = printed.decode().rstrip("\n") + "\n"
    wrong = ["README: %s\nprogram: %s" % pair
             for pair in zip(shown.splitlines(), got.splitlines())
             if pair[0] != pair[1]]
    tap.case(len(commands) == 2 and shown == got, "the output shown", wrong)
    for what in ("cert.expired", "name.mismatch"):
        tap.case(what in shown, "it shows " + what)

    options = "".join(
        subprocess.run([exe, *word, "--help"], capture_output=True,
                       text=True).stdout for word in ([], ["inventory"]))
    for line in found[3][1].splitlines():
        used = re.findall(r"(?<=\s)--?[a-z][a-z-]*", line.split("  ")[0])
        missing = [o for o in used if not re.search(
            r"(?<!\S)%s\b" % re.escape(o), options)]
        tap.case(line.startswith("wirecert ") and not missing, line, missing)
    for link in re.findall(r"\]\(([^)#]+)", text):
        tap.case(link.startswith("https://") or
                 os.path.exists(os.path.join(root, link)), "link " + link)
    lines = re.search(r"\((tests/api/\S+)\) of (\d+) lines", text)
    with open(os.path.join(root, lines[1]), encoding="utf-8") as f:
        tap.case(len(f.readlines()) == int(lines[2]), lines[0])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
