#!/usr/bin/env python3
"""wirecert -i between real clients and servers, in namespaces of its own.

run.py WIRECERT: nginx and openssl s_server with an expired and a wrong
certificate, curl and openssl s_client; the events, the signals, the counters,
and that the sensor sends nothing. Needs root; says what it skips.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
import net  # noqa: E402
import pki  # noqa: E402
from tap import Tap  # noqa: E402

NGINX = """
daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log; user root;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {dir}; proxy_temp_path {dir};
  fastcgi_temp_path {dir}; uwsgi_temp_path {dir}; scgi_temp_path {dir};
  ssl_protocols TLSv1.2; ssl_session_tickets off;
  server {{
    listen 443 ssl; server_name api.example.com;
    ssl_certificate {dir}/expired.pem; ssl_certificate_key {dir}/expired.key;
    location / {{ return 200 "hello\\n"; }}
  }}
}}
"""


class Lab:
    def __init__(self, exe, folder):
        self.exe, self.dir, self.net = exe, folder, net.Net()
        self.log = os.path.join(folder, "events.jsonl")
        self.sensor = None

    def path(self, name):
        return os.path.join(self.dir, name)

    def start_servers(self):
        n = self.net
        n.start(n.server, "openssl", "s_server", "-accept", "4433", "-www",
                "-cert", self.path("other.pem"), "-key",
                self.path("other.key"), "-tls1_2", "-quiet",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        if shutil.which("nginx"):
            with open(self.path("nginx.conf"), "w") as text:
                text.write(NGINX.format(dir=self.dir))
            n.start(n.server, "nginx", "-c", self.path("nginx.conf"), "-p",
                    self.dir, stderr=subprocess.DEVNULL)
        else:
            n.start(n.server, "openssl", "s_server", "-accept", "443", "-www",
                    "-cert", self.path("expired.pem"), "-key",
                    self.path("expired.key"), "-tls1_2", "-quiet",
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)

        def both():
            ports = n.run(n.server, "ss", "-ltnH").stdout
            return ":443 " in ports and ":4433 " in ports
        return net.wait_for(both)

    def start_sensor(self):
        n = self.net
        os.mkdir(self.path("evidence"))
        self.sensor = n.start(
            n.tap, self.exe, "-i", "mon0", "-f", "ecs", "-o", self.log, "-t",
            self.path("root.pem"), "-e",
            "finding,certificate,handshake,status", "--evidence",
            self.path("evidence"),
            stderr=open(self.path("stderr"), "w"))
        return net.wait_for(lambda: self.events())

    def events(self, path=None):
        try:
            lines = open(path or self.log).read().splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def curl(self, *options):
        return self.net.run(
            self.net.client, "curl", "-sS", "-o", "/dev/null", "--noproxy",
            "*", "--cacert", self.path("root.pem"), "--resolve",
            "api.example.com:443:" + net.SERVER, "--tls-max", "1.2",
            *options, "https://api.example.com/")

    def s_client(self):
        return self.net.run(
            self.net.client, "openssl", "s_client", "-connect",
            net.SERVER + ":4433", "-servername", "api.example.com",
            "-tls1_2", "-CAfile", self.path("root.pem"), input="Q\n")


def of(events, dataset, code=None):
    return [e for e in events
            if e["event"]["dataset"] == "wirecert." + dataset
            and (code is None or e["event"].get("code") == code)]


def ends_of(e):
    return (e["client"]["ip"], e["server"]["ip"], e["server"]["port"])


def check_handshakes(tap, lab):
    refused = lab.curl()
    tap.case(refused.returncode == 60, "curl refuses the expired certificate",
             [refused.stdout])
    accepted = lab.curl("-k")
    tap.case(accepted.returncode == 0, "curl -k accepts it",
             [accepted.stdout])
    lab.s_client()
    tap.case(net.wait_for(lambda: len(of(lab.events(), "handshake")) >= 3),
             "three handshakes are told", [len(lab.events())])
    shakes = of(lab.events(), "handshake")
    verdicts = [e["wirecert"]["reaction"]["verdict"] for e in shakes
                if e["server"]["port"] == 443]
    tap.case(sorted(verdicts) == ["accepted", "rejected"],
             "curl rejected, curl -k accepted", verdicts)


def check_findings(tap, lab):
    for code, port, word in (("cert.expired", 443, "expired"),
                             ("name.mismatch", 4433, "shop.example.net")):
        net.wait_for(lambda: of(lab.events(), "finding", code))
        found = of(lab.events(), "finding", code)
        good = len(found) == 1 and ends_of(found[0]) == (
            net.CLIENT, net.SERVER, port) and word in found[0]["message"] \
            and "api.example.com" in found[0]["message"] \
            and found[0]["observer"]["ingress"]["interface"]["name"] == "mon0"
        tap.case(good, code + " is told", [json.dumps(e) for e in found])
    codes = {e["event"]["code"] for e in of(lab.events(), "finding")}
    more = codes - {"cert.expired", "name.mismatch", "client.accepts_invalid"}
    tap.case(not more, "and nothing that is not there", sorted(more))


def check_evidence(tap, lab):
    """Each finding's file, replayed, gives it again."""
    for event in of(lab.events(), "finding"):
        name = event["wirecert"].get("evidence", "none")
        again = subprocess.run(
            [lab.exe, "-r", os.path.join(lab.path("evidence"), name), "-f",
             "ecs", "-e", "finding", "-t", lab.path("root.pem")],
            capture_output=True, text=True, timeout=60)
        ids = [json.loads(line)["wirecert"]["finding"]["id"]
               for line in again.stdout.splitlines()]
        tap.case(event["wirecert"]["finding"]["id"] in ids,
                 "the evidence of " + event["event"]["code"],
                 [name, ids, again.stderr])


