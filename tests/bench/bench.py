#!/usr/bin/env python3
"""bench.py: what wirecert costs, beside a bare libpcap loop on the same file.

    tests/bench/bench.py --program build/src/app/wirecert

makes synthetic captures (once; they are kept in --folder), reads each into
the page cache, runs the bare loop and wirecert on it in turns, and prints the
medians. CPU time is user + system of the whole process, memory its largest
resident size. Counts are checked: a handshake that was made and not seen is
an error, so that speed is never bought with blindness.
"""
import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys

import floods
import latency
import live
import micro
import stages

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ["mixed", "handshakes", "bulk", "quic", "distinct"]

# what others are asked to do: their TLS output, to a file
OTHERS = {
    "mercury": ["mercury", "-r", "{trace}", "-f", "{out}", "--select=tls",
                "--metadata", "--certs-json"],
    "tshark": ["tshark", "-r", "{trace}", "-Y", "tls.handshake", "-T",
               "fields", "-e", "tls.handshake.extensions_server_name"],
    "ndpiReader": ["ndpiReader", "-i", "{trace}", "-q"],
    "suricata": ["suricata", "-r", "{trace}", "-l", "{dir}", "-k", "none"],
    "tcpdump": ["tcpdump", "-r", "{trace}", "-w", "/dev/null"],
}


def fail(text):
    sys.exit("bench: " + text)


