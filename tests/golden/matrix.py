#!/usr/bin/env python3
"""The client matrix: what real clients did with good and bad certificates,
against what wirecert says of it from their packets without keys.

matrix.py WIRECERT PCAPS   print the table and the score; fail below 95 %, or
                           where one "rejected" or "accepted" is wrong
matrix.py --write PCAPS    write matrix.tsv anew from the cases' README and
                           expected-reaction, which come from the client's own
                           exit status and words, never from wirecert

In the table: A accepted, R rejected, b abandoned, ? unknown; behind it what
the client did, where wirecert says something else. QUIC hides who said what:
alone it may stay below, but its "unknown" is not right in the whole.
"""
import concurrent.futures
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run  # noqa: E402
from tap import Tap  # noqa: E402

TABLE = os.path.join(run.HERE, "matrix.tsv")
COLUMNS = ["case", "client", "certificate", "over", "did", "said", "reaction"]
CERTS = ["good", "expired", "notyet", "wrongname", "unknown", "selfsigned"]
OVERS = ["tls12", "tls13", "quic"]
LETTER = {"accepted": "A", "rejected": "R", "abandoned": "b", "unknown": "?"}
LEAST = 95
TCP = re.compile(r"matrix-(.+)-(%s)-(tls1[23])$" % "|".join(CERTS))
QUIC = re.compile(r"quic-([a-z]+\d?)-(%s)$" % "|".join(CERTS))


def place(case):
    """(client, certificate, over) by the name; None: not of the matrix"""
    found = TCP.match(case)
    if found:
        return found.groups()
    found = QUIC.match(case)
    return found.groups() + ("quic",) if found else None


def did(text):
    """What the client did, and in which words it refused."""
    got = re.search(r"The client (got its answer|refused)[^.(]*?"
                    r"(?:\(?(?:ended with )?status (\d+)|showed no page)",
                    text)
    said = re.search(r'saying "(.*?)"\.', text)
    word = "answer" if got.group(1).startswith("got") else "refused"
    return ("%s, status %s" % (word, got.group(2)) if got.group(2) else
            word + ", no page"), said.group(1) if said else ""


def row_of(folder, case):
    with open(os.path.join(folder, "README"), encoding="utf-8") as readme:
        text = " ".join(readme.read().split())
    client, cert, over = place(case)
    version = re.match(r"Made by make/matrix.py: (.*?), ", text)
    with open(os.path.join(folder, "expected-reaction")) as word:
        reaction = word.read().strip()
    return [case, version.group(1) if version else client, cert, over,
            *did(text), reaction]


def rows_of(pcaps):
    return [row_of(os.path.join(pcaps, c), c) for c in run.cases(pcaps)
            if place(c)]


def text_of(rows):
    return "".join("\t".join(r) + "\n" for r in [COLUMNS] + rows)


def verdicts(exe, pcaps, rows):
    """{case: verdict}; what cannot be run has what is wrong."""
    def one(row):
        lines, wrong = run.replay(exe, os.path.join(pcaps, row[0]), False,
                                  "handshake")
        return row[0], wrong or run.first_reaction(lines)[0]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(pool.map(one, rows))


def cell(row, verdict):
    letter = LETTER.get(verdict, "!")
    return letter if verdict == row[-1] else letter + LETTER[row[-1]]


def table(rows, said):
    by = {place(r[0]): cell(r, said[r[0]]) for r in rows}
    yield "%-14s" % "" + "".join("%-25s" % over for over in OVERS)
    yield "%-12s" % "" + "  ok  exp nyt nam unk slf" * len(OVERS)
    for client in sorted({p[0] for p in by}):
        yield "%-12s" % client + "".join(
            " " + "".join(" %-3s" % by.get((client, cert, over), "")
                          for cert in CERTS) for over in OVERS)


def score(rows, said):
    """(right, unknown, wrong cases); wrong: a word that the client belies"""
    right = [r for r in rows if said[r[0]] == r[-1]]
    unknown = [r for r in rows if r not in right and said[r[0]] == "unknown"]
    wrong = ["%s: %s, but the client: %s" % (r[0], said[r[0]], r[-1])
             for r in rows if r not in right and r not in unknown]
    return len(right), len(unknown), wrong


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rows = rows_of(sys.argv[2])
    if sys.argv[1] == "--write":
        with open(TABLE, "w", encoding="utf-8") as out:
            out.write(text_of(rows))
        return 0
    tap = Tap()
    with open(TABLE, encoding="utf-8") as now:
        tap.case(now.read() == text_of(rows), "matrix.tsv is that of pcaps/",
                 ["write it anew: matrix.py --write " + sys.argv[2]])
    said = verdicts(*sys.argv[1:], rows)
    for line in table(rows, said):
        print("# " + line.rstrip())
    for name, some in (("TLS over TCP", [r for r in rows if r[3] != "quic"]),
                       ("QUIC", [r for r in rows if r[3] == "quic"]),
                       ("all", rows)):
        right, unknown, wrong = score(some, said)
        percent = 100 * right // max(len(some), 1)
        line = "%s: %d of %d right (%d %%), %d unknown, %d wrong" % (
            name, right, len(some), percent, unknown, len(wrong))
        enough = some and (percent >= LEAST or name == "QUIC")
        tap.case(enough and not wrong, line, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
