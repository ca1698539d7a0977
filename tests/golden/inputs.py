#!/usr/bin/env python3
"""However a capture is read, it tells the same; what cannot be read is named.

inputs.py WIRECERT PCAPS: standard input, a FIFO, gzip, zstd, folders, several
files, --merge, --follow with a file that grows, is replaced or begins anew;
cut, damaged and lying files.
"""
import gzip
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

from tap import Tap, wait_for

ONE, TWO = "tls12-expired-curl-reject", "tls12-good-gnutls"


class Lab:
    def __init__(self, exe, pcaps, folder):
        self.exe, self.dir = exe, folder
        self.one, self.two = (open(os.path.join(pcaps, c, "capture.pcap"),
                                   "rb").read() for c in (ONE, TWO))

    def path(self, name, data=None):
        path = os.path.join(self.dir, name)
        if data is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(data)
        return path

    def words(self, *options):
        return [self.exe, "-f", "ecs", "-t", "none", "-e",
                "finding,handshake,status", *options]

    def run(self, *options, **more):
        run = subprocess.run(self.words(*options), capture_output=True,
                             timeout=60, **more)
        return Result(run.stdout, run.returncode, run.stderr.decode())


class Result:
    def __init__(self, out, code, err):
        self.code, self.err = code, err.splitlines()
        events = [json.loads(line) for line in out.splitlines()]
        self.status = [e["wirecert"]["status"] for e in events
                       if e["event"]["dataset"] == "wirecert.status"][-1:]
        self.status = self.status[0] if self.status else {}
        self.told = [json.dumps(e, sort_keys=True) for e in events
                     if e["event"]["dataset"] != "wirecert.status"]

    def get(self, group, name):
        return self.status.get(group, {}).get(name)


def records(data):
    """The packets of a pcap file with their headers."""
    out, at = [], 24
    while at < len(data):
        size = 16 + struct.unpack_from("<I", data, at + 8)[0]
        out.append(data[at:at + size])
        at += size
    return out


def time_of(record):
    return struct.unpack_from("<II", record)


def same(tap, name, got, want, code=0, said=0):
    good = got.told == want.told and got.code == code and \
        len(got.err) == said
    tap.case(good, name, ["exit %d, %d events, not %d" % (
        got.code, len(got.told), len(want.told))] + got.err)


def check_ways(tap, lab, want):
    plain = lab.path("one.pcap", lab.one)
    same(tap, "standard input", lab.run("-r", "-", input=lab.one), want)
    with open(plain, "rb") as f:
        same(tap, "a file as standard input", lab.run("-r", "-", stdin=f),
             want)
    packed = lab.path("one.gz", gzip.compress(lab.one))
    same(tap, "gzip", lab.run("-r", packed), want)
    same(tap, "gzip from standard input",
         lab.run("-r", "-", input=gzip.compress(lab.one)), want)
    if shutil.which("zstd"):
        data = subprocess.run(["zstd", "-qc"], input=lab.one,
                              stdout=subprocess.PIPE, check=True).stdout
        same(tap, "zstd", lab.run("-r", lab.path("one.zst", data)), want)
    else:
        tap.skip("zstd", "not installed")
    fifo = lab.path("fifo")
    os.mkfifo(fifo)

    def feed():
        with open(fifo, "wb", buffering=0) as f:
            for at in range(0, len(lab.one), 700):
                f.write(lab.one[at:at + 700])
                time.sleep(0.01)
    # a sensor that ends at once would leave it waiting for a reader
    writer = threading.Thread(target=feed, daemon=True)
    writer.start()
    same(tap, "a FIFO, piece by piece", lab.run("-r", fifo), want)
    writer.join(5)


