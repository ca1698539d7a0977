# How encap.py wraps a packet in each encapsulation, for encap_rows.py. Written
# from the specifications alone, without a look at src/decode, so that the two
# can disagree. Outer addresses turn with the direction, except for mirrors,
# whose copies all go one way; ids that the receiver chooses (GTP-U, L2TP, PPTP,
# MPLS) differ by direction.
import struct
import subprocess

ETHERNET, RAW, SLL, SLL2, NULL, LOOP = 1, 101, 113, 276, 0, 108
PPP, PPP_HDLC, PPP_ETHER, C_HDLC = 9, 50, 51, 104
WIFI, RADIOTAP, PPI, NFLOG, IPV4, IPV6 = 105, 127, 192, 239, 228, 229
H = bytes.fromhex
A4, B4 = bytes([198, 51, 100, 1]), bytes([198, 51, 100, 2])
A6, B6 = H("20010db800ff" + "00" * 9 + "0a"), H("20010db800ff" + "00" * 9 + "0b")
MAC_A, MAC_B = H("020000c60001"), H("020000c60002")

counter = 0


def start():
    """A new capture: identifications and sequence numbers begin again."""
    global counter
    counter = 0


def count():
    global counter
    counter += 1
    return counter


# --- headers ---------------------------------------------------------------

def checksum(b):
    total = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ends(up, a, b):
    return (a, b) if up else (b, a)


def eth(kind, data, up=True):
    src, dst = ends(up, MAC_A, MAC_B)
    return dst + src + struct.pack(">H", kind) + data


def ip4(protocol, data, up=True, ident=None, flags=0):
    src, dst = ends(up, A4, B4)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data),
                       count() if ident is None else ident, flags, 64,
                       protocol, 0) + src + dst
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + data


def ip6(protocol, data, up=True):
    src, dst = ends(up, A6, B6)
    return (struct.pack(">IHBB", 6 << 28, len(data), protocol, 64) + src + dst
            + data)


def udp(port, data, sport=None):
    return struct.pack(">HHHH", sport or 49152, port, len(data) + 8, 0) + data


def out4(protocol, data, up=True):
    return eth(0x0800, ip4(protocol, data, up), up)


def out_udp(port, data, up=True, sport=None):
    return out4(17, udp(port, data, sport), up)


def kind_of(frame):
    return frame[12:14]


def ip_of(frame):
    return frame[14:]


def retag(frame, tags):
    """The frame with more between its addresses and its ethertype."""
    return frame[:12] + tags + frame[12:]


def snap(frame):
    return H("aaaa03000000") + kind_of(frame) + ip_of(frame)


def ppp_number(frame):
    return H("0021") if kind_of(frame) == b"\x08\x00" else H("0057")


# --- links -----------------------------------------------------------------

def llc(frame, up):
    """A length, or where it is too large for one IEEE 802.1AC's ethertype."""
    body = snap(frame)
    length = len(body) if len(body) <= 1500 else 0x8870
    return frame[:12] + struct.pack(">H", length) + body


def padded(frame, up):
    return frame.ljust(60, b"\0") + b"\xde\xad\xbe\xef"


def sll(frame, up):
    return (struct.pack(">HHH", 0 if up else 4, 1, 6) + frame[6:12] + b"\0\0"
            + kind_of(frame) + ip_of(frame))


def sll2(frame, up):
    return (kind_of(frame) + struct.pack(">HIHBB", 0, 3, 1, 0 if up else 4, 6)
            + frame[6:12] + b"\0\0" + ip_of(frame))


def pppoe_body(frame):
    ppp = ppp_number(frame) + ip_of(frame)
    return struct.pack(">BBHH", 0x11, 0, 0x1234, len(ppp)) + ppp


def wifi(frame, up, qos=False, four=False, body=None, amsdu=False):
    """A data frame to (up) or from an access point."""
    ap, dst, src = H("0200000000ap".replace("ap", "aa")), frame[:6], frame[6:12]
    flags = 3 if four else 1 if up else 2
    control = bytes([0x88 if qos else 0x08, flags])
    one, two, three = ((ap, src, dst) if up else (dst, ap, src))
    if four:
        one, two, three = ap, H("0200000000ab"), dst
    head = control + b"\0\0" + one + two + three
    head += struct.pack("<H", count() << 4 & 0xffff)
    if four:
        head += src
    if qos:
        head += b"\x80\0" if amsdu else b"\0\0"
    return head + (snap(frame) if body is None else body)


def radiotap(frame, up):
    """With TSFT and flags that tell of padding behind a QoS header."""
    fields = struct.pack("<QBx", 1000 * count(), 0x20)
    head = struct.pack("<BBHI", 0, 0, 8 + len(fields), 3) + fields
    data = wifi(frame, up, qos=True)
    return head + data[:26] + b"\0\0" + data[26:]


