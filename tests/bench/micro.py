"""micro.py: --micro of bench.py: what single operations cost.

The program is tests/bench/micro of the build that --program is of. Where the
processor counts no instructions for us (most virtual machines), valgrind does:
what twice as many operations take more is theirs, and making the working set
is none of it. They are counted once a row, with the smallest set: the number
hardly depends on it.
"""
import os
import re
import shutil
import subprocess

# operations: enough that one more line of output would not show
COUNTED = 2048


def program(bench):
    """micro beside src/app/wirecert, or None."""
    root = os.path.join(os.path.dirname(bench.o.program), "..", "..")
    path = os.path.join(root, "tests", "bench", "micro")
    return path if os.access(path, os.X_OK) else None


def lines(command):
    r = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [line.split("\t") for line in r.stdout.splitlines()]


def counted(path, template, name, size, ops):
    r = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=no",
         "--cachegrind-out-file=/dev/null", path, "-t", template, "-s", size,
         "-o", str(ops), "-e", name], check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    found = re.search(r"I\s+refs:\s+([\d,]+)", r.stderr)
    return int(found.group(1).replace(",", "")) if found else None


def instructions(path, template, name, size):
    a, b = (counted(path, template, name, size, n * COUNTED) for n in (1, 2))
    return "-" if a is None or b is None else "%.0f" % ((b - a) / COUNTED)


def micro(bench):
    path = program(bench)
    if not path:
        print("--micro: no tests/bench/micro beside %s: build with "
              "-Dtests=enabled" % bench.o.program)
        return
    o, template = bench.o, bench.folder
    most = str(o.micro_most)
    print("\n%-34s %9s %10s %17s %13s" % (
        "operation", "items", "ns", "least to most", "instructions"))
    before = None
    for row in lines([path, "-t", template, "-r", str(o.runs), "-s", most,
                      "-m", str(o.micro_ms)] +
                     ([o.micro] if o.micro != "all" else [])):
        name, size, _, mid, low, high, count = row
        if count == "-" and name != before and shutil.which("valgrind"):
            count = instructions(path, template, name, size)
        elif count == "-":
            count = ""
        print("%-34s %9s %10s %8s %8s %13s" % (
            name if name != before else "", size, mid, low, high, count),
            flush=True)
        before = name
    if not shutil.which("valgrind"):
        print("(instructions need the processor's counter or valgrind)")
