# TLS inside FTP, LDAP, XMPP, IRC, NNTP, PostgreSQL, MySQL and RDP, each by the
# Debian server of that protocol.
import os
import subprocess

import lib
from starttls_world import S_CLIENT, leaf, owned, root

ME = "starttls_server.py"
QUIET = [*S_CLIENT, "-quiet"]


def line(text):
    return text.replace("\n", " ")


def vsftpd(net, cert, reuse):
    d = net.folder("ftp")
    os.makedirs(d + "/empty", exist_ok=True)
    lib.write(d + "/hello.txt", "hello\n" * 20)
    conf = lib.write(lib.scratch(".conf"), f"""listen=YES
background=NO
anonymous_enable=YES
anon_root={d}
allow_anon_ssl=YES
ssl_enable=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse={reuse}
ssl_ciphers=HIGH
rsa_cert_file={cert.chain}
rsa_private_key_file={cert.key}
secure_chroot_dir={d}/empty
pasv_min_port=30000
pasv_max_port=30009
connect_from_port_20=YES
seccomp_sandbox=NO
""")
    return net.server("vsftpd", conf, port=21)


def ftp(net):
    bad = leaf("ftp.example.com", expired=True)
    with vsftpd(net, bad, "YES"):
        with net.record("ftp-authtls-passive-expired", line("""FTP, control
connection: TLS 1.2 after "234 Proceed with negotiation." to AUTH SSL (what curl
asks first; RFC 4217 has AUTH TLS), SNI ftp.example.com, expired certificate,
accepted. Data connection (EPSV, port 300xx): TLS from its first byte, resuming
the control connection's session, as vsftpd demands (require_ssl_reuse): absent,
resumed, carried from the control connection's handshake. Two handshakes."""),
                        ["cert.expired (high)",
                         "client.accepts_invalid (medium)"],
                        ["vsftpd", "curl"], ME, filter="tcp"):
            net.call("curl", "-sv", "--ssl-reqd", "--tls-max", "1.2", "-k",
                     "ftp://ftp.example.com/hello.txt")
        with net.record("ftp-authtls-active-expired", line("""FTP in active
mode: the server opens the data connection from its port 20 to the client, and
still the FTP client is the TLS client there: source and destination (transport)
differ from client and server (TLS roles). lftp (GnuTLS, does not verify here),
AUTH TLS; control: full handshake, expired certificate; data: resumed. Two
handshakes."""), ["cert.expired (high)", "client.accepts_invalid (medium)"],
                        ["vsftpd", "lftp"], ME, filter="tcp"):
            net.call(*lftp("off", "on"))
    with vsftpd(net, leaf("files.example.org"), "NO"):
        with net.record("ftp-authtls-wrong-name", line("""FTP with lftp
(GnuTLS), which does not verify here: AUTH TLS on the control connection and a
full TLS 1.2 handshake on the passive data connection too (no session copied):
the same certificate, which names only files.example.org, in both; one finding,
counted."""), ["name.mismatch (high), for the handshakes with a name",
               "client.accepts_invalid (medium)"],
                        ["vsftpd", "lftp"], ME, filter="tcp"):
            net.call(*lftp("on", "off"))


def lftp(passive, reuse):
    return ["lftp", "--norc", "-c", f"""set ftp:ssl-force true
set ftp:ssl-allow-anonymous true
set ssl:verify-certificate no
set ftp:ssl-protect-data true
set ftp:ssl-copy-sid {reuse}
set ftp:passive-mode {passive}
set ssl:priority NORMAL:-VERS-TLS1.3
set net:max-retries 1
set net:timeout 5
open ftp://ftp.example.com
cat hello.txt
bye"""]


def slapd(net, cert):
    d = net.folder("ldap")
    conf = lib.write(d + "/slapd.conf", f"""include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {d}/pid
TLSCertificateFile {cert.chain}
TLSCertificateKeyFile {cert.key}
TLSCACertificateFile {root()}
TLSCipherSuite NORMAL:-VERS-TLS1.3
database mdb
suffix "dc=example,dc=com"
directory {d}
""")
    return net.server("slapd", "-d", "256", "-f", conf, "-h",
                      "ldap://203.0.113.20:389", port=389)


