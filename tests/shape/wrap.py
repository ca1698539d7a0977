#!/usr/bin/env python3
"""Encapsulation changes nothing but wirecert.tunnels.

wrap.py WIRECERT PCAPS [CASES]: so many golden captures (6; 0 is all of them),
other ones for each row of pcaps/make/encap_rows.py, are wrapped as the row
says, and once more with the outer IP packets in fragments. Findings and
handshakes must stay what they are, byte for byte, but for the tunnels, and
those must be what the row says.
"""
import os
import random
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import packets as pk

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "pcaps", "make"))
import encap  # noqa: E402
import encap_rows  # noqa: E402
import encap_wraps  # noqa: E402

# the interface's name is told by pcapng alone
MAY_CHANGE = ["wirecert.tunnels", "observer.ingress"]
OUTER = b"\x08\x00\x45"  # an IPv4 header without options
LARGEST = 60000          # of a packet that still has room for headers


def frames_of(path):
    """(IP version, packets) of a capture that the rows can wrap, or None."""
    capture = pk.read(path)
    if not capture or capture.linktype != 1 or capture.order != "<":
        return None
    if any(len(p.data) < p.wire_len for p in capture.packets):
        return None
    frames = [f for f in encap.read_pcap(path)
              if f[2][12:14] in (b"\x08\x00", b"\x86\xdd")]
    versions = {f[2][14] >> 4 for f in frames}
    if len(versions) != 1 or any(len(f[2]) > LARGEST for f in frames):
        return None
    return versions.pop(), frames


def types_of(row):
    """The tunnels' types of a row, of its words for people."""
    words = re.sub(r"\(.*?\)| with .*| or .*", "", row.tunnels)
    return [w.split()[0] for w in words.split(",") if w.strip()]


def wrapped(row, frames, fragmented):
    """The bytes of the capture file; None where nothing can be fragmented."""
    packets = []
    encap_wraps.start()
    for sec, usec, frame in frames:
        pieces = row.wrap(frame, encap.is_client(frame))
        pieces = [pieces] if isinstance(pieces, bytes) else pieces
        if fragmented:
            pieces = [p for whole in pieces for p in cut(whole)]
        packets += [(sec, usec, p) for p in pieces]
    if fragmented and all(p[20:22] == b"\0\0" for _, _, p in packets):
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "wrapped")
        if row.finish:
            row.finish(path, packets)
        else:
            encap.write_pcap(path, row.linktype, packets)
        return open(path, "rb").read()


def cut(frame):
    """The outer IP packet in fragments, some of them in another order."""
    if frame[12:15] != OUTER:
        return [frame]
    ip = bytearray(frame[14:14 + int.from_bytes(frame[16:18], "big")])
    ip[4:6] = encap_wraps.count().to_bytes(2, "big")
    pieces = encap_wraps.cut_up(bytes(ip), 8 * random.choice((8, 31, 64)))
    random.shuffle(pieces)
    return [frame[:14] + p for p in pieces]


def check(exe, folder, row, fragmented):
    """What is wrong, or None where the row does not suit the capture."""
    version, frames = frames_of(os.path.join(folder, "capture.pcap"))
    random.seed(row.name)
    changed = wrapped(row, frames, fragmented)
    if changed is None:
        return None
    with tempfile.NamedTemporaryFile() as plain:
        encap.write_pcap(plain.name, 1, frames)
        want = pk.events(exe, folder, plain.read())
    got = pk.events(exe, folder, changed)
    wrong = []
    for a, b in zip(want, got):
        types = [t["type"] for t in pk.get(b, "wirecert.tunnels", [])]
        if types != types_of(row):
            wrong.append("tunnels %s, not %s" % (types, types_of(row)))
        a, b = pk.without(a, MAY_CHANGE), pk.without(b, MAY_CHANGE)
        if a != b:
            wrong += ["expected " + a[:1500], "got      " + b[:1500]]
    if len(want) != len(got):
        wrong.append("%d events, not %d" % (len(got), len(want)))
    return wrong[:4]


def jobs_of(pcaps, number):
    """[(row, fragmented, case)]: each row with cases of its own."""
    names = [c for c in pk.cases(pcaps) if not c.startswith("encap-")]
    usable = {4: [], 6: []}
    for case in names:
        found = frames_of(os.path.join(pcaps, case, "capture.pcap"))
        if found:
            usable[found[0]].append(case)
    out = []
    for n, row in enumerate(encap_rows.ROWS):
        of = usable[row.version]
        count = min(number or len(of), len(of))
        for i in range(count):
            case = of[(n * count + i) % len(of)]
            out.append((row, False, case))
            if row.linktype == 1 and not row.finish and i < 2 and \
                    "fragments" not in row.name:
                out.append((row, True, case))
    return out


def main():
    exe, pcaps = sys.argv[1:3]
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    jobs = jobs_of(pcaps, number)
    tap = pk.Tap()
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda j: check(exe, os.path.join(pcaps, j[2]),
                                           j[0], j[1]), jobs)
        for (row, fragmented, case), wrong in zip(jobs, results):
            name = "%s in %s%s" % (case, row.name,
                                   ", fragmented" if fragmented else "")
            if wrong is not None:
                tap.case(not wrong, name, wrong)
    tap.case(len(jobs) > 5 * len(encap_rows.ROWS) or number in range(1, 6),
             "%d wrappings of %d kinds" % (len(jobs), len(encap_rows.ROWS)))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
