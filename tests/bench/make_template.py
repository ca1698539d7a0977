#!/usr/bin/env python3
"""make_template.py: what trace_make cuts its traffic from.

Writes into a folder: template.bin (real TLS 1.2 flights of OpenSSL, two
intermediates, N leaves), root.pem (to be trusted) and issuer.key (with which
trace_make signs new leaves). One leaf of a hundred is expired, one is for
another name; all others are good at the time of the traces.
"""
import datetime as dt
import os
import ssl
import struct
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import (AuthorityInformationAccessOID,
                                   ExtendedKeyUsageOID, NameOID)

UTC = dt.timezone.utc
TRACE = dt.datetime(2026, 6, 1, tzinfo=UTC)
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


def day(n):
    return TRACE + dt.timedelta(days=n)


def name(cn):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
                      x509.NameAttribute(NameOID.ORGANIZATION_NAME,
                                         "Bench Trust Services"),
                      x509.NameAttribute(NameOID.COMMON_NAME, cn)])


def serial(n):
    """16 bytes whose first is neither zero nor negative: easy to patch."""
    return (0x5A << 120) | (n << 32) | 0x01020304


def authority(cn, key, issuer, issuer_key, number):
    b = (x509.CertificateBuilder().subject_name(name(cn))
         .issuer_name(issuer).public_key(key.public_key())
         .serial_number(serial(number))
         .not_valid_before(day(-1000)).not_valid_after(day(2000))
         .add_extension(x509.BasicConstraints(True, None), True)
         .add_extension(x509.KeyUsage(True, False, False, False, False, True,
                                      True, False, False), True)
         .add_extension(x509.SubjectKeyIdentifier.from_public_key(
             key.public_key()), False)
         .add_extension(
             x509.AuthorityKeyIdentifier.from_issuer_public_key(
                 issuer_key.public_key()), False))
    return b.sign(issuer_key, hashes.SHA256())


def leaf(index, key, issuer, issuer_key):
    host = "host-%06d.example.net" % index
    if index % 100 == 13:  # for another name, the one a server falls back to
        host = "else-%06d.example.org" % index
    start, end = (-100, -10) if index % 100 == 7 else (-17, 73)
    names = [host, "www." + host]
    names += ["alt%d.%s" % (n, host) for n in range(index % 7)]
    access = x509.AccessDescription
    url = x509.UniformResourceIdentifier
    b = (x509.CertificateBuilder()
         .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME,
                                                     host)]))
         .issuer_name(issuer.subject).public_key(key.public_key())
         .serial_number(serial(1000 + index))
         .not_valid_before(day(start)).not_valid_after(day(end))
         .add_extension(x509.KeyUsage(True, False, False, False, False, False,
                                      False, False, False), True)
         .add_extension(x509.ExtendedKeyUsage(
             [ExtendedKeyUsageOID.SERVER_AUTH]), False)
         .add_extension(x509.BasicConstraints(False, None), True)
         .add_extension(x509.SubjectKeyIdentifier.from_public_key(
             key.public_key()), False)
         .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
             issuer_key.public_key()), False)
         .add_extension(x509.AuthorityInformationAccess([
             access(AuthorityInformationAccessOID.OCSP,
                    url("http://ocsp.bench.example")),
             access(AuthorityInformationAccessOID.CA_ISSUERS,
                    url("http://issuer.bench.example/i.der"))]), False)
         .add_extension(x509.SubjectAlternativeName(
             [x509.DNSName(n) for n in names]), False)
         .add_extension(x509.CertificatePolicies([x509.PolicyInformation(
             x509.ObjectIdentifier("2.23.140.1.2.1"), None)]), False)
         # the size of two signed certificate timestamps
         .add_extension(x509.UnrecognizedExtension(
             x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"),
             b"\x04\x81\xf2" + bytes(range(242))), False))
    return b.sign(issuer_key, hashes.SHA256())


def records(data):
    out = []
    while data:
        n = 5 + struct.unpack(">H", data[3:5])[0]
        out.append(data[:n])
        data = data[n:]
    return out


def handshake(folder, key, chain):
    """Six pieces of a real handshake in memory: no socket is opened."""
    path = os.path.join(folder, "server.pem")
    with open(path, "wb") as f:
        f.write(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()))
        for c in chain:
            f.write(c.public_bytes(PEM))
    there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    there.maximum_version = ssl.TLSVersion.TLSv1_2
    there.load_cert_chain(path)
    os.unlink(path)
    here = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    here.check_hostname = False
    here.verify_mode = ssl.CERT_NONE
    here.set_alpn_protocols(["h2", "http/1.1"])
    there.set_alpn_protocols(["http/1.1"])
    a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = there.wrap_bio(a, b, server_side=True)
    client = here.wrap_bio(b, a, server_hostname="host-000000.example.net")
    flights = []
    for side, bio in ((client, a), (server, b), (client, a), (server, b)):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
        data = bio.read()
        flights.append(data)
        bio.write(data)
    hello, answer, keys, finished = flights
    sh, cert, ske, done = records(answer)
    assert cert[5] == 11 and ske[5] == 12 and done[5] == 14
    assert records(finished)[0][5] == 4  # a session ticket
    return [hello, sh, ske, done, keys, finished]


def main(folder, leaves):
    os.makedirs(folder, exist_ok=True)
    rsas = [rsa.generate_private_key(65537, 2048) for _ in range(8)]
    ecs = [ec.generate_private_key(ec.SECP256R1()) for _ in range(64)]
    root_key, mid_key, issuer_key = (
        rsa.generate_private_key(65537, 4096),
        rsa.generate_private_key(65537, 2048),
        rsa.generate_private_key(65537, 2048))
    root_name = name("Bench Root")
    root = authority("Bench Root", root_key, root_name, root_key, 1)
    mid = authority("Bench Policy CA", mid_key, root_name, root_key, 2)
    issuer = authority("Bench Issuing CA", issuer_key, mid.subject, mid_key, 3)
    certs, keys = [], []
    for i in range(leaves):
        keys.append(ecs[i % 64] if i % 2 else rsas[i // 2 % 8])
        certs.append(leaf(i, keys[i], issuer, issuer_key))
    blobs = []
    for kind in (0, 1):
        blobs += handshake(folder, keys[kind], [certs[kind], issuer, mid])
    blobs += [c.public_bytes(DER) for c in [issuer, mid] + certs]
    with open(os.path.join(folder, "root.pem"), "wb") as f:
        f.write(root.public_bytes(PEM))
    with open(os.path.join(folder, "issuer.key"), "wb") as f:
        f.write(issuer_key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
    with open(os.path.join(folder, "template.bin"), "wb") as f:
        for b in blobs:
            f.write(struct.pack("<I", len(b)) + b)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
