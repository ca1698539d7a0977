# What every script here shares: certificates with dates relative to now, a
# client and a server network namespace joined by a wire, tcpdump on that wire,
# starting servers, running clients, and writing a case's folder.
# Needs root, Debian's python3-cryptography, iproute2, tcpdump and ethtool.
# Run with /usr/bin/python3; nothing leaves the two namespaces.
#
#   ca = CA("Example Lab Root R1")            own root; ca.pem is its file
#   sub = ca.sub("Example Lab Issuing E1")    an intermediate below it
#   leaf = sub.leaf("api.example.com", sans=["api.example.com"],
#                   not_before=-days(30), not_after=days(60), key="ec256")
#   leaf.key, leaf.cert, leaf.chain           paths; chain = leaf + subs
#   with Net("core") as net:
#       with net.case("tls12-good", proves="...", findings=[]) as case:
#           with net.s_server(leaf, "-tls1_2"):
#               net.client("curl", "-sS", "https://api.example.com/")
import atexit
import contextlib
import datetime
import ipaddress
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.dirname(HERE)
CLIENT4, SERVER4 = "10.9.0.10", "203.0.113.20"
CLIENT6, SERVER6 = "2001:db8:9::10", "2001:db8:113::20"
NAMES = ["api.example.com", "shop.example.net", "www.example.org",
         "mail.example.org"]

WORK = tempfile.mkdtemp(prefix="wirecert-make-")
atexit.register(shutil.rmtree, WORK, ignore_errors=True)


def days(n):
    return datetime.timedelta(days=n)


def minutes(n):
    return datetime.timedelta(minutes=n)


def scratch(suffix):
    handle, path = tempfile.mkstemp(suffix=suffix, dir=WORK)
    os.close(handle)
    return path


def write(path, data):
    with open(path, "wb" if isinstance(data, bytes) else "w") as out:
        out.write(data)
    return path


# --- certificates ---------------------------------------------------------

def when(value):
    """A date as it is, or a distance from now."""
    if isinstance(value, datetime.timedelta):
        value = datetime.datetime.now(datetime.timezone.utc) + value
    return value.replace(microsecond=0, tzinfo=None)


def new_key(kind):
    """kind: a word as below, or a private key, which is handed back."""
    if not isinstance(kind, str):
        return kind
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:] or 2048))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"ec256": ec.SECP256R1(),
                                    "ec384": ec.SECP384R1(),
                                    "ec521": ec.SECP521R1()}[kind])


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM,
                             serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def cert_pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


def distinguished_name(cn, organization):
    parts = []
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME,
                                        organization))
    if cn:
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, cn))
    return x509.Name(parts)


def general_name(text):
    """DNS name, address, URI ("scheme://") or mail address, by its look."""
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    if "@" in text:
        return x509.RFC822Name(text)
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


class Leaf:
    """Paths: key, cert (alone), chain (with intermediates), root."""

    def __init__(self, private, cert, issuer):
        self.private, self.x509, self.issuer = private, cert, issuer
        middle, up = b"", issuer
        while up is not None and up.issuer is not None:
            middle, up = middle + cert_pem(up.x509), up.issuer
        self.key = write(scratch(".key"), key_pem(private))
        self.cert = write(scratch(".crt"), cert_pem(cert))
        self.middle = write(scratch(".mid"), middle) if middle else None
        self.chain = write(scratch(".chain"), cert_pem(cert) + middle)
        self.root = up.pem if up is not None else self.cert


class CA:
    """A certificate authority; with an issuer an intermediate one."""

    def __init__(self, name, key="ec256", issuer=None, not_before=-days(1000),
                 not_after=days(3000), organization="Example Lab",
                 path_length=None, extensions=()):
        self.private, self.issuer = new_key(key), issuer
        signer = issuer or self
        self.subject = distinguished_name(name, organization)
        public = self.private.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject).issuer_name(signer.subject)
            .public_key(public).serial_number(x509.random_serial_number())
            .not_valid_before(when(not_before))
            .not_valid_after(when(not_after))
            .add_extension(x509.BasicConstraints(True, path_length), True)
            .add_extension(key_usage(ca=True), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public),
                           False))
        if issuer:
            builder = builder.add_extension(authority_of(issuer), False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        self.x509 = builder.sign(signer.private, digest(signer.private))
        self.pem = write(scratch(".ca"), cert_pem(self.x509))

    def sub(self, name, **options):
        return CA(name, issuer=self, **options)

    def leaf(self, cn, sans=(), not_before=-days(30), not_after=days(60),
             key="ec256", eku=("server",), extensions=(), organization=None,
             hash_with=None, self_signed=False):
        """cn may be None. eku: "server", "client". extensions: pairs of
        (extension, critical). self_signed: not signed by this CA at all."""
        private = new_key(key)
        signer = private if self_signed else self.private
        subject = distinguished_name(cn, organization)
        builder = (
            x509.CertificateBuilder().subject_name(subject)
            .issuer_name(subject if self_signed else self.subject)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(when(not_before))
            .not_valid_after(when(not_after))
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(key_usage(ca=False), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(
                private.public_key()), False))
        if eku:
            builder = builder.add_extension(x509.ExtendedKeyUsage(
                [{"server": ExtendedKeyUsageOID.SERVER_AUTH,
                  "client": ExtendedKeyUsageOID.CLIENT_AUTH}[use]
                 for use in eku]), False)
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [general_name(name) for name in sans]), not subject.rdns)
        if not self_signed:
            builder = builder.add_extension(authority_of(self), False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        cert = builder.sign(signer, hash_with or digest(signer))
        return Leaf(private, cert, None if self_signed else self)


def digest(private):
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return None
    return hashes.SHA256()


def authority_of(issuer):
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(
        issuer.private.public_key())


def key_usage(ca):
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=ca, crl_sign=ca,
        key_encipherment=False, content_commitment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False)


