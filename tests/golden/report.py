#!/usr/bin/env python3
"""--report: it says what the events say, and what was on the wire stays text.

report.py WIRECERT PCAPS: the cases of pcaps/ as one stream, hostile names in
hellos and certificates, files that cannot be written, and the short report of
a terminal.
"""
import html.parser
import json
import os
import pty
import re
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402
import run as golden  # noqa: E402

CASE = "tls12-expired-curl-reject"
NAME = b"api.example.com"
# made as long as NAME, for hellos and certificates
HOSTILE = [b"<script>alert()", b"</code><img x='", b"\"><svg onload=a",
           b"`a`|*b*[c](d)<e", b"| x | <b>y</b> ", b"www.x.y/://a@b.",
           b"\x1b[31m\x07\xe2\x80\xae\x00ab", b"\xff\xfe\xc0&lt;&#60;!",
           b"![i](http://e/)", b"{{7*7}}${x}#\\_~"]
NO_TERMINALS = "no pseudo terminals here (devpts)"
TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "h3",
        "p", "ul", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr",
        "th", "td", "code", "span", "strong", "a"}
VALUES = {"class": {"high", "medium", "low", "info", "n"}, "lang": {"en"},
          "charset": {"utf-8"}}


def call(exe, captures, *more, **options):
    cmd = [exe, "-t", "none", "-f", "ecs"]
    for capture in captures:
        cmd += ["-r", capture]
    return subprocess.run(cmd + list(more), capture_output=True, timeout=120,
                          **options)


def report(exe, captures, path, *more):
    run = call(exe, captures, "--report", path, *more)
    with open(path, "rb") as f:
        return f.read(), run


class Page(html.parser.HTMLParser):
    """Collects what a browser would act on, and the text."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.wrong, self.open, self.text = [], [], []
        self.feed(page)
        self.close()
        if self.open:
            self.wrong.append("left open: %s" % self.open)

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.wrong.append("<%s>" % tag)
        for key, value in attrs:
            if tag == "meta" and key in ("http-equiv", "content", "name"):
                continue
            if key == "href" and value.startswith("https://"):
                continue
            if value not in VALUES.get(key, ()):
                self.wrong.append("<%s %s=%r>" % (tag, key, value))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append("</%s> closes another" % tag)

    def handle_decl(self, decl):
        if decl != "doctype html":
            self.wrong.append(decl)

    def handle_comment(self, data):
        self.wrong.append("a comment: %s" % data)

    def handle_data(self, data):
        self.text.append(data)


def check_text(raw):
    """Controls and marks that turn text around, in any format."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as e:
        return ["no UTF-8: %s" % e]
    return ["has %r" % c for c in set(re.findall(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]",
        text))]


def check_markdown(raw):
    """What is left without code spans and escapes has only our own markup."""
    wrong = []
    for n, line in enumerate(raw.decode().splitlines(), 1):
        rest = re.sub(r"`[^`]*`", "", line)
        if rest.startswith("|") and rest.count("|") not in (5, 8):
            wrong.append("line %d: %d cells" % (n, rest.count("|") - 1))
        rest = re.sub(r"\\[!-/:-@\[-`{-~]", "", rest)
        rest = re.sub(r"^ *\* |\*\*Do:\*\*|^#{1,3} ", "", rest)
        if re.search(r"[<>\[\]`*_#{}$~\\&!]|://|www\.", rest):
            wrong.append("line %d: %s" % (n, line))
    return wrong


def check_html(raw):
    page = Page(raw.decode())
    outside = re.findall(r"(?:src=|srcset|action=|@import|url\()[^>]*",
                         raw.decode().split("<body>")[0])
    return page.wrong + outside


CHECKS = {".md": check_markdown, ".html": check_html,
          ".json": lambda raw: [] if json.loads(raw) else ["empty"]}


def check_counts(told, events):
    """The JSON report against the events of the same run."""
    wrong = []
    handshakes = [e for e in events if e["event"]["dataset"] ==
                  "wirecert.handshake"]
    findings = {e["wirecert"]["finding"]["id"] for e in events
                if e["event"]["dataset"] == "wirecert.finding"}
    total = told["handshakes"]["total"]
    if total != len(handshakes):
        wrong.append("%d handshakes, %d events" % (total, len(handshakes)))
    unseen = sum(r["handshakes"] for r in told["handshakes"]["not_seen"])
    if told["handshakes"]["judged"] + unseen != total:
        wrong.append("%d judged, %d not seen, of %d" % (
            told["handshakes"]["judged"], unseen, total))
    if {f["id"] for f in told["findings"]} != findings:
        wrong.append("other findings than those told")
    for n in told["names"]:
        parts = [n["judged"], *n.get("hidden", {}).values(),
                 *n.get("absent", {}).values()]
        if sum(parts) != n["handshakes"]:
            wrong.append("%s: %s of %d" % (n, parts, n["handshakes"]))
    if sum(n["handshakes"] for n in told["names"]) != total:
        wrong.append("the names' handshakes are not all")
    reasons = {}
    for e in handshakes:
        w = e["wirecert"]
        why = w.get("hidden_because") or w.get("absent_because")
        if why and "carried_from" not in w:
            reasons[why] = reasons.get(why, 0) + 1
    if reasons != {r["reason"]: r["handshakes"]
                   for r in told["handshakes"]["not_seen"]}:
        wrong.append("reasons: %s" % reasons)
    ends = [n["certificate"]["not_after"] for n in told["names"]
            if "not_after" in n.get("certificate", {})]
    if ends != sorted(ends):
        wrong.append("not by expiry: %s" % ends)
    return wrong


