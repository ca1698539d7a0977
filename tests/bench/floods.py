"""floods.py: --floods of bench.py: what strangers send to exhaust the sensor.

2,000 good handshakes take their time all through each flood. Printed: how many
of them were seen, the largest memory and its cap. Floods of keys that are alike
in hashes without a secret (trace_alike.c, collide.h) stand beside the same
flood of keys at random: who does not know the key of a keyed hash can make it
no slower, so that a packet costs about the same.
"""
import json

# the rest of a name is what it is compared with
ALIKE = {"certificates-alike": "certificates", "sessions-alike": "sessions",
         "names-alike": "names", "flows-sequence": "flows",
         "flows-xor": "flows", "flows-crc": "flows", "flows-fnv": "flows",
         "flows-sum": "flows"}
KINDS = ["syn", "half", "idle", "fragments", "certificates", "sessions",
         "names", "flows"] + list(ALIKE)

# a million open flows and what else a flood fills, with the program itself;
# each worker has a table of flows of its own
CAP_MB = 256
# times the CPU of the same at random; less than this many seconds is noise
MOST, NOISE = 2.0, 1.0


def good_seen(bench):
    calls = set()
    with open(bench.path("events.json")) as f:
        for line in f:
            if '"wirecert.handshake"' not in line or '"host-' not in line:
                continue
            e = json.loads(line)
            tls = e.get("tls", {})
            name = tls.get("client", {}).get("server_name", "")
            if name.startswith("host-") and tls.get("server", {}).get("x509"):
                calls.add((e["source"]["ip"], e["source"]["port"]))
    return len(calls)


def trace(bench, kind, count):
    return bench.trace("flood-" + kind, ["-n%d" % count] if count else [])


def judge(bench, kind, info, r, seen, of=0, cap=CAP_MB):
    if r["status"] != 0:
        bench.fault("exit status %d" % r["status"])
    if seen < 0.99 * info["good"]:
        bench.fault("good handshakes were missed")
    if r["rss"] > cap:
        bench.fault("more than %d MB" % cap)
    if of > MOST and r["cpu"] > NOISE:
        bench.fault("%s: %.1f times the CPU of %s" % (kind, of, ALIKE[kind]))


def floods(bench, kinds):
    """kinds: {kind: count of its pieces, 0 for the usual one}"""
    start = bench.run(bench.command(
        bench.trace("handshakes", ["-n1"])[0]))["rss"]
    print("\n%-20s %9s %7s %9s %9s %9s %7s %7s %6s %8s" % (
        "flood", "packets", "CPU s", "ns/packet", "of random", "memory MB",
        "cap MB", "B/piece", "good", "seen"))
    cost = {}
    for kind, count in kinds.items():
        path, info = trace(bench, kind, count)
        r = bench.run(bench.command(path, 1, ["-e", "handshake,status"]))
        seen = good_seen(bench)
        cost[kind] = 1e9 * r["cpu"] / info["packets"]
        random = cost.get(ALIKE.get(kind))
        of = cost[kind] / random if random else 0
        print("%-20s %9d %7.2f %9.0f %9s %9.1f %7d %7.0f %6d %7.2f%%" % (
            kind, info["packets"], r["cpu"], cost[kind],
            "%.2fx" % of if of else "", r["rss"], CAP_MB,
            (r["rss"] - start) * 1048576 / info["pieces"], info["good"],
            100.0 * seen / info["good"]), flush=True)
        judge(bench, kind, info, r, seen, of)
    if {"flows", "flows-sum"} <= set(kinds):
        two_workers(bench, kinds)


def two_workers(bench, kinds):
    """deal.c adds both ends up before it hashes: flows of one sum are one
    worker's, whatever the key."""
    for kind in ("flows", "flows-sum"):
        path, info = trace(bench, kind, kinds[kind])
        r = bench.run(bench.command(path, 2, ["-e", "handshake,status"]))
        seen = good_seen(bench)
        print("%-20s two workers: CPU %.0f, wall %.0f ns/packet; %.1f MB, "
              "%.2f%% seen" % (kind, 1e9 * r["cpu"] / info["packets"],
                               1e9 * r["wall"] / info["packets"], r["rss"],
                               100.0 * seen / info["good"]), flush=True)
        judge(bench, kind, info, r, seen, cap=2 * CAP_MB)
