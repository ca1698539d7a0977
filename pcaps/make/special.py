# Cases of the core matrix that one row does not describe: client
# certificates, resumption, refusals, broken chains, staples, weak keys, and
# handshakes without a certificate. Each has a function make(net, authorities,
# row); make/core.py runs them, make/check.py checks them.
import contextlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import clients
from authorities import make_leaf
from lib import days, key_pem, new_key, scratch, version, write
from rows import BAD, DAYS2, EXPIRED, LAX, OTHER, Row, worded
from staple import response
from story import STORIES

HOST = "https://api.example.com/"


@contextlib.contextmanager
def captured(net, authorities, row, *programs, keylog=None):
    with net.case(row.name, proves=row.says, findings=worded(
            row, row.findings), programs=list(programs), made_by="core.py",
            with_keys=worded(row, row.with_keys), keylog=keylog,
            root=authorities.root.pem):
        yield


def tell(kind, done):
    print("  %s: %d %s" % (kind, done.returncode,
                           done.stdout.strip()[-150:].replace("\n", "|")))


def special(name, says, findings, make, **options):
    row = Row(name, says, findings, **options)
    row.make = make
    return row


# --- client certificates (RFC 5246 7.4.6, RFC 9846 4.4.2)

def mutual(client_cert, server="s_server"):
    """curl with this client certificate (None: without) against a server
    that wants one."""
    def make(net, authorities, row):
        leaf, ca = make_leaf(row, authorities), authorities.clients
        more, keylog = [], scratch(".keys") if row.tls == "1.3" else None
        if client_cert is not None:
            options = dict(cn="device-17", eku=("client",), key="ec256")
            options.update(client_cert)
            issuer = (authorities.sub if options.pop("foreign", False)
                      else ca)
            own = issuer.leaf(**options)
            more = ["--cert", own.chain, "--key", own.key]
        if server == "nginx":
            program, wants = "nginx", net.nginx(
                leaf, "ssl_protocols TLSv" + row.tls,
                "ssl_verify_client on", "ssl_client_certificate " + ca.pem)
        else:
            program, wants = "openssl", net.s_server(
                leaf, "-tls" + row.tls.replace(".", "_"), "-Verify", "3",
                "-verify_return_error", "-CAfile", ca.pem)
        with captured(net, authorities, row, clients.client_text("curl"),
                      version(program) + " (server)", keylog=keylog), wants:
            tell("curl", clients.curl(net, HOST, authorities.root.pem,
                                      keylog=keylog, more=more))
    return make


NO = {"accepted": False}
MUTUAL = [
    special("tls12-mtls-good-curl", "nginx asks for a client certificate and "
            "likes it.", [], mutual({}, "nginx"), shows={"chains": 2}),
    special("tls12-mtls-expiring-curl", "The client certificate has 2 days "
            "left of 90.", ["clientcert.expiring"],
            mutual(DAYS2, "nginx"), shows={"chains": 2}),
    special("tls12-mtls-expired-curl", "The client certificate expired two "
            "days ago; s_server sends certificate_expired(45).",
            ["clientcert.expired"], mutual(EXPIRED),
            shows={"alerts": [45], "chains": 2}),
    special("tls12-mtls-expired-nginx", "The same at nginx, which ends the "
            "handshake and answers with HTTP 400.", ["clientcert.expired"],
            mutual(EXPIRED, "nginx"), shows={"chains": 2}),
    special("tls12-mtls-missing-curl", "The client has no certificate and "
            "sends an empty Certificate; s_server ends with "
            "handshake_failure(40).", ["clientcert.refused"], mutual(None),
            shows={"alerts": [40]}),
    special("tls12-mtls-missing-nginx", "The client has no certificate; nginx "
            "ends the handshake and answers with HTTP 400, which nobody sees "
            "from outside.", [], mutual(None, "nginx")),
    special("tls12-mtls-wrong-usage-curl", "The client presents a certificate "
            "for serverAuth only; s_server sends unsupported_certificate(43).",
            ["clientcert.wrong_usage"], mutual({"eku": ("server",)}),
            shows={"alerts": [43], "chains": 2}),
    special("tls12-mtls-unknown-ca-curl", "The client certificate is of "
            "another CA; s_server sends unknown_ca(48).",
            ["clientcert.refused"], mutual({"foreign": True}),
            shows={"alerts": [48], "chains": 2}),
    special("tls13-mtls-missing-curl", "The client has no certificate; the "
            "server's certificate_required(116) is encrypted. The "
            "client had already sent its request.", ["clientcert.refused"],
            mutual(None), tls="1.3", with_keys=["clientcert.refused"],
            severity={"clientcert.refused": "medium"},
            shows={"alerts": [116], "accepted": False, "clear": []}),
]