def check_folders(tap, lab):
    """A folder's files by their first packets' times, then by name."""
    first, second = sorted((lab.one, lab.two),
                           key=lambda d: time_of(records(d)[0]))
    a = lab.path("order/z/late.pcap", second)
    b = lab.path("order/early.pcap", first)
    lab.path("order/notes.txt", b"no capture at all\n")
    want = lab.run("-r", b, "-r", a)
    tap.case(len(want.told) >= 3 and want.code == 0, "two files, as given",
             want.err)
    got = lab.run("-r", lab.path("order"))
    same(tap, "a folder, recursively, by time", got, want, 0, 1)
    tap.case(got.err and "1 files are no captures" in got.err[0],
             "and what is no capture is counted", got.err)
    lab.path("other/notes.txt", b"no capture at all\n")
    got = lab.run("-r", lab.path("other"), "-r", b, "-r", a)
    same(tap, "a folder without captures costs only itself", got, want, 3, 1)
    tap.case("no capture in it: 1 other files" in " ".join(got.err),
             "and is named", got.err)
    lab.path("named/early.pcap", first)
    bad = lab.path("named/bad.PCAP", b"no capture at all\n")
    got = lab.run("-r", lab.path("named"))
    tap.case(got.code == 3 and len(got.err) == 1 and bad in got.err[0] and
             got.told, "what is named as a capture and is none is named",
             got.err)
    head = lab.path("head.pcap", first[:24])
    got = lab.run("-r", head)
    tap.case(got.code == 0 and got.err and
             head + ": no packets in it" in got.err[0],
             "a capture without packets is a warning", got.err)
    same(tap, "--merge goes by time", lab.run("--merge", "-r", a, "-r", b),
         want)


def check_merge(tap, lab, want):
    """Every second packet in another file: only --merge puts them right."""
    parts = [lab.one[:24], lab.one[:24]]
    for n, record in enumerate(records(lab.one)):
        parts[n % 2] += record
    paths = [lab.path("half%d.pcap" % n, p) for n, p in enumerate(parts)]
    same(tap, "--merge of two halves", lab.run(
        "--merge", "-r", paths[1], "-r", paths[0]), want)
    got = lab.run("--merge", "--follow", "-r", paths[0])
    tap.case(got.code == 2 and len(got.err) == 1,
             "--merge and --follow are refused together", got.err)


def has_open(child, path):
    """Is it this very file, which the path names now, that is being read?"""
    folder = "/proc/%d/fd" % child.pid
    for fd in os.listdir(folder):
        try:
            if os.path.samefile(os.path.join(folder, fd), path):
                return True
        except OSError:
            pass
    return False


def follow(lab, path, steps):
    """What is told when the steps are taken one after the other."""
    child = subprocess.Popen(lab.words("--follow", "-r", path),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for step in steps:
        step()
        end = time.monotonic() + 20
        while not has_open(child, path) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.6)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    return Result(out, child.returncode, err.decode())


def check_follow(tap, lab):
    half = len(lab.one) // 2 + 3
    grows = lab.path("grows.pcap", lab.one[:half])

    def append():
        with open(grows, "ab") as f:
            f.write(lab.one[half:])
    plain = lab.path("plain.pcap", lab.one)
    want = lab.run("-r", plain)
    same(tap, "--follow: a file that grows",
         follow(lab, grows, [lambda: None, append]), want)
    both = lab.run("-r", plain, "-r", lab.path("plain2.pcap", lab.two))

    def replace():
        os.rename(lab.path("new.pcap", lab.two), grows)
    lab.path("grows.pcap", lab.one)
    same(tap, "--follow: a file that is replaced",
         follow(lab, grows, [lambda: None, replace]), both)

    def anew():
        with open(grows, "r+b") as f:
            f.truncate(0)
            time.sleep(0.3)
            f.write(lab.two)
    lab.path("grows.pcap", lab.one)
    same(tap, "--follow: a file that begins anew",
         follow(lab, grows, [lambda: None, anew]), both)

    def end():
        with open(grows, "wb") as f:
            f.write(lab.two)
    lab.path("grows.pcap", b"")
    got = follow(lab, grows, [lambda: None, end])
    want = lab.run("-r", lab.path("plain2.pcap"))
    same(tap, "--follow: a file that is empty at first", got, want)


def lines_with(path, word):
    """Those of a log, once there are some or time is over."""
    def found():
        if not os.path.exists(path):
            return []
        with open(path, "rb") as f:
            return [line for line in f.read().splitlines() if word in line]
    wait_for(found, 20)
    return found()


