# The rows of encap.py: the name, the words and the wrapping of each case. A new
# encapsulation is one row here and one small function in encap_wraps.py.
import gzip
import struct
from dataclasses import dataclass, field
from typing import Callable, Optional

from encap_wraps import (C_HDLC, ETHERNET, H, IPV4, IPV6, LOOP, NFLOG, NULL,
                         PPI, PPP, PPP_ETHER, PPP_HDLC, RADIOTAP, RAW, SLL,
                         SLL2, WIFI, authentication, capwap,
                         capwap_fragments, compressed, count, erspan_three,
                         erspan_two, eth, fragments,
                         fragments_six, geneve, gre, gtpu, gwlb, ip4, ip6,
                         ip_of, kind_of, l2tp_three, l2tp_two, label, llc,
                         mpls, nflog, nsh, out4, out_udp, padded,
                         pcapng_mixed, ppi, ppp_number, pppoe_body, pptp,
                         radiotap, retag, six_extensions, sll, sll2,
                         tunnel_fragments, udp, vxlan, vxlan_gpe, wifi,
                         wifi_amsdu, zstd)


@dataclass
class Row:
    name: str
    what: str
    tunnels: str
    wrap: Callable
    linktype: int = ETHERNET
    version: int = 4
    proves: str = "The same events as without, but for wirecert.tunnels."
    prefs: Optional[list] = field(default_factory=list)
    finish: Optional[Callable] = None


# --- rows ------------------------------------------------------------------

def row(*args, **options):
    return Row(*args, **options)


def link(name, what, linktype, wrap, version=4):
    return Row("link-" + name, what, "", wrap, linktype, version,
               proves="The same events as without.")


