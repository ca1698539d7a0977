#!/usr/bin/python3
# A TLS 1.3 server (RFC 9846) that compresses its Certificate message (RFC
# 8879), as no server in Debian does: x25519, TLS_AES_128_GCM_SHA256, an ECDSA
# P-256 certificate, HTTP/1.1. Real clients finish the handshake with it, which
# proves it right. Needs python3-cryptography python3-brotli python3-zstandard.
#
#   tls13server.py KEY CHAIN ALGORITHM [long|short|tail|bomb|hidden-bomb]
#
# ALGORITHM: none, zlib, brotli, zstd; the client must have offered it. What is
# wrong with the message: it declares more or less than comes out, bytes behind
# the compressed stream, 16 MiB of zeros declared, 16 MiB behind a small length.
import hashlib
import hmac
import os
import socketserver
import struct
import sys
import zlib

import brotli
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CODES = {"zlib": 1, "brotli": 2, "zstd": 3}
ANSWER = b'{"status":"ok"}\n'
SUITE, X25519, ECDSA_P256 = 0x1301, 0x001d, 0x0403
BOMB = (1 << 24) - 1
CCS, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23


def vec(length_bytes, data):
    return len(data).to_bytes(length_bytes, "big") + data


def message(kind, body):
    return bytes([kind]) + vec(3, body)


def compress(algorithm, data):
    if algorithm == "zlib":
        return zlib.compress(data, 9)
    if algorithm == "brotli":
        return brotli.compress(data)
    return zstandard.ZstdCompressor(19).compress(data)