# --- the wire -------------------------------------------------------------

def sh(*argv, **options):
    return subprocess.run(argv, check=True, **options)


class Net:
    """Two namespaces, PREFIX-c and PREFIX-s, each with eth0 on one wire."""

    def __init__(self, prefix, names=NAMES, mtu=1500, offload=False):
        self.client_ns, self.server_ns = prefix + "-c", prefix + "-s"
        self.names, self.mtu, self.offload = list(names), mtu, offload
        self.tap_ns = self.server_ns    # where tcpdump listens

    def __enter__(self):
        self.clear()
        for ns in (self.client_ns, self.server_ns):
            sh("ip", "netns", "add", ns)
        sh("ip", "link", "add", "eth0", "netns", self.client_ns,
           "address", "02:00:00:00:09:0a", "mtu", str(self.mtu), "type",
           "veth", "peer", "name", "eth0", "netns", self.server_ns,
           "address", "02:00:00:00:71:14", "mtu", str(self.mtu))
        self.join(self.client_ns, CLIENT4, CLIENT6)
        self.join(self.server_ns, SERVER4, SERVER6)
        self.hosts(SERVER4)
        return self

    def join(self, ns, addr4, addr6):
        def ip(*argv):
            sh("ip", "-n", ns, *argv)
        ip("link", "set", "lo", "up")
        ip("addr", "add", addr4 + "/32", "dev", "eth0")
        ip("-6", "addr", "add", addr6 + "/128", "dev", "eth0", "nodad")
        ip("link", "set", "eth0", "up")
        ip("route", "add", "default", "dev", "eth0", "src", addr4)
        ip("-6", "route", "add", "default", "dev", "eth0", "src", addr6)
        if not self.offload:      # else checksums are blank, segments huge
            sh("ip", "netns", "exec", ns, "ethtool", "-K", "eth0", "tx", "off",
               "tso", "off", "gso", "off", "gro", "off",
               stdout=subprocess.DEVNULL)
        time.sleep(0.1)

    def hosts(self, address):
        """Let every name lead to this address, for the client."""
        for ns in (self.client_ns, self.server_ns):
            os.makedirs("/etc/netns/" + ns, exist_ok=True)
            write("/etc/netns/%s/hosts" % ns, "127.0.0.1 localhost\n%s %s\n"
                  % (address, " ".join(self.names)))
            write("/etc/netns/%s/resolv.conf" % ns, "")

    def clear(self):
        for ns in (self.client_ns, self.server_ns):
            subprocess.run(["ip", "netns", "del", ns],
                           stderr=subprocess.DEVNULL)
            shutil.rmtree("/etc/netns/" + ns, ignore_errors=True)

    def __exit__(self, *_):
        self.clear()

    # --- programs

    def client(self, *argv, env=None, stdin="", timeout=30, seconds=None):
        """Run a client to its end; its output and status are in the result.
        seconds: keep its standard input open that long before closing it."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.client_ns, *argv],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=dict(os.environ, **(env or {})),
            text=True, errors="replace", cwd=WORK)
        try:
            if seconds is not None:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(stdin)
                    process.stdin.flush()
                time.sleep(seconds)
                stdin = ""
            output, _ = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        return subprocess.CompletedProcess(argv, process.returncode, output)

    @contextlib.contextmanager
    def server(self, *argv, port=443, udp=False, env=None, ns=None):
        """Run a server until the block ends; waits until it listens."""
        log = scratch(".log")
        with open(log, "w") as out:
            process = subprocess.Popen(
                ["ip", "netns", "exec", ns or self.server_ns, *argv],
                stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=WORK,
                env=dict(os.environ, **(env or {})), start_new_session=True)
        process.log = log
        try:
            self.await_port(process, port, udp, ns or self.server_ns)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def await_port(self, process, port, udp, ns):
        for _ in range(200):
            found = subprocess.run(
                ["ip", "netns", "exec", ns, "ss", "-Hln",
                 "-u" if udp else "-t", "sport = :%d" % port],
                capture_output=True, text=True).stdout
            if found.strip():
                return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        with open(process.log) as log:
            raise RuntimeError("server did not start: " + log.read())

    def s_server(self, leaf, *more, port=443, env=None):
        """openssl s_server; -www unless -rev/-quiet or the like is given."""
        argv = ["openssl", "s_server", "-accept", str(port), "-cert",
                leaf.cert, "-key", leaf.key]
        if leaf.middle:
            argv += ["-cert_chain", leaf.middle]
        if not {"-rev", "-quiet", "-www", "-WWW", "-HTTP"} & set(more):
            argv.append("-www")
        return self.server(*argv, *more, port=port, env=env)

    def gnutls_serv(self, leaf, *more, port=443, priority="NORMAL"):
        return self.server(
            "gnutls-serv", "--http", "--port", str(port), "--priority",
            priority, "--x509certfile", leaf.chain, "--x509keyfile",
            leaf.key, *more, port=port)

    def nginx(self, leaf=None, *directives, servers=None, port=443, env=None):
        """nginx; directives go into the server block. servers: whole blocks
        instead, as text (certificates by path)."""
        base = tempfile.mkdtemp(dir=WORK)
        os.chmod(base, 0o755)
        body = servers or (
            "server { listen %d ssl; listen [::]:%d ssl;\n"
            "ssl_certificate %s; ssl_certificate_key %s;\n%s\n"
            "location / { return 200 \"hello\\n\"; } }"
            % (port, port, leaf.chain, leaf.key,
               "\n".join(d + ";" for d in directives)))
        conf = write(os.path.join(base, "nginx.conf"), (
            "daemon off; master_process off; pid %s/pid; error_log %s/err;\n"
            "events { worker_connections 64; }\n"
            "http { access_log off; server_tokens off;\n"
            "client_body_temp_path %s; proxy_temp_path %s;\n"
            "fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s;\n"
            "%s }\n") % ((base,) * 7 + (body,)))
        return self.server("nginx", "-p", base, "-c", conf, "-e",
                           base + "/err", port=port, env=env)

    # --- a case

    @contextlib.contextmanager
    def case(self, name, proves="", findings=(), programs=(), made_by="",
             filter="tcp port 443", root=None, keylog=None, settle=0.25,
             with_keys=None):
        """Capture what happens in the block into pcaps/NAME, write README.
        programs: texts such as version("curl"). root: a root certificate to
        keep as root.pem. keylog: a key log to keep as keys.log, if any.
        with_keys: the findings when keys.log is given too."""
        folder = os.path.join(PCAPS, name)
        os.makedirs(folder, exist_ok=True)
        case = Case(name, folder)
        dump = self.tcpdump(case.capture, filter)
        try:
            yield case
            time.sleep(settle)
        finally:
            dump.send_signal(signal.SIGINT)
            dump.wait(10)
        if root:
            shutil.copyfile(root, os.path.join(folder, "root.pem"))
        if keylog and os.path.getsize(keylog):
            tidy_keylog(keylog, os.path.join(folder, "keys.log"))
        case.readme(made_by, programs, proves, findings, with_keys)

    def tcpdump(self, path, filter):
        dump = subprocess.Popen(
            ["ip", "netns", "exec", self.tap_ns, "tcpdump", "-i", "eth0",
             "-s", "0", "-Z", "root", "-U", "--immediate-mode", "-w", path,
             *filter.split()], stderr=subprocess.PIPE, text=True)
        for line in dump.stderr:
            if "listening on" in line:
                time.sleep(0.05)
                return dump
        raise RuntimeError("tcpdump did not start")


class Case:
    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.capture = os.path.join(folder, "capture.pcap")

    def readme(self, made_by, programs, proves, findings, with_keys=None):
        text = "Made by make/%s on %s from real programs: %s.\n" % (
            made_by, datetime.date.today(), ", ".join(programs))
        text += proves.strip() + "\n"
        text += "Findings: %s\n" % (", ".join(findings) or "none")
        if with_keys is not None:
            text += "Findings with -k keys.log: %s\n" % (
                ", ".join(with_keys) or "none")
        write(os.path.join(self.folder, "README"), wrap(text))


def wrap(text, width=78):
    import textwrap
    return "".join(textwrap.fill(" ".join(line.split()), width,
                                 break_on_hyphens=False,
                                 break_long_words=False) + "\n"
                   for line in text.splitlines())


def tidy_keylog(source, target):
    """Only the lines of secrets, each once."""
    with open(source) as lines:
        keep = dict.fromkeys(l for l in lines if re.match(r"[A-Z_0-9]+ ", l))
    write(target, "".join(keep))


VERSION_ARGS = {
    "openssl": ["version"], "nginx": ["-v"], "java": ["-version"]}


def version(program):
    """ "curl 7.88.1", "nginx 1.22.1" and so on, by asking the program. """
    argv = [program] + VERSION_ARGS.get(os.path.basename(program),
                                        ["--version"])
    done = subprocess.run(argv, capture_output=True, text=True)
    found = re.search(r"\d+\.\d+[\w.]*", done.stdout + done.stderr)
    return "%s %s" % (os.path.basename(program),
                      found.group(0) if found else "?")
