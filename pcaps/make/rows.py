# The core matrix: one row a case. What is not said in a row is the default of
# class Row: a good RSA-2048 certificate of an intermediate for api.example.com
# at nginx over TLS 1.2. make/core.py makes them, make/check.py checks them.
# shows: what tshark must find in the capture (see check.py).
from lib import SERVER4, SERVER6, days, minutes

EXPIRED = dict(not_before=-days(92), not_after=-days(2))
BARELY = dict(not_before=-days(90), not_after=-minutes(180))
DAYS15 = dict(not_before=-days(75), not_after=days(15))
DAYS2 = dict(not_before=-days(88), not_after=days(2))
TOMORROW = dict(not_before=days(1), not_after=days(91))
SOON = dict(not_before=minutes(2), not_after=days(90))
OTHER = dict(cn="shop.example.net", sans=["shop.example.net",
                                          "www.shop.example.net"])
CN_ONLY = dict(cn="api.example.com", sans=[])
WILDCARD = dict(cn="*.example.com", sans=["*.example.com", "example.com"])
ADDRESS = dict(cn=None, sans=[SERVER4, SERVER6, "api.example.com"])
MANY = dict(cn="www.example.org", sans=["www.example.org", "example.org"] + [
    "%s.example.org" % word for word in
    "static img cdn media shop login news".split()] + ["api.example.com"])
HUGE = dict(sans=["tenant-%04d.customers.example.com" % n for n in range(480)]
            + ["api.example.com"])
DEEP, ADDR_URL = "https://v2.api.example.com/", "https://%s/" % SERVER4

BAD = "cert.expired"
LAX = "client.accepts_invalid"
OLD = "tls.obsolete"

# The words of CONTRACT.md; a row may say otherwise by severity={code: word}.
SEVERITY = {
    "cert.expired": "high", "cert.not_yet_valid": "high",
    "cert.expiring": "medium", "name.mismatch": "high",
    "name.cn_only": "medium", "name.misrouted": "high",
    "name.refused": "high", "handshake.refused": "info",
    "client.rejected": "high", "client.accepts_invalid": "medium",
    "clientcert.expired": "high", "clientcert.expiring": "medium",
    "clientcert.wrong_usage": "medium", "clientcert.refused": "high",
    "chain.untrusted": "medium", "chain.incomplete": "medium",
    "chain.self_signed": "medium", "chain.expired": "medium",
    "staple.revoked": "high", "staple.expired": "low",
    "staple.missing": "low", "cert.lifetime_excessive": "info",
    "cert.no_scts": "info"}
HIGH = {"cert.expiring": "high"}
INFERRED = {"client.rejected": "medium"}
LOW = dict(INFERRED, **{"cert.not_yet_valid": "low"})


def worded(row, codes):
    """The codes with their severities, for a README."""
    if codes is None:
        return None
    words = dict(SEVERITY, **row.options.get("severity", {}))
    return ["%s (%s)" % (code, words[code]) if code in words else code
            for code in codes]


class Row:
    def __init__(self, name, says, findings=(), client="curl", accept=False,
                 cert=None, key="rsa2048", server="nginx", tls="1.2", url=None,
                 shows=None, with_keys=None, more=(), above="sub", **options):
        self.name, self.says, self.findings = name, says, list(findings)
        self.clients = client if isinstance(client, list) else [(client,
                                                                 accept)]
        self.cert, self.key, self.server = cert or {}, key, server
        self.tls, self.url, self.with_keys = tls, url or (
            "https://api.example.com/"), with_keys
        self.shows, self.more, self.above = shows or {}, more, above
        self.options = options


