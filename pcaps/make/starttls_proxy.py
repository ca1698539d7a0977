# TLS behind a proxy: HTTP CONNECT (tinyproxy, squid), SOCKS 4, 4a and 5
# (dante, ssh, microsocks), and the PROXY protocol (haproxy in front of nginx).
import contextlib
import os
import time

import lib
from starttls_world import FRONT, PROXIED, S_CLIENT, VISITOR, leaf, root

ME = "starttls_proxy.py"
CURL = ["curl", "-s", "-o", "/dev/null", "--tls-max", "1.2"]
URL = "https://www.example.com/"
WANT = ["-connect", "www.example.com:443"]


def line(text):
    return text.replace("\n", " ")


def web(net, cert):
    """The web server behind the proxies, only reachable through them."""
    return net.nginx(cert, "ssl_protocols TLSv1.2")


def tinyproxy(net, more=""):
    conf = lib.write(lib.scratch(".conf"), f"""Port 8888
Listen 203.0.113.20
Timeout 20
LogFile "{net.folder('tiny')}/log"
Allow 10.9.0.10
ConnectPort 443
{more}
""")
    return net.server("tinyproxy", "-d", "-c", conf, port=8888)


def squid(net):
    d = net.folder("squid")
    os.chmod(d, 0o777)
    done = net.call("openssl", "passwd", "-apr1", "lab")
    users = lib.write(d + "/users", "lab:%s\n" % done.stdout.strip())
    os.chmod(users, 0o644)
    conf = lib.write(d + "/squid.conf", f"""http_port 203.0.113.20:3128
pid_filename {d}/pid
access_log none
cache_log {d}/log
cache deny all
coredump_dir {d}
hosts_file /etc/hosts
shutdown_lifetime 0 seconds
pinger_enable off
visible_hostname proxy.example.com
auth_param basic program /usr/lib/squid/basic_ncsa_auth {users}
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
""")
    os.chmod(conf, 0o644)
    return net.server("squid", "-N", "-f", conf, port=3128)


def connect(net):
    proxy = ["-x", "http://proxy.example.com:8888"]
    with web(net, leaf("www.example.com", expired=True)), tinyproxy(net):
        with net.record("connect-expired", line("""HTTP CONNECT through
tinyproxy on port 8888, client leg: TLS 1.2 after "200 Connection established",
SNI www.example.com, expired certificate; curl -k, then curl verifying (alert
45 in the clear): accepted and rejected. The server's address on the wire is the
proxy's."""), ["cert.expired (high)", "client.accepts_invalid (medium)"],
                        ["tinyproxy", "curl", "nginx-light"], ME,
                        filter="tcp port 8888"):
            net.call(*CURL, "-k", *proxy, URL)
            net.call(*CURL, "--cacert", root(), *proxy, URL)
    with web(net, leaf("shop.example.net")), tinyproxy(net):
        with net.record("connect-no-sni-wrong-name", line("""HTTP CONNECT
www.example.com:443 through tinyproxy, and then a ClientHello without SNI
(openssl s_client -noservername): the name judged is the CONNECT target (source
connect); the valid certificate names only shop.example.net: name match
false."""), ["name.mismatch (high)",
             "client.accepts_invalid (medium): the target is a stated name"],
                        ["tinyproxy", "openssl", "nginx-light"], ME,
                        filter="tcp port 8888"):
            net.talk([*S_CLIENT, "-quiet", "-crlf", "-noservername",
                      "-proxy", "proxy.example.com:8888", *WANT],
                     ["GET / HTTP/1.0\n\n"])
    with web(net, leaf("www.example.com")), tinyproxy(net):
        with net.record("connect-address-unlisted", line("""HTTP CONNECT to the
bare address 203.0.113.21:443 through tinyproxy (curl -k https://203.0.113.21/,
no SNI): the client states an address as its reference (source connect), the
valid certificate lists only the name www.example.com: address_not_listed."""),
                        ["name.mismatch (low)",
                         "client.accepts_invalid (medium)"],
                        ["tinyproxy", "curl", "nginx-light"], ME,
                        filter="tcp port 8888"):
            net.call(*CURL, "-k", *proxy, "https://%s/" % PROXIED)
        with net.record("connect-refused", line("""A negative case: CONNECT to
port 8443, which tinyproxy refuses (403 and a page): no TLS, no event but
status."""), [], ["tinyproxy", "curl"], ME, filter="tcp port 8888",
                        root=None):
            net.call(*CURL, *proxy, "https://www.example.com:8443/")
    with web(net, leaf("shop.example.net")), squid(net):
        with net.record("connect-407-wrong-name", line("""HTTP CONNECT through
squid that asks for a password: the first CONNECT is answered 407 with a page,
the second, on the same connection where squid keeps it open, 200; then TLS 1.2
with SNI www.example.com and a valid certificate for shop.example.net."""),
                        ["name.mismatch (high)",
                         "client.accepts_invalid (medium)"],
                        ["squid", "curl", "nginx-light"], ME,
                        filter="tcp port 3128"):
            net.call(*CURL, "-k", "-x", "http://proxy.example.com:3128",
                     "--proxy-anyauth", "--proxy-user", "lab:lab", URL)


