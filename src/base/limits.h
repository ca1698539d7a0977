/*
 * limits.h: every bound of wirecert, its value and its reason.
 *
 * A limit that is reached is counted and shown by status events; nothing is
 * dropped silently. Sizes are bytes, times are nanoseconds unless named.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define NSEC_PER_SEC  1000000000LL
#define NSEC_PER_MSEC 1000000LL

/* decode: taps stack a few tunnels; more than this is an attack or a loop */
#define LIMIT_TUNNEL_DEPTH 8
/* decode: headers of one packet (VLAN tags, MPLS labels, IPv6 extensions) */
#define LIMIT_HEADER_DEPTH 24
/* decode: UDP ports of one kind of tunnel that a configuration adds */
#define LIMIT_TUNNEL_PORTS 8
/* decode: attributes before the packet of an NFLOG message; the kernel has 20
 * kinds, more is too_deep */
#define LIMIT_NFLOG_ATTRIBUTES 64
/* fragments: datagrams being put together at once, pieces of one (64 KiB in an
 * MTU of 576), bytes of all, their age (RFC 1122 3.3.2: 60 to 120 s; RFC 8200:
 * 60 s; a tap is no host, late ones are lost ones), datagrams within each other
 * (tunnels in fragments in tunnels); counted as expired, evicted, refused,
 * too_deep */
#define LIMIT_FRAG_DATAGRAMS 1024
#define LIMIT_FRAG_PIECES    128
#define LIMIT_FRAG_BYTES     (8u << 20)
#define LIMIT_FRAG_AGE       (30 * NSEC_PER_SEC)
#define LIMIT_FRAG_LEVELS    4

/* capture: a frame larger than this is no packet but a damaged file */
#define LIMIT_FRAME (256u << 10)
/* pcapng: a block, its options (the draft has 20 kinds; the rest is left unread
 * and counted as a bad block), the interfaces of a section, its secrets */
#define LIMIT_PCAPNG_BLOCK      (16u << 20)
#define LIMIT_PCAPNG_OPTIONS    1024
#define LIMIT_PCAPNG_INTERFACES 4096
#define LIMIT_PCAPNG_SECRETS    (16u << 20)
/* a compressed capture may grow by this factor before it is called a bomb,
 * checked once it has put out LIMIT_INFLATE_FREE bytes (zeros of a sparse
 * capture compress well) */
#define LIMIT_INFLATE_RATIO 2000
#define LIMIT_INFLATE_FREE  (64ull << 20)
/* zstd: the window of "zstd --long" (2^27 is 128 MiB of memory), and not more:
 * then the file is refused and counted as failed */
#define LIMIT_ZSTD_WINDOW_LOG 27
/* folders in folders; more is a loop; files of a folder that are read */
#define LIMIT_FOLDER_DEPTH 64
#define LIMIT_INPUTS       65536

/* flow table: entries; an idle flow is one entry of 128 bytes or less */
#define LIMIT_FLOWS (1u << 20)
/* flows that are still being looked at (handshake not over) */
#define LIMIT_OPEN_FLOWS 65536
/* a flow that is silent this long is forgotten */
#define LIMIT_FLOW_IDLE (300 * NSEC_PER_SEC)
/* a closed flow stays this long, so that late copies open no new one */
#define LIMIT_FLOW_LINGER (10 * NSEC_PER_SEC)
/* an open handshake says what it knows after this much silence */
#define LIMIT_HANDSHAKE_IDLE (60 * NSEC_PER_SEC)
/* bytes of a direction looked through for the start of TLS, those between gaps
 * too; where nobody knows what it is, fewer (probe_too_long) */
#define LIMIT_PROBE_BYTES 16384
#define LIMIT_PROBE_HOLD  4096
/* rows read all words again when more have come: so many bytes in all (a
 * thousand segments of one byte and two rows), and so many more for each byte
 * that has come. Who sends tiny pieces without end is read less often, but all
 * of it is: no counter, as nothing is lost */
