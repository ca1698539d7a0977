#!/usr/bin/env python3
"""EVE, Zeek and OCSF lines of every case have what those formats demand.

formats.py WIRECERT ROOT: types and presence as in Suricata's etc/schema.json,
Zeek's record declarations and OCSF's dictionary, as far as we write them; a
member that no row names is a fault. Values are checked against the ECS event
of the same handshake.
"""
import json
import os
import sys

import events

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../golden"))
from tap import Tap  # noqa: E402

TYPES = {"text": str, "int": int, "bool": bool, "object": dict, "list": list,
         "time": (int, float)}


def rows_of(name):
    """{(kind, path): (type, must it be there)} of formats.txt."""
    rows = {}
    for line in open(os.path.join(HERE, "formats.txt")):
        if line.strip() and not line.startswith("#"):
            form, kinds, path, kind, *must = line.split()
            if form == name:
                for k in kinds.split(","):
                    rows[k, path] = kind, bool(must)
    return rows


def members(value, path=""):
    """Every (path, value) below; lists are of one kind of item."""
    for name, item in value.items():
        where = path + "/" + name if path else name
        yield where, item
        if isinstance(item, dict):
            yield from members(item, where)
        for one in item if isinstance(item, list) else ():
            yield where + "/[]", one
            if isinstance(one, dict):
                yield from members(one, where + "/[]")


def is_of(value, kind):
    if kind == "int" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[kind])


def below_ours(path):
    return path.startswith(("wirecert/", "unmapped/wirecert/"))


def faults(rows, kind, line):
    seen = set()
    for path, value in members(line):
        if below_ours(path):
            continue
        row = rows.get((kind, path))
        seen.add(path)
        if not row:
            yield "%s is in no row of %s" % (path, kind)
        elif not is_of(value, row[0]):
            yield "%s is %r, no %s" % (path, value, row[0])
    for (k, path), (_, must) in rows.items():
        parent = path.rpartition("/")[0]
        if k == kind and must and path not in seen and \
                (not parent or parent in seen):
            yield "%s has no %s" % (kind, path)


def kind_of(name, line):
    if name == "eve":
        return line["event_type"]
    return line["_path"] if name == "zeek" else str(line["class_uid"])


def leaf_hash(event):
    server = event["tls"].get("server", {})
    return server.get("hash", {}).get("sha256", "").lower()


def agree(name, ecs, lines):
    """Handshakes: as many, in the same order, telling the same."""
    hands = [e for e in ecs if e["event"]["dataset"] == "wirecert.handshake"]
    alerts = [e for e in ecs if e["event"]["dataset"] == "wirecert.finding"]
    if name == "eve":
        got = [(x["src_port"], x["tls"].get("sni")) for x in lines
               if x["event_type"] == "tls"]
        codes = [x["alert"]["metadata"]["code"][0] for x in lines
                 if x["event_type"] == "alert"]
    elif name == "zeek":
        got = [(x["id.orig_p"], x.get("server_name")) for x in lines
               if x["_path"] == "ssl"]
        codes = [x["wirecert.code"] for x in lines if x["_path"] == "notice"]
    else:
        got = [(x["src_endpoint"]["port"], x["tls"].get("sni"))
               for x in lines if x["metadata"]["log_name"] == "handshake"]
        codes = [x["finding_info"]["types"][0] for x in lines
                 if x["class_uid"] == 2004]
    want = [(e["source"]["port"], e["tls"].get("client", {})
             .get("server_name")) for e in hands]
    if got != want:
        yield "handshakes: %r, in ECS %r" % (got, want)
    if codes != [e["event"]["code"] for e in alerts]:
        yield "findings: %r differ from ECS" % codes


def check_case(name, rows, exe, case, used):
    ecs, wrong = events.replay(exe, case)
    raw, also = events.replay(exe, case, form=name)
    if wrong or also:
        return [wrong or also]
    lines = [json.loads(x.decode("utf-8")) for x in raw]
    bad = []
    for n, line in enumerate(lines):
        kind = kind_of(name, line)
        used.add(kind)
        bad += ["line %d: %s" % (n + 1, f) for f in faults(rows, kind, line)]
    return bad + list(agree(name, [json.loads(x) for x in ecs], lines))


def main():
    exe, root, name = sys.argv[1:4]
    tap = Tap()
    rows, used = rows_of(name), set()
    for case in events.cases(os.path.join(root, "pcaps"), matrix=10):
        bad = check_case(name, rows, exe, case, used)
        tap.case(not bad, "%s in %s" % (case[0], name), bad)
    kinds = {k for k, _ in rows}
    tap.case(used == kinds, "every kind of line of %s was seen" % name,
             sorted(kinds ^ used))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