def dante(net):
    conf = lib.write(lib.scratch(".conf"), """logoutput: stderr
internal: 203.0.113.20 port = 1080
external: lo
external.rotation: route
socksmethod: username none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
""")
    return net.server("danted", "-f", conf, "-N", "1", port=1080)


def ssh(net):
    """OpenSSH's dynamic forwarding, a SOCKS server that knows 4a."""
    d = net.folder("ssh")
    os.chmod(d, 0o700)
    for name in ("host", "user"):
        if not os.path.exists(d + "/" + name):
            net.call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                     d + "/" + name)
    os.makedirs("/run/sshd", exist_ok=True)
    conf = lib.write(d + "/conf", f"""Port 2222
ListenAddress 127.0.0.1
HostKey {d}/host
AuthorizedKeysFile {d}/user.pub
StrictModes no
PermitRootLogin prohibit-password
UsePAM no
PidFile none
""")
    stack = contextlib.ExitStack()
    stack.enter_context(net.server("/usr/sbin/sshd", "-D", "-e", "-f", conf,
                                   port=2222))
    stack.enter_context(net.server(
        "ssh", "-N", "-F", "none", "-D", "203.0.113.20:1080", "-p", "2222",
        "-i", d + "/user", "-o", "StrictHostKeyChecking=no", "-o",
        "UserKnownHostsFile=/dev/null", "root@127.0.0.1", port=1080))
    return stack


DANTE = [
    ("socks4", "--socks4", """SOCKS4: curl looks the name up and asks for an
address (203.0.113.21)."""),
    ("socks5", "--socks5", """SOCKS5 (RFC 1928) with an IPv4 address as the
target."""),
    ("socks5h", "--socks5-hostname", """SOCKS5 with the name as the target
(address type 3)."""),
]
SSH = [
    ("socks4a", "--socks4a", """SOCKS4a: address 0.0.0.x, and the name behind
the user id."""),
]


def socks(net):
    bad, other = leaf("www.example.com", expired=True), leaf("shop.example.net")
    for server, package, kinds, bare in (
            (dante, "dante-server", DANTE, "socks5"),
            (ssh, "openssh-client", SSH, "socks4a")):
        with web(net, bad), server(net):
            for name, option, what in kinds:
                via(net, package, name, option, what)
        with web(net, other), server(net):
            nameless(net, package, bare)


def refused(net):
    with dante(net), net.record("socks5-password-refused", line("""A negative
case: SOCKS5 with user name and password (RFC 1929), which dante does not know,
so that it closes after its answer: no TLS, no event but status."""), [],
                                ["dante-server", "curl"], ME,
                                filter="tcp port 1080", root=None):
        net.call(*CURL, "--socks5-hostname", "proxy.example.com:1080",
                 "--proxy-user", "lab:lab", URL)


def password(net):
    """microsocks knows the user by itself; dante asks the system."""
    with web(net, leaf("www.example.com", expired=True)), net.server(
            "microsocks", "-i", "203.0.113.20", "-p", "1080", "-u",
            "lab", "-P", "open sesame", port=1080):
        via(net, "microsocks", "socks5-password", "--socks5-hostname",
            """SOCKS5 with user name and password (RFC 1929), which the server
asks for and takes, and the name as the target.""", "--proxy-user",
            "lab:open sesame")


