#!/usr/bin/python3
# Checks with tshark that each core capture holds what its row says: server
# name, version, alerts, how many certificates, whether data went both ways,
# and (from the certificate itself) dates and names against the findings.
# make/check.py [NAME...] makes nothing and prints "N passed, N failed".
import datetime
import os
import subprocess
import sys
from urllib.parse import urlsplit

from cryptography import x509

from lib import PCAPS, SERVER4, SERVER6

SERVER = {4: SERVER4, 6: SERVER6}
LARGEST = 60 * 1024
VERSION = {"1.0": 0x0301, "1.1": 0x0302, "1.2": 0x0303, "1.3": 0x0304}
FIELDS = """frame.time_epoch tcp.srcport tls.handshake.type
 tls.handshake.extensions_server_name tls.handshake.version
 tls.handshake.extensions.supported_version tls.alert_message.desc
 tls.handshake.certificate tls.record.content_type tls.app_data
 tcp.analysis.lost_segment tls.handshake.length tcp.stream""".split()


class Seen:
    """What tshark read from one capture."""

    def __init__(self, folder, keys=True):
        self.size = os.path.getsize(os.path.join(folder, "capture.pcap"))
        self.names, self.versions, self.alerts = [], set(), []
        self.chains, self.lost, self.hellos, self.staples = [], 0, 0, 0
        self.client_data = self.server_data = 0
        self.largest_message, self.time = 0, None
        for line in self.tshark(folder, keys).splitlines():
            self.packet(dict(zip(FIELDS, line.split("\t"))))

    def tshark(self, folder, with_keys):
        argv = ["tshark", "-r", os.path.join(folder, "capture.pcap"), "-T",
                "fields", "-E", "occurrence=a", "-E", "aggregator=,"]
        keys = os.path.join(folder, "keys.log")
        if with_keys and os.path.exists(keys):
            argv += ["-o", "tls.keylog_file:" + keys]
        for field in FIELDS:
            argv += ["-e", field]
        return subprocess.run(argv, check=True, text=True,
                              capture_output=True).stdout

    def packet(self, row):
        types = split(row["tls.handshake.type"])
        if "1" in types:
            self.hellos += 1
            self.names.append(row["tls.handshake.extensions_server_name"])
        if "2" in types:
            picked = (row["tls.handshake.extensions.supported_version"]
                      or row["tls.handshake.version"])
            self.versions.add(int(split(picked)[0], 0))
        if "11" in types:
            self.time = self.time or float(row["frame.time_epoch"])
            self.largest_message = max(
                [self.largest_message]
                + [int(n) for n in split(row["tls.handshake.length"])])
        if row["tls.handshake.certificate"]:
            self.chains.append([bytes.fromhex(der.replace(":", "")) for der in
                                split(row["tls.handshake.certificate"])])
        self.alerts += [int(n) for n in split(row["tls.alert_message.desc"])]
        self.staples += "22" in types
        self.lost += row["tcp.analysis.lost_segment"] != ""
        if row["tls.app_data"]:
            if row["tcp.srcport"] == "443":
                self.server_data += 1
            else:
                self.client_data += 1


def split(text):
    return text.split(",") if text else []


def dates_say(cert, at):
    """The findings about dates that this certificate deserves."""
    at = datetime.datetime.utcfromtimestamp(at)
    if at > cert.not_valid_after:
        return {"cert.expired"}
    if at < cert.not_valid_before:
        return {"cert.not_yet_valid"}
    life = cert.not_valid_after - cert.not_valid_before
    left = cert.not_valid_after - at
    if left < min(datetime.timedelta(30), life / 4):
        return {"cert.expiring"}
    return set()


def covers(pattern, name):
    if pattern.startswith("*."):
        return name.partition(".")[2].lower() == pattern[2:].lower()
    return pattern.lower() == name.lower()


def name_says(cert, reference):
    """Whether a name finding is due for this reference; None: none stated."""
    if not reference:
        return None
    try:
        sans = cert.extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return True
    listed = sans.get_values_for_type(x509.DNSName) + [
        str(a) for a in sans.get_values_for_type(x509.IPAddress)]
    return not any(covers(pattern, reference) for pattern in listed)


def compare(row, seen):
    """Each thing that does not hold, in words."""
    shows, host = row.shows, urlsplit(row.url).hostname
    sni = shows.get("sni", host)
    if seen.size > shows.get("size", LARGEST):
        yield "%d bytes" % seen.size
    if seen.lost:
        yield "lost segments"
    if seen.hellos != shows.get("hellos", 1):
        yield "%d client hellos" % seen.hellos
    if set(seen.names) != shows.get("snis", {sni}):
        yield "server names %s" % seen.names
    expected = {VERSION[row.tls]} if row.tls else set()
    if seen.versions != expected:
        yield "versions %s" % seen.versions
    fatal = [a for a in seen.alerts if a != 0]
    if sorted(fatal) != sorted(shows.get("alerts", [])):
        yield "alerts %s" % fatal
    accepted = seen.client_data > 0 and seen.server_data > 0
    if accepted != shows.get("accepted", not shows.get("alerts")
                             or len(row.clients) > 1):
        yield "accepted: %s (%d, %d records)" % (
            accepted, seen.client_data, seen.server_data)
    if "chains" in shows and len(seen.chains) != shows["chains"]:
        yield "%d chains" % len(seen.chains)
    if shows.get("staple", False) != (seen.staples > 0):
        yield "%d staples" % seen.staples
    if seen.largest_message < shows.get("cert_bytes", 0):
        yield "largest message %d" % seen.largest_message
    yield from compare_chain(row, seen, sni)


def is_certificate(der):
    try:
        x509.load_der_x509_certificate(der)
    except ValueError:
        return False
    return True


def compare_chain(row, seen, sni):
    shows = row.shows
    if shows.get("certs", 1) == 0:
        if any(is_certificate(chain[0]) for chain in seen.chains):
            yield "a certificate shows"
        return
    if not seen.chains:
        yield "no certificate"
        return
    count = len(seen.chains[0])
    if "certs" in shows and count != shows["certs"]:
        yield "%d certificates" % count
    findings = set(row.findings) | set(row.with_keys or [])
    cert = x509.load_der_x509_certificate(seen.chains[0][0])
    dates = {"cert.expired", "cert.not_yet_valid", "cert.expiring"}
    say = dates_say(cert, seen.time) | shows.get("also", set())
    if say != findings & dates:
        yield "dates say %s" % say
    bad = None if "snis" in shows else name_says(cert, sni)
    if bad is not None and bad != any(f.startswith("name.")
                                      for f in findings):
        yield "name finding due: %s" % bad


def check(row):
    """The faults of one case, each with the case's name before it. What is
    said about alerts holds with the keys; "clear" is what shows without."""
    folder = os.path.join(PCAPS, row.name)
    if not os.path.exists(os.path.join(folder, "capture.pcap")):
        return ["%s: no capture" % row.name]
    faults = list(compare(row, Seen(folder)))
    if row.with_keys is not None and not os.path.exists(
            os.path.join(folder, "keys.log")):
        faults.append("no keys.log")
    return ["%s: %s" % (row.name, fault) for fault in faults]


def main(chosen):
    from rows import ROWS
    from special import SPECIAL
    passed = failed = 0
    for row in ROWS + SPECIAL:
        if chosen and not any(row.name.startswith(c) for c in chosen):
            continue
        faults = check(row)
        passed, failed = passed + (not faults), failed + bool(faults)
        for fault in faults:
            print(fault)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
