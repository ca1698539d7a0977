#!/usr/bin/python3
# What could be mistaken for a client's reaction to the certificate: client
# certificates, 0-RTT, resumption, health checks, servers that speak first,
# other record sizes: trap-*.  No keys are kept.
import lib
import matrixclients
from lib import SERVER4
from matrixclients import GET, URL
from matrixlab import Lab, NAME, TRUST, path

CURL = ["curl", "-sS", "--cacert", TRUST, URL]
CONNECT = ["openssl", "s_client", "-servername", NAME, "-connect",
           NAME + ":443", "-CAfile", TRUST, "-verify_return_error",
           "-verify_hostname", NAME]
SESSION = path("session.pem")
HANDSHAKE = """
import javax.net.ssl.*;
public class Handshake {
  public static void main(String[] args) throws Exception {
    var s = (SSLSocket) SSLSocketFactory.getDefault().createSocket(args[0], 443);
    s.startHandshake();
    s.close();
  }
}
"""
# as with the time limits of netty and the like: closed before it has verified
CANCEL = """
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import javax.net.ssl.*;
public class Cancel {
  public static void main(String[] args) throws Exception {
    var e = SSLContext.getDefault().createSSLEngine(args[0], 443);
    var s = SocketChannel.open(new InetSocketAddress(args[0], 443));
    var in = ByteBuffer.allocate(65536);
    int tasks = 0;
    in.flip();
    e.setUseClientMode(true);
    e.beginHandshake();
    while (!e.isOutboundDone()) {
      switch (e.getHandshakeStatus()) {
      case NEED_UNWRAP:
        if (e.unwrap(in, ByteBuffer.allocate(65536)).getStatus()
            == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
          in.compact();
          s.read(in);
          in.flip();
        }
        break;
      case NEED_TASK:
        if (tasks++ == 0) {
          e.getDelegatedTask().run();
          break;
        }
        e.closeOutbound();
        while (!e.isOutboundDone())
          send(e, s);
        break;
      default:
        send(e, s);
      }
    }
    s.close();
  }
  static void send(SSLEngine e, SocketChannel s) throws Exception {
    var out = ByteBuffer.allocate(65536);
    e.wrap(ByteBuffer.allocate(0), out);
    s.write(out.flip());
  }
}
"""
JAVA = ["java", "-Djavax.net.ssl.trustStore=" + path("trust.p12"),
        "-Djavax.net.ssl.trustStorePassword=changeit", "-cp",
        path("")]


def s_client(*more, stdin=GET):
    return ["sh", "-c", "printf '%s' | %s -quiet -ign_eof" % (
        stdin, " ".join(CONNECT + list(more)))]


def gnutls_cli(priority):
    return ["sh", "-c", "(printf '%s'; sleep 1) | gnutls-cli --x509cafile %s "
            "--priority '%s' %s" % (GET, TRUST, priority, NAME)]


def client_certificates(lab):
    leaf = lab.certs
    mine = ["--cert", leaf["client"].chain, "--key", leaf["client"].key]
    other = ["--cert", leaf["client-unknown"].chain, "--key",
             leaf["client-unknown"].key]
    require = ("-www", "-CAfile", TRUST, "-Verify", "2",
               "-verify_return_error")
    ask = ("ssl_client_certificate " + TRUST, "ssl_verify_depth 3",
           "ssl_verify_client ")
    for tls in (13, 12):
        end = "-tls%d" % tls
        lab.play("trap-clientcert-asked-none" + end, lab.web(
            "good", tls, False, *ask[:2], ask[2] + "optional"), CURL,
            "nginx asks for a client certificate, curl has none, and gets "
            "its answer.", True, tls=tls)
        lab.play("trap-clientcert-asked-given" + end, lab.web(
            "good", tls, False, *ask[:2], ask[2] + "on"), CURL + mine,
            "nginx asks for a client certificate and gets a good one.", True,
            tls=tls)
        lab.play("trap-clientcert-http-400" + end, lab.web(
            "good", tls, False, *ask[:2], ask[2] + "on"), ["curl", "-i"]
            + CURL[1:], "nginx requires a client certificate, curl has none: "
            "refused in HTTP (status 400), TLS knows nothing of it.", True,
            tls=tls)
        lab.play("trap-clientcert-required-none" + end, lab.s(
            "good", tls, *require), CURL, "The server requires a client "
            "certificate, curl has none: alert %d of the server." %
            (116 if tls == 13 else 40), False, "server_refused", tls,
            ["clientcert.refused"])
        lab.play("trap-clientcert-unknown" + end, lab.s(
            "good", tls, *require), CURL + other, "The client's certificate "
            "is of an authority that the server does not know: alert 48 of "
            "the server.", False, "server_refused", tls,
            ["clientcert.refused"])
    lab.play("trap-clientcert-asked-expired-tls13", lab.s(
        "expired", 13, *require), gnutls_cli("NORMAL"), "The server requires "
        "a client certificate, but its own expired: gnutls-cli refuses with "
        "an encrypted alert 42.", False, findings=["client.rejected"])


