#!/usr/bin/python3
# Wraps real handshakes with an expired certificate into every encapsulation
# that wirecert reads: one folder pcaps/encap-NAME a row of encap_rows.py.
#   make/encap.py [NAME...]           makes the cases, checks each with tshark
#   make/encap.py --wrap NAME IN OUT  wraps any Ethernet capture (tests/shape)
#   make/encap.py --list              the names
# The packets, their times and their certificates are those of the capture that
# is wrapped, byte for byte; so a case can be made again at any time, and gives
# the same file. tshark must find the certificate message inside each.
import os
import shutil
import struct
import subprocess
import sys
import textwrap

import encap_rows
import encap_wraps

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.dirname(HERE)
SOURCE = {4: "tls12-expired-curl-reject", 6: "tls12-ipv6-expired-curl-reject"}


def read_pcap(path):
    """[(seconds, microseconds, Ethernet frame)]"""
    with open(path, "rb") as f:
        data = f.read()
    magic, linktype = struct.unpack_from("<I16xI", data)
    if magic not in (0xa1b2c3d4, 0xa1b23c4d) or linktype != 1:
        raise SystemExit(path + ": not a little-endian Ethernet pcap")
    scale = 1000 if magic == 0xa1b23c4d else 1
    out, at = [], 24
    while at < len(data):
        sec, frac, cap, _ = struct.unpack_from("<IIII", data, at)
        out.append((sec, frac // scale, data[at + 16:at + 16 + cap]))
        at += 16 + cap
    return out


def write_pcap(path, linktype, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144,
                            linktype))
        for sec, usec, data in packets:
            f.write(struct.pack("<IIII", sec, usec, len(data), len(data)))
            f.write(data)


def is_client(frame):
    """Of a TCP frame: does it come from the side with the higher port?"""
    ip = frame[14:]
    if ip[0] >> 4 == 4:
        at, protocol = (ip[0] & 15) * 4, ip[9]
    else:
        at, protocol = 40, ip[6]
    if protocol not in (6, 17):
        return ip[12:16] < ip[16:20]
    src, dst = struct.unpack_from(">HH", ip, at)
    return src > dst


def wrap(row, path, out):
    packets = []
    encap_wraps.start()
    for sec, usec, frame in read_pcap(path):
        if frame[12:14] not in (b"\x08\x00", b"\x86\xdd"):
            continue
        pieces = row.wrap(frame, is_client(frame))
        if isinstance(pieces, bytes):
            pieces = [pieces]
        packets += [(sec, usec, piece) for piece in pieces]
    if row.finish:
        row.finish(out, packets)
    else:
        write_pcap(out, row.linktype, packets)


def certificates(path, prefs):
    """How many Certificate messages tshark sees in the clear."""
    argv = ["tshark", "-n", "-r", path, "-Y", "tls.handshake.type == 11",
            "-T", "fields", "-e", "tls.handshake.certificate"]
    for pref in prefs:
        argv += pref.split(" ", 1)
    out = subprocess.run(argv, capture_output=True, text=True).stdout
    return len([line for line in out.splitlines() if line.strip()])


README = """Made by make/encap.py: the packets of {source}, each inside {what}.
{proves}
Tunnels: {tunnels}
Findings: cert.expired (high)
"""


def make(row):
    source = SOURCE[row.version]
    folder = os.path.join(PCAPS, "encap-" + row.name)
    os.makedirs(folder, exist_ok=True)
    capture = os.path.join(folder, "capture.pcap")
    wrap(row, os.path.join(PCAPS, source, "capture.pcap"), capture)
    root = os.path.join(PCAPS, source, "root.pem")
    if os.path.exists(root):
        shutil.copyfile(root, os.path.join(folder, "root.pem"))
    text = README.format(source=source, what=row.what, proves=row.proves,
                         tunnels=row.tunnels or "none")
    with open(os.path.join(folder, "README"), "w") as f:
        for line in text.splitlines():
            f.write(textwrap.fill(line, 78) + "\n" if line else "")
    if row.prefs is None:
        return "not checked: tshark does not read it"
    seen = certificates(capture, row.prefs)
    return "ok" if seen == 1 else "tshark sees %d certificates" % seen


def main(argv):
    rows = {row.name: row for row in encap_rows.ROWS}
    if argv == ["--list"]:
        print("\n".join(rows))
        return 0
    if len(argv) == 4 and argv[0] == "--wrap":
        wrap(rows[argv[1]], argv[2], argv[3])
        return 0
    failed = 0
    for name in argv or rows:
        result = make(rows[name])
        failed += result.startswith("tshark")
        print("%-24s %s" % (name, result))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
