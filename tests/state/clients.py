#!/usr/bin/env python3
"""clients.py: client certificates (mutual TLS) are kept and judged like the
servers': who presented which one where; time goes on without them, too.

clients.py WIRECERT
"""
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

import traffic
from traffic import ACK, FIN, PSH, SYN

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../golden"))
from tap import Tap  # noqa: E402

T, DAY = 1790000000, 86400
NAME, SERVER = "mutual.example.net", "203.0.113.20"


def chain(der):
    one = len(der).to_bytes(3, "big") + der
    return traffic.message(11, len(one).to_bytes(3, "big") + one)


def handshake(number, when, der, client_der, client):
    """TLS 1.2 with a client certificate, and data both ways behind it."""
    c, s = (client, 2000 + number), (SERVER, 443)
    ask = traffic.message(13, b"\x01\x40\0\2\4\3\0\0")
    flight = traffic.server_flight(number, der)[:-9] + \
        traffic.record(22, ask) + traffic.record(22, traffic.message(14, b""))
    answer = traffic.record(22, chain(client_der)) + \
        traffic.record(22, traffic.message(16, b"\x41" + traffic.POINT)) + \
        traffic.record(22, traffic.message(15, b"\4\3\0\4abcd"))
    done = traffic.record(20, b"\1") + traffic.record(22, b"f" * 40)
    talk = [(0, traffic.client_hello(number, NAME)), (1, flight),
            (0, answer + done), (1, done), (0, traffic.record(23, b"q" * 90)),
            (1, traffic.record(23, b"a" * 900))]
    seq = [1001, 2001]
    plan = [(c, s, 1000, 0, SYN, b""), (s, c, 2000, 1001, SYN | ACK, b"")]
    for side, data in talk:
        ends = (s, c) if side else (c, s)
        for at in range(0, len(data), 1400):
            part = data[at:at + 1400]
            plan.append((*ends, seq[side], seq[1 - side], PSH | ACK, part))
            seq[side] += len(part)
    plan += [(c, s, seq[0], seq[1], FIN | ACK, b""),
             (s, c, seq[1], seq[0] + 1, FIN | ACK, b"")]
    return b"".join(traffic.packet(int((when + n * 0.001) * 1e9),
                                   traffic.segment(*p))
                    for n, p in enumerate(plan))


def other(number, when):
    """Somebody else's connection: that time goes on is all it tells."""
    name = "other.example.net"
    return traffic.handshake(number, when, traffic.certificate(
        1, name, T - DAY, T + 400 * DAY), name, "203.0.113.99")


CLIENT_AUTH = traffic.tlv(0x30, traffic.oid("2.5.29.37"), traffic.tlv(
    4, traffic.tlv(0x30, traffic.oid("1.3.6.1.5.5.7.3.2"))))


def device(number, until, name="device-17.example.net"):
    der = traffic.certificate(number, name, T - 300 * DAY, until)
    return der.replace(traffic.SERVER_AUTH, CLIENT_AUTH)  # as long


class Lab:
    def __init__(self, exe, folder):
        self.exe, self.dir = exe, folder

    def run(self, state, *parts):
        """The events of a replay that keeps what it knows."""
        path = os.path.join(self.dir, "capture.pcap")
        conf, log = (os.path.join(self.dir, n) for n in ("conf", "log"))
        with open(path, "wb") as out:
            out.write(traffic.HEAD + b"".join(parts))
        with open(conf, "w") as out:
            out.write("[state]\ndirectory = %s\n" % os.path.join(
                self.dir, state))
        if os.path.exists(log):
            os.unlink(log)
        run = subprocess.run([self.exe, "-r", path, "-c", conf, "-t", "none",
                              "-e", "finding,handshake,status", "-f", "ecs",
                              "-o", log], capture_output=True, text=True)
        if run.returncode:
            raise SystemExit(run.stderr)
        return [json.loads(line) for line in open(log)]

    def inventory(self, state, *options):
        run = subprocess.run([self.exe, "inventory", "--state", os.path.join(
            self.dir, state), *options], capture_output=True, text=True,
            check=True)
        return run.stdout


def told(events):
    return [(e["event"]["code"], e["event"]["action"], e["@timestamp"][:10])
            for e in events if e["event"]["dataset"] == "wirecert.finding" and
            e["event"]["code"].startswith("clientcert.")]