#define LIMIT_PROBE_LOOKED	(2u << 20)
#define LIMIT_PROBE_LOOKED_EACH 32u
/* a connection met in the middle: with so many records of application data at
 * the start of a direction, no readable handshake follows (probe_sealed) */
#define LIMIT_PROBE_SEALED 4

/* layers before TLS: PROXY protocol, then CONNECT, then SOCKS, then STARTTLS:
 * nobody goes deeper */
#define LIMIT_PROBE_LAYERS 6
/* records that the first 74 bytes of a hello may be spread over: all of them
 * one by one, and as many empty ones */
#define LIMIT_PROBE_RECORDS 160
/* a line longer than this is no command and no answer to one */
#define LIMIT_PROBE_LINE 4096
/* HTTP: bodies before TLS are error pages; a longer one is not waited for */
#define LIMIT_PROBE_BODY 65536
/* HTTP: attempts of CONNECT on a connection (Negotiate and NTLM need three) */
#define LIMIT_PROBE_ATTEMPTS 8
/* WebSocket: of a payload so much is unmasked at once; the rest follows */
#define LIMIT_WS_PIECE 2048
/* UDP: a flow whose first datagrams no protocol knows is left alone */
#define LIMIT_PROBE_DATAGRAMS 8

/* reassembly: a direction whose beginning was not captured is held back, so
 * that segments that were captured out of order still find their place: its
 * first byte is put so far behind the (unknown) beginning, until so many blocks
 * are held, or so long */
#define LIMIT_MIDSTREAM_ROOM   65536u
#define LIMIT_MIDSTREAM_BLOCKS 32u
#define LIMIT_MIDSTREAM_WAIT   (500 * NSEC_PER_MSEC)

/* reassembly: out-of-order bytes of one direction, of all flows */
#define LIMIT_STREAM_BYTES (1u << 20)
#define LIMIT_STREAM_TOTAL (64u << 20)
/* a hole that is older than this (packet time) is a gap: longer than the
 * retransmission timers of all common stacks */
#define LIMIT_STREAM_WAIT (10 * NSEC_PER_SEC)

/* memory: of what comes and goes with handshakes, of all sizes, so much is kept
 * for the next ones by each worker and the merge (LIMIT_MEMORY_WORKER has it);
 * more is given back to the heap (no counter: nothing is lost by that) */
#define LIMIT_MEM_CACHE (1u << 20)

/* TLS: one handshake message; Certificate messages of 1 MiB are kept */
#define LIMIT_TLS_MESSAGE (1u << 20)
/* TLS: all memory of one handshake (hello, chain, staple, notes) */
#define LIMIT_TLS_HANDSHAKE (4u << 20)
/* TLS: memory of all handshakes of a worker */
#define LIMIT_TLS_TOTAL (96u << 20)
/* TLS: certificates of one chain that are read */
#define LIMIT_TLS_CHAIN 64
/* TLS: names, ids of lists that are kept of one hello */
#define LIMIT_TLS_EXTENSIONS 256
/* TLS: anomalies told of one handshake; the rest is counted */
#define LIMIT_TLS_ANOMALIES 16
/* TLS: sizes of encrypted records kept per side to judge the reaction */
#define LIMIT_TLS_SEALED 16
/* TLS: sealed flight kept for keys that come late, and how long */
#define LIMIT_TLS_SEALED_BYTES (16u << 10)
#define LIMIT_TLS_SEALED_WAIT  (5 * NSEC_PER_SEC)
/* TLS: handshakes read of one connection (renegotiation); then it is left */
#define LIMIT_TLS_RENEGOTIATIONS 16
/* TLS: handshakes of one connection that wait to be taken: they are after each
 * segment, and more than these are not in one */
#define LIMIT_TLS_READY 4
/* TLS: of LIMIT_TLS_SEALED_BYTES, so much is left for the client, who comes
 * last; records tried in vain, as early data comes before what the key opens */
