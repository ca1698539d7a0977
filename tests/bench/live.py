"""live.py: the live part of bench.py, on a veth pair in a network namespace.

The sender has one core, who captures the other one. Frames are sent at rising
rates; CPU is what the threads of the capturing process ran (schedstat) from a
first trace on, after which its memory has grown and the certificates are known.
Loss is what was sent and taken by the interface less what the program saw;
handshakes that were told are counted beside it, so that nobody's own word is
taken for it.

On a small share of a core a spinning process of nice 0 runs beside a capture
of nice 10: that has about a tenth. The largest rate without loss is searched
by halving, each rate once for every try.
"""
import glob
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time

PAIR = ("wcb0", "wcb1")


class Live:
    def __init__(self, bench, send, loop):
        self.bench, self.send, self.loop = bench, send, loop
        self.name = "wcbench%d" % os.getpid()
        self.events = bench.path("live.json")

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *a: sys.exit(1))

        def ip(*a, ns=True):
            subprocess.run(["ip"] + (["-n", self.name] if ns else []) +
                           list(a), check=True)
        ip("netns", "add", self.name, ns=False)
        ip("link", "add", PAIR[0], "type", "veth", "peer", "name", PAIR[1])
        for end in PAIR:
            ip("link", "set", end, "mtu", "3000", "addrgenmode", "none")
            ip("link", "set", end, "arp", "off", "up")
        return self

    def __exit__(self, *a):
        subprocess.run(["ip", "netns", "del", self.name], check=False)

    def inside(self, core, command, nice=0):
        # it ends with us, whatever ends us
        return ["setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", self.name, "taskset", "-c", str(core),
                "nice", "-n", str(nice)] + command

    def commands(self):
        b = self.bench
        return {
            "bare loop": [self.loop, PAIR[1]],
            "wirecert": [b.o.program, "-i", PAIR[1], "-o", self.events, "-t",
                         b.path("root.pem")],
            "tcpdump": ["tcpdump", "-i", PAIR[1], "-w", "/dev/null"],
        }

    def taken(self):
        """Packets that the capturing interface got, by the kernel's count."""
        r = subprocess.run(["ip", "-n", self.name, "-s", "-j", "link", "show",
                            PAIR[1]], check=True, stdout=subprocess.PIPE)
        return json.loads(r.stdout)[0]["stats64"]["rx"]["packets"]

    def ready(self, log):
        for _ in range(200):
            time.sleep(0.05)
            if os.path.exists(self.events) and os.path.getsize(self.events):
                return
            with open(log) as f:
                if "listening" in f.read():
                    return
        raise SystemExit("bench: nobody listens: see " + log)

    def seen(self, name, log):
        """Packets and handshakes that the program told."""
        if name == "wirecert":
            with open(self.events) as f:
                last = [x for x in f if '"wirecert.status"' in x][-1]
            s = json.loads(last)["wirecert"]["status"]
            return (s["packets"]["received"] - s["packets"].get("dropped", 0),
                    s["handshakes"]["total"])
        with open(log) as f:
            return int(re.search(r"(\d+) packets", f.read()).group(1)), None

    def sends(self, trace, rate, most):
        r = subprocess.run(self.inside(0, [self.send, PAIR[0], trace,
                                           str(rate), str(most)]),
                           check=True, stdout=subprocess.PIPE)
        return int(r.stdout.split()[0]), float(r.stdout.split()[1])

    @staticmethod
    def ran(process):
        """Seconds that its threads had a core."""
        total = 0
        for path in glob.glob("/proc/%d/task/*/schedstat" % process.pid):
            with open(path) as f:
                total += int(f.read().split()[0])
        return total / 1e9

    def run(self, name, trace, rate, most, nice=0, rest=0.5, warm=None):
        """cpu (s), packets sent, taken by the interface, seen by name; warm:
        a trace before it, and how many packets."""
        log = self.bench.path("live.log")
        if os.path.exists(self.events):
            os.unlink(self.events)
        with open(log, "w") as f:
            p = subprocess.Popen(self.inside(1, self.commands()[name], nice),
                                 stdout=f, stderr=f)
        self.ready(log)
        before, sent, took = self.taken(), 0, 0.0
        if warm:
            self.sends(warm[0], 200000, warm[1])
            time.sleep(rest)
        begun = self.ran(p)
        if rate:
            sent, took = self.sends(trace, rate, most)
        time.sleep(rest)  # what is in the ring is read
        taken, cpu = self.taken() - before, self.ran(p) - begun
        p.send_signal(signal.SIGINT)
        p.wait()
        seen, hands = self.seen(name, log)
        return {"cpu": cpu, "sent": sent, "taken": taken, "seen": seen,
                "hands": hands, "took": took}

    def rates(self, trace, rates, runs, most, warm):
        print("%-10s %10s %10s %9s %9s %7s %9s %6s" % (
            "live", "packets/s", "reached", "us/packet", "of bare", "lost",
            "handshakes", "drift"))
        for rate in rates:
            got = {n: [] for n in self.commands()}
            for _ in range(runs):
                for n in got:
                    got[n].append(self.run(n, trace, rate, most, warm=warm))
            cost = {n: [1e6 * r["cpu"] / r["sent"] for r in rs]
                    for n, rs in got.items()}
            bare = statistics.median(cost["bare loop"])
            for n, rs in got.items():
                c = statistics.median(cost[n])
                print("%-10s %10d %10.0f %9.3f %8.2fx %7d %9s %5.0f%%" % (
                    n, rate, statistics.median(r["sent"] / r["took"]
                                               for r in rs), c, c / bare,
                    statistics.median(r["taken"] - r["seen"] for r in rs),
                    rs[-1]["hands"] or "",
                    100 * (max(cost[n]) - min(cost[n])) / c), flush=True)

    def idle(self, trace):
        for n in self.commands():
            r = self.run(n, trace, 0, 0, rest=5)
            print("%-10s idle: %.2f %% of a core" % (n, 100 * r["cpu"] / 5))

    def lossless(self, name, trace, most, runs):
        """The largest rate without a lost packet, on a tenth of a core."""
        low, high = 0, 1000000
        while high - low > 15000:
            rate = (low + high) // 2
            lost = 0
            for _ in range(runs):
                r = self.run(name, trace, rate, most, nice=10, rest=2)
                lost += r["taken"] != r["seen"] or r["sent"] != r["taken"]
            low, high = (low, rate) if 2 * lost > runs else (rate, high)
        return low

    def share(self, trace, most, runs):
        spin = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", "1", "sh",
             "-c", "while :; do :; done"], stdout=subprocess.DEVNULL)
        try:
            rate = {n: self.lossless(n, trace, most, runs)
                    for n in self.commands()}
        finally:
            spin.terminate()
            spin.wait()
        for n, r in rate.items():
            print("%-10s lossless on a tenth of a core: %d packets/s, %.2f x "
                  "tcpdump" % (n, r, r / max(rate["tcpdump"], 1)), flush=True)
