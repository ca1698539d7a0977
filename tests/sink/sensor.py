"""sensor.py: a live sensor behind a mirror of its own on the loopback, fed from
captures. Needs no privilege. Everything ends with end()."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "shape"))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
import packets  # noqa: E402
from tap import wait_for  # noqa: E402

VXLAN = b"\x08\0\0\0\0\0\1\0"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Traffic:
    """The frames of a case with one handshake that is told at once; other
    clients make other connections of it."""

    def __init__(self, pcaps, case="matrix-curl-k-expired-tls12"):
        capture = packets.read(os.path.join(pcaps, case, "capture.pcap"))
        self.frames = [p.data for p in capture.packets]
        at = packets.ip_start(capture.linktype, self.frames[0])
        self.at = at[0] if isinstance(at, tuple) else at
        self.client = self.frames[0][self.at + 12:self.at + 16]

    def of(self, number):
        other = bytes([10, 77, number >> 8 & 255, number & 255])
        for frame in self.frames:
            head = frame[self.at + 12:self.at + 20]
            head = b"".join(other if a == self.client else a
                            for a in (head[:4], head[4:]))
            yield frame[:self.at + 12] + head + frame[self.at + 20:]


class Sensor:
    def __init__(self, exe, *options, config=None, **more):
        self.port = free_port()
        spec = "udp:127.0.0.1:%d" % self.port
        words = [exe, "-i", spec, "-t", "none", *options]
        if config:
            words += ["-c", config]
        self.child = subprocess.Popen(words, stderr=subprocess.PIPE,
                                      **more)
        os.set_blocking(self.child.stderr.fileno(), False)
        self.text = ""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        wait_for(self.listens)

    def listens(self):
        if self.child.poll() is not None:
            return True
        want = "0100007F:%04X" % self.port
        return any(want in line for line in open("/proc/net/udp"))

    def feed(self, traffic, first=0, num=1):
        for n in range(first, first + num):
            self.send(traffic.of(n))
            time.sleep(0.004)

    def send(self, frames):
        for frame in frames:
            self.socket.sendto(VXLAN + frame, ("127.0.0.1", self.port))

    def errors(self):
        if not self.child.stderr.closed:
            self.text += (self.child.stderr.read() or b"").decode()
        return self.text

    def signal(self, number):
        os.kill(self.child.pid, number)

    def end(self):
        if self.child.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            status = self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            status = "it did not end: %r" % self.child.wait()
        self.errors()
        self.socket.close()
        self.child.stderr.close()
        return status


def lines_of(path):
    try:
        return open(path, "rb").read()
    except FileNotFoundError:
        return b""


def events_of(*paths):
    """The events of files, and the lines that are none: half ones, mostly."""
    events, bad = [], []
    for path in paths:
        raw = lines_of(path)
        if raw and not raw.endswith(b"\n"):
            bad.append(raw[-200:])
        for line in raw.splitlines():
            try:
                events.append(json.loads(line))
            except ValueError:
                bad.append(line[:200])
    return events, bad


def of(events, dataset, action=None):
    return [e for e in events
            if e["event"]["dataset"] == "wirecert." + dataset
            and action in (None, e["event"].get("action"))]


def clients_of(events):
    """The clients whose handshakes are told, each as often as it is."""
    return sorted(e["source"]["ip"] for e in of(events, "handshake"))