ROWS = [
    link("padded", "Ethernet with padding and a trailer", ETHERNET, padded),
    link("llc", "LLC/SNAP", ETHERNET, llc),
    link("sll", "a Linux cooked header", SLL, sll),
    link("sll2", "a Linux cooked header, version 2", SLL2, sll2),
    link("raw", "nothing: raw IP", RAW, lambda f, up: ip_of(f)),
    link("raw-ipv6", "nothing: raw IP", RAW, lambda f, up: ip_of(f), 6),
    link("ipv4", "nothing: raw IPv4", IPV4, lambda f, up: ip_of(f)),
    link("ipv6", "nothing: raw IPv6", IPV6, lambda f, up: ip_of(f), 6),
    link("null", "a BSD loopback header", NULL,
         lambda f, up: struct.pack("<I", 2) + ip_of(f)),
    link("null-ipv6", "a BSD loopback header of macOS, big-endian", NULL,
         lambda f, up: struct.pack(">I", 30) + ip_of(f), 6),
    link("loop", "an OpenBSD loopback header", LOOP,
         lambda f, up: struct.pack(">I", 2) + ip_of(f)),
    link("ppp", "PPP", PPP,
         lambda f, up: H("ff03") + ppp_number(f) + ip_of(f)),
    link("ppp-hdlc", "PPP in HDLC framing", PPP_HDLC,
         lambda f, up: H("ff03") + ppp_number(f) + ip_of(f)),
    link("c-hdlc", "Cisco HDLC", C_HDLC,
         lambda f, up: H("0f00") + kind_of(f) + ip_of(f)),
    link("nflog", "NFLOG attributes", NFLOG, nflog),
    link("wifi", "802.11 data frames", WIFI, wifi),
    link("wifi-four", "802.11 QoS frames of four addresses", WIFI,
         lambda f, up: wifi(f, up, qos=True, four=True)),
    link("wifi-amsdu", "802.11 A-MSDUs, each behind an ARP request", WIFI,
         wifi_amsdu),
    link("radiotap", "802.11 QoS frames behind radiotap, padded", RADIOTAP,
         radiotap),
    link("ppi", "802.11 data frames behind PPI", PPI, ppi),
    link("cisco-metadata", "Cisco MetaData with a security group tag",
         ETHERNET, lambda f, up: retag(f, H("8909010100010007"))),
    row("vlan", "a VLAN", "vlan 100",
        lambda f, up: retag(f, H("81000064"))),
    row("qinq", "a VLAN in a provider's VLAN", "vlan 200, vlan 100",
        lambda f, up: retag(f, H("88a800c881006064"))),
    row("qinq-9100", "VLANs in the old way", "vlan 200, vlan 100",
        lambda f, up: retag(f, H("910000c881000064"))),
    row("vlan-asymmetric", "VLANs that differ by direction",
        "vlan 100 or vlan 101", lambda f, up:
        retag(f, H("81000064") if up else H("81000065")),
        proves="VLAN ids are no part of the flow's key by default."),
    row("pppoe", "PPPoE", "pppoe 4660",
        lambda f, up: eth(0x8864, pppoe_body(f), up)),
    row("link-pppoe", "PPPoE without Ethernet", "pppoe 4660",
        lambda f, up: pppoe_body(f), PPP_ETHER),
    row("mpls", "two MPLS labels", "mpls 100, mpls 200 (101, 201 back)",
        lambda f, up: mpls(f, up, ip_of(f))),
    row("mpls-pseudowire", "an MPLS pseudowire with control word",
        "mpls 100, mpls 200 (101, 201 back)",
        lambda f, up: mpls(f, up, struct.pack(">I", count()) + f),
        prefs=["-d mpls.label==200,pwethcw", "-d mpls.label==201,pwethcw"]),
    row("mpls-ethernet", "an MPLS pseudowire without control word",
        "mpls 100, mpls 200 (101, 201 back)", lambda f, up: mpls(f, up, f),
        prefs=["-d mpls.label==200,pwethnocw",
               "-d mpls.label==201,pwethnocw"]),
    row("gre", "GRE", "gre", lambda f, up: out4(47, gre(0x800, ip_of(f)), up)),
    row("gre-key", "GRE with key, sequence number and checksum", "gre 5",
        lambda f, up: out4(47, gre(0x800, ip_of(f), 5, True, True), up)),
    row("gre-ipv6", "GRE over IPv6, IPv6 inside", "gre",
        lambda f, up: eth(0x86dd, ip6(47, gre(0x86dd, ip_of(f)), up), up),
        version=6),
    row("gretap", "Ethernet over GRE", "gre",
        lambda f, up: out4(47, gre(0x6558, f), up)),
    row("pptp", "GRE version 1 with PPP (PPTP)", "gre 7 (8 back)", pptp),
    row("nvgre", "NVGRE", "nvgre 74565",
        lambda f, up: out4(47, gre(0x6558, f, 74565 << 8 | 7), up)),
    row("erspan-1", "ERSPAN type I", "erspan",
        lambda f, up: out4(47, gre(0x88be, f))),
    row("erspan-2", "ERSPAN type II", "erspan 77", erspan_two),
    row("erspan-3", "ERSPAN type III with a subheader", "erspan 77",
        erspan_three),
    row("ipip", "IP in IP", "ipip", lambda f, up: out4(4, ip_of(f), up)),
    row("6in4", "6in4", "ipip", lambda f, up: out4(41, ip_of(f), up),
        version=6),
    row("4in6", "IPv4 in IPv6", "ipip",
        lambda f, up: eth(0x86dd, ip6(4, ip_of(f), up), up)),
    row("teredo", "Teredo, with an origin indication from the relay",
        "teredo", lambda f, up: out_udp(
            3544 if up else 49152,
            (b"" if up else H("00003fff9ccd9bfd")) + ip_of(f), up,
            sport=49152 if up else 3544), version=6),
    row("vxlan", "VXLAN", "vxlan 4242",
        lambda f, up: out_udp(4789, vxlan(f), up, 50000 + up)),
    row("vxlan-ipv6", "VXLAN over IPv6", "vxlan 4242", lambda f, up:
        eth(0x86dd, ip6(17, udp(4789, vxlan(f)), up), up)),
    row("vxlan-mirror", "VXLAN as cloud mirrors send it, all one way",
        "vxlan 4242", lambda f, up: out_udp(4789, vxlan(f))),
    row("vxlan-gpe", "VXLAN-GPE with IP inside", "vxlan 4242",
        lambda f, up: out_udp(4790, vxlan_gpe(1, ip_of(f)), up)),
    row("vxlan-vlan", "a VLAN in VXLAN in a VLAN",
        "vlan 5, vxlan 4242, vlan 6", lambda f, up: retag(out_udp(
            4789, vxlan(retag(f, H("81000006"))), up), H("81000005"))),
    row("geneve", "GENEVE", "geneve 4242",
        lambda f, up: out_udp(6081, geneve(0x6558, f), up)),
    row("geneve-gwlb", "GENEVE of an AWS gateway load balancer",
        "geneve 0 with endpoint 0123456789abcdef, attachment 7, flow cookie "
        "c00c1e01", gwlb),
    row("gtpu", "GTP-U", "gtpu 4097 (8194 back)", lambda f, up: out_udp(
        2152, gtpu(ip_of(f), up), up, sport=2152)),
    row("gtpu-5g", "GTP-U with a PDU session container",
        "gtpu 4097 (8194 back)", lambda f, up: out_udp(
            2152, gtpu(ip_of(f), up, True), up, sport=2152)),
    row("l2tp", "L2TP version 2", "l2tp 12 (22 back)", l2tp_two),
    row("l2tp-3", "L2TP version 3 over IP, Ethernet inside",
        "l2tp 31 (32 back)", l2tp_three,
        prefs=["-d l2tp.pw_type==0,eth", "-o l2tp.cookie_size:None",
               "-o l2tp.l2_specific:Default L2-Specific"]),
    row("capwap", "CAPWAP data with Ethernet frames", "capwap",
        lambda f, up: capwap(f, up, False)),
    row("capwap-wifi", "CAPWAP data with 802.11 frames", "capwap",
        lambda f, up: capwap(f, up, True),
        prefs=["-o capwap.swap_fc:FALSE"]),
    row("capwap-fragments", "802.11 frames in CAPWAP's own fragments of 512 "
        "bytes, the last first", "capwap", capwap_fragments,
        prefs=["-o capwap.swap_fc:FALSE"]),
    row("nsh", "NSH", "nsh 300", lambda f, up: eth(0x894f, nsh(f, up), up)),
    row("vxlan-nsh", "NSH in VXLAN-GPE", "vxlan 4242, nsh 300",
        lambda f, up: out_udp(4790, vxlan_gpe(4, nsh(f, up)), up)),
    row("tzsp", "TZSP", "tzsp",
        lambda f, up: out_udp(37008, H("010000010a01d001") + f)),
    row("ah", "authentication headers", "", authentication,
        proves="The same events as without."),
    row("ipv6-extensions", "hop-by-hop and destination options", "",
        six_extensions, version=6, proves="The same events as without."),
    row("fragments", "fragments of 256 bytes, the last first", "", fragments,
        proves="The same events as without."),
    row("fragments-ipv6", "IPv6 fragments, the first last", "",
        fragments_six, version=6, proves="The same events as without."),
    row("vxlan-fragments", "VXLAN in fragments of 512 bytes", "vxlan 4242",
        tunnel_fragments),
    row("deep", "GRE in VXLAN in an MPLS tunnel in a VLAN",
        "vlan 9, mpls 300, vxlan 4242, gre 5", lambda f, up: retag(
            eth(0x8847, label(300, 1) + ip4(17, udp(4789, vxlan(out4(
                47, gre(0x800, ip_of(f), 5), up))), up), up),
            H("81000009"))),
    row("pcapng", "pcapng, Ethernet and raw IP by turns", "",
        lambda f, up: f, finish=pcapng_mixed,
        proves="Interfaces of different link types and clocks, unknown "
        "blocks. The same events as without, but for the interface's name."),
    row("gzip", "a file compressed with gzip", "", lambda f, up: f,
        finish=compressed(lambda d: gzip.compress(d, mtime=0)),
        proves="The same events as without."),
    row("zstd", "a file compressed with zstd", "", lambda f, up: f,
        finish=compressed(zstd), proves="The same events as without."),
]