def check_waiting(tap, lab):
    """What --follow does while nothing comes."""
    plain, log = lab.path("still.pcap", lab.one), lab.path("still.log")
    child = subprocess.Popen(lab.words("--follow", "-r", plain, "-o", log),
                             stderr=subprocess.PIPE)
    tap.case(lines_with(log, b'"cert.expired"'),
             "--follow: a finding waits for no further packet")
    os.rename(log, log + ".1")
    child.send_signal(signal.SIGHUP)
    told = lines_with(log, b"wirecert.")
    tap.case(told and b'"wirecert.status"' in told[0],
             "SIGHUP: a log of its own begins with a status event", told)
    child.send_signal(signal.SIGUSR2)
    told = lines_with(log, b'"received":%d,' % len(records(lab.one)))
    tap.case(told, "SIGUSR2: how things are")
    child.send_signal(signal.SIGUSR1)
    time.sleep(0.5)
    tap.case(child.poll() is None, "SIGUSR1 ends nothing", [child.poll()])
    child.send_signal(signal.SIGTERM)
    err = child.communicate(timeout=20)[1].decode().splitlines()
    tap.case(child.returncode == 0 and not err, "SIGTERM does",
             [child.returncode] + err)


def check_damage(tap, lab):
    good = lab.path("good.pcap", lab.two)
    want = lab.run("-r", good)
    cut = lab.path("cut.pcap", lab.one + records(lab.two)[0][:-9])
    got = lab.run("-r", cut)
    tap.case(got.code == 0 and len(got.err) == 1 and "cut short" in
             got.err[0] and got.get("inputs", "ended_early") == 1,
             "a last packet that is cut is a warning", got.err)
    bad = records(lab.two)[0]
    bad = bad[:8] + struct.pack("<II", 0x7fffffff, 0x7fffffff) + bad[16:]
    for name, data, word in (
            ("a length that lies", lab.one[:24] + bad, "damaged at byte 24"),
            ("no capture", b"GET / HTTP/1.1\r\n", "not a capture"),
            ("nothing", b"", "empty"),
            ("a damaged gzip", gzip.compress(lab.two)[:200] + b"\xff" * 99,
             "damaged")):
        got = lab.run("-r", lab.path("bad.pcap", data), "-r", good)
        same(tap, "%s costs only itself" % name, got, want, 3, 1)
        tap.case(word in " ".join(got.err) and
                 got.get("inputs", "failed") == 1,
                 "%s is named and counted" % name,
                 got.err + [got.status.get("inputs")])
    usb = lab.two[:20] + struct.pack("<I", 220) + lab.two[24:]
    for more in ([], ["--merge"]):
        got = lab.run(*more, "-r", lab.path("usb.pcap", usb), "-r", good)
        same(tap, "a link type that is none of ours costs only itself%s"
             % " ".join([""] + more), got, want, 3, 1)
        tap.case("usb.pcap: link type 220 (USB_LINUX_MMAPPED)" in
                 " ".join(got.err), "and is named", got.err)
    got = lab.run("-r", lab.path("missing.pcap"), "-r", good)
    same(tap, "a missing file costs only itself", got, want, 3, 1)


def check_cut(tap, lab):
    data = lab.one[:24]
    for r in records(lab.one):
        cap = min(len(r) - 16, 200)
        data += r[:8] + struct.pack("<I", cap) + r[12:16 + cap]
    got = lab.run("-r", lab.path("short.pcap", data))
    shakes = [json.loads(t) for t in got.told if ".handshake" in t]
    tap.case(shakes and all(e["wirecert"].get("partial") for e in shakes)
             and not any('"cert.' in t or '"name.' in t for t in got.told),
             "cut packets: partial, and no verdict on what is not there",
             got.told)
    tap.case(got.code == 0 and len(got.err) == 1 and "at 200 bytes" in
             got.err[0] and "tcpdump -s 0" in got.err[0],
             "one line says at which length, and what to set", got.err)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(sys.argv[1], sys.argv[2], folder)
        want = lab.run("-r", lab.path("want.pcap", lab.one))
        tap.case(len(want.told) == 2, "a capture and its events", want.told)
        check_ways(tap, lab, want)
        check_folders(tap, lab)
        check_merge(tap, lab, want)
        check_follow(tap, lab)
        check_waiting(tap, lab)
        check_damage(tap, lab)
        check_cut(tap, lab)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
