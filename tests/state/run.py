#!/usr/bin/env python3
"""What outlives a restart: findings and the inventory, however the sensor ends.

run.py WIRECERT [ROUNDS]: restarts, kill -9 in a loop while traffic comes, files
that are damaged, foreign or newer, two sensors in one directory, time that
passes and clocks that jump. Traffic is made by traffic.py, no privilege needed.
"""
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
import traffic  # noqa: E402
from lab import (DAY, HOUR, Lab, T, expired, findings, good,  # noqa: E402
                 short, traffic_trust)
from tap import Tap  # noqa: E402


def check_restart(tap, lab):
    lab.forget()
    old, new = expired(1, "a.example.com"), good(2, "a.example.com")
    first = traffic.handshake(1, T, old, "a.example.com")
    got, run = lab.replay(first)
    tap.case(run.returncode == 0 and short(got) ==
             [("cert.expired", "opened")], "it opens", [run.stderr, got])
    got, _ = lab.replay(first)
    tap.case(not findings(got) and lab.select(
        "SELECT count FROM finding") == [(1,)],
        "the same handshake again counts no more", short(got))
    got, _ = lab.replay(traffic.handshake(2, T + 60, old, "a.example.com",
                                          client="10.9.0.11"))
    row = lab.select("SELECT count, num_clients, pending FROM finding")
    tap.case(not findings(got) and row == [(2, 2, 0)],
             "another one counts on and opens nothing", [short(got), row])
    tap.case(not [e for e in got if e["event"]["dataset"] ==
                  "wirecert.certificate"], "its certificate is no news")
    got, _ = lab.replay(traffic.handshake(3, T + 7200, old, "a.example.com"))
    told = findings(got, "cert.expired", "repeated")
    tap.case(len(told) == 1 and
             told[0]["wirecert"]["occurrences"]["count"] == 3,
             "after an hour it is repeated, with all it counted", short(got))
    got, _ = lab.replay(traffic.handshake(4, T + 7300, new, "a.example.com"))
    told = findings(got)
    tap.case(short(got) == [("cert.expired", "resolved")] and
             told[0]["event"]["reason"] == "replaced" and
             "a.example.com" in told[0]["message"] and
             told[0]["wirecert"]["occurrences"]["num_clients"] == 2,
             "a good certificate resolves what was open", short(got))
    got, _ = lab.replay(traffic.handshake(5, T + 7400, old, "a.example.com"))
    tap.case(short(got) == [("cert.expired", "opened")],
             "and the bad one again opens it again", short(got))


def check_inventory(tap, lab):
    shown = lab.inventory()
    tap.case([s["name"] for s in shown] == ["a.example.com"] * 2 and
             shown[0]["findings"] == ["cert.expired"] and
             shown[1]["findings"] == [] and shown[0]["handshakes"] == 4 and
             shown[0]["names"] == ["a.example.com"] and
             shown[0]["address"] == "203.0.113.20" and
             shown[0]["port"] == 443, "the inventory has both", shown)
    names = lab.inventory("--names")
    # its server is none of ours: neither is the name
    tap.case(len(names) == 1 and not names[0]["own"] and
             names[0]["judged"] == 5 and names[0]["certificates"] == 2,
             "and the name, what was replayed twice once", names)
    ended = [s for s in shown if s["days_left"] < 0]
    tap.case(lab.inventory("--expiring", "0") == ended and
             lab.inventory("--expiring", "36500") == shown,
             "--expiring leaves out what lasts", ended)
    table = subprocess.run([lab.exe, "inventory", "-c", lab.path("conf")],
                           capture_output=True, text=True)
    tap.case(table.stdout.count("a.example.com") == 2 and
             table.stdout.startswith("ENDS"), "as a table",
             [table.stdout, table.stderr])
    sheet = subprocess.run([lab.exe, "inventory", "-c", lab.path("conf"),
                            "--csv"], capture_output=True, text=True).stdout
    tap.case(len(sheet.splitlines()) == 3 and
             sheet.splitlines()[1].count(",") == 15, "as CSV", [sheet])


def check_hostile_name(tap, lab):
    lab.forget()
    name = "=x,\"y\"\x1b[31m.example"
    _, run = lab.replay(traffic.handshake(1, T, good(1, name), name))
    rows = lab.inventory("--names")
    out = subprocess.run([lab.exe, "inventory", "--state", lab.state],
                         capture_output=True).stdout
    tap.case(run.returncode == 0 and b"\x1b" not in out and len(rows) == 1,
             "a hostile name stays text", [out, rows])


