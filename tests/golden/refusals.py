#!/usr/bin/env python3
"""Every refusal is one line: what, where, and what would be right.

refusals.py WIRECERT PCAPS: wrong command lines and configurations, each with
its exit status and words that its line has to have. Keys and values of the
configuration are tests/unit/test_config.c's.
"""
import os
import shlex
import subprocess
import sys
import tempfile

from tap import Tap

# words, exit status, what the line says; {read} is -r and a capture, {root} a
# trust store
LINES = [
    ("", 2, "-r FILE to replay"),
    ("-r", 2, "-r: needs a value"),
    ("--frobnicate", 2, "--frobnicate: no such option (--help"),
    ("-z", 2, "-z: no such option (--help"),
    ("-zq", 2, "-z: no such option (--help"),
    ("{read} -zq", 2, "-z: no such option (--help"),
    ("--merge=1 {read}", 2, "--merge takes no value"),
    ("-r missing.pcap", 3, "missing.pcap: No such file"),
    ("-i nosuch0", 3, "nosuch0: no such interface (see --list-interfaces)"),
    ("-i udp:127.0.0.1:99999", 3, "udp:127.0.0.1:99999: not udp:ADDR:PORT"),
    ("{read} -i lo", 2, "-r and -i cannot be combined"),
    ("{read} --follow --merge", 2, "--follow and --merge cannot be combined"),
    ("-i lo --follow", 2, "--follow: it is for files: give -r PATH"),
    ("-i lo --merge", 2, "--merge: it is for files: give -r PATH"),
    ("-i lo --report x.md", 2, "--report x.md: it comes after a replay"),
    ("{read} -f json", 2, "--format json: it takes one of ecs text eve"),
    ("{read} -e finding,foo", 2, "it takes a list of finding, certificate"),
    ("{read} -e ''", 2, "--events : it takes a list of finding"),
    ("{read} -w 0", 2, "--workers 0: it takes a number from 1 to 64"),
    ("{read} -w two", 2, "--workers two: it takes a number"),
    ("{read} --snaplen 0", 2, "--snaplen 0: it takes bytes, from 64"),
    ("{read} --buffer 12Q", 2, "--buffer 12Q: it takes bytes, with K, M or"),
    ("{read} --buffer nan", 2, "--buffer nan: it takes bytes, with K, M or"),
    ("{read} --now soon", 2, "--now soon: it takes packet, or a time like"),
    ("{read} --now 2026-13-01", 2, "--now 2026-13-01: it takes packet, or"),
    ("{read} --fail-on dire", 2, "--fail-on dire: it takes info, low, medium"),
    ("{read} --report x.txt", 2, "--report x.txt: it takes a file whose"),
    ("{read} --report no/x.md", 2, "--report no/x.md: No such file"),
    ("{read} --evidence no", 2, "it takes a folder that is there"),
    ("{read} -t no.pem", 2, "trust store no.pem: No such file"),
    ("{read} -t empty", 2, "trust store empty: no certificate in it (PEM"),
    ("{read} -t {root} -t no.pem", 2, "trust store no.pem: No such file"),
    ("{read} -t {root} -t none", 2, "trust store none: it stands alone"),
    ("{read} -k no.log", 3, "no.log: No such file"),
    ("{read} -o no/x", 2, "no/x: cannot be written: No such file"),
    ("{read} -o .", 2, ".: cannot be written: Is a directory"),
    ("{read} tcp port 443 -f text", 2, "-f: options come before the filter"),
    ("{read} tcp --merge", 2, "--merge: options come before the filter"),
    ("{read} tcp prt 443", 2, "filter 'tcp prt 443': "),
    ("{read} --inner-filter 'tcp port'", 2, "filter 'tcp port': "),
    ("{read} -c no.conf", 2, "no.conf: the configuration cannot be read"),
    ("--check-config", 2, "--check-config: say which one, with -c FILE"),
    ("--check-config -c empty", 0, ""),
    ("-c empty", 2, "empty has no interface in [sensor]"),
    ("inventory", 2, "say where it is, with --state DIR, or with -c"),
    ("inventory --state no", 3, "no/wirecert.db: No such file"),
    ("inventory --state . --expiring x", 2, "it takes a number of days"),
    ("inventory --state . --csv --json", 2, "--json and --csv: one of them"),
    ("inventory x", 2, "inventory takes options only (--help lists"),
    ("inventory --frobnicate", 2, "inventory has no such option (--help"),
    ("inventory --csv -zq", 2, "-z: inventory has no such option (--help"),
    ("inventory --csv=1", 2, "--csv=1: it takes no value"),
]
# what cannot be printed
FULL = ["--schema", "--help", "--version", "--list-findings",
        "--list-interfaces", "inventory --help"]
# configurations, for --check-config
FILES = [
    ("[sensor]\nfilter = tcp port\n", 2, "filter 'tcp port': "),
    ("[sensor]\nfilter = wlan type mgt\n", 0, ""),
    ("[sensor]\ninner_filter = tcp port\n", 2, "filter 'tcp port': "),
    ("[sensor]\nfoo = 1\n", 2, ":2: foo: no such key in [sensor]"),
    ("[sensr]\nname = x\n", 2, ":1: [sensr]: no such section; the nearest"),
    ("name = x\n", 2, ":1: name: it stands in no section"),
    ("[sensor]\nmemory_limit = 1K\n", 2, "too little for 1 worker"),
    ("[except \"why\"]\n", 2, ":1: [except \"why\"]: it needs a code"),
    ("[output \"a\"]\ntype = file\n", 2, ":1: [output \"a\"]: it needs a pa"),
    ("[sensor]\ntrust = /no.pem\n", 2, "trust store /no.pem: No such file"),
]


def check(tap, words, status, said, name, out=subprocess.PIPE):
    try:
        run = subprocess.run(words, stdout=out, stderr=subprocess.PIPE,
                             timeout=30, text=True, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        tap.case(False, name, ["not refused"])
        return
    lines = run.stderr.splitlines()
    tap.case(run.returncode == status and said in run.stderr and
             len(lines) == (status != 0) and
             all(line.startswith("wirecert: ") for line in lines), name,
             [run.returncode, *lines])


def main():
    tap = Tap()
    exe, pcaps = (os.path.abspath(a) for a in sys.argv[1:3])
    case = os.path.join(pcaps, "tls12-expired-curl-reject")
    known = {"{read}": ["-r", os.path.join(case, "capture.pcap")],
             "{root}": [os.path.join(case, "root.pem")]}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        open("empty", "w").close()
        for line, status, said in LINES:
            words = []
            for word in shlex.split(line):
                words += known.get(word, [word])
            check(tap, [exe, *words], status, said, "wirecert " + line)
        with open("/dev/full", "w") as full:
            for line in FULL:
                check(tap, [exe, *line.split()], 3, "standard output: No spa",
                      line + " on a full disk", full)
        for text, status, said in FILES:
            with open("f.conf", "w") as out:
                out.write(text)
            check(tap, [exe, "--check-config", "-c", "f.conf"], status, said,
                  text.strip().replace("\n", " | "))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
