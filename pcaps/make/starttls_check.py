#!/usr/bin/python3
# Holds the captures of starttls*.py against what their READMEs say: with own
# reassembly, because tshark does not follow every dialect (AUTH SSL, IRC, RDP).
# cert.expired: a leaf is past its end at the packets' time; name.mismatch: the
# name asked for is in no SAN; a negative case: no ClientHello anywhere.
import glob
import os
import re
import subprocess
import sys

from cryptography import x509

import lib

TARGETS = {"connect-no-sni-wrong-name": "www.example.com",
           "connect-address-unlisted": "203.0.113.21",
           "socks5-no-sni-wrong-name": "www.example.com",
           "socks4a-no-sni-wrong-name": "www.example.com",
           "proxy-v2-authority-wrong-name": "www.example.com"}
START = re.compile(rb"\x16\x03[\x01-\x03][\x00-\x40].[\x01\x02]\x00", re.S)


def rows(path, *fields):
    argv = ["tshark", "-n", "-r", path, "-T", "fields"]
    out = subprocess.run(argv + [a for f in fields for a in ("-e", f)],
                         check=True, capture_output=True, text=True).stdout
    return [r.split("\t") for r in out.splitlines()]


def streams(path):
    """Bytes of each direction of each TCP connection, by sequence number."""
    whole = {}
    for stream, src, seq, data in rows(path, "tcp.stream", "ip.src",
                                       "tcp.seq", "tcp.payload"):
        if data:
            whole.setdefault((stream, src), {})[int(seq)] = (
                bytes.fromhex(data.split(",")[0]))
    for parts in whole.values():
        data = b""
        for seq in sorted(parts):
            if seq == len(data) + 1:
                data += parts[seq]
        yield data


def messages(data):
    """Clear handshake messages (type, body) and alerts (21, body)."""
    for found in START.finditer(data):
        got, plain, at = [], b"", found.start()
        while at + 5 <= len(data):
            kind, length = data[at], int.from_bytes(data[at + 3:at + 5], "big")
            body = data[at + 5:at + 5 + length]
            if kind not in (21, 22) or len(body) < length:
                break
            if kind == 21 and length == 2:
                got.append((21, body))
            if kind == 22:
                plain += body
            at += 5 + length
        while len(plain) >= 4:
            length = int.from_bytes(plain[1:4], "big")
            if len(plain) < 4 + length:
                break
            got.append((plain[0], plain[4:4 + length]))
            plain = plain[4 + length:]
        if got:
            return got
    return []


def server_name(hello):
    found = re.search(rb"\x00\x00\x00.\x00.\x00\x00(.)([\x21-\x7e]+)", hello,
                      re.S)
    return found.group(2)[:found.group(1)[0]].decode() if found else None


def look_tcp(path):
    names, leaves, alerts, hellos = set(), [], [], 0
    for data in streams(path):
        for kind, body in messages(data):
            if kind == 1:
                hellos += 1
                names.add(server_name(body))
            elif kind == 11 and len(body) > 6:
                size = int.from_bytes(body[3:6], "big")
                leaves.append(body[6:6 + size])
            elif kind == 21:
                alerts.append(body[1])
    return names, leaves, alerts, hellos


def pieces(path):
    """(direction, kind, message number, offset, total, bytes) in the clear."""
    for port, data in rows(path, "udp.srcport", "udp.payload"):
        data = bytes.fromhex(data)
        while len(data) >= 13:
            size = int.from_bytes(data[11:13], "big")
            body, clear = data[13:13 + size], data[3:5] == b"\0\0"
            if clear and data[0] == 21:
                yield port, 21, None, 0, 0, body
            while clear and data[0] == 22 and len(body) >= 12:
                n = int.from_bytes(body[9:12], "big")
                yield (port, body[0], int.from_bytes(body[4:6], "big"),
                       int.from_bytes(body[6:9], "big"),
                       int.from_bytes(body[1:4], "big"), body[12:12 + n])
                body = body[12 + n:]
            data = data[13 + size:]


def look_udp(path):
    names, leaves, alerts, hellos, open_ = set(), [], [], 0, {}
    for port, kind, number, offset, total, data in pieces(path):
        if kind == 21:
            alerts.append(data[1])
            continue
        key = (port, kind, number)
        have = open_.setdefault(key, {})
        have.update({offset + i: b for i, b in enumerate(data)})
        if len(have) != total:
            continue
        body = bytes(have[i] for i in range(total))
        del open_[key]          # a repeated flight is counted again
        if kind == 1:
            hellos += 1
            names.add(server_name(body))
        elif kind == 11 and total > 6:
            leaves.append(body[6:6 + int.from_bytes(body[3:6], "big")])
    return names, leaves, alerts, hellos


def check(folder):
    name = os.path.basename(folder)
    path = os.path.join(folder, "capture.pcap")
    text = open(os.path.join(folder, "README")).read()
    wanted = text.partition("Findings:")[2]
    names, raw, alerts, hellos = (look_udp if name.startswith("dtls")
                                  else look_tcp)(path)
    leaves = [x509.load_der_x509_certificate(r) for r in raw]
    when = float(rows(path, "frame.time_epoch")[-1][0])
    expired = any(c.not_valid_after.timestamp() < when for c in leaves)
    asked = {TARGETS[name]} if name in TARGETS else names - {None}
    sans = [v for c in leaves for v in alternatives(c)]
    wrong = bool(leaves and asked - set(sans))
    faults = []
    if expired != ("cert.expired" in wanted):
        faults.append("expired: %s" % expired)
    if wrong != ("name.mismatch" in wanted):
        faults.append("wrong name: %s" % wrong)
    if ("negative case" in " ".join(text.split())) != (hellos == 0):
        faults.append("%d ClientHellos" % hellos)
    if ("alert 45" in text or "certificate_expired" in text
            or "plaintext_alert" in text) and 45 not in alerts:
        faults.append("no alert 45")
    if os.path.getsize(path) > 80 * 1024:
        faults.append("too large")
    print("%-4s %s: %d hello, names %s, %d leaves for %s, alerts %s %s" % (
        "FAIL" if faults else "ok", name, hellos, sorted(map(str, names)),
        len(leaves), sorted(set(sans)), alerts, "; ".join(faults)))
    return not faults


def alternatives(cert):
    try:
        return cert.extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value.get_values_for_type(
                x509.DNSName)
    except x509.ExtensionNotFound:
        return []


def ours():
    for path in sorted(glob.glob(os.path.join(lib.PCAPS, "*", "README"))):
        if open(path).read().startswith("Made by make/starttls"):
            yield os.path.dirname(path)


if __name__ == "__main__":
    done = [check(folder) for folder in ours()]
    print("%d passed, %d failed" % (sum(done), len(done) - sum(done)))
    sys.exit(0 if done and all(done) else 1)
