# The clients of the matrix: how each is called, what tells that it got its
# answer, and with which line it says that it refused.  The small programs
# are written out and compiled here, so that a run needs only packages:
# curl wget gnutls-bin openssl python3 nodejs default-jdk-headless golang-go
# chromium firefox-esr libnss3-tools php-cli php-curl libwww-perl
# libio-socket-ssl-perl ruby.
import os
import re
import subprocess

from matrixlab import NAME, TMP, TRUST, path
import lib
import matrixmore
import matrixpeers

URL = "https://%s/v1/status" % NAME
GET = "GET /v1/status HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n" % NAME
SECRETS = path("secrets")
KEYLOG = {"SSLKEYLOGFILE": SECRETS}

PYTHON = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())
"""
NODE = """
require('https').get(process.argv[2], (r) => r.pipe(process.stdout))
  .on('error', (e) => { console.error(e.code + ': ' + e.message);
    process.exit(1); });
"""
JAVA = """
import java.net.URL;
public class Fetch {
  public static void main(String[] args) throws Exception {
    try (var in = new URL(args[0]).openConnection().getInputStream()) {
      System.out.write(in.readAllBytes());
      System.out.flush();
    }
  }
}
"""
GO = """package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	log, _ := os.OpenFile(os.Args[2], os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0600)
	http.DefaultTransport.(*http.Transport).TLSClientConfig =
		&tls.Config{KeyLogWriter: log}
	answer, err := http.Get(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	io.Copy(os.Stdout, answer.Body)
}
"""
PHP = """<?php
$c = curl_init($argv[1]);
curl_setopt_array($c, [CURLOPT_CAINFO => getenv('SSL_CERT_FILE'),
  CURLOPT_TIMEOUT => 10]);
if (curl_exec($c) === false) { echo curl_error($c), "\\n"; exit(1); }
"""
PERL = """
use LWP::UserAgent;
my $ua = LWP::UserAgent->new(timeout => 10,
  ssl_opts => { SSL_ca_file => $ENV{SSL_CERT_FILE} });
my $r = $ua->get($ARGV[0]);
print $r->is_success ? $r->content : $r->status_line . "\\n" . $r->content;
exit($r->is_success ? 0 : 1);
"""
RUBY = """
require 'net/http'
begin
  puts Net::HTTP.get(URI(ARGV[0]))
rescue => e
  puts e.class, e.message
  exit 1
