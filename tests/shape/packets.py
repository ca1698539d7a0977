"""packets.py: captures as lists of packets, and TCP segments out of them.

Reads pcap (any byte order, micro- or nanoseconds) and pcapng, writes pcap;
finds plain TCP over IPv4 or IPv6 on Ethernet, SLL and raw IP. What is anything
else stays as it is. Checksums are left wrong: offload makes that normal.
"""
import json
import os
import struct
import subprocess
import sys
from collections import namedtuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
import run as golden  # noqa: E402
from tap import Tap  # noqa: E402,F401

Packet = namedtuple("Packet", "sec frac data wire_len")
# of a packet: where its TCP header and payload are, and what they say
Segment = namedtuple("Segment", "flow seq flags ip tcp payload end")

FIN, SYN, RST = 1, 2, 4
MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
          b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}
LINK_HEADER = {1: (14, 12), 113: (16, 14), 276: (20, 0), 101: (0, None)}


class Capture(namedtuple("Capture", "head linktype packets order")):
    def bytes_of(self, packets):
        out = [self.head]
        for p in packets:
            out.append(struct.pack(self.order + "IIII", p.sec, p.frac,
                                   len(p.data), p.wire_len))
            out.append(p.data)
        return b"".join(out)


def read_ng(raw):
    """The packets of a pcapng's first interface, as a Capture; None where it
    has several sections or another clock than of microseconds."""
    packets, at, link, order, clock = [], 0, None, "<", True
    while at + 12 <= len(raw):
        if raw[at:at + 4] == b"\n\r\r\n":
            order = "<" if raw[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            if at:
                return None
        kind, size = struct.unpack(order + "II", raw[at:at + 8])
        body = raw[at + 8:at + size - 4]
        at += max(size, 12)
        if kind == 1 and link is None:
            link = struct.unpack(order + "H", body[:2])[0]
            clock = struct.pack(order + "HH", 9, 1) not in body[8:] or \
                struct.pack(order + "HHB", 9, 1, 6) in body[8:]
        elif kind == 6 and body[:4] == bytes(4):
            high, low, cap, wire = struct.unpack(order + "IIII", body[4:20])
            t = high << 32 | low
            packets.append(Packet(t // 1000000, t % 1000000,
                                  body[20:20 + cap], wire))
    if link is None or not clock:
        return None
    head = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)
    return Capture(head, link, packets, "<")


def read(path):
    """A Capture, or None where the file is neither."""
    raw = open(path, "rb").read()
    order = MAGICS.get(raw[:4])
    if raw[:4] == b"\n\r\r\n":
        return read_ng(raw)
    if not order:
        return None
    linktype = struct.unpack(order + "I", raw[20:24])[0] & 0xffff
    packets, at = [], 24
    while at + 16 <= len(raw):
        sec, frac, caplen, wire = struct.unpack(order + "IIII",
                                                raw[at:at + 16])
        packets.append(Packet(sec, frac, raw[at + 16:at + 16 + caplen], wire))
        at += 16 + caplen
    return Capture(raw[:24], linktype, packets, order)


def ip_start(linktype, data):
    if linktype not in LINK_HEADER:
        return None
    at, kind = LINK_HEADER[linktype]
    if kind is None or len(data) < at:
        return at if kind is None else None
    ethertype = struct.unpack(">H", data[kind:kind + 2])[0]
    return at if ethertype in (0x0800, 0x86dd) else None


def segment(linktype, p):
    """The packet's Segment, or None where it is no whole, plain TCP."""
    at = ip_start(linktype, p.data)
    if at is None or len(p.data) < at + 40 or len(p.data) < p.wire_len:
        return None
    version = p.data[at] >> 4
    if version == 4:
        tcp = at + (p.data[at] & 15) * 4
        total, fragment = struct.unpack(">HxxH", p.data[at + 2:at + 8])
        end, protocol = at + total, p.data[at + 9]
        addresses = p.data[at + 12:at + 16], p.data[at + 16:at + 20]
        if fragment & 0x3fff:
            return None
    elif version == 6 and len(p.data) >= at + 60:
        tcp, protocol = at + 40, p.data[at + 6]
        end = tcp + struct.unpack(">H", p.data[at + 4:at + 6])[0]
        addresses = p.data[at + 8:at + 24], p.data[at + 24:at + 40]
    else:
        return None
    if protocol != 6 or end > len(p.data) or tcp + 20 > end:
        return None
    payload = tcp + (p.data[tcp + 12] >> 4) * 4
    if payload > end:
        return None
    seq = struct.unpack(">I", p.data[tcp + 4:tcp + 8])[0]
    flow = addresses + (p.data[tcp:tcp + 2], p.data[tcp + 2:tcp + 4])
    return Segment(flow, seq, p.data[tcp + 13], at, tcp, payload, end)


