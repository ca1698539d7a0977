# The laboratory of the matrix captures, on top of lib.py: the certificates of
# all cases, a resolver beside the server, and a recorder that says what the
# client really did.  That a client failed is known from its exit code and
# output; which alert it sent, from the capture, opened with the secrets of
# the same run.  CONTRACT.md's table then gives the word.
import fnmatch
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import lib
from lib import CA, CLIENT4, NAMES, Net, PCAPS, days, sh

NAME = NAMES[0]
RESOLVER = "10.9.0.2"
CERTIFICATE_ALERTS = {42, 43, 44, 45, 46, 48, 49, 113, 114}
SCRIPT = os.path.splitext(os.path.basename(sys.argv[0]))[0]
TMP = "/tmp/wirecert-" + SCRIPT         # so that two scripts can run at once
ANSWER = r'"status":"ok"|HTTP/1\.[01] (200|400)|^hello'
AWS = "execute-api.us-east-1.amazonaws.com"


def certificates():
    """{name: Leaf}, and the file of trusted roots."""
    ours = CA("Example Root")
    issuing = ours.sub("Example Issuing 1", not_before=-days(300))
    strange = CA("Elsewhere Root", organization="Elsewhere").sub(
        "Elsewhere Issuing 1", organization="Elsewhere")
    amazon = CA("Amazon Root CA 1", organization="Amazon")
    m02 = amazon.sub("Amazon RSA 2048 M02", key="rsa2048",
                     organization="Amazon")
    past = {"not_before": -days(93), "not_after": -days(3)}
    future = {"not_before": days(3), "not_after": days(93)}
    made = {}
    for suffix, key in (("", "ec256"), ("-rsa", "rsa2048")):
        def leaf(issuer, **more):
            return issuer.leaf(NAME, [NAME], key=key, **more)
        made["good" + suffix] = leaf(issuing)
        made["expired" + suffix] = leaf(issuing, **past)
        made["notyet" + suffix] = leaf(issuing, **future)
        made["unknown" + suffix] = leaf(strange)
        made["selfsigned" + suffix] = leaf(issuing, self_signed=True)
        made["wrongname" + suffix] = issuing.leaf(
            NAMES[1], [NAMES[1], "www." + NAMES[1]], key=key)
    life = {"not_before": -days(40), "not_after": days(158),
            "key": "rsa2048"}
    made["aws-default"] = m02.leaf("*." + AWS, ["*." + AWS], **life)
    made["aws-custom"] = m02.leaf(NAME, [NAME], **life)
    life.update(not_before=-days(200), not_after=-days(2))
    made["aws-expired"] = m02.leaf(NAME, [NAME], **life)
    made["imported-expired"] = issuing.leaf(NAME, [NAME], **life)
    made["google-default"] = issuing.leaf("*.gateway.dev", [
        "*.gateway.dev", "*.uc.gateway.dev"])
    made["client"] = issuing.leaf("device-7", ["device-7.example.com"],
                                  eku=("client",))
    made["client-unknown"] = strange.leaf(
        "device-9", ["device-9.example.net"], eku=("client",))
    with open(path("root.pem"), "w") as out:
        for ca in (ours, amazon):
            out.write(open(ca.pem).read())
    return made


def path(name):
    return os.path.join(TMP, name)


TRUST = path("root.pem")
ENV = {"SSL_CERT_FILE": TRUST, "SSL_CERT_DIR": "/nonexistent",
       "NODE_EXTRA_CA_CERTS": TRUST, "HOME": path("home"), "LC_ALL": "C"}


class Lab(Net):
    def __init__(self):
        super().__init__("wc-" + SCRIPT)
        shutil.rmtree(TMP, ignore_errors=True)
        for folder in ("home", "raw", "www/v1"):
            os.makedirs(path(folder))
        os.chmod(TMP, 0o755)
        lib.write(path("www/v1/status"), '{"status":"ok"}\n')
        self.certs = certificates()

    def __enter__(self):
        super().__enter__()
        sh("ip", "-n", self.server_ns, "addr", "add", RESOLVER + "/32",
           "dev", "eth0")
        return self

    def resolve_by_dns(self, options=""):
        for ns in (self.client_ns, self.server_ns):
            folder = "/etc/netns/%s/" % ns
            lib.write(folder + "hosts", "127.0.0.1 localhost\n")
            lib.write(folder + "resolv.conf",
                      "nameserver %s\n%s\n" % (RESOLVER, options))

    def run(self, *argv, env=None, stdin="", seconds=None):
        """One client; its exit code and everything it printed."""
        done = self.client("timeout", "-k", "2", "25", *argv, stdin=stdin,
                           env=dict(ENV, **(env or {})), seconds=seconds)
        with open(path("run.log"), "a") as log:
            log.write("$ %s\n[%s]\n%s\n" % (" ".join(argv), done.returncode,
                                            done.stdout))
        return done.returncode, done.stdout

    def web(self, cert, tls, h2=False, *more):
        """nginx, HTTP/1.1 or HTTP/2."""
        leaf = self.certs[cert]
        return self.nginx(servers=(
            "default_type application/json; server {\n"
            "listen 443 ssl%s; ssl_protocols TLSv1.%d;\n"
            "ssl_certificate %s; ssl_certificate_key %s;\n%s\n"
            "location / { return 200 '{\"status\":\"ok\"}\\n'; } }"
            % (" http2" if h2 else "", tls - 10, leaf.chain, leaf.key,
               "\n".join(d + ";" for d in more))))

    def s(self, cert, tls, *more):
        """openssl s_server, which writes every client's secrets."""
        return self.s_server(self.certs[cert], "-tls1_%d" % (tls - 10),
                             "-keylogfile", path("secrets"), *more)

    def play(self, name, server, client, says, meant, reaction=None,
             tls=13, findings=(), with_keys=None, made_by="", before=None):
        """One case: server is a context, client an argv (or a function that
        returns exit code and output).  meant: whether the client shall get
        an answer; before: a client that runs unrecorded first."""
        if not any(fnmatch.fnmatch(name, p) for p in sys.argv[1:] or ["*"]):
            return
        env = {"SSLKEYLOGFILE": path("secrets")}
        with server:
            if before:
                self.run(*before)
            with self.record(name) as rec:
                code, out = (client() if callable(client) else
                             self.run(*client, env=env))
        ok = bool(re.search(ANSWER, out))
        if ok != meant:
            print("%s: NOT AS MEANT, status %d: %s" % (name, code,
                                                       out[-600:]))
            return
        reaction = reaction or rec.reaction(ok, tls)
        rec.publish("Made by make/%s.\n%s The client ended with status %d."
                    % (made_by or SCRIPT + ".py", says, code), reaction,
                    findings, with_keys)

    def record(self, name, expr="tcp port 443"):
        return Recording(self, name, expr)


