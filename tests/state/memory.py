#!/usr/bin/env python3
"""memory.py: memory_limit holds for the whole, whatever a stranger sends.

memory.py WIRECERT: floods (flows that say nothing; distinct certificates and
names; large certificates, each with a session of its own and expired, so that
sessions, names, findings and the state want to keep it; DNS answers with long
names) replayed with a small limit and without one. With it the largest
resident size stays below the limit plus CONSTANT, each pool below its share,
and what was let go is counted; without it the same flood takes more, or the
test would prove nothing.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

import traffic

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../golden"))
from tap import Tap  # noqa: E402

LIMIT = 176 << 20
# the program's own pages and its libraries', which are shared
CONSTANT = 16 << 20
T, DAY = 1790000000, 86400
PLAIN = ["-r", "-", "-t", "none", "-f", "ecs", "-e", "finding,status"]


def large(number, name):
    """A certificate of some 40 KiB: names, and what nobody knows."""
    names = b"".join(traffic.tlv(0x82, b"%d-%d.example.org" % (number, n))
                     for n in range(300))
    more = [traffic.tlv(0x30, traffic.SAN, traffic.tlv(4, traffic.tlv(
        0x30, traffic.tlv(0x82, name.encode()), names))),
        traffic.tlv(0x30, traffic.oid("1.3.6.1.4.1.99999.1"),
                    traffic.tlv(4, bytes(30000)))]
    tbs = traffic.tlv(
        0x30, b"\xa0\x03\x02\x01\x02",
        traffic.tlv(2, b"\x5b" + number.to_bytes(8, "big")),
        traffic.ECDSA_SHA256, traffic.name_of("Memory Test Issuer"),
        traffic.tlv(0x30, traffic.time_of(T - 90 * DAY),
                    traffic.time_of(T - 2 * DAY)),
        traffic.name_of(name), traffic.KEY,
        traffic.tlv(0xa3, traffic.tlv(0x30, traffic.SERVER_AUTH, *more)))
    signature = traffic.tlv(0x30, traffic.tlv(2, b"\x11" * 32),
                            traffic.tlv(2, b"\x22" * 32))
    return traffic.tlv(0x30, tbs, traffic.ECDSA_SHA256,
                       traffic.tlv(3, b"\0" + signature))


def flight(number, der):
    """As traffic's, with a session id, in as many records as it needs."""
    session = number.to_bytes(32, "big")
    hello = b"\x03\x03" + traffic.random_of(number, 1) + b"\x20" + session + \
        b"\xc0\x2b\0"
    one = len(der).to_bytes(3, "big") + der
    all_of_it = traffic.message(2, hello) + traffic.message(
        11, len(one).to_bytes(3, "big") + one) + traffic.message(14, b"")
    return b"".join(traffic.record(22, all_of_it[at:at + 16000])
                    for at in range(0, len(all_of_it), 16000))


def syn(number, when):
    client = "10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255,
                              number & 255)
    return traffic.packet(int(when * 1e9), traffic.segment(
        (client, 40000), ("198.51.100.9", 443), 1, 0, traffic.SYN, b""))


def datagram(src, dst, payload):
    udp = struct.pack(">HHHH", src[1], dst[1], 8 + len(payload), 0) + payload
    address = [bytes(map(int, a.split("."))) for a in (src[0], dst[0])]
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17,
                       0) + b"".join(address) + udp


def answer(number, when):
    """A question for a name of 230 bytes; an alias as long; an address."""
    def labels(word):
        return b"".join(bytes([len(p)]) + p for p in
                        [b"%s%d" % (word, number)] + [b"x" * 50] * 4) + b"\0"

    ask, alias = labels(b"a"), labels(b"b")
    question = ask + b"\0\1\0\1"
    cname = b"\xc0\x0c\0\5\0\1\0\0\x0e\x10" + struct.pack(">H", len(alias)) \
        + alias
    a = alias + b"\0\1\0\1\0\0\x0e\x10\0\4" + bytes(
        [203, 0, number >> 8 & 255, number & 255])
    client = ("10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255,
                               number & 255), 20000)
    server = ("192.0.2.53", 53)
    head = number & 0xffff
    return traffic.packet(int(when * 1e9), datagram(
        client, server, struct.pack(">HHHHHH", head, 0x100, 1, 0, 0, 0) +
        question)) + traffic.packet(int(when * 1e9) + 1000, datagram(
            server, client, struct.pack(">HHHHHH", head, 0x8180, 1, 2, 0, 0) +
            question + cname + a))


