# DTLS 1.0 and 1.2 by OpenSSL and GnuTLS: cookies, small datagrams that break
# the certificate into pieces, lost and swapped datagrams, resumption, WebRTC.
import lib
from starttls_world import leaf, root

ME = "starttls_dtls.py"
PORT = 4433
FILTER = "udp port %d" % PORT
NAME = "device.example.com"
CLIENT = ["openssl", "s_client", "-connect", NAME + ":%d" % PORT,
          "-servername", NAME]


def line(text):
    return text.replace("\n", " ")


def talk(serving):
    """Data both ways, then the client closes."""
    return ["hello\n", (serving, "hello yourself\n"), "again\n", "Q\n"]


def s_server(net, cert, *more):
    argv = ["openssl", "s_server", "-accept", "203.0.113.20:%d" % PORT,
            "-cert", cert.cert, "-key", cert.key, "-cert_chain", cert.middle,
            "-4", "-quiet", *more]
    return net.server(*argv, port=PORT, udp=True)


def gnutls(net, cert, *more):
    return net.server("gnutls-serv", "--udp", "--echo", "-p", str(PORT),
                      "--x509certfile", cert.chain, "--x509keyfile", cert.key,
                      *more, port=PORT, udp=True)


def dtls(net):
    bad = leaf(NAME, expired=True)
    old = ["-cipher", "ALL:@SECLEVEL=0"]
    with s_server(net, bad, "-dtls1", *old) as serving:
        with net.record("dtls10-expired", line("""DTLS 1.0 (0xfeff), cookie,
SNI device.example.com, expired certificate in small fragments (OpenSSL's own
guess of the MTU); the client does not verify and
exchanges data."""), ["cert.expired (high)", "tls.obsolete (medium)",
                      "client.accepts_invalid (medium)"], ["openssl"], ME,
                        filter=FILTER):
            net.talk([*CLIENT, "-dtls1", *old], talk(serving))
    with s_server(net, bad, "-dtls1_2", "-mtu", "1400") as serving:
        with net.record("dtls12-expired", line("""DTLS 1.2, cookie, MTU 1400:
the certificate in one piece; SNI device.example.com, expired; accepted, data
both ways."""),
                        ["cert.expired (high)",
                         "client.accepts_invalid (medium)"], ["openssl"], ME,
                        filter=FILTER):
            net.talk([*CLIENT, "-dtls1_2", "-mtu", "1400"], talk(serving))
    with s_server(net, bad, "-dtls1_2") as serving:
        with net.record("dtls12-rejected", line("""DTLS 1.2, expired
certificate; the client verifies (-verify_return_error) and sends the alert
certificate_expired(45) in the clear: rejected (plaintext_alert), counted in
cert.expired, no client.rejected."""), ["cert.expired (high)"], ["openssl"],
                        ME, filter=FILTER):
            net.talk([*CLIENT, "-dtls1_2", "-CAfile", root(),
                      "-verify_return_error"], ["Q\n"])
    wrong = leaf("sensor.example.org")
    with s_server(net, wrong, "-dtls1_2", "-listen", "-mtu", "256") as serving:
        with net.record("dtls12-cookie-fragments-wrong-name", line("""DTLS 1.2
with a HelloVerifyRequest (cookie; the ClientHello comes twice, message_seq 0
and 1, in two fragments) and an MTU of 256 on both sides, so that the Certificate
message comes in several fragments; the valid certificate names only sensor.example.org."""),
                        ["name.mismatch (high)",
                         "client.accepts_invalid (medium)"], ["openssl"], ME,
                        filter=FILTER):
            net.talk([*CLIENT, "-dtls1_2", "-mtu", "256"], talk(serving))


