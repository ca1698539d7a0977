#!/usr/bin/env python3
"""Every format of a few cases, to the byte; Zeek's columns read back.

formats.py WIRECERT PCAPS [--bless]: what is expected is in formats/, a file for
each case and format, a folder for Zeek's logs. Columns are read as zeek-cut
reads them, and have to say what the JSON lines of the same format say.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

HERE = os.path.dirname(os.path.abspath(__file__))
WANT = os.path.join(HERE, "formats")
CASES = ("connect-expired", "keys-clientcert-tls13", "dtls12-expired",
         "pgsql-sslrequest-wrong-name", "dns-wrong-target-tls12",
         "story-expired-then-fixed", "story-runs-out")
FORMATS = ("ecs", "eve", "zeek", "ocsf", "text")
EVENTS = "finding,certificate,handshake,status"
LOGS = ("ssl", "x509", "notice")


def command(exe, pcaps, case, form, output):
    folder = os.path.join(pcaps, case)
    words = [exe, "-r", os.path.join(folder, "capture.pcap"), "-f", form, "-e",
             EVENTS, "-o", output]
    root, keys = (os.path.join(folder, x) for x in ("root.pem", "keys.log"))
    words += ["-t", root if os.path.exists(root) else "none"]
    return words + (["-k", keys] if os.path.exists(keys) else [])


def replay(exe, pcaps, case, form, output="-"):
    run = subprocess.run(command(exe, pcaps, case, form, output), check=True,
                         stdout=subprocess.PIPE)
    # counters change with what is counted: the schema's tests hold them
    return b"".join(line for line in run.stdout.splitlines(True)
                    if b'"wirecert":{"status"' not in line
                    and b"  status  " not in line)


def unescape(text, in_list=False):
    def one(m):
        return "\\" if m[0] == "\\\\" else chr(int(m[1], 16))
    if text == "(empty)":
        return ""
    return re.sub(r"\\\\|\\x([0-9a-f]{2})", one, text)


def value_of(kind, text):
    if text == "-":
        return None
    if kind.startswith(("vector", "set")):
        return [unescape(x) for x in text.split(",")] \
            if text != "(empty)" else []
    if kind == "bool":
        return text == "T"
    if kind in ("time", "port", "count"):
        return float(text)
    return unescape(text)


def zeek_cut(text):
    """The records of a log, as its own header says."""
    names = kinds = ()
    for line in text.splitlines():
        if line.startswith("#fields\t"):
            names = line.split("\t")[1:]
        elif line.startswith("#types\t"):
            kinds = line.split("\t")[1:]
        elif not line.startswith("#"):
            cells = line.split("\t")
            assert len(cells) == len(names) == len(kinds), line
            yield {n: value_of(k, c) for n, k, c in zip(names, kinds, cells)
                   if value_of(k, c) is not None}


def check_columns(tap, case, folder, lines):
    for log in LOGS:
        want = [x for x in map(json.loads, lines) if x.pop("_path") == log]
        path = os.path.join(folder, log + ".log")
        text = open(path).read() if os.path.exists(path) else ""
        got = list(zeek_cut(text))
        bad = [(a, b) for a, b in zip(want, got) if a != b]
        tap.case(len(want) == len(got) and not bad,
                 "%s: %s.log says what the JSON lines say" % (case, log),
                 ["%d and %d lines" % (len(want), len(got))] + bad)


def same(tap, name, path, got, bless):
    if bless:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(got)
    want = open(path, "rb").read() if os.path.exists(path) else b""
    pairs = list(zip(want.splitlines(), got.splitlines()))
    tap.case(got == want, name, [x for a, b in pairs if a != b
                                 for x in (a, b)][:4])


def check_jq(tap, name, text):
    if not shutil.which("jq"):
        tap.skip(name + ": jq reads it", "jq is not installed")
        return
    run = subprocess.run(["jq", "-c", "."], input=text, stderr=subprocess.PIPE,
                         stdout=subprocess.PIPE)
    tap.case(run.returncode == 0 and
             run.stdout.count(b"\n") == text.count(b"\n"),
             name + ": jq reads it, an object a line", [run.stderr])


def main():
    exe, pcaps = os.path.abspath(sys.argv[1]), sys.argv[2]
    bless = "--bless" in sys.argv
    tap = Tap()
    for case in CASES:
        for form in FORMATS:
            got = replay(exe, pcaps, case, form)
            name = "%s.%s" % (case, form)
            same(tap, name, os.path.join(WANT, name), got, bless)
            if form != "text":
                check_jq(tap, name, got)
        with tempfile.TemporaryDirectory() as folder:
            replay(exe, pcaps, case, "zeek", folder)
            for log in LOGS:
                path = os.path.join(folder, log + ".log")
                got = open(path, "rb").read() if os.path.exists(path) else b""
                name = "%s.%s.log" % (case, log)
                same(tap, name, os.path.join(WANT, name), got, bless)
            lines = replay(exe, pcaps, case, "zeek").splitlines()
            check_columns(tap, case, folder, lines)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