def ldap(net):
    search = ["ldapsearch", "-x", "-ZZ", "-H", "ldap://ldap.example.com",
              "-b", "", "-s", "base", "namingContexts"]
    with slapd(net, leaf("ldap.example.com", expired=True)):
        with net.record("ldap-starttls-expired", line("""LDAP on port 389:
StartTLS extended operation (1.3.6.1.4.1.1466.20037, RFC 4511 section 4.14),
then TLS 1.2, expired certificate. OpenLDAP's ldapsearch -ZZ (GnuTLS) twice:
not verifying (LDAPTLS_REQCERT=never), it searches and unbinds: accepted; then
verifying: it completes the handshake, then sends the seven plain bytes of an
LDAP unbind in place of a TLS record (so libldap does) and closes: abandoned or
unknown, and no false "accepted"."""),
                        ["cert.expired (high)",
                         "client.accepts_invalid (medium, where SNI is sent)"],
                        ["slapd", "ldap-utils"], ME, filter="tcp port 389"):
            net.call(*search, env={"LDAPTLS_REQCERT": "never"})
            net.call(*search, env={"LDAPTLS_REQCERT": "demand",
                                   "LDAPTLS_CACERT": root()})
    with slapd(net, leaf("directory.example.org")):
        with net.record("ldap-starttls-wrong-name", line("""LDAP on port 389
with openssl s_client -starttls ldap, TLS 1.2, SNI ldap.example.com; the valid
certificate names only directory.example.org. One handshake; an LDAP search
inside TLS, so accepted."""),
                        ["name.mismatch (high)",
                         "client.accepts_invalid (medium)"],
                        ["slapd", "openssl"], ME, filter="tcp port 389"):
            # searchRequest: the root object's namingContexts; then unbind
            net.talk([*QUIET, "-starttls", "ldap", "-connect",
                      "ldap.example.com:389", "-servername",
                      "ldap.example.com"],
                     ["\x30\x25\x02\x01\x02\x63\x20\x04\x00\x0a\x01\x00\x0a"
                      "\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0b"
                      "objectClass\x30\x00", "\x30\x05\x02\x01\x03\x42\x00"])


def prosody(net, cert):
    d = net.folder("xmpp")
    key = owned(cert.key, "prosody")
    chain = owned(cert.chain, "prosody")
    os.chmod(d, 0o777)
    conf = lib.write(d + "/prosody.cfg.lua", f"""
daemonize = false
pidfile = "{d}/pid"
data_path = "{d}"
log = "{d}/log"
interfaces = {{ "203.0.113.20" }}
modules_enabled = {{ "tls", "saslauth", "roster", "disco", "dialback" }}
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = false
VirtualHost "example.com"
  ssl = {{ certificate = "{chain}", key = "{key}", protocol = "tlsv1_2" }}
""")
    os.chmod(conf, 0o644)
    return net.server("setpriv", "--reuid=prosody", "--regid=prosody",
                      "--clear-groups", "prosody", "--config", conf,
                      port=5222)


STREAM = ("<?xml version='1.0'?><stream:stream to='example.com' xmlns='%s' "
          "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>")


def xmpp(net):
    connect = ["-connect", "xmpp.example.com:%d", "-xmpphost", "example.com",
               "-servername", "example.com"]
    with prosody(net, leaf("example.com", expired=True)):
        with net.record("xmpp-starttls-expired", line("""XMPP client to server
on port 5222: TLS 1.2 after <proceed/> (RFC 6120 section 5.4), SNI and stream
"to" example.com, expired certificate; openssl s_client opens the stream anew
inside TLS: one handshake, accepted."""),
                        ["cert.expired (low: opportunistic)"],
                        ["prosody", "openssl"], ME, filter="tcp port 5222"):
            net.talk([*QUIET, "-starttls", "xmpp",
                      *[c.replace("%d", "5222") for c in connect]],
                     [STREAM % "jabber:client", "</stream:stream>"])
    with prosody(net, leaf("xmpp.example.com")):
        with net.record("xmpp-server-starttls-wrong-name", line("""XMPP server
to server on port 5269 (stream namespace jabber:server): TLS 1.2 after
<proceed/>, SNI example.com; the valid certificate names only the host
xmpp.example.com, the classic mistake of a delegated domain: name match false
(different_name, closest xmpp.example.com). The peer is openssl s_client
-starttls xmpp-server."""),
                        ["name.mismatch (low: opportunistic)"],
                        ["prosody", "openssl"], ME, filter="tcp port 5269"):
            net.talk([*QUIET, "-starttls", "xmpp-server",
                      *[c.replace("%d", "5269") for c in connect]],
                     [STREAM % "jabber:server", "</stream:stream>"])


