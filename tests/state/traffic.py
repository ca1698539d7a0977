"""traffic.py: captures of TLS 1.2 handshakes made from nothing: any number of
certificates and names, at any time. The signatures are no signatures: what
reads them has no trust store (-t none).
"""
import datetime as dt
import hashlib
import struct

DAY = 86400
# the generator of P-256 (SEC 2, 2.4.2): a point that every library accepts
POINT = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    size = (n.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + n.to_bytes(size, "big") + body


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytes([40 * first + second])
    for n in rest:
        part = [n & 127]
        while n > 127:
            n >>= 7
            part.append(n & 127 | 128)
        out += bytes(reversed(part))
    return tlv(6, out)


ECDSA_SHA256 = tlv(0x30, oid("1.2.840.10045.4.3.2"))
KEY = tlv(0x30, tlv(0x30, oid("1.2.840.10045.2.1"),
                    oid("1.2.840.10045.3.1.7")), tlv(3, b"\0" + POINT))
SERVER_AUTH = tlv(0x30, oid("2.5.29.37"),
                  tlv(4, tlv(0x30, oid("1.3.6.1.5.5.7.3.1"))))
SAN = oid("2.5.29.17")
CN = oid("2.5.4.3")


def time_of(sec):
    t = dt.datetime.fromtimestamp(sec, dt.timezone.utc)
    if t.year < 2050:
        return tlv(0x17, t.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, t.strftime("%Y%m%d%H%M%SZ").encode())


def name_of(cn):
    return tlv(0x30, tlv(0x31, tlv(0x30, CN, tlv(0x0c, cn.encode()))))


def certificate(number, name, begin, end):
    """DER of one for this name, valid from begin to end (seconds)."""
    serial = b"\x5a" + number.to_bytes(8, "big")
    san = tlv(0x30, SAN, tlv(4, tlv(0x30, tlv(0x82, name.encode()))))
    tbs = tlv(0x30, b"\xa0\x03\x02\x01\x02", tlv(2, serial), ECDSA_SHA256,
              name_of("State Test Issuer"),
              tlv(0x30, time_of(begin), time_of(end)), name_of(name), KEY,
              tlv(0xa3, tlv(0x30, SERVER_AUTH, san)))
    signature = tlv(0x30, tlv(2, b"\x11" * 32), tlv(2, b"\x22" * 32))
    return tlv(0x30, tbs, ECDSA_SHA256, tlv(3, b"\0" + signature))


def record(kind, body):
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def random_of(number, side):
    return hashlib.sha256(b"%d %d" % (number, side)).digest()


def client_hello(number, name):
    host = name.encode()
    sni = struct.pack(">HBH", len(host) + 3, 0, len(host)) + host
    ext = struct.pack(">HH", 0, len(sni)) + sni if name else b""
    body = (b"\x03\x03" + random_of(number, 0) + b"\0" +
            b"\0\x02\xc0\x2b" + b"\x01\0" +
            struct.pack(">H", len(ext)) + ext)
    return record(22, message(1, body))


def server_flight(number, der):
    hello = b"\x03\x03" + random_of(number, 1) + b"\0\xc0\x2b\0"
    one = len(der).to_bytes(3, "big") + der
    chain = len(one).to_bytes(3, "big") + one
    return (record(22, message(2, hello)) + record(22, message(11, chain)) +
            record(22, message(14, b"")))


def segment(src, dst, seq, ack, flags, payload):
    """Raw IPv4: addresses as text, ports as numbers."""
    tcp = struct.pack(">HHIIBBHHH", src[1], dst[1], seq, ack, 0x50, flags,
                      65535, 0, 0) + payload
    address = [bytes(map(int, a.split("."))) for a in (src[0], dst[0])]
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6,
                       0) + b"".join(address) + tcp


FIN, SYN, PSH, ACK = 1, 2, 8, 16


def packet(when, data):
    sec, nsec = divmod(when, 1000000000)
    return struct.pack("<IIII", sec & 0xffffffff, nsec, len(data),
                       len(data)) + data


HEAD = struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 101)


def handshake(number, when, der, name, server="203.0.113.20",
              client="10.9.0.10", port=443):
    """A client that asks for name, gets der, and goes: bytes of a capture
    (without its head); when in seconds. The number is the connection's."""
    c = (client, 1024 + number % 60000)
    s = (server, port)
    hello, flight = client_hello(number, name), server_flight(number, der)
    a, b = 1000, 2000
    plan = [(c, s, a, 0, SYN, b""), (s, c, b, a + 1, SYN | ACK, b""),
            (c, s, a + 1, b + 1, PSH | ACK, hello)]
    for at in range(0, len(flight), 1400):
        plan.append((s, c, b + 1 + at, a + 1 + len(hello), PSH | ACK,
                     flight[at:at + 1400]))
    end = b + 1 + len(flight)
    plan += [(c, s, a + 1 + len(hello), end, FIN | ACK, b""),
             (s, c, end, a + 2 + len(hello), FIN | ACK, b"")]
    start = int(when * 1000000000)
    return b"".join(packet(start + n * 1000000, segment(*p))
                    for n, p in enumerate(plan))