GOOD = [
    Row("tls12-good-curl", "Everything in order; the client takes the page."),
    Row("tls12-good-java", "In order, ECDSA P-256.", client="java",
        key="ec256", server="s_server"),
    Row("tls12-good-gnutls", "In order, ECDSA P-384, GnuTLS at both ends.",
        client="gnutls", key="ec384", server="gnutls-serv"),
    Row("tls12-good-python", "In order, Ed25519.", client="python",
        key="ed25519", server="s_server"),
    Row("tls12-good-node", "In order, ECDSA P-384.", client="node",
        key="ec384"),
    Row("tls12-many-sans-node", "Ten names, the last one is the one asked "
        "for; CN is another.", client="node", cert=MANY),
    Row("tls12-wildcard-java", "*.example.com covers api.example.com.",
        client="java", cert=WILDCARD),
    Row("tls12-address-curl", "https://203.0.113.20/ without SNI, the address "
        "is in the certificate: a bare server address may say true.",
        url=ADDR_URL, cert=ADDRESS, shows={"sni": ""}),
    Row("tls12-address-in-sni", "The client sends the address as SNI; the "
        "certificate lists it.", client="s_client", url=ADDR_URL,
        cert=ADDRESS, more=("-servername", SERVER4), server="s_server",
        shows={"sni": SERVER4}),
    Row("tls12-address-unlisted-curl", "https://203.0.113.20/ without SNI; "
        "the address is not in the certificate, curl closes after the "
        "handshake. The name cannot be judged (no_name): abandoned, and no "
        "finding.", url=ADDR_URL, shows={"sni": "", "accepted": False}),
    Row("tls12-chain3-curl", "Leaf and two intermediates.", above="subsub",
        shows={"certs": 3}),
    Row("tls12-chain-with-root-curl", "The server sends its root as well: "
        "no finding.", send_root=True, shows={"certs": 3}),
    Row("tls12-large-gnutls", "481 names: the Certificate message is larger "
        "than one record can be (16 KiB).", cert=HUGE, client="gnutls",
        server="s_server", shows={"cert_bytes": 16385}),
    Row("tls12-2055", "notAfter in 2055, a GeneralizedTime (RFC 5280 "
        "4.1.2.5).", cert=dict(until=(2055, 6, 1, 12, 0, 0))),
    Row("tls12-9999", "notAfter 99991231235959Z: no well-defined end (RFC "
        "5280 4.1.2.5).", client="gnutls",
        cert=dict(until=(9999, 12, 31, 23, 59, 59))),
    Row("tls12-ipv6-good-node", "In order, over IPv6.", client="node",
        ip=6),
    Row("tls12-ipv6-address-curl", "https://[2001:db8:113::20]/ without SNI, "
        "the address is in the certificate.", cert=ADDRESS, ip=6,
        url="https://[%s]/" % SERVER6, shows={"sni": ""}),
]

DATES = [
    Row("tls12-expired-curl-reject", "Expired two days ago; curl sends "
        "certificate_expired(45).", [BAD], cert=EXPIRED,
        shows={"alerts": [45]}),
    Row("tls12-expired-curl-accept", "Expired two days ago; curl -k takes it.",
        [BAD, LAX], cert=EXPIRED, accept=True),
    Row("tls12-expired-java-reject", "Expired two days ago; Java sends "
        "certificate_expired(45).", [BAD], cert=EXPIRED, client="java",
        server="s_server", shows={"alerts": [45]}),
    Row("tls12-expired-java-accept", "Expired two days ago; Java with a trust "
        "manager that trusts all.", [BAD, LAX], cert=EXPIRED, client="java",
        accept=True, key="ec256"),
    Row("tls12-expired-node-reject", "Expired two days ago; Node ends the "
        "handshake and closes without data: abandoned.", [BAD], cert=EXPIRED,
        client="node", key="ec256", shows={"accepted": False}),
    Row("tls12-expired-gnutls-reject", "Expired two days ago; gnutls-cli "
        "sends bad_certificate(42).", [BAD], cert=EXPIRED, client="gnutls",
        server="gnutls-serv", shows={"alerts": [42]}),
    Row("tls12-expired-python-reject", "Expired two days ago, P-384; Python "
        "sends certificate_expired(45).", [BAD], cert=EXPIRED, key="ec384",
        client="python", server="gnutls-serv", shows={"alerts": [45]}),
    Row("tls12-expired-s_client-accept", "Expired two days ago, Ed25519; "
        "s_client goes on by default.", [BAD, LAX], cert=EXPIRED,
        key="ed25519", client="s_client", accept=True, server="s_server"),
    Row("tls12-expired-hours-python-accept", "Expired three hours ago and "
        "taken without verifying: too fresh to blame the client.", [BAD],
        cert=BARELY, client="python", accept=True),
    Row("tls12-expired-three-clients", "Expired; curl and Java (45) "
        "reject, Python without verifying takes it: one finding, three "
        "times.", [BAD, LAX], cert=EXPIRED, key="ec256",
        client=[("curl", False), ("java", False), ("python", True)],
        shows={"alerts": [45, 45], "hellos": 3}),
    Row("tls12-ipv6-expired-curl-reject", "Expired two days ago, over IPv6.",
        [BAD], cert=EXPIRED, ip=6, shows={"alerts": [45]}),
    Row("tls12-expiring-15d-curl", "15 days left of 90: medium.",
        ["cert.expiring"], cert=DAYS15),
    Row("tls12-expiring-2d-node", "2 days left of 90: high.",
        ["cert.expiring"], cert=DAYS2, severity=HIGH, client="node",
        key="ec256"),
    Row("tls12-notyet-1d-python-reject", "Valid from tomorrow; Python sends "
        "bad_certificate(42).", ["cert.not_yet_valid"], cert=TOMORROW,
        client="python", shows={"alerts": [42]}),
    Row("tls12-notyet-1d-curl-accept", "Valid from tomorrow; curl -k takes "
        "it.", ["cert.not_yet_valid"], cert=TOMORROW, accept=True),
    Row("tls12-notyet-2min-java-reject", "Valid in two minutes: a clock is "
        "off, low. Java sends bad_certificate(42).", ["cert.not_yet_valid"],
        cert=SOON, severity=LOW, client="java", key="ec256",
        shows={"alerts": [42]}),
    Row("tls12-notyet-2min-gnutls-accept", "Valid in two minutes; gnutls-cli "
        "--insecure takes it: low.", ["cert.not_yet_valid"], cert=SOON,
        severity=LOW, client="gnutls", accept=True, server="gnutls-serv"),
]

