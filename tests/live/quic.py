#!/usr/bin/env python3
"""QUIC between real programs, and key logs that wirecert follows.

quic.py WIRECERT: HTTP/3 of Chromium and of ngtcp2's client at Caddy, DNS over
QUIC of kdig at knot; their secrets come as they are written, or seconds behind
the handshake: the expired certificate shows within a second of them, and each
connection is one event. Needs root; says what it skips.
"""
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "golden"))
import net  # noqa: E402
import pki  # noqa: E402
import run  # noqa: E402

NAME = "api.example.com"
URL = "https://%s/" % NAME
CADDYFILE = """
{{
	admin off
	auto_https off
	servers {{
		protocols h1 h2 h3
	}}
}}
:443 {{
	tls {dir}/expired.pem {dir}/expired.key
	respond "hello"
}}
"""
ZONE = """
example.com. 60 SOA ns.example.com. admin.example.com. 1 9 9 9 9
example.com. 60 NS ns.example.com.
ns.example.com. 60 A 192.0.2.8
api.example.com. 60 A 192.0.2.7
"""
KNOT = """
server:
    rundir: {dir}/knot
    user: root
    listen: {server}@53
    cert-file: {dir}/expired.pem
    key-file: {dir}/expired.key
xdp:
    listen: s0@1053
    quic: on
    quic-port: 853
    route-check: off
database:
    storage: {dir}/knot
zone:
  - domain: example.com
    file: {dir}/zone
"""


def text_of(path):
    with open(path, errors="replace") as file:
        return file.read()


