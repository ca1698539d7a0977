#!/usr/bin/env python3
"""tls12-malformed-curl: tls12-good-curl with one byte of its leaf changed.

No client or server sends such a certificate on purpose; the tag of its
TBSCertificate is made a SET, so that every length still fits.
"""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.dirname(HERE)
README = """Made by make/malformed.py from tls12-good-curl (nginx and curl): the tag of the
leaf's TBSCertificate is made a SET (0x31), so that no parser can read it while
every length of the handshake still fits. TCP checksums are not mended.
Proves: a certificate that cannot be parsed costs only itself.
Findings: cert.malformed
"""


def main():
    data = bytearray(open(os.path.join(PCAPS, "tls12-good-curl",
                                       "capture.pcap"), "rb").read())
    leaf = re.search(rb"\x30\x82..\x30\x82..\xa0\x03\x02\x01\x02", data,
                     re.DOTALL)
    data[leaf.start() + 4] = 0x31
    folder = os.path.join(PCAPS, "tls12-malformed-curl")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "capture.pcap"), "wb") as out:
        out.write(data)
    with open(os.path.join(folder, "README"), "w") as out:
        out.write(README)


if __name__ == "__main__":
    main()
