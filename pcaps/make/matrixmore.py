# Yet more clients of the matrix: libraries that are written anew (Botan,
# BearSSL, Haskell's tls, Bouncy Castle, Pike), programs that use a known one in
# their own way (git, apt, libgit2, libsoup, Qt, Emacs, Tcl, Lua, links,
# socat, stunnel, ncat), proxies as clients of what is behind them
# (nginx, HAProxy, workerd), and clients that speak something else than HTTP
# (psql, mariadb, ldapsearch, redis-cli, mosquitto_sub, msmtp, kdig), whose
# servers are matrixserver.py. Needs, of Debian: botan libbearssl-dev ghc
# libghc-http-client-tls-dev libbctls-java default-jdk-headless pike8.0 git
# python3-pygit2 gir1.2-soup-3.0 python3-gi glib-networking python3-pyqt5
# emacs-nox tcl-tls tcllib lua-sec lua5.4 links2 socat stunnel4 ncat
# nginx-light haproxy curl postgresql-client mariadb-client-core
# ldap-utils redis-tools mosquitto-clients msmtp knot-dnsutils; of npm, in the
# folder that PEERS_NPM names: @cloudflare/workerd-linux-64.
import os
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import lib
from matrixlab import NAME, TRUST, path
from matrixpeers import NPM, package

URL = "https://%s/v1/status" % NAME
GET = "GET /v1/status HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n" % NAME
WORKERD = os.path.join(NPM, "@cloudflare/workerd-linux-64/bin/workerd")
LOCAL = "http://127.0.0.1:8080/v1/status"
# what git asks first, as openssl s_server -HTTP sends it
REPO = "repo/info/refs?service=git-upload-pack"
REFS = "HTTP/1.0 200 OK\r\nContent-Type: application/" \
    "x-git-upload-pack-advertisement\r\n\r\n" \
    "001e# service=git-upload-pack\n0000" \
    "0045%s refs/heads/main\0agent=x\n0000" % ("5" * 40)

