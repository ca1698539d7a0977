#!/usr/bin/env python3
"""Captures of other cases whose packets are changed on the way: with others
between them, or with a header before what they carry. Checksums are not mended.
"""
import struct

from malformed import capture, put

SYNACK = """Made by make/rearranged.py from tls12-expired-curl-reject (nginx and curl): the
server's SYN-ACK stands there three times, first and last with other sequence
numbers, as seen of servers that answer each repetition of a SYN anew.
Proves: the client's acknowledgement tells where the server's stream begins.
Findings: cert.expired (high)
"""
STRAYS = """Made by make/rearranged.py from tls12-expired-curl-accept (nginx and curl):
behind the client's Finished come segments of its address and the server's that
are not of the connection: RSTs and FINs with old numbers and with numbers of
nowhere near, a RST with the number 0, SYNs with other numbers. All else comes
three seconds later.
Proves: none of them ends the connection (RFC 9293 3.10.7.4, RFC 5961 3.2, 4),
so that the client is still seen to go on with an expired certificate.
Findings: cert.expired (high), client.accepts_invalid (medium)
"""
HEADLESS = """Made by make/rearranged.py from tls12-expired-curl-reject (nginx and curl): SYN
and SYN-ACK, then the server's stream from its Certificate on: the ServerHello
is taken out of it, and nothing more of the client is there.
Proves: the certificate's validity is judged without any hello, no name is.
Findings: cert.expired (high)
"""
CROSSED = """Made by make/rearranged.py from dtls12-srtp-selfsigned: the server says hello
as a client, too, before it answers (in two copies), as both sides of WebRTC may
do. Checksums are not mended.
Proves: who answers is the server, and what it said before is told on its own.
Findings: cert.expired at most
"""
CAPWAP = """Made by make/rearranged.py from dtls12-expired: the datagrams to and from port
5246, each with the DTLS header of CAPWAP before its payload (RFC 5415 4.2).
Proves: the certificate of a wireless controller is seen, which access points
talk to so.
Findings: cert.expired (high), client.accepts_invalid (medium)
"""
ETHERNET, IPV4, UDP, HEADER = 14, 20, 8, 24


def packets(data):
    """(seconds, microseconds, bytes) of a pcap of the machine's byte order"""
    at = HEADER
    while at < len(data):
        sec, usec, size, _ = struct.unpack_from("=IIII", data, at)
        yield sec, usec, bytearray(data[at + 16:at + 16 + size])
        at += 16 + size


def joined(data, frames):
    out = bytearray(data[:HEADER])
    for sec, usec, frame in frames:
        out += struct.pack("=IIII", sec, usec, len(frame), len(frame)) + frame
    return out


def answered_anew(frames):
    flags, seq = ETHERNET + IPV4 + 13, ETHERNET + IPV4 + 4
    for sec, usec, frame in frames:
        if frame[flags] & 0x12 != 0x12:
            yield sec, usec, frame
            continue
        for off in 0x12345678, 0, 0x7fedcba9:
            number, = struct.unpack_from(">I", frame, seq)
            other = bytearray(frame)
            struct.pack_into(">I", other, seq, number + off & 0xffffffff)
            yield sec, usec, other


def bare(frame, flags, off):
    """an empty segment beside what that one carries, of the same sender"""
    header = IPV4 + (frame[ETHERNET + IPV4 + 12] >> 2)
    out = frame[:ETHERNET + header]
    struct.pack_into(">H", out, ETHERNET + 2, header)
    number, = struct.unpack_from(">I", out, ETHERNET + IPV4 + 4)
    if off is None:
        number, off = 0, 0
    struct.pack_into(">I", out, ETHERNET + IPV4 + 4,
                     number + off & 0xffffffff)
    out[ETHERNET + IPV4 + 13] = flags
    return out


def with_strays(frames):
    fin, syn, rst, ack = 1, 2, 4, 16
    strays = [(rst, -1), (rst | ack, -90), (rst, 1 << 30), (rst | ack, None),
              (fin | ack, 0), (fin | ack, -90), (syn, 0x12345678)]
    last, later = {}, 0
    for sec, usec, frame in frames:
        yield sec + later, usec, frame
        if len(frame) <= ETHERNET + 60:
            continue
        last[bytes(frame[26:30])] = frame
        if b"\x16\x03\x03\x00\x25\x10\0\0" not in frame:
            continue
        later = 3
        for side in last.values():
            for flags, off in strays:
                yield sec, usec, bare(side, flags, off)


def headless(frames):
    head = ETHERNET + IPV4
    first = next(frames), next(frames)
    yield from first
    server = first[1][2][26:30]
    taken = 0
    for sec, usec, frame in frames:
        start = head + (frame[head + 12] >> 2)
        if frame[26:30] != server or len(frame) == start:
            continue
        if not taken:
            # a record of its own: header, type and length of the message
            taken, = struct.unpack_from(">H", frame, start + 3)
            taken += 5
            del frame[start:start + taken]
            struct.pack_into(">H", frame, ETHERNET + 2, len(frame) - ETHERNET)
        else:
            number, = struct.unpack_from(">I", frame, head + 4)
            struct.pack_into(">I", frame, head + 4,
                             number - taken & 0xffffffff)
        yield sec, usec, frame


def crossed(frames):
    addresses, ports = ETHERNET + 12, ETHERNET + IPV4
    # headers of the record and the message, the version
    random = ports + UDP + 13 + 12 + 2
    sec, usec, first = next(frames)
    other = bytearray(first)
    for at, size in (addresses, 4), (ports, 2):
        other[at:at + size] = first[at + size:at + 2 * size]
        other[at + size:at + 2 * size] = first[at:at + size]
    for at in range(random, random + 32):
        other[at] ^= 0x55
    yield sec, usec, first
    yield sec, usec + 1, other
    for number, (sec, usec, frame) in enumerate(frames):
        yield sec, usec, frame
        if number == 1:
            yield sec, usec + 1, other


def in_capwap(frames, port):
    for sec, usec, frame in frames:
        udp = ETHERNET + IPV4
        for at in udp, udp + 2:
            if struct.unpack_from(">H", frame, at)[0] == port:
                struct.pack_into(">H", frame, at, 5246)
        for at in ETHERNET + 2, udp + 4:
            size, = struct.unpack_from(">H", frame, at)
            struct.pack_into(">H", frame, at, size + 4)
        frame[udp + UDP:udp + UDP] = b"\1\0\0\0"
        yield sec, usec, frame


def main():
    data = capture("tls12-expired-curl-reject")
    put("tls12-synack-thrice", joined(data, answered_anew(packets(data))),
        SYNACK, "tls12-expired-curl-reject")
    data = capture("tls12-expired-curl-accept")
    put("tls12-strays-curl-accept", joined(data, with_strays(packets(data))),
        STRAYS, "tls12-expired-curl-accept")
    data = capture("tls12-expired-curl-reject")
    put("tls12-certificate-first", joined(data, headless(packets(data))),
        HEADLESS, "tls12-expired-curl-reject")
    data = capture("dtls12-srtp-selfsigned")
    put("dtls12-srtp-crossed", joined(data, crossed(packets(data))), CROSSED,
        "dtls12-srtp-selfsigned")
    data = capture("dtls12-expired")
    first = next(packets(data))[2]
    port, = struct.unpack_from(">H", first, ETHERNET + IPV4 + 2)
    put("dtls12-capwap-expired", joined(data, in_capwap(packets(data), port)),
        CAPWAP, "dtls12-expired")


if __name__ == "__main__":
    main()