class Lab(run.Lab):
    def start(self, name, *words, port, more="", **options):
        """A server; None, or what it said where it does not listen."""
        n, said = self.net, self.path(name + ".said")
        with open(said, "w") as out:
            child = n.start(n.server, *words, stdout=out, stderr=out,
                            **options)

        def up():
            return child.poll() is not None or (
                ":%d " % port in n.run(n.server, "ss", "-lunH").stdout and
                more in text_of(said))
        good = net.wait_for(up, 15) and child.poll() is None
        return None if good else text_of(said)

    def start_caddy(self):
        with open(self.path("Caddyfile"), "w") as text:
            text.write(CADDYFILE.format(dir=self.dir))
        home = dict(os.environ, HOME=self.dir, XDG_DATA_HOME=self.dir,
                    XDG_CONFIG_HOME=self.dir)
        return self.start("caddy", "caddy", "run", "--adapter", "caddyfile",
                          "--config", self.path("Caddyfile"), port=443,
                          env=home)

    def start_knot(self):
        os.mkdir(self.path("knot"))
        for name, text in (("zone", ZONE), ("knot.conf", KNOT)):
            with open(self.path(name), "w") as out:
                out.write(text.format(dir=self.dir, server=net.SERVER))
        return self.start("knot", "knotd", "-c", self.path("knot.conf"),
                          port=53, more="server started")

    def start_sensor(self):
        n = self.net
        with open(os.open(self.path("keys.log"), os.O_CREAT | os.O_WRONLY,
                          0o600), "w"):
            pass
        self.sensor = n.start(
            n.tap, self.exe, "-i", "mon0", "-f", "ecs", "-o", self.log, "-t",
            self.path("root.pem"), "-e", "finding,handshake,status", "-k",
            self.path("keys.log"), stderr=open(self.path("stderr"), "w"))
        return net.wait_for(self.events)

    def shakes(self):
        return run.of(self.events(), "handshake")

    def pin(self):
        """The server's key, as Chromium wants it: then the rest is well."""
        der = subprocess.run(
            ["openssl", "pkey", "-in", self.path("expired.key"), "-pubout",
             "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout
        return base64.b64encode(hashlib.sha256(der).digest()).decode()

    # --- clients; secrets: the file that they write theirs to

    def ask(self, secrets, *words):
        return self.net.run(self.net.client, *words, env=dict(
            os.environ, SSLKEYLOGFILE=secrets, HOME=self.dir)).stdout

    def chromium(self, secrets):
        return self.ask(
            secrets, "timeout", "-k", "2", "20", "chromium", "--headless",
            "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage",
            "--user-data-dir=" + secrets + ".chromium", "--enable-quic",
            "--origin-to-force-quic-on=%s:443" % NAME,
            "--host-resolver-rules=MAP %s %s" % (NAME, net.SERVER),
            "--ignore-certificate-errors-spki-list=" + self.pin(),
            "--ssl-key-log-file=" + secrets,
            "--timeout=6000", "--dump-dom", URL)

    def ngtcp2(self, secrets):
        return self.ask(
            secrets, "gtlsclient", "-q", "--no-pmtud", "--timeout=5s",
            "--sni=" + NAME, "--download=" + self.dir, "--delay-stream=300ms",
            "--exit-on-all-streams-close", net.SERVER, "443", URL + "page") + \
            text_of(self.path("page"))

    def kdig(self, secrets):
        return self.ask(
            secrets, "kdig", "@" + net.SERVER, "-p", "853",
            "+tls-sni=" + NAME, "+quic", "+timeout=3", "+retry=0", NAME,
            "A")


def connections(shakes):
    return [(e["client"]["ip"], e["client"]["port"], e["server"]["port"])
            for e in shakes]


def is_right(e):
    return (e["network"]["protocol"] == "quic" and
            e["wirecert"]["visibility"] == "decrypted" and
            e["tls"]["server"]["subject"] == "CN=" + NAME and
            "cert.expired" in e["wirecert"]["findings"])


def check_events(tap, lab, before, name, took):
    """One event per connection, and each tells the expired certificate."""
    time.sleep(1.5)         # what comes twice comes now
    new = lab.shakes()[before:]
    ends = connections(new)
    tap.case(new and all(is_right(e) for e in new) and took < 1,
             "%s: the expired certificate, %.2f seconds after its keys" % (
                 name, took), new)
    tap.case(new and len(set(ends)) == len(ends),
             name + ": one event per connection", new)


def check_late(tap, lab, name, client, answer):
    """The log comes two seconds behind the handshake."""
    before, kept = len(lab.shakes()), lab.path(name + ".keys")
    begun = time.time()
    said = client(kept)
    tap.case(re.search(answer, said), name + ": has its answer",
             [said[-800:]])
    if time.time() - begun < 2:     # Chromium takes its time to end
        time.sleep(2)
    with open(lab.path("keys.log"), "a") as log:
        log.write(text_of(kept))
    given = time.monotonic()
    net.wait_for(lambda: len(lab.shakes()) > before, 6)
    check_events(tap, lab, before, name + ", log late",
                 time.monotonic() - given)


def check_followed(tap, lab, name, client, answer):
    """The client writes into the log that wirecert follows."""
    before = len(lab.shakes())
    said = client(lab.path("keys.log"))
    tap.case(re.search(answer, said), name + ": has its answer again",
             [said[-800:]])
    ended = time.monotonic()
    net.wait_for(lambda: len(lab.shakes()) > before, 6)
    check_events(tap, lab, before, name + ", log followed",
                 time.monotonic() - ended)


def check_client(tap, lab, program, client, answer):
    if not shutil.which(program):
        tap.skip(program, "%s is not installed" % program)
        return
    check_late(tap, lab, program, client, answer)
    check_followed(tap, lab, program, client, answer)


def check_http(tap, lab):
    if not shutil.which("caddy"):
        tap.skip("HTTP/3", "caddy is not installed")
        return
    wrong = lab.start_caddy()
    tap.case(wrong is None, "caddy listens", [wrong])
    if wrong is None:
        check_client(tap, lab, "gtlsclient", lab.ngtcp2, "hello")
        check_client(tap, lab, "chromium", lab.chromium, "hello")


def check_dns(tap, lab):
    if not shutil.which("knotd") or not shutil.which("kdig"):
        tap.skip("DNS over QUIC", "knot or kdig is not installed")
        return
    wrong = lab.start_knot()
    if wrong and "XDP" in wrong:    # knot's QUIC comes by AF_XDP only
        tap.skip("DNS over QUIC", "no XDP here: " + wrong[-80:].strip())
        return
    tap.case(wrong is None, "knot listens", [wrong])
    check_client(tap, lab, "kdig", lab.kdig, r"192\.0\.2\.7")


def checks(tap, lab):
    lab.net.open()
    pki.make_all(lab.dir)
    tap.case(lab.start_sensor(), "the sensor listens",
             [text_of(lab.path("stderr"))])
    check_http(tap, lab)
    check_dns(tap, lab)
    told = run.of(lab.events(), "finding", "cert.expired")
    tap.case([e["event"]["action"] for e in told] ==
             (["opened"] if lab.shakes() else []),
             "the expired certificate is told once", told)


if __name__ == "__main__":
    sys.exit(run.in_lab("quic", Lab, checks))