def connection(linktype, data):
    """Which connection the packet is of, whatever its direction; None where
    that cannot be told (tunnels, fragments, other link types)."""
    at = ip_start(linktype, data)
    if at is None or len(data) < at + 28:
        return None
    if data[at] >> 4 == 4:
        ports, protocol = at + (data[at] & 15) * 4, data[at + 9]
        ends = data[at + 12:at + 16], data[at + 16:at + 20]
        if struct.unpack(">H", data[at + 6:at + 8])[0] & 0x3fff:
            return None
    elif data[at] >> 4 == 6 and len(data) >= at + 48:
        ports, protocol = at + 40, data[at + 6]
        ends = data[at + 8:at + 24], data[at + 24:at + 40]
    else:
        return None
    if protocol not in (6, 17):
        return None
    return (protocol,) + tuple(sorted((
        (ends[0], data[ports:ports + 2]),
        (ends[1], data[ports + 2:ports + 4]))))


def connections(capture):
    """Each connection's packets; those of none are one more."""
    all_of = {}
    for p in capture.packets:
        all_of.setdefault(connection(capture.linktype, p.data), []).append(p)
    return all_of


def piece(p, s, first, last, stream=None):
    """The packet with bytes first to last of its payload only; stream: what
    to take them from (offset 0 is the payload's first byte, bytes before it
    have negative offsets)."""
    body = p.data[s.payload + first:s.payload + last] if stream is None \
        else stream
    head = bytearray(p.data[:s.payload])
    struct.pack_into(">I", head, s.tcp + 4, (s.seq + first) & 0xffffffff)
    if last < s.end - s.payload:
        head[s.tcp + 13] &= ~FIN  # the end is at the end
    size = s.payload - s.ip + len(body)
    if head[s.ip] >> 4 == 4:
        struct.pack_into(">H", head, s.ip + 2, size)
    else:
        struct.pack_into(">H", head, s.ip + 4, size - 40)
    data = bytes(head) + body
    return Packet(p.sec, p.frac, data, len(data))


def cases(pcaps, every=1):
    """Every n-th case with a pcap file, of the client matrix the tenth."""
    return [c for c in golden.cases(pcaps, matrix=10) if os.path.exists(
        os.path.join(pcaps, c, "capture.pcap"))][::every]


def events(exe, case, capture, *options, keys=True):
    """The events of a capture's bytes, as dictionaries."""
    cmd = [exe, "-r", "-", "-f", "ecs", "-e", "finding,handshake"]
    root = os.path.join(case, "root.pem")
    cmd += ["-t", root if os.path.exists(root) else "none"]
    log = os.path.join(case, "keys.log")
    if keys and os.path.exists(log):
        cmd += ["-k", log]
    run = subprocess.run(cmd + list(options), input=capture,
                         capture_output=True, timeout=120)
    if run.returncode:
        raise RuntimeError("exit %d: %s" % (
            run.returncode, run.stderr.decode(errors="replace")[-800:]))
    return [json.loads(line) for line in run.stdout.splitlines()]


def get(event, path, default=None):
    for part in path.split("."):
        if not isinstance(event, dict) or part not in event:
            return default
        event = event[part]
    return event


def without(event, paths):
    """A copy of the event without these members, as text."""
    copy = json.loads(json.dumps(event))
    for path in paths:
        inside = copy
        *parents, last = path.split(".")
        for part in parents:
            inside = inside.get(part, {})
        inside.pop(last, None)
    return json.dumps(copy, sort_keys=True)
