#!/usr/bin/python3
# Servers of the matrix that speak no HTTP: as small as their clients allow,
# each with one answer that has {"status":"ok"} in it.
#   matrixserver.py PROTOCOL PORT CHAIN KEY 12|13 SECRETS
# PROTOCOL: dns ldap mqtt mysql pgsql redis smtp. Clients that write no secrets
# are opened by the server's, in SECRETS.
import socket
import ssl
import struct
import sys
import threading

STATUS = b'{"status":"ok"}'


def exactly(conn, num):
    data = b""
    while len(data) < num:
        more = conn.recv(num - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def dns(conn, start):
    """RFC 7858: the question comes back with one address."""
    tls = start(conn)
    while True:
        query = exactly(tls, struct.unpack("!H", exactly(tls, 2))[0])
        end = query.index(b"\0", 12) + 5
        answer = (query[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + query[12:end] +
                  b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7")
        tls.sendall(struct.pack("!H", len(answer)) + answer)


def ber(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, len(body)]) + body


def ldap(conn, start):
    """A bind and a search, whose one entry is the answer (RFC 4511)."""
    done = ber(10, b"\0") + ber(4) + ber(4)
    tls = start(conn)
    while True:
        head = exactly(tls, 2)
        body = exactly(tls, head[1])
        number, kind = body[:3], body[3]
        if kind == 0x60:
            tls.sendall(ber(0x30, number, ber(0x61, done)))
        elif kind == 0x63:
            entry = ber(0x64, ber(4), ber(0x30, ber(0x30, ber(
                4, b"description"), ber(0x31, ber(4, STATUS)))))
            tls.sendall(ber(0x30, number, entry) +
                        ber(0x30, number, ber(0x65, done)))
        else:
            return


def mqtt(conn, start):
    """Whoever subscribes gets one message (MQTT 3.1.1)."""
    tls = start(conn)
    while True:
        head = exactly(tls, 2)
        body = exactly(tls, head[1])
        if head[0] >> 4 == 1:
            tls.sendall(b"\x20\2\0\0")
        elif head[0] >> 4 == 8:
            text = b"\0\6status" + STATUS
            tls.sendall(b"\x90\3" + body[:2] + b"\0")
            tls.sendall(bytes([0x30, len(text)]) + text)
        else:
            return


def mysql_packet(number, body):
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def mysql(conn, start):
    """Greeting, SSL request, then any user; each query has one row."""
    flags = 0x81ff7df | 0x800       # protocol 4.1, plugin auth, SSL
    conn.sendall(mysql_packet(0, b"\x0a8.0.36\0\1\0\0\0" + b"a" * 8 + b"\0" +
                              struct.pack("<H", flags & 0xffff) + b"\x21\2\0" +
                              struct.pack("<H", flags >> 16) + b"\x15" +
                              b"\0" * 10 + b"b" * 12 +
                              b"\0mysql_native_password\0"))
    exactly(conn, 36)               # the SSL request
    tls = start(conn)
    ok = b"\0\0\0\2\0\0\0"
    number = 2
    while True:
        head = exactly(tls, 4)
        body = exactly(tls, struct.unpack("<I", head[:3] + b"\0")[0])
        number = head[3] + 1
        if head[3] or not body.startswith(b"\x03select '"):
            if body == b"\x01":     # quit
                return
            tls.sendall(mysql_packet(number, ok))
            continue
        column = (b"\3def\0\0\0\6status\0\x0c\x21\0\xff\0\0\0\xfd\0\0\0\0\0")
        end = b"\xfe\0\0\2\0"
        row = bytes([len(STATUS)]) + STATUS
        tls.sendall(b"".join(mysql_packet(number + i, p) for i, p in enumerate(
            (b"\1", column, end, row, end))))


def pgsql_message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def pgsql(conn, start):
    """SSLRequest, S, then any user; each query has one row."""
    if exactly(conn, 8)[4:] != b"\x04\xd2\x16\x2f":
        return
    conn.sendall(b"S")
    tls = start(conn)
    exactly(tls, struct.unpack("!I", exactly(tls, 4))[0] - 4)
    ready = pgsql_message(b"Z", b"I")
    tls.sendall(pgsql_message(b"R", b"\0\0\0\0") + ready)
    while True:
        kind = exactly(tls, 1)
        exactly(tls, struct.unpack("!I", exactly(tls, 4))[0] - 4)
        if kind != b"Q":
            return
        tls.sendall(
            pgsql_message(b"T", b"\0\1status\0" + struct.pack(
                "!IHIhih", 0, 0, 25, -1, -1, 0)) +
            pgsql_message(b"D", b"\0\1" + struct.pack("!I", len(STATUS)) +
                          STATUS) +
            pgsql_message(b"C", b"SELECT 1\0") + ready)


def redis(conn, start):
    """Each command has the same answer (RESP2)."""
    tls = start(conn)
    while tls.recv(4096):
        tls.sendall(b"$%d\r\n%s\r\n" % (len(STATUS), STATUS))


def smtp(conn, start):
    """STARTTLS, then takes a message (RFC 5321, RFC 3207)."""
    conn.sendall(b"220 api.example.com ESMTP\r\n")
    data = False
    while True:
        line = b""
        while not line.endswith(b"\n"):
            line += exactly(conn, 1)
        word = line.strip().upper()
        if data:
            data = word != b"."
            if not data:
                conn.sendall(b"250 2.0.0 taken " + STATUS + b"\r\n")
        elif word.startswith(b"EHLO"):
            more = b"" if isinstance(conn, ssl.SSLSocket) else (
                b"250-STARTTLS\r\n")
            conn.sendall(b"250-api.example.com\r\n" + more +
                         b"250 8BITMIME\r\n")
        elif word == b"STARTTLS":
            conn.sendall(b"220 2.0.0 Ready\r\n")
            conn = start(conn)
        elif word == b"DATA":
            data = True
            conn.sendall(b"354 Go on\r\n")
        elif word == b"QUIT":
            conn.sendall(b"221 2.0.0 Bye\r\n")
            return
        else:
            conn.sendall(b"250 2.1.0 Ok\r\n")


def serve(protocol, conn, context):
    live = [conn]

    def start(plain):
        live[0] = context.wrap_socket(plain, server_side=True)
        return live[0]
    try:
        conn.settimeout(20)
        protocol(conn, start)
        if isinstance(live[0], ssl.SSLSocket):
            live[0].unwrap()
    except (EOFError, OSError):
        pass
    live[0].close()


def main():
    name, port, chain, key, tls, secrets = sys.argv[1:]
    protocol = {f.__name__: f for f in (dns, ldap, mqtt, mysql, pgsql, redis,
                                        smtp)}[name]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    context.keylog_filename = secrets
    context.minimum_version = context.maximum_version = {
        "12": ssl.TLSVersion.TLSv1_2, "13": ssl.TLSVersion.TLSv1_3}[tls]
    with socket.create_server(("0.0.0.0", int(port))) as listening:
        while True:
            conn, _ = listening.accept()
            threading.Thread(target=serve, args=(protocol, conn, context),
                             daemon=True).start()


main()