#define LIMIT_TLS_SEALED_CLIENT 1024u
#define LIMIT_TLS_TRIED		64
/* TLS: bytes looked through for a record boundary after a gap */
#define LIMIT_TLS_RESYNC (256u << 10)
/* RFC 8446 5.1: 2^14; old stacks and compression add up to 2048 */
#define LIMIT_TLS_RECORD (16384u + 2048u)

/* RFC 8879: a decompressed Certificate message; more is a bomb */
#define LIMIT_TLS_INFLATED (1u << 20)

/* key log: sessions whose secrets are kept, and the bytes of one line */
#define LIMIT_KEYLOG_SESSIONS 262144
#define LIMIT_KEYLOG_LINE     4096
/* key logs that are followed (more are refused), and the bytes read of one at
 * a time, some tenths of a second; the rest follows */
#define LIMIT_KEYLOG_FILES 64
#define LIMIT_KEYLOG_POLL  (32u << 20)

/* DTLS: datagram messages put together at once per side */
#define LIMIT_DTLS_MESSAGES 16

/* OpenVPN: control packets of one direction that came early (its own window is
 * 8 to 12), bytes of one; beyond they are dropped and counted. Bytes of a TCP
 * direction: a packet that is not whole, and the frame that adds to it */
#define LIMIT_OPENVPN_WINDOW 16
#define LIMIT_OPENVPN_PACKET 2048
#define LIMIT_OPENVPN_STREAM (2 + 65535 + LIMIT_FRAME)

/* QUIC: CRYPTO bytes of one level; connections that are open */
#define LIMIT_QUIC_CRYPTO (256u << 10)
#define LIMIT_QUIC_RANGES 256
/* QUIC: the largest UDP payload (RFC 9000 18.2, max_udp_payload_size) */
#define LIMIT_QUIC_DATAGRAM 65527
/* QUIC: connection ids whose Initial keys are kept: the client's first one,
 * Retry's, one a version where the version changes */
#define LIMIT_QUIC_KEYS 4
/* QUIC: Initial packets that do not open before none ever did; packets that
 * are opened of one handshake: 64 KiB of hello come in 60, sent thrice */
#define LIMIT_QUIC_FAILED 32
#define LIMIT_QUIC_OPENED 1024
/* gQUIC: tags of one message (kMaxEntries of quiche) */
#define LIMIT_QUIC_TAGS 128
/* QUIC: 1-RTT packets looked at for the client's reaction */
#define LIMIT_QUIC_SHORT 256

/* DNS: pointers followed within one name; with more the message is a bad one.
 * Go's own resolver takes 10 */
#define LIMIT_DNS_JUMPS 16
/* DNS: records kept of one message, and their memory */
#define LIMIT_DNS_RECORDS 256
#define LIMIT_DNS_MEMORY  (1u << 20)
/* DNS: queries of one flow that wait for their answer, and how long: stub
 * resolvers give up after 5 s, twice */
#define LIMIT_DNS_QUERIES 32
#define LIMIT_DNS_WAIT	  (10 * NSEC_PER_SEC)

/* certificates kept parsed, per worker, and what they take: 2.5 KiB each in the
 * mean, DER and facts */
#define LIMIT_CERT_CACHE       16384
#define LIMIT_CERT_CACHE_BYTES (18u << 20)
/* certificate: names listed of one certificate, bytes of one name */
#define LIMIT_CERT_NAMES 65536
#define LIMIT_CERT_DN    4096
/* staple: an OCSP response with its responder's chain is a few KiB; parsing
 * and verifying grow with what a server makes up */
#define LIMIT_CERT_STAPLE (64u << 10)

/* know: DNS answers, sessions, certificate places, our names */
#define LIMIT_KNOW_DNS      131072
#define LIMIT_KNOW_SESSIONS 65536
#define LIMIT_KNOW_PLACES   65536
#define LIMIT_KNOW_NAMES    65536
/* know: names whose certificates were seen in the clear, and places whose
 * encrypted ones have a length */