def irc(net, cert=None, name="irc-starttls-expired", findings=None,
        what="expired certificate"):
    cert = cert or leaf("irc.example.com", expired=True)
    d = net.folder("irc")
    conf = lib.write(d + "/inspircd.conf", f"""
<server name="irc.example.com" description="lab" network="lab">
<admin name="a" nick="a" email="a@example.com">
<bind address="203.0.113.20" port="6667" type="clients">
<connect allow="*" timeout="30" resolvehostnames="no" useident="no">
<path datadir="{d}" logdir="{d}" runtimedir="{d}">
<pid file="{d}/pid">
<log method="file" type="*" level="default" target="{d}/log">
<module name="ssl_gnutls">
<module name="cap">
<module name="starttls">
<sslprofile name="lab" provider="gnutls" certfile="{cert.chain}"
 keyfile="{cert.key}" priority="NORMAL:-VERS-TLS1.3">
<starttls sslprofile="lab">
<options defaultbind="ipv4">
""")
    with net.server("inspircd", "--nofork", "--runasroot", "--config", conf,
                    port=6667):
        with net.record(name, line(f"""IRC on port 6667: TLS
1.2 after numeric 670 answers STARTTLS, SNI irc.example.com, {what};
openssl s_client registers a nick inside TLS: one handshake,
accepted."""), findings or ["cert.expired (high)",
                            "client.accepts_invalid (medium)"],
                        ["inspircd", "openssl"], ME, filter="tcp port 6667"):
            net.talk([*QUIET, "-crlf", "-starttls", "irc", "-connect",
                      "irc.example.com:6667", "-servername",
                      "irc.example.com"],
                     ["NICK someone\nUSER someone 0 * :lab\n", "QUIT\n"],
                     gap=1)


def irc_wrong(net):
    irc(net, leaf("chat.example.com"), "irc-starttls-wrong-name",
        ["name.mismatch (high)", "client.accepts_invalid (medium)"],
        "the valid certificate names only chat.example.com")


NNTP_WRONG = """the valid certificate names only reader.example.com. openssl
s_client asks for the date inside TLS: one handshake, name match false
(different_name, closest reader.example.com), accepted."""
NNTP_EXPIRED = """expired certificate; openssl s_client asks for the date inside
TLS: one handshake, accepted."""


def nntp(net, cert=None, name="nntp-starttls-wrong-name",
         finding="name.mismatch (high)", what=NNTP_WRONG):
    cert = cert or leaf("reader.example.com")
    d = net.folder("news")
    if not os.path.exists("/var/spool/news/overview/group.index"):
        # nnrpd wants the overview index that only a started innd makes
        net.call("timeout", "-k", "1", "4", "/usr/lib/news/bin/innd", "-d",
                 "-P", "11190")
    text = open("/etc/news/inn.conf").read()
    keep = [l for l in text.splitlines() if not l.startswith("tls")
            and not l.startswith("domain:")]
    conf = lib.write(d + "/inn.conf", "\n".join(keep) + f"""
domain: example.com
tlscertfile: {owned(cert.chain, "news")}
tlskeyfile: {owned(cert.key, "news")}
tlscafile: {root()}
tlsprotocols: [ TLSv1.2 ]
""")
    readers = lib.write(d + "/readers.conf", """auth "all" {
 hosts: "*"
 default: "<all>"
}
access "all" {
 users: "<all>"
 newsgroups: "*"
}
""")
    for path in (root(), conf, readers):
        os.chmod(path, 0o644)
    with net.server("/usr/lib/news/bin/nnrpd", "-D", "-f", "-p", "119", "-c",
                    readers, port=119, env={"INNCONF": conf}):
        with net.record(name, line(f"""NNTP on port 119
(INN's nnrpd): TLS 1.2 after "382 Begin TLS negotiation now" (RFC 4642), SNI
news.example.com; {what}"""),
                        [finding, "client.accepts_invalid (medium)"],
                        ["inn2", "openssl"], ME, filter="tcp port 119"):
            net.talk([*QUIET, "-crlf", "-starttls", "nntp", "-connect",
                      "news.example.com:119", "-servername",
                      "news.example.com"],
                     ["DATE\n", "HELP\n", "quit\n"])


