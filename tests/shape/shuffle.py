#!/usr/bin/env python3
"""The same bytes in other segments give the same events.

shuffle.py WIRECERT PCAPS [EVERY]: for every n-th capture with TCP, its
segments are cut anew (byte by byte, at random), put in another order, sent
twice, made to overlap; findings and handshakes must stay what they are. Only
segments of one side that follow each other change places: what one side does
before the other does something is part of what happened.
"""
import os
import random
import sys
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor

import packets as pk

# All that may change: when a byte came. A certificate is complete with another
# packet when its bytes come in another order.
TIMING = [
    "@timestamp",
    "wirecert.validity.at",
    "wirecert.validity.expires_in_seconds",
    "wirecert.occurrences.first_seen",
    "wirecert.occurrences.last_seen",
]

ONE_BY_ONE_MOST = 2500  # bytes of a direction; the rest stays whole


def runs_of(capture):
    """Runs of data segments of one side of one connection, all else alone."""
    run, out = [], []
    for p in capture.packets:
        s = pk.segment(capture.linktype, p)
        data = s and s.end > s.payload and not s.flags & (pk.SYN | pk.RST)
        if run and (not data or run[-1][1].flow != s.flow
                    or run[-1][1].flags & pk.FIN):
            out.append(run)
            run = []
        if data:
            run.append((p, s))
        else:
            out.append([(p, None)])
    return out + [run] if run else out


def cut(p, s, points):
    points = [0] + [n for n in points if 0 < n < s.end - s.payload] + \
        [s.end - s.payload]
    return [(pk.piece(p, s, a, b), s, a, b)
            for a, b in zip(points, points[1:])]


def pieces_of(run, how, rnd, seen):
    out = []
    for p, s in run:
        size = s.end - s.payload
        if how == "bytes":
            room = max(0, ONE_BY_ONE_MOST - seen[s.flow])
            seen[s.flow] += size
            points = range(1, min(size, room) + 1)
        else:
            points = sorted(rnd.sample(range(size), min(size, rnd.randint(
                1, 2 + size // 200))))
        out += cut(p, s, points)
    return out


def in_other_order(pieces, rnd):
    """Each moves by a few places; FIN and times stay where they are."""
    last = pieces[-1:] if pieces[-1][1].flags & pk.FIN else []
    rest = pieces[:len(pieces) - len(last)]
    keys = {id(x): i + rnd.random() * 8 for i, x in enumerate(rest)}
    moved = sorted(rest, key=lambda x: keys[id(x)]) + last
    return [(m[0]._replace(sec=p[0].sec, frac=p[0].frac),) + m[1:]
            for m, p in zip(moved, pieces)]


def twice(pieces, rnd):
    out = []
    for i, x in enumerate(pieces):
        out.append(x)
        if rnd.random() < 0.4:
            old = pieces[rnd.randint(max(0, i - 5), i)]
            out.append((old[0]._replace(sec=x[0].sec, frac=x[0].frac),)
                       + old[1:])
    return out


def overlapping(run, pieces, rnd):
    """Each piece also has some bytes before and after it of its segment."""
    whole = {id(s): p for p, s in run}
    out = []
    for x, s, a, b in pieces:
        p = whole[id(s)]
        first = max(0, a - rnd.randint(0, 90))
        last = min(s.end - s.payload, b + rnd.randint(0, 90))
        piece = pk.piece(p, s, first, last)
        out.append((piece._replace(sec=x.sec, frac=x.frac), s, a, b))
    return out


def variant(capture, how, seed):
    rnd = random.Random(seed)
    seen, out = Counter(), []
    for run in runs_of(capture):
        if run[0][1] is None:
            out.append(run[0][0])
            continue
        pieces = pieces_of(run, how, rnd, seen)
        if how == "reorder":
            pieces = in_other_order(pieces, rnd)
        elif how == "duplicate":
            pieces = twice(pieces, rnd)
        elif how == "overlap":
            pieces = overlapping(run, pieces, rnd)
            if rnd.random() < 0.5:
                pieces = in_other_order(pieces, rnd)
        out += [x[0] for x in pieces]
    return capture.bytes_of(out)


VARIANTS = OrderedDict([("bytes", 1), ("random", 3), ("reorder", 3),
                        ("duplicate", 2), ("overlap", 3)])


def normal(events):
    return Counter(pk.without(e, TIMING) for e in events)


def differences(want, got):
    lines = ["expected " + w[:1500] for w in (want - got)]
    return lines + ["got      " + g[:1500] for g in (got - want)]


def check(exe, folder):
    """What differs, or None where there is no TCP to shuffle."""
    capture = pk.read(os.path.join(folder, "capture.pcap"))
    if not capture or not any(r[0][1] for r in runs_of(capture)):
        return None
    want = normal(pk.events(exe, folder, capture.bytes_of(capture.packets)))
    for how, times in VARIANTS.items():
        for seed in range(times):
            changed = variant(capture, how, seed)
            try:
                wrong = differences(want, normal(pk.events(exe, folder,
                                                           changed)))
            except RuntimeError as e:
                wrong = [str(e)]
            if wrong:
                if os.environ.get("SHAPE_KEEP"):
                    name = "%s-%s-%d.pcap" % (os.path.basename(folder), how,
                                              seed)
                    open(os.path.join(os.environ["SHAPE_KEEP"], name),
                         "wb").write(changed)
                return ["%s, seed %d:" % (how, seed)] + wrong[:4]
    return []


def main():
    exe, pcaps = sys.argv[1:3]
    names = pk.cases(pcaps, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    tap = pk.Tap()
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda c: check(exe, os.path.join(pcaps, c)),
                           names)
        for case, wrong in zip(names, results):
            if wrong is None:
                tap.skip(case, "no TCP")
            else:
                tap.case(not wrong, case, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