def expand(secret, label, context, length):
    info = struct.pack(">H", length) + vec(1, b"tls13 " + label) + \
        vec(1, context)
    out, block = b"", b""
    for i in range(1, length // 32 + 2):
        block = hmac.digest(secret, block + info + bytes([i]), "sha256")
        out += block
    return out[:length]


def extract(salt, key):
    return hmac.digest(salt, key, "sha256")


class Keys:
    """One direction under one traffic secret."""

    def __init__(self, secret):
        self.aead = AESGCM(expand(secret, b"key", b"", 16))
        self.iv = int.from_bytes(expand(secret, b"iv", b"", 12), "big")
        self.finished = expand(secret, b"finished", b"", 32)
        self.number = 0

    def nonce(self):
        self.number += 1
        return (self.iv ^ (self.number - 1)).to_bytes(12, "big")

    def seal(self, kind, data):
        head = struct.pack(">BHH", DATA, 0x0303, len(data) + 17)
        return head + self.aead.encrypt(self.nonce(), data + bytes([kind]),
                                        head)

    def open(self, head, data):
        plain = self.aead.decrypt(self.nonce(), data, head).rstrip(b"\0")
        return plain[-1], plain[:-1]


class Hello:
    """What is needed of a ClientHello."""

    def __init__(self, body):
        at = 34
        self.session = body[at + 1:at + 1 + body[at]]
        at += 1 + body[at]
        at += 2 + int.from_bytes(body[at:at + 2], "big")
        at += 1 + body[at] + 2
        self.extensions = {}
        while at + 4 <= len(body):
            kind, size = struct.unpack_from(">HH", body, at)
            self.extensions[kind] = body[at + 4:at + 4 + size]
            at += 4 + size

    def share(self):
        data, at = self.extensions[51], 2
        while at < len(data):
            group, size = struct.unpack_from(">HH", data, at)
            if group == X25519:
                return data[at + 4:at + 4 + size]
            at += 4 + size
        raise ValueError("no x25519 share")

    def compressions(self):
        data = self.extensions.get(27, b"\0")
        return struct.unpack(">%dH" % (data[0] // 2), data[1:])

    def http1(self):
        return b"\x08http/1.1" in self.extensions.get(16, b"")


class Connection(socketserver.StreamRequestHandler):
    def record(self):
        head = self.rfile.read(5)
        if len(head) < 5:
            raise EOFError
        return head, self.rfile.read(int.from_bytes(head[3:], "big"))

    def sealed(self, keys):
        """(kind, content) of the next encrypted record"""
        while True:
            head, data = self.record()
            if head[0] == DATA:
                return keys.open(head, data)
            if head[0] != CCS:
                raise ValueError("record of type %d" % head[0])

    def hello(self):
        data = b""
        while len(data) < 4 or len(data) < 4 + int.from_bytes(data[1:4],
                                                              "big"):
            data += self.record()[1]
        return data

    def certificate(self, hello):
        entries = b"".join(vec(3, der) + vec(2, b"") for der in
                           self.server.chain)
        plain = vec(1, b"") + vec(3, entries)
        how, fault = self.server.how, self.server.fault
        if how == "none":
            return message(11, plain)
        if CODES[how] not in hello.compressions():
            raise ValueError("the client does not take " + how)
        length = len(plain)
        if fault in ("bomb", "hidden-bomb"):
            plain += bytes(BOMB - length)
        if fault == "bomb":
            length = BOMB
        length += {"long": 100, "short": -100}.get(fault, 0)
        packed = compress(how, plain) + (b"tail" if fault == "tail" else b"")
        return message(25, struct.pack(">H", CODES[how]) +
                       length.to_bytes(3, "big") + vec(3, packed))

    def server_hello(self, hello, share):
        extensions = struct.pack(">HHHHHHH", 43, 2, 0x0304, 51, 36, X25519,
                                 32) + share
        return message(2, b"\x03\x03" + os.urandom(32) +
                       vec(1, hello.session) + struct.pack(">HB", SUITE, 0) +
                       vec(2, extensions))

    def flight(self, hello, transcript, keys):
        """EncryptedExtensions to Finished, a record each."""
        alpn = struct.pack(">HHH", 16, 11, 9) + b"\x08http/1.1" \
            if hello.http1() else b""
        sent = [message(8, vec(2, alpn)), self.certificate(hello)]
        text = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + \
            hashlib.sha256(transcript + b"".join(sent)).digest()
        sent.append(message(15, struct.pack(">H", ECDSA_P256) + vec(
            2, self.server.key.sign(text, ec.ECDSA(hashes.SHA256())))))
        digest = hashlib.sha256(transcript + b"".join(sent)).digest()
        sent.append(message(20, hmac.digest(keys.finished, digest,
                                            "sha256")))
        for one in sent:
            for at in range(0, len(one), 16384):
                self.wfile.write(keys.seal(HANDSHAKE, one[at:at + 16384]))
        return b"".join(sent)

    def handle(self):
        try:
            self.talk()
        except (EOFError, OSError):
            pass
        except ValueError as wrong:
            print(wrong, flush=True)

    def talk(self):
        transcript = self.hello()
        hello = Hello(transcript[4:])
        mine = x25519.X25519PrivateKey.generate()
        shared = mine.exchange(x25519.X25519PublicKey.from_public_bytes(
            hello.share()))
        answer = self.server_hello(hello, mine.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw))
        transcript += answer
        empty = hashlib.sha256(b"").digest()
        early = expand(extract(bytes(32), bytes(32)), b"derived", empty, 32)
        secret = extract(early, shared)
        digest = hashlib.sha256(transcript).digest()
        ours, theirs = (Keys(expand(secret, b"%c hs traffic" % side, digest,
                                    32)) for side in b"sc")
        self.wfile.write(struct.pack(">BHH", HANDSHAKE, 0x0303, len(answer)) +
                         answer + b"\x14\x03\x03\0\1\1")
        transcript += self.flight(hello, transcript, ours)
        digest = hashlib.sha256(transcript).digest()
        self.finished(theirs, hmac.digest(theirs.finished, digest, "sha256"))
        master = extract(expand(secret, b"derived", empty, 32), bytes(32))
        ours, theirs = (Keys(expand(master, b"%c ap traffic" % side, digest,
                                    32)) for side in b"sc")
        self.answer(ours, theirs)

    def finished(self, theirs, want):
        kind, data = self.sealed(theirs)
        if kind == ALERT:
            raise ValueError("alert %d" % data[1])
        if kind != HANDSHAKE or data != message(20, want):
            raise ValueError("not the client's Finished")
        print("finished", flush=True)

    def answer(self, ours, theirs):
        kind, data = self.sealed(theirs)
        if kind == DATA and data.startswith(b"GET "):
            self.wfile.write(ours.seal(DATA, (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Connection: close\r\nContent-Length: %d\r\n\r\n" %
                len(ANSWER)) + ANSWER))
        self.wfile.write(ours.seal(ALERT, b"\1\0"))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def main():
    key, chain, how, *fault = sys.argv[1:]
    with Server(("0.0.0.0", 443), Connection) as server:
        with open(key, "rb") as pem:
            server.key = serialization.load_pem_private_key(pem.read(), None)
        with open(chain) as pem:
            server.chain = [x509.load_pem_x509_certificate(
                (one + "-----END CERTIFICATE-----\n").encode()).public_bytes(
                    serialization.Encoding.DER) for one in
                pem.read().split("-----END CERTIFICATE-----\n")[:-1]]
        server.how, server.fault = how, "".join(fault)
        server.serve_forever()


main()
