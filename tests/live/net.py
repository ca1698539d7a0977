"""net.py: three network namespaces: client, server, and a tap between them.

A bridge that learns nothing is a hub: the tap sees what both sides send and
has no address, so that whatever it sends is the sensor's fault. Names carry
the process id; everything goes with close().
"""
import json
import os
import shutil
import subprocess

from tap import wait_for  # noqa: F401 (for those who have the network)

CLIENT, SERVER = "10.98.0.10", "10.98.0.20"


def sh(*words, check=True, **more):
    return subprocess.run(words, check=check, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **more)


class Net:
    def __init__(self):
        tag = "wcl%d" % os.getpid()
        self.client, self.server, self.tap = (tag + x for x in "cst")
        self.children = []
        self.made = []

    def open(self):
        for ns in (self.client, self.server, self.tap):
            sh("ip", "netns", "add", ns)
            self.made.append(ns)
            self.ip(ns, "link", "set", "lo", "up")
            self.quiet(ns)
        self.ip(self.tap, "link", "add", "br0", "type", "bridge",
                "ageing_time", "0", "mcast_snooping", "0")
        self.ip(self.tap, "link", "set", "br0", "up")
        self.leg(self.client, "c0", CLIENT)
        self.leg(self.server, "s0", SERVER)
        self.ip(self.tap, "link", "add", "mon0", "type", "veth", "peer",
                "name", "mon1")
        self.ip(self.tap, "link", "set", "mon1", "master", "br0", "up")
        self.ip(self.tap, "link", "set", "mon0", "arp", "off", "up")

    def quiet(self, ns):
        """No IPv6: nothing is sent that nobody asked for."""
        for which in ("all", "default"):
            path = "/proc/sys/net/ipv6/conf/%s/disable_ipv6" % which
            sh("ip", "netns", "exec", ns, "sh", "-c",
               "[ ! -w %s ] || echo 1 >%s" % (path, path))

    def leg(self, ns, name, address):
        port = name + "p"
        self.ip(self.tap, "link", "add", port, "type", "veth", "peer", "name",
                name, "netns", ns)
        self.ip(self.tap, "link", "set", port, "master", "br0", "up")
        self.ip(ns, "addr", "add", address + "/24", "dev", name)
        self.ip(ns, "link", "set", name, "up")

    def ip(self, ns, *words):
        return sh("ip", "-n", ns, *words).stdout

    def run(self, ns, *words, **more):
        return sh("ip", "netns", "exec", ns, *words, check=False, timeout=30,
                  **more)

    def start(self, ns, *words, **more):
        child = subprocess.Popen(["ip", "netns", "exec", ns, *words], **more)
        self.children.append(child)
        return child

    def counters(self, name):
        link = json.loads(sh("ip", "-n", self.tap, "-s", "-j", "link", "show",
                             name).stdout)[0]
        return (link["stats64"]["rx"]["packets"],
                link["stats64"]["tx"]["packets"])

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for ns in self.made:
            sh("ip", "netns", "del", ns, check=False)


def why_not():
    if os.geteuid() != 0:
        return "not root"
    for tool in ("ip", "ss", "openssl", "curl"):
        if not shutil.which(tool):
            return "no " + tool
    name = "wcl%dx" % os.getpid()
    run = sh("ip", "netns", "add", name, check=False)
    if run.returncode == 0:
        run = sh("ip", "-n", name, "link", "add", "b0", "type", "bridge",
                     check=False)
        sh("ip", "netns", "del", name, check=False)
    return "no network namespaces or bridges here: " + \
        run.stdout.strip()[:80] if run.returncode else ""
