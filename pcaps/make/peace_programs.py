#!/usr/bin/python3
# Peace, with the programs themselves: Tor, things that speak MQTT, scanners,
# an inspecting proxy, Syncthing, a captive portal, resolvers, a printer, LDAP,
# VPNs. Run as root: make/peace_programs.py [NAME...]. Needs Debian's tor,
# mosquitto, mosquitto-clients, nmap, sslscan, squid-openssl, syncthing,
# dnsmasq-base, stubby, unbound, cups-ipp-utils, slapd, ldap-utils, ocserv,
# openconnect, stunnel4.
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import clients
import lib
from lib import CA, CLIENT4, SERVER4, WORK, Net, scratch, sh, version
from peace import OWN, WORLD, Maker

lib.VERSION_ARGS.update({
    "mosquitto": ["-h"], "squid": ["-v"], "stubby": ["-V"], "unbound": ["-V"],
    "slapd": ["-V"], "stunnel": ["-version"], "dnsmasq": ["--version"],
    "kdig": ["-V"]})
SEEN = "203.0.113.20"


def folder(mode=0o755):
    path = tempfile.mkdtemp(dir=WORK)
    os.chmod(path, mode)
    return path


def conf(text, suffix=".conf"):
    path = lib.write(scratch(suffix), text)
    os.chmod(path, 0o644)
    return path


# for who has no option that ends below TLS 1.3, where nothing is to be seen
NOT_13 = {"OPENSSL_CONF": conf(
    "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
    "MaxProtocol = TLSv1.2\n")}