class Recording:
    """with lab.record(case) as rec: what passes the wire."""

    def __init__(self, lab, name, expr):
        self.lab, self.name, self.expr = lab, name, expr
        self.file = path("raw/%s.pcap" % name)
        self.keys = path("raw/%s.keys" % name)
        lib.write(path("secrets"), "")      # a server may hold it open

    def __enter__(self):
        self.dump = self.lab.tcpdump(self.file, self.expr)
        return self

    def __exit__(self, *_):
        time.sleep(0.4)
        self.dump.send_signal(signal.SIGINT)
        self.dump.wait(10)
        shutil.copy(path("secrets"), self.keys)

    def alerts(self, decrypt):
        """{TCP stream: [(from the client?, level, code)]}"""
        argv = ["tshark", "-r", self.file, "-d", "tcp.port==6379,tls", "-Y",
                "tls.alert_message.desc", "-T", "fields"]
        if decrypt:
            argv += ["-o", "tls.keylog_file:" + self.keys]
        for field in ("tcp.stream", "ip.src", "tls.alert_message.level",
                      "tls.alert_message.desc"):
            argv += ["-e", field]
        found = {}
        text = subprocess.run(argv, capture_output=True, text=True).stdout
        for line in text.splitlines():
            stream, src, level, code = line.split("\t")
            for lv, c in zip(level.split(","), code.split(",")):
                found.setdefault(stream, []).append(
                    (src == CLIENT4, int(lv), int(c)))
        return found

    def finished(self):
        """Did the client send its Finished, in TLS 1.3?"""
        return bool(subprocess.run(
            ["tshark", "-r", self.file, "-o", "tls.keylog_file:" + self.keys,
             "-d", "tcp.port==6379,tls", "-Y", "tls.handshake.type==20 && "
             "ip.src==" + CLIENT4], capture_output=True, text=True).stdout)

    def reaction(self, ok, tls, refused=False):
        """In TLS 1.2 only what is sent in the clear counts. refused: the
        client said that it is for the certificate: then any fatal alert that
        hides in TLS 1.3 means that (Erlang's, for a name, has 40), and so does
        any alert in place of its Finished (kdig's is close_notify)."""
        if ok:
            return "accepted"
        if refused and tls == 13 and self.alerts(True) != self.alerts(False):
            sent = [alert for some in self.alerts(True).values()
                    for alert in some if alert[0]]
            if any(level == 2 and code for _, level, code in sent) or (
                    sent and not self.finished()):
                return "rejected"
        for sent in self.alerts(decrypt=tls == 13).values():
            if any(client and code in CERTIFICATE_ALERTS
                   for client, level, code in sent):
                return "rejected"
        return "abandoned"

    def publish(self, text, reaction=None, findings=(), with_keys=None,
                limit=30000):
        """Into the project: pcaps/NAME/{capture.pcap,README,...}.
        with_keys: the findings with the secrets, which are then kept."""
        size = os.path.getsize(self.file)
        folder = os.path.join(PCAPS, self.name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        shutil.copyfile(self.file, os.path.join(folder, "capture.pcap"))
        shutil.copyfile(TRUST, os.path.join(folder, "root.pem"))
        text += "\nFindings: %s\n" % (", ".join(findings) or "none")
        if with_keys is not None:
            text += "Findings with -k keys.log: %s\n" % (
                ", ".join(with_keys) or "none")
        lib.write(os.path.join(folder, "README"), lib.wrap(text))
        if reaction:
            lib.write(os.path.join(folder, "expected-reaction"),
                      reaction + "\n")
        if with_keys is not None:
            self.keep_keys(os.path.join(folder, "keys.log"))
        print("%s: %d bytes, %s%s" % (self.name, size, reaction, " TOO BIG"
              if size > limit else ""), flush=True)

    def keep_keys(self, target):
        with open(self.keys) as lines:
            keep = dict.fromkeys(l for l in lines if
                                 "_HANDSHAKE_TRAFFIC_SECRET " in l
                                 or l.startswith("ECH_"))
        if not keep:
            raise RuntimeError(self.name + ": no secrets")
        lib.write(target, "".join(keep))
