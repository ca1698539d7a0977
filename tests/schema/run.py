#!/usr/bin/env python3
"""Events are what --schema says, in ECS's own names and types.

run.py WIRECERT ROOT: every event of every case of pcaps/ validates; a field
outside wirecert.* is one of ecs_fields.txt, with its type; the schema catches
what it must; contrib's index template maps what the schema names.
"""
import copy
import json
import os
import sys

import events
import template

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../golden"))
from tap import Tap  # noqa: E402


def ecs_fields():
    rows = {}
    for line in open(os.path.join(HERE, "ecs_fields.txt")):
        if not line.startswith("#"):
            name, kind, *more = line.split()
            rows[name] = kind, bool(more)
    return rows


def validators(schema):
    """{dataset: validator}; one dataset at a time gives readable errors."""
    import jsonschema
    jsonschema.Draft202012Validator.check_schema(schema)
    return {"wirecert." + name: jsonschema.Draft202012Validator(
        {"$schema": schema["$schema"], **sub},
        format_checker=jsonschema.FormatChecker())
        for name, sub in schema["$defs"].items()}


def faults(checks, event):
    check = checks.get(event.get("event", {}).get("dataset"))
    if not check:
        return ["no dataset of the schema"]
    return ["%s: %s" % (e.json_path, e.message[:300])
            for e in check.iter_errors(event)]


def check_events(tap, exe, pcaps, checks):
    """Every event of every case; gives the first event of each dataset."""
    first = {}
    for case in events.cases(pcaps):
        lines, wrong = events.replay(exe, case)
        bad = [wrong] if wrong else []
        for n, line in enumerate(lines):
            event = json.loads(line.decode("utf-8"))
            first.setdefault(event["event"]["dataset"], event)
            bad += ["line %d: %s" % (n + 1, f) for f in faults(checks, event)]
        tap.case(not bad and lines, case[0] + " is by the schema", bad)
    return first


def check_drift(tap, checks, first):
    """The schema is worth nothing if it takes whatever comes."""
    def spoil(name, dataset, change):
        event = copy.deepcopy(first["wirecert." + dataset])
        change(event)
        tap.case(faults(checks, event), "the schema refuses " + name)

    spoil("an unknown field of ours", "handshake",
          lambda e: e["wirecert"].update(new=1))
    spoil("an unknown member deep inside", "finding",
          lambda e: e["wirecert"]["reaction"].update(why="x"))
    spoil("an unknown code", "finding",
          lambda e: e["event"].update(code="cert.fine"))
    spoil("null for what is absent", "handshake",
          lambda e: e["tls"].update(cipher=None))
    spoil("a text for a number", "handshake",
          lambda e: e["source"].update(port="443"))
    spoil("a time without its zone", "handshake",
          lambda e: e.update({"@timestamp": "2026-11-23T09:00:00.000"}))
    spoil("an event without an id", "certificate",
          lambda e: e["event"].pop("id"))
    spoil("a word that is none", "handshake",
          lambda e: e["wirecert"].update(visibility="clear"))
    spoil("an address that is none", "handshake",
          lambda e: e["source"].update(ip="10.0.0.256"))
    spoil("a counter that is a text", "status",
          lambda e: e["wirecert"]["status"]["packets"].update(cut="1"))


def check_ecs(tap, schema):
    known = ecs_fields()
    used, wrong = set(), []
    for node in schema["$defs"].values():
        for name, (sub, is_list) in events.fields(node).items():
            if name.startswith("wirecert."):
                continue
            used.add(name)
            kind, many = known.get(name, (None, None))
            have = events.field_type(sub)
            if kind is None:
                wrong.append("%s is no field of ECS that we know" % name)
            elif kind.replace("match_only_text", "keyword") != have:
                wrong.append("%s is %s, in ECS %s" % (name, have, kind))
            elif many != is_list:
                wrong.append("%s: list or not differs from ECS" % name)
    tap.case(not wrong and used, "%d fields have ECS's names and types"
             % len(used), wrong)
    stale = sorted(set(known) - used)
    tap.case(not stale, "ecs_fields.txt names only what is used", stale)


def main():
    exe, root = sys.argv[1:3]
    tap = Tap()
    try:
        import jsonschema  # noqa: F401
    except ImportError:
        tap.skip("events are by the schema", "no python3-jsonschema")
        return tap.end()
    schema = events.schema(exe)
    checks = validators(schema)
    first = check_events(tap, exe, os.path.join(root, "pcaps"), checks)
    tap.case(len(first) == len(checks), "every dataset was seen",
             sorted(set(checks) - set(first)))
    if len(first) == len(checks):
        check_drift(tap, checks, first)
    check_ecs(tap, schema)
    template.check(tap, schema, root)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