class Programs(Maker):
    made_by = "peace_programs.py"

    def in_client(self, *argv, port, **options):
        return self.net.server(*argv, port=port, ns=self.net.client_ns,
                               **options)

    def tor(self):
        """A bridge and who uses it; the link of TLS 1.2 by openssl, for tor's
        own is TLS 1.3."""
        def tor(*lines):
            base = folder(0o700)
            return ["tor", "-f", conf("\n".join((
                "DataDirectory " + base, "AssumeReachable 1",
                "Log notice stdout", "ExitRelay 0") + lines) + "\n"),
                "--defaults-torrc", conf("")]
        bridge = self.net.server(*tor(
            "ORPort %s:443 IPv4Only" % SEEN, "BridgeRelay 1", "SocksPort 0",
            "PublishServerDescriptor 0", "Address " + SEEN,
            "BridgeDistribution none"))

        def link():
            with self.in_client(*tor("SocksPort 9050", "UseBridges 1",
                                     "Bridge %s:443" % SEEN), port=9050):
                time.sleep(8)
            for word in ("www.4ikr3a2mq7.com", "www.ljb5wbvywrqbmw.com"):
                self.s_client("-servername", word)
        self.case("peace-tor-bridge", "Links to a real Tor bridge: two of a "
                  "Tor client in TLS 1.3, two in TLS 1.2, where the "
                  "certificate can be seen: names made up on both sides.", [],
                  [version("tor"), version("openssl") + " s_client"], link,
                  bridge)

    def things(self):
        own = CA("Example Things Root", organization="Example Things")
        leaf = own.leaf("broker.example.net", ["broker.example.net"])
        bare = own.leaf("broker", self_signed=True, sans=["broker.local"])
        text = "per_listener_settings true\nallow_anonymous true\n"
        for port, one in ((8883, leaf), (8884, bare)):
            os.chmod(one.key, 0o644)
            os.chmod(one.chain, 0o644)
            text += ("listener %d\nallow_anonymous true\ncertfile %s\n"
                     "keyfile %s\ntls_version tlsv1.2\n" % (
                         port, one.chain, one.key))

        def talk():
            for host, port, more in (
                    ("broker.example.net", 8883, ["--cafile", own.pem]),
                    (SEEN, 8883, ["--cafile", own.pem, "--insecure"]),
                    ("broker.local", 8884, ["--cafile", bare.cert]),
                    (SEEN, 8884, ["--cafile", bare.cert, "--insecure"])):
                done = self.net.client(
                    "mosquitto_pub", "-h", host, "-p", str(port), "-t", "t",
                    "-m", "21.5", *more)
                print("  mosquitto_pub", host, done.returncode,
                      done.stdout.strip())
        self.case("peace-mqtt", "Things report to a broker: by its name with "
                  "an authority of their own (one finding), by its address, "
                  "and with a self-signed certificate that they know, by the "
                  "name of a local network and by address, which "
                  "mosquitto sends as server name: with --insecure whatever "
                  "the certificate says.",
                  ["chain.untrusted (medium)", "name.mismatch (low)",
                   "client.accepts_invalid (medium)",
                   "chain.self_signed (info)"],
                  [version("mosquitto"), "mosquitto_pub"], talk,
                  self.net.server("mosquitto", "-c", conf(text), port=8883,
                                  env=NOT_13),
                  filter="tcp")

    def scanners(self):
        leaf = self.issuing.leaf("api.example.com", sans=["api.example.com"])
        news = self.issuing.leaf("news.example.org",
                                 sans=["news.example.org"])

        def scan():
            with self.in_client(*self.nginx_argv(news), port=443):
                self.from_server("curl", "-sS", "--tls-max", "1.2", "--cacert",
                                 self.public.pem, "--resolve",
                                 "news.example.org:443:" + CLIENT4,
                                 "https://news.example.org/")
            self.net.client("nmap", "-n", "-Pn", "-p", "443", "--script",
                            "ssl-cert,ssl-enum-ciphers", SEEN, timeout=90)
            for name in ["news.example.org", "www.google.com", "localhost",
                         "vpn.example.com"]:
                done = self.net.client(
                    "sslscan", "--no-ciphersuites", "--no-heartbleed",
                    "--no-groups", "--no-fallback", "--no-renegotiation",
                    "--no-compression", "--tls12", "--sni-name=" + name,
                    SEEN + ":443", timeout=60)
                print("  sslscan", name, done.returncode)
                self.s_client("-servername", name, "-CAfile", self.public.pem,
                              "-verify_return_error", "-verify_hostname", name)
        self.case("peace-scanners", "nmap and sslscan from outside, by "
                  "address and by names of others, one of which somebody "
                  "inside had called before: that makes it no name of ours.",
                  ["name.mismatch (low)", "handshake.refused (info)"],
                  [version("nmap"), version("sslscan"), version("openssl"),
                   "curl", "nginx"], scan, self.hosts([("_", leaf)]),
                  conf=OWN)

    def from_server(self, *argv):
        done = subprocess.run(["ip", "netns", "exec", self.net.server_ns,
                               *argv], capture_output=True, text=True,
                              timeout=30)
        print("  ", argv[0], done.returncode, done.stderr.strip()[:90])

    def nginx_argv(self, *leaves):
        base = folder()
        body = "".join(
            "server { listen 443 ssl; server_name %s; ssl_protocols TLSv1.2;"
            " ssl_certificate %s; ssl_certificate_key %s;\n"
            "location / { return 200 \"hello\\n\"; } }\n" % (
                leaf.x509.extensions.get_extension_for_class(
                    lib.x509.SubjectAlternativeName).value[0].value,
                leaf.chain, leaf.key) for leaf in leaves)
        path = lib.write(base + "/nginx.conf", (
            "daemon off; master_process off; pid %s/pid; error_log %s/err;\n"
            "events { worker_connections 64; }\n"
            "http { access_log off; server_tokens off;\n"
            "client_body_temp_path %s; proxy_temp_path %s;\n"
            "fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s;\n"
            "%s }\n") % ((base,) * 7 + (body,)))
        return ["nginx", "-p", base, "-c", path, "-e", base + "/err"]

    def proxy(self):
        """Squid between; its calls to the servers are on the same wire."""
        own = CA("Example Inspection CA", organization="Example Proxy")
        base = folder(0o777)
        pem = lib.write(base + "/ca.pem", open(own.pem).read()
                        + lib.key_pem(own.private).decode())
        os.chmod(pem, 0o644)
        sh("/usr/lib/squid/security_file_certgen", "-c", "-s", base + "/db",
           "-M", "4MB", stdout=-3)
        sh("chown", "-R", "proxy:proxy", base)
        text = conf(
            "http_port 3128 ssl-bump cert=%(b)s/ca.pem "
            "generate-host-certificates=on\n"
            "sslcrtd_program /usr/lib/squid/security_file_certgen -s %(b)s/db "
            "-M 4MB\nsslcrtd_children 2\nssl_bump bump all\n"
            "http_access allow all\ncache deny all\nshutdown_lifetime 1 seconds\n"
            "pid_filename %(b)s/pid\ncache_log %(b)s/log\naccess_log none\n"
            "hosts_file /etc/hosts\ncoredump_dir %(b)s\nnetdb_filename none\n"
            "visible_hostname proxy.example.net\n"
            "tls_outgoing_options cafile=%(root)s\n" % {
                "b": base, "root": self.public.pem})
        os.chmod(self.public.pem, 0o644)
        leaves = [self.issuing.leaf(n, [n]) for n in WORLD]
        lib.write("/etc/netns/%s/hosts" % self.net.server_ns,
                  "127.0.0.1 localhost\n%s %s\n" % (CLIENT4, " ".join(WORLD)))

        def browse():
            with self.in_client(*self.nginx_argv(*leaves), port=443):
                for name in WORLD:
                    done = self.net.client(
                        "curl", "-sS", "--tls-max", "1.2", "--cacert", own.pem,
                        "-x", "http://%s:3128" % SEEN, "https://%s/" % name)
                    print("  curl", name, done.returncode,
                          done.stdout.strip()[:70])
        self.case("peace-squid-bump", "Squid inspects TLS (ssl_bump) for seven "
                  "names: certificates made by one authority that the clients "
                  "trust, towards the servers the real ones. One finding.",
                  ["chain.untrusted (medium)"],
                  [version("squid"), clients.client_text("curl"), "nginx"],
                  browse, self.net.server("squid", "-N", "-f", text,
                                          port=3128), filter="tcp")
        self.net.hosts(SERVER4)

    def syncthing(self):
        homes, ids = [folder(0o700), folder(0o700)], []
        for home in homes:
            done = subprocess.run(
                ["syncthing", "generate", "--home", home], text=True,
                capture_output=True, env=dict(os.environ, HOME=home))
            ids.append(re.search(r"[A-Z2-7]{7}(-[A-Z2-7]{7}){7}",
                                 done.stdout + done.stderr).group(0))
        for number, home in enumerate(homes):
            path = home + "/config.xml"
            text = open(path).read()
            other = ids[1 - number]
            address = ("tcp://%s:22000" % SEEN if number else "tcp://%s:22001"
                       % CLIENT4)
            text = text.replace("</configuration>", (
                '<device id="%s" name="other" compression="never">'
                "<address>%s</address></device></configuration>") % (
                    other, address))
            for key, value in (
                    ("listenAddress", "tcp://0.0.0.0:%d" % (22000 + number)),
                    ("globalAnnounceEnabled", "false"),
                    ("localAnnounceEnabled", "false"),
                    ("relaysEnabled", "false"), ("natEnabled", "false"),
                    ("urAccepted", "-1"), ("startBrowser", "false"),
                    ("crashReportingEnabled", "false")):
                text = re.sub(r"<%s>[^<]*</%s>" % (key, key),
                              "<%s>%s</%s>" % (key, value, key), text)
            lib.write(path, text)

        def argv(home):
            return ["syncthing", "serve", "--home", home, "--no-browser",
                    "--no-restart", "--no-upgrade",
                    "--gui-address=127.0.0.1:8384"]

        def sync():
            with self.in_client(*argv(homes[1]), port=22001,
                                env={"HOME": homes[1]}):
                time.sleep(12)
        self.case("peace-syncthing", "Two Syncthing devices, each of which "
                  "knows the other by its certificate's hash.", [],
                  [version("syncthing")], sync, self.net.server(*argv(homes[0]), port=22000,
                                        env={"HOME": homes[0]}), filter="tcp")

    def portal(self, name, says, leaf, findings):
        """dnsmasq answers with the portal's address for every name."""
        dns = self.net.server(
            "dnsmasq", "-k", "-C", "/dev/null", "-u", "root", "--no-resolv",
            "--no-hosts", "--address=/#/" + SEEN, "--pid-file=",
            "--listen-address=" + SEEN, "--bind-interfaces", port=53)
        lib.write("/etc/netns/%s/hosts" % self.net.client_ns,
                  "127.0.0.1 localhost\n")
        lib.write("/etc/netns/%s/resolv.conf" % self.net.client_ns,
                  "nameserver %s\n" % SEEN)

        def browse():
            with dns:
                for host in WORLD:
                    self.net.client("curl", "-sS", "-4", "--tls-max", "1.2",
                                    "--cacert", self.public.pem,
                                    "https://%s/" % host)
        self.case(name, says, findings,
                  [clients.client_text("curl"), version("dnsmasq"), "nginx"],
                  browse, self.hosts([("_", leaf)]),
                  filter="tcp port 443 or port 53")
        self.net.hosts(SERVER4)

    def portals(self):
        self.portal("peace-portal-dns", "A captive portal, DNS included: four "
                    "names are told, then all others as one.",
                    self.issuing.leaf("portal.example.com",
                                      ["portal.example.com"]),
                    ["name.mismatch"])
        maker = CA("fortinet-subca2001", organization="Fortinet")
        self.portal("peace-portal-device", "A firewall as captive portal, with "
                    "the certificate it was made with (a look-alike): four "
                    "names are told, then all others as one.",
                    maker.leaf("FGT60FTK00000000", organization="Fortinet"),
                    ["name.misrouted", "name.mismatch (medium)",
                     "chain.untrusted (medium)"])

    def resolvers(self):
        leaf = self.issuing.leaf("dns.example.org", ["dns.example.org"])
        for path in (leaf.key, leaf.chain):
            os.chmod(path, 0o644)
        unbound = self.net.server("unbound", "-d", "-c", conf(
            'server:\n interface: %s@853\n tls-port: 853\n'
            ' tls-service-key: "%s"\n tls-service-pem: "%s"\n'
            ' access-control: 0.0.0.0/0 allow\n username: ""\n chroot: ""\n'
            ' pidfile: ""\n directory: "/tmp"\n use-syslog: no\n'
            ' local-zone: "example." static\n'
            ' local-data: "a.example. A 203.0.113.9"\n'
            % (SEEN, leaf.key, leaf.chain)), port=853)

        def stubby(strict):
            text = conf(
                "resolution_type: GETDNS_RESOLUTION_STUB\n"
                "dns_transport_list:\n  - GETDNS_TRANSPORT_TLS\n"
                "tls_authentication: %s\ntls_max_version: GETDNS_TLS1_2\n"
                "listen_addresses:\n  - 127.0.0.1@5300\n"
                "tls_ca_file: \"%s\"\n"
                "upstream_recursive_servers:\n  - address_data: %s\n%s" % (
                    "GETDNS_AUTHENTICATION_" + (
                        "REQUIRED" if strict else "NONE"), self.public.pem,
                    SEEN, "    tls_auth_name: \"dns.example.org\"\n"
                    if strict else ""), ".yml")
            return self.in_client("stubby", "-C", text, port=5300, udp=True)

        def ask():
            for strict in (True, False):
                with stubby(strict):
                    done = self.net.client(
                        "kdig", "+short", "@127.0.0.1", "-p", "5300",
                        "a.example", "A")
                    print("  stubby", strict, done.stdout.strip())
        self.case("peace-stubby", "DNS over TLS by address: strict, with the "
                  "resolver's name, and opportunistic, without one.", [],
                  [version("stubby"), version("unbound")], ask, unbound,
                  filter="tcp")

    def printer(self):
        base = folder(0o755)
        for name in ("spool", "spool/tmp", "keys", "state", "cache"):
            os.mkdir(os.path.join(base, name))
        text = conf("Listen 127.0.0.1:6310\nSSLListen %s:8631\nServerAlias *\n"
                    "WebInterface No\nBrowsing Off\n"
                    "<Location />\nOrder allow,deny\nAllow all\n</Location>\n"
                    % SEEN)
        files = conf(
            "SystemGroup root\nRequestRoot %(b)s/spool\nTempDir %(b)s/spool/tmp"
            "\nServerKeychain %(b)s/keys\nStateDir %(b)s/state\nCacheDir "
            "%(b)s/cache\nErrorLog stderr\nAccessLog %(b)s/acc\n"
            "PageLog %(b)s/page\nServerRoot %(b)s\n" % {"b": base})
        printer = self.net.server("cupsd", "-f", "-c", text, "-s", files,
                                  port=8631)

        def ask():
            for host in ("printer.local", SEEN):
                done = self.net.client(
                    "ipptool", "-t", "ipps://%s:8631/" % host,
                    "get-printers.test", timeout=20)
                print("  ipptool", host, done.returncode,
                      done.stdout.strip()[-70:])
        self.case("peace-printer", "A print server (CUPS) with the certificate "
                  "it made itself, called by the name of a local network and "
                  "by its address.", [], ["cupsd", "ipptool"], ask, printer,
                  filter="tcp")

    def ldap(self):
        own = CA("Example Corp Root", organization="Example Corp")
        leaf = own.leaf("ldap.corp.example.net", ["ldap.corp.example.net"])
        base = folder(0o777)
        text = conf(
            "include /etc/ldap/schema/core.schema\npidfile %(b)s/pid\n"
            "modulepath /usr/lib/ldap\nmoduleload back_mdb\n"
            "TLSCertificateFile %(c)s\nTLSCertificateKeyFile %(k)s\n"
            "TLSProtocolMin 3.3\ndatabase mdb\nsuffix dc=example\n"
            "directory %(b)s\n" % {"b": base, "c": leaf.cert, "k": leaf.key})
        slapd = self.net.server("slapd", "-d", "0", "-f", text, "-h",
                                "ldaps://%s:636" % SEEN, port=636)

        def ask():
            for _ in range(2):
                done = self.net.client(
                    "ldapsearch", "-x", "-H", "ldaps://ldap.corp.example.net",
                    "-b", "", "-s", "base", env={
                        "LDAPTLS_CACERT": own.pem,
                        "LDAPTLS_CIPHER_SUITE": "NORMAL:-VERS-TLS1.3"})
                print("  ldapsearch", done.returncode,
                      done.stdout.strip()[-60:])
        self.case("peace-ldaps", "A directory with a certificate of the "
                  "company's own authority.", ["chain.untrusted (medium)"],
                  [version("slapd"), "ldapsearch"], ask, slapd, filter="tcp")

    def vpn(self):
        leaf = self.public.leaf("vpn", self_signed=True, key="rsa2048",
                                sans=["vpn.example.net"])
        der = subprocess.run(
            "openssl x509 -in %s -pubkey -noout | openssl pkey -pubin -outform "
            "DER | openssl dgst -sha256 -binary | base64" % leaf.cert,
            shell=True, capture_output=True, text=True).stdout.strip()
        base = folder(0o777)
        text = conf(
            "auth = \"plain[passwd=%(b)s/passwd]\"\ntcp-port = 443\n"
            "server-cert = %(c)s\nserver-key = %(k)s\n"
            "socket-file = %(b)s/sock\npid-file = %(b)s/pid\n"
            "isolate-workers = false\nmax-clients = 4\ndevice = vpns\n"
            "ipv4-network = 192.168.99.0\nipv4-netmask = 255.255.255.0\n"
            "cookie-timeout = 30\nrun-as-user = root\nrun-as-group = root\n"
            "use-occtl = false\n"
            "tls-priorities = \"NORMAL:-VERS-TLS1.3\"\n" % {
                "b": base, "c": leaf.cert, "k": leaf.key})
        lib.write(base + "/passwd", "")
        server = self.net.server("ocserv", "-f", "-c", text)

        def call():
            for host in ("vpn.example.net", SEEN):
                done = self.net.client(
                    "openconnect", "--authenticate", "--servercert",
                    "pin-sha256:" + der, "--non-inter", host, timeout=20)
                print("  openconnect", host, done.returncode,
                      done.stdout.strip()[-80:])
        self.case("peace-openconnect", "A VPN whose certificate the client "
                  "pins, by name and by address: the name is a public one, so "
                  "that others who call it meet a self-signed certificate.",
                  ["chain.self_signed (medium)"],
                  [version("ocserv"), version("openconnect")], call, server)

    def tunnel(self):
        leaf = self.public.leaf("tunnel", self_signed=True, key="rsa2048")
        both = lib.write(scratch(".pem"), open(leaf.key).read()
                         + open(leaf.cert).read())
        server = self.net.server("stunnel", conf(
            "foreground = yes\npid =\n[t]\naccept = 443\n"
            "connect = 127.0.0.1:8080\ncert = %s\n"
            "sslVersionMax = TLSv1.2\n" % both))
        behind = self.net.nginx(servers="server { listen 127.0.0.1:8080; "
                                "location / { return 200 \"hello\\n\"; } }",
                                port=8080)

        def call():
            client = conf(
                "foreground = yes\npid =\n[t]\nclient = yes\naccept = "
                "127.0.0.1:8000\nconnect = %s:443\nverifyPeer = yes\n"
                "CAfile = %s\n" % (SEEN, leaf.cert))
            with behind, self.in_client("stunnel", client, port=8000):
                for _ in range(2):
                    self.net.client("curl", "-s", "-m", "2",
                                    "http://127.0.0.1:8000/")
        self.case("peace-stunnel", "Two ends of stunnel; the one knows the "
                  "other's self-signed certificate, and sends its address as "
                  "server name, which is no name (RFC 6066 3).",
                  ["name.mismatch (low)", "client.accepts_invalid (medium)",
                   "chain.self_signed (info)"],
                  [version("stunnel")], call, server)


def main(chosen):
    names = WORLD + ["api.example.com", "broker.example.net", "broker.local",
                     "printer.local", "ldap.corp.example.net",
                     "vpn.example.net"]
    with Net("programs", names=names) as net:
        os.chmod(WORK, 0o755)
        maker = Programs(net, chosen)
        for make in (maker.tor, maker.things, maker.scanners, maker.proxy,
                     maker.syncthing, maker.portals, maker.resolvers,
                     maker.printer, maker.ldap, maker.vpn, maker.tunnel):
            try:
                make()
            except Exception as e:  # the others are made nevertheless
                print(make.__name__, "failed:", str(e)[-600:])


if __name__ == "__main__":
    main(sys.argv[1:])
