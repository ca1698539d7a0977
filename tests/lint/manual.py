#!/usr/bin/env python3
"""The manual has every field, counter and option, and no other.

manual.py WIRECERT ROOT [--write]: man/wirecert.events.5 is made of --schema,
which is made of the rows in src/event; what the sources count has a row, and
every row is counted; man/wirecert.8 has the options of --help.
(tests/unit/test_config.c does the same for the keys of the configuration.)
"""
import os
import re
import subprocess
import sys

import house

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../schema"))
import events  # noqa: E402

FILE = "man/wirecert.events.5"
HEAD = r"""'\" t
.\" Made by tests/lint/manual.py --write, of the rows in src/event/schema_rows.c
.\" and status_rows.inc.
.TH WIRECERT.EVENTS 5
.SH NAME
wirecert.events \- fields of the events of the TLS certificate sensor
.SH DESCRIPTION
Every field that an event in the format
.I ecs
may have, by the object that it is in; what was not seen is absent, never null.
.B wirecert \-\-schema
prints the same as a JSON Schema. Of
.IR {a,b} ,
there is one of each; [] is a list. Behind the type stands in which events the
field may be:
.BR h andshake,
.BR c ertificate,
.BR f inding,
.BR s tatus.
.PP
Names outside of
.I wirecert
are those of the Elastic Common Schema.
"""
TAIL = r""".SH SEE ALSO
.BR wirecert (8),
.BR wirecert.conf (5)
"""
# like objects are told once
ALIKE = [
    (r"^(source|destination|client|server)\.",
     "{source,destination,client,server}."),
    (r"^tls\.(client|server)\.(?=subject|issuer|not_|hash|x509)",
     "tls.{client,server}."),
    (r"x509\.(subject|issuer)\.", "x509.{subject,issuer}."),
    (r"outputs\.dropped\.\w+$",
     "outputs.dropped.{handshake,certificate,finding,status}"),
]
SECTIONS = [
    ("Of every event", r"@|ecs|event\.|message|observer|related|rule"),
    ("Addresses", r"network|\{source"),
    ("TLS and certificates", r"tls"),
    ("Findings, names, reactions", r"wirecert\.(?!status)"),
    ("Status", r"wirecert\.status"),
]


def kind(sub):
    if "enum" in sub and len(sub["enum"]) <= 20:
        return ", ".join(sub["enum"])
    if "enum" in sub:
        return "a finding's code" if "cert.expired" in sub["enum"] else \
            "an alert's name"
    if sub["type"] == "integer":
        return "number" if "minimum" in sub else "number, may be negative"
    if sub.get("format") == "date-time":
        return "time"
    if "anyOf" in sub:
        return "address"
    pattern = sub.get("pattern", "")
    return "id, 32 hex digits" if pattern.startswith("^[0-9a-f]{32}") else \
        "hash, upper-case hex" if pattern else "boolean" \
        if sub["type"] == "boolean" else "text"


def lists(node, path=""):
    """Paths of the lists of objects, whose [] fields() leaves out."""
    for name, sub in node.get("properties", {}).items():
        where = path + "." + name if path else name
        if sub.get("type") == "array":
            yield where
            sub = sub["items"]
        yield from lists(sub, where)


def rows(schema):
    """{path as it is told: (its types, datasets, text)} in the rows' order."""
    out = {}
    arrays = {path for node in schema["$defs"].values()
              for path in lists(node)}
    for dataset, node in schema["$defs"].items():
        for path, (sub, _) in events.fields(node).items():
            told = path
            for pattern, by in ALIKE:
                told = re.sub(pattern, by, told)
            for array in sorted(arrays, key=len, reverse=True):
                told = re.sub("^%s(?=\\.|$)" % re.escape(array), array + "[]",
                              told)
            types, letters, text = out.setdefault(
                told, ([], [], sub["description"]))
            for word in kind(sub).split(", "):
                if word not in types:
                    types.append(word)
            if dataset[0] not in letters:
                letters.append(dataset[0])
    return out


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return "\\&" + text if text[:1] in ".'" else text