def check_all(tap, exe, pcaps, scratch):
    captures = [golden.capture_of(os.path.join(pcaps, c))
                for c in golden.cases(pcaps)]
    captures = captures[::1 + len(captures) // 60]
    for ending, check in CHECKS.items():
        path = scratch + "/all" + ending
        raw, run = report(exe, captures, path, "-e", "handshake,finding")
        wrong = [run.stderr.decode()] if run.returncode else []
        wrong += check_text(raw) + check(raw)
        if ending == ".json":
            wrong += check_counts(json.loads(raw), [
                json.loads(line) for line in run.stdout.splitlines()])
        tap.case(not wrong and len(raw) > 5000, "all as " + ending, wrong)
        again, _ = report(exe, captures, path, "-w", "4")
        tap.case(raw == again, "by four workers as " + ending)


def check_hostile(tap, exe, pcaps, scratch):
    with open(golden.capture_of(os.path.join(pcaps, CASE)), "rb") as f:
        capture = f.read()
    for i, name in enumerate(HOSTILE):
        name = name.ljust(len(NAME), b"a")
        hostile = scratch + "/<b>`x`|[y](z) %d.pcap" % i
        with open(hostile, "wb") as f:
            f.write(capture.replace(NAME, name))
        wrong = []
        for ending, check in CHECKS.items():
            raw, run = report(exe, [hostile], scratch + "/x" + ending)
            wrong += [run.stderr.decode()] if run.returncode else []
            wrong += [ending + ": " + w for w in check_text(raw) + check(raw)]
            if ending == ".json":
                told = json.loads(raw)
                certificate = told["names"][0]["certificate"]
                if NAME.decode() in certificate.get("subject", ""):
                    wrong.append("the name was not put in")
                if not told["findings"]:
                    wrong.append("no finding")
        tap.case(not wrong, "hostile %r" % name, wrong)
        if not has_terminals():
            tap.skip("hostile %r on a terminal" % name, NO_TERMINALS)
            continue
        shown = on_terminal(exe, hostile)
        shown = re.sub(rb"\x1b\[(1;31|33|36|0)m|\r\n", b"", shown)
        wrong = check_text(shown)
        tap.case(not wrong and b"findings  " in shown,
                 "hostile %r on a terminal" % name, wrong + [shown])


def has_terminals():
    try:
        for fd in pty.openpty():
            os.close(fd)
    except OSError:
        return False
    return True


def on_terminal(exe, capture):
    """What standard error gets where it is a terminal."""
    mine, its = pty.openpty()
    child = subprocess.Popen([exe, "-r", capture, "-t", "none"],
                             stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    shown = b""
    while True:
        try:
            part = os.read(mine, 65536)
        except OSError:
            part = b""  # Linux says EIO at the end
        if not part:
            break
        shown += part
    child.wait()
    os.close(mine)
    return shown


def check_screen(tap, exe, pcaps):
    if not has_terminals():
        tap.skip("one screen at a terminal", NO_TERMINALS)
        return
    shown = on_terminal(exe, golden.capture_of(os.path.join(pcaps, CASE)))
    lines = shown.decode().splitlines()
    wanted = ["read ", "saw ", "findings ", "high", "do: ", "expiring "]
    tap.case(len(lines) <= 24 and all(any(w in line for line in lines)
                                      for w in wanted),
             "one screen at a terminal", lines)
    run = call(exe, [golden.capture_of(os.path.join(pcaps, CASE))])
    tap.case(not run.stderr, "nothing where it is none", [run.stderr])


def check_files(tap, exe, pcaps, scratch):
    capture = golden.capture_of(os.path.join(pcaps, CASE))
    for path, why in [("x.txt", b"ends in .md"), (".md", b"ends in .md"),
                      ("/none/x.md", b"No such file"),
                      (scratch, b"ends in .md")]:
        run = call(exe, [capture], "--report", path)
        tap.case(run.returncode == 2 and why in run.stderr and
                 run.stderr.count(b"\n") == 1 and not run.stdout,
                 "--report %s is refused" % path, [run])
    run = subprocess.run([exe, "-i", "lo", "--report", "x.md"],
                         capture_output=True, timeout=60)
    tap.case(run.returncode == 2 and b"after a replay" in run.stderr,
             "--report with -i is refused", [run])

    path = scratch + "/long.md"
    with open(path, "w") as f:
        f.write("x" * 1000000)
    raw, _ = report(exe, [capture], path)
    tap.case(raw.startswith(b"# ") and len(raw) < 100000,
             "what was in the file is gone")
    os.unlink(path)
    raw, run = report(exe, [capture, scratch + "/none.pcap"], path)
    mode = stat.S_IMODE(os.stat(path).st_mode)
    tap.case(run.returncode == 3 and b"none.pcap`: " in raw and
             not mode & 0o137, "an input that is not there is in the report",
             [run, raw, oct(mode)])

    path = scratch + "/full.md"
    os.symlink("/dev/full", path)
    run = call(exe, [capture], "--report", path)
    tap.case(run.returncode == 3 and b"No space left" in run.stderr,
             "a full disk is told", [run])

    empty = scratch + "/empty.pcap"
    with open(capture, "rb") as source, open(empty, "wb") as f:
        f.write(source.read(24))
    for ending, check in CHECKS.items():
        raw, run = report(exe, [empty], scratch + "/none" + ending)
        tap.case(run.returncode == 0 and not check(raw) and b"1970" not in raw,
                 "nothing to tell as " + ending, [run])


def main():
    exe, pcaps = sys.argv[1:3]
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        check_all(tap, exe, pcaps, scratch)
        check_hostile(tap, exe, pcaps, scratch)
        check_files(tap, exe, pcaps, scratch)
    check_screen(tap, exe, pcaps)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
