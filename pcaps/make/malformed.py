#!/usr/bin/env python3
"""Handshakes with a few bytes changed, which no program sends on purpose.

tls12-malformed-curl: the tag of the leaf's TBSCertificate is made a SET, so that
every length still fits. tls12-lying-record: the server's first record claims
65535 bytes. tls12-control-name: the server name holds control characters.
"""
import os
import re
import shutil

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.dirname(HERE)
README = """Made by make/malformed.py from tls12-good-curl (nginx and curl): the tag of the
leaf's TBSCertificate is made a SET (0x31), so that no parser can read it while
every length of the handshake still fits. TCP checksums are not mended.
Proves: a certificate that cannot be parsed costs only itself.
Findings: cert.malformed
"""


LYING = """Made by make/malformed.py from tls12-good-curl (nginx and curl): the server's
first record says that it is 65535 bytes long (RFC 5246 6.2.1 allows 16384).
TCP checksums are not mended.
Proves: a lying length is told as an anomaly, with nothing made up behind it.
Findings: none
"""
CONTROL = """Made by make/malformed.py from tls12-wrongname-curl-reject: two bytes of the
server name are ESC (0x1b) and BEL (0x07). TCP checksums are not mended.
Proves: such a name is told escaped, with an anomaly that says where it is, and
is not judged.
Findings: none
"""


def capture(case):
    return bytearray(open(os.path.join(PCAPS, case, "capture.pcap"),
                          "rb").read())


def put(case, data, readme, root_of):
    folder = os.path.join(PCAPS, case)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "capture.pcap"), "wb") as out:
        out.write(data)
    with open(os.path.join(folder, "README"), "w") as out:
        out.write(readme)
    root = os.path.join(PCAPS, root_of, "root.pem")
    if os.path.exists(root):
        shutil.copy(root, folder)


def main():
    data = capture("tls12-good-curl")
    leaf = re.search(rb"\x30\x82..\x30\x82..\xa0\x03\x02\x01\x02", data,
                     re.DOTALL)
    data[leaf.start() + 4] = 0x31
    put("tls12-malformed-curl", data, README, "")
    data = capture("tls12-good-curl")
    hello = re.search(rb"\x16\x03\x03..\x02\x00\x00", data, re.DOTALL)
    data[hello.start() + 3:hello.start() + 5] = b"\xff\xff"
    put("tls12-lying-record", data, LYING, "tls12-good-curl")
    data = capture("tls12-wrongname-curl-reject")
    name = data.index(b"api.example.com")
    data[name + 1] = 0x1b
    data[name + 2] = 0x07
    put("tls12-control-name", data, CONTROL, "tls12-wrongname-curl-reject")


if __name__ == "__main__":
    main()
