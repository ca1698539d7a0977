#!/usr/bin/env python3
"""Receivers that go, hang, break off or never read, live: the sensor goes on
reading packets, nothing is lost that fits, what does not fit is counted.

sockets.py WIRECERT PCAPS: sensors behind mirrors on the loopback.
"""
import datetime
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from sensor import Sensor, Traffic, clients_of, lines_of, wait_for
from tap import Tap


class Lab:
    def __init__(self, exe, pcaps, folder):
        self.exe, self.traffic, self.dir = exe, Traffic(pcaps), folder
        self.frames = len(self.traffic.frames)
        self.log = os.path.join(folder, "log")

    def sensor(self, kind, path, more=""):
        """One output of this kind, and a file that tells how it is."""
        conf = os.path.join(self.dir, "conf")
        with open(conf, "w") as out:
            out.write('[output "it"]\ntype = %s\npath = %s\n%s\n'
                      '[output "log"]\npath = %s\nevents = status\n' % (
                          kind, path, more or "events = handshake", self.log))
        if os.path.exists(self.log):
            os.unlink(self.log)
        return Sensor(self.exe, config=conf)

    def last(self):
        """The last status event: itself, and the first output's part."""
        status = json.loads(lines_of(self.log).splitlines()[-1])
        status = status["wirecert"]["status"]
        return status, status["outputs"][0]