def check_not_seen(tap, lab):
    lab.forget()
    lab.replay(traffic.handshake(1, T, expired(1, "a.example.com"),
                                 "a.example.com"))
    fine = good(2, "b.example.com")
    got, _ = lab.replay(b"".join(
        traffic.handshake(2 + n, T + n * DAY, fine, "b.example.com")
        for n in range(1, 10)))
    told = findings(got)
    tap.case(short(got) == [("cert.expired", "resolved")] and
             told[0]["event"]["reason"] == "not_seen",
             "after a restart what is not seen for long is over", short(got))


def check_private(tap, lab, restart):
    """The authority is in no store, before and after the renewal."""
    lab.forget()
    lab.trust = traffic_trust(lab)
    packets = [traffic.handshake(1, T, expired(1, "a.example.com"),
                                 "a.example.com"),
               traffic.handshake(2, T + 60, good(2, "a.example.com"),
                                 "a.example.com"),
               traffic.handshake(3, T + 120, expired(3, "b.example.com"),
                                 "b.example.com"),
               traffic.handshake(4, T + 180, good(4, "c.example.com"),
                                 "b.example.com"),
               # seen elsewhere, and as bad: no renewal either
               traffic.handshake(5, T + 240, expired(6, "b.example.com"), ""),
               traffic.handshake(6, T + 300, expired(6, "b.example.com"),
                                 "b.example.com")]
    got = []
    for part in packets if restart else [b"".join(packets)]:
        got += lab.replay(part)[0]
    lab.trust = "none"
    told = [(e["event"]["code"], e["event"]["action"],
             e["wirecert"]["occurrences"].get("names")) for e in findings(got)
            if e["event"]["code"] != "name.mismatch"]
    a, b = ["a.example.com"], ["b.example.com"]
    tap.case([t for t in told if t[0] == "cert.expired"] ==
             [("cert.expired", "opened", a), ("cert.expired", "resolved", a),
              ("cert.expired", "opened", b),
              ("cert.expired", "opened", None)] and
             [t[1] for t in told if t[0] == "chain.untrusted"] == ["opened"],
             "renewed by an authority that no store has; a certificate for "
             "another name is no renewal%s" % (", restarts between" * restart),
             told)


def hours(first, num, der, name):
    """A handshake an hour, so that somebody watches."""
    return b"".join(traffic.handshake(first + n, T + n * HOUR + 1, der, name)
                    for n in range(num))


def check_aging(tap, lab):
    ends = traffic.certificate(1, "a.example.com", T - 89 * DAY, T + 2 * HOUR)
    fine = good(2, "b.example.com")
    first = traffic.handshake(1, T, ends, "a.example.com")
    want = [("cert.expiring", "opened"), ("cert.expiring", "resolved"),
            ("cert.expired", "opened")]
    for split in (False, True):
        lab.forget()
        got = []
        if split:
            got, _ = lab.replay(first)
        more, _ = lab.replay((b"" if split else first) +
                             hours(2, 30, fine, "b.example.com"))
        got += more
        told = findings(got, "cert.expired")
        tap.case(short(got) == want and told[0]["@timestamp"].startswith(
            "2026-09-21T16:13:21.000") and
            told[0]["wirecert"]["occurrences"]["count"] == 0,
            "what is known expires by itself, once" +
            (", over a restart" if split else ""), short(got))
    got, _ = lab.replay(hours(100, 3, fine, "b.example.com"))
    tap.case(not findings(got), "and is not told again", short(got))
    lab.forget()
    new = good(3, "a.example.com")
    got, _ = lab.replay(first +
                        traffic.handshake(9, T + 60, new, "a.example.com") +
                        hours(10, 30, fine, "b.example.com"))
    tap.case(short(got) == want[:2] and
             findings(got)[1]["event"]["reason"] == "replaced",
             "what was replaced does not expire", short(got))