# --- resumption

def twice(*server, spec=(), tls13=False):
    """s_client twice; the second offers what the first was given."""
    def make(net, authorities, row):
        leaf, root = make_leaf(row, authorities), authorities.root.pem
        session = scratch(".session")
        keylog = scratch(".keys") if tls13 else None
        run = (net.s_server(leaf, *server, *(
            ["-keylogfile", keylog] if tls13 else [])) if tls13
            else net.nginx(leaf, "ssl_protocols TLSv1.2", *server))
        with captured(net, authorities, row, clients.client_text("s_client"),
                      version("openssl" if tls13 else "nginx") + " (server)",
                      keylog=keylog), run:
            for option in "-sess_out", "-sess_in":
                tell("s_client", clients.s_client(
                    net, HOST, root, accept=True,
                    more=(option, session, *spec)))
    return make


RESUMED = [
    special("tls12-resumed-ticket", "A full handshake, then one resumed by "
            "ticket (RFC 5077) without a certificate.", [], twice(),
            shows={"hellos": 2, "chains": 1}),
    special("tls12-resumed-id", "A full handshake, then one resumed by "
            "session id.", [], twice("ssl_session_tickets off",
                                     "ssl_session_cache shared:S:1m"),
            shows={"hellos": 2, "chains": 1}),
    special("tls12-resumed-expired", "Expired and taken; then resumed by "
            "ticket: what is known is carried over.", [BAD, LAX], twice(),
            cert=EXPIRED, shows={"hellos": 2, "chains": 1}),
    special("tls13-resumed-psk", "A full handshake, then one resumed "
            "(pre_shared_key).", [], twice("-tls1_3", tls13=True), tls="1.3",
            with_keys=[], shows={"hellos": 2, "chains": 1}),
    special("tls13-hello-retry", "The server wants another group: "
            "HelloRetryRequest, two ClientHellos of one handshake.", [],
            lambda net, authorities, row: retry(net, authorities, row),
            tls="1.3", with_keys=[], shows={"hellos": 2, "chains": 1}),
]


def retry(net, authorities, row):
    leaf, keylog = make_leaf(row, authorities), scratch(".keys")
    with captured(net, authorities, row, clients.client_text("s_client"),
                  version("openssl") + " (server)", keylog=keylog), \
            net.s_server(leaf, "-tls1_3", "-groups", "P-384"):
        tell("s_client", clients.s_client(
            net, HOST, authorities.root.pem, keylog=keylog,
            more=("-groups", "X25519:P-384")))


# --- refusals

def refused(urls, *directives, more=(), kind="curl"):
    def make(net, authorities, row):
        leaf = make_leaf(row, authorities)
        servers = (
            "server { listen 443 ssl default_server; %s }\n"
            "server { listen 443 ssl; server_name api.example.com;\n"
            "ssl_certificate %s; ssl_certificate_key %s; %s\n"
            "location / { return 200 \"hello\\n\"; } }" % (
                "ssl_reject_handshake on;", leaf.chain, leaf.key,
                " ".join(d + ";" for d in directives)))
        if directives:
            servers = servers[servers.index("\n") + 1:]
        with captured(net, authorities, row, clients.client_text(kind),
                      version("nginx") + " (server)"), \
                net.nginx(servers=servers):
            for url in urls:
                tell(kind, clients.CLIENTS[kind][0](
                    net, url, authorities.root.pem, more=more))
    return make


