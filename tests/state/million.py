#!/usr/bin/env python3
"""million.py: what a sensor needs to remember so many certificates and names.

million.py WIRECERT [NUMBER]: as many handshakes (10^6), each with a name and a
certificate of its own, replayed from a pipe without and with a state directory;
prints time, the largest resident size and what is in the file. Not in CI: it
takes minutes and a GiB of disk.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import traffic

T, DAY = 1790000000, 86400


def feed(out, number):
    out.write(traffic.HEAD)
    for n in range(number):
        name = "host-%d.example.net" % n
        der = traffic.certificate(n, name, T - DAY, T + 60 * DAY)
        server = "203.0.%d.%d" % (n >> 8 & 255, n & 255)
        out.write(traffic.handshake(n, T + n * 0.001, der, name, server))
    out.close()


def run(command, number):
    before = time.monotonic()
    sensor = subprocess.Popen(command, stdin=subprocess.PIPE)
    feed(sensor.stdin, number)
    _, status, used = os.wait4(sensor.pid, 0)
    sensor.returncode = status
    if status:
        sys.exit("million: status %d" % status)
    print("%8.1f s, %6.1f s of CPU, %5d MiB resident" % (
        time.monotonic() - before, used.ru_utime + used.ru_stime,
        used.ru_maxrss // 1024))
    sys.stdout.flush()


def status_of(log):
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            pass
    return json.loads(line)["wirecert"]["status"]


def main():
    exe = sys.argv[1]
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
    print("%d certificates and names" % number)
    with tempfile.TemporaryDirectory() as folder:
        state = os.path.join(folder, "state")
        conf, log = os.path.join(folder, "conf"), os.path.join(folder, "log")
        with open(conf, "w") as text:
            text.write("[state]\ndirectory = %s\n" % state)
        base = [exe, "-r", "-", "-t", "none", "-f", "ecs", "-e", "status"]
        print("in memory:", end="")
        run(base + ["-o", log + ".1"], number)
        print("with state:", end="")
        run(base + ["-c", conf, "-o", log], number)
        told = status_of(log)
        print("handshakes %d; state %s; memory %s" % (
            told["handshakes"]["total"], json.dumps(told["state"]),
            json.dumps(told["memory"])))
        print("file: %d MiB" % (os.path.getsize(
            os.path.join(state, "wirecert.db")) >> 20))
        before = time.monotonic()
        lines = subprocess.run([exe, "inventory", "--state", state, "--json"],
                               stdout=subprocess.PIPE).stdout.count(b"\n")
        print("inventory: %d lines in %.1f s" % (lines,
                                                 time.monotonic() - before))
        print("again, from what is kept:", end="")
        run(base + ["-c", conf, "-o", log], 1000)


if __name__ == "__main__":
    main()
