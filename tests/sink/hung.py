#!/usr/bin/env python3
"""A file system that does not answer stops nothing but what is written to it.

hung.py WIRECERT PCAPS: an ext4 image that is frozen under the log, or under the
state directory, of a sensor behind a mirror on the loopback. Needs root, a loop
device and fsfreeze(8); else it says that it skips.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from sensor import (Sensor, Traffic, clients_of, events_of, lines_of, of,
                    wait_for)
from tap import Tap

EVENTS = "finding, certificate, handshake, status"
TOOLS = ("mkfs.ext4", "fsfreeze", "mount")


def run(*words):
    return subprocess.run(words, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


class Disk:
    """Thawed and unmounted in the end, whatever happens."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "disk")
        image = os.path.join(folder, "image")
        os.mkdir(self.path)
        with open(image, "wb") as out:
            out.truncate(32 << 20)
        self.why = "; ".join(t for t in TOOLS if not shutil.which(t))
        for words in (("mkfs.ext4", "-q", "-F", image),
                      ("mount", "-o", "loop", image, self.path)):
            if not self.why:
                done = run(*words)
                self.why = done.returncode and done.stdout.strip()
        self.mounted = not self.why
        if self.mounted:
            self.why = not self.freeze() and "fsfreeze fails here"
            self.thaw()

    def freeze(self):
        os.sync()
        return run("fsfreeze", "-f", self.path).returncode == 0

    def thaw(self):
        run("fsfreeze", "-u", self.path)

    def end(self):
        if self.mounted:
            self.thaw()
            run("umount", self.path)


def config(folder, text):
    path = os.path.join(folder, "wirecert.conf")
    with open(path, "w") as out:
        out.write(text)
    return path


def output(path):
    return '[output "%s"]\npath = %s\nformat = ecs\nevents = %s\n' % (
        os.path.basename(path), path, EVENTS)


def handshakes(path):
    return lines_of(path).count(b'"wirecert.handshake"')


def outputs_of(path):
    """Name and state of every output, by the last status event."""
    told = of(events_of(path)[0], "status", "interval")
    return {os.path.basename(o["name"]): o
            for o in (told[-1]["wirecert"]["status"]["outputs"]
                      if told else ())}


def check_log(tap, exe, traffic, folder, disk):
    near, far = (os.path.join(folder, "near.json"),
                 os.path.join(disk.path, "far.json"))
    s = Sensor(exe, config=config(folder, output(near) + output(far)))
    s.feed(traffic, 0, 3)
    tap.case(wait_for(lambda: handshakes(near) == handshakes(far) == 3),
             "both logs are written")
    disk.freeze()
    try:
        s.feed(traffic, 3, 20)
        tap.case(wait_for(lambda: handshakes(near) == 23, 8),
                 "the other log goes on while a disk hangs",
                 [handshakes(near)])
        tap.case(wait_for(lambda: "far.json: it does not answer; events wait"
                          in s.errors()), "people are told", [s.text])
        s.signal(signal.SIGHUP)
        s.signal(signal.SIGUSR2)
        wait_for(lambda: outputs_of(near).get("far.json", {})
                 .get("state") == "failing")
        seen = outputs_of(near)
        tap.case(seen["far.json"]["state"] == "failing" and
                 seen["far.json"]["waiting"] >= 20 and
                 seen["near.json"]["state"] == "good",
                 "status events name the output that hangs", [seen])
        begun = time.monotonic()
        s.feed(traffic, 23, 5)
        tap.case(wait_for(lambda: handshakes(near) == 28, 8) and
                 time.monotonic() - begun < 8,
                 "and it is waited for once only", [handshakes(near)])
    finally:
        disk.thaw()
    tap.case(wait_for(lambda: "far.json: written again, 0 events were dropped"
                      in s.errors()), "people are told that it is over",
             [s.text])
    wait_for(lambda: outputs_of(far).get("far.json", {})
             .get("state") == "good")
    tap.case(outputs_of(far)["far.json"]["state"] == "good",
             "a status event says when it is over", [outputs_of(far)])
    status = s.end()
    for path in (near, far):
        events, bad = events_of(path)
        told = clients_of(events)
        tap.case(not bad and status == 0 and
                 len(told) == len(set(told)) == 28,
                 "all is in %s, in whole lines, once" %
                 os.path.basename(path), [len(told), status] + bad)


def opened(path):
    return [e["wirecert"]["finding"]["id"]
            for e in of(events_of(path)[0], "finding", "opened")]


def check_state(tap, exe, traffic, folder, disk):
    state, log = (os.path.join(disk.path, "state"),
                  os.path.join(folder, "log.json"))
    conf = config(folder, output(log) + "[state]\ndirectory = %s\n" % state)
    s = Sensor(exe, config=conf)
    s.feed(traffic, 0, 1)
    wait_for(lambda: handshakes(log) == 1)
    before = opened(log)
    tap.case(before, "findings are told")
    disk.freeze()
    try:
        s.feed(traffic, 1, 10)
        tap.case(wait_for(lambda: handshakes(log) == 11, 8),
                 "events are told while the state's disk hangs",
                 [handshakes(log)])
        tap.case(wait_for(lambda: "the state directory does not answer"
                          in s.errors()), "people are told", [s.text])
    finally:
        disk.thaw()
    s.feed(traffic, 11, 1)
    wait_for(lambda: handshakes(log) == 12)
    time.sleep(1)
    s.signal(signal.SIGKILL)
    s.end()
    shown = run(exe, "inventory", "--json", "-c", conf)
    tap.case('"handshakes":12' in shown.stdout.replace(" ", "") or
             '"count":12' in shown.stdout.replace(" ", ""),
             "what came meanwhile is kept", [shown.stdout[:400]])
    s = Sensor(exe, config=conf)
    s.feed(traffic, 12, 1)
    wait_for(lambda: handshakes(log) == 13)
    status = s.end()
    tap.case(status == 0 and opened(log) == before,
             "and nothing is opened twice after a kill",
             [status, before, opened(log), s.text])


def check_end(tap, exe, traffic, folder, disk):
    near, far = (os.path.join(folder, "end.json"),
                 os.path.join(disk.path, "end-far.json"))
    s = Sensor(exe, config=config(folder, output(near) + output(far)))
    s.feed(traffic, 0, 1)
    wait_for(lambda: handshakes(near) == handshakes(far) == 1)
    disk.freeze()
    try:
        s.feed(traffic, 1, 4)
        wait_for(lambda: handshakes(near) == 5, 8)
        s.signal(signal.SIGTERM)
        told = wait_for(lambda: "events are lost" in s.errors(), 15)
        ended = of(events_of(near)[0], "status", "ended")
    finally:
        disk.thaw()
    s.end()
    tap.case(told and ended, "a sensor ends while a disk hangs, and says "
             "what is lost", [s.text])
    tap.case(not events_of(far)[1], "without half a line",
             events_of(far)[1])


def main():
    # what is mounted goes with the process
    if os.geteuid() == 0 and "--alone" not in sys.argv and \
            not run("unshare", "-m", "true").returncode:
        os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv,
                              "--alone"])
    tap = Tap()
    exe, traffic = os.path.abspath(sys.argv[1]), Traffic(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        disk = Disk(folder)
        try:
            if disk.why:
                tap.skip("a file system that hangs", disk.why)
            for check in () if disk.why else (check_log, check_state,
                                              check_end):
                check(tap, exe, traffic, folder, disk)
        finally:
            disk.end()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