PICKY = """
import socket, ssl, sys
def choose(sock, name, context):
    if name != "api.example.com":
        return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(sys.argv[1], sys.argv[2])
context.sni_callback = choose
listener = socket.create_server(("203.0.113.20", 443))
while True:
    raw, _ = listener.accept()
    try:
        with context.wrap_socket(raw, server_side=True) as tls:
            tls.recv(4096)
            tls.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n")
            tls.unwrap()
    except OSError:
        raw.close()
"""


def picky(net, authorities, row):
    leaf = make_leaf(row, authorities)
    with captured(net, authorities, row, clients.client_text("curl"),
                  version("/usr/bin/python3") + " ssl with an sni_callback "
                  "(server)"), net.server("/usr/bin/python3", "-c", PICKY,
                                          leaf.chain, leaf.key):
        for url in HOST, "https://unknown.example.com/":
            tell("curl", clients.curl(net, url, authorities.root.pem))


UNKNOWN = "https://unknown.example.com/"
REFUSALS = [
    special("tls12-name-refused-curl", "nginx with ssl_reject_handshake on: "
            "fatal unrecognized_name(112), no ServerHello.",
            ["name.refused"], refused([UNKNOWN]), url=UNKNOWN, tls=None,
            shows={"alerts": [112], "clear": [112], "certs": 0}),
    special("tls12-name-refused-java", "The same with Java.",
            ["name.refused"], refused([UNKNOWN], kind="java"), url=UNKNOWN,
            tls=None, shows={"alerts": [112], "certs": 0}),
    special("tls12-name-refused-40-curl", "The endpoint serves "
            "api.example.com and refuses the same offer for "
            "unknown.example.com with handshake_failure(40): inferred.",
            ["name.refused"], picky, severity={"name.refused": "medium"},
            shows={"alerts": [40], "hellos": 2, "accepted": True,
                   "snis": {"api.example.com", "unknown.example.com"}}),
    special("tls12-no-common-suite", "The client offers ECDSA suites only, "
            "the server has RSA: handshake_failure(40).",
            ["handshake.refused"], refused(
                [HOST], "ssl_protocols TLSv1.2", kind="s_client", more=(
                    "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")),
            tls=None, shows={"alerts": [40], "certs": 0}),
    special("tls12-version-refused", "The client speaks TLS 1.1 at most, the "
            "server 1.2: protocol_version(70).", ["handshake.refused"],
            refused([HOST], "ssl_protocols TLSv1.2", more=(
                "--tlsv1.0", "--tls-max", "1.1", "--ciphers",
                "DEFAULT@SECLEVEL=0")), tls=None,
            shows={"alerts": [70], "certs": 0}),
]


# --- chains

def chain(send, accept=False, first=False):
    """send(leaf) is the file that the server sends as its chain. first: the
    same issuer's complete chain is seen before, for another name."""
    def make(net, authorities, row):
        leaf, root = make_leaf(row, authorities), authorities.root.pem
        leaf.chain = send(leaf)
        other = authorities.sub.leaf(**OTHER)
        servers = "".join(
            "server { listen 443 ssl; server_name %s; ssl_protocols TLSv1.2;"
            " ssl_certificate %s; ssl_certificate_key %s;\n"
            "location / { return 200 \"hello\\n\"; } }\n" % row for row in (
                ("api.example.com", leaf.chain, leaf.key),
                ("shop.example.net", other.chain, other.key)))
        with captured(net, authorities, row, clients.client_text("curl"),
                      version("nginx") + " (server)"), \
                net.nginx(servers=servers):
            if first:
                tell("curl", clients.curl(net, "https://shop.example.net/",
                                          root))
            tell("curl", clients.curl(net, HOST, root, accept=accept))
    return make


