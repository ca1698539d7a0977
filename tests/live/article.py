#!/usr/bin/env python3
"""AWS's article end to end: its two failures, live, with DNS.

article.py WIRECERT: dnsmasq serves the article's records, nginx its
certificates (the issuer is a look-alike), curl calls, with TLS 1.2 and 1.3,
and wirecert -i says cause and remedy in the article's words. No keys. Needs
root, namespaces and dnsmasq; says what it skips.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
sys.path.insert(0, HERE)  # golden has a run.py, too
import net  # noqa: E402
import pki  # noqa: E402
import run as live  # noqa: E402
from tap import Tap  # noqa: E402

AWS = "execute-api.us-east-1.amazonaws.com"
STAGE, CUSTOM = "abc123def4." + AWS, "d-yg54udirl4." + AWS
IMPORTED = "d-7hf83kd920." + AWS
# address, its certificate, the DNS name that leads there, the custom name
PLACES = [("10.98.0.20", "stage", STAGE, "api.example.com"),
          ("10.98.0.21", "renewal", CUSTOM, "pay.example.com"),
          ("10.98.0.22", "imported", IMPORTED, "old.example.com")]
SERVER = """
  server {{
    listen {address}:443 ssl; ssl_certificate {dir}/{word}.pem;
    ssl_certificate_key {dir}/{word}.key;
    location / {{ return 200 "hello\\n"; }}
  }}"""
NGINX = """
daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log; user root;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {dir}; proxy_temp_path {dir};
  fastcgi_temp_path {dir}; uwsgi_temp_path {dir}; scgi_temp_path {dir};
  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off;{servers}
}}
"""


def make_certificates(folder):
    """stage, renewal: of an Amazon look-alike; imported: of another."""
    amazon, other = (os.path.join(folder, w) for w in ("amazon", "other"))
    for place, subject in ((amazon, "/C=US/O=Amazon/CN=Amazon RSA 2048 M02"),
                           (other, "/O=Example CA/CN=Example CA 1")):
        os.mkdir(place)
        pki.make_root(place, subject)
    good, past = ("20200101000000Z", "20450101000000Z"), \
        ("20200101000000Z", "20210101000000Z")
    pki.make_leaf(amazon, "stage", "*." + AWS, *good)
    pki.make_leaf(amazon, "renewal", "pay.example.com", *past)
    pki.make_leaf(other, "imported", "old.example.com", *past)
    for place, word in ((amazon, "stage"), (amazon, "renewal"),
                        (other, "imported")):
        for end in (".pem", ".key"):
            shutil.copy(os.path.join(place, word + end), folder)
    with open(os.path.join(folder, "root.pem"), "w") as out:
        for place in (amazon, other):
            out.write(open(os.path.join(place, "root.pem")).read())


class Lab(live.Lab):
    def start_servers(self):
        n = self.net
        for address, *_ in PLACES[1:]:
            n.ip(n.server, "addr", "add", address + "/24", "dev", "s0")
        with open(self.path("nginx.conf"), "w") as text:
            text.write(NGINX.format(dir=self.dir, servers="".join(
                SERVER.format(address=a, word=w, dir=self.dir)
                for a, w, *_ in PLACES)))
        n.start(n.server, "nginx", "-c", self.path("nginx.conf"), "-p",
                self.dir, stderr=subprocess.DEVNULL)
        records = ["--cname=%s,%s" % (name, target)
                   for _, _, target, name in PLACES]
        records += ["--host-record=%s,%s" % (target, address)
                    for address, _, target, _ in PLACES]
        n.start(n.server, "dnsmasq", "-k", "-u", "root", "--conf-file=/dev/null",
                "--no-hosts", "--no-resolv", "--local=/#/", "--pid-file=",
                "--listen-address=" + net.SERVER, "--bind-interfaces",
                "--local-ttl=60", *records, stderr=subprocess.DEVNULL)
        self.resolver = "/etc/netns/" + n.client
        os.makedirs(self.resolver)
        with open(self.resolver + "/resolv.conf", "w") as text:
            text.write("nameserver %s\n" % net.SERVER)

        def all_there():
            tcp = n.run(n.server, "ss", "-ltnH").stdout
            udp = n.run(n.server, "ss", "-lunH").stdout
            return tcp.count(":443 ") >= 3 and ":53 " in udp
        return net.wait_for(all_there)

    def call(self, name, version):
        return self.net.run(
            self.net.client, "curl", "-4", "-sS", "-o", "/dev/null",
            "--noproxy", "*", "--cacert", self.path("root.pem"),
            "--tlsv1." + version, "--tls-max", "1." + version,
            "https://%s/" % name)

    def close(self):
        self.net.close()
        shutil.rmtree(getattr(self, "resolver", "/nonexistent"),
                      ignore_errors=True)


# who calls what how; the code that is due, its cause, and what has to be said
MISROUTED = ["d-xxxxxxxxxx.execute-api.us-east-1.amazonaws.com",
             "CNAME, or A as an alias", "wildcard one label above",
             "certificate of ACM"]
CALLS = [
    ("api.example.com", "2", "name.misrouted", "aws_default_endpoint",
     MISROUTED, ["openssl x509 -noout", "dig"]),
    ("api.example.com", "3", "dns.misrouted", "aws_default_endpoint",
     MISROUTED, ["dig +noall +answer api.example.com"]),
    ("pay.example.com", "2", "cert.expired", "acm_renewal_failed",
     ["managed renewal", "validation must stay in place", "CAA record",
      "service must use"], ["openssl x509 -noout -dates"]),
    ("pay.example.com", "3", "client.rejected", "certificate_expired",
     ["managed renewal", "CNAME record", "import the new one again",
      "same ARN"], ["openssl x509 -noout -dates"]),
    ("old.example.com", "2", "cert.expired", "imported_not_renewed",
     ["import it again", "same ARN", "never renews an imported",
      "watch such ones for their expiry"], ["openssl x509 -noout -dates"]),
]


def check_call(tap, lab, call):
    name, version, code, cause, fix, verify = call
    refused = lab.call(name, version)
    tap.case(refused.returncode == 60, "curl refuses %s over TLS 1.%s"
             % (name, version), [refused.stdout])

    def found():
        return [e for e in live.of(lab.events(), "finding", code)
                if e["server"].get("domain") == name]
    net.wait_for(found)
    told = found()
    words = "%s for %s over TLS 1.%s" % (code, name, version)
    tap.case(len(told) == 1, words + " is told",
             [json.dumps(e)[:600] for e in lab.events()])
    if not told:
        return
    hint = told[0]["wirecert"]["hint"]
    tap.case(hint["cause"] == cause, words + ": the cause", [hint])
    tap.case(all(w in hint["fix"] for w in fix), words
             + ": the article's remedy", [hint["fix"]])
    tap.case(all(w in hint["verify"] for w in verify), words
             + ": how to check by hand", [hint["verify"]])
    check_chain(tap, words, told[0], name)


def check_chain(tap, words, event, name):
    target = [t for _, _, t, n in PLACES if n == name][0]
    chain = event["wirecert"].get("dns", {}).get("chain", [])
    tap.case(chain == [name, target], words + ": the DNS chain, as dig has it",
             [chain])
    gateway = event["wirecert"].get("gateway", {})
    role = "default_endpoint" if target == STAGE else "custom_domain"
    tap.case(gateway.get("role") == role, words + ": the gateway's role",
             [gateway])


def checks(tap, lab):
    lab.net.open()
    make_certificates(lab.dir)
    tap.case(lab.start_servers(), "dnsmasq and nginx listen")
    tap.case(lab.start_sensor(), "the sensor says that it listens",
             [open(lab.path("stderr")).read()])
    for call in CALLS:
        check_call(tap, lab, call)
    codes = [e["event"]["code"] for e in live.of(lab.events(), "finding")
             if e["wirecert"]["severity"] in ("medium", "high")]
    tap.case(len(codes) == len(CALLS), "and nothing else above low",
             sorted(codes))
    lab.sensor.terminate()
    tap.case(lab.sensor.wait(15) == 0, "SIGTERM ends it")


def main():
    tap = Tap()
    missing = net.why_not()
    for tool in ("nginx", "dnsmasq"):
        if not missing and not shutil.which(tool):
            missing = "no " + tool
    if missing:
        tap.skip("article", missing)
        return tap.end()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        lab = Lab(os.path.abspath(sys.argv[1]), folder)
        try:
            checks(tap, lab)
        finally:
            lab.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
