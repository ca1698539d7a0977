#!/usr/bin/env python3
"""Where events go, when that is moved, cut, full, slow, broken or gone.

run.py WIRECERT PCAPS: sensors behind mirrors on the loopback; logrotate(8) and
small file systems where they are to be had, else it says that it skips.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from sensor import (Sensor, Traffic, clients_of, events_of, lines_of, of,
                    wait_for)
from tap import Tap

EVENTS = "finding,certificate,handshake,status"


class Lab:
    def __init__(self, exe, pcaps, folder):
        self.exe, self.traffic, self.dir = exe, Traffic(pcaps), folder
        self.log = self.path("log", "events.json")
        os.mkdir(self.path("log"))

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def sensor(self, *options, **more):
        return Sensor(self.exe, "-f", "ecs", "-e", EVENTS, *options, **more)

    def clear(self):
        shutil.rmtree(self.path("log"))
        os.mkdir(self.path("log"))


def has(path, num):
    """Are so many handshakes told there?"""
    return lambda: lines_of(path).count(b"wirecert.handshake") >= num


def begins_well(path):
    first = lines_of(path).split(b"\n")[0]
    return len(first) > 1024 and b'"wirecert.status"' in first


def check_whole(tap, name, paths, want, status=0):
    """All handshakes are told once, in whole lines."""
    events, bad = events_of(*paths)
    told = clients_of(events)
    tap.case(not bad and len(told) == want and status == 0, name,
             ["%d told, not %d; status %r" % (len(told), want, status)] + bad)
    return events


def check_renamed(tap, lab):
    s = lab.sensor("-o", lab.log)
    s.feed(lab.traffic, 0, 3)
    wait_for(has(lab.log, 3))
    mode = os.stat(lab.log).st_mode & 0o777
    tap.case(mode == 0o640, "a log is for its group to read", [oct(mode)])
    os.rename(lab.log, lab.log + ".1")
    wait_for(lambda: os.path.exists(lab.log))
    s.feed(lab.traffic, 3, 3)
    wait_for(has(lab.log, 3))
    tap.case(begins_well(lab.log), "a log that was moved away begins anew",
             [lines_of(lab.log)[:100]])
    check_whole(tap, "and nothing is lost", [lab.log + ".1", lab.log], 6,
                s.end())
    tap.case(not s.text, "nothing on standard error", [s.text])
    lab.clear()


LOGROTATE = """
{log} {{
	rotate 3
	size 1
	missingok
	{more}
}}
"""


def rotate(lab, more):
    conf, state = lab.path("rotate.conf"), lab.path("rotate.state")
    with open(conf, "w") as out:
        out.write(LOGROTATE.format(log=lab.log, more=more))
    os.chmod(conf, 0o644)
    return subprocess.run(["logrotate", "-f", "-s", state, conf],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)


def check_logrotate(tap, lab):
    if not shutil.which("logrotate"):
        tap.skip("logrotate", "logrotate is not installed")
        return
    os.chmod(lab.path("log"), 0o755)
    ways = (("rename, SIGHUP", "postrotate\nkill -HUP %d\nendscript\n"),
            ("rename, create, SIGUSR1",
             "create 0640\npostrotate\nkill -USR1 %d\nendscript\n"),
            ("rename and nothing else", "nocreate # %d\n"),
            ("copytruncate", "copytruncate # %d\n"))
    for name, more in ways:
        s = lab.sensor("-o", lab.log)
        for n in range(3):
            s.feed(lab.traffic, 2 * n, 2)
            wait_for(has(lab.log, 2))
            run = rotate(lab, more % s.child.pid)
            tap.case(run.returncode == 0, "logrotate: %s" % name,
                     [run.stdout])
        s.feed(lab.traffic, 6, 1)
        wait_for(has(lab.log, 1))
        status = s.end()
        tap.case(begins_well(lab.log), "the log begins with a status event",
                 [lines_of(lab.log)[:100]])
        files = [lab.log + x for x in ("", ".1", ".2", ".3")]
        check_whole(tap, "nothing is lost: " + name, files, 7, status)
        lab.clear()


def check_own_rotation(tap, lab):
    conf = lab.path("own.conf")
    with open(conf, "w") as out:
        out.write('[output "log"]\npath = %s\nevents = finding, certificate, '
                  'handshake, status\nrotate_size = 20K\nkeep = 30\n' % lab.log)
    s = Sensor(lab.exe, config=conf)
    for n in range(8):
        s.feed(lab.traffic, 5 * n, 5)
        wait_for(lambda: os.path.exists("%s.%d" % (lab.log, n + 1)), 5)
    status = s.end()
    files = [os.path.join(lab.path("log"), x)
             for x in os.listdir(lab.path("log"))]
    tap.case(4 < len(files) < 12, "rotation by size", files)
    check_whole(tap, "loses nothing", files, 40, status)
    tap.case(all(begins_well(x) for x in files), "every log begins well")
    lab.clear()


def check_folder(tap, lab):
    s = lab.sensor("-o", lab.log)
    s.feed(lab.traffic, 0, 2)
    wait_for(has(lab.log, 2))
    shutil.rmtree(lab.path("log"))
    wait_for(lambda: "wait for it" in s.errors())
    tap.case("events.json: No such file or directory; events wait" in s.text,
             "a folder that vanishes is told", [s.text])
    s.feed(lab.traffic, 2, 2)
    os.mkdir(lab.path("log"))
    wait_for(has(lab.log, 2))
    wait_for(lambda: "again" in s.errors())
    tap.case("written again, 0 events were dropped" in s.text,
             "and that it is back", [s.text])
    events = check_whole(tap, "events waited for it", [lab.log], 2, s.end())
    tap.case(begins_well(lab.log), "the new log begins well")
    last = [o for o in of(events, "status")[-1]["wirecert"]["status"]
            ["outputs"] if o["name"] == lab.log]
    tap.case(last and last[0]["failed_writes"] > 0,
             "status events tell of the output", last)
    lab.clear()


def check_half(tap, lab):
    whole = b'{"event":{"dataset":"wirecert.x"}}\n'
    with open(lab.log, "wb") as out:
        out.write(whole + b'{"event":{"data')
    s = lab.sensor("-o", lab.log)
    wait_for(lambda: b"started" in lines_of(lab.log))
    status = s.end()
    events, bad = events_of(lab.log)
    tap.case(status == 0 and not bad and len(events) == 3,
             "half a line of one that was killed goes", bad)
    with open(lab.log, "wb") as out:
        out.write(b"a note of somebody's")
    s = lab.sensor("-o", lab.log)
    wait_for(lambda: b"{" in lines_of(lab.log))
    s.end()
    tap.case(lines_of(lab.log).startswith(b"a note of somebody's\n{"),
             "what is not ours stays", [lines_of(lab.log)[:50]])
    lab.clear()


def check_two(tap, lab):
    two = [lab.sensor("-o", lab.log) for _ in range(2)]
    for n in range(10):
        for s in two:
            s.feed(lab.traffic, 4 * n, 4)
    wait_for(has(lab.log, 80))
    status = [s.end() for s in two]
    check_whole(tap, "two sensors on one path", [lab.log], 80,
                max(status, key=str))
    lab.clear()


def check_stdout(tap, lab):
    read, write = os.pipe()
    s = lab.sensor(stdout=write)
    os.close(write)
    os.read(read, 100)
    os.close(read)
    s.feed(lab.traffic)
    wait_for(lambda: s.child.poll() is not None)
    tap.case(s.end() == 3 and s.text ==
             "wirecert: standard output: closed by its reader\n",
             "a closed pipe ends it with a plain line", [s.text])


def check_slow(tap, lab):
    """Nobody reads: the sensor goes on, and all of it is there later."""
    read, write = os.pipe()
    s = lab.sensor(stdout=write)
    os.close(write)
    for n in range(12):
        s.feed(lab.traffic, 40 * n, 40)
    frames = len(lab.traffic.frames) * 480
    got = b""
    s.signal(signal.SIGUSR2)
    time.sleep(0.5)
    out = lab.path("out")
    os.set_blocking(read, False)

    def drain():
        nonlocal got
        try:
            got += os.read(read, 1 << 20)
        except BlockingIOError:
            pass
        return got.count(b"wirecert.handshake") >= 480
    good = wait_for(drain, 20)
    s.signal(signal.SIGTERM)
    wait_for(lambda: drain() and s.child.poll() is not None, 20)
    status = s.end()
    drain()
    os.close(read)
    with open(out, "wb") as f:
        f.write(got)
    events = check_whole(tap, "a slow pipe", [out], 480, status)
    last = of(events, "status", "ended")
    counted = last and last[0]["wirecert"]["status"]["packets"]
    tap.case(good and counted and counted["received"] == frames and
             counted["dropped"] == 0, "the packets are read meanwhile",
             [counted, frames])
    told = of(events, "status", "interval")
    waited = [o["waiting"] for e in told
              for o in e["wirecert"]["status"]["outputs"]]
    tap.case(any(waited), "SIGUSR2 tells what waits", waited)


class Reader:
    """A unix stream socket that goes and comes back."""

    def __init__(self, path):
        self.path, self.got = path, b""
        self.open()

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.listener.settimeout(15)

    def read(self, num):
        peer, _ = self.listener.accept()
        peer.settimeout(15)
        part = b""
        while part.count(b"wirecert.handshake") < num:
            more = peer.recv(1 << 16)
            if not more:
                break
            part += more
        peer.close()
        return part

    def close(self):
        self.listener.close()
        os.unlink(self.path)


def check_stream(tap, lab):
    path = lab.path("socket")
    reader = Reader(path)
    conf = lab.path("stream.conf")
    with open(conf, "w") as out:
        out.write('[output "vector"]\ntype = unix_stream\npath = %s\n'
                  'events = handshake\n' % path)
    s = Sensor(lab.exe, config=conf)
    s.feed(lab.traffic, 0, 5)
    first = reader.read(5)
    reader.close()
    s.feed(lab.traffic, 5, 5)
    wait_for(lambda: "events wait" in s.errors())
    reader.open()
    second = reader.read(5)
    out = lab.path("out")
    with open(out, "wb") as f:
        # what it read of the last line before it went it got again
        f.write(first[:first.rfind(b"\n") + 1] + second)
    status = s.end()
    check_whole(tap, "a reader goes and comes back", [out], 10, status)
    tap.case("written again, 0 events were dropped" in s.text,
             "which is told", [s.text])
    reader.close()


def check_full(tap, lab):
    disk = lab.path("disk")
    os.mkdir(disk)
    run = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none",
                          disk], stderr=subprocess.PIPE, text=True)
    if run.returncode:
        tap.skip("a full disk", run.stderr.strip() or "no mounts here")
        return
    log, ballast = os.path.join(disk, "log"), os.path.join(disk, "ballast")
    s = lab.sensor("-o", log)
    try:
        with open(ballast, "wb") as out:
            out.write(b"x" * (180 << 10))
        for n in range(10):
            s.feed(lab.traffic, 8 * n, 8)
        wait_for(lambda: "wait for it" in s.errors())
        tap.case("No space left on device; events wait" in s.text,
                 "a full disk is told", [s.text])
        _, bad = events_of(log)
        tap.case(not bad, "no half line stands in it meanwhile", bad)
        os.unlink(ballast)
        # and as much room again, since the rest has to fit
        subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
        wait_for(lambda: "written again" in s.errors())
        events = check_whole(tap, "all of it is there later", [log], 80,
                             s.end())
        told = [o for e in of(events, "status", "interval")
                for o in e["wirecert"]["status"].get("outputs", ())]
        tap.case(told and told[-1]["failed_writes"] > 0 and
                 told[-1]["state"] == "good",
                 "a status event says when it is over", told)
    finally:
        s.end()
        subprocess.run(["umount", disk])


def check_replay(tap, lab):
    case = os.path.join(sys.argv[2], "connect-expired", "capture.pcap")
    run = subprocess.run([lab.exe, "-r", case, "-o", "/dev/full"],
                         stderr=subprocess.PIPE, text=True)
    tap.case(run.returncode == 3 and
             "/dev/full: No space left on device" in run.stderr,
             "a replay to a full disk fails", [run.stderr])


def check_journald(tap, lab):
    """Its own protocol: fields, and the text behind its length."""
    path, conf = lab.path("journal"), lab.path("journal.conf")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(path)
        journal.settimeout(10)
        with open(conf, "w") as out:
            out.write('[output "j"]\ntype = journald\npath = %s\n'
                      'format = text\nevents = finding\n' % path)
        case = os.path.join(sys.argv[2], "connect-expired", "capture.pcap")
        subprocess.run([lab.exe, "-c", conf, "-r", case, "-t", "none"],
                       check=True)
        got = journal.recv(1 << 16)
    head, _, text = got.partition(b"\nMESSAGE\n")
    fields = dict(line.split(b"=", 1) for line in head.splitlines())
    size = int.from_bytes(text[:8], "little")
    tap.case(len(text) == size + 9 and text.endswith(b"\n") and
             b"expired" in text, "journald gets the text", [got])
    catalog = os.path.join(sys.argv[2], "..", "contrib", "systemd",
                           "wirecert.catalog")
    tap.case(fields.get(b"WIRECERT_CODE") == b"cert.expired" and
             fields.get(b"PRIORITY") == b"3" and
             b"\n-- " + fields[b"MESSAGE_ID"] + b"\nSubject: Server cert"
             in lines_of(catalog), "and fields, whose id the catalogue knows",
             [head])


CONF = """[sensor]
trust = none
[output "log"]
path = %s
events = finding, handshake, status
"""
EXCEPT = """[except "known, OPS-1"]
code = cert.expired
name = *
[except "tests"]
code = client.*, chain.*
name = *
"""


def reload(lab, s, conf, text, word):
    with open(conf, "w") as out:
        out.write(CONF % lab.log + text)
    before = len(s.errors())
    s.signal(signal.SIGHUP)
    return wait_for(lambda: word in s.errors()[before:])


def check_reload(tap, lab):
    """A reload loses no packet, no flow and no finding; a bad one nothing."""
    conf = lab.path("reload.conf")
    with open(conf, "w") as out:
        out.write(CONF % lab.log)
    s = Sensor(lab.exe, config=conf)
    s.feed(lab.traffic, 0, 2)
    wait_for(has(lab.log, 2))
    frames = list(lab.traffic.of(2))
    s.send(frames[:len(frames) // 2])
    good = reload(lab, s, conf, "[excpet]\n", "stays in force")
    tap.case(good and "reload.conf:6: [excpet]" in s.text and
             "[except]" in s.text, "a bad file is told, and what is near",
             [s.text])
    s.send(frames[len(frames) // 2:])
    wait_for(has(lab.log, 3))
    frames = list(lab.traffic.of(3))
    s.send(frames[:len(frames) // 2])
    tap.case(reload(lab, s, conf, EXCEPT, "read again"), "a good one, too",
             [s.text])
    s.send(frames[len(frames) // 2:])
    s.feed(lab.traffic, 4, 2)
    wait_for(has(lab.log, 6))
    events = check_whole(tap, "connections go on over a reload", [lab.log], 6,
                         s.end())
    last = of(events, "status", "ended")[-1]["wirecert"]["status"]
    tap.case(last["packets"]["received"] == 6 * len(frames) and
             not last["packets"]["dropped"], "no packet is lost",
             [last["packets"]])
    tap.case(last["findings"]["excepted"] >= 3, "what is hidden is counted",
             [last["findings"]])
    codes = [e["event"]["code"] for e in of(events, "finding", "opened")]
    over = of(events, "finding", "resolved")
    tap.case(codes.count("cert.expired") == 1 and not over,
             "an exception hides a finding, and does not end it",
             [codes, over])
    lab.clear()


def check_text(tap, lab):
    """For people: a line when something changes, none when nothing does."""
    s = Sensor(lab.exe, "-f", "text", "-o", lab.log)
    wait_for(lambda: os.path.exists(lab.log))
    s.signal(signal.SIGUSR1)  # a status event, that says nothing new
    time.sleep(1)
    tap.case(not lines_of(lab.log), "text is quiet while nothing happens",
             [lines_of(lab.log)])
    s.signal(signal.SIGUSR2)
    wait_for(lambda: lines_of(lab.log))
    told = lines_of(lab.log)
    tap.case(told.count(b"\n") == 1 and b"status  0 packets" in told,
             "but answers who asks", [told])
    status = s.end()
    told = lines_of(lab.log)
    tap.case(told.count(b"\n") == 2 and status == 0, "and says the end",
             [told])
    lab.clear()


CHECKS = (check_text, check_reload, check_journald, check_renamed, check_logrotate,
          check_own_rotation, check_folder, check_half, check_two,
          check_stdout, check_slow, check_stream, check_full, check_replay)


def main():
    # what is mounted goes with the process
    if os.geteuid() == 0 and "--alone" not in sys.argv and \
            not subprocess.run(["unshare", "-m", "true"],
                               stderr=subprocess.DEVNULL).returncode:
        os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv,
                              "--alone"])
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(os.path.abspath(sys.argv[1]), sys.argv[2], folder)
        for check in CHECKS:
            if len(sys.argv) < 4 or sys.argv[3] in ("--alone",
                                                    check.__name__):
                check(tap, lab)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