BEARSSL = r"""
#include <bearssl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static unsigned char name[] = { NAME_BYTES }, point[] = { POINT_BYTES };
static const br_x509_trust_anchor anchor = {
	{ name, sizeof name }, BR_X509_TA_CA,
	{ BR_KEYTYPE_EC, { .ec = { BR_EC_secp256r1, point, sizeof point } } }
};
static int get(void *fd, unsigned char *buf, size_t len)
{
	ssize_t n = read(*(int *)fd, buf, len);
	return n > 0 ? (int)n : -1;
}
static int put(void *fd, const unsigned char *buf, size_t len)
{
	ssize_t n = send(*(int *)fd, buf, len, MSG_NOSIGNAL);
	return n > 0 ? (int)n : -1;
}
int main(int argc, char **argv)
{
	struct addrinfo hint = { .ai_socktype = SOCK_STREAM }, *a;
	static unsigned char room[BR_SSL_BUFSIZE_BIDI];
	br_ssl_client_context ssl;
	br_x509_minimal_context trust;
	br_sslio_context io;
	char buf[512];
	int fd, n;
	if (argc < 2 || getaddrinfo(argv[1], "443", &hint, &a))
		return 2;
	fd = socket(a->ai_family, a->ai_socktype, 0);
	if (connect(fd, a->ai_addr, a->ai_addrlen))
		return 2;
	br_ssl_client_init_full(&ssl, &trust, &anchor, 1);
	br_ssl_engine_set_buffer(&ssl.eng, room, sizeof room, 1);
	br_ssl_client_reset(&ssl, argv[1], 0);
	br_sslio_init(&io, &ssl.eng, get, &fd, put, &fd);
	n = snprintf(buf, sizeof buf, "GET /v1/status HTTP/1.0\r\n"
		     "Host: %s\r\n\r\n", argv[1]);
	br_sslio_write_all(&io, buf, (size_t)n);
	br_sslio_flush(&io);
	while ((n = br_sslio_read(&io, buf, sizeof buf)) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	if ((n = br_ssl_engine_last_error(&ssl.eng)))
		printf("BearSSL error %d\n", n);
	close(fd);
	return n != 0;
}
"""
HASKELL = """
import Network.HTTP.Client
import Network.HTTP.Client.TLS
import qualified Data.ByteString.Lazy.Char8 as L
main :: IO ()
main = do
  manager <- newManager tlsManagerSettings
  request <- parseRequest "%s"
  response <- httpLbs request manager
  L.putStr (responseBody response)
"""
BC = """security.provider.1=org.bouncycastle.jce.provider.BouncyCastleProvider
security.provider.2=org.bouncycastle.jsse.provider.BouncyCastleJsseProvider
security.provider.3=SUN
security.provider.4=SunJCE
ssl.KeyManagerFactory.algorithm=X509
ssl.TrustManagerFactory.algorithm=X509
keystore.type=pkcs12
"""
PYGIT2 = """
import sys, tempfile, pygit2
pygit2.settings.set_ssl_cert_locations(sys.argv[2], None)
repo = pygit2.init_repository(tempfile.mkdtemp(), bare=True)
try:
    for ref in repo.remotes.create("o", sys.argv[1]).ls_remotes():
        print(ref["name"])
except Exception as e:
    sys.exit("libgit2: %s" % e)
"""
SOUP = """
import sys, gi
gi.require_version("Soup", "3.0")
from gi.repository import Gio, GLib, Soup
session = Soup.Session(tls_database=Gio.TlsFileDatabase.new(sys.argv[2]))
message = Soup.Message.new("GET", sys.argv[1])
try:
    print(session.send_and_read(message, None).get_data().decode())
except GLib.Error as e:
    sys.exit("libsoup: %s %s" % (
        e.message, message.get_tls_peer_certificate_errors()))
"""
QT = """
import sys
from PyQt5.QtCore import QCoreApplication, QUrl
from PyQt5.QtNetwork import (QNetworkAccessManager, QNetworkRequest,
                             QSslCertificate, QSslConfiguration)
app = QCoreApplication(sys.argv)
config = QSslConfiguration.defaultConfiguration()
config.setCaCertificates(QSslCertificate.fromPath(sys.argv[2]))
QSslConfiguration.setDefaultConfiguration(config)
manager = QNetworkAccessManager()
reply = manager.get(QNetworkRequest(QUrl(sys.argv[1])))
reply.sslErrors.connect(lambda all: print(
    "Qt: " + "; ".join(e.errorString() for e in all)))
reply.finished.connect(app.quit)
app.exec_()
print(bytes(reply.readAll()).decode())
sys.exit(1 if reply.error() else 0)
"""
EMACS = """
(require 'url)
(setq gnutls-trustfiles '("%s") gnutls-verify-error t url-mime-charset-string
      nil)
(condition-case e
    (with-current-buffer (url-retrieve-synchronously "%s" t nil 8)
      (princ (buffer-string)))
  (error (princ (format "Emacs: %%s" (cdr e))) (kill-emacs 1)))
"""
TCL = """
package require http
package require tls
http::register https 443 [list tls::socket -require 1 -cafile "%s" \\
    -autoservername 1]
if {[catch {set t [http::geturl "%s" -timeout 9000]} why]} {
  puts "Tcl: $why"
  exit 1
}
puts [http::data $t]
"""
LUA = """
local https = require("ssl.https")
local body, code = https.request{ url = "%s", protocol = "any",
  verify = "peer", cafile = "%s", options = "all", sink = function(part)
    if part then io.write(part) end return 1 end }
if not body then print("Lua: " .. tostring(code)) os.exit(1) end
"""
PIKE = """
int main() {
  SSL.Context ctx = SSL.Context();
  ctx->auth_level = SSL.Constants.AUTHLEVEL_require;
  ctx->verify_certificates = 1;
  ctx->set_trusted_issuers(map(Standards.PEM.Messages(Stdio.read_file(
    "%s"))->get_certificates(), lambda(string der) { return ({ der }); }));
  Stdio.File raw = Stdio.File();
  raw->connect("%s", 443);
  SSL.File tls = SSL.File(raw, ctx);
  tls->set_blocking();
  if (!tls->connect("%s")) { write("Pike: no connection\\n"); return 1; }
  tls->write("%s");
  string answer = tls->read();
  if (!answer || answer == "") {
    write("Pike: error %%d\\n", tls->errno());
    return 1;
  }
  write(answer);
  tls->close();
}
"""
STUNNEL = """foreground = yes
debug = 5
pid =
[status]
client = yes
accept = 127.0.0.1:8080
connect = %s:443
sni = %s
verifyChain = yes
checkHost = %s
CAfile = %s
"""
NGINX = """daemon off; master_process off; pid %s/proxy.pid;
error_log stderr error;
events { worker_connections 64; }
http { access_log off;
%s
server { listen 127.0.0.1:8080; location / {
proxy_pass https://%s; proxy_ssl_server_name on; proxy_ssl_name %s;
proxy_ssl_verify on; proxy_ssl_verify_depth 3;
proxy_ssl_protocols TLSv1.2 TLSv1.3;
proxy_ssl_trusted_certificate %s; } } }
"""
HAPROXY = """global
  log stderr format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 9s
  timeout server 9s
  retries 0
frontend f
  bind 127.0.0.1:8080
  default_backend b
backend b
  server s %s:443 ssl verify required ca-file %s sni str(%s) verifyhost %s
"""
WORKER = """using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "net", network = (allow = ["public", "private", "local"],
      tlsOptions = (trustedCertificates = [embed "root-0.pem"]))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8080", http = (),
              service = "main")]
);
const main :Workerd.Worker = (
  serviceWorkerScript = embed "worker.js",
  compatibilityDate = "2024-05-31",
  globalOutbound = "net",
);
"""
WORKER_JS = """
addEventListener('fetch', (e) => e.respondWith(fetch('%s').catch(
  (why) => new Response('workerd: ' + why))));
"""


