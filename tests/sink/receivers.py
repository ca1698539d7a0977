#!/usr/bin/env python3
"""What is sent to local daemons is read by those that people have.

receivers.py WIRECERT PCAPS: rsyslogd and syslog-ng, each where it is installed
(they exclude each other on Debian; SYSLOG_NG_ROOT may be an unpacked package),
listen on a socket of their own, by the files of contrib/, and write what they
parsed. It has to be what a file has. systemd-journald runs in a mount namespace
with a /run of its own, as root.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

from sensor import lines_of, wait_for
from tap import Tap

CASE = "connect-expired"

CONTRIB = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "..", "..", "contrib")
# before and behind the file of contrib/: what a main configuration has, and a
# second file with what was parsed
RSYSLOG = ("""global(maxMessageSize="256k")
module(load="imuxsock" SysSock.Use="off")
template(name="t" type="string" string="%timereported:::date-rfc3339%\\t\
%syslogseverity%\\t%syslogfacility%\\t%hostname%\\t%app-name%\\t%procid%\\t\
%msgid%\\n")
action(type="omfile" file="{out}" template="t")
""", "")
SYSLOG_NG = ("""@version: 3.38
options {{ log-msg-size(262144); stats-freq(0); }};
""", """destination d {{ file("{out}" template("$S_ISODATE\\t$LEVEL_NUM\\t\
$FACILITY_NUM\\t$HOST\\t$PROGRAM\\t$PID\\t$MSGID\\n")); }};
log {{ source(s_wirecert); destination(d); }};
""")


def configure(kind, text, folder):
    """The file of contrib/ with its paths moved here."""
    with open(os.path.join(CONTRIB, kind, "wirecert.conf")) as inp:
        ours = inp.read()
    for path in ("/run/wirecert-syslog", "/var/log/wirecert-syslog.json"):
        assert path in ours
    at = {n: os.path.join(folder, n) for n in ("out", "socket", "json")}
    ours = ours.replace("/run/wirecert-syslog", at["socket"])
    ours = ours.replace("/var/log/wirecert-syslog.json", at["json"])
    conf = os.path.join(folder, "conf")
    # what is final goes last
    behind = text[1].format(**at)
    log = ours.rindex("log {") if "log {" in ours else len(ours)
    with open(conf, "w") as out:
        out.write(text[0].format(**at) + ours[:log] + behind + ours[log:])
    return conf


OUTPUTS = """[sensor]
name = sensor-1
[output "syslog"]
type = syslog
path = {socket}
format = ecs
events = finding, certificate, handshake, status
[output "file"]
path = {log}
format = ecs
events = finding, certificate, handshake, status
"""


def rsyslog(folder, conf):
    return ["rsyslogd", "-n", "-f", conf, "-i",
            os.path.join(folder, "pid")], None


def syslog_ng(folder, conf):
    root = os.environ.get("SYSLOG_NG_ROOT", "")
    env = dict(os.environ)
    words = [root + "/usr/sbin/syslog-ng", "-F", "-f", conf, "--no-caps",
             "-R", os.path.join(folder, "persist"), "-p",
             os.path.join(folder, "pid"), "-c", os.path.join(folder, "ctl")]
    if root:
        lib = os.path.join(root, "usr/lib/syslog-ng")
        env["LD_LIBRARY_PATH"] = ":".join(
            [lib] + glob.glob(os.path.join(root, "usr/lib/*-linux-gnu")))
        words += ["--module-path=" + ":".join(
            [lib] + glob.glob(lib + "/[0-9]*"))]
    return words, env


def receive(exe, capture, folder, words, env):
    """What the daemon has parsed, in columns; the texts; the file's lines."""
    at = {n: os.path.join(folder, n)
          for n in ("socket", "out", "log", "json")}
    conf = os.path.join(folder, "wirecert.conf")
    with open(conf, "w") as out:
        out.write(OUTPUTS.format(**at))
    daemon = subprocess.Popen(words, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    try:
        if not wait_for(lambda: os.path.exists(at["socket"]), 20):
            daemon.kill()
            return None, None, daemon.communicate()[0]
        subprocess.run([exe, "-c", conf, "-r", capture, "-t", "none"],
                       check=True)
        want = lines_of(at["log"]).splitlines()
        wait_for(lambda: lines_of(at["json"]).count(b"\n") >= len(want), 20)
    finally:
        daemon.terminate()
        daemon.wait(20)
    got = [line.split(b"\t") for line in lines_of(at["out"]).splitlines()]
    # not the daemon's own words
    return ([g for g in got if len(g) == 7 and g[4] == b"wirecert"],
            lines_of(at["json"]).splitlines(), want)


SEVERITY = {"info": 6, "low": 5, "medium": 4, "high": 3}


def expected(line):
    event = json.loads(line)
    severity = 6
    if event["event"]["dataset"] == "wirecert.finding":
        severity = SEVERITY[event["wirecert"]["severity"]]
    return [str(severity), "3", "sensor-1", "wirecert",
            event["event"]["dataset"].split(".")[1]]


def check(tap, name, got, texts, want):
    if got is None:
        tap.case(False, name + " starts", [want])
        return
    seen = [[x.decode() for x in g[1:5] + g[6:7]] for g in got]
    tap.case(seen == [expected(w) for w in want] and len(want) > 3,
             name + " reads severity, facility, host, program and message id",
             [seen, [expected(w) for w in want]])
    tap.case(texts == want, name + " has every event as the file has it",
             [(a[:60], b[:60]) for a, b in zip(texts, want) if a != b])
    times = [g[0].decode()[:19] for g in got]
    tap.case(times == [json.loads(w)["@timestamp"][:19] for w in want],
             name + " takes the packet's time", times)


JOURNALD = "/lib/systemd/systemd-journald"
JOURNAL = """mount -t tmpfs none /run && mkdir -p /run/systemd /run/log/journal
%s & daemon=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ -S /run/systemd/journal/socket ] || sleep 1
done
"$@"
journalctl --sync
journalctl -D /run/log/journal -a -o json --no-pager SYSLOG_IDENTIFIER=wirecert
kill $daemon
""" % JOURNALD


def check_journald(tap, exe, capture):
    """By its own protocol, to its own socket."""
    if os.geteuid() or not os.path.exists(JOURNALD) or \
            not os.path.exists("/etc/machine-id"):
        tap.skip("journald", "needs root, systemd-journald and a machine id")
        return
    with tempfile.TemporaryDirectory() as folder:
        conf, log = (os.path.join(folder, n) for n in ("conf", "log"))
        with open(conf, "w") as out:
            out.write('[output "journal"]\ntype = journald\nformat = ecs\n'
                      'events = finding, status\n[output "file"]\n'
                      'path = %s\nformat = ecs\nevents = finding, status\n'
                      % log)
        run = subprocess.run(["unshare", "-m", "sh", "-c", JOURNAL, "sh", exe,
                              "-c", conf, "-r", capture, "-t", "none"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, timeout=60)
        want = lines_of(log).splitlines()
    try:
        got = [json.loads(line) for line in run.stdout.splitlines()]
    except ValueError:
        got = []
    if not got and "tmpfs" in run.stderr:
        tap.skip("journald", run.stderr.strip())
        return
    tap.case([g["MESSAGE"].encode() for g in got] == want and len(want) > 3,
             "journald has every event as the file has it",
             [len(got), len(want), run.stderr])
    seen = [[g["PRIORITY"], g["WIRECERT_DATASET"], len(g["MESSAGE_ID"])]
            for g in got]
    tap.case(seen == [[e[0], e[4], 32] for e in map(expected, want)],
             "with its priority, dataset and message id", seen)


def main():
    tap = Tap()
    exe, capture = (os.path.abspath(sys.argv[1]),
                    os.path.join(sys.argv[2], CASE, "capture.pcap"))
    os.environ["TZ"] = "UTC"
    kinds = (("rsyslog", "rsyslogd", rsyslog, RSYSLOG),
             ("syslog-ng", os.environ.get("SYSLOG_NG_ROOT", "") +
              "/usr/sbin/syslog-ng", syslog_ng, SYSLOG_NG))
    for name, program, command, text in kinds:
        if not shutil.which(program):
            tap.skip(name, "it is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            conf = configure(name, text, folder)
            check(tap, name, *receive(exe, capture, folder,
                                      *command(folder, conf)))
    check_journald(tap, exe, capture)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