SELF = dict(self_signed=True)
CHAINS = [
    special("tls12-chain-missing-curl", "The server leaves its intermediate "
            "out and nobody has seen it: unknown_ca(48).",
            ["chain.untrusted"], chain(lambda leaf: leaf.cert),
            shows={"alerts": [48], "certs": 1}),
    special("tls12-chain-missing-known-curl", "First the complete chain at "
            "shop.example.net, then the same issuer's leaf alone for "
            "api.example.com: the intermediate seen before would complete it.",
            ["chain.incomplete"], chain(lambda leaf: leaf.cert, first=True),
            shows={"alerts": [48], "hellos": 2, "accepted": True,
                   "snis": {"api.example.com", "shop.example.net"}}),
    special("tls12-chain-expired-curl", "The intermediate expired five days "
            "ago, the leaf did not: certificate_expired(45).",
            ["chain.expired"], chain(lambda leaf: leaf.chain), above="stale",
            shows={"alerts": [45], "certs": 2}),
    special("tls12-untrusted-curl", "The chain ends at another root: "
            "unknown_ca(48).", ["chain.untrusted"],
            chain(lambda leaf: leaf.chain), above="clients",
            shows={"alerts": [48]}),
    special("tls12-self-signed-curl-reject", "Self-signed: unknown_ca(48).",
            ["chain.self_signed"], chain(lambda leaf: leaf.chain), cert=SELF,
            shows={"alerts": [48], "certs": 1}),
    special("tls12-self-signed-curl-accept", "Self-signed and taken with -k; "
            "the name is a public one, so not just info.",
            ["chain.self_signed"],
            chain(lambda leaf: leaf.chain, accept=True), cert=SELF, shows={"certs": 1}),
]


# --- staples (RFC 6066 8, RFC 6960)