def check_reopen(tap, lab, pid):
    old = lab.path("events.1")
    os.rename(lab.log, old)
    os.kill(pid, signal.SIGHUP)
    tap.case(net.wait_for(lambda: os.path.exists(lab.log)),
             "SIGHUP opens the log anew")
    size = os.path.getsize(old)
    lab.s_client()
    tap.case(net.wait_for(lambda: of(lab.events(), "handshake")),
             "the new log is written")
    tap.case(os.path.getsize(old) == size, "the old one is not")
    first = open(lab.log).readline() if os.path.exists(lab.log) else ""
    good = len(first) > 1024 and '"wirecert.status"' in first
    tap.case(good, "a log begins with a status event above 1 KiB",
             [first[:200]])


def check_end(tap, lab, pid, before):
    rx, tx = lab.net.counters("mon0")
    os.kill(pid, signal.SIGTERM)
    try:
        status = lab.sensor.wait(15)
    except subprocess.TimeoutExpired:
        status = "still running"
    tap.case(status == 0, "SIGTERM ends it", [status])
    tap.case(tx == before[1] == 0, "the sensor sent nothing", [tx])
    last = lab.events()[-1]
    good = last["event"]["dataset"] == "wirecert.status" and \
        last["event"]["action"] == "ended"
    tap.case(good, "the last event is the final status", [json.dumps(last)])
    packets = last.get("wirecert", {}).get("status", {}).get("packets", {})
    seen = packets.get("received")
    tap.case(seen == rx - before[0], "every packet is counted",
             ["%s counted, %d on the wire" % (seen, rx - before[0])])
    tap.case(packets.get("dropped") == 0, "none was dropped", [packets])
    noise = open(lab.path("stderr")).read()
    tap.case(not noise, "nothing on standard error", [noise])


def sensor_pid(lab):
    """ip netns exec becomes the program: its pid is the sensor's."""
    name = os.readlink("/proc/%d/exe" % lab.sensor.pid)
    assert os.path.realpath(name) == os.path.realpath(lab.exe), name
    return lab.sensor.pid


def checks(tap, lab):
    lab.net.open()
    pki.make_all(lab.dir)
    tap.case(lab.start_servers(), "the servers listen")
    before = lab.net.counters("mon0")
    tap.case(lab.start_sensor(), "the sensor says that it listens",
             [open(lab.path("stderr")).read()])
    pid = sensor_pid(lab)
    if not shutil.which("nginx"):
        tap.skip("nginx", "not installed; openssl s_server in its place")
    check_handshakes(tap, lab)
    check_findings(tap, lab)
    check_evidence(tap, lab)
    check_reopen(tap, lab, pid)
    check_end(tap, lab, pid, before)


def in_lab(word, lab_of, those):
    """The cases of those in a lab of their own, as a program's exit status."""
    tap = Tap()
    missing = net.why_not()
    if missing:
        tap.skip(word, missing)
        return tap.end()
    with tempfile.TemporaryDirectory() as folder:
        lab = lab_of(os.path.abspath(sys.argv[1]), folder)
        try:
            those(tap, lab)
        finally:
            lab.net.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(in_lab("live", Lab, checks))