def resumption(lab):
    save = s_client("-sess_out", SESSION)
    early = ("ssl_early_data on", "ssl_buffer_size 4k")
    lib.write(path("get"), GET.encode().decode("unicode_escape"))
    lab.play("trap-0rtt-tls13", lab.web("good", 13, False, *early),
             ["sh", "-c", "sleep 1 | %s -sess_in %s -early_data %s -ign_eof"
              % (" ".join(CONNECT), SESSION, path("get"))],
             "A resumed session whose request goes as early data (0-RTT); "
             "the first session was before the capture. No certificate is "
             "in it.", True, "unknown", before=save)
    lab.play("trap-resumed-tls13", lab.web("good", 13), s_client(
        "-sess_in", SESSION), "A resumed session (PSK with ECDHE); the first "
        "was before the capture. No certificate is in it.", True, "unknown",
        before=save)
    lab.play("trap-psk-tls13", lab.s("good", 13, "-www", "-nocert", "-psk",
                                     "1a2b3c4d5e6f", "-psk_identity", "dev"),
             s_client("-psk", "1a2b3c4d5e6f", "-psk_identity", "dev"),
             "An external pre-shared key, no certificate on either side.",
             True, "unknown")


def no_data(lab):
    lib.write(path("Handshake.java"), HANDSHAKE)
    lib.write(path("Cancel.java"), CANCEL)
    matrixclients.run("javac", "-d", path(""), path("Handshake.java"),
                      path("Cancel.java"))
    for tls in (13, 12):
        end = "-tls%d" % tls
        lab.play("trap-health-check" + end, lab.web("good", tls), CONNECT,
                 "A health check: s_client </dev/null makes the handshake "
                 "and closes.", False, "abandoned", tls)
        lab.play("trap-java-closes" + end, lab.s("good", tls, "-www"),
                 JAVA + ["Handshake", NAME], "Java makes the handshake and "
                 "closes: its two padded alerts are no refusal.", False,
                 "abandoned", tls)
        lab.play("trap-java-cancels" + end, lab.s("good", tls, "-www"),
                 JAVA + ["Cancel", NAME], "Java gives up before it has "
                 "verified: user_canceled and close_notify are no refusal.",
                 False, "abandoned", tls)
        lab.play("trap-h2-wrongname" + end, lab.web(
            "wrongname", tls, True), CURL, "HTTP/2: the server may send its "
            "SETTINGS first; curl closes over the name without data.", False,
            None, tls, ["name.mismatch"] if tls == 12 else [])
        lab.play("trap-h2-good" + end, lab.web("good", tls, True), CURL,
                 "HTTP/2, sound certificate.", True, None, tls)
        lab.play("trap-server-first" + end, banner(lab, tls),
                 ["sh", "-c", "sleep 3 | " + " ".join(CONNECT)],
                 "The server sends a line on its own, the client says "
                 "nothing and closes.", False, "abandoned", tls)
    lab.play("trap-tickets-only-tls13", lab.web("good", 13), ["sh", "-c",
             "sleep 1 | " + " ".join(CONNECT)], "All that the server sends "
             "after the handshake are tickets; the client waits a second "
             "and closes.", False, "abandoned")


def banner(lab, tls):
    leaf = lab.certs["good"]
    return lab.server("sh", "-c", "(sleep 2; echo 220 ready; sleep 6) | exec "
                      "openssl s_server -quiet -accept %s:443 -cert %s -key "
                      "%s -cert_chain %s -tls1_%d -keylogfile %s" % (
                          SERVER4, leaf.cert, leaf.key, leaf.middle,
                          tls - 10, path("secrets")))


def record_sizes(lab):
    three = GET.replace("Connection: close\\r\\n", "") * 2 + GET
    lab.play("trap-pipelined-tls13", lab.web("good", 13), s_client(
        stdin=three), "Three requests in one write.", True)
    plain = "NORMAL:-VERS-ALL:+VERS-TLS1.3"
    no_compat = plain + ":%DISABLE_TLS13_COMPAT_MODE"
    ccm8 = plain + ":-CIPHER-ALL:+AES-128-CCM-8"
    server8 = ("-www", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256")
    for cert, ok in (("good", True), ("expired", False)):
        def case(name, server, client, says):
            lab.play("trap-%s-%s-tls13" % (name, cert), server, client,
                     says + " Certificate: %s." % cert, ok,
                     findings=[] if ok else ["client.rejected"])
        case("no-middlebox-openssl", lab.s(cert, 13, "-www",
                                           "-no_middlebox"),
             s_client("-no_middlebox"), "Without middlebox compatibility "
             "(no ChangeCipherSpec, empty session id), OpenSSL.")
        case("no-middlebox-gnutls", lab.s(cert, 13, "-www",
                                          "-no_middlebox"),
             gnutls_cli(no_compat), "Without middlebox compatibility, "
             "GnuTLS.")
        case("ccm8-openssl", lab.s(cert, 13, *server8), s_client(
            "-ciphersuites", "TLS_AES_128_CCM_8_SHA256"),
            "CCM_8, whose tag has 8 bytes, OpenSSL.")
        case("ccm8-gnutls", lab.s(cert, 13, *server8), gnutls_cli(ccm8),
             "CCM_8, whose tag has 8 bytes: an alert has 11. GnuTLS.")
        case("hrr-curl", lab.web(cert, 13, False, "ssl_ecdh_curve secp384r1"),
             CURL, "HelloRetryRequest, curl.")
        case("hrr-go", lab.web(cert, 13, True, "ssl_ecdh_curve secp384r1"),
             matrixclients.command("go"), "HelloRetryRequest, Go.")
        case("smallrecords-go", lab.s(cert, 13, "-WWW", "-max_send_frag",
                                      "512"), matrixclients.command("go"),
             "The server's flight comes in records of 512 bytes, Go.")


def main():
    with Lab() as lab:
        lib.os.makedirs(lib.WORK + "/v1")
        lib.write(lib.WORK + "/v1/status", '{"status":"ok"}\n')
        matrixclients.prepare()
        client_certificates(lab)
        resumption(lab)
        no_data(lab)
        record_sizes(lab)


if __name__ == "__main__":
    main()
