#!/usr/bin/env python3
"""The manual's table says what is decoded, and a unit test proves each row.

decoded.py ROOT: every row of the tables of src/decode (link types, ethertypes,
IP protocols, UDP ports, PPP protocols, tunnels, reasons) has its words here,
in man/wirecert.8, and its recipe in tests/unit/test_decode*.c.
"""
import glob
import os
import re
import sys

import house

# Row: the words of the manual; None for what is a step on the way.
LINKTYPES = {
    "ETHERNET": "Ethernet", "LINUX_SLL": "SLL", "LINUX_SLL2": "SLL2",
    "RAW": "raw IP", "IPV4": "IPv4", "IPV6": "IPv6", "NULL": "null",
    "LOOP": "loop", "PPP": "PPP", "PPP_HDLC": "PPP in HDLC",
    "C_HDLC": "Cisco HDLC", "PPP_ETHER": "PPPoE",
    "IEEE802_11": "802.11 plain", "IEEE802_11_RADIOTAP": "radiotap",
    "PPI": "PPI", "NFLOG": "NFLOG", "MIRROR_VXLAN": "VXLAN",
    "MIRROR_GENEVE": "GENEVE", "PKTAP": "PKTAP", "PFLOG": "PFLOG",
    "ENC": "ENC", "FRELAY": "Frame Relay", "PPP_WITH_DIR": "with direction",
    "C_HDLC_WITH_DIR": "with direction",
    "FRELAY_WITH_DIR": "with direction", "IEEE802_11_PRISM": "Prism",
    "IEEE802_11_AVS": "AVS", "ERF": "ERF", "ATM_RFC1483": "ATM",
    "SUNATM": "SunATM", "IEEE802_5": "Token Ring", "FDDI": "FDDI",
    "IPOIB": "IP over InfiniBand",
}
ETHERTYPES = {
    "8100": "802.1Q", "88a8": "802.1ad", "9100": "0x9100", "9200": "0x9200",
    "9300": "0x9300", "8847": "MPLS", "8848": "MPLS", "8864": "PPPoE",
    "8863": None, "880b": "PPP", "6558": "transparent Ethernet",
    "8870": "LLC/SNAP", "8909": "Cisco MetaData", "8926": "VN-Tag",
    "893f": "E-TAG", "88e7": "802.1ah", "88e5": "MACsec", "894f": "NSH",
    "88be": "ERSPAN I", "22eb": "III", "883e": "WCCP", "6559": "Frame Relay",
}
PROTOCOLS = {
    "0": "extension headers", "4": "IP in IP", "41": "6in4",
    "43": "extension headers", "44": "fragments", "47": "GRE",
    "50": "ESP", "51": "AH", "60": "extension headers", "115": "over IP",
    "97": "EtherIP",
    "135": "extension headers", "137": "MPLS over IP",
    "139": "extension headers", "140": "extension headers",
}
PPP = {"0021": "IPv4", "0057": "IPv6", "0281": "MPLS", "0283": "MPLS"}
NAMES = {"vlan": "802.1Q", "gtpu": "GTP-U", "ipip": "IP in IP",
         "teredo": "Teredo", "etherip": "EtherIP"}


def rows(root, name, table, pattern):
    text = open(os.path.join(root, "src/decode", name)).read()
    body = re.search(r"\b%s\[[A-Z_]*\] = \{(.*?)\n\};" % table, text, re.S)
    return re.findall(pattern, body.group(1)) if body else []


def constants(root):
    text = open(os.path.join(root, "src/decode/ip.c")).read()
    return dict(re.findall(r"(PROTO_\w+) = (\d+)", text))


def check(tap, name, found, words, manual):
    tap.case(len(found) == len(set(found)) and set(found) == set(words),
             name + ": the rows are those that are listed here",
             sorted(set(found) ^ set(words)))
    missing = [words[f] for f in found if words.get(f)
               and words[f] not in manual]
    tap.case(found and not missing, name + ": the manual has their words",
             missing)


def recipes(tap, name, found, tests, form):
    missing = [f for f in found if not re.search(form(f), tests)]
    tap.case(not missing, name + ": each row has its recipe", missing)


def main():
    root = sys.argv[1]
    tap = house.Tap()
    page = open(os.path.join(root, "man/wirecert.8")).read()
    page = page.replace("\\-", "-")
    manual = page[page.index(".SH WHAT IS DECODED"):]
    manual = manual[:manual.index("\n.SH ", 1)]
    tests = "".join(open(f).read() for f in sorted(glob.glob(
        os.path.join(root, "tests/unit/test_decode*.c"))))
    links = rows(root, "link.c", "link_rows", r"\{ LINKTYPE_(\w+),")
    check(tap, "link types", links, LINKTYPES, manual)
    recipes(tap, "link types", links, tests, lambda f: (
        r"\bETHER\b" if f == "ETHERNET" else r"LINKTYPE_%s\b" % f))
    types = rows(root, "ethertype.c", "ethertype_rows", r"\{ 0x(\w+),")
    check(tap, "ethertypes", types, ETHERTYPES, manual)
    recipes(tap, "ethertypes", types, tests, lambda f: r"[0:]%s|%s[ \"]" % (
        f, f))
    numbers = constants(root)
    protocols = [numbers.get(p, p) for p in rows(
        root, "ip.c", "protocol_rows", r"\{ (\w+), (?:true|false)")]
    check(tap, "protocols", protocols, PROTOCOLS, manual)
    recipes(tap, "protocols", protocols, tests, lambda f: (
        r"V[46]:%s\b|X:%02x00" % (f, int(f))))
    ppp = rows(root, "link_ppp.c", "ppp_rows", r"\{ 0x(\w+),")
    check(tap, "PPP", ppp, PPP, manual)
    recipes(tap, "PPP", ppp, tests, lambda f: r"P:%s|ff03%s" % (f, f))
    ports = rows(root, "udp_tunnel.c", "udp_rows", r"\{ (\d+), ")
    check(tap, "UDP ports", ports, {p: p for p in ports}, manual)
    recipes(tap, "UDP ports", ports, tests, lambda f: r"U:%s\b" % f)
    names = rows(root, "tunnel.c", "tunnel_names", r'"(\w+)"')
    check(tap, "tunnels", names, {n: NAMES.get(n, n.upper() if n != "pppoe"
                                               else "PPPoE") for n in names},
          manual)
    recipes(tap, "tunnels", names, tests, lambda f: r'["\s]%s[:\s"]' % f)
    reasons = rows(root, "decode.c", "decode_reasons", r'"(\w+)"')
    check(tap, "reasons", reasons[1:], {r: r + "\t" for r in reasons[1:]},
          manual)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