MISMATCH = ["name.mismatch"]
NAMES = [
    Row("tls12-wrongname-curl-reject", "A certificate of shop.example.net; "
        "curl ends the handshake, checks the name and closes without data.",
        MISMATCH, cert=OTHER, shows={"accepted": False}),
    Row("tls12-wrongname-curl-accept", "A certificate of shop.example.net; "
        "curl -k takes it.", MISMATCH + [LAX], cert=OTHER, accept=True),
    Row("tls12-wrongname-python-reject", "A certificate of shop.example.net; "
        "Python sends bad_certificate(42).", MISMATCH, cert=OTHER,
        client="python", key="ec256", shows={"alerts": [42]}),
    Row("tls12-wrongname-java-reject", "A certificate of shop.example.net; "
        "Java sends certificate_unknown(46).", MISMATCH, cert=OTHER,
        client="java", server="s_server", shows={"alerts": [46]}),
    Row("tls12-wrongname-node-accept", "A certificate of shop.example.net; "
        "Node with rejectUnauthorized: false takes it.", MISMATCH + [LAX],
        cert=OTHER, client="node", accept=True),
    Row("tls12-cn-only-curl-accept", "No SAN, the CN has the name; OpenSSL "
        "clients still take it, so this is no careless client.",
        ["name.cn_only"], cert=CN_ONLY),
    Row("tls12-cn-only-python-reject", "No SAN; Python as urllib3 2 sets it "
        "up (no CN) sends bad_certificate(42).", ["name.cn_only"],
        cert=CN_ONLY, client="python", more=("no-cn",),
        shows={"alerts": [42]}),
    Row("tls12-cn-only-java-accept", "No SAN; Java still takes the CN.",
        ["name.cn_only"], cert=CN_ONLY, client="java", key="ec256"),
    Row("tls12-wildcard-deep-gnutls-reject", "*.example.com does not cover "
        "v2.api.example.com (wildcard_depth); gnutls-cli sends "
        "bad_certificate(42).", MISMATCH, cert=WILDCARD, url=DEEP,
        client="gnutls", server="gnutls-serv", shows={"alerts": [42]}),
    Row("tls12-wildcard-deep-curl-accept", "*.example.com does not cover "
        "v2.api.example.com; curl -k takes it.", MISMATCH + [LAX],
        cert=WILDCARD, url=DEEP, accept=True),
    Row("tls12-address-python-reject", "https://203.0.113.20/ without SNI, "
        "not listed; Python sends bad_certificate(42). Without a stated name "
        "the certificate is found sound, so the client's word counts.",
        ["client.rejected"], url=ADDR_URL, client="python",
        shows={"sni": "", "alerts": [42]}),
    Row("tls12-address-in-sni-unlisted", "The client states the address as "
        "SNI; the certificate does not list it (address_not_listed).",
        MISMATCH + [LAX], client="s_client", accept=True, url=ADDR_URL,
        more=("-servername", SERVER4), server="s_server",
        severity={"name.mismatch": "low"}, shows={"sni": SERVER4}),
    Row("tls12-misrouted-execute-api", "The API gateway's own wildcard for a "
        "custom domain (its issuer is a lab imitation); Node sees it and "
        "closes.", ["name.misrouted"], client="node", above="amazon",
        cert=dict(cn="*.execute-api.us-east-1.amazonaws.com", sans=[
            "*.execute-api.us-east-1.amazonaws.com"]),
        shows={"accepted": False}),
    Row("tls12-misrouted-ingress-fake", "The self-signed certificate of a "
        "Kubernetes ingress controller without a matching host; curl sends "
        "unknown_ca(48).", ["name.misrouted"],
        cert=dict(cn="Kubernetes Ingress Controller Fake Certificate",
                  organization="Acme Co", sans=["ingress.local"],
                  not_before=-days(1), not_after=days(364),
                  self_signed=True), shows={"alerts": [48]}),
]

