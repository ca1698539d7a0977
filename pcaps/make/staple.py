# OCSP responses for a leaf, signed by its issuer (RFC 6960).
import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lib import days, when


def response(leaf, status, since=-days(1), until=days(6), signer=None):
    """DER of a response; status is "good" or "revoked". signer: a leaf that
    signs it in the issuer's place, without being allowed to."""
    issuer = leaf.issuer
    revoked = status == "revoked"
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.x509, issuer=issuer.x509, algorithm=hashes.SHA1(),
        cert_status=(ocsp.OCSPCertStatus.REVOKED if revoked
                     else ocsp.OCSPCertStatus.GOOD),
        this_update=when(since), next_update=when(until),
        revocation_time=when(since - datetime.timedelta(1)) if revoked
        else None, revocation_reason=None,
    ).responder_id(ocsp.OCSPResponderEncoding.HASH,
                   (signer or issuer).x509)
    if signer:
        builder = builder.certificates([signer.x509])
    return builder.sign((signer or issuer).private, hashes.SHA256()).public_bytes(
        Encoding.DER)
