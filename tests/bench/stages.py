"""stages.py: --stages of bench.py: what each stage costs, and 16 cores on paper.

perf samples the program with its callers. A sample belongs to the source
folder of the innermost function of ours that is not of src/base, which all
stages call: so libraries (OpenSSL, libc) and the kernel count where they were
called from, in columns of their own. Folders are found by the program's debug
information, inlined functions too; nothing here lists functions.

With two workers the same samples are parted by what is done: reading and
dealing out, a worker's batch, or the merge (src/app/deal.h; threads do what
there is). One reads and one merges at a time, whatever the number of workers;
what all workers do is shared among them. So N workers bring at best one packet
in max(reader, workers / N, joint).
"""
import collections
import os
import re
import shutil
import statistics
import subprocess

STAGES = [  # the first whose beginning fits
    ("capture", ("capture/",)),
    ("deal", ("src/app/deal",)),
    ("app", ("src/app/",)),
    ("decode", ("src/decode/",)),
    ("flow, reassembly", ("src/flow/",)),
    ("sensor", ("src/sensor/",)),
    ("tls, quic, dns", ("src/tls/", "src/quic/", "src/dns/", "src/probe/",
                        "src/crypt/")),
    ("cert", ("src/cert/",)),
    ("judge, know", ("src/judge/", "src/know/")),
    ("event, ledger", ("src/event/", "src/ledger/")),
]
OTHER = "(start, unknown)"
ROLES = {"run_batch": "workers", "merge": "joint"}  # functions of src/app/deal
COLUMNS = ("own", "libraries", "kernel")
RATE = 2999
CORES = (2, 4, 8, 16)


def lacking(bench):
    """Why there can be no profile, or None."""
    if not shutil.which("perf"):
        return "perf (linux-perf) is not installed"
    r = subprocess.run(["readelf", "-SW", bench.o.program],
                       stdout=subprocess.PIPE, text=True)
    if r.returncode or ".debug_line" not in r.stdout:
        return "%s has no debug information: meson configure BUILD " \
            "-Ddebug=true, and build" % bench.o.program
    r = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-o",
                        "/dev/null", "true"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    return "perf may not record here" if r.returncode else None


