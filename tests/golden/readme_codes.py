#!/usr/bin/env python3
"""Compares the findings that each case's README promises with those told.

usage: readme_codes.py PROGRAM [PCAPS] [PATTERN ...]

A README says "Findings: CODE (severity), CODE" or "Findings: none", and maybe
"Findings with -k keys.log: ...". The program is run with -t root.pem where the
case has one, else -t none. Codes are compared as sets; a severity only where
the README names one. Prints each difference; status 1 where there is one.
"""
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

CODE = re.compile(r"\b([a-z]+\.[a-z_]+)\b(?:\s*\((info|low|medium|high)\b)?")
LINE = re.compile(r"^Findings( with -k keys\.log)?:", re.M)


def promised(text):
    """{False: {code: severity or None}, True: the same with keys}"""
    out = {}
    found = list(LINE.finditer(text))
    for i, m in enumerate(found):
        end = found[i + 1].start() if i + 1 < len(found) else len(text)
        body = text[m.end():end].split("\n\n")[0]
        # a sentence behind the list may speak of codes that do not hold
        body = re.split(r":\s|;\s|\.\s", body + " ")[0]
        out[bool(m.group(1))] = {c: s or None for c, s in CODE.findall(body)}
        if "at most" in body:
            out[bool(m.group(1))]["?"] = None
    return out


def told(program, case, keys):
    trust = case / "root.pem"
    cmd = [program, "-f", "ecs", "-e", "finding",
           "-t", str(trust) if trust.exists() else "none"]
    config = case / "wirecert.conf"
    if config.exists():
        cmd += ["-c", str(config)]
    for capture in sorted(case.glob("capture*.pcap*")):
        cmd += ["-r", str(capture)]
    if keys:
        cmd += ["-k", str(case / "keys.log")]
    done = subprocess.run(cmd, capture_output=True, text=True, timeout=60)
    if done.returncode not in (0, 1):
        return {"status %d: %s" % (done.returncode, done.stderr.strip()): None}
    order = ["info", "low", "medium", "high"]
    out = {}
    for line in done.stdout.splitlines():
        e = json.loads(line)
        code, severity = e["rule"]["id"], e["wirecert"]["severity"]
        if order.index(severity) >= order.index(out.get(code, "info")):
            out[code] = severity
    return out


def differences(want, have):
    at_most = want.pop("?", "no") is None
    for code in sorted(set(want) | set(have)):
        if code not in have:
            if not at_most:
                yield "missing " + code
        elif code not in want:
            yield "told too %s (%s)" % (code, have[code])
        elif want[code] and want[code] != have[code]:
            yield "%s is %s, not %s" % (code, have[code], want[code])


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = sys.argv[1]
    pcaps = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else \
        pathlib.Path(__file__).resolve().parents[2] / "pcaps"
    patterns = sys.argv[3:] or ["*"]
    runs = bad = silent = 0
    for case in sorted(pcaps.iterdir()):
        readme = case / "README"
        if not readme.is_file() or not any(
                fnmatch.fnmatch(case.name, p) for p in patterns):
            continue
        want = promised(readme.read_text())
        silent += not want
        for keys in sorted(want):
            runs += 1
            diff = list(differences(want[keys], told(program, case, keys)))
            bad += bool(diff)
            for d in diff:
                print("%s%s: %s" % (case.name, " -k" if keys else "", d))
    print("%d runs, %d differ, %d cases promise nothing" % (runs, bad, silent))
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