def check_clock(tap, lab):
    lab.forget()
    ends = traffic.certificate(1, "a.example.com", T - 89 * DAY, T + 2 * HOUR)
    fine = good(2, "b.example.com")
    lab.replay(traffic.handshake(1, T, fine, "b.example.com"))
    jumps = [T + 60, 1000, T + 120, 4102444800, T + 180, 0, 4102444800 + 60,
             T + 240]
    got, run = lab.replay(
        traffic.handshake(2, T, ends, "a.example.com") +
        b"".join(traffic.handshake(3 + n, at, fine, "b.example.com")
                 for n, at in enumerate(jumps)))
    codes = short(got)
    # at 2100 a certificate of 2026 has expired: told as of then, not before
    tap.case(run.returncode == 0 and all(
        e["@timestamp"].startswith("2100") for e in
        findings(got, "cert.expired", "opened")),
        "a clock that jumps opens nothing of its own", codes)
    rows = lab.select("SELECT count(*) FROM certificate")
    tap.case(rows == [(2,)], "nor does it throw away what is kept", rows)
    got, run = lab.replay(traffic.handshake(50, T + 300, fine,
                                            "b.example.com"))
    tap.case(run.returncode == 0 and not findings(
        got, "cert.expired", "opened"), "the right time again", short(got))