def via(net, package, name, option, what, *more):
    with net.record(name + "-expired", line(what + """ Then TLS 1.2 with SNI
www.example.com, expired certificate; curl -k, client leg, port 1080: one
handshake, accepted, name source sni."""),
                    ["cert.expired (high)", "client.accepts_invalid (medium)"],
                    [package, "curl", "nginx-light"], ME,
                    filter="tcp port 1080"):
        net.call(*CURL, "-k", option, "proxy.example.com:1080", *more, URL)


def nameless(net, package, kind):
    with net.record(kind + "-no-sni-wrong-name", line(f"""{kind} with the name
www.example.com as the target, then a ClientHello without SNI (Python's ssl; the
few bytes of SOCKS are the script's, the server is real): name source connect;
the valid certificate names only shop.example.net."""),
                    ["name.mismatch (high)",
                     "client.accepts_invalid (medium)"],
                    [package, "python3", "nginx-light"], ME,
                    filter="tcp port 1080"):
        net.call("/usr/bin/python3", "-c", BARE % kind)


BARE = """
import socket, ssl
kind, host = "%s", b"www.example.com"
s = socket.create_connection(("proxy.example.com", 1080))
if kind == "socks5":
    s.sendall(b"\\x05\\x01\\x00"); print(s.recv(2))
    s.sendall(b"\\x05\\x01\\x00\\x03" + bytes([len(host)]) + host + b"\\x01\\xbb")
    print(s.recv(10))
else:
    s.sendall(b"\\x04\\x01\\x01\\xbb\\x00\\x00\\x00\\x01lab\\x00" + host + b"\\x00")
    print(s.recv(8))
c = ssl.create_default_context()
c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
c.maximum_version = ssl.TLSVersion.TLSv1_2
t = c.wrap_socket(s)
t.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
print(t.recv(2000)); t.unwrap()
"""


# a client's side of a tunnel: TCP in, binary messages out
TUNNEL = """
import asyncio, websockets
async def tunnel(reader, writer):
    async with websockets.connect("ws://proxy.example.com:8080/tunnel") as ws:
        async def out():
            while data := await reader.read(%d):
                await ws.send(data)
        task = asyncio.create_task(out())
        async for message in ws:
            writer.write(message)
        task.cancel()
        writer.close()
async def main():
    await (await asyncio.start_server(tunnel, "127.0.0.1", 4433)
           ).serve_forever()
asyncio.run(main())
"""
THROUGH = ["--connect-to", "www.example.com:443:127.0.0.1:4433"]


def websocket(net):
    for name, cert, what, piece, findings in (
            ("expired", leaf("www.example.com", expired=True), """expired
certificate; curl -k, then curl verifying (alert 45 in the clear): accepted and
rejected.""", 65536, ["cert.expired (high)",
                      "client.accepts_invalid (medium)"]),
            ("wrong-name", leaf("shop.example.net"), """a valid certificate
that names only shop.example.net; the client's bytes in messages of 100 at most:
its hello in several frames.""", 100, ["name.mismatch (high)",
                                       "client.accepts_invalid (medium)"])):
        with web(net, cert), net.server(
                "websockify", "203.0.113.20:8080", "www.example.com:443",
                port=8080), net.server(
                    "/usr/bin/python3", "-c", TUNNEL % piece, port=4433,
                    ns=net.client_ns):
            with net.record("websocket-" + name, line(f"""A tunnel in a
WebSocket (RFC 6455) on port 8080, python3-websockets to websockify: the
client's frames are masked, each with a key of its own. In them TLS 1.2 with SNI
www.example.com, {what}"""), findings,
                            ["python3-websockets", "websockify", "curl",
                             "nginx-light"], ME, filter="tcp port 8080"):
                net.call(*CURL, "-k", *THROUGH, URL)
                if name == "expired":
                    net.call(*CURL, "--cacert", root(), *THROUGH, URL)


