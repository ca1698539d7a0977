# Certificates with faults that one row of the core matrix does not describe:
# keys of a faulty library, an extension that is there twice, and chains that
# break a rule or are not tidy.
import math
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography import x509

from lib import CA, Leaf, cert_pem, scratch, write

SMALL = [p for p in range(2, 168) if all(p % d for d in range(2, p))]


def is_prime(n, rounds=24):
    """Miller and Rabin's test."""
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(rounds):
        x = pow(secrets.randbelow(n - 3) + 2, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def roca_prime(bits):
    """k * M + (65537^a mod M): Nemec and others, 2017."""
    product = math.prod(SMALL)
    while True:
        k = secrets.randbits(bits - product.bit_length()) | 3 << (
            bits - product.bit_length() - 2)
        p = k * product + pow(65537, secrets.randbelow(product), product)
        if p.bit_length() == bits and is_prime(p):
            return p


def roca_key(bits=2048):
    """A key as Infineon's library made it (CVE-2017-15361)."""
    p, q = roca_prime(bits // 2), roca_prime(bits // 2)
    d = pow(65537, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p),
        rsa.RSAPublicNumbers(65537, p * q)).private_key()


# --- DER by hand, for what no library writes

def element(tag, body):
    n = len(body)
    if n < 128:
        head = bytes([n])
    else:
        size = (n.bit_length() + 7) // 8
        head = bytes([128 + size]) + n.to_bytes(size, "big")
    return bytes([tag]) + head + body


def inside(der):
    """The body of an element, and what is behind it."""
    n, at = der[1], 2
    if n > 127:
        at = 2 + n - 128
        n = int.from_bytes(der[2:at], "big")
    return der[at:at + n], der[at + n:]


def parts(body):
    while body:
        rest = inside(body)[1]
        yield body[:len(body) - len(rest)]
        body = rest


class Twice(Leaf):
    """The leaf with its first extension of this OID once more at the end."""

    def __init__(self, leaf, oid):
        fields = list(parts(inside(leaf.x509.tbs_certificate_bytes)[0]))
        listed = list(parts(inside(inside(fields[-1])[0])[0]))
        again = [e for e in listed if oid in e][0]
        fields[-1] = element(0xa3, element(0x30, b"".join(listed) + again))
        tbs = element(0x30, b"".join(fields))
        signer = leaf.issuer.private
        algorithm = list(parts(inside(tbs)[0]))[2]
        der = element(0x30, tbs + algorithm + element(
            3, b"\0" + sign(signer, tbs)))
        pem = der_pem(der)
        self.private, self.issuer = leaf.private, leaf.issuer
        self.key, self.middle, self.root = leaf.key, leaf.middle, leaf.root
        self.cert = write(scratch(".crt"), pem)
        self.chain = write(scratch(".chain"), pem + open(
            leaf.middle, "rb").read())


def sign(signer, tbs):
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    if isinstance(signer, rsa.RSAPrivateKey):
        return signer.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return signer.sign(tbs, ec.ECDSA(hashes.SHA256()))


def der_pem(der):
    import base64
    import textwrap
    text = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return ("-----BEGIN CERTIFICATE-----\n%s\n"
            "-----END CERTIFICATE-----\n" % text).encode()


# --- chains

def chain_of(*members):
    """A file of these certificates, in this order."""
    return write(scratch(".chain"), b"".join(cert_pem(m.x509)
                                             for m in members))


def crossed(root, name, organization, until, cross_until):
    """The root once more, as issued by an older one that has expired."""
    from lib import days
    old = CA(name, organization=organization, not_before=-days(8000),
             not_after=until)
    cross = CA.__new__(CA)
    cross.issuer, cross.private = old, root.private
    public = root.private.public_key()
    cross.subject = root.subject
    from lib import when
    cross.x509 = (
        x509.CertificateBuilder().subject_name(root.subject)
        .issuer_name(old.subject).public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(when(-days(2000)))
        .not_valid_after(when(cross_until))
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public),
                       False)
        .sign(old.private, hashes.SHA256()))
    return cross