def subframe(frame):
    body = snap(frame)
    return frame[:12] + struct.pack(">H", len(body)) + body


def wifi_amsdu(frame, up):
    """Each packet behind an ARP request in the same frame."""
    arp = subframe(frame[:12] + H("08060001080006040001") + b"\0" * 20)
    arp += b"\0" * (-len(arp) % 4)
    return wifi(frame, up, qos=True, body=arp + subframe(frame), amsdu=True)


def ppi(frame, up):
    return struct.pack("<BBHI", 0, 0, 8, WIFI) + wifi(frame, up)


def nflog(frame, up):
    def attribute(kind, data):
        return (struct.pack("<HH", len(data) + 4, kind) + data
                + b"\0" * (-len(data) % 4))
    family = 2 if kind_of(frame) == b"\x08\x00" else 10
    return (bytes([family, 0, 0, 5])
            + attribute(1, kind_of(frame) + b"\x01\0")
            + attribute(10, b"wirecert\0") + attribute(9, ip_of(frame)))


# --- tunnels ---------------------------------------------------------------

def label(number, last):
    return struct.pack(">I", number << 12 | last << 8 | 64)


def mpls(frame, up, below):
    outer, inner = (100, 200) if up else (101, 201)
    return eth(0x8847, label(outer, 0) + label(inner, 1) + below, up)


def gre(kind, data, key=None, sequence=False, check=False):
    flags = 0x8000 * check | 0x2000 * (key is not None) | 0x1000 * sequence
    body = b""
    if key is not None:
        body += struct.pack(">I", key)
    if sequence:
        body += struct.pack(">I", count())
    body += data
    if not check:
        return struct.pack(">HH", flags, kind) + body
    whole = struct.pack(">HHHH", flags, kind, 0, 0) + body
    sum_ = checksum(whole + b"\0" * (len(whole) % 2))
    return whole[:4] + struct.pack(">H", sum_) + whole[6:]


def pptp(frame, up):
    ppp = H("ff03") + ppp_number(frame) + ip_of(frame)
    head = struct.pack(">HHHHI", 0x3001, 0x880b, len(ppp), 7 if up else 8,
                       count())
    return out4(47, head + ppp, up)


def erspan_two(frame, up):
    head = struct.pack(">HHI", 0x1000 | 9, 0x1800 | 77, 0x12)
    return out4(47, gre(0x88be, head + frame, sequence=True))


def erspan_three(frame, up):
    head = struct.pack(">HHIHH", 0x2000 | 9, 0x1800 | 77, 1000 * count(), 0,
                       0x8001) + b"\0" * 8
    return out4(47, gre(0x22eb, head + frame, sequence=True))


def vxlan(frame, vni=4242):
    return struct.pack(">II", 0x08000000, vni << 8) + frame


def vxlan_gpe(protocol, data, vni=4242):
    return struct.pack(">II", 0x0c000000 | protocol, vni << 8) + data


