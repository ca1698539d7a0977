"""wire.py: one namespace with veth pairs, a sensor at one end, frames at the
other.

Frames are those of captures in pcaps/, sent as they are through a packet
socket, so that any encapsulation can be had whatever devices the kernel has.
Nothing else sends there: the ends have no addresses and no IPv6.
"""
import json
import os
import signal
import struct
import subprocess
import sys

import net

# run in the namespace: frames from standard input, each behind its length; then
# maybe an interface's flags are cleared (netdevice(7))
SEND = """
import fcntl, socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
data = sys.stdin.buffer.read()
at = 0
while at < len(data):
    n, = struct.unpack_from("<I", data, at)
    s.send(data[at + 4:at + 4 + n])
    at += 4 + n
for name in sys.argv[2:]:
    fcntl.ioctl(s, 0x8914, struct.pack("16sH22x", name.encode(), 0))
"""


def frames_of(path):
    data = open(path, "rb").read()
    out, at = [], 24
    while at < len(data):
        cap, = struct.unpack_from("<I", data, at + 8)
        out.append(data[at + 16:at + 16 + cap])
        at += 16 + cap
    return out


class Wire:
    def __init__(self, exe, folder, pcaps):
        self.exe, self.dir, self.pcaps = exe, folder, pcaps
        self.ns = "wcw%d" % os.getpid()
        self.sensors = []

    def open(self):
        net.sh("ip", "netns", "add", self.ns)
        for which in ("all", "default"):
            path = "/proc/sys/net/ipv6/conf/%s/disable_ipv6" % which
            net.sh("ip", "netns", "exec", self.ns, "sh", "-c",
                   "[ ! -w %s ] || echo 1 >%s" % (path, path))
        net.sh("ip", "-n", self.ns, "link", "set", "lo", "up")

    def close(self):
        for s in self.sensors:
            s.stop()
        net.sh("ip", "netns", "del", self.ns, check=False)

    def ip(self, *words, check=True):
        return net.sh("ip", "-n", self.ns, *words, check=check)

    def pair(self, name):
        """name is listened on; what is sent on name + "x" arrives there."""
        self.ip("link", "add", name, "type", "veth", "peer", "name",
                name + "x")
        for end in (name, name + "x"):
            self.ip("link", "set", end, "mtu", "9000", "arp", "off", "up")

    def case(self, name):
        return frames_of(os.path.join(self.pcaps, name, "capture.pcap"))

    def send(self, name, frames, *down):
        """down: an interface that is down at once behind them."""
        data = b"".join(struct.pack("<I", len(f)) + f for f in frames)
        subprocess.run(["ip", "netns", "exec", self.ns, sys.executable, "-c",
                        SEND, name + "x", *down], input=data, check=True)
        return len(frames)

    def sensor(self, *options, user=()):
        s = Sensor(self, options, user)
        self.sensors.append(s)
        return s


class Sensor:
    """wirecert -i, its events and what it says."""

    def __init__(self, wire, options, user):
        n = len(wire.sensors)
        self.err = os.path.join(wire.dir, "err%d" % n)
        self.out = os.path.join(wire.dir, "out%d" % n)
        self.child = subprocess.Popen(
            ["ip", "netns", "exec", wire.ns, *user, wire.exe, "-f", "ecs",
             "-t", "none", "-e", "finding,handshake,status", *options],
            stdout=open(self.out, "wb"), stderr=open(self.err, "wb"))
        self.up = net.wait_for(
            lambda: self.events() or self.child.poll() is not None)

    def events(self):
        text = open(self.out, encoding="utf-8").read()
        return [json.loads(line) for line in
                text[:text.rfind("\n") + 1].splitlines()]

    def of(self, dataset):
        return [e for e in self.events()
                if e["event"]["dataset"] == "wirecert." + dataset]

    def said(self):
        return open(self.err).read().splitlines()

    def wait(self, dataset, number=1, seconds=5):
        net.wait_for(lambda: len(self.of(dataset)) >= number, seconds)
        return self.of(dataset)

    def status(self):
        """A status event of now."""
        number = len(self.of("status"))
        self.child.send_signal(signal.SIGUSR1)
        return self.wait("status", number + 1)[-1]["wirecert"]["status"]

    def stop(self):
        """The last status; {} where it did not end as it should."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.send_signal(signal.SIGTERM)
        try:
            self.code = self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.code = self.child.wait()
        last = self.events()[-1:]
        if not last or last[0]["event"]["action"] != "ended":
            return {}
        return last[0]["wirecert"]["status"]
