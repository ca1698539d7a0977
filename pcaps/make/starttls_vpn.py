# OpenVPN's control channel over UDP and TCP, and client certificates that
# haproxy asks for (nginx and openssl are in special.py).
import lib
from starttls_world import CERTS, leaf, root

ME = "starttls_vpn.py"
PORT = 1194
NAME = "device.example.com"


def line(text):
    return text.replace("\n", " ")


def common(cert, key):
    return ["openvpn", "--dev", "null", "--ca", root(), "--cert", cert.chain,
            "--key", cert.key, "--tls-auth", key, "--auth", "SHA256",
            "--tls-version-max", "1.2", "--verb", "3", "--ping", "1",
            "--connect-retry", "20"]


def openvpn_pair(net, protocol, cert):
    """A server and a client that both verify; the client runs some seconds."""
    key = lib.scratch(".ta")
    lib.sh("openvpn", "--genkey", "secret", key)
    mine = leaf("laptop.example.com", eku=("client",))
    udp = protocol == "udp"
    server = net.server(
        *common(cert, key), "--tls-server", "--dh", "none", "--port",
        str(PORT), "--local", lib.SERVER4, "--key-direction", "0",
        "--remote-cert-tls", "client", "--proto",
        "udp4" if udp else "tcp4-server", port=PORT, udp=udp)
    client = ["timeout", "6", *common(mine, key), "--tls-client", "--remote",
              NAME, str(PORT), "--key-direction", "1", "--nobind", "--proto",
              "udp4" if udp else "tcp4-client"]
    return server, client


def openvpn(net):
    server, client = openvpn_pair(net, "udp", leaf(NAME, expired=True))
    with server:
        with net.record("openvpn-udp-expired", line("""OpenVPN over UDP with
tls-auth (SHA256), TLS 1.2: the server's certificate is expired, the client
refuses it and says nothing any more: no alert. OpenVPN sends no server
name."""),
                        ["cert.expired (high)"], ["openvpn"], ME,
                        filter="udp port %d" % PORT):
            net.call(*client)
    server, client = openvpn_pair(net, "tcp", leaf(NAME, not_before=-lib.days(
        80), not_after=lib.days(10)))
    with server:
        with net.record("openvpn-tcp-expiring", line("""OpenVPN over TCP with
tls-auth (SHA256), TLS 1.2, certificates of both sides: the server's has ten
days left of 90. The keys are exchanged: accepted."""),
                        ["cert.expiring (medium)"], ["openvpn"], ME,
                        filter="tcp port %d" % PORT):
            net.call(*client)


def haproxy(net):
    cert = leaf("lb.example.com")
    both = lib.write(lib.scratch(".pem"),
                     open(cert.chain).read() + open(cert.key).read())
    config = lib.write(lib.scratch(".cfg"), """defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend in
  bind %s:8443 ssl crt %s ca-file %s verify required ssl-max-ver TLSv1.2
  http-request return status 200 content-type text/plain string hello
""" % (lib.SERVER4, both, CERTS["root"].pem))
    rows = [
        ("expired", leaf("tool.example.com", eku=("client",), expired=True),
         "expired; haproxy sends certificate_expired(45)",
         ["clientcert.expired (high)"]),
        ("expiring", leaf("tool.example.com", eku=("client",),
                          not_before=-lib.days(80), not_after=lib.days(5)),
         "with five days left of 85", ["clientcert.expiring (medium)"]),
        ("wrong-usage", leaf("tool.example.com", eku=("server",)),
         "for serverAuth only; haproxy sends unsupported_certificate(43)",
         ["clientcert.wrong_usage (medium)"]),
        ("foreign", lib.CA("Another Lab Root").leaf("tool.example.com",
                                                    eku=("client",)),
         "of another CA; haproxy sends unknown_ca(48)",
         ["clientcert.refused (high)"]),
    ]
    with net.server("haproxy", "-f", config, port=8443):
        for name, mine, what, findings in rows:
            with net.record("tls12-mtls-%s-haproxy" % name,
                            "haproxy asks for a client certificate; curl's is "
                            + what + ".", findings, ["haproxy", "curl"], ME,
                            filter="tcp port 8443"):
                net.call("curl", "-sS", "--cacert", root(), "--cert",
                         mine.chain or mine.cert, "--key", mine.key,
                         "https://lb.example.com:8443/")


CASES = {"openvpn": openvpn, "haproxy-mtls": haproxy}
