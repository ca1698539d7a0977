#!/usr/bin/env python3
"""Every finding code has a case in pcaps/ and a place in the manual; codes and
default severities are those of the design, whose table is copied here.

codes.py WIRECERT ROOT
"""
import glob
import json
import os
import re
import subprocess
import sys

import house


# The first word is the default, all of them are what an event may say: lower
# where the row gives a reason (nobody asked for a name, opportunistic TLS).
SEVERITIES = {
    "cert.expired": "high low",
    "cert.not_yet_valid": "high low",
    "cert.expiring": "medium high low",
    "name.mismatch": "high medium low",
    "name.cn_only": "medium low",
    "name.misrouted": "high medium low",
    "name.refused": "high medium low",
    "handshake.refused": "info",
    "dns.misrouted": "high",
    "client.rejected": "high medium low",
    "client.accepts_invalid": "medium",
    "clientcert.expired": "high",
    "clientcert.expiring": "medium",
    "clientcert.wrong_usage": "medium",
    "clientcert.refused": "high medium",
    "chain.untrusted": "medium info low",
    "chain.incomplete": "medium info low",
    "chain.self_signed": "medium info low",
    "chain.expired": "medium info low",
    "staple.revoked": "high low",
    "staple.expired": "low",
    "staple.missing": "low",
    "key.weak": "medium low info",
    "signature.weak": "medium low info",
    "tls.obsolete": "low",
    "cert.wrong_usage": "medium low info",
    "cert.malformed": "medium low info",
    "cert.lifetime_excessive": "info",
    "cert.changed": "info",
    "cert.mixed": "medium low",
    # not in the design's table, but in its checks
    "cert.unexpected_issuer": "medium low",
    "cert.no_scts": "info",
    "cert.wildcard_too_wide": "info",
    "chain.untidy": "info",
    "staple.invalid": "low",
}


def severities(tap, rows, said):
    """rows: code -> what --list-findings says; said: code -> severities of
    the expected events."""
    tap.case(set(rows) == set(SEVERITIES), "the codes are the design's",
             ["new: %s" % sorted(set(rows) - set(SEVERITIES)),
              "gone: %s" % sorted(set(SEVERITIES) - set(rows))])
    for code, words in sorted(SEVERITIES.items()):
        row, words = rows.get(code, ""), words.split()
        tap.case(re.match(r"\w*", row).group() == words[0],
                 "%s is %s by default" % (code, words[0]), [row])
        tap.case(said.get(code, set()) <= set(words),
                 "%s is said with its severities only" % code,
                 sorted(said.get(code, set()) - set(words)))


def sentences(text):
    return re.split(r"(?<=\.) (?=[A-Z])", text)


def is_clear(event):
    """What to do stands in the hint, in two sentences at most, and is not
    told a second time in the message."""
    fix = event["wirecert"]["hint"].get("fix")
    if not fix:
        return False
    return (len(sentences(fix)) <= 2 and
            sentences(fix)[0] not in event["message"])


def expected_events(paths, unclear):
    """code -> severities of the findings that the cases open."""
    said = {}
    for path in paths:
        for line in open(path, encoding="utf-8"):
            if '"action":"opened"' not in line:
                continue
            event = json.loads(line)
            said.setdefault(event["event"]["code"], set()).add(
                event["wirecert"]["severity"])
            if not is_clear(event):
                unclear[event["wirecert"]["hint"].get("fix")] = path
    return said


def main():
    exe, root = sys.argv[1:3]
    tap = house.Tap()
    run = subprocess.run([exe, "--list-findings"], capture_output=True,
                         text=True, check=True)
    rows = {line.split()[0]: line.split(None, 1)[1]
            for line in run.stdout.splitlines()
            if re.match(r"[a-z]+\.[a-z_]+\s", line)}
    codes = list(rows)
    tap.case(len(codes) >= 5, "--list-findings lists the codes", [run.stdout])
    expected = glob.glob(os.path.join(root, "pcaps/*/expect*.jsonl"))
    unclear = {}
    seen = expected_events(expected, unclear)
    tap.case(not unclear, "each fix is told once, in two sentences at most",
             ["%s: %s" % (path, fix) for fix, path in unclear.items()])
    severities(tap, rows, seen)
    manual = open(os.path.join(root, "man/wirecert.8")).read()
    for code in codes:
        if expected:
            tap.case(code in seen, "%s has a case" % code,
                     ["no pcaps/*/expect.jsonl opens it"])
        else:
            tap.skip("%s has a case" % code, "no case is blessed")
        tap.case(code in manual.replace("\\", ""), "%s is in the manual"
                 % code, ["man/wirecert.8 does not name it"])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
