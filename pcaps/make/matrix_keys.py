#!/usr/bin/python3
# TLS 1.3 with the secrets of the handshake beside the capture: every suite,
# three server libraries, client certificates, HelloRetryRequest, a key update,
# sessions resumed with and without early data, and bad certificates: keys-*.
# Compressed certificates are matrix_compressed.py's.
import lib
import matrixclients
from matrixclients import GET
from matrixlab import Lab, NAME, TRUST, path

SUITES = {"aes128": "TLS_AES_128_GCM_SHA256",
          "aes256": "TLS_AES_256_GCM_SHA384",
          "chacha20": "TLS_CHACHA20_POLY1305_SHA256",
          "ccm": "TLS_AES_128_CCM_SHA256",
          "ccm8": "TLS_AES_128_CCM_8_SHA256"}
NODE_SERVER = """
const fs = require('fs');
require('https').createServer({ key: fs.readFileSync(process.argv[2]),
  cert: fs.readFileSync(process.argv[3]), minVersion: 'TLSv1.3' },
  (q, r) => r.end('{"status":"ok"}\\n')).listen(443, '0.0.0.0');
"""


def s_client(*more, stdin=GET, wait=""):
    """wait: shell text that sends the request itself."""
    tail = ("openssl s_client -servername %s -connect %s:443 -CAfile %s "
            "-verify_return_error -verify_hostname %s -keylogfile %s %s"
            % (NAME, NAME, TRUST, NAME, path("secrets"), " ".join(more)))
    if wait:
        return ["sh", "-c", "(%s) | %s" % (wait, tail)]
    return ["sh", "-c", "printf '%s' | %s -quiet -ign_eof" % (stdin, tail)]


def gnutls_cli(*more, priority="NORMAL:-VERS-ALL:+VERS-TLS1.3"):
    return ["sh", "-c", "(printf '%s'; sleep 1) | gnutls-cli --x509cafile %s "
            "--priority '%s' %s %s" % (GET, TRUST, priority, " ".join(more),
                                       NAME)]


def suites(lab):
    for short, suite in SUITES.items():
        lab.play("keys-suite-%s-tls13" % short, lab.s(
            "good", 13, "-www", "-ciphersuites", suite),
            s_client("-ciphersuites", suite), "A full handshake with %s, "
            "OpenSSL on both sides, sound certificate." % suite, True,
            with_keys=[])
        lab.play("keys-suite-%s-expired-tls13" % short, lab.s(
            "expired", 13, "-www", "-ciphersuites", suite),
            s_client("-ciphersuites", suite, "-no_check_time"),
            "%s; the certificate expired three days before, and the client "
            "does not check the time." % suite, True,
            with_keys=["cert.expired", "client.accepts_invalid"])


def libraries(lab):
    good, bad = lab.certs["good"], lab.certs["expired-rsa"]
    lab.play("keys-gnutls-tls13", lab.gnutls_serv(good), gnutls_cli(),
             "GnuTLS on both sides, sound certificate.", True, with_keys=[])
    lab.play("keys-gnutls-expired-tls13", lab.gnutls_serv(bad), gnutls_cli(),
             "GnuTLS on both sides, expired RSA certificate; the alert 42 is "
             "encrypted.", False, findings=["client.rejected"],
             with_keys=["cert.expired"])
    lib.write(path("server.js"), NODE_SERVER)
    lib.write(path("fetch.js"), matrixclients.NODE)
    node = ["node", "--tls-keylog=" + path("secrets"), path("fetch.js"),
            matrixclients.URL]
    for cert, ok, codes in (("good-rsa", True, []),
                            ("expired", False, ["cert.expired"])):
        leaf = lab.certs[cert]
        lab.play("keys-node-%s-tls13" % cert.removesuffix("-rsa"), lab.server(
            "node", "--tls-keylog=" + path("secrets"), path("server.js"),
            leaf.key, leaf.chain), node,
            "Node.js on both sides; Node sends no alert, it closes.", ok,
            with_keys=codes)
    lab.play("keys-chromium-expired-tls13", lab.gnutls_serv(bad),
             matrixclients.chromium("--disable-quic"), "Chromium offers to "
             "take compressed certificates (brotli), which Debian's GnuTLS "
             "server cannot make; expired, it refuses.", False,
             findings=["client.rejected"], with_keys=["cert.expired"])