def entry(path, types, letters, text):
    return ".TP\n.B %s\n\\fI%s\\fR \\- %s\n.br\n%s\n" % (
        roff(path), roff(", ".join(types)), " ".join(sorted(letters, key="hcfs".index)),
        roff(text[0].upper() + text[1:] if text[0].isalpha() and
             not re.match(r"[a-z]+[:_.(]", text) else text))


def make(schema):
    out = HEAD
    left = rows(schema)
    for title, pattern in SECTIONS:
        out += ".SH %s\n" % title.upper()
        for path in [p for p in left if re.match(pattern, p)]:
            out += entry(path, *left.pop(path))
    if left:
        raise SystemExit("no section for " + ", ".join(left))
    return out + TAIL


def counted(root):
    """Counters and texts that the sources name: {"group.name"}, {"group"}."""
    names, groups = set(), set()
    for path in house.sources(root, ["src"], (".c",)):
        code = open(path, encoding="utf-8").read()
        for group, name in re.findall(
                r'status_count\(\s*[^,"]+,\s*"(\w+)",\s*("\w+"|\w+[^,]*)', code):
            if name.startswith('"'):
                names.add(group + "." + name.strip('"'))
            else:
                groups.add(group)
        names.update("%s.%s" % drop for drop in re.findall(
            r'\.drops_group = "(\w+)",\s*\.drops = "(\w+)"', code))
        names.update(re.findall(r'status_text\(\s*\w+,\s*"(\w+)"', code))
        if path.endswith("sensor/reached.c"):
            names.update("limits." + n for n in re.findall(
                r'"\w+", "(\w+)" }|\] = "(\w+)"', code) for n in n if n)
    return names, groups


def check_counters(tap, root, schema):
    told = {p[len("wirecert.status."):] for p in
            events.fields(schema["$defs"]["status"])
            if re.match(r"wirecert\.status\.(?!sources|outputs|hidden_names)", p)}
    names, groups = counted(root)
    tap.case(len(names) > 80 and "packets.received" in names,
             "counters are found in the sources", sorted(names))
    tap.case(names <= told, "what is counted has a row",
             sorted(names - told))
    idle = {p for p in told - names if p.split(".")[0] not in groups}
    tap.case(not idle, "what has a row is counted", sorted(idle))


def options(text):
    """The long and short options that a help text lists."""
    return set(re.findall(r"(?m)^ *(?:(-\w), )?(--[\w-]+)", text))


def check_options(tap, exe, manual):
    def run(*args):
        return subprocess.run([exe, *args], capture_output=True, text=True,
                              check=True).stdout

    plain = manual.replace("\\-", "-").replace('"', "")
    heads = "\n".join(re.findall(r"(?m)^\.TP\n(.*)$", plain))
    for args in ["--help"], ["inventory", "--help"]:
        have = options(run(*args))
        tap.case(len(have) > 4, "%s lists options" % " ".join(args), [have])
        for short, long in sorted(have):
            words = [w for w in (short, long) if w]
            tap.case(all(re.search(r"(^|[ ,])%s($|[ ,])" % w, heads, re.M)
                         for w in words) or long == "--help",
                     "%s is in the manual" % " ".join(words))
    known = options(run("--help")) | options(run("inventory", "--help"))
    known = {w for pair in known for w in pair}
    stray = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", heads)) - known
    tap.case(not stray, "the manual has no other option", sorted(stray))


def main():
    exe, root = sys.argv[1:3]
    path = os.path.join(root, FILE)
    schema = events.schema(exe)
    want = make(schema)
    if "--write" in sys.argv:
        with open(path, "w", encoding="utf-8") as out:
            out.write(want)
    tap = house.Tap()
    have = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    tap.case(have == want and want.count("\n.TP") > 150,
             FILE + " has every field of the schema",
             ["make it again: tests/lint/manual.py WIRECERT . --write"])
    check_counters(tap, root, schema)
    check_options(tap, exe, open(os.path.join(root, "man/wirecert.8"),
                                 encoding="utf-8").read())
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