def flood(out):
    """Some 270 MB; gives the number of handshakes."""
    out.write(traffic.HEAD)
    small = traffic.server_flight
    for n in range(24000):
        when = T + n * 0.001
        name = "host-%d.example.net" % n
        out.write(answer(n, when))
        for k in range(8):
            out.write(syn(8 * n + k, when))
        out.write(traffic.handshake(
            n, when, traffic.certificate(n, name, T - DAY, T + 20 * DAY), name,
            "203.0.%d.%d" % (n >> 8 & 255, n & 255)))
        if n % 8 == 0:
            traffic.server_flight = flight
            out.write(traffic.handshake(
                n + 100000, when, large(n, name), name, "203.0.113.%d" %
                (n & 255), "10.8.0.10"))
            traffic.server_flight = small
    return 27000


def run(exe, capture, folder, number, limit, workers):
    """The largest resident size, and the last status."""
    conf = os.path.join(folder, "conf-%s" % number)
    log = os.path.join(folder, "log-%s" % number)
    with open(conf, "w") as text:
        text.write("[state]\ndirectory = %s\n[sensor]\nworkers = %d\n" % (
            os.path.join(folder, "state-%s" % number), workers))
        if limit:
            text.write("memory_limit = %dM\n" % (limit >> 20))
    sensor = subprocess.Popen([exe, *PLAIN, "-c", conf, "-o", log],
                              stdin=open(capture, "rb"))
    _, status, used = os.wait4(sensor.pid, 0)
    sensor.returncode = status
    last = ""
    for line in open(log) if os.path.exists(log) else ():
        if '"wirecert.status"' in line:
            last = line
    return status, used.ru_maxrss << 10, \
        json.loads(last)["wirecert"]["status"] if last else {}


def check_limit(tap, exe, capture, folder, total, workers, limit):
    status, peak, told = run(exe, capture, folder, workers, limit, workers)
    told = {"memory": {}, "memory_limit": {}, "handshakes": {}, **told}
    print("# %d worker(s), limit %d MiB: %d MiB resident" % (
        workers, limit >> 20, peak >> 20))
    print("# %s of %s" % (told["memory"], told["memory_limit"]))
    tap.case(status == 0 and told["handshakes"].get("total") == total,
             "%d worker(s): every handshake is told" % workers,
             [status, told["handshakes"]])
    tap.case(0 < peak <= limit + CONSTANT,
             "the limit holds with %d" % workers,
             ["%d MiB of %d" % (peak >> 20, limit >> 20)])
    shares = told["memory_limit"]
    tap.case(len(shares) == 8 and sum(shares.values()) <= limit,
             "the shares are told, and less than the limit", [shares])
    # certificates: the cache's own table comes on top
    beyond = {k: v for k, v in told["memory"].items()
              if k in shares and k != "certificates" and v > shares[k]}
    tap.case(not beyond, "no pool is beyond its share", [beyond])
    gone = [told.get(g, {}).get(n, 0) for g, n in (
        ("flows", "evicted"), ("know", "sessions_evicted"),
        ("know", "dns_evicted"), ("findings", "forgotten"))]
    tap.case(all(gone), "what was let go is counted", gone)


def main():
    exe = sys.argv[1]
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, "flood.pcap")
        with open(capture, "wb") as out:
            total = flood(out)
        check_limit(tap, exe, capture, folder, total, 1, LIMIT)
        check_limit(tap, exe, capture, folder, total, 2, LIMIT + (48 << 20))
        _, peak, _ = run(exe, capture, folder, "none", 0, 1)
        print("# without a limit: %d MiB" % (peak >> 20))
        tap.case(peak > LIMIT + CONSTANT, "without a limit it takes more")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
