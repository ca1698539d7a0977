# TLS inside mail: SMTP (postfix), IMAP, POP3, LMTP and ManageSieve (dovecot).
import os
import pwd

import lib
from starttls_world import S_CLIENT, leaf, root

ME = "starttls_mail.py"
CRLF = [*S_CLIENT, "-crlf", "-quiet"]

MAIN_CF = """compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/data
maillog_file_prefixes = /tmp
maillog_file = {d}/log
myhostname = mail.example.com
mydestination = example.com
mynetworks = 127.0.0.0/8
inet_interfaces = all
inet_protocols = ipv4
local_transport = discard:
local_recipient_maps =
smtpd_peername_lookup = no
smtpd_tls_protocols = >=TLSv1, <=TLSv1.2
smtpd_tls_loglevel = 1
"""
MASTER_CF = """25 inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
discard unix - - n - - discard
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
"""


def postfix(net, cert=None, key=None, more=""):
    """A postfix of its own: smtpd in front, every mail discarded."""
    d = net.folder("postfix")
    for part in ("conf", "queue", "data"):
        os.makedirs(d + "/" + part, exist_ok=True)
    user = pwd.getpwnam("postfix")
    os.chown(d + "/data", user.pw_uid, user.pw_gid)
    text = MAIN_CF.format(d=d) + more
    if cert:
        text += ("smtpd_tls_security_level = may\nsmtpd_tls_cert_file = %s\n"
                 "smtpd_tls_key_file = %s\n" % (cert, key))
    lib.write(d + "/conf/main.cf", text)
    lib.write(d + "/conf/master.cf", MASTER_CF)
    return net.server("postfix", "-c", d + "/conf", "start-fg", port=25)


def curl_mail(*more):
    return ["curl", "-sv", *more, "smtp://mail.example.com/client.example.net",
            "--mail-from", "a@client.example.net", "--mail-rcpt",
            "b@example.com", "-T", "-"]


def smtp(net):
    bad = leaf("mail.example.com", expired=True)
    with postfix(net, bad.chain, bad.key):
        with net.record("smtp-starttls-expired", """SMTP on port 25, TLS 1.2
after "220 2.0.0 Ready to start TLS", SNI mail.example.com, expired certificate.
The client (openssl s_client) does not verify and delivers a mail inside TLS:
one handshake, cleartext, name match true, accepted; no client.accepts_invalid,
because STARTTLS in SMTP is opportunistic.""".replace("\n", " "),
                        ["cert.expired (low: opportunistic)"],
                        ["postfix", "openssl"], ME, filter="tcp port 25"):
            net.talk([*CRLF, "-starttls", "smtp", "-name",
                      "client.example.net", "-connect", "mail.example.com:25",
                      "-servername", "mail.example.com"],
                     ["EHLO client.example.net\n",
                      "MAIL FROM:<a@client.example.net>\n",
                      "rcpt TO:<b@example.com>\n", "DATA\n",
                      "Subject: test\n\nhello\n.\n", "quit\n"])
        with net.record("smtp-starttls-rejected", """The same server and
expired certificate; the client (curl --ssl-reqd, OpenSSL) verifies and sends
the fatal alert certificate_expired(45) in the clear: one handshake, rejected
(plaintext_alert). The rejection is counted in cert.expired (num_rejected 1),
no client.rejected.""".replace("\n", " "),
                        ["cert.expired (low: opportunistic)"],
                        ["postfix", "curl"], ME, filter="tcp port 25"):
            net.call(*curl_mail("--ssl-reqd", "--tls-max", "1.2", "--cacert",
                                root()), stdin="Subject: t\r\n\r\nhello\r\n")
    other = leaf("mx.provider.example")
    finger = ["posttls-finger", "-c", "-C", "-l", "may", "-p", "TLSv1.2", "-s",
              "mail.example.com", "-o", "inet_protocols=ipv4",
              "[203.0.113.20]"]
    with postfix(net, other.chain, other.key,
                 "smtpd_tls_exclude_ciphers = aNULL\n"):
        with net.record("smtp-starttls-mta-wrong-name", """Mail server to mail
server: postfix's own client code (posttls-finger -l may) as the sending MTA,
TLS 1.2, SNI mail.example.com; the valid certificate names only
mx.provider.example. An opportunistic MTA goes on regardless: one handshake,
name match false (different_name).""".replace("\n", " "),
                        ["name.mismatch (low: opportunistic)"],
                        ["postfix"], ME, filter="tcp port 25"):
            net.call(*finger)
    with postfix(net, other.chain, other.key):
        with net.record("smtp-starttls-anonymous", """Mail server to mail
server as postfix does it by itself when neither side cares: both agree on an
anonymous cipher suite (ECDH or DH_anon), so that no certificate is sent at all:
one handshake, visibility absent, absent_because anonymous.""".replace(
                "\n", " "), [], ["postfix"], ME, filter="tcp port 25",
                        root=None):
            net.call(*finger)
    smtp_without(net, other, bad)