OLD_VERSIONS = [
    Row("tls10-good-curl", "In order but TLS 1.0.", [OLD], tls="1.0"),
    Row("tls10-expired-curl-reject", "Expired, TLS 1.0, s_server; alert 45.",
        [BAD, OLD], tls="1.0", cert=EXPIRED, server="s_server",
        shows={"alerts": [45]}),
    Row("tls10-wrongname-gnutls-accept", "Wrong name, TLS 1.0, gnutls-serv, "
        "gnutls-cli --insecure.", MISMATCH + [LAX, OLD], tls="1.0",
        cert=OTHER, server="gnutls-serv", client="gnutls", accept=True),
    Row("tls11-good-s_client", "In order but TLS 1.1, P-256.", [OLD],
        tls="1.1", client="s_client", key="ec256", server="s_server"),
    Row("tls11-expiring-2d-python", "2 days left of 90, TLS 1.1.",
        ["cert.expiring", OLD], tls="1.1", cert=DAYS2, severity=HIGH,
        client="python"),
    Row("tls11-wrongname-node-reject", "Wrong name, TLS 1.1; Node closes "
        "without data.", MISMATCH + [OLD], tls="1.1", cert=OTHER,
        client="node", shows={"accepted": False}),
    Row("tls11-expired-curl-accept", "Expired, TLS 1.1, curl -k.",
        [BAD, LAX, OLD], tls="1.1", cert=EXPIRED, accept=True),
]

REFUSED = "client.rejected"
TLS13 = [
    Row("tls13-good-curl", "In order; keys.log opens it.", tls="1.3",
        key="ec256", with_keys=[]),
    Row("tls13-good-java", "In order, Ed25519 and Java; keys.log of the "
        "server.", tls="1.3", key="ed25519", client="java",
        server="s_server", with_keys=[]),
    Row("tls13-expired-curl-reject", "Expired; OpenSSL sends its alert 45 in "
        "the clear, so the rejection shows without keys.", [REFUSED],
        tls="1.3", cert=EXPIRED, with_keys=[BAD],
        shows={"alerts": [45], "clear": [45]}),
    Row("tls13-expired-curl-accept", "Expired; curl -k takes it. Without keys "
        "there is nothing to see.", tls="1.3", cert=EXPIRED, accept=True,
        with_keys=[BAD, LAX]),
    Row("tls13-expired-java-reject", "Expired; Java's alert is encrypted and "
        "padded (46 in 35 bytes, where a Finished has 85): inferred.",
        [REFUSED], tls="1.3", cert=EXPIRED, client="java", key="ec384",
        server="s_server", with_keys=[BAD], severity=INFERRED,
        shows={"alerts": [46]}),
    Row("tls13-notyet-2min-gnutls-reject", "Valid in two minutes; gnutls-cli "
        "rejects within TLS 1.3.", [REFUSED], tls="1.3", cert=SOON,
        severity=LOW, client="gnutls", server="gnutls-serv",
        with_keys=["cert.not_yet_valid"], shows={"alerts": [42]}),
    Row("tls13-wrongname-python-reject", "Wrong name; Python's alert 42 is in "
        "the clear.", [REFUSED], tls="1.3", cert=OTHER, client="python",
        with_keys=MISMATCH, shows={"alerts": [42], "clear": [42]}),
    Row("tls13-cn-only-node-accept", "No SAN; Node takes the CN.", tls="1.3",
        cert=CN_ONLY, client="node", with_keys=["name.cn_only"]),
    Row("tls13-expiring-15d-node", "15 days left of 90.", tls="1.3",
        cert=DAYS15, client="node", with_keys=["cert.expiring"]),
    Row("tls13-ipv6-good-s_client", "In order, P-384, over IPv6.", tls="1.3",
        client="s_client", key="ec384", ip=6, with_keys=[]),
]

ROWS = GOOD + DATES + NAMES + OLD_VERSIONS + TLS13