def spoil(lab, how):
    size = os.path.getsize(lab.db)
    if how == "junk":
        open(lab.db, "wb").write(random.Random(1).randbytes(size))
    elif how == "cut":
        os.truncate(lab.db, size // 2)
    elif how == "holes":
        with open(lab.db, "r+b") as f:
            for page in range(1, size // 4096):
                f.seek(page * 4096)
                f.write(b"\xff" * 1024)
    elif how == "empty":
        open(lab.db, "wb").close()
    else:
        db = sqlite3.connect(lab.db)
        if how == "foreign":
            db.execute("PRAGMA application_id=1")
        elif how == "newer":
            db.execute("PRAGMA user_version=99")
        else:
            db.execute("DROP TABLE finding")
        db.commit()
        db.close()


def check_damage(tap, lab):
    packets = b"".join(traffic.handshake(n, T + n, expired(n, "n%d.example"
                                                           % n),
                                         "n%d.example" % n)
                       for n in range(1, 40))
    for how in ("junk", "cut", "holes", "empty", "foreign", "newer",
                "a table is missing"):
        lab.forget()
        lab.replay(packets)
        spoil(lab, how)
        got, run = lab.replay(packets)
        aside = [f for f in os.listdir(lab.state) if ".aside-" in f]
        said = run.stderr.splitlines()
        good_end = run.returncode == 0 and len(lab.inventory()) == 39
        if how == "empty":
            tap.case(good_end and not aside and not said,
                     "an empty file is a new one", said + aside)
            continue
        tap.case(good_end and aside and len(said) == 1 and
                 "set aside" in said[0], "set aside: " + how,
                 said + aside + [run.returncode])


def no_more_bytes():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def check_refusals(tap, lab):
    lab.forget()
    one = subprocess.Popen(lab.command("-"), stdin=subprocess.PIPE)
    one.stdin.write(traffic.HEAD)
    one.stdin.flush()
    for _ in range(100):
        if os.path.exists(lab.db):
            break
        time.sleep(0.05)
    _, run = lab.replay(b"")
    tap.case(run.returncode == 2 and "another sensor" in run.stderr and
             len(run.stderr.splitlines()) == 1,
             "a second sensor is refused", [run.returncode, run.stderr])
    one.stdin.close()
    one.wait(timeout=20)
    lab.forget()
    open(lab.state, "w").close()
    _, run = lab.replay(b"")
    tap.case(run.returncode == 2 and len(run.stderr.splitlines()) == 1 and
             "takes one that can be written" in run.stderr,
             "a directory that is none", [run.returncode, run.stderr])
    os.unlink(lab.state)
    run = subprocess.run([lab.exe, "inventory", "--state", lab.state],
                         capture_output=True, text=True)
    tap.case(run.returncode == 3 and len(run.stderr.splitlines()) == 1,
             "an inventory that is not there", [run.stderr])
    run = subprocess.run(lab.command(lab.path("pcap")), capture_output=True,
                         text=True, preexec_fn=no_more_bytes)
    tap.case(run.returncode == 2 and "File too large" in run.stderr and
             len(run.stderr.splitlines()) == 1, "a state that has no room",
             [run.returncode, run.stderr])
    lab.replay(b"")
    with open("/dev/full", "w") as full:
        run = subprocess.run([lab.exe, "inventory", "--state", lab.state],
                             stdout=full, stderr=subprocess.PIPE, text=True)
    tap.case(run.returncode == 3 and "standard output: No space" in
             run.stderr, "an inventory on a full disk",
             [run.returncode, run.stderr])


class Feed:
    """A sensor that reads a pipe, until it is killed."""

    def __init__(self, lab, number):
        self.lab, self.number = lab, number
        self.process = subprocess.Popen(lab.command("-"),
                                        stdin=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.process.stdin.write(traffic.HEAD)

    def send(self):
        """An expired certificate, mostly a new one; its name."""
        n = self.number
        name = "n%d.example.com" % (n if n % 3 else n // 2)
        der = expired(n if n % 3 else n // 2, name)
        self.process.stdin.write(traffic.handshake(n, T + n, der, name))
        self.process.stdin.flush()
        self.number += 1
        return name

    def kill(self):
        self.process.kill()
        said = self.process.stderr.read().decode()
        self.process.wait(timeout=20)
        self.process.stdin = None
        return said


def opened(events):
    """{finding: ids of the events that opened it}"""
    out = {}
    for e in findings(events, None, "opened"):
        out.setdefault(e["wirecert"]["finding"]["id"],
                       set()).add(e["event"]["id"])
    return out


def check_kills(tap, lab, rounds):
    lab.forget()
    rng = random.Random(9)
    number, wrong, names = 1, [], set()
    for turn in range(rounds):
        feed = Feed(lab, number)
        end = time.monotonic() + rng.uniform(0.02, 0.9)
        while time.monotonic() < end:
            names.add(feed.send())
            time.sleep(rng.uniform(0, 0.01))
        said = feed.kill()
        number = feed.number
        if said:
            wrong.append("round %d: it says %s" % (turn, said))
        wrong += after_kill(lab, turn)
    lab.replay(traffic.handshake(number, T + number, good(7, "z.example"),
                                 "z.example"))
    events = [json.loads(line) for line in lab.lines()]
    twice = [f for f, ids in opened(events).items() if len(ids) > 1]
    rows = {r[0] for r in lab.select("SELECT id FROM finding WHERE told")}
    tap.case(not wrong, "kill -9, %d times: log and state are whole" % rounds,
             wrong)
    tap.case(not twice, "nothing is opened twice", twice)
    tap.case(rows == set(opened(events)) and len(rows) > rounds,
             "what is kept was told, what was told is kept: %d" % len(rows),
             [rows ^ set(opened(events))])


def after_kill(lab, turn):
    wrong, ids = [], set()
    text = open(lab.log, "rb").read() if os.path.exists(lab.log) else b""
    if text and not text.endswith(b"\n"):
        wrong.append("round %d: half a line" % turn)
    for line in text.decode().splitlines():
        try:
            e = json.loads(line)
        except ValueError:
            wrong.append("round %d: no JSON: %s" % (turn, line[:80]))
            continue
        if findings([e], None, "opened"):
            ids.add(e["wirecert"]["finding"]["id"])
    if not os.path.exists(lab.db):
        return wrong
    lab.inventory()
    if lab.select("PRAGMA integrity_check") != [("ok",)]:
        wrong.append("round %d: integrity" % turn)
    kept = dict(lab.select("SELECT id, pending FROM finding WHERE told"))
    if ids - set(kept):
        wrong.append("round %d: told and not kept: %s" % (
            turn, ids - set(kept)))
    lost = {i for i, pending in kept.items() if not pending} - ids
    if lost:
        wrong.append("round %d: kept as written, but not told: %s" % (
            turn, lost))
    return wrong


def check_while_running(tap, lab):
    lab.forget()
    feed = Feed(lab, 1)
    seen = 0
    for _ in range(100):
        feed.send()
        time.sleep(0.03)
        if os.path.exists(lab.db):
            try:
                seen = len(lab.inventory())
            except RuntimeError as e:
                tap.case(False, "read while the sensor writes", [e])
                feed.kill()
                return
        if seen > 5:
            break
    feed.kill()
    tap.case(seen > 5, "read while the sensor writes", [seen])


def main():
    exe = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(exe, folder)
        check = subprocess.run([exe, "-c", lab.path("conf"),
                                "--check-config"], capture_output=True,
                               text=True)
        if "without SQLite" in check.stderr:
            tap.skip("state", "built without SQLite")
            return tap.end()
        check_restart(tap, lab)
        check_inventory(tap, lab)
        check_hostile_name(tap, lab)
        check_not_seen(tap, lab)
        check_private(tap, lab, False)
        check_private(tap, lab, True)
        check_aging(tap, lab)
        check_clock(tap, lab)
        check_damage(tap, lab)
        check_refusals(tap, lab)
        check_while_running(tap, lab)
        check_kills(tap, lab, rounds)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