def smtp_without(net, one, another):
    """Two sessions in which no TLS happens."""
    with postfix(net):
        with net.record("smtp-plain", """A negative case: the server offers no
STARTTLS, the client (curl --ssl: tries) goes on in the clear. The mail's body
holds the lines "STARTTLS" and "220 2.0.0 Ready to start TLS" and bytes like a
TLS record's head. Content must start nothing: no handshake, no event but
status.""".replace("\n", " "), [], ["postfix", "curl"], ME,
                        filter="tcp port 25", root=None):
            net.call(*curl_mail("--ssl"), stdin="Subject: traps\r\n\r\n"
                     "STARTTLS\r\n220 2.0.0 Ready to start TLS\r\n"
                     "\x16\x03\x01\x01\x02\x01\x01\x01\x7e\x03\x03\r\n")
    # a key of another certificate: STARTTLS is offered, but answered 454
    with postfix(net, one.chain, another.key):
        with net.record("smtp-starttls-454", """A negative case: STARTTLS is
offered and asked for (Python smtplib), the server, whose key does not fit its
certificate, answers 454 "TLS not available", and the mail is sent in the clear
on the same connection. No handshake, no event but status.""".replace("\n", " "),
                        [], ["postfix", "python3"], ME, filter="tcp port 25",
                        root=None):
            net.call("python3", "-c", """
import smtplib
s = smtplib.SMTP("mail.example.com", 25, "client.example.net", timeout=9)
s.ehlo()
print(s.docmd("STARTTLS"))
s.sendmail("a@client.example.net", "b@example.com", "Subject: t\\n\\nhello")
s.quit()
""")


DOVECOT = """base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/log
protocols = imap pop3 lmtp sieve
listen = *
ssl = yes
ssl_cert = <{leaf.chain}
ssl_key = <{leaf.key}
ssl_min_protocol = TLSv1
ssl_cipher_list = ALL:@SECLEVEL=0
mail_location = maildir:{d}/mail
first_valid_uid = 1
postmaster_address = p@example.com
passdb {{
  driver = static
  args = password=pass
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={d}/mail
}}
service lmtp {{
  inet_listener lmtp {{
    port = 24
  }}
}}
service managesieve-login {{
  inet_listener sieve {{
    port = 4190
  }}
}}
protocol lmtp {{
  auth_username_format = %n
}}
"""


def dovecot(net, cert):
    d = net.folder("dovecot")
    os.makedirs(d + "/mail", exist_ok=True)
    user = pwd.getpwnam("mail")
    os.chown(d + "/mail", user.pw_uid, user.pw_gid)
    conf = lib.write(d + "/dovecot.conf", DOVECOT.format(d=d, leaf=cert))
    return net.server("dovecot", "-F", "-c", conf, port=143)