def haproxy(net, frontend, backend, ns):
    conf = lib.write(lib.scratch(".cfg"), f"""global
 log stderr format raw local0
 ssl-default-server-options ssl-max-ver TLSv1.2
defaults
 mode tcp
 timeout connect 3s
 timeout client 9s
 timeout server 9s
frontend in
 bind {FRONT}:443 {frontend}
 default_backend out
backend out
 server one 203.0.113.20:443 {backend}
""")
    return net.server("haproxy", "-db", "-f", conf, port=443, ns=ns)


def backend(net, cert):
    return net.nginx(servers=f"""server {{
 listen 203.0.113.20:443 ssl proxy_protocol;
 ssl_certificate {cert.chain}; ssl_certificate_key {cert.key};
 ssl_protocols TLSv1.2;
 location / {{ return 200 "$proxy_protocol_addr\\n"; }} }}""")


def proxied_wrong(net):
    name = "proxy-v1-wrong-name"
    with backend(net, leaf("origin.example.org")), net.record(
            name, line("""PROXY protocol version 1, then the client's own TLS
1.2 passed through, SNI www.example.com; the valid certificate names only
origin.example.org. The leg from haproxy (10.9.0.10) to nginx."""),
            ["name.mismatch (high)", "client.accepts_invalid (medium)"],
            ["haproxy", "nginx-light", "curl"], ME, filter="tcp port 443"):
        with haproxy(net, "", "send-proxy", net.client_ns):
            net.call(*CURL, "-k", "--interface", VISITOR, "--connect-to",
                     "::%s:443" % FRONT, URL)
            time.sleep(0.2)


def proxied(net):
    front = leaf("www.example.com")
    both = lib.write(lib.scratch(".pem"), open(front.chain).read()
                     + open(front.key).read())
    visit = [*CURL, "-k", "--interface", VISITOR, "--connect-to",
             "::%s:443" % FRONT, URL]
    v2 = "send-proxy-v2 proxy-v2-options authority"
    cases = [
        ("proxy-v1-expired", leaf("www.example.com", expired=True), "",
         "send-proxy", """PROXY protocol version 1 ("PROXY TCP4 192.0.2.50
192.0.2.80 ..."), then the client's own TLS 1.2 passed through, SNI
www.example.com, expired certificate: name source sni.""",
         ["cert.expired (high)", "client.accepts_invalid (medium)"]),
        ("proxy-v2-expired", leaf("www.example.com", expired=True), "",
         "send-proxy-v2", """PROXY protocol version 2 (binary header, 28 bytes,
no TLV), then the client's own TLS 1.2 passed through, SNI www.example.com,
expired certificate.""",
         ["cert.expired (high)", "client.accepts_invalid (medium)"]),
        ("proxy-v2-authority-wrong-name", leaf("origin.example.org"),
         "ssl crt " + both, v2 + " ssl verify none", """PROXY protocol version 2
with an authority TLV (PP2_TYPE_AUTHORITY, www.example.com, what the visitor
asked haproxy for); haproxy ends TLS and encrypts anew towards the backend, TLS
1.2 without SNI: name source proxy; the valid certificate names only
origin.example.org.""", ["name.mismatch (high)"]),
        ("proxy-v2-local-check", leaf("www.example.com"), "ssl crt " + both,
         v2 + " ssl verify none check inter 300ms", """PROXY protocol version 2,
command LOCAL: haproxy's own health checks, a TLS 1.2 handshake without SNI each,
closed at once by haproxy; in full once for each thread of haproxy, then
resumed: no name (no_name), a good certificate.""", []),
    ]
    for name, cert, frontend, options, what, findings in cases:
        with backend(net, cert), net.record(
                name, line(what + """ The leg from haproxy (10.9.0.10) to
nginx."""), findings,
                ["haproxy", "nginx-light"] + ["curl"] * ("check" not in name),
                ME,
                filter="tcp port 443"):
            with haproxy(net, frontend, options, net.client_ns):
                if "check" in name:
                    time.sleep(0.9)
                else:
                    net.call(*visit)
                    time.sleep(0.2)


CASES = {"connect": connect, "socks": socks, "refused": refused,
         "password": password, "websocket": websocket, "haproxy": proxied,
         "haproxy_wrong": proxied_wrong}