end
"""
PREFS = """
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.http.http3.enable", false);
user_pref("network.trr.mode", 5);
user_pref("toolkit.telemetry.enabled", false);
"""


def prepare(wanted=None):
    """Writes the programs, compiles two, and fills the trust stores; only
    what these clients need, None: all."""
    for name, text in (("fetch.py", PYTHON), ("fetch.js", NODE),
                       ("Fetch.java", JAVA), ("fetch.go", GO),
                       ("fetch.php", PHP), ("fetch.pl", PERL),
                       ("fetch.rb", RUBY)):
        lib.write(path(name), text)
    java = wanted is None or wanted & {"java", "bouncycastle"}
    if java:
        run("javac", "-d", TMP, path("Fetch.java"))
    if wanted is None or "go" in wanted:
        run("go", "build", "-o", path("fetch-go"), path("fetch.go"),
            env=dict(os.environ, GOFLAGS="-mod=mod", GO111MODULE="off",
                     GOCACHE="/tmp/wirecert-gocache"))
    stores = [path("firefox"), path("home/.pki/nssdb")]
    if wanted is not None and not wanted & {"chromium", "firefox", "nss",
                                            "curl-nss"}:
        stores = []
    for folder in stores:
        os.makedirs(folder, exist_ok=True)
        run("certutil", "-N", "-d", "sql:" + folder, "--empty-password")
    if stores:
        lib.write(stores[0] + "/user.js", PREFS)
    for i, pem in enumerate(re.findall("-----BEGIN.*?-----END[^\n]*\n",
                                       open(TRUST).read(), re.S)):
        one = lib.write(path("root-%d.pem" % i), pem)
        if java:
            run("keytool", "-importcert", "-noprompt", "-alias",
                "root%d" % i, "-file", one, "-keystore", path("trust.p12"),
                "-storetype", "PKCS12", "-storepass", "changeit")
        for folder in stores:
            run("certutil", "-A", "-d", "sql:" + folder, "-n",
                "root%d" % i, "-t", "C,,", "-i", one)


def run(*argv, env=None):
    subprocess.run(argv, check=True, env=env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)


def chromium(*more):
    profile = path("chromium-profile")
    subprocess.run(["rm", "-rf", profile], check=True)
    return ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--user-data-dir=" + profile,
            "--ssl-key-log-file=" + SECRETS, "--timeout=6000", *more,
            "--dump-dom", URL]


HTTP3 = """
user_pref("network.http.http3.enable", true);
user_pref("network.http.http3.disable_when_third_party_roots_found", false);
user_pref("network.http.http3.alt-svc-mapping-for-testing", "%s;h3=:443");
""" % NAME


def firefox(http3=False):
    profile = path("firefox-run")
    subprocess.run(["rm", "-rf", profile], check=True)
    subprocess.run(["cp", "-r", path("firefox"), profile], check=True)
    if http3:
        lib.write(profile + "/user.js", PREFS + HTTP3)
    return ["timeout", "9", "firefox-esr", "--headless", "--no-remote",
            "--profile", profile, "--screenshot", path("firefox.png"), URL]


def shell(text):
    return ["sh", "-c", text]


def command(client):
    """argv of a client that asks for URL once."""
    s_client = ("openssl s_client -quiet -ign_eof -verify_return_error "
                "-verify_hostname %s -servername %s -connect %s:443 "
                "-CAfile %s" % (NAME, NAME, NAME, TRUST))
    if client == "chromium":
        return chromium("--disable-quic")
    if client == "firefox":
        return firefox()
    return matrixmore.command(client) or matrixpeers.command(client) or {
        "curl": ["curl", "-sS", "--cacert", TRUST, URL],
        "curl-k": ["curl", "-sSk", URL],
        "s_client": shell("printf '%s' | %s" % (GET, s_client)),
        "wget": ["wget", "-nv", "-O-", "--tries=1", "--ca-certificate",
                 TRUST, URL],
        "gnutls-cli": shell("(printf '%s'; sleep 1) | gnutls-cli "
                            "--x509cafile %s %s" % (GET, TRUST, NAME)),
        "python": ["/usr/bin/python3", path("fetch.py"), URL],
        "node": ["node", "--tls-keylog=" + SECRETS, path("fetch.js"), URL],
        "java": ["java", "-Djavax.net.ssl.trustStore=" + path("trust.p12"),
                 "-Djavax.net.ssl.trustStorePassword=changeit", "-cp", TMP,
                 "Fetch", URL],
        "go": [path("fetch-go"), URL, SECRETS],
        "php": ["php", path("fetch.php"), URL],
        "perl": ["perl", path("fetch.pl"), URL],
        "ruby": ["ruby", path("fetch.rb"), URL],
    }[client]


def fetch(lab, client):
    """(did it get its answer, exit code, the line that says why not)"""
    # these three write no secrets, and openssl s_server does it for them
    env = {} if client in ("java", "perl", "ruby") else KEYLOG
    code, out = lab.run(*command(client), env=env)
    if client == "firefox":         # no page to take a picture of: 124
        return code == 0, code, ""
    ok = bool(re.search(matrixmore.GOT, out, re.M))
    return ok, code, "" if ok else complaint(out)


TELLING = (r"mbedtls -.*|wolfSSL error.*|rustls: .*",
           r"libcurl \(.*|fetch: .*",
           r"authentication of server cert failed.*",
           r"tls_alert,\{\w+|SSL session was rejected.*",
           r"net::ERR_CERT\w+|ERR_CERT_(?!ALT)\w+", r"\(60\).*", r"x509:.*",
           r"\*\*\* PKI verification.*|Status: .*", r"\w*SSLHandshakeEx.*",
           r"CERT_HAS.*|CERT_NOT.*|ERR_TLS.*|UNABLE_TO.*|DEPTH_ZERO.*",
           r"The certificate.* (?:expired|activated|unknown|match)\w*.*",
           r"ERROR: (?:cannot verify|The|no cert).*", r"verify error.*",
           r"SSL_connect .*|\[SSL:.*|SSL(?: certificate|:).*",
           r"hostname verif.*|certificate verify.*", matrixmore.TELLING)


def complaint(out):
    """The most telling line of what a client printed."""
    for pattern in TELLING:
        found = re.search(pattern, out)
        if found:
            return found.group(0)[:160].strip()
    return ""


def version(client):
    more = matrixmore.version(client) or matrixpeers.version(client)
    if more:
        return more
    program = {"curl-k": "curl", "s_client": "openssl", "firefox":
               "firefox-esr", "python": "/usr/bin/python3"}.get(client,
                                                              client)
    if program == "go":
        text = subprocess.run(["go", "version"], capture_output=True,
                              text=True).stdout
        return "Go " + re.search(r"go(\d[\w.]*)", text).group(1)
    return lib.version(program)