def bound(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    s.settimeout(10)
    return s


def take(s, num):
    """So many datagrams, or what comes within the time."""
    got = []
    try:
        while len(got) < num:
            got.append(s.recv(1 << 18))
    except socket.timeout:
        pass
    return got


def check_dgram(tap, lab):
    """The receiver goes away, and another one comes back in its place."""
    path = os.path.join(lab.dir, "dgram")
    receiver = bound(path)
    s = lab.sensor("unix_dgram", path)
    s.feed(lab.traffic, 0, 5)
    got = take(receiver, 5)
    receiver.close()
    os.unlink(path)
    s.feed(lab.traffic, 5, 5)
    told = wait_for(lambda: "events wait" in s.errors())
    s.feed(lab.traffic, 10, 5)
    receiver = bound(path)
    got += take(receiver, 10)
    s.feed(lab.traffic, 15, 5)
    got += take(receiver, 5)
    status = s.end()
    receiver.close()
    events = [json.loads(g) for g in got]
    tap.case(status == 0 and len(set(clients_of(events))) == len(events) == 20,
             "a datagram receiver goes and comes back: each event once",
             [status, len(events)])
    tap.case(told and "written again, 0 events were dropped" in s.text,
             "which is told", [s.text])
    out = lab.last()[1]
    tap.case(out["written"] == 20 and not out["waiting"] and
             out["failed_writes"] > 0 and not sum(out["dropped"].values()),
             "and counted", [out])


SYSLOG = re.compile(  # RFC 5424 6
    rb"<(\d{1,3})>1 (\S{1,32}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) "
    rb"(-|(?:\[[^]]*\])+) (.*)", re.S)


def check_syslog(tap, lab):
    path = os.path.join(lab.dir, "devlog")
    receiver = bound(path)
    s = lab.sensor("syslog", path, "format = ecs\n"
                   "events = finding, handshake\n")
    before = time.time()
    s.feed(lab.traffic, 0, 3)
    got = take(receiver, 4)
    status = s.end()
    receiver.close()
    parts = [SYSLOG.fullmatch(g) for g in got]
    tap.case(status == 0 and len(parts) >= 4 and all(parts),
             "syslog gets RFC 5424", [status] + got)
    if not all(parts) or not parts:
        return
    bad = []
    for p in parts:
        event = json.loads(p[8])
        word = event["event"]["dataset"].split(".")[1]
        level = 3 if word == "finding" and event["wirecert"]["severity"] == \
            "high" else 4 if word == "finding" else 6
        when = datetime.datetime.fromisoformat(
            p[2].decode().replace("Z", "+00:00"))
        fraction = p[2].decode().partition(".")[2].rstrip("Z")
        if int(p[1]) != 3 * 8 + level or p[4] != b"wirecert" or \
                int(p[5]) <= 0 or p[6].decode() != word or \
                len(fraction) > 6 or abs(when.timestamp() - before) > 60 or \
                p[3].decode() != event["observer"]["name"] or b"\n" in p[0]:
            bad.append(p[0][:200])
    tap.case(not bad, "priority, time, host, name, process, message id", bad)


def check_gone_amid(tap, lab):
    """A stream's peer closes in the middle of a line, then another listens."""
    path = os.path.join(lab.dir, "stream")
    listener = socket.socket(socket.AF_UNIX)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(path)
    listener.listen(4)
    listener.settimeout(10)
    s = lab.sensor("unix_stream", path)
    s.feed(lab.traffic, 0, 10)
    peer, _ = listener.accept()
    first = peer.recv(1500)  # an event is longer
    peer.close()
    s.feed(lab.traffic, 10, 10)
    peer, _ = listener.accept()
    peer.settimeout(10)
    second = b""
    while second.count(b"\n") < 10:
        more = peer.recv(1 << 16)
        if not more:
            break
        second += more
    status = s.end()
    try:
        while True:
            more = peer.recv(1 << 16)
            if not more:
                break
            second += more
    except (socket.timeout, ConnectionError):
        pass
    peer.close()
    listener.close()
    lines = second.splitlines()
    whole = []
    try:
        whole = [json.loads(line) for line in lines]
    except ValueError:
        pass
    tap.case(first and status == 0 and whole and
             len(whole) == len(set(clients_of(whole))),
             "a peer that breaks off: the next one begins with a whole line",
             [status, len(first), lines[:1]])


def goes_on(tap, lab, s, name, num):
    """With an output that hangs: all packets are read, none are dropped."""
    s.signal(signal.SIGUSR2)

    def told():
        lines = lines_of(lab.log).splitlines()
        return len(lines) > 1 and lab.last()[0]["packets"]["received"] >= \
            num * lab.frames

    def ask():
        if told():
            return True
        s.signal(signal.SIGUSR2)
        time.sleep(0.2)
        return False

    good = wait_for(ask)
    status, out = lab.last()
    tap.case(good and status["packets"]["dropped"] == 0 and
             status["handshakes"]["total"] == num,
             name + ": packets are read meanwhile",
             [status["packets"], status["handshakes"]["total"]])
    return out


def check_hung_stream(tap, lab):
    """It accepts, and never reads."""
    path = os.path.join(lab.dir, "hung")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    s = lab.sensor("unix_stream", path)
    peer, _ = listener.accept()
    s.feed(lab.traffic, 0, 200)
    out = goes_on(tap, lab, s, "a stream that is not read", 200)
    tap.case(out["waiting"] > 50 and out["slowest_write_us"] < 1000000,
             "what it does not take waits", [out])
    begun = time.monotonic()
    status = s.end()
    tap.case(status == 0 and time.monotonic() - begun < 8,
             "and it does not keep the sensor from ending", [status])
    peer.close()
    listener.close()


def check_hung_dgram(tap, lab):
    path = os.path.join(lab.dir, "hungd")
    receiver = bound(path)
    s = lab.sensor("unix_dgram", path)
    s.feed(lab.traffic, 0, 200)
    out = goes_on(tap, lab, s, "a datagram receiver that does not read", 200)
    tap.case(out["waiting"] > 50, "what it does not take waits", [out])
    got = []
    reader = threading.Thread(target=lambda: got.extend(take(receiver, 200)))
    reader.start()
    reader.join(15)
    status = s.end()
    receiver.close()
    tap.case(status == 0 and len({g for g in got}) == 200,
             "and comes when it reads", [status, len(got)])


def check_stopped_fifo(tap, lab):
    """The reader of a FIFO is stopped for a while; the queue has a bound."""
    path = os.path.join(lab.dir, "fifo")
    sink = os.path.join(lab.dir, "read")
    os.mkfifo(path)
    reader = subprocess.Popen(["cat", path], stdout=open(sink, "wb"))
    s = None
    # a limit of 2 MiB or so for what waits
    conf_more = "events = handshake, certificate\n[sensor]\n" \
        "memory_limit = 144M\n[output \"third\"]\npath = /dev/null\n" \
        "events = finding"
    try:
        time.sleep(0.2)
        s = lab.sensor("file", path, conf_more)
        s.feed(lab.traffic, 0, 5)
        wait_for(lambda: lines_of(sink).count(b"wirecert.handshake") == 5)
        reader.send_signal(signal.SIGSTOP)
        s.feed(lab.traffic, 5, 600)
        out = goes_on(tap, lab, s, "a stopped reader of a FIFO", 605)
        dropped = out["dropped"]
        tap.case(dropped["handshake"] > 0 and out["waiting"] > 0 and
                 out["waiting_bytes"] < 2 << 20,
                 "the queue is bounded, what is dropped is counted", [out])
        reader.send_signal(signal.SIGCONT)
        wait_for(lambda: "written again" in s.errors())
        status = s.end()
        out = lab.last()[1]
        lines = lines_of(sink).splitlines()
        events = [json.loads(line) for line in lines]
        told = clients_of(events)
        # each told once, and told and dropped are all there were
        tap.case(status == 0 and len(told) == len(set(told)) and
                 len(told) + dropped["handshake"] == 605 and
                 "written again" in s.text,
                 "told and dropped are all there were",
                 [status, len(told), out, s.text])
    finally:
        reader.send_signal(signal.SIGCONT)
        if s:
            s.end()
        reader.kill()
        reader.wait()


CHECKS = (check_dgram, check_syslog, check_gone_amid, check_hung_stream,
          check_hung_dgram, check_stopped_fifo)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(os.path.abspath(sys.argv[1]), sys.argv[2], folder)
        for check in CHECKS:
            if len(sys.argv) < 4 or sys.argv[3] == check.__name__:
                check(tap, lab)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