def nntp_expired(net):
    nntp(net, leaf("news.example.com", expired=True),
         "nntp-starttls-expired", "cert.expired (high)", NNTP_EXPIRED)


def postgres(net, cert):
    d = net.folder("pg")
    data = d + "/data"
    subprocess.run(["chown", "postgres", d], check=True)
    tool = "/usr/lib/postgresql/15/bin/"
    be = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    if not os.path.exists(data):
        subprocess.run([*be, tool + "initdb", "-D", data, "-A", "trust", "-U",
                        "postgres"], check=True, capture_output=True, cwd="/")
        with open(data + "/pg_hba.conf", "a") as hba:
            hba.write("host all all 10.9.0.10/32 trust\n")
    words = ["listen_addresses=203.0.113.20", f"unix_socket_directories={d}"]
    if cert:
        words += ["ssl=on", "ssl_max_protocol_version=TLSv1.2",
                  "ssl_cert_file=" + owned(cert.chain, "postgres"),
                  "ssl_key_file=" + owned(cert.key, "postgres")]
    return net.server(*be, tool + "postgres", "-D", data,
                      *[a for w in words for a in ("-c", w)], port=5432)


def pgsql(net):
    def psql(mode, more=""):
        net.call("psql", f"host=db.example.com user=postgres dbname=postgres "
                 f"sslmode={mode} {more}", "-Atc", "select 1+1",
                 env={"HOME": lib.WORK, "PGCONNECT_TIMEOUT": "5"})

    with postgres(net, leaf("db.example.com", expired=True)):
        with net.record("pgsql-sslrequest-expired", line("""PostgreSQL on port
5432: SSLRequest answered "S", then TLS 1.2, SNI db.example.com, expired
certificate; psql twice: sslmode=require (does not verify, runs a query),
sslmode=verify-full (alert 45 in the clear): accepted and rejected."""),
                        ["cert.expired (low: opportunistic)"],
                        ["postgresql-15", "postgresql-client-15"], ME,
                        filter="tcp port 5432"):
            psql("require")
            psql("verify-full", "sslrootcert=" + root())
    with postgres(net, leaf("primary.db.example.net")):
        with net.record("pgsql-sslrequest-wrong-name", line("""PostgreSQL:
SSLRequest, "S", TLS 1.2, SNI db.example.com; the valid certificate names only
primary.db.example.net. psql sslmode=require runs a query; sslmode=verify-full
completes the handshake and only then finds the name wrong and closes without a
query: accepted, then abandoned (or unknown), never rejected."""),
                        ["name.mismatch (low: opportunistic)"],
                        ["postgresql-15", "postgresql-client-15"], ME,
                        filter="tcp port 5432"):
            psql("require")
            psql("verify-full", "sslrootcert=" + root())
    with postgres(net, None):
        with net.record("pgsql-sslrequest-refused", line("""A negative case:
PostgreSQL without ssl answers SSLRequest with "N", and psql (sslmode=prefer)
goes on in the clear on the same connection. No handshake, no event but
status."""), [], ["postgresql-15", "postgresql-client-15"], ME,
                        filter="tcp port 5432", root=None):
            psql("prefer")


def mariadb(net, cert):
    d = net.folder("mysql")
    data = d + "/data"
    subprocess.run(["chown", "mysql", d], check=True)
    if not os.path.exists(data):
        subprocess.run(["mariadb-install-db", "--no-defaults", "--user=mysql",
                        "--datadir=" + data, "--skip-test-db",
                        "--auth-root-authentication-method=normal"],
                       check=True, capture_output=True, cwd="/")
    init = lib.write(d + "/init.sql", "create user if not exists "
                     "'lab'@'%' identified by 'lab';\n")
    os.chmod(init, 0o644)
    return net.server(
        "mariadbd", "--no-defaults", "--user=mysql", "--datadir=" + data,
        "--socket=" + d + "/s", "--pid-file=" + d + "/pid",
        "--skip-name-resolve", "--bind-address=203.0.113.20", "--init-file=" +
        init, "--tls-version=TLSv1.2", "--ssl-cert=" +
        owned(cert.chain, "mysql"), "--ssl-key=" + owned(cert.key, "mysql"),
        port=3306)


