#!/usr/bin/python3
# What DNS does in practice beside matrix_dns.py's plain questions: search lists
# and NXDOMAIN, long answers (TCP after truncation, fragments), other ports,
# HTTPS records, forwarders, split horizon, answers that nobody asked for, mDNS.
# Then a call of api.example.com. Run as root: make/matrix_dns_more.py [NAME...]
import contextlib
import fnmatch
import sys

import lib
import matrixclients
from lib import CLIENT4, SERVER4, sh
from matrixlab import AWS, Lab, NAME, RESOLVER, TRUST, path

STAGE = "abc123def4." + AWS
CUSTOM = "d-yg54udirl4." + AWS
OTHER_CLIENT, UPSTREAM, PUBLIC = "10.9.0.11", "10.9.0.3", "10.9.0.4"
CURL = ["curl", "-4", "-sS", "--cacert", TRUST, matrixclients.URL]
RESOLVED = CURL[:-1] + ["--resolve", "%s:443:%s" % (NAME, SERVER4), CURL[-1]]
# aliases so long that five of them do not fit into 1500 bytes
LONG = ["%s.%s.%s.example.net" % (c * 60, c * 59, c * 58) for c in "bcdefghi"]
ASK = r'''
import socket, struct, sys
name, kind, server, port, source = sys.argv[1:6]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((source, 0))
s.settimeout(5)
q = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0"
s.sendto(struct.pack(">6H", 0x2b67, 0x0100, 1, 0, 0, 1) + q
         + struct.pack(">2H", int(kind), 1)
         + b"\0" + struct.pack(">2HIH", 41, 4096, 0, 0), (server, int(port)))
print(len(s.recv(65535)))
'''
TELL = r'''
import socket, struct, sys
kind, source, port, target, to, address = sys.argv[1:7]
def wire(name):
    return b"".join(bytes([len(p)]) + p.encode()
                    for p in name.split(".")) + b"\0"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
             socket.inet_aton(source))
s.bind((source, int(port)))
body = struct.pack(">2HIH", 1, 1 | (kind == "mdns") << 15, 120, 4)
record = body + socket.inet_aton(address)
if kind == "mdns":
    m = struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + wire(target) + record
else:
    alias = wire(target)
    m = (struct.pack(">6H", 77, 0x8180, 1, 2, 0, 0) + wire(kind)
         + struct.pack(">2H", 1, 1) + wire(kind)
         + struct.pack(">2HIH", 5, 1, 60, len(alias)) + alias + alias
         + record)
host, _, to_port = to.partition(":")
s.sendto(m, (host, int(to_port)))
'''


def dnsmasq(lab, *records, address=RESOLVER, port=53, ns=None, local=True):
    return lab.server(
        "dnsmasq", "-k", "-u", "root", "--conf-file=/dev/null", "--no-hosts",
        "--no-resolv", "--listen-address=" + address, "--bind-interfaces",
        "--local-ttl=60", "--log-facility=-", "--pid-file=",
        "--edns-packet-max=4096", "--port=%d" % port,
        *(["--local=/#/"] if local else []), *records, port=port, udp=True,
        ns=ns)


def alias(target, *between):
    """dnsmasq's words for NAME -> between ... -> target -> SERVER4"""
    names = [NAME, *between, target]
    return ["--cname=%s,%s" % pair for pair in zip(names, names[1:])] + [
        "--host-record=%s,%s" % (target, SERVER4)]


def service(priority, target, rest=""):
    """An HTTPS record's data in hexadecimal (RFC 9460 2.2)."""
    name = b"".join(bytes([len(p)]) + p.encode()
                    for p in target.split(".") if p) + b"\0"
    return "--dns-rr=%s,65,%04x%s%s" % (NAME, priority, name.hex(), rest)


