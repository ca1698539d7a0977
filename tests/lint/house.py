"""house.py: the floors of wirecert, and which outside libraries they may call.

The figure: every floor is a static library; data climbs, includes descend;
siblings on one floor do not know each other. capture/ uses base only.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
from tap import Tap  # noqa: E402,F401

FLOOR = {
    "base": 0, "capture": 1, "decode": 1, "crypt": 1, "flow": 2, "tls": 3,
    "dns": 3, "probe": 3, "quic": 4, "cert": 4, "know": 5, "judge": 6,
    "event": 7, "sensor": 8, "ledger": 9, "web": 10, "app": 11,
}

# (pattern of an outside symbol, the only floors that may use it, why)
OWNERS = [
    (r"pcap_", {"capture"}, "<pcap.h> is capture's"),
    (r"ev(ent|buffer|http|util|signal|timer|dns)_", {"app", "web"},
     "libevent is app's and web's"),
    (r"X509|d2i_|i2d_|ASN1_|GENERAL_NAME|OCSP_|PEM_", {"cert"},
     "certificates are read and judged by cert/ alone"),
    (r"EVP_|OSSL_|HMAC|RAND_", {"crypt", "cert"}, "ciphers are crypt's"),
    (r"sqlite3_", {"ledger"}, "the inventory is the ledger's"),
    (r"(pthread_(create|join|detach|cond_|barrier)|thrd_)", {"app"},
     "threads are app's"),
    (r"(clock_gettime|gettimeofday|time|localtime|localtime_r|gmtime)$",
     {"app", "web", "ledger", "capture"}, "the engine has no clock"),
    (r"(socket|bind|connect|accept4?|recv|recvfrom|send|sendto|listen)$",
     {"capture", "web", "ledger", "app"}, "the engine has no sockets"),
    (r"(f?open(64)?|openat(64)?|creat|mkstemp|unlink|rename)$",
     {"capture", "cert", "crypt", "judge", "ledger", "web", "app"},
     "the engine has no files (cert: trust stores; crypt: key logs; judge: knowledge)"),
    (r"(_*v?f?printf(_chk)?|puts|putchar|fputs|fwrite|perror)$",
     {"app", "ledger", "web"}, "printing is not the engine's"),
    (r"(exit|_exit|abort|system|popen|execve?|fork)$", {"app"},
     "the engine never ends the program"),
    (r"(strcpy|strcat|sprintf|gets|strtok|asctime|ctime)$", set(),
     "unbounded or not reentrant"),
]


def folder_of(path, root):
    """The floor of a source file, or None for what stands on none."""
    parts = os.path.relpath(path, root).split(os.sep)
    if parts[0] == "capture":
        return "capture"
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return None


def sources(root, folders, endings):
    for top in folders:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.join(folder, name)


def includes(path):
    """Project headers that a file includes, with their lines."""
    pattern = re.compile(r'\s*#\s*include\s+"([^"]+)"')
    with open(path, encoding="utf-8") as text:
        for n, line in enumerate(text, 1):
            found = pattern.match(line)
            if found:
                yield n, found.group(1)


def may_use(user, used):
    if user == used:
        return True
    if user == "capture":
        return used == "base"
    return FLOOR[used] < FLOOR[user]
