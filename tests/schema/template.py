#!/usr/bin/env python3
"""The index template for Elasticsearch and OpenSearch, made from --schema.

template.py WIRECERT FILE writes it; run.py holds that contrib's is the same.
"""
import json
import os
import sys

import events

# what people search word by word, and what nobody searches at all
TEXT = {"message": "match_only_text", "wirecert.hint.fix": "text",
        "wirecert.hint.client_errors.text": "text"}
NOT_INDEXED = {"tls.server.certificate_chain",
               "tls.client.x509.public_key_exponent",
               "tls.server.x509.public_key_exponent"}
FILE = "contrib/elasticsearch/wirecert-template.json"


def mapping(name, sub):
    kind = TEXT.get(name, events.field_type(sub))
    out = {"type": kind}
    if name in NOT_INDEXED:
        out.update(index=False, doc_values=False)
    elif kind == "keyword":
        out["ignore_above"] = 1024
    return out


def put(tree, parts, leaf):
    for part in parts[:-1]:
        tree = tree.setdefault(part, {"properties": {}})["properties"]
    tree[parts[-1]] = leaf


def make(schema):
    tree = {}
    for node in schema["$defs"].values():
        for name, (sub, _) in events.fields(node).items():
            put(tree, name.split("."), mapping(name, sub))
    # counters of a status event are numbers, and texts of it are words
    counters = {"path_match": "wirecert.status.*", "match_mapping_type": "long",
                "mapping": {"type": "long"}}
    words = {"match_mapping_type": "string",
             "mapping": {"type": "keyword", "ignore_above": 1024}}
    return {
        "index_patterns": ["wirecert-*"],
        "priority": 300,
        "template": {
            "settings": {"index.mapping.total_fields.limit": 2000},
            "mappings": {
                "date_detection": False,
                "dynamic_templates": [{"counters": counters},
                                      {"words": words}],
                "properties": tree,
            },
        },
        "_meta": {"description": "events of wirecert (ECS)"},
    }


def check(tap, schema, root):
    path = os.path.join(root, FILE)
    have = json.load(open(path)) if os.path.exists(path) else None
    want = make(schema)
    tap.case(have == want, FILE + " maps what the schema names",
             ["make it again: tests/schema/template.py WIRECERT " + FILE])


def main():
    exe, path = sys.argv[1:3]
    with open(path, "w", encoding="utf-8") as out:
        json.dump(make(events.schema(exe)), out, indent=2, sort_keys=True)
        out.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
