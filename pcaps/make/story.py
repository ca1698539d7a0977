# Cases that take hours or days: each part is captured for real, then moved on
# the time axis with editcap and joined with mergecap; not a byte of a packet
# changes. make/core.py runs them, make/check.py checks them.
import os
import shutil
import signal
import time

import clients
from lib import CLIENT4, Case, PCAPS, days, scratch, sh, version, write
from rows import BAD, EXPIRED, LAX, Row, worded

HOST = "https://api.example.com/"
HOUR = 3600
OLDER = dict(not_before=-days(87), not_after=days(3))
NEWER = dict(not_before=-days(1), not_after=days(89))


def part(net, server, visit, shift):
    """One capture of a visit, shifted by so many seconds."""
    raw, moved = scratch(".pcap"), scratch(".pcap")
    dump = net.tcpdump(raw, "tcp port 443")
    with server:
        visit()
        time.sleep(0.25)
    dump.send_signal(signal.SIGINT)
    dump.wait(10)
    sh("editcap", "-F", "pcap", "-t", str(shift), raw, moved)
    return moved


def curl(net, root, accept=False):
    done = clients.curl(net, HOST, root, accept=accept)
    print("  curl: %d %s" % (done.returncode, done.stdout.strip()[:60]))


def story(*parts):
    """parts: (which certificate, accept, seconds after the first)."""
    def make(net, authorities, row):
        root, files = authorities.root.pem, []
        leaves = {}
        for dates, accept, shift in parts:
            key = str(dates)
            if key not in leaves:
                leaves[key] = authorities.sub.leaf(
                    "api.example.com", ["api.example.com"], **dates)
            files.append(part(net, net.nginx(
                leaves[key], "ssl_protocols TLSv1.2"),
                lambda: curl(net, root, accept), shift))
        join(authorities, row, files, None, "curl", "nginx")
    return make


def join(authorities, row, files, keylog, client, server):
    folder = os.path.join(PCAPS, row.name)
    os.makedirs(folder, exist_ok=True)
    case = Case(row.name, folder)
    sh("mergecap", "-F", "pcap", "-w", case.capture, *files)
    shutil.copyfile(authorities.root.pem, os.path.join(folder, "root.pem"))
    if keylog:
        shutil.copyfile(keylog, os.path.join(folder, "keys.log"))
    case.readme("core.py", [
        clients.client_text(client), version(server) + " (server)",
        "parts moved in time with editcap"],
        row.says, worded(row, row.findings), worded(row, row.with_keys))


def two_clients(net, authorities, row):
    """gnutls-cli from one address, half a minute later from another."""
    leaf = authorities.sub.leaf("api.example.com", ["api.example.com"],
                                **EXPIRED)
    root, files, second = authorities.root.pem, [], "10.9.0.11"
    keylogs = []
    net.client("ip", "addr", "add", second + "/32", "dev", "eth0")
    try:
        for number, address in enumerate((CLIENT4, second)):
            net.client("ip", "route", "replace", "default", "dev", "eth0",
                       "src", address)
            keylogs.append(scratch(".keys"))
            files.append(part(
                net, net.gnutls_serv(
                    leaf, priority="NORMAL:-VERS-ALL:+VERS-TLS1.3"),
                lambda: clients.gnutls(net, HOST, root, keylog=keylogs[-1]),
                30 * number))
    finally:
        net.client("ip", "route", "replace", "default", "dev", "eth0", "src",
                   CLIENT4)
        net.client("ip", "addr", "del", second + "/32", "dev", "eth0")
    keylog = write(scratch(".keys"), "".join(
        open(path).read() for path in keylogs))
    join(authorities, row, files, keylog, "gnutls", "gnutls-serv")


def special(name, says, findings, make, **options):
    row = Row(name, says, findings, **options)
    row.make = make
    return row


STORIES = [
    special("story-expired-then-fixed", "Expired and rejected (45) twice, ten "
            "minutes apart; after another ten minutes a new certificate: the "
            "finding opens, is counted, is resolved (replaced).",
            [BAD], story((EXPIRED, False, 0), (EXPIRED, False, 600),
                         (NEWER, False, 1200)),
            shows={"alerts": [45, 45], "hellos": 3, "accepted": True}),
    special("story-renewed", "Three days left of 90, then two hours later a "
            "new certificate, and again an hour and a half later: "
            "cert.expiring is resolved (replaced), the certificate has "
            "changed.", ["cert.expiring", "cert.changed"],
            story((OLDER, False, 0), (NEWER, False, 2 * HOUR),
                  (NEWER, False, 3.5 * HOUR)), shows={"hellos": 3},
            severity={"cert.expiring": "high", "cert.changed": "info"}),
    special("story-mixed", "A new certificate, but 26 hours later the old one "
            "again from the same endpoint, with two days left: one of "
            "several servers was forgotten.",
            ["cert.expiring", "cert.mixed"],
            story((OLDER, False, 0), (NEWER, False, 60),
                  (OLDER, False, 26 * HOUR), (NEWER, False, 26 * HOUR + 60)),
            shows={"hellos": 4},
            severity={"cert.expiring": "high", "cert.mixed": "medium"}),
    special("story-runs-out", "Three days left of 90, taken; the same "
            "certificate again after four and after five days, still taken "
            "(what moves is the capture, the client saw a valid one): "
            "expiring becomes expired (superseded).",
            ["cert.expiring", BAD, LAX],
            story((OLDER, True, 0), (OLDER, True, 96 * HOUR),
                  (OLDER, True, 120 * HOUR)), shows={
                      "hellos": 3, "also": {BAD}},
            severity={"cert.expiring": "high"}),
    special("story-tls13-two-clients", "Expired within TLS 1.3; two clients "
            "(10.9.0.10, 10.9.0.11) reject with encrypted alerts, 30 seconds "
            "apart: inferred, medium with the first, high with the second.",
            ["client.rejected"], two_clients, tls="1.3", with_keys=[BAD],
            severity={"client.rejected": "medium, then high"},
            shows={"alerts": [42, 42], "hellos": 2, "accepted": False}),
]