def bearssl():
    """Its program holds the root that it trusts."""
    with open(TRUST, "rb") as pem:
        root = x509.load_pem_x509_certificate(pem.read())
    point = root.public_key().public_bytes(
        serialization.Encoding.X962,
        serialization.PublicFormat.UncompressedPoint)
    text = BEARSSL
    for word, data in (("NAME_BYTES", root.subject.public_bytes()),
                       ("POINT_BYTES", point)):
        text = text.replace(word, ", ".join("%d" % b for b in data))
    lib.write(path("bearssl.c"), text)
    run("gcc", "-o", path("fetch-bearssl"), path("bearssl.c"), "-lbearssl")


def run(*argv, **more):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, **more)


def prepare(wanted=None):
    """Writes and compiles the programs; of these clients, None: all."""
    temp = "\n".join("%s_temp_path %s/proxy-%s;" % (k, path(""), k) for k in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    for name, text in (
            ("fetch.hs", HASKELL % URL), ("bc.security", BC),
            ("fetch-git.py", PYGIT2), ("fetch-soup.py", SOUP),
            ("fetch-qt.py", QT), ("fetch.el", EMACS % (TRUST, URL)),
            ("fetch.tcl", TCL % (TRUST, URL)),
            ("fetch.lua", LUA % (URL, TRUST)),
            ("fetch.pike", PIKE % (TRUST, NAME, NAME, GET)),
            ("stunnel.conf", STUNNEL % (NAME, NAME, NAME, TRUST)),
            ("proxy.conf", NGINX % (path(""), temp, NAME, NAME, TRUST)),
            ("haproxy.cfg", HAPROXY % (NAME, TRUST, NAME, NAME)),
            ("worker.capnp", WORKER), ("worker.js", WORKER_JS % URL)):
        lib.write(path(name), text)
    if wanted is None or "bearssl" in wanted:
        bearssl()
    if wanted is None or "haskell" in wanted:
        run("ghc", "-v0", "-O0", "-o", path("fetch-haskell"), "-outputdir",
            path("hs"), path("fetch.hs"))


def shell(text):
    return ["sh", "-c", text]


def behind(argv, wait="0.5"):
    """A proxy that we ask for what is behind it."""
    return shell("%s & sleep %s; curl -s --max-time 9 %s; sleep 0.3; "
                 "kill $!; wait" % (argv, wait, LOCAL))


def libraries():
    java = "/usr/share/java/"
    return {
        "botan": shell("(printf '%s'; sleep 2) | botan tls_client %s "
                       "--port=443 --skip-system-cert-store --trusted-cas=%s" % (
                           GET, NAME, TRUST)),
        "bearssl": [path("fetch-bearssl"), NAME],
        "haskell": ["env", "SYSTEM_CERTIFICATE_PATH=" + TRUST,
                    path("fetch-haskell")],
        "bouncycastle": [
            "java", "-Djava.security.properties=" + path("bc.security"),
            "-Djavax.net.ssl.trustStore=" + path("trust.p12"),
            "-Djavax.net.ssl.trustStoreType=PKCS12",
            "-Djavax.net.ssl.trustStorePassword=changeit", "-cp", ":".join(
                [path(""), java + "bcprov.jar", java + "bctls.jar",
                 java + "bcutil.jar", java + "bcpkix.jar"]), "Fetch", URL],
        "pike": ["pike8.0", path("fetch.pike")],
        "noncompat": shell(
            "printf '%s' | openssl s_client -no_middlebox -quiet -ign_eof "
            "-verify_return_error -verify_hostname %s -servername %s "
            "-connect %s:443 -CAfile %s" % (GET, NAME, NAME, NAME, TRUST)),
    }


def programs():
    get = "printf '%s'" % GET
    return {
        "git": ["env", "GIT_SSL_CAINFO=" + TRUST, "git", "ls-remote",
                "https://%s/repo" % NAME],
        "libgit2": ["/usr/bin/python3", path("fetch-git.py"),
                    "https://%s/repo" % NAME, TRUST],
        "apt": shell("/usr/lib/apt/apt-helper -o Acquire::https::CAInfo=%s "
                     "-o Acquire::Retries=0 -o APT::Sandbox::User=root "
                     "download-file %s %s && cat %s; e=$?; rm -f %s; exit $e"
                     % (TRUST, URL, *[path("apt.out")] * 3)),
        "libsoup": ["/usr/bin/python3", path("fetch-soup.py"), URL, TRUST],
        "qt": ["/usr/bin/python3", path("fetch-qt.py"), URL, TRUST],
        "emacs": ["emacs", "-Q", "--batch", "-l", path("fetch.el")],
        "tcl": ["tclsh", path("fetch.tcl")],
        "lua": ["lua5.4", path("fetch.lua")],
        "links": ["links2", "-source", "-ssl.certificates", "2", URL],
        "socat": shell("%s | socat -t 2 - OPENSSL:%s:443,cafile=%s" % (
            get, NAME, TRUST)),
        "ncat": shell("(%s; sleep 1) | ncat --ssl-verify --ssl-trustfile %s "
                      "%s 443" % (get, TRUST, NAME)),
    }


def proxies():
    return {
        "stunnel": behind("stunnel4 " + path("stunnel.conf")),
        "nginx": behind("nginx -e stderr -c " + path("proxy.conf")),
        "haproxy": behind("haproxy -q -f " + path("haproxy.cfg")),
        "workerd": behind("%s serve %s" % (WORKERD, path("worker.capnp")),
                          "1.5"),
    }


def speakers():
    """What speaks no HTTP."""
    return {
        "psql": ["psql", "host=%s user=u dbname=d sslmode=verify-full "
                 "sslrootcert=%s gssencmode=disable" % (NAME, TRUST), "-Atc",
                 "select 1"],
        "mariadb": ["mariadb", "--no-defaults", "-h", NAME, "-u", "u",
                    "--ssl-ca=" + TRUST, "--ssl-verify-server-cert", "-Ne",
                    "select 'status'"],
        "ldapsearch": ["env", "LDAPTLS_CACERT=" + TRUST, "ldapsearch", "-x",
                       "-LLL", "-H", "ldaps://" + NAME, "-b", "", "-s",
                       "base"],
        "redis": ["redis-cli", "--tls", "--sni", NAME, "--cacert", TRUST,
                  "-h", NAME, "get", "status"],
        "mosquitto": ["mosquitto_sub", "-h", NAME, "-p", "8883", "--cafile",
                      TRUST, "-t", "status", "-C", "1", "-W", "5"],
        "msmtp": shell("printf 'Subject: hello\\n\\nhello\\n' | msmtp "
                       "--host=%s --port=25 --tls=on --tls-starttls=on "
                       "--tls-trust-file=%s --from=a@example.com -v "
                       "b@example.com" % (NAME, TRUST)),
        "kdig": ["kdig", "@" + NAME, "+tls", "+tls-ca=" + TRUST,
                 "+tls-hostname=" + NAME, "+retry=0", NAME, "A"],
    }


def command(client):
    """argv of a client that asks once; None: not one of these."""
    for some in (libraries, programs, proxies, speakers):
        if client in some():
            return some()[client]
    return None


# clients whose servers are matrixserver.py's
SPEAKS = {"psql": ("pgsql", 5432), "mariadb": ("mysql", 3306),
          "ldapsearch": ("ldap", 636), "redis": ("redis", 6379),
          "mosquitto": ("mqtt", 8883), "msmtp": ("smtp", 25),
          "kdig": ("dns", 853)}
GOT = r"\"status\":\"ok\"|^5{40}\srefs|^refs/heads|\sA\s192\.0\.2\.7$"
# the line with which one of them says that it refused
TELLING = "|".join((
    r"BearSSL error \d+", r"(?:libgit2|libsoup|Qt|Emacs|Tcl|Lua|Pike|workerd|"
    r"psql|msmtp|ldap_sasl_bind|Error|Ncat): .*", r"HandshakeFailed.*",
    r"upstream SSL certificate .*?(?= while)", r"ERROR 2026.*",
    r"socat\[\d+\] E .*", r"CERT: .*|Rejected by CERT.*",
    r"TLS, handshake failed.*", r"server certificate verification failed",
    r"SSL: no alternative.*", r"Certificate verification failed:.*?(?= C)",
    r"Caused by: .*", r"Certificate validation status.*",
    r"SSL certificate failure.*|503 Service Unavailable"))

VERSIONS = {
    "botan": ("Botan", "botan"), "bearssl": ("BearSSL", "libbearssl-dev"),
    "haskell": ("Haskell tls", "libghc-tls-dev"),
    "bouncycastle": ("Bouncy Castle JSSE", "libbctls-java"),
    "pike": ("Pike", "pike8.0"), "git": ("git (GnuTLS)", "git"),
    "libgit2": ("libgit2 (mbedTLS)", "libgit2-1.5"),
    "apt": ("apt (GnuTLS)", "apt"),
    "libsoup": ("libsoup (GnuTLS)", "libsoup-3.0-0"),
    "qt": ("Qt (OpenSSL)", "libqt5network5"),
    "emacs": ("Emacs (GnuTLS)", "emacs-nox"),
    "tcl": ("Tcl tls (OpenSSL)", "tcl-tls"),
    "lua": ("LuaSec (OpenSSL)", "lua-sec"),
    "links": ("links2 (OpenSSL)", "links2"),
    "socat": ("socat (OpenSSL)", "socat"), "ncat": ("ncat (OpenSSL)", "ncat"),
    "stunnel": ("stunnel (OpenSSL)", "stunnel4"),
    "nginx": ("nginx (OpenSSL) as a client", "nginx-light"),
    "haproxy": ("HAProxy (OpenSSL) as a client", "haproxy"),
    "noncompat": ("openssl s_client -no_middlebox", "openssl"),
    "psql": ("psql (OpenSSL)", "postgresql-client-15"),
    "mariadb": ("mariadb (GnuTLS)", "mariadb-client-core"),
    "ldapsearch": ("ldapsearch (GnuTLS)", "ldap-utils"),
    "redis": ("redis-cli (OpenSSL)", "redis-tools"),
    "mosquitto": ("mosquitto_sub (OpenSSL)", "mosquitto-clients"),
    "msmtp": ("msmtp (GnuTLS)", "msmtp"),
    "kdig": ("kdig, DNS over TLS (GnuTLS)", "knot-dnsutils"),
}


def version(client):
    if client == "workerd":
        return "workerd %s (BoringSSL)" % subprocess.run(
            [WORKERD, "--version"], capture_output=True,
            text=True).stdout.split()[-1]
    found = VERSIONS.get(client)
    return found and "%s %s" % (found[0], package(found[1]))