class Maker:
    def __init__(self, lab):
        self.lab = lab
        for word, text in (("ask.py", ASK), ("tell.py", TELL)):
            lib.write(path(word), text)

    def ask(self, name, kind=1, server=RESOLVER, port=53, source=CLIENT4):
        return lambda: self.lab.run(
            "/usr/bin/python3", path("ask.py"), name, str(kind), server,
            str(port), source)

    def tell(self, *words):
        def run():
            sh("ip", "netns", "exec", self.lab.server_ns, "/usr/bin/python3",
               path("tell.py"), *words)
        return run

    def case(self, name, says, tls12, tls13, *servers, client=CURL,
             before=(), option="", cert="aws-default"):
        """tls12, tls13: findings; None: not made."""
        for tls, found in ((12, tls12), (13, tls13)):
            full = "dns-%s-tls%d" % (name, tls)
            if found is None or not any(
                    fnmatch.fnmatch(full, p) for p in sys.argv[1:] or ["*"]):
                continue
            self.lab.resolve_by_dns(option)
            with contextlib.ExitStack() as stack:
                for server in servers:
                    stack.enter_context(server())
                stack.enter_context(self.lab.web(cert, tls))
                rec = stack.enter_context(self.lab.record(full, "ip"))
                for step in before:
                    step()
                code, out = self.lab.run(*client, env=matrixclients.KEYLOG)
            ok = '"status":"ok"' in out
            rec.publish(
                "Made by make/matrix_dns_more.py: %s, dnsmasq 2.90, nginx, "
                "TLS 1.%d.\n%s The client ended with status %d."
                % (lib.version("curl"), tls - 10, says, code),
                rec.reaction(ok, tls), found)
            print(full, code)

    def make(self):
        lab, wrong = self.lab, alias(STAGE)
        bad12, bad13 = ["name.misrouted"], ["dns.misrouted"]
        self.case("alias-record", "An alias record: the resolver answers with "
                  "the address at once, no CNAME is seen; DNS says nothing.",
                  bad12, [], lambda: dnsmasq(
                      lab, "--host-record=%s,%s" % (NAME, SERVER4)))
        self.case("search-list", "A search list: three names that do not "
                  "exist (NXDOMAIN) are asked for first.", bad12, bad13,
                  lambda: dnsmasq(lab, *wrong), option="search "
                  "a.example.net b.example.net c.example.net\n"
                  "options ndots:4")
        long = alias(STAGE, *LONG)
        self.case("truncated", "The answer is too long for 512 bytes: it "
                  "comes cut short (TC), then over TCP.", bad12, bad13,
                  lambda: dnsmasq(lab, *long))
        self.case("fragments", "The answer comes in IP fragments (EDNS, 4096 "
                  "bytes).", None, bad13, lambda: dnsmasq(lab, *long),
                  before=[self.ask(NAME)], client=RESOLVED)
        self.case("other-port", "The resolver is asked at port 5300: DNS is "
                  "known by its content.", None, bad13,
                  lambda: dnsmasq(lab, *wrong, port=5300),
                  before=[self.ask(NAME, port=5300)], client=RESOLVED)
        self.case("https-alias", "An HTTPS record in alias mode (RFC 9460 "
                  "2.4.2) leads to the stage's endpoint.", None, bad13,
                  lambda: dnsmasq(lab, service(0, STAGE), wrong[-1]),
                  before=[self.ask(NAME, 65), self.ask(STAGE)],
                  client=RESOLVED)
        self.case("https-service", "An HTTPS record of the name itself, with "
                  "ALPN and an ECHConfigList: no alias.", None, [],
                  lambda: dnsmasq(lab, "--host-record=%s,%s" % (
                      NAME, SERVER4), service(1, "", "000100030268320005"
                                              "0004fe0d0000")),
                  before=[self.ask(NAME, 65)], client=CURL,
                  cert="aws-custom")
        self.case("forwarded", "The resolver asks another one; both "
                  "exchanges are on the wire.", bad12, bad13,
                  lambda: dnsmasq(lab, *wrong, address=UPSTREAM,
                                  ns=lab.client_ns),
                  lambda: dnsmasq(lab, "--server=" + UPSTREAM, local=False))
        self.case("split-horizon", "This client is told the right target; "
                  "another client, who asks another resolver, the wrong one "
                  "with the same address. What this client was told counts.",
                  None, [], lambda: dnsmasq(lab, *alias(CUSTOM)),
                  lambda: dnsmasq(lab, *wrong, address=PUBLIC),
                  before=[self.ask(NAME, server=PUBLIC,
                                   source=OTHER_CLIENT)],
                  cert="aws-custom")
        self.case("unasked", "An answer that nobody asked for says that the "
                  "name is an alias of the stage's endpoint: a hint, which "
                  "accuses nobody.", None, [],
                  before=[self.tell(NAME, RESOLVER, "53", STAGE,
                                    CLIENT4 + ":40000", SERVER4)],
                  client=RESOLVED)
        self.case("mdns", "mDNS announces a device (RFC 6762 8.3), which "
                  "shows a certificate for another name.",
                  ["name.mismatch"], None,
                  before=[self.tell("mdns", SERVER4, "5353", "printer.local",
                                    "224.0.0.251:5353", SERVER4)],
                  client=["curl", "-4", "-sS", "--cacert", TRUST, "--resolve",
                          "printer.local:443:" + SERVER4,
                          "https://printer.local/v1/status"], cert="good")


def main():
    with Lab() as lab:
        for ns, address in ((lab.client_ns, OTHER_CLIENT),
                            (lab.client_ns, UPSTREAM),
                            (lab.server_ns, PUBLIC)):
            sh("ip", "-n", ns, "addr", "add", address + "/32", "dev", "eth0")
        Maker(lab).make()


main()