def mysql(net):
    client = ["mariadb", "--no-defaults", "-h", "db.example.com", "-ulab",
              "-plab", "-e", "select 1+1"]
    with mariadb(net, leaf("db.example.com", expired=True)):
        with net.record("mysql-ssl-expired", line("""MariaDB on port 3306: the
server greets, the client's SSLRequest packet (CLIENT_SSL, 32 bytes, sequence 1)
is followed by TLS 1.2 at once; expired certificate. mariadb --ssl (does not
verify, runs a query), then --ssl-verify-server-cert with the CA (alert in the
clear): accepted and rejected. Debian's client library sends no SNI here: name
unjudged (no_name)."""),
                        ["cert.expired (high)"],
                        ["mariadb-server", "mariadb-client"], ME,
                        filter="tcp port 3306"):
            net.call(*client, "--ssl")
            net.call(*client, "--ssl-ca=" + root(),
                     "--ssl-verify-server-cert")
    with mariadb(net, leaf("galera.example.org")):
        with net.record("mysql-ssl-wrong-name", line("""MariaDB on port 3306,
openssl s_client -starttls mysql, TLS 1.2, SNI db.example.com; the valid
certificate names only galera.example.org. The client closes after the
handshake without a word."""), ["name.mismatch (high)"],
                        ["mariadb-server", "openssl"], ME,
                        filter="tcp port 3306"):
            net.talk([*S_CLIENT, "-starttls", "mysql", "-connect",
                      "db.example.com:3306", "-servername",
                      "db.example.com"], ["Q\n"])


def rdp(net, cert=None, name="rdp-tls-expired",
        finding="cert.expired (low: opportunistic)",
        what="expired RSA certificate"):
    cert = cert or leaf("rdp.example.com", expired=True, key="rsa2048")
    d = net.folder("rdp")
    conf = lib.write(d + "/xrdp.ini", f"""[Globals]
ini_version=1
fork=true
port=3389
use_vsock=false
security_layer=negotiate
certificate={cert.chain}
key_file={cert.key}
ssl_protocols=TLSv1.2
crypt_level=high
max_bpp=16
autorun=
[Logging]
LogFile={d}/log
LogLevel=INFO
EnableSyslog=false
[Channels]
rdpdr=false
[Xorg]
name=Xorg
lib=libxup.so
username=ask
password=ask
ip=127.0.0.1
port=-1
code=20
""")
    with net.server("xrdp", "--nodaemon", "--config", conf, port=3389):
        with net.record(name, line(f"""RDP on port 3389: X.224
Connection Request with RDP Negotiation Request, Connection Confirm selecting
PROTOCOL_SSL (MS-RDPBCGR 2.2.1.1 and 2.2.1.2), then TLS 1.2, SNI
rdp.example.com, {what}; xfreerdp /cert:ignore: accepted."""),
                        [finding],
                        ["xrdp", "freerdp2-x11"], ME, filter="tcp port 3389"):
            net.call("timeout", "4", "xvfb-run", "-a", "xfreerdp",
                     "/v:rdp.example.com", "/cert:ignore", "/sec:tls",
                     "/u:lab", "/p:lab", "+auth-only", "/bpp:16")


def rdp_wrong(net):
    rdp(net, leaf("desk.example.com", key="rsa2048"), "rdp-tls-wrong-name",
        "name.mismatch (low: opportunistic)",
        "the valid RSA certificate names only desk.example.com")


CASES = {"ftp": ftp, "ldap": ldap, "xmpp": xmpp, "irc": irc, "nntp": nntp,
         "pgsql": pgsql, "mysql": mysql, "rdp": rdp, "irc_wrong": irc_wrong,
         "nntp_expired": nntp_expired, "rdp_wrong": rdp_wrong}
