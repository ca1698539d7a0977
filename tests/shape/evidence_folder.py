#!/usr/bin/env python3
"""The folder of --evidence when it is not as it should be.

evidence_folder.py WIRECERT PCAPS: missing, with files of others under our
names, full, with too many files, and taken away meanwhile. Findings are told
all the same, one line says what is wrong, and status counts it.
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

import packets as pk

CASE = "tls12-expired-curl-reject"


def run(exe, capture, folder, feed=None, preexec=None, meanwhile=None):
    """(exit status, findings, the last status event, standard error)"""
    cmd = [exe, "-r", "-" if meanwhile else capture, "-t", "none", "-f", "ecs",
           "-e", "finding,status", "--evidence", folder]
    child = subprocess.Popen(cmd, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             preexec_fn=preexec)
    if meanwhile:
        wait_for_folder(child.pid, folder)
        meanwhile()
        with open(capture, "rb") as f:
            feed = f.read()
    out, err = child.communicate(feed, timeout=60)
    events = [json.loads(line) for line in out.splitlines()]
    findings = [e for e in events if e["event"]["dataset"] ==
                "wirecert.finding"]
    status = [e["wirecert"]["status"] for e in events
              if e["event"]["dataset"] == "wirecert.status"]
    return (child.returncode, findings, status[-1] if status else {},
            err.decode())


def wait_for_folder(pid, folder):
    for _ in range(500):
        fds = "/proc/%d/fd" % pid
        for fd in os.listdir(fds):
            try:
                if os.readlink(os.path.join(fds, fd)) == folder:
                    return
            except OSError:
                pass  # closed meanwhile
        time.sleep(0.02)
    raise SystemExit("wirecert does not open %s" % folder)


def expect(status, findings, counters, err, line, named, **counted):
    """What is wrong, as lines."""
    wrong = []
    if status != 0:
        wrong.append("exit status %d" % status)
    if not findings:
        wrong.append("no finding is told")
    if named != any("evidence" in e["wirecert"] for e in findings):
        wrong.append("a file is %snamed" % ("not " if named else ""))
    for name, value in counted.items():
        got = counters.get("evidence", {}).get(name)
        if got != value:
            wrong.append("status: evidence.%s is %s, not %s" % (
                name, got, value))
    if err.count("\n") != (1 if line else 0) or (line or "") not in err:
        wrong.append("standard error: %r instead of one line with %r" % (
            err, line))
    return wrong


def full_disk():
    """No file may grow beyond 100 bytes: the write fails half-way."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def check_names(tap, exe, capture, scratch, num):
    """Whatever has the name already is left alone."""
    folder = os.path.join(scratch, "names")
    os.mkdir(folder)
    _, findings, _, _ = run(exe, capture, folder)
    name = findings[0]["wirecert"]["evidence"]
    path = os.path.join(folder, name)
    first = open(path, "rb").read()
    tap.case(not expect(*run(exe, capture, folder), None, True, written=0,
                        there_before=num) and open(path, "rb").read() == first,
             "a second run finds its own files")
    for what, make in [
            ("a file", lambda: open(path, "wb").write(b"precious")),
            ("a link", lambda: os.symlink("/etc/passwd", path)),
            ("a dead link", lambda: os.symlink(scratch + "/born", path)),
            ("a pipe", lambda: os.mkfifo(path)),
            ("a folder", lambda: os.mkdir(path))]:
        for old in os.listdir(folder):
            old = os.path.join(folder, old)
            (os.rmdir if os.path.isdir(old) else os.unlink)(old)
        make()
        before = os.lstat(path)
        result = run(exe, capture, folder)
        after = os.lstat(path)
        wrong = expect(*result, "another file has this name", num > 1,
                       failed=1, written=num - 1)
        if (before.st_ino, before.st_size, before.st_mtime_ns) != (
                after.st_ino, after.st_size, after.st_mtime_ns):
            wrong.append("it was changed")
        if os.path.exists(scratch + "/born"):
            wrong.append("the link was followed")
        tap.case(not wrong, what + " of others keeps its name", wrong)


def main():
    exe, pcaps = sys.argv[1:3]
    capture = os.path.join(pcaps, CASE, "capture.pcap")
    tap = pk.Tap()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = os.path.realpath(scratch)
        status, events, _, err = run(exe, capture, scratch + "/none")
        tap.case(status == 2 and not events and err.count("\n") == 1 and
                 "--evidence" in err and "No such file" in err,
                 "a folder that is not there is refused", [status, err])
        status, events, _, err = run(exe, capture, capture)
        tap.case(status == 2 and not events and "Not a directory" in err,
                 "a file is no folder", [status, err])

        folder = os.path.join(scratch, "good")
        os.mkdir(folder)
        result = run(exe, capture, folder)
        num = len(result[1])
        wrong = expect(*result, None, True, written=num, failed=0, files=num)
        tap.case(not wrong, "a good folder", wrong)
        check_names(tap, exe, capture, scratch, num)

        folder = os.path.join(scratch, "full")
        os.mkdir(folder)
        wrong = expect(*run(exe, capture, folder, preexec=full_disk),
                       "File too large", False, failed=num, written=0, files=0)
        wrong += os.listdir(folder)
        tap.case(not wrong, "a full disk leaves no half file", wrong)

        folder = os.path.join(scratch, "many")
        os.mkdir(folder)
        for i in range(1024):
            open(os.path.join(folder, "%032x.pcapng" % i), "w").close()
        wrong = expect(*run(exe, capture, folder), "1024 files", False,
                       refused=num, files=1024, written=0)
        tap.case(not wrong, "the number of files is bounded", wrong)

        folder = os.path.join(scratch, "gone")
        os.mkdir(folder)
        wrong = expect(*run(exe, capture, folder,
                            meanwhile=lambda: os.rmdir(folder)),
                       "No such file", False, failed=num)
        tap.case(not wrong, "a folder that goes away", wrong)

        def again():
            os.rmdir(folder)
            os.mkdir(folder)

        os.mkdir(folder)
        wrong = expect(*run(exe, capture, folder, meanwhile=again), None, True,
                       written=num, failed=0)
        if len(os.listdir(folder)) != num:
            wrong.append("the new folder has %s" % os.listdir(folder))
        tap.case(not wrong, "a folder that comes back", wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