def record(bench, command):
    """[((process, thread), [(address, file), ...] from the innermost on)]"""
    data = bench.path("stages.data")
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F",
                    str(RATE), "--call-graph", "dwarf", "-o", data] + command,
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    script = subprocess.Popen(
        ["perf", "script", "-i", data, "--no-inline", "-F", "pid,tid,ip,dso"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    samples, frame = [], re.compile(r"\s+([0-9a-f]+) .*\((.*)\)$")
    for line in script.stdout:
        found = frame.match(line)
        if found:
            samples[-1][1].append((int(found.group(1), 16), found.group(2)))
        elif line.strip():
            samples.append((tuple(line.split("/")), []))
    script.wait()
    os.unlink(data)
    return samples


def segments(program):
    """(offset in the file, size, address) of what is loaded."""
    r = subprocess.run(["readelf", "-lW", program], check=True,
                       stdout=subprocess.PIPE, text=True)
    for row in re.findall(r"LOAD\s+0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", r.stdout):
        at, address, size = (int(x, 16) for x in row)
        yield at, size, address


def stage_of(path):
    found = re.search(r"(?:^|/)((?:src/\w+|capture)/[^/:]+)", path)
    for name, heads in STAGES if found else ():
        if found.group(1).startswith(heads):
            return name
    return None


def sources(program, offsets):
    """The stage of each offset of the program's file, if it has one: that of
    the innermost of the functions inlined there which is not of src/base; and
    the role of each that has one."""
    loaded = list(segments(program))
    address = {}
    for o in offsets:
        for at, size, base in loaded:
            if at <= o < at + size:
                address["0x%x" % (o - at + base)] = o
    r = subprocess.run(["addr2line", "-a", "-f", "-i", "-e", program],
                       input="\n".join(address), check=True,
                       stdout=subprocess.PIPE, text=True)
    stage, role, now, function = {}, {}, None, None
    for line in r.stdout.splitlines():
        if line.startswith("0x"):
            now = address["0x%x" % int(line, 16)]
            function = None
        elif function is None:
            function = line.split(".")[0]
        else:
            if now not in stage and stage_of(line):
                stage[now] = stage_of(line)
            if stage_of(line) == "deal" and function in ROLES:
                role[now] = ROLES[function]
            function = None
    return stage, role


def part(bench, samples):
    """[(role, stage, column), ...] of samples"""
    program = os.path.realpath(bench.o.program)
    name = os.path.basename(program)

    def ours(frames):
        for n, (address, dso) in enumerate(frames):
            if os.path.basename(dso) == name:
                yield address - (n > 0)  # a return address is behind its call

    stage, role = sources(program, {a for _, frames in samples
                                    for a in ours(frames)})
    for _, frames in samples:
        if not frames:
            continue
        who = next((role[a] for a in ours(frames) if a in role), "reader")
        where = next((stage[a] for a in ours(frames) if a in stage), OTHER)
        first = frames[0][1]
        column = "own" if os.path.basename(first) == name else \
            "kernel" if first.startswith("[") and first != "[vdso]" \
            else "libraries"
        yield who, where, column


def table(kind, cost, shares):
    """cost: ns a packet."""
    total = sum(shares.values())
    print("\n%-18s %9s %9s %9s %9s %7s   (%s, ns per packet)" % (
        ("stage",) + COLUMNS + ("sum", "share", kind)))
    for stage in [name for name, _ in STAGES] + [OTHER]:
        row = [cost * shares[stage, c] / total for c in COLUMNS]
        if sum(row):
            print("%-18s %9.1f %9.1f %9.1f %9.1f %6.1f%%" % (
                (stage,) + tuple(row) + (sum(row), 100 * sum(row) / cost)))
    print("%-18s %9.1f %9.1f %9.1f %9.1f" % (("sum",) + tuple(
        cost * sum(n for (_, c), n in shares.items() if c == column) / total
        for column in COLUMNS) + (cost,)), flush=True)


def paper(kind, info, cost, one, wall, by):
    """What N workers could do; cost, one: ns a packet with two and one."""
    total = sum(by.values())
    ns = {who: cost * n / total for who, n in by.items()}
    print("%s, two workers: reader %.0f, workers %.0f, joint %.0f ns per "
          "packet; %.2f million packets/s measured, one worker alone %.2f" % (
              kind, ns["reader"], ns["workers"], ns["joint"],
              info["packets"] / wall / 1e6, 1e3 / one))
    line = "on paper, million packets/s:"
    for n in CORES:
        each = {"reader": ns["reader"], "workers": ns["workers"] / n,
                "joint": ns["joint"]}
        most = max(each, key=each.get)
        line += "  %d: %.2f (%s)" % (n, 1e3 / each[most], most)
    print(line, flush=True)


def stages(bench, kinds):
    why = lacking(bench)
    if why:
        print("--stages: left out: " + why)
        return
    for kind in kinds:
        path, info = bench.trace(kind, bench.extra(kind))

        def mid(workers, what):
            return 1e9 / info["packets"] * statistics.median(
                bench.run(bench.command(path, workers))[what]
                for _ in range(bench.o.runs))

        one = mid(1, "cpu")
        parted = list(part(bench, record(bench, bench.command(path))))
        both = list(part(bench, record(bench, bench.command(path, 2))))
        if not parted or not both:
            print("--stages: left out: %s is over before it is sampled" % kind)
            continue
        table(kind, one, collections.Counter(p[1:] for p in parted))
        two, wall = mid(2, "cpu"), mid(2, "wall")
        paper(kind, info, two, one, wall * info["packets"] / 1e9,
              collections.Counter(who for who, _, _ in both))