def handshakes(lab):
    web, leaf = lab.web, lab.certs
    verify = ("ssl_client_certificate " + TRUST, "ssl_verify_client on",
              "ssl_verify_depth 3")
    mine = ("-cert", leaf["client"].cert, "-key", leaf["client"].key,
            "-cert_chain", leaf["client"].middle)
    lab.play("keys-clientcert-tls13", web("good", 13, False, *verify),
             s_client(*mine), "The server asks for a client certificate and "
             "gets one, with its intermediate.", True, with_keys=[])
    lab.play("keys-clientcert-none-tls13", web("good", 13, False, *verify),
             s_client(), "The server asks for a client certificate, the "
             "client has none; nginx says so in HTTP (400).", True,
             with_keys=[])
    refuse = ("-www", "-CAfile", TRUST, "-Verify", "2",
              "-verify_return_error")
    other = leaf["client-unknown"]
    lab.play("keys-clientcert-refused-tls13", lab.s("good", 13, *refuse),
             s_client("-cert", other.cert, "-key", other.key),
             "The client's certificate comes from an authority that the "
             "server does not know: it answers with alert 48.", False,
             "server_refused", with_keys=["clientcert.refused"],
             findings=["clientcert.refused"])
    lab.play("keys-hrr-tls13", web("good", 13, False,
                                   "ssl_ecdh_curve secp384r1"), s_client(),
             "HelloRetryRequest: the server takes only secp384r1.", True,
             with_keys=[])
    lab.play("keys-hrr-expired-tls13", web(
        "expired", 13, False, "ssl_ecdh_curve secp384r1"),
        [path("fetch-go"), matrixclients.URL, path("secrets")],
        "HelloRetryRequest with a client (Go) that offered only x25519, and "
        "an expired certificate; the alert 42 is encrypted.", False,
        findings=["client.rejected"], with_keys=["cert.expired"])
    lab.play("keys-keyupdate-tls13", web("good", 13), s_client(
        wait="sleep 0.4; echo K; sleep 0.4; printf '%s'; sleep 0.6" % GET),
        "The client updates its keys and asks the server to, before the "
        "request.", True, with_keys=[])
    lab.play("keys-smallrecords-tls13", lab.s(
        "good-rsa", 13, "-www", "-max_send_frag", "512"), s_client(),
        "The server's flight comes in records of 512 bytes.", True,
        with_keys=[])


def resumed(lab):
    session = path("session.pem")
    early = ("ssl_early_data on", "ssl_buffer_size 4k")
    lib.write(path("get"), GET.encode().decode("unicode_escape"))
    first = s_client("-sess_out", session)[2]
    lab.play("keys-resumed-tls13", lab.web("good", 13), [
        "sh", "-c", first + "; " + s_client("-sess_in", session)[2]],
        "A full handshake, then a session resumed from it (PSK with ECDHE); "
        "expected-reaction is of the first.", True, with_keys=[])
    lab.play("keys-0rtt-tls13", lab.web("good", 13, False, *early), [
        "sh", "-c", first + "; sleep 1 | openssl s_client -servername %s "
        "-connect %s:443 -CAfile %s -keylogfile %s -sess_in %s -early_data "
        "%s -ign_eof" % (NAME, NAME, TRUST, path("secrets"), session,
                         path("get"))], "A full handshake, then a session "
        "resumed from it whose request goes as early data (0-RTT); "
        "expected-reaction is of the first.", True, with_keys=[])


def refusals(lab):
    for cert, code in (("expired", "cert.expired"),
                       ("notyet", "cert.not_yet_valid"),
                       ("wrongname", "name.mismatch"),
                       ("unknown", "chain.untrusted"),
                       ("selfsigned", "chain.self_signed")):
        for client, kind in (("curl", "nginx"), ("go", "nginx-h2")):
            argv = matrixclients.command(client)
            quiet = client == "curl" and cert == "wrongname"
            lab.play("keys-%s-%s-tls13" % (client, cert), lab.web(
                cert, 13, kind == "nginx-h2"), argv,
                "%s against nginx; the fault of the certificate shows only "
                "with the keys." % client, False,
                findings=[] if quiet else ["client.rejected"],
                with_keys=[code])


def main():
    with Lab() as lab:
        matrixclients.prepare()
        suites(lab)
        libraries(lab)
        handshakes(lab)
        resumed(lab)
        refusals(lab)


main()