def hours(first, days, step=6):
    return [other(500 + n, first + n * step * 3600)
            for n in range(days * 24 // step)]


SERVER_CERT = traffic.certificate(7, NAME, T - DAY, T + 399 * DAY)


def check_inventory(tap, lab):
    now = int(time.time())  # --expiring counts from the clock
    soon = device(31, now + 10 * DAY)
    late = device(32, now + 900 * DAY, "device-18.example.net")
    server = traffic.certificate(8, NAME, T - DAY, now + 900 * DAY)
    lab.run("list", handshake(1, T, server, soon, "10.9.0.17"),
            handshake(2, T + 1, server, late, "10.9.0.18"),
            handshake(3, T + 2, server, soon, "10.9.0.19"))
    rows = [json.loads(line) for line in lab.inventory(
        "list", "--json").splitlines()]
    have = sorted((r.get("client", "-"), r["names"][0], r["name"],
                   r["address"], r["port"]) for r in rows)
    tap.case(have == [
        ("-", NAME, NAME, SERVER, 443),
        ("10.9.0.17", "device-17.example.net", NAME, SERVER, 443),
        ("10.9.0.18", "device-18.example.net", NAME, SERVER, 443),
        ("10.9.0.19", "device-17.example.net", NAME, SERVER, 443)],
        "who presented what, where, and for which name", have)
    some = lab.inventory("list", "--expiring", "30", "--json").splitlines()
    tap.case(sorted(json.loads(line).get("client") for line in some) ==
             ["10.9.0.17", "10.9.0.19"],
             "--expiring lists those that end", some)
    table = lab.inventory("list")
    tap.case(" CLIENT " in table and " 10.9.0.18 " in table,
             "the table has who", [table])


def check_aging(tap, lab):
    """Seen once; nobody shows it again; it expires within the week."""
    ends = T + 3 * DAY + 3600
    late = device(41, ends)
    events = lab.run("aging", handshake(1, T, SERVER_CERT, late, "10.9.0.17"),
                     *hours(T + 3600, 6))
    want = [("clientcert.expiring", "opened"),
            ("clientcert.expired", "opened"),
            ("clientcert.expiring", "resolved")]
    have = told(events)
    tap.case(sorted(h[:2] for h in have) == sorted(want),
             "a client certificate expires without being shown", have)
    last = [e for e in events if e["event"].get("code") ==
            "clientcert.expired"]
    tap.case(last and "10.9.0.17" in last[0]["message"] and
             "seen last on" in last[0]["message"] and
             last[0]["tls"]["client"]["x509"]["serial_number"].endswith("29")
             and last[0]["wirecert"]["occurrences"]["count"] == 0,
             "which says whose, and when it was seen", last)
    rows = [json.loads(line) for line in lab.inventory(
        "aging", "--json").splitlines()]
    mine = [r["findings"] for r in rows if "client" in r]
    servers = [r["findings"] for r in rows if r["name"] == NAME and
               "client" not in r]
    tap.case(mine == [["clientcert.expired"]] and
             not any("clientcert.expired" in f for f in servers),
             "the inventory has it by the client's certificate, not the "
             "server's", rows)


def check_restart(tap, lab):
    """The same over a restart, and then told once."""
    late = device(51, T + 3 * DAY + 3600)
    first = lab.run("again", handshake(1, T, SERVER_CERT, late, "10.9.0.17"),
                    *hours(T + 3600, 2))
    second = lab.run("again", *hours(T + 2 * DAY + 7200, 3))
    third = lab.run("again", *hours(T + 5 * DAY + 9000, 1))
    tap.case([h[:2] for h in told(first)] ==
             [("clientcert.expiring", "opened")], "it is known, soon to end",
             told(first))
    tap.case(sorted(h[:2] for h in told(second)) == [
        ("clientcert.expired", "opened"),
        ("clientcert.expiring", "resolved")], "it ends after a restart",
        told(second))
    tap.case(not [h for h in told(third) if h[1] == "opened"],
             "and is told once", told(third))


def check_migration(tap, lab):
    """The file of the version before, which knew no clients."""
    lab.run("old", other(1, T))
    path = os.path.join(lab.dir, "old", "wirecert.db")
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript("DROP TABLE presented; PRAGMA user_version = 1")
    lab.run("old", handshake(2, T + 60, SERVER_CERT, device(61, T + 60 * DAY),
                             "10.9.0.17"))
    rows = [json.loads(line) for line in lab.inventory(
        "old", "--json").splitlines()]
    tap.case(sorted((r["name"], r.get("client")) for r in rows if "client" in
                    r or r["name"] != NAME) == [
        (NAME, "10.9.0.17"), ("other.example.net", None)] and
        not os.path.exists(path + ".aside-1"),
        "an older file is brought up to date, with what it knew", rows)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(os.path.abspath(sys.argv[1]), folder)
        for check in check_inventory, check_aging, check_restart, \
                check_migration:
            check(tap, lab)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
