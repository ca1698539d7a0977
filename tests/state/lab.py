"""lab.py: a sensor with a state in a folder, and what its log and its state
say; used by run.py.
"""
import json
import os
import shutil
import sqlite3
import subprocess

import traffic

T = 1790000000  # 2026-09-21
DAY, HOUR = 86400, 3600
EVENTS = "finding,certificate,handshake,status"


class Lab:
    """A folder with a configuration, its state and a log."""

    def __init__(self, exe, folder):
        self.exe, self.folder = exe, folder
        self.state, self.log = self.path("state"), self.path("log")
        self.db = os.path.join(self.state, "wirecert.db")
        self.trust = "none"
        self.config("")

    def path(self, name):
        return os.path.join(self.folder, name)

    def config(self, more):
        with open(self.path("conf"), "w") as text:
            text.write("[state]\ndirectory = %s\n%s" % (self.state, more))

    def forget(self):
        shutil.rmtree(self.state, ignore_errors=True)
        if os.path.exists(self.log):
            os.unlink(self.log)

    def command(self, source, *options):
        return [self.exe, "-c", self.path("conf"), "-r", source, "-t",
                self.trust, "-e", EVENTS, "-f", "ecs", "-o", self.log, *options]

    def replay(self, packets, *options):
        """The events that it adds to the log, and what it says."""
        with open(self.path("pcap"), "wb") as out:
            out.write(traffic.HEAD + packets)
        before = len(self.lines())
        run = subprocess.run(self.command(self.path("pcap"), *options),
                             capture_output=True, text=True, timeout=60)
        return ([json.loads(s) for s in self.lines()[before:]], run)

    def lines(self):
        if not os.path.exists(self.log):
            return []
        return open(self.log, encoding="utf-8").read().splitlines()

    def inventory(self, *options):
        run = subprocess.run([self.exe, "inventory", "--state", self.state,
                              "--json", *options], capture_output=True,
                             text=True, timeout=60)
        if "nothing was written yet" in run.stderr:
            return []  # it is just being made, or was killed then
        if run.returncode or run.stderr:
            raise RuntimeError("inventory: %d %s" % (run.returncode,
                                                     run.stderr))
        return [json.loads(line) for line in run.stdout.splitlines()]

    def select(self, sql):
        db = sqlite3.connect("file:%s?mode=ro" % self.db, uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()


def findings(events, code=None, action=None):
    return [e for e in events
            if e["event"]["dataset"] == "wirecert.finding" and
            code in (None, e["event"]["code"]) and
            action in (None, e["event"]["action"])]


def short(events):
    return [(e["event"]["code"], e["event"]["action"])
            for e in findings(events)]


def expired(number, name, since=DAY):
    return traffic.certificate(number, name, T - 80 * DAY, T - since)


def good(number, name, until=89 * DAY):
    return traffic.certificate(number, name, T - DAY, T + until)


def traffic_trust(lab):
    """A store with a root that signed none of it."""
    path = lab.path("root.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
                    "-subj", "/CN=Another Root", "-days", "3650", "-out",
                    path], capture_output=True, check=True)
    return path
