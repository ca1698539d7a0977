#!/usr/bin/env python3
"""What clients print (hint.client_errors) is what they do print.

client_errors.py PCAPS: every text of the cases' expected events is held against
the words of each client, written down from the clients themselves (NAME is the
name or address that was called). Each must be told somewhere, and no other.
"""
import collections
import json
import os
import re
import sys

from tap import Tap

PYTHON = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
NODE = ("ERR_TLS_CERT_ALTNAME_INVALID: Hostname/IP does not match "
        "certificate's altnames: ")
CURL = "curl: (60) SSL"
DOTNET = ("The remote certificate is invalid because of errors in the "
          "certificate chain: ")
WORDS = {
    "expired": {
        "curl": [CURL + " certificate problem: certificate has expired"],
        "openssl": ["verify error:num=10:certificate has expired"],
        "python": [PYTHON + "certificate has expired (_ssl.c:"],
        "node": ["CERT_HAS_EXPIRED: certificate has expired"],
        "go": ["x509: certificate has expired or is not yet valid: current "
               "time ... is after "],
        "java": ["SSLHandshakeException: PKIX path validation failed: "],
        "chrome": ["NET::ERR_CERT_DATE_INVALID"],
        "firefox": ["SEC_ERROR_EXPIRED_CERTIFICATE"],
        "wget": ["ERROR: The certificate of 'NAME' has expired."],
        "gnutls": ["The certificate chain uses expired certificate."],
        "rustls": ["invalid peer certificate: Expired"],
        "dotnet": [DOTNET + "NotTimeValid"]},
    "not_yet": {
        "curl": [CURL + " certificate problem: certificate is not yet valid"],
        "openssl": ["verify error:num=9:certificate is not yet valid"],
        "python": [PYTHON + "certificate is not yet valid (_ssl.c:"],
        "node": ["CERT_NOT_YET_VALID: certificate is not yet valid"],
        "go": ["x509: certificate has expired or is not yet valid: current "
               "time ... is before "],
        "java": ["CertificateNotYetValidException: NotBefore: "],
        "chrome": ["NET::ERR_CERT_DATE_INVALID"],
        "firefox": ["MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE"],
        "wget": ["ERROR: The certificate of 'NAME' is not yet activated."],
        "gnutls": ["The certificate chain uses not yet valid certificate."],
        "rustls": ["invalid peer certificate: NotValidYet"],
        "dotnet": [DOTNET + "NotTimeValid"]},
    "name": {
        "curl": [": no alternative certificate subject name matches target "
                 "host name 'NAME'"],
        "openssl": ["verify error:num=62:hostname mismatch"],
        "python": [PYTHON + "Hostname mismatch, certificate is not valid for "
                   "'NAME'. (_ssl.c:"],
        "node": [NODE + "Host: NAME. is not in the cert's altnames: DNS:"],
        "go": ["x509: certificate is valid for ", ", not NAME"],
        "java": ["No subject alternative DNS name matching NAME found."],
        "chrome": ["NET::ERR_CERT_COMMON_NAME_INVALID"],
        "firefox": ["SSL_ERROR_BAD_CERT_DOMAIN"],
        "wget": ["The certificate's owner does not match hostname 'NAME'"],
        "gnutls": ["The name in the certificate does not match the expected."],
        "rustls": ["invalid peer certificate: NotValidForName"],
        "dotnet": ["RemoteCertificateNameMismatch"]},
    "address": {
        "curl": [": no alternative certificate subject name matches target "
                 "host name 'NAME'"],
        "openssl": ["verify error:num=64:IP address mismatch"],
        "python": [PYTHON + "IP address mismatch, certificate is not valid "
                   "for 'NAME'. (_ssl.c:"],
        "node": [NODE + "IP: NAME is not in the cert's list: "],
        "go": ["x509: cannot validate certificate for NAME because it "
               "doesn't contain any IP SANs"],
        "java": ["No subject alternative names matching IP address NAME "
                 "found"],
        "chrome": ["NET::ERR_CERT_COMMON_NAME_INVALID"],
        "firefox": ["SSL_ERROR_BAD_CERT_DOMAIN"],
        "wget": ["The certificate's owner does not match hostname 'NAME'"],
        "rustls": ["invalid peer certificate: NotValidForName"],
        "dotnet": ["RemoteCertificateNameMismatch"]},
    "no_san": {
        "curl": [CURL + ": certificate subject name '", "' does not match "
                 "target host name 'NAME'"],
        "node": [NODE + "Host: NAME. is not cert's CN: "],
        "wget": ["The certificate's owner does not match hostname 'NAME'"]},
    "issuer": {
        "curl": ["unable to get local issuer certificate"],
        "openssl": ["num=20:unable to get local issuer certificate"],
        "python": [PYTHON + "unable to get local issuer certificate"],
        "node": ["UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
        "go": ["certificate signed by unknown authority"],
        "java": ["unable to find valid certification path to requested "
                 "target"],
        "chrome": ["ERR_CERT_AUTHORITY_INVALID"],
        "firefox": ["SEC_ERROR_UNKNOWN_ISSUER"],
        "wget": ["ERROR: The certificate of 'NAME' doesn't have a known "
                 "issuer."],
        "gnutls": ["The certificate issuer is unknown."],
        "rustls": ["invalid peer certificate: UnknownIssuer"],
        "dotnet": [DOTNET + "PartialChain"]},
    "self_signed": {
        "curl": ["certificate problem: self-signed certificate"],
        "openssl": ["num=18:self-signed certificate"],
        "python": [PYTHON + "self-signed certificate"],
        "node": ["DEPTH_ZERO_SELF_SIGNED_CERT"],
        "go": ["certificate signed by unknown authority"],
        "java": ["unable to find valid certification path to requested "
                 "target"],
        "chrome": ["ERR_CERT_AUTHORITY_INVALID"],
        "firefox": ["MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"],
        "wget": ["ERROR: The certificate of 'NAME' doesn't have a known "
                 "issuer."],
        "gnutls": ["The certificate issuer is unknown."],
        "dotnet": [DOTNET + "UntrustedRoot"]},
}
KINDS = {"cert.expired": "expired", "cert.not_yet_valid": "not_yet",
         "chain.untrusted": "issuer", "chain.incomplete": "issuer",
         "chain.self_signed": "self_signed"}


def kind_of(event):
    if event["event"]["code"] != "name.mismatch":
        return KINDS.get(event["event"]["code"])
    cert = event["tls"]["server"].get("x509", {})
    if (cert.get("issuer", {}).get("distinguished_name") ==
            cert.get("subject", {}).get("distinguished_name")):
        return None  # clients look at the issuer first
    cause = event["wirecert"]["hint"]["cause"]
    return {"address_not_listed": "address", "no_san": "no_san",
            "answers_for_every_name": None}.get(cause, "name")


def told(pcaps):
    """(kind, client) -> texts with the name that was called as NAME."""
    out = collections.defaultdict(set)
    for case in sorted(os.listdir(pcaps)):
        path = os.path.join(pcaps, case, "expect.jsonl")
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as f:
            for event in map(json.loads, f):
                w = event.get("wirecert", {})
                kind = kind_of(event) if "code" in event["event"] else None
                for e in w.get("hint", {}).get("client_errors", []):
                    name = (w.get("name", {}).get("reference") or
                            event["destination"]["ip"])
                    out[kind, e["client"]].add(
                        re.sub(r"(?<![\w.-])%s(?!\w)" % re.escape(name),
                               "NAME", e["text"]))
    return out


def main():
    tap = Tap()
    texts = told(sys.argv[1])
    for kind, clients in WORDS.items():
        for client, parts in clients.items():
            got = sorted(texts.get((kind, client), ()))
            tap.case(bool(got), "%s: %s is told" % (kind, client))
            bad = [t for t in got if not all(p in t for p in parts)]
            tap.case(not bad, "%s: %s in its words" % (kind, client), bad)
    known = {(k, c) for k, clients in WORDS.items() for c in clients}
    other = sorted(k for k in texts if k[0] and k not in known)
    tap.case(not other, "no other client is told", other)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