#define LIMIT_KNOW_UNSEEN 16384
/* know, ledger: bytes of the certificates held by one table (sessions, names,
 * intermediates; places that are judged again): 7,000 of 3 KiB, where a server
 * may show one of 64 KiB. Of the names in DNS answers */
#define LIMIT_KNOW_HELD (21u << 20)
#define LIMIT_KNOW_TEXT (64u << 20)
/* know: subjects of intermediates that complete chains (the web has about 2000
 * of them), those tried for one chain; chains and staples verified already */
#define LIMIT_KNOW_INTERMEDIATES 4096
#define LIMIT_CHAIN_POOL	 16
#define LIMIT_KNOW_CHAINS	 16384
#define LIMIT_KNOW_STAPLES	 16384
/* know: cross-certificates of one name and key; more are rare */
#define LIMIT_KNOW_CROSS 4
/* cert: chains above leaves that were judged: issuers in use, mostly, of which
 * the web has about 2000; some 3 KB each for the key's context. Longer ones
 * than so many members are verified anew each time: no counter, as nothing is
 * lost */
#define LIMIT_CHAIN_SIBLINGS 1024
#define LIMIT_CHAIN_ABOVE    6
/* cert: expired members of a chain that are left out, one after the other, to
 * look for another way: of several with one name OpenSSL takes a valid one by
 * itself, so that even two are rare (no counter) */
#define LIMIT_CHAIN_DETOURS 8
/* cert: authorities kept parsed (tens are in use on a network; an X509 takes
 * some 10 KB), only those of so many bytes, as strangers choose their size; and
 * who signed whom: one or two issuers each (cross-certificates), and the
 * store's. What is not kept is parsed and verified again: no counter */
#define LIMIT_CERT_AUTHORITIES	   512
#define LIMIT_CERT_AUTHORITY_BYTES 4096
#define LIMIT_CERT_PAIRS	   2048
/* cert: extensions compared with each other for what is there twice (the web
 * has about ten); octets of an RSA modulus that is read, beyond which the
 * arithmetic of others has limits of its own, too */
#define LIMIT_CERT_EXTENSIONS 64
#define LIMIT_CERT_RSA_BYTES  2048
/* know: leaves that were shown for names they do not have; so many such names,
 * each within so long of the last one, are told one by one, then the leaf is
 * held for one that answers to everything: a captive portal, a default host */
#define LIMIT_KNOW_CATCHALL  4096
#define LIMIT_CATCHALL_NAMES 4
#define LIMIT_CATCHALL_WAIT  (3600 * NSEC_PER_SEC)
/* know: names of which it is counted how much is seen (400 bytes each), and
 * those that a status event lists: what a person reads */
#define LIMIT_KNOW_COVERAGE 4096
#define LIMIT_STATUS_NAMES  16
/* know: CNAME links followed from a name to its address */
#define LIMIT_DNS_CHAIN 16
/* know: names under which one client knows one address */
#define LIMIT_DNS_NAMES 4
/* know: an answer counts for its TTL, at least for the floor (a TTL of 0 is
 * used once, by a call that comes after it), at most for the cap (RFC 8767 4
 * has a week; who moves an endpoint waits a day), and for the grace behind it:
 * programs keep addresses a little longer than they may */
#define LIMIT_DNS_TTL_FLOOR (60 * NSEC_PER_SEC)
#define LIMIT_DNS_TTL_CAP   (86400 * NSEC_PER_SEC)
#define LIMIT_DNS_GRACE	    (120 * NSEC_PER_SEC)

/* ledger: findings whose life is followed, clients told of one; bits of the
 * sketch that counts those beyond (some per cent off up to 5,000 of them) */
#define LIMIT_LEDGER_FINDINGS	 65536
#define LIMIT_LEDGER_CLIENTS	 16
#define LIMIT_LEDGER_CLIENT_BITS 1024
/* ledger: places whose open findings are known; handshakes kept to tell of a
 * finding again (each some KiB) */