def disorder(net):
    bad = leaf(NAME, expired=True)
    with s_server(net, bad, "-dtls1_2", "-listen", "-mtu",
                  "256") as serving, net.server(
            "/usr/bin/python3", "-c", RELAY, port=4434, udp=True):
        with net.record("dtls12-disorder-expired", line("""DTLS 1.2, cookie, MTU
256, through a relay on port 4434 that swaps the server's second and third
datagram of the certificate, repeats one and loses one; the client's repeated
ClientHello brings the server's flight again, cut at other places: fragments out
of order, overlapping and repeated, one handshake, one certificate. The
capture is on the client's side of the relay."""),
                        ["cert.expired (high)",
                         "client.accepts_invalid (medium)"],
                        ["openssl", "python3"], ME, filter="udp port 4434"):
            net.talk(["openssl", "s_client", "-connect", NAME + ":4434",
                      "-servername", NAME, "-dtls1_2", "-mtu", "256",
                      "-timeout"], talk(serving), gap=2)


# From the server, counted from the first: 0 is the HelloVerifyRequest.
RELAY = """
import select, socket
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(("203.0.113.20", 4434))
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b.connect(("203.0.113.20", 4433))
client, count, held = None, 0, None
while True:
    for s in select.select([a, b], [], [], 30)[0]:
        if s is a:
            data, client = a.recvfrom(4096)
            b.send(data)
            continue
        data = b.recv(4096)
        if count == 2:
            held = data
        elif count == 3:
            a.sendto(data, client); a.sendto(held, client)
            a.sendto(data, client)
        elif count != 4:
            a.sendto(data, client)
        count += 1
"""


def resume(net):
    good = leaf(NAME)
    for name, option in (("dtls12-resumed-ticket", []),
                         ("dtls12-resumed-id", ["-no_ticket"])):
        with s_server(net, good, "-dtls1_2", *option) as serving:
            with net.record(name, line("""DTLS 1.2 twice, the second time
resuming (%s): first handshake cleartext, second absent because resumed, carried
from the first. A good certificate: no finding.""" % (
                    "session id" if option else "session ticket")), [],
                            ["openssl"], ME, filter=FILTER):
                kept = lib.scratch(".sess")
                net.talk([*CLIENT, "-dtls1_2", *option, "-sess_out", kept],
                         talk(serving))
                net.talk([*CLIENT, "-dtls1_2", *option, "-sess_in", kept],
                         talk(serving))


def others(net):
    client = ["gnutls-cli", "--udp", "-p", str(PORT), "--insecure", NAME]
    wrong = leaf("sensor.example.org", key="rsa2048")
    with gnutls(net, wrong, "--mtu", "400"):
        with net.record("dtls12-gnutls-wrong-name", line("""DTLS 1.2 of GnuTLS
on both sides: cookie always, MTU 400 on the server's side: the RSA certificate
chain in several fragments; SNI device.example.com, the valid certificate names
only sensor.example.org; accepted."""),
                        ["name.mismatch (high)",
                         "client.accepts_invalid (medium)"], ["gnutls-bin"],
                        ME, filter=FILTER):
            net.talk([*client, "--mtu", "400"], ["hello\n"], gap=0.6)
    own = lib.CA("unused").leaf("WebRTC", self_signed=True,
                                not_before=-lib.days(40),
                                not_after=-lib.days(10))
    srtp = ["-use_srtp", "SRTP_AES128_CM_SHA1_80"]
    with net.server("openssl", "s_server", "-accept", "203.0.113.20:%d" % PORT,
                    "-cert", own.cert, "-key", own.key, "-dtls1_2", "-quiet",
                    *srtp, port=PORT, udp=True) as serving:
        with net.record("dtls12-srtp-selfsigned", line("""DTLS 1.2 with use_srtp
(RFC 5764) as in WebRTC, no SNI, a self-signed certificate for the CN WebRTC,
expired ten days ago: names and chains are not judged for WebRTC, whose peers
compare fingerprints: no name.*, no chain.*."""),
                        ["cert.expired (low) at most"], ["openssl"], ME,
                        filter=FILTER, root=None):
            net.talk(["openssl", "s_client", "-connect",
                      "call.example.com:%d" % PORT, "-noservername",
                      "-dtls1_2", *srtp], talk(serving))


CASES = {"dtls": dtls, "disorder": disorder, "resume": resume,
         "others": others}
