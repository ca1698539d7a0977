#!/usr/bin/env python3
"""The files of share/ by their schemas, and what they have to cover.

knowledge.py WIRECERT ROOT; a file of one's own with a fault is refused by
--check-config with its place, and by the schema, too.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
from tap import Tap  # noqa: E402

KEYS = {"gateways": "gateways",
        "fallback-certificates": "fallback_certificates"}
# the providers of the issue: who, and a role that is known of each
GATEWAYS = {
    "aws_api_gateway": {"custom_domain", "default_endpoint",
                        "private_endpoint"},
    "aws_api_gateway_china": {"custom_domain", "default_endpoint"},
    "aws_load_balancer": {"load_balancer"}, "aws_cloudfront": {"distribution"},
    "aws_app_runner": {"default_endpoint"},
    "azure_api_management": {"gateway", "management"},
    "azure_front_door": {"gateway"}, "azure_app_service": {"application"},
    "google_api_gateway": {"default_endpoint"},
    "google_cloud_run": {"application", "custom_domain"},
    "google_endpoints": {"gateway"}, "google_apigee": {"gateway"},
    "cloudflare": {"cdn"}, "fastly": {"cdn"}, "akamai": {"cdn"},
}
FAULTS = {
    "gateways": [
        (("gateways", 0, "nmae"), "x", "gateways[0] (aws_api_gateway): nmae"),
        (("gateways", 1, "names", 0, "target"), "left", "target: \"left\""),
        (("gateways", 1, "names", 0, "pattern"), "a..b", "pattern: \"a..b\""),
        (("gateways", 2, "renews"), "me", "renews: \"me\""),
        (("gateways", 3, "provider"), "", "provider: must be a string"),
    ],
    "fallback-certificates": [
        (("certificates", 0, "who"), 7, "who: must be a string"),
        (("certificates", 1, "match", "days"), [1], "days: must be two"),
        (("certificates", 2, "match"), {"no_san": True}, "fits nearly"),
        (("certificates", 3, "match", "self_issued"), "yes",
         "self_issued: must be true or false"),
    ],
}


def load(path):
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def errors_of(schema, data):
    import jsonschema
    validator = jsonschema.Draft202012Validator(schema)
    return ["%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:120])
            for e in validator.iter_errors(data)]


def spoil(data, path, value):
    out = copy.deepcopy(data)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return out


def check_config(exe, key, data):
    """What --check-config says of a configuration with this file."""
    with tempfile.TemporaryDirectory() as folder:
        own = os.path.join(folder, "own.json")
        with open(own, "w", encoding="utf-8") as out:
            json.dump(data, out, indent=1)
        conf = os.path.join(folder, "wirecert.conf")
        with open(conf, "w", encoding="utf-8") as out:
            out.write("[sensor]\n%s = %s\n" % (key, own))
        run = subprocess.run([exe, "--check-config", "-c", conf],
                             capture_output=True, text=True)
    return run.returncode, run.stderr


def check_faults(tap, exe, name, schema, data):
    status, said = check_config(exe, KEYS[name], data)
    tap.case(status == 0 and not said, "%s is taken as one's own" % name,
             [said])
    for path, value, words in FAULTS[name]:
        bad = spoil(data, path, value)
        what = "%s: %s = %r" % (name, ".".join(map(str, path)), value)
        tap.case(errors_of(schema, bad), what + " is against the schema")
        status, said = check_config(exe, KEYS[name], bad)
        tap.case(status == 2 and words in said and ": line " in said
                 and said.count("\n") == 1, what + " is refused", [said])


def check_cover(tap, gateways):
    known = {g["id"]: g for g in gateways["gateways"]}
    for which, roles in sorted(GATEWAYS.items()):
        names = known.get(which, {}).get("names", [])
        have = {n["role"] for n in names}
        tap.case(roles <= have, "%s is known, with its roles" % which,
                 sorted(roles - have))
        tap.case("renews" in known.get(which, {}),
                 "%s: who renews is said" % which)
    wrong = sorted({g["id"] for g in gateways["gateways"]
                    for n in g["names"] if n.get("target") == "wrong"})
    tap.case(wrong == ["aws_api_gateway", "aws_api_gateway_china",
                       "google_api_gateway"],
             "only what CONTRACT.md names accuses by DNS alone", wrong)


def main():
    exe, root = sys.argv[1:3]
    tap = Tap()
    try:
        import jsonschema  # noqa: F401
    except ImportError:
        tap.skip("knowledge", "no python3-jsonschema")
        return tap.end()
    for name in sorted(KEYS):
        schema = load(os.path.join(HERE, name + ".schema.json"))
        data = load(os.path.join(root, "share", name + ".json"))
        wrong = errors_of(schema, data)
        tap.case(not wrong, "share/%s.json is as its schema says" % name,
                 wrong)
        check_faults(tap, exe, name, schema, data)
    check_cover(tap, load(os.path.join(root, "share", "gateways.json")))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