def boxes(net):
    bad = leaf("mail.example.com", "imap.example.com", "pop.example.com",
               expired=True)
    curl = ["curl", "-sv", "--ssl-reqd", "--tls-max", "1.2", "-u",
            "user:pass"]
    with dovecot(net, bad):
        with net.record("imap-starttls-expired", """IMAP on port 143, TLS 1.2
after the tagged OK to STARTTLS, SNI imap.example.com, expired certificate; curl
--ssl-reqd twice, with -k (lists the mailboxes) and verifying: two handshakes,
accepted, then rejected (plaintext_alert, 45; counted in cert.expired:
num_rejected 1, no client.rejected).""".replace("\n", " "),
                        ["cert.expired (high)",
                         "client.accepts_invalid (medium)"],
                        ["dovecot-imapd", "curl"], ME, filter="tcp port 143"):
            net.call(*curl, "-k", "imap://imap.example.com/")
            net.call(*curl, "--cacert", root(), "imap://imap.example.com/")
        with net.record("pop3-stls-expired", """POP3 on port 110, TLS 1.2 after
STLS, SNI pop.example.com, expired certificate; curl --ssl-reqd -k logs in and
lists: one handshake, accepted.""".replace("\n", " "),
                        ["cert.expired (high)",
                         "client.accepts_invalid (medium)"],
                        ["dovecot-pop3d", "curl"], ME, filter="tcp port 110"):
            net.call(*curl, "-k", "pop3://pop.example.com/")
        with net.record("lmtp-starttls-expired", """LMTP on port 24, TLS 1.2
after "220" to STARTTLS, SNI mail.example.com, expired certificate; openssl
s_client delivers a mail: one handshake, accepted. Not opportunistic between
strangers as SMTP is, but the dialect is SMTP's: low is as right as
high.""".replace("\n", " "),
                        ["cert.expired (low or high)"],
                        ["dovecot-lmtpd", "openssl"], ME,
                        filter="tcp port 24"):
            net.talk([*CRLF, "-starttls", "lmtp", "-name",
                      "client.example.net", "-connect", "mail.example.com:24",
                      "-servername", "mail.example.com"],
                     ["LHLO client.example.net\n",
                      "MAIL FROM:<a@client.example.net>\n",
                      "rcpt TO:<user>\n", "DATA\n",
                      "Subject: test\n\nhello\n.\n", "quit\n"])
    with dovecot(net, leaf("imap.example.com")):
        with net.record("sieve-starttls-wrong-name", """ManageSieve (RFC 5804)
on port 4190, TLS 1.2 after OK to STARTTLS, SNI sieve.example.com; the valid
certificate names only imap.example.com. openssl s_client logs in and lists the
scripts: one handshake, name match false (different_name, closest
imap.example.com), accepted.""".replace("\n", " "),
                        ["name.mismatch (high)",
                         "client.accepts_invalid (medium)"],
                        ["dovecot-managesieved", "openssl"], ME,
                        filter="tcp port 4190"):
            net.talk([*CRLF, "-starttls", "sieve", "-connect",
                      "sieve.example.com:4190", "-servername",
                      "sieve.example.com"],
                     ['AUTHENTICATE "PLAIN" "AHVzZXIAcGFzcw=="\n',
                      "LISTSCRIPTS\n", "LOGOUT\n"])


def boxes_other(net):
    """Each dialect of dovecot with the fault that boxes() left out."""
    curl = ["curl", "-sv", "--ssl-reqd", "--tls-max", "1.2", "-u",
            "user:pass", "-k"]
    accepted = "client.accepts_invalid (medium)"
    with dovecot(net, leaf("mailbox.example.com")):
        for name, host, port, what in [
                ("imap-starttls", "imap", 143, "IMAP, STARTTLS"),
                ("pop3-stls", "pop", 110, "POP3, STLS")]:
            with net.record(name + "-wrong-name", f"""{what}, TLS 1.2, SNI
{host}.example.com; the valid certificate names only mailbox.example.com. curl
--ssl-reqd -k logs in: one handshake, name match false (different_name),
accepted.""".replace("\n", " "), ["name.mismatch (high)", accepted],
                            ["dovecot-" + ("imapd" if port == 143 else
                                           "pop3d"), "curl"], ME,
                            filter="tcp port %d" % port):
                net.call(*curl, f"{name[:4].rstrip('-')}://{host}.example.com/")
        with net.record("lmtp-starttls-wrong-name", """LMTP on port 24, TLS 1.2
after "220" to STARTTLS, SNI mail.example.com; the valid certificate names only
mailbox.example.com; openssl s_client delivers a mail: one handshake,
accepted.""".replace("\n", " "), ["name.mismatch (low or high)"],
                        ["dovecot-lmtpd", "openssl"], ME,
                        filter="tcp port 24"):
            net.talk([*CRLF, "-starttls", "lmtp", "-name",
                      "client.example.net", "-connect", "mail.example.com:24",
                      "-servername", "mail.example.com"],
                     ["LHLO client.example.net\n", "quit\n"])
    with dovecot(net, leaf("sieve.example.com", expired=True)):
        with net.record("sieve-starttls-expired", """ManageSieve on port 4190,
TLS 1.2 after OK to STARTTLS, SNI sieve.example.com, expired certificate;
openssl s_client logs in: one handshake, accepted.""".replace("\n", " "),
                        ["cert.expired (high)", accepted],
                        ["dovecot-managesieved", "openssl"], ME,
                        filter="tcp port 4190"):
            net.talk([*CRLF, "-starttls", "sieve", "-connect",
                      "sieve.example.com:4190", "-servername",
                      "sieve.example.com"],
                     ['AUTHENTICATE "PLAIN" "AHVzZXIAcGFzcw=="\n',
                      "LISTSCRIPTS\n", "LOGOUT\n"])


CASES = {"smtp": smtp, "boxes": boxes, "boxes_other": boxes_other}
