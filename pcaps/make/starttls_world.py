# What the scripts for TLS inside other protocols add to lib.py: more names, a
# second server address behind a proxy, an address beside the client's, dialogues
# fed piece by piece, and three leaves every case chooses from.  What runs in
# these namespaces after a case was started by that case, and is ended with it.
import contextlib
import os
import subprocess
import time

import lib

CERTS = {}
PROXIED = "203.0.113.21"        # only reachable from the server's namespace
VISITOR, FRONT = "192.0.2.50", "192.0.2.80"     # both in the client's
HOSTS = {
    lib.SERVER4: ["mail", "imap", "pop", "sieve", "ftp", "ldap", "xmpp", "irc",
                  "news", "db", "rdp", "proxy", "lb", "call", "device"],
    PROXIED: ["www", "api"],
}
S_CLIENT = ["openssl", "s_client", "-tls1_2"]
LIMIT = 80 * 1024


def issuing():
    """Root and issuing CA of this run, made once."""
    if not CERTS:
        CERTS["root"] = lib.CA("Example Lab Root S1")
        CERTS["sub"] = CERTS["root"].sub("Example Lab Issuing S2")
    return CERTS["sub"]


def leaf(*names, expired=False, **more):
    """A sound leaf for these names, or one that ended 40 days ago."""
    if expired:
        more.setdefault("not_before", -lib.days(405))
        more.setdefault("not_after", -lib.days(40))
    return issuing().leaf(names[0], sans=names, **more)


def root():
    issuing()
    return CERTS["root"].pem


def package(*names):
    """ "postfix 3.7.11-0+deb12u1, openssl ..." for the READMEs. """
    out = []
    for name in names:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name],
                              capture_output=True, text=True)
        out.append(f"{name} {done.stdout}")
    return out


def owned(path, user):
    """A copy of a key or certificate that this user may read."""
    data = open(path).read()
    copy = lib.write(lib.scratch(".pem"), data)
    sh("chown", user, copy)
    os.chmod(copy, 0o600)
    return copy


def kill(pids):
    for pid in pids:
        subprocess.run(["kill", "-KILL", pid], capture_output=True)


def sh(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True)


class World(lib.Net):
    def __init__(self):
        super().__init__("wcst")
        os.chmod(lib.WORK, 0o755)       # some servers give up root first

    def __enter__(self):
        super().__enter__()
        sh("ip", "-n", self.server_ns, "addr", "add", PROXIED, "dev", "lo")
        for extra in (VISITOR, FRONT):
            sh("ip", "-n", self.client_ns, "addr", "add", extra, "dev", "lo")
        return self

    def hosts(self, address):
        super().hosts(address)
        text = "127.0.0.1 localhost\n%s client.example.net\n" % lib.CLIENT4
        for where, names in HOSTS.items():
            text += "%s %s\n" % (where, " ".join(n + ".example.com"
                                                 for n in names))
        text += "%s example.com\n" % lib.SERVER4
        for ns in (self.client_ns, self.server_ns):
            lib.write("/etc/netns/%s/hosts" % ns, text)

    def clear(self):
        kill(self.pids())
        super().clear()

    @contextlib.contextmanager
    def server(self, *argv, **more):
        """lib's, and children in sessions of their own end too (postfix)."""
        before = self.pids()
        with super().server(*argv, **more) as process:
            yield process
        kill(self.pids() - before)

    def pids(self):
        return {pid for ns in (self.client_ns, self.server_ns)
                for pid in subprocess.run(["ip", "netns", "pids", ns],
                                          capture_output=True,
                                          text=True).stdout.split()}

    def folder(self, name):
        path = os.path.join(lib.WORK, name)
        os.makedirs(path, exist_ok=True)
        return path

    def talk(self, argv, parts, gap=0.35, limit=20):
        """Feed a client its standard input piece by piece, then close it.
        A part (server, text) goes into that server's standard input."""
        done = subprocess.Popen(
            ["ip", "netns", "exec", self.client_ns, "timeout", str(limit),
             *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=lib.WORK)
        try:
            time.sleep(2 * gap)
            for part in parts:
                where, text = (part if isinstance(part, tuple)
                               else (done, part))
                where.stdin.write(text.encode("latin-1"))
                where.stdin.flush()
                time.sleep(gap)
            done.stdin.close()
        except BrokenPipeError:
            pass
        done.stdin = None
        text = done.communicate()[0].decode(errors="replace")
        log(argv, done.returncode, text)
        return text

    def call(self, *argv, **more):
        """A client run to its end, its words kept for the curious."""
        done = self.client("timeout", "25", *argv, **more)
        log(argv, done.returncode, done.stdout)
        return done

    def record(self, name, proves, findings, programs, made_by, **more):
        return Recorded(self, name, proves, findings, programs, made_by, more)


class Recorded:
    """lib's case(), then a glance at what was caught."""

    def __init__(self, net, name, proves, findings, programs, made_by, more):
        more.setdefault("root", root())
        self.case = net.case(name, proves=proves, findings=findings,
                             programs=package(*programs), made_by=made_by,
                             **more)

    def __enter__(self):
        self.made = self.case.__enter__()
        return self.made

    def __exit__(self, *why):
        self.case.__exit__(*why)
        show(self.made)


def show(case):
    size = os.path.getsize(case.capture)
    both = "%s.handshake||%s.alert_message"
    rows = subprocess.run(
        ["tshark", "-n", "-r", case.capture, "-Y",
         both % (("tls",) * 2) + "||" + both % (("dtls",) * 2), "-T",
         "fields", "-E", "separator= "] + [
             a for f in ("frame.protocols", "tls.handshake.type",
                         "dtls.handshake.type",
                         "tls.handshake.extensions_server_name",
                         "tls.alert_message.desc", "dtls.alert_message.desc")
             for a in ("-e", f)], capture_output=True, text=True).stdout
    print("== %s: %d bytes%s" % (case.name, size,
                                 " TOO BIG" if size > LIMIT else ""))
    for row in rows.splitlines():
        stack, _, rest = row.partition(" ")
        print("   " + stack.replace("eth:ethertype:ip:", "").split(":x509")[0]
              + " " + rest)
    print(end="", flush=True)


def log(argv, status, text):
    with open("/tmp/wcst.log", "a") as out:
        out.write("$ %s\n[%s]\n%s\n" % (" ".join(argv), status, text[-6000:]))
