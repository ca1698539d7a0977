"""latency.py: --latency of bench.py: from the wire to the line in the log.

live_probe sends mixed traffic at a steady rate to a veth pair, and among it
connections of four kinds, each in one go: sound and closed, sound and left
open, refused by the client, with an expired certificate (and accepted). The
time runs from the last frame of a connection, as its sender tells it, until the
line of its handshake, or of its finding, is in the file of events, which is
looked at every millisecond. Both are on one clock.

What bounds it: a session that both sides sent data after is told at once, and
what is told is written five times a second (src/app/live.c); a ring's block
comes after 50 ms at most. A session that ended before waits a second for what
may come late (LINGER, src/tls/session.c), and then for the tick of the next
second: one to two and a bit.
"""
import json
import math
import os
import shutil
import signal
import statistics
import subprocess
import time

import live

KINDS = ("good", "open", "deny", "late")  # as trace_make has them, in turn
WORDS = {"good": "sound, closed", "open": "sound, left open",
         "deny": "refused", "late": "expired"}
CODES = {"deny": "client.rejected", "late": "cert.expired"}
NOW = "2026-06-01T12:00:00Z"  # when the certificates are good
EACH = 40  # connections a second
REST = 4   # seconds of traffic behind the last one


class Log:
    """The file of events while it grows: when which line was there."""

    def __init__(self, path):
        self.file, self.rest, self.seen = open(path, "rb"), b"", []

    def look(self):
        data = self.file.read()
        if data:
            now = time.time()
            parts = (self.rest + data).split(b"\n")
            self.rest = parts.pop()
            self.seen += [(now, p) for p in parts
                          if any(b'"%s-' % k.encode() in p for k in KINDS)]

    def times(self):
        """{(kind, number, dataset or code): time}"""
        out = {}
        for now, line in self.seen:
            e = json.loads(line)
            name = e.get("tls", {}).get("client", {}).get("server_name", "")
            kind, _, number = name.split(".")[0].partition("-")
            what = e["event"]["dataset"].split(".")[1]
            if what == "finding":
                what = e["event"]["code"]
            if kind in KINDS and number.isdigit():
                out.setdefault((kind, int(number), what), now)
        return out


def one(l, background, probes, rate):
    """When each was sent; when what was told; packets/s; the last status."""
    b, log = l.bench, l.bench.path("live.log")
    if os.path.exists(l.events):
        os.unlink(l.events)
    with open(log, "w") as f:
        p = subprocess.Popen(l.inside(1, [
            b.o.program, "-i", live.PAIR[1], "-o", l.events, "-t",
            b.path("root.pem"), "--now", NOW, "-e",
            "finding,handshake,status"]), stdout=f, stderr=f)
    l.ready(log)
    tail = Log(l.events)
    send = subprocess.Popen(
        l.inside(0, [b.path("bin", "live_probe"), live.PAIR[0], background,
                     str(rate), probes, str(EACH), str(REST)]),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while send.poll() is None:
        tail.look()
        time.sleep(0.001)
    sent = [float(x) for x in send.stdout.read().split()]
    p.send_signal(signal.SIGINT)
    p.wait()
    if send.returncode or p.returncode:
        raise SystemExit("bench: the sender or the program failed: " + log)
    with open(l.events) as f:
        last = [x for x in f if '"wirecert.status"' in x][-1]
    return (sent, tail.times(), float(send.stderr.read()),
            json.loads(last)["wirecert"]["status"])


def spread(values):
    values = sorted(values)
    return (1000 * statistics.median(values),
            1000 * values[math.ceil(len(values) * 0.99) - 1],
            1000 * values[-1])


def table(rate, sent, told, signed):
    for n, kind in enumerate(KINDS):
        for what in ["handshake"] + ([CODES[kind]] if kind in CODES else []):
            # without a key to sign with all of a kind have one name
            at = {i: told.get((kind, i << 1 | 1, what))
                  for i in range(n, len(sent), 4)} if signed else {}
            took = [t - sent[i] for i, t in at.items() if t]
            if took:
                print("%9d  %-17s %-16s %5d %5d %8.0f %8.0f %8.0f" % (
                    (rate, WORDS[kind], what, len(at), len(took)) +
                    spread(took)), flush=True)
            elif signed:
                print("%9d  %-17s %-16s %5d     none in time" % (
                    rate, WORDS[kind], what, len(at)), flush=True)


def lacking():
    """Why it cannot be run here, or None."""
    for tool in ("ip", "setpriv", "taskset"):
        if not shutil.which(tool):
            return "%s is not installed" % tool
    if os.geteuid() != 0:
        return "it needs root"
    name = "wcbench%d" % os.getpid()
    null = subprocess.DEVNULL
    if subprocess.run(["ip", "netns", "add", name], stderr=null).returncode:
        return "there are no network namespaces here"
    subprocess.run(["ip", "netns", "del", name], check=False)
    return None


def latency(bench, rates):
    why = lacking()
    if why:
        print("--latency: left out: " + why)
        return
    background, _ = bench.trace("mixed", ["-s%d" % bench.o.live_size])
    probes, info = bench.trace("latency", ["-n%d" % (
        EACH * bench.o.latency_seconds)])
    signed = os.path.exists(bench.path("issuer.key"))
    print("\n%9s  %-17s %-16s %5s %5s %8s %8s %8s  ms" % (
        "packets/s", "connection", "line", "sent", "told", "median", "99 %",
        "most"))
    with live.Live(bench, None, None) as l:
        for rate in rates:
            sent, told, reached, status = one(l, background, probes, rate)
            table(rate, sent, told, signed)
            print("%9d  reached %.0f packets/s%s; received %d, dropped %d" % (
                rate, reached, "" if reached > 0.9 * rate else
                " (the sender did not keep up)",
                status["packets"]["received"],
                status["packets"].get("dropped", 0)), flush=True)