class Bench:
    def __init__(self, o):
        self.o = o
        self.folder = o.folder
        self.bad = 0
        os.makedirs(os.path.join(o.folder, "bin"), exist_ok=True)
        self.build()
        self.template()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def build(self):
        makes = {"trace_make": (["trace_make.c", "trace_out.c", "trace_tls.c",
                                 "trace_quic.c", "trace_flood.c",
                                 "trace_alike.c", "trace_collide.c"],
                                ["-lcrypto"]),
                 "bare_loop": (["bare_loop.c"], ["-lpcap"]),
                 "live_send": (["live_send.c"], ["-lpcap"]),
                 "live_probe": (["live_probe.c"], ["-lpcap"]),
                 "live_loop": (["live_loop.c"], ["-lpcap"]),
                 "measure": (["measure.c"], [])}
        for name, (sources, libs) in makes.items():
            out = self.path("bin", name)
            files = [os.path.join(HERE, s) for s in sources]
            newest = max(os.path.getmtime(f) for f in
                         files + [os.path.join(HERE, h) for h in
                                  ("trace.h", "template.h",
                                   "collide.h")])
            if os.path.exists(out) and os.path.getmtime(out) > newest:
                continue
            subprocess.run(["cc", "-O2", "-std=gnu17", "-D_GNU_SOURCE", "-o",
                            out] + files + libs, check=True)

    def template(self):
        maker = os.path.join(HERE, "make_template.py")
        have = self.path("template.bin")
        if not os.path.exists(have) or (os.path.getmtime(have) <
                                        os.path.getmtime(maker)):
            subprocess.run([sys.executable, maker, self.folder, "2000"],
                           check=True)

    def trace(self, kind, extra):
        """The path of a capture and what is in it; made where missing."""
        name = "-".join([kind] + [e.strip("-") for e in extra])
        path, about = self.path(name + ".pcap"), self.path(name + ".json")
        tool = self.path("bin", "trace_make")
        made = max(os.path.getmtime(tool),
                   os.path.getmtime(self.path("template.bin")))
        if not os.path.exists(about) or os.path.getmtime(about) < made:
            r = subprocess.run([tool, "-t", self.folder] + extra +
                               [kind, path], check=True,
                               stdout=subprocess.PIPE)
            with open(about, "wb") as f:
                f.write(r.stdout)
        with open(about) as f:
            info = json.load(f)
        with open(path, "rb", buffering=0) as f:  # into the page cache
            while f.read(1 << 22):
                pass
        return path, info

    def run(self, command, quiet=True):
        """cpu, wall (s) and memory (MB) of a command."""
        figures = self.path("figures")
        null = subprocess.DEVNULL if quiet else None
        subprocess.run([self.path("bin", "measure"), figures] + command,
                       stdout=null, stderr=null, check=True)
        with open(figures) as f:
            user, system, wall, rss, status = f.read().split()
        return {"cpu": float(user) + float(system), "wall": float(wall),
                "rss": int(rss) / 1024, "status": int(status)}

    def command(self, path, workers=1, more=()):
        events = self.path("events.json")
        if os.path.exists(events):
            os.unlink(events)
        return [self.o.program, "-r", path, "-o", events, "-t",
                self.path("root.pem")] + list(more) + (
                    ["-w", str(workers)] if workers > 1 else [])

    def status(self):
        """Counters of the last status event of the run before."""
        last = None
        with open(self.path("events.json")) as f:
            for line in f:
                if '"wirecert.status"' in line:
                    last = line
        return json.loads(last)["wirecert"]["status"]

    def check(self, kind, info, result):
        if result["status"] != 0:
            self.fault("exit status %d" % result["status"])
            return
        s = self.status()
        want = info["packets"] // 2 if kind == "quic" else info["handshakes"]
        if s["packets"]["received"] != info["packets"]:
            self.bad += 1
            print("  !! %d of %d packets" % (s["packets"]["received"],
                                             info["packets"]))
        if s["handshakes"]["total"] != want:
            self.bad += 1
            print("  !! %d of %d handshakes" % (s["handshakes"]["total"],
                                                want))

    def extra(self, kind):
        o = self.o
        return {"mixed": ["-s%d" % o.size], "bulk": ["-s%d" % o.size],
                "handshakes": ["-n%d" % o.handshakes],
                "distinct": ["-n%d" % o.distinct],
                "quic": ["-n%d" % o.quic]}[kind]

    def other(self, name, path):
        return [a.format(trace=path, out=self.path("other.out"),
                         dir=self.folder) for a in OTHERS[name]]

    def speed(self, kinds):
        o = self.o
        print("%-12s %8s %9s %7s %8s %7s %10s %9s" % (
            "trace", "MB", "program", "CPU s", "of bare", "wall s",
            "packets/s", "hshakes/s") + "  memory MB")
        for kind in kinds:
            path, info = self.trace(kind, self.extra(kind))
            who = {"bare loop": [self.path("bin", "bare_loop"), path]}
            for w in o.workers:
                who["wirecert" + (" -w%d" % w if w > 1 else "")] = \
                    self.command(path, w)
            for name in o.vs:
                who[name] = self.other(name, path)
            runs = {name: [] for name in who}
            for _ in range(o.runs):
                for name, command in who.items():
                    if name.startswith("wirecert"):
                        self.command(path)  # a fresh file of events
                    runs[name].append(self.run(command))
                    if name.startswith("wirecert"):
                        self.check(kind, info, runs[name][-1])
                    elif runs[name][-1]["status"] != 0:
                        self.fault("%s: exit status %d" % (
                            name, runs[name][-1]["status"]))
            self.table(kind, info, runs)

    def fault(self, text):
        self.bad += 1
        print("  !! " + text, flush=True)

    def table(self, kind, info, runs):
        def mid(name, what):
            return statistics.median(r[what] for r in runs[name])

        bare = mid("bare loop", "cpu")
        calls = info["handshakes"] or info["packets"] // 2
        for name in runs:
            cpu = mid(name, "cpu")
            print("%-12s %8.0f %9s %7.3f %7.2fx %7.3f %10.0f %9.0f  %6.1f" % (
                kind, info["bytes"] / 1e6, name, cpu, cpu / bare,
                mid(name, "wall"), info["packets"] / cpu, calls / cpu,
                mid(name, "rss")), flush=True)

    def scaling(self, counts, workers):
        """Cost per packet by the number of flows: 4 million packets, each of
        the next flow in turn, so that no flow is near when its turn comes."""
        o = self.o
        print("\n%-9s" % "flows" + "".join(
            "%10s %9s" % ("-w %d" % w, "wall") for w in workers) +
            "   CPU and wall, ns per packet; memory MB (-w 1)")
        cost = {w: [] for w in workers}
        for n in counts:
            path, info = self.trace("flows", ["-n%d" % n])
            line, rss = "%-9d" % n, 0
            for w in workers:
                runs = []
                for _ in range(o.runs):
                    runs.append(self.run(self.command(path, w)))
                cpu, wall = (1e9 * statistics.median(r[k] for r in runs) /
                             info["packets"] for k in ("cpu", "wall"))
                cost[w].append(cpu)
                line += "%10.0f %9.0f" % (cpu, wall)
                rss = rss or statistics.median(r["rss"] for r in runs)
            print("%s  %8.1f" % (line, rss), flush=True)
        for w in workers:
            steps = math.log10(counts[-1] / counts[0]) or 1
            print("-w %d: %+.0f ns per packet for ten times the flows" % (
                w, (cost[w][-1] - cost[w][0]) / steps))

    def live(self):
        o = self.o
        rates = [int(r) for r in o.live.split(",")]
        trace, info = self.trace("mixed", ["-s%d" % o.live_size])
        warm, before = self.trace("mixed", ["-s%d" % (1 + o.live_size // 4)])
        with live.Live(self, self.path("bin", "live_send"),
                       self.path("bin", "live_loop")) as l:
            l.rates(trace, rates, o.runs, info["packets"],
                    (warm, before["packets"]))
            l.idle(trace)
            if o.live_share:
                l.share(trace, info["packets"], o.runs)

    def profile(self, kinds):
        for kind in kinds:
            path, _ = self.trace(kind, self.extra(kind))
            command = self.command(path)
            report = self.path("profile-%s.txt" % kind)
            if shutil.which("perf") and not self.o.callgrind:
                data = self.path("perf.data")
                subprocess.run(["perf", "record", "-q", "-e", "cpu-clock",
                                "-F", "4999", "-g", "-o", data] + command,
                               check=True, stdout=subprocess.DEVNULL)
                show = ["perf", "report", "-i", data, "--stdio", "--no-children",
                        "-g", "none", "--percent-limit", "0.3"]
            elif shutil.which("valgrind"):
                data = self.path("callgrind.out")
                subprocess.run(["valgrind", "-q", "--tool=callgrind",
                                "--callgrind-out-file=" + data] + command,
                               check=True, stdout=subprocess.DEVNULL)
                show = ["callgrind_annotate", "--threshold=98", data]
            else:
                fail("--profile needs perf (linux-perf) or valgrind")
            with open(report, "w") as f:
                subprocess.run(show, check=True, stdout=f,
                               stderr=subprocess.DEVNULL)
            print("profile of %s: %s" % (kind, report))


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--program", default="build/src/app/wirecert")
    p.add_argument("--folder", default="/tmp/wirecert-bench")
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--traces", default=",".join(KINDS),
                   help="of " + ", ".join(KINDS))
    p.add_argument("--size", type=int, default=1000,
                   help="of mixed and bulk, in MiB")
    p.add_argument("--handshakes", type=int, default=50000)
    p.add_argument("--distinct", type=int, default=20000)
    p.add_argument("--quic", type=int, default=20000)
    p.add_argument("--workers", default="1", help="a list like 1,2")
    p.add_argument("--vs", action="append", default=[],
                   choices=list(OTHERS) + ["all"],
                   help="run this one, too (repeat for more)")
    p.add_argument("--floods", nargs="?", const=",".join(floods.KINDS), default="",
                   help="memory and the good handshakes seen under floods; "
                   "a list of KIND or KIND=COUNT")
    p.add_argument("--scaling", nargs="?", const="1000,10000,100000,1000000",
                   default="", help="cost by the number of open flows, for 1, "
                   "2 and 4 workers")
    p.add_argument("--live", nargs="?", const="50000,100000,200000,400000",
                   default="", help="on a veth pair, as root: rates in "
                   "packets/s")
    p.add_argument("--live-share", action="store_true",
                   help="--live also searches the largest lossless rate on a "
                   "tenth of a core (minutes)")
    p.add_argument("--live-size", type=int, default=200,
                   help="of the trace that is sent, in MiB")
    p.add_argument("--latency", nargs="?", const="100,10000,100000",
                   default="", help="on a veth pair, as root: from the wire "
                   "to the log, beside so many packets/s")
    p.add_argument("--latency-seconds", type=int, default=10)
    p.add_argument("--micro", nargs="?", const="all", default="",
                   help="what single operations cost; NAME: those with it")
    p.add_argument("--micro-most", type=int, default=1000000,
                   help="items of a working set")
    p.add_argument("--micro-ms", type=float, default=20,
                   help="of each of --runs rounds, at least")
    p.add_argument("--stages", action="store_true",
                   help="what each stage costs, and 16 cores on paper")
    p.add_argument("--profile", action="store_true")
    p.add_argument("--callgrind", action="store_true",
                   help="--profile counts instructions (choose small traces)")
    return p.parse_args()


def options():
    o = arguments()
    o.workers = [int(w) for w in o.workers.split(",")]
    o.traces = [t for t in o.traces.split(",") if t]
    o.flood = {}
    for word in o.floods.split(",") if o.floods else []:
        kind, _, count = word.partition("=")
        o.flood[kind] = int(count or 0)
    for t in o.traces:
        if t not in KINDS:
            fail("%s is no trace" % t)
    for t in o.flood:
        if t not in floods.KINDS:
            fail("%s is no flood" % t)
    o.vs = list(OTHERS) if "all" in o.vs else o.vs
    for name in [n for n in o.vs if not shutil.which(n)]:
        print("--vs: left out: %s is not installed" % name)
        o.vs.remove(name)
    if not os.access(o.program, os.X_OK):
        fail("no program at %s (--program)" % o.program)
    o.program = os.path.abspath(o.program)
    return o


def main():
    o = options()
    b = Bench(o)
    print("load before: %.2f, processors: %d, runs: %d" % (
        os.getloadavg()[0], os.cpu_count(), o.runs))
    if o.profile:
        b.profile(o.traces)
    elif o.stages:
        stages.stages(b, [t for t in o.traces if t != "distinct"])
    elif o.traces and not (o.live or o.scaling or o.micro or o.latency):
        b.speed(o.traces)
    if o.flood:
        floods.floods(b, o.flood)
    if o.scaling:
        b.scaling([int(n) for n in o.scaling.split(",")], [1, 2, 4])
    if o.live:
        b.live()
    if o.latency:
        latency.latency(b, [int(r) for r in o.latency.split(",")])
    if o.micro:
        micro.micro(b)
    print("load after: %.2f" % os.getloadavg()[0])
    return 1 if b.bad else 0


if __name__ == "__main__":
    sys.exit(main())
