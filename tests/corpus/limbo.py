#!/usr/bin/env python3
"""x509-limbo's vectors through the library: each a handshake, judged whole.

limbo.py ALL_EVENTS CORPUS

For each name and validity vector of CORPUS/limbo a TLS 1.2 handshake is written
(ClientHello with the name, ServerHello, Certificate) at the vector's time, and
ALL_EVENTS, a program of tests/api over libwirecert, reads it. Names: those that
the sources agree on. Dates: all but those before 2000, when no clock is believed
(CONTRACT.md). tests/unit/test_cert_limbo.c holds the parts to the same vectors,
and the chains.
"""
import base64
import datetime
import ipaddress
import json
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
from tap import Tap  # noqa: E402

SERVER = ipaddress.ip_address("203.0.113.20").packed
CLOCK_FIRST = 946684800


def vec(size, body):
    return len(body).to_bytes(size, "big") + body


def message(kind, body):
    return bytes([kind]) + vec(3, body)


def record(body):
    parts = [body[i:i + 16384] for i in range(0, len(body), 16384)]
    return b"".join(b"\x16\x03\x03" + vec(2, p) for p in parts)


def hello(name, number):
    random = struct.pack(">32x")[:28] + struct.pack(">I", number)
    ext = b""
    if name:
        ext = b"\x00\x00" + vec(2, vec(2, b"\x00" + vec(2, name)))
    return message(1, b"\x03\x03" + random + vec(1, b"") +
                   vec(2, b"\xc0\x2f\xc0\x2b") + vec(1, b"\x00") + vec(2, ext))


def answer(ders, number):
    random = struct.pack(">I", number) + bytes(28)
    chain = b"".join(vec(3, d) for d in ders)
    return (message(2, b"\x03\x03" + random + vec(1, b"") + b"\xc0\x2f\x00") +
            message(11, vec(3, chain)) + message(14, b""))


def frame(source, target, ports, seq, ack, flags, data):
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 65535, 0,
                      0) + data
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0,
                       source, target) + tcp


def flow(number, name, ders):
    """IP packets of one handshake; the client's port and address number it."""
    client = bytes([10, 9, number >> 8, number & 255])
    out, seq = [], [1, 1]

    def send(side, flags, data=b""):
        ends = (client, SERVER) if side == 0 else (SERVER, client)
        ports = (40000, 443) if side == 0 else (443, 40000)
        for at in range(0, max(len(data), 1), 1400):
            part = data[at:at + 1400]
            out.append(frame(*ends, ports, seq[side], seq[1 - side], flags,
                             part))
            seq[side] += len(part) + (flags & 3 != 0)
    send(0, 0x02)
    send(1, 0x12)
    send(0, 0x18, record(hello(name, number)))
    send(1, 0x18, record(answer(ders, number)))
    send(0, 0x11)
    send(1, 0x11)
    return out


def write(path, flows):
    """Raw IP with nanoseconds, in the order of time."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 1 << 18, 101))
        for at, packets in sorted(flows, key=lambda p: p[0]):
            for p in packets:
                f.write(struct.pack("<IIII", at // 10**9, at % 10**9, len(p),
                                    len(p)) + p)


def der(pem):
    return base64.b64decode("".join(pem.strip().splitlines()[1:-1]))


def nanoseconds(text):
    at = datetime.datetime.fromisoformat(text)
    if not at.tzinfo:
        at = at.replace(tzinfo=datetime.timezone.utc)
    return int(at.timestamp()) * 10**9 + at.microsecond * 1000


def replay(exe, flows):
    with tempfile.NamedTemporaryFile(suffix=".pcap") as f:
        write(f.name, flows)
        run = subprocess.run([exe, f.name, ""], capture_output=True,
                             timeout=120)
    if run.returncode:
        raise RuntimeError(run.stderr[-300:])
    events = {}
    for line in run.stdout.splitlines():
        e = json.loads(line)
        if e.get("event", {}).get("dataset") == "wirecert.handshake":
            ip = ipaddress.ip_address(e["source"]["ip"]).packed
            events[ip[2] << 8 | ip[3]] = e
    return events


def names(limbo):
    vectors = json.load(open(os.path.join(limbo, "name_vectors.json")))
    for v in vectors:
        if v["agreed"]:
            yield v["host"], v
    for v in json.load(open(os.path.join(limbo, "name_matching.json")))["cases"]:
        yield v["name"], v


def test_names(tap, exe, limbo):
    cases = list(names(limbo))
    at = nanoseconds("2025-01-01T00:00:00+00:00")
    flows = [(at + i, flow(i, name.encode(), [der(v["leaf"])]))
             for i, (name, v) in enumerate(cases)]
    events = replay(exe, flows)
    wrong = []
    for i, (name, v) in enumerate(cases):
        told = events.get(i, {}).get("wirecert", {}).get("name", {})
        good = (told.get("match") is True) == (v["expect"] == "match")
        if i not in events or not good:
            wrong.append("%s (%s): wanted %s, got %s" % (
                name, v.get("id", v.get("source")), v["expect"], told))
    tap.case(not wrong, "names: %d vectors" % len(cases), wrong)


def dates(limbo):
    for v in json.load(open(os.path.join(limbo, "validity.json")))["cases"]:
        at = nanoseconds(v["at"])
        if at >= CLOCK_FIRST * 10**9:
            yield at, v


def test_dates(tap, exe, limbo):
    wrong, cases = [], list(dates(limbo))
    # one capture each: their times lie decades apart
    for at, v in cases:
        events = replay(exe, [(at, flow(1, b"example.com", [der(v["leaf"])]))])
        codes = events.get(1, {}).get("wirecert", {}).get("findings", [])
        for code, key in (("cert.expired", "leaf_expired"),
                          ("cert.not_yet_valid", "leaf_not_yet_valid")):
            if 1 not in events or (code in codes) != v[key]:
                wrong.append("%s at %s, %s to %s: %s is %s" % (
                    v["id"], v["at"], v["not_before"], v["not_after"], code,
                    code in codes))
    tap.case(not wrong, "dates: %d vectors" % len(cases), wrong)


def main():
    exe, corpus = sys.argv[1:3]
    tap, limbo = Tap(), os.path.join(corpus, "limbo")
    if not os.path.isdir(limbo):
        tap.skip("limbo", "no %s" % limbo)
        return tap.end()
    test_names(tap, exe, limbo)
    test_dates(tap, exe, limbo)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