def geneve(kind, data, vni=4242, options=b""):
    return struct.pack(">BBHI", len(options) // 4, 0, kind, vni << 8) \
        + options + data


def gwlb(frame, up):
    def option(kind, data):
        return struct.pack(">HBB", 0x0108, kind, len(data) // 4) + data
    options = (option(1, H("0123456789abcdef")) + option(2, H("00" * 7 + "07"))
               + option(3, H("c00c1e01")))
    return out_udp(6081, geneve(0x0800, ip_of(frame), 0, options))


def gtpu(data, up, extension=False):
    teid = 0x1001 if up else 0x2002
    if extension:       # a PDU session container (TS 38.415)
        head = struct.pack(">HBB", count(), 0, 0x85)
        data = head + bytes([1, 0 if not up else 0x10, 9, 0]) + data
    return struct.pack(">BBHI", 0x34 if extension else 0x30, 255, len(data),
                       teid) + data


def l2tp_two(frame, up):
    data = H("ff03") + ppp_number(frame) + ip_of(frame)
    tunnel, session = (11, 12) if up else (21, 22)
    head = struct.pack(">HHHH", 0x4002, len(data) + 8, tunnel, session)
    return out_udp(1701, head + data, up, sport=1701)


def l2tp_three(frame, up):
    head = struct.pack(">II", 31 if up else 32, 0)  # session, sublayer
    return out4(115, head + frame, up)


def capwap(frame, up, native):
    """RFC 5415: header of 8 bytes, radio 1, 802.11 binding."""
    word = 2 << 19 | 1 << 14 | 1 << 9 | (0x100 if native else 0)
    data = wifi(frame, up) if native else frame
    return out_udp(5247, struct.pack(">II", word, count() << 16) + data, up,
                   sport=5247 if not up else 49152)


def capwap_fragments(frame, up):
    """RFC 5415 3.4: in pieces of 512 bytes, the last one first."""
    data, ident, out = wifi(frame, up), count(), []
    for at in range(0, len(data), 512):
        last = at + 512 >= len(data)
        word = 2 << 19 | 1 << 14 | 1 << 9 | 0x180 | 0x40 * last
        out.append(out_udp(
            5247, struct.pack(">II", word, ident << 16 | at)
            + data[at:at + 512], up, sport=5247 if not up else 49152))
    return out[::-1]


def nsh(frame, up):
    return struct.pack(">HBBI", 0x0fc6 & 0x0fc0 | 6, 1, 3, 300 << 8 | 255) \
        + b"\0" * 16 + frame


def authentication(frame, up):
    head = struct.pack(">BBHII", 6, 4, 0, 0x100, count()) + b"\xaa" * 12
    packet = ip_of(frame)
    at = (packet[0] & 15) * 4
    new = bytearray(packet[:at] + head + packet[at:])
    new[2:4] = struct.pack(">H", len(new))
    new[9] = 51
    new[10:12] = b"\0\0"
    new[10:12] = struct.pack(">H", checksum(bytes(new[:at])))
    return frame[:14] + bytes(new)


def six_extensions(frame, up):
    packet = ip_of(frame)
    extra = H("3c00050200000100") + H("0600010400000000")
    return (frame[:14] + packet[:4] + struct.pack(">H", len(packet) - 40 + 16)
            + b"\0" + packet[7:40] + extra + packet[40:])


# --- fragments -------------------------------------------------------------

def cut_up(packet, size):
    """The fragments of an IPv4 packet without options."""
    data, out = packet[20:], []
    for at in range(0, len(data), size):
        part = data[at:at + size]
        more = 0x2000 if at + size < len(data) else 0
        head = (packet[:2] + struct.pack(">H", 20 + len(part)) + packet[4:6]
                + struct.pack(">H", more | at // 8) + packet[8:10] + b"\0\0"
                + packet[12:20])
        out.append(head[:10] + struct.pack(">H", checksum(head)) + head[12:]
                   + part)
    return out


def fragments(frame, up):
    """Each packet in fragments, the last one first."""
    packet = bytearray(ip_of(frame))
    packet[4:6] = struct.pack(">H", count())
    return [frame[:14] + p for p in reversed(cut_up(bytes(packet), 256))]


def fragments_six(frame, up):
    packet, number = ip_of(frame), count()
    data, out = packet[40:], []
    for at in range(0, len(data), 256):
        part = data[at:at + 256]
        head = struct.pack(">BBHI", packet[6], 0,
                           at | (at + 256 < len(data)), number)
        out.append(frame[:14] + packet[:4] + struct.pack(">H", len(part) + 8)
                   + b"\x2c" + packet[7:40] + head + part)
    return out[1:] + out[:1]


def tunnel_fragments(frame, up):
    packet = ip4(17, udp(4789, vxlan(frame)))
    return [eth(0x0800, p) for p in cut_up(packet, 512)]


# --- files -----------------------------------------------------------------

def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    total = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + total + body + total


def pcapng_mixed(path, packets):
    """One interface of raw IP in nanoseconds, one of Ethernet."""
    def interface(linktype, name, resolution):
        return block(1, struct.pack("<HHI", linktype, 0, 0)
                     + struct.pack("<HH", 2, len(name)) + name
                     + b"\0" * (-len(name) % 4)
                     + struct.pack("<HHBxxx", 9, 1, resolution)
                     + struct.pack("<HH", 0, 0))
    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += interface(ETHERNET, b"eth7", 6) + interface(RAW, b"tun7", 9)
    for n, (sec, usec, data) in enumerate(packets):
        raw = n % 2
        ticks = (sec * 1000000 + usec) * (1000 if raw else 1)
        data = data[14:] if raw else data
        out += block(6, struct.pack("<IIIII", raw, ticks >> 32,
                                    ticks & 0xffffffff, len(data), len(data))
                     + data)
        out += block(0xbad, b"a block that nobody knows")
    with open(path, "wb") as f:
        f.write(out)


def compressed(program):
    def finish(path, packets):
        import encap
        encap.write_pcap(path, ETHERNET, packets)
        with open(path, "rb") as f:
            data = f.read()
        data = program(data)
        with open(path, "wb") as f:
            f.write(data)
    return finish


def zstd(data):
    return subprocess.run(["zstd", "-qc"], input=data, check=True,
                          stdout=subprocess.PIPE).stdout
