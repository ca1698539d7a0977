#!/usr/bin/python3
# Encrypted Client Hello (RFC 9849) with NSS on both sides, as Firefox has it,
# the secrets kept as NSS writes them, ECH_SECRET and ECH_CONFIG among them:
# ech-*.  NSS's test programs (libnss3-tools) run on the libraries of
# firefox-esr, which are newer than Debian's own and write a key log.
import os
import re
import shutil
import subprocess
import time

import lib
from lib import NAMES
from matrixlab import Lab, NAME, TRUST, path

COVER = NAMES[1]        # what is to be seen; the certificate "wrongname" is
                        # for it
NSS = {"LD_LIBRARY_PATH": "/usr/lib/firefox-esr"}
# selfserv hands the word "publicname:" on as part of the name
FIX = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
typedef int (*encode)(unsigned char, const char *, unsigned, int,
                      const void *, const void *, unsigned, unsigned char *,
                      unsigned *, unsigned);
static encode real;
static int fixed(unsigned char id, const char *name, unsigned max, int kem,
                 const void *key, const void *suites, unsigned num,
                 unsigned char *out, unsigned *len, unsigned size)
{
        return real(id, strchr(name, ':') + 1, max, kem, key, suites, num,
                    out, len, size);
}
void *SSL_GetExperimentalAPI(const char *name)
{
        void *(*next)(const char *) =
                dlsym(RTLD_NEXT, "SSL_GetExperimentalAPI");
        if (strcmp(name, "SSL_EncodeEchConfigId"))
                return next(name);
        real = (encode)next(name);
        return (void *)fixed;
}
"""


def run(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)


def prepare(lab):
    lib.write(path("fix.c"), FIX)
    run("cc", "-shared", "-fPIC", "-o", path("fix.so"), path("fix.c"))
    for name in ("client", "good", "expired", "wrongname"):
        folder = "sql:" + path("nss-" + name)
        os.makedirs(path("nss-" + name))
        run("certutil", "-N", "-d", folder, "--empty-password")
        if name == "client":
            roots = open(TRUST).read().split("-----BEGIN")[1]
            root = lib.write(path("one.pem"), "-----BEGIN" + roots)
            run("certutil", "-A", "-d", folder, "-n", "root", "-t", "C,,",
                "-i", root)
            continue
        leaf = lab.certs[name]
        run("openssl", "pkcs12", "-export", "-in", leaf.chain, "-inkey",
            leaf.key, "-name", "server", "-passout", "pass:",
            "-out", path("one.p12"))
        run("pk12util", "-i", path("one.p12"), "-d", folder, "-W", "")


def serve(lab, cert, *more, tls="tls1.3:tls1.3"):
    return lab.server(
        "stdbuf", "-o0", "selfserv", "-p", "443", "-d",
        "sql:" + path("nss-" + cert), "-n", "server", "-V", tls, "-v", "-X",
        "publicname:" + COVER, *more,
        env=dict(NSS, LD_PRELOAD=path("fix.so")))


def config(server):
    """The ECHConfigList that the server says it has."""
    for _ in range(20):
        found = re.search("^[A-Za-z0-9+/]{60,}=*$", open(server.log).read(),
                          re.M)
        if found:
            return found[0]
        time.sleep(0.1)
    raise RuntimeError("no configuration: " + open(server.log).read())


def client(lab, ech, tls, *more):
    return lab.run(
        "sh", "-c", "printf 'GET /v1/status HTTP/1.0\\r\\n\\r\\n' | tstclnt -h %s "
        "-p 443 -a %s -d sql:%s -V %s -N %s %s" % (
            NAME, NAME, path("nss-client"), tls, ech, " ".join(more)),
        env=dict(NSS, SSLKEYLOGFILE=path("secrets")))


class WithEch:
    """The server, and beside it what a client is to know."""

    def __init__(self, server, tls="tls1.3:tls1.3", ech=None):
        self.server, self.tls, self.ech = server, tls, ech

    def __enter__(self):
        process = self.server.__enter__()
        self.ech = self.ech or config(process)

    def __exit__(self, *what):
        return self.server.__exit__(*what)


def play(lab, name, says, meant, cert, *more, tls="tls1.3:tls1.3",
         ech=None, **kept):
    at = WithEch(serve(lab, cert, *more, tls=tls), ech=ech)
    # tstclnt itself would ask a certificate that libssl found good for the
    # outer name for the inner one
    trust = ["-o"] if name.startswith("rejected") else []
    lab.play("ech-nss-" + name, at, lambda: client(
        lab, at.ech, "tls1.2:tls1.3" if "1.2" in tls else tls, *trust),
        "NSS on both sides, Encrypted Client Hello; %s is to be seen, the "
        "hello inside it asks for %s. %s" % (COVER, NAME, says), meant,
        **kept)


def main():
    if shutil.which("selfserv") is None:
        raise SystemExit("libnss3-tools is missing")
    with Lab() as lab:
        prepare(lab)
        play(lab, "accepted-tls13", "The certificate is for the latter.",
             True, "good", with_keys=[])
        play(lab, "hrr-tls13", "The server asks for a second hello, which "
             "has an inner one of its own.", True, "good", "-I", "P256",
             with_keys=[])
        play(lab, "expired-tls13", "The certificate expired three days "
             "before, and the client refuses it.", False, "expired",
             reaction="rejected",
             findings=["client.rejected"], with_keys=["cert.expired"])
        play(lab, "wrongname-tls13", "The certificate is only for the "
             "former: the outer name proves nothing.", False, "wrongname",
             reaction="rejected",
             findings=["client.rejected"], with_keys=["name.mismatch"])
        with serve(lab, "good") as other:
            stale = config(other)
        play(lab, "rejected-tls13", "The client's configuration is of "
             "another key: the server rejects it and shows the certificate "
             "of the outer name; the client verifies that, and ends with "
             "alert 121 (ech_required).", False, "wrongname", ech=stale,
             with_keys=[])
        play(lab, "rejected-tls12", "The server speaks only TLS 1.2, which "
             "has no such thing: what can be seen counts.", False,
             "wrongname", tls="tls1.2:tls1.2")


main()
