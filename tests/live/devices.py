#!/usr/bin/env python3
"""The kernel's own tunnel devices, between a client and a server.

devices.py WIRECERT: a real handshake through each kind of device that this
kernel has, as the tap between its ends sees it: told once, with the inner
addresses and the tunnels. Needs root and namespaces; says what it skips.
"""
import os
import subprocess
import sys
import tempfile
from types import SimpleNamespace

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
import net  # noqa: E402
import pki  # noqa: E402
from tap import Tap  # noqa: E402
from wire import Sensor  # noqa: E402

ENDS = "local {here} remote {there}"
# name, what ip(8) makes t0 of ({port}: c0 or s0), tunnels, IPv6 inside
KINDS = [
    ("vlan", ["link {port} name t0 type vlan id 100"], ["vlan 100"], False),
    ("qinq", ["link {port} name q0 type vlan proto 802.1ad id 200",
              "link q0 name t0 type vlan id 100"],
     ["vlan 200", "vlan 100"], False),
    ("gre", ["name t0 type gre ttl 64 " + ENDS], ["gre"], False),
    ("gre with key", ["name t0 type gre ttl 64 key 5 " + ENDS], ["gre 5"],
     False),
    ("gretap", ["name t0 type gretap ttl 64 " + ENDS], ["gre"], False),
    ("erspan II", ["name t0 type erspan seq key 5 erspan_ver 1 erspan 7 "
                   + ENDS], ["erspan 5"], False),
    ("erspan III", ["name t0 type erspan seq key 6 erspan_ver 2 erspan_dir "
                    "ingress erspan_hwid 7 " + ENDS], ["erspan 6"], False),
    ("vxlan", ["name t0 type vxlan id 4242 dstport 4789 " + ENDS],
     ["vxlan 4242"], False),
    ("geneve", ["name t0 type geneve id 4242 remote {there}"],
     ["geneve 4242"], False),
    ("ipip", ["name t0 type ipip ttl 64 " + ENDS], ["ipip"], False),
    ("sit", ["name t0 type sit ttl 64 " + ENDS], ["ipip"], True),
]


class Lab:
    def __init__(self, exe, folder):
        self.dir, self.net = folder, net.Net()
        self.sensors = SimpleNamespace(exe=exe, dir=folder, ns=self.net.tap,
                                       sensors=[])

    def open(self):
        self.net.open()
        pki.make_all(self.dir)
        n = self.net
        n.start(n.server, "openssl", "s_server", "-accept", "4433", "-cert",
                self.dir + "/expired.pem", "-key", self.dir + "/expired.key",
                "-tls1_2", "-quiet", stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return net.wait_for(lambda: ":4433" in n.run(
            n.server, "ss", "-ltnH").stdout)

    def close(self):
        for s in self.sensors.sensors:
            s.stop()
        self.net.close()

    def ip(self, ns, words):
        run = net.sh("ip", "-n", ns, *words.split(), check=False)
        return "" if run.returncode == 0 else run.stdout.strip()

    def up(self, ns, device, address, six):
        if six:
            net.sh("ip", "netns", "exec", ns, "sh", "-c",
                   "echo 0 >/proc/sys/net/ipv6/conf/%s/disable_ipv6" % device)
        return self.ip(ns, "addr add %s dev %s%s" % (
            address, device, " nodad" if six else "")) or \
            self.ip(ns, "link set %s up" % device)

    def make(self, steps, addresses, six):
        """Both ends; what is wrong, '' for nothing."""
        n = self.net
        ends = [(n.client, "c0", net.CLIENT, net.SERVER),
                (n.server, "s0", net.SERVER, net.CLIENT)]
        for (ns, port, here, there), address in zip(ends, addresses):
            for step in steps:
                wrong = self.ip(ns, "link add " + step.format(
                    port=port, here=here, there=there))
                if wrong:
                    return wrong
                if "q0" in step.split():
                    self.ip(ns, "link set q0 up")
            wrong = self.up(ns, "t0", address, six)
            if wrong:
                return wrong
        return ""

    def clear(self):
        for ns in (self.net.client, self.net.server):
            for device in ("t0", "q0"):
                self.ip(ns, "link del " + device)

    def handshake(self, address):
        """The handshakes that the tap tells of one call to address."""
        s = Sensor(self.sensors, ("-i", "mon0"), ())
        at = "[%s]:4433" if ":" in address else "%s:4433"
        self.net.run(self.net.client, "openssl", "s_client", "-connect",
                     at % address, "-servername", "api.example.com",
                     "-tls1_2", input="Q\n")
        s.stop()
        return s.of("handshake"), s.of("finding")


def tunnels(event):
    return ["%s %s" % (t["type"], t["id"]) if "id" in t else t["type"]
            for t in event["wirecert"].get("tunnels", [])]


def judge(tap, name, lab, address, want):
    shakes, findings = lab.handshake(address)
    got = [(e["server"]["ip"], tunnels(e)) for e in shakes]
    codes = {e["event"]["code"] for e in findings}
    tap.case(got == [(address, want)] and "cert.expired" in codes,
             "a handshake through " + name, [got, sorted(codes)])


def check_kind(tap, lab, number, kind):
    name, steps, want, six = kind
    form = "fd98:%d::%d" if six else "10.97.%d.%d"
    bits = "/64" if six else "/24"
    addresses = [form % (number, end) for end in (1, 2)]
    wrong = lab.make(steps, [a + bits for a in addresses], six)
    if wrong:
        tap.skip("a handshake through " + name,
                 "not in this kernel: " + wrong.splitlines()[0])
    else:
        judge(tap, name, lab, addresses[1], want)
    lab.clear()


def check_mpls(tap, lab):
    """Towards the server only, as it is at an egress that pops."""
    n = lab.net
    settings = "/proc/sys/net/mpls"
    wrong = n.run(n.server, "sh", "-c",
                  "echo 1000 >%s/platform_labels && echo 1 >%s/conf/s0/input"
                  % (settings, settings)).stdout
    wrong = wrong or lab.ip(n.server, "addr add 10.97.99.2/32 dev lo") or \
        lab.ip(n.server, "-f mpls route add 100 dev lo") or \
        lab.ip(n.client, "route add 10.97.99.2/32 encap mpls 100 via %s "
               "dev c0" % net.SERVER)
    if wrong:
        tap.skip("a handshake through mpls",
                 "not in this kernel: " + wrong.splitlines()[0])
    else:
        judge(tap, "mpls", lab, "10.97.99.2", ["mpls 100"])


def main():
    tap = Tap()
    missing = net.why_not()
    if missing:
        tap.skip("live devices", missing)
        return tap.end()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(os.path.abspath(sys.argv[1]), folder)
        try:
            tap.case(lab.open(), "the server listens")
            judge(tap, "no tunnel at all", lab, net.SERVER, [])
            for number, kind in enumerate(KINDS, 1):
                check_kind(tap, lab, number, kind)
            check_mpls(tap, lab)
        finally:
            lab.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
