#!/usr/bin/env python3
"""A key log that comes late: wirecert -i -k between TLS 1.3 client and server.

keys.py WIRECERT [traced]: the log appears seconds after the handshake that it
opens, as a file and through a FIFO; a log that all can read is warned of; a
process that has secrets leaves no core dump (not with a sanitizer: traced).
Needs root; says what it skips.
"""
import os
import shutil
import subprocess
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "golden"))
import net  # noqa: E402
import pki  # noqa: E402
import run  # noqa: E402

NOBODY = 65534
GET = "GET / HTTP/1.0\r\nHost: api.example.com\r\n\r\n"


class Lab(run.Lab):
    def start_servers(self):
        n = self.net
        n.start(n.server, "openssl", "s_server", "-accept", "443", "-www",
                "-cert", self.path("expired.pem"), "-key",
                self.path("expired.key"), "-tls1_3", "-quiet",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        return net.wait_for(
            lambda: ":443 " in n.run(n.server, "ss", "-ltnH").stdout)

    def start_sensor(self):
        n = self.net
        os.mkfifo(self.path("fifo"), 0o600)
        self.sensor = n.start(
            n.tap, self.exe, "-i", "mon0", "-f", "ecs", "-o", self.log, "-t",
            "none", "-e", "finding,handshake,status", "-k",
            self.path("keys.log"), "-k", self.path("fifo"),
            stderr=open(self.path("stderr"), "w"))
        return net.wait_for(self.events)

    def talk(self, name):
        """One handshake, a request and its answer; its key log."""
        kept = self.path(name)
        self.net.run(
            self.net.client, "openssl", "s_client", "-connect",
            net.SERVER + ":443", "-servername", "api.example.com", "-quiet",
            "-ign_eof", "-keylogfile", kept, input=GET)
        return open(kept).read()

    def shakes(self):
        return run.of(self.events(), "handshake")


def check_late(tap, lab, num, name, give):
    """The log comes two seconds behind the handshake."""
    secrets = lab.talk(name)
    time.sleep(2)
    tap.case(len(lab.shakes()) == num, name + ": the handshake waits",
             lab.shakes())
    given = time.monotonic()
    give(secrets)
    opened = net.wait_for(lambda: len(lab.shakes()) > num, 6)
    took = time.monotonic() - given
    seen = [e["wirecert"]["visibility"] for e in lab.shakes()[num:]]
    tap.case(opened and seen == ["decrypted"] and took < 1,
             "%s: opened %.2f seconds after its log came" % (name, took),
             lab.shakes())


def give_file(lab, secrets):
    with open(lab.path("new"), "w") as out:
        out.write(secrets)
    os.chmod(lab.path("new"), 0o644)
    os.rename(lab.path("new"), lab.path("keys.log"))


def give_fifo(lab, secrets):
    with open(lab.path("fifo"), "w") as out:
        out.write(secrets)


def check_dump(tap, lab, keys):
    """Linux gives /proc/PID of who leaves no dump to root (proc(5))."""
    os.chmod(lab.dir, 0o755)
    exe = shutil.copy(lab.exe, lab.path("wirecert"))  # for nobody to reach
    os.chmod(exe, 0o755)
    os.chown(keys, NOBODY, NOBODY)
    owners = []
    for more in ([], ["-k", keys]):
        child = subprocess.Popen(
            [exe, "-r", "-", "-f", "ecs", "-o", "/dev/null", "-t", "none",
             *more], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
            user=NOBODY, group=NOBODY, extra_groups=[])
        want = 0 if more else NOBODY
        net.wait_for(lambda: os.stat("/proc/%d/mem" % child.pid).st_uid ==
                     want, 3)
        owners.append(os.stat("/proc/%d/mem" % child.pid).st_uid)
        child.stdin.close()
        child.wait(10)
    tap.case(owners == [NOBODY, 0], "with secrets there is no core dump",
             owners)


def checks(tap, lab, traced):
    lab.net.open()
    pki.make_all(lab.dir)
    tap.case(lab.start_servers(), "the server listens")
    tap.case(lab.start_sensor(), "the sensor listens, though a log is missing",
             [open(lab.path("stderr")).read()])
    check_late(tap, lab, 0, "file", lambda s: give_file(lab, s))
    check_late(tap, lab, 1, "pipe", lambda s: give_fifo(lab, s))
    told = run.of(lab.events(), "finding", "cert.expired")
    tap.case(len(told) == 1, "the expired certificate is told once", told)
    said = open(lab.path("stderr")).read()
    tap.case(said.count("every user can read") == 1,
             "a log that all can read is warned of", [said])
    if traced:
        tap.skip("core dump", "a sanitizer traces the process")
    else:
        check_dump(tap, lab, lab.path("file"))


if __name__ == "__main__":
    sys.exit(run.in_lab("keys", Lab, lambda tap, lab: checks(
        tap, lab, "traced" in sys.argv[2:])))