#define LIMIT_LEDGER_PLACES 65536
#define LIMIT_LEDGER_KEPT   1024
/* ledger: bytes of those handshakes, each with its hellos and certificates */
#define LIMIT_LEDGER_HELD (64u << 20)
/* ledger: handshakes remembered so that a second copy counts once */
#define LIMIT_LEDGER_SEEN 65536

/* ledger: places whose certificate comes close to its end, to be judged again
 * as time passes */
#define LIMIT_LEDGER_AGING 8192
/* state: rows of each kind in the file (2 KiB of disk each, mostly); those not
 * yet written, or written lately, that are kept in memory */
#define LIMIT_STATE_ROWS  262144
#define LIMIT_STATE_CACHE 16384
/* state: bytes put that wait for a commit that takes long */
#define LIMIT_STATE_NOTES (16u << 20)

/* events: bytes of one line; SANs and chain members written of one event */
#define LIMIT_EVENT_BYTES (4u << 20)
#define LIMIT_EVENT_NAMES 100
#define LIMIT_EVENT_CHAIN 16
/* events: bytes of one text from the wire */
#define LIMIT_EVENT_TEXT 1024

/* status events: counters of one (all their names are in the schema, some 150);
 * interfaces and files, as many as the command line takes */
#define LIMIT_STATUS_COUNTERS 256
#define LIMIT_STATUS_SOURCES  64

/* sinks: bytes of events that wait while a disk is full or a reader slow or
 * gone, each; at some hundred bytes an event, an hour of a busy network */
#define LIMIT_SINK_WAITING (16u << 20)
#define LIMIT_SINKS	   16

/* configuration: bytes of the file and of what is made of it, of one title;
 * networks and names that are ours; members of one list, sections of a kind:
 * every handshake is compared with all of them */
#define LIMIT_CONFIG_BYTES    (1u << 20)
#define LIMIT_CONFIG_MEMORY   (16u << 20)
#define LIMIT_CONFIG_TITLE    200
#define LIMIT_CONFIG_SECTIONS 1024
#define LIMIT_POLICY_OWN      256
#define LIMIT_POLICY_LIST     64

/* evidence: the ring of packets of one worker (10,000 handshakes of 3 KiB);
 * packets and bytes kept of one connection: a chain of 1 MiB is no evidence
 * that anybody reads */
#define LIMIT_EXHIBIT_RING    (32u << 20)
#define LIMIT_EXHIBIT_PACKETS 512
#define LIMIT_EXHIBIT_BYTES   (256u << 10)
/* evidence: DNS answers whose packets are kept, and the bytes of one */
#define LIMIT_EXHIBIT_ANSWERS	   2048
#define LIMIT_EXHIBIT_ANSWER_BYTES (16u << 10)
/* evidence: answers of one finding: its aliases, for IPv4 and IPv6 */
#define LIMIT_EXHIBIT_EACH 8
/* evidence: files in the folder, so that it ends at 256 MiB at most */
#define LIMIT_EXHIBIT_FILES 1024

/* knowledge: files of one kind that the configuration names; keys known to be
 * weak (Debian's lists have about 600,000 of 10 bytes each) */
#define LIMIT_KNOWLEDGE_FILES 8
#define LIMIT_WEAK_KEYS	      4000000

/* memory_limit: what is outside of the pools: the program, its libraries, the
 * trust store, SQLite's cache, what the heap cannot give back; of each worker
 * its queue and caches; the least that is shared out among the pools */
#define LIMIT_MEMORY_FIXED  (64u << 20)
#define LIMIT_MEMORY_WORKER (16u << 20)
#define LIMIT_MEMORY_LEAST  (64u << 20)

/* report: names and findings that are listed (some MiB of a page) */
#define LIMIT_REPORT_NAMES    8192
#define LIMIT_REPORT_FINDINGS 1024
#define LIMIT_REPORT_BYTES    (64u << 20)

#endif
