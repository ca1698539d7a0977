#!/usr/bin/env python3
"""What live sources promise: each interface is counted by itself, comes and
goes, costs nothing when idle; encapsulations, mirrors and filters.

sources.py WIRECERT PCAPS. Needs root and namespaces; says what it skips.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
import net  # noqa: E402
import pki  # noqa: E402
from tap import Tap  # noqa: E402
from wire import Wire  # noqa: E402

PLAIN = "tls12-expired-curl-reject"
# in the ways that taps and mirrors bring packets, most of all VLAN tags, which
# the kernel takes off
WRAPPED = ["vlan", "qinq", "qinq-9100", "mpls", "gre", "gretap", "erspan-1",
           "erspan-2", "erspan-3", "vxlan", "vxlan-vlan", "geneve",
           "geneve-gwlb", "ipip", "6in4", "fragments", "vxlan-fragments",
           "link-llc", "link-cisco-metadata", "deep"]


def source(status, name):
    return next((s for s in status.get("sources", [])
                 if s["name"] == name), {})


def what_of(events):
    """What must be the same in a replay, whose clock is another."""
    return sorted((e["wirecert"].get("tunnels", []).__repr__(),
                   e["server"]["ip"], e["server"]["port"],
                   e["tls"]["client"].get("server_name"),
                   e["wirecert"]["visibility"],
                   e["wirecert"]["reaction"]["verdict"]) for e in events)


def replayed(exe, wire, case):
    folder = os.path.join(wire.pcaps, case)
    out = subprocess.run([exe, "-r", os.path.join(folder, "capture.pcap"),
                          "-f", "ecs", "-e", "handshake", "-t", "none"],
                         stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def check_several(tap, wire):
    for name in ("a0", "b0"):
        wire.pair(name)
    s = wire.sensor("-i", "a0", "-i", "b0")
    sent = {"a0": wire.send("a0", wire.case(PLAIN)),
            "b0": wire.send("b0", wire.case("tls12-good-curl"))}
    shakes = s.wait("handshake", 2)
    where = sorted(e["observer"]["ingress"]["interface"]["name"]
                   for e in shakes)
    tap.case(where == ["a0", "b0"], "two interfaces, each names its own",
             where + s.said())
    idle(tap, s)
    seen_soon(tap, wire, s, sent)
    last = s.stop()
    counts = {n: source(last, n).get("packets") for n in sent}
    tap.case(counts == sent, "each one's packets are counted",
             [counts, sent])
    tap.case(last["packets"]["received"] == sum(sent.values()) and
             last["packets"]["dropped"] == 0 and not s.said(),
             "together as well, nothing dropped, nothing said",
             [last["packets"]] + s.said())


def idle(tap, s):
    def ticks():
        words = open("/proc/%d/stat" % s.child.pid).read().split()
        return int(words[13]) + int(words[14])
    before = ticks()
    time.sleep(3)
    used = ticks() - before
    tap.case(used <= 6, "idle, it costs no more than 2 % of a core",
             ["%d ticks in 3 s" % used])


def seen_soon(tap, wire, s, sent):
    """A lonely packet is counted by what is asked 100 ms later."""
    before = s.status()["packets"]["received"]
    sent["a0"] += wire.send("a0", wire.case(PLAIN)[:1])
    time.sleep(0.1)
    seen = s.status()["packets"]["received"] - before
    tap.case(seen == 1, "a packet is seen within 100 ms", [seen])


def check_wrapped(tap, wire):
    """What is on the wire gives what a replay of it gives."""
    for name in WRAPPED:
        case = "encap-" + name
        s = wire.sensor("-i", "a0", "-w", "4" if "v" in name else "1")
        wire.send("a0", wire.case(case))
        s.stop()
        got = what_of(s.of("handshake"))
        want = what_of(replayed(wire.exe, wire, case))
        tap.case(got == want and got, name + " on the wire", [got, want])


def check_any(tap, wire):
    s = wire.sensor("-i", "any")
    sent = wire.send("b0", wire.case("encap-vlan"))
    last = s.stop()
    shakes = s.of("handshake")
    names = {e["observer"]["ingress"]["interface"]["name"] for e in shakes}
    tags = [e["wirecert"].get("tunnels") for e in shakes]
    # the sending end shows each packet as well
    tap.case(len(shakes) == 1 and names <= {"b0", "b0x"},
             "any: one handshake, with the interface's name",
             [names, len(shakes)] + s.said())
    tap.case(tags == [[{"type": "vlan", "id": 100}]],
             "any: with the tag that the kernel takes off", tags)
    tap.case(last["packets"]["received"] == 2 * sent,
             "any: both ends of the pair are counted",
             [last["packets"], sent])


def check_any_filter(tap, wire):
    """In the kernel, and where that has no tag to look at, behind it."""
    for words, want in (("tcp port 443", 1), ("tcp port 444", 0),
                        ("ether proto 0x8100", 1),
                        ("ether proto 0x88a8", 0)):
        s = wire.sensor("-i", "any", words)
        wire.send("b0", wire.case("encap-vlan"))
        s.stop()
        shakes = s.of("handshake")
        tap.case(len(shakes) == want, "any: '%s'" % words,
                 [len(shakes)] + s.said())


def check_outage(tap, wire):
    wire.pair("c0")
    s = wire.sensor("-i", "a0", "-i", "c0", "-i", "d0")
    state = s.status()
    tap.case(source(state, "d0").get("state") == "away" and
             len(s.said()) == 1 and "d0: no such interface" in s.said()[0],
             "one that is not there yet is away, in one line", s.said())
    first = wire.send("c0", wire.case(PLAIN))
    net.wait_for(lambda: source(s.status(), "c0")["packets"] == first)
    wire.ip("link", "del", "c0")
    net.wait_for(lambda: source(s.status(), "c0").get("state") == "away", 5)
    lines = [x for x in s.said() if "c0" in x]
    tap.case(len(lines) == 1 and "trying again" in lines[0],
             "one that goes away is told, in one line", s.said())
    more = wire.send("a0", wire.case("tls12-good-curl"))
    tap.case(net.wait_for(lambda: source(s.status(), "a0")["packets"] ==
                          more), "the others go on", s.said())
    wire.pair("c0")
    wire.pair("d0")
    tap.case(net.wait_for(lambda: len([x for x in s.said()
                                       if "is back" in x]) == 2),
             "both are there again", s.said())
    second = wire.send("c0", wire.case("tls12-good-gnutls"))
    wire.send("d0", wire.case("tls12-good-java"))
    last = s.stop()
    tap.case(len(s.of("handshake")) == 4, "all handshakes are told")
    c = source(last, "c0")
    tap.case((c.get("state"), c.get("lost"), c.get("packets")) ==
             ("open", 1, first + second),
             "its counters go on over the outage", [c, first, second])
    tap.case(len(s.said()) == 4, "four lines in all", s.said())
    check_down(tap, wire)


def check_down(tap, wire):
    """Down and up again is no reason to say nothing for ever."""
    s = wire.sensor("-i", "c0")
    wire.ip("link", "set", "c0", "down")
    time.sleep(1.5)
    wire.ip("link", "set", "c0", "up")
    wire.ip("link", "set", "c0x", "up")
    time.sleep(1.5)
    wire.send("c0", wire.case(PLAIN))
    s.stop()
    tap.case(len(s.of("handshake")) == 1, "down and up again", s.said())


def check_gone(tap, wire):
    """Down, then the last packets of the ring, and then it is not there."""
    wire.pair("e0")
    s = wire.sensor("-i", "e0")
    wire.send("e0", wire.case(PLAIN), "e0")
    time.sleep(1.5)
    wire.ip("link", "del", "e0")
    tap.case(net.wait_for(lambda: source(s.status(), "e0").get("state") ==
                          "away", 5), "one that goes when it is down is told",
             s.said())
    s.stop()


def check_drops(tap, wire):
    """A stopped sensor and a small ring: what is lost is counted."""
    s = wire.sensor("-i", "a0", "--buffer", "256k")
    number = 20000
    s.child.send_signal(signal.SIGSTOP)
    wire.send("a0", [wire.case(PLAIN)[0].ljust(1400, b"\0")] * number)
    s.child.send_signal(signal.SIGCONT)
    time.sleep(0.5)
    last = s.stop()
    p, a = last["packets"], source(last, "a0")
    tap.case(p["dropped"] > 1000 and
             p["received"] + p["dropped"] == number == a["received"],
             "received and dropped are what was sent",
             [p, a, number])


def check_cut(tap, wire):
    s = wire.sensor("-i", "a0", "--snaplen", "300")
    wire.send("a0", wire.case(PLAIN))
    s.stop()
    shakes = s.of("handshake")
    tap.case(shakes and all(e["wirecert"].get("partial") for e in shakes),
             "what a snap length cut is partial", [len(shakes)])
    lines = [x for x in s.said() if "cut at 300 bytes" in x]
    tap.case(len(lines) == 1 and "--snaplen" in lines[0],
             "one line says at which length, and what to set", s.said())


def check_filters(tap, wire):
    s = wire.sensor("-i", "a0", "tcp", "port", "443")
    frames = wire.case("encap-vxlan")
    wire.send("a0", frames * (1 + 1100 // len(frames)))
    net.wait_for(s.said, 4)
    time.sleep(1.2)
    lines = s.said()
    tap.case(len(lines) == 1 and '"tcp port 443" matched none' in lines[0]
             and "vxlan" in lines[0] and "--inner-filter" in lines[0],
             "a filter that sees none of a mirror's packets is told", lines)
    status = s.stop()
    tap.case(status.get("filter") == "tcp port 443" and {
        "dns", "quic", "vlan", "fragments", "vxlan", "geneve", "gre", "mpls"}
        <= set(status.get("filter_excludes", "").split(", ")),
        "the status names the filter and what it leaves out", [status])
    for inner, want in (("tcp port 443", 1), ("udp port 53", 0)):
        s = wire.sensor("-i", "a0", "--inner-filter", inner)
        sent = wire.send("a0", frames)
        last = s.stop()
        tap.case(len(s.of("handshake")) == want and
                 last["inner_filter"] == inner and
                 last["not_decoded"].get("filtered") == (0 if want else sent),
                 "--inner-filter %s looks inside" % inner,
                 [last["not_decoded"]] + s.said())


def check_loopback(tap, wire):
    s = wire.sensor("-i", "lo")
    pki.make_all(wire.dir)
    server = subprocess.Popen(
        ["ip", "netns", "exec", wire.ns, "openssl", "s_server", "-accept",
         "4433", "-cert", wire.dir + "/expired.pem", "-key",
         wire.dir + "/expired.key", "-tls1_2", "-quiet"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        net.wait_for(lambda: ":4433" in net.sh(
            "ip", "netns", "exec", wire.ns, "ss", "-ltnH").stdout)
        net.sh("ip", "netns", "exec", wire.ns, "openssl", "s_client",
               "-connect", "127.0.0.1:4433", "-servername",
               "api.example.com", "-tls1_2", input="Q\n", check=False)
        s.stop()
        found = [e["event"]["code"] for e in s.of("finding")]
        tap.case("cert.expired" in found and len(s.of("handshake")) == 1,
                 "loopback: each packet once", found)
    finally:
        server.terminate()
        server.wait(5)


def payload(frame):
    """Of a UDP datagram over plain IPv4 and Ethernet."""
    return frame[14 + 20 + 8:]


def check_mirror(tap, wire):
    """As anybody, without privilege: only a socket that receives."""
    user = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    if not shutil.which("setpriv"):
        tap.skip("udp: sources", "no setpriv")
        return
    rows = [("vxlan", 4789), ("vxlan-mirror", 14789), ("geneve", 6081),
            ("geneve-gwlb", 16081)]
    for name, port in rows:
        s = wire.sensor("-i", "udp:127.0.0.1:%d" % port, user=user)
        send = ("import socket, sys\n"
                "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                "for line in sys.stdin:\n"
                "    s.sendto(bytes.fromhex(line), ('127.0.0.1', %d))" % port)
        frames = wire.case("encap-" + name)
        subprocess.run(["ip", "netns", "exec", wire.ns, sys.executable, "-c",
                        send], text=True, check=True,
                       input="".join(payload(f).hex() + "\n"
                                     for f in frames))
        last = s.stop()
        got = what_of(s.of("handshake"))
        want = what_of(replayed(wire.exe, wire, "encap-" + name))
        tap.case(got == want and not s.said(), "udp: %s on port %d, without "
                 "privilege" % (name, port), [got, want] + s.said())
        count = source(last, "udp:127.0.0.1:%d" % port)
        tap.case(count.get("packets") == len(frames) == count["received"],
                 "udp: every datagram is counted", [count, len(frames)])


def checks(tap, wire):
    wire.open()
    for check in (check_several, check_wrapped, check_any,
                  check_any_filter,
                  check_drops, check_cut, check_filters, check_loopback,
                  check_mirror, check_outage, check_gone):
        check(tap, wire)


def main():
    tap = Tap()
    missing = net.why_not()
    if missing:
        tap.skip("live sources", missing)
        return tap.end()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        wire = Wire(os.path.abspath(sys.argv[1]), folder,
                    os.path.abspath(sys.argv[2]))
        try:
            checks(tap, wire)
        finally:
            wire.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