MUST = [(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]


def stapled(status, kind="gnutls", more=(), **dates):
    def make(net, authorities, row):
        leaf = make_leaf(row, authorities)
        argv = ["-tls1_2"]
        if status:
            argv += ["-status_file", write(scratch(".ocsp"), response(
                leaf, status, **dates))]
        with captured(net, authorities, row, clients.client_text(kind),
                      version("openssl") + " (server)"), \
                net.s_server(leaf, *argv):
            tell(kind, clients.CLIENTS[kind][0](
                net, HOST, authorities.root.pem, more=more))
    return make


STAPLES = [
    special("tls12-staple-good-curl", "A stapled OCSP response says good; "
            "curl --cert-status likes it.", [],
            stapled("good", "curl", ("--cert-status",)),
            shows={"staple": True}),
    special("tls12-staple-revoked-gnutls", "The staple says revoked; "
            "gnutls-cli rejects.", ["staple.revoked"], stapled("revoked"),
            shows={"staple": True, "alerts": [42]}),
    special("tls12-staple-expired-curl", "The staple's nextUpdate was "
            "yesterday; curl --cert-status gives up after the handshake.",
            ["staple.expired"],
            stapled("good", "curl", ("--cert-status",), since=-days(8),
                    until=-days(1)),
            shows={"staple": True, "accepted": False}),
    special("tls12-staple-missing-curl", "The certificate says must-staple "
            "(RFC 7633), the client asked, the server has none; curl "
            "--cert-status gives up after the handshake.",
            ["staple.missing"], stapled(None, "curl", ("--cert-status",)),
            cert=dict(extensions=MUST), shows={"accepted": False}),
]


# --- keys, signatures, usage, lifetime

POLICY = [(x509.CertificatePolicies([x509.PolicyInformation(
    x509.ObjectIdentifier("2.23.140.1.2.1"), None)]), False)]
LEVEL0 = ("--ciphers", "DEFAULT@SECLEVEL=0")


def lenient(kind="curl", more=LEVEL0):
    """A server without a security level, and a client."""
    def make(net, authorities, row):
        leaf = make_leaf(row, authorities)
        with captured(net, authorities, row, clients.client_text(kind),
                      version("nginx") + " (server)"), \
                net.nginx(leaf, "ssl_protocols TLSv1.2",
                          "ssl_ciphers DEFAULT:@SECLEVEL=0",
                          env=clients.NO_CONF):
            tell(kind, clients.CLIENTS[kind][0](
                net, HOST, authorities.root.pem, more=more))
    return make


WEAK = [
    special("tls12-weak-key-curl", "RSA with 1024 bits.", ["key.weak"],
            lenient(), key="rsa1024"),
    special("tls12-weak-signature-curl", "The leaf is signed with SHA-1.",
            ["signature.weak"], lenient(),
            cert=dict(hash_with=hashes.SHA1())),
    special("tls12-wrong-usage-python", "The server's certificate is for "
            "clientAuth only; Python sends unsupported_certificate(43).",
            ["cert.wrong_usage"], lenient("python", ()),
            cert=dict(eku=("client",)), shows={"alerts": [43]}),
    special("tls12-lifetime-curl", "A certificate with a CA/Browser Forum "
            "policy (2.23.140.1.2.1), issued in October 2026 for 398 days "
            "where 200 are allowed.", ["cert.lifetime_excessive"],
            lenient("curl", ()), cert=dict(
                not_before=-days(30), not_after=days(368),
                extensions=POLICY)),
]


# --- no certificate, odd records

def without(client, server):
    def make(net, authorities, row):
        leaf = make_leaf(row, authorities)
        with captured(net, authorities, row, clients.client_text("s_client"),
                      version("openssl") + " (server)"), \
                net.server("openssl", "s_server", "-accept", "443", "-www",
                           "-nocert", "-tls1_2", *server):
            tell("s_client", clients.s_client(
                net, HOST, leaf.root, accept=True, more=client))
    return make


def raw_key(net, authorities, row):
    private = new_key("ec256")
    own = write(scratch(".key"), key_pem(private))
    public = write(scratch(".pub"), private.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo))
    priority = ("NORMAL:-VERS-ALL:+VERS-TLS%s:-CTYPE-ALL:+CTYPE-SRV-RAWPK:"
                "+CTYPE-CLI-X509" % row.tls)
    with captured(net, authorities, row, clients.client_text("gnutls"),
                  version("gnutls-serv") + " (server)"), net.server(
                      "gnutls-serv", "--http", "--port", "443",
                      "--rawpkkeyfile", own, "--rawpkfile", public,
                      "--priority", priority):
        tell("gnutls", clients.gnutls(net, HOST, authorities.root.pem,
                                      accept=True,
                                      more=("--priority", priority)))


def small(net, authorities, row):
    leaf = make_leaf(row, authorities)
    with captured(net, authorities, row, clients.client_text("java"),
                  version("openssl") + " (server)"), \
            net.s_server(leaf, "-tls1_2", "-max_send_frag", "512"):
        tell("java", clients.java(net, HOST, authorities.root.pem))


ANON = ("-cipher", "ADH-AES128-GCM-SHA256:@SECLEVEL=0")
PSK = ("-psk", "5f3c9a0be1d24478", "-cipher", "PSK-AES128-GCM-SHA256")
ODD = [
    special("tls12-anonymous", "Anonymous Diffie-Hellman: absent, anonymous.",
            [], without(ANON, ANON), shows={"certs": 0}),
    special("tls12-psk", "A pre-shared key: absent, psk.", [],
            without(PSK, PSK), shows={"certs": 0}),
    special("tls12-raw-public-key", "A raw public key (RFC 7250): absent, "
            "not_x509.", [], raw_key, shows={"certs": 0}),
    special("tls12-small-records-java", "Expired; the server cuts everything "
            "into records of 512 bytes.", [BAD], small, cert=EXPIRED,
            shows={"alerts": [45]}),
]

SPECIAL = MUTUAL + RESUMED + REFUSALS + CHAINS + STAPLES + WEAK + ODD + STORIES
